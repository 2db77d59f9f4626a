//! One figure, as a report shows it.
//!
//! **Why typed.** A property test holds millions of them against a report. Most agree, so they are compared as they are; only
//! where one does not is everything written out as JSON, to tell where.

use serde_json::{Value, json};

use super::compare::agree;

pub enum Figure {
    Count(i64),
    Ratio {
        part: usize,
        whole: usize,
    },
    /// Milliseconds, sorted.
    Durations(Vec<i64>),
    /// Met and counted: as configured, and by preset.
    Level {
        configured: Share,
        presets: Vec<(&'static str, Share)>,
    },
    /// How many of each part.
    Parts {
        dimension: &'static str,
        counts: Vec<(&'static str, usize)>,
    },
    /// Plain numbers by name.
    Values(Vec<(String, Option<f64>)>),
    /// Figures within a figure.
    Group(Vec<(&'static str, Figure)>),
}

#[derive(Clone, Copy)]
pub struct Share {
    pub met: usize,
    pub counted: usize,
}

impl Figure {
    pub fn value(&self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Ratio { part, whole } => {
                json!({ "numerator": part, "denominator": whole, "ratio": quotient(*part, *whole) })
            }
            Self::Durations(sorted) => json!(durations(sorted).into_iter().collect::<serde_json::Map<_, _>>()),
            Self::Level { configured, presets } => {
                let mut level = share(*configured);
                let by_preset = presets.iter().map(|(name, of_preset)| ((*name).to_owned(), share(*of_preset)));
                level["presets"] = by_preset.collect();
                level
            }
            Self::Parts { dimension, counts } => {
                let counts: Value = counts.iter().map(|(part, count)| ((*part).to_owned(), json!(count))).collect();
                json!({ *dimension: counts })
            }
            Self::Values(values) => values.iter().map(|(name, value)| (name.clone(), json!(value))).collect(),
            Self::Group(figures) => figures.iter().map(|(name, figure)| ((*name).to_owned(), figure.value())).collect(),
        }
    }

    /// Whether a report that says this says the same. What is absent reads as zero.
    pub fn is_told_by(&self, got: &Value) -> bool {
        match self {
            Self::Count(count) => tells(got, *count as usize) || got.as_i64() == Some(*count),
            Self::Ratio { part, whole } => tells_ratio(got, ["numerator", "denominator"], *part, *whole),
            Self::Durations(sorted) if sorted.is_empty() => is_of_nothing(got),
            Self::Durations(sorted) => durations(sorted).iter().all(|(name, value)| agree(name, value, &got[name])),
            Self::Level { configured, presets } => {
                let tells_share =
                    |got: &Value, Share { met, counted }| tells_ratio(got, ["met", "counted"], met, counted);
                let all = &got["presets"];
                tells_share(got, *configured) && presets.iter().all(|(name, of)| tells_share(&all[*name], *of))
            }
            Self::Parts { dimension, counts } => {
                let parts = &got[*dimension];
                counts.iter().all(|(part, count)| tells(&parts[*part], *count))
            }
            Self::Values(values) => values.iter().all(|(name, value)| agree(name, &json!(value), &got[name])),
            Self::Group(figures) => figures.iter().all(|(name, figure)| figure.is_told_by(&got[*name])),
        }
    }
}

fn tells(got: &Value, count: usize) -> bool {
    match got {
        Value::Null => count == 0,
        got => got.as_u64() == Some(count as u64),
    }
}

fn tells_ratio(got: &Value, [part_name, whole_name]: [&str; 2], part: usize, whole: usize) -> bool {
    let ratio = match quotient(part, whole) {
        None => got["ratio"].is_null(),
        Some(quotient) => got["ratio"].as_f64().is_some_and(|ratio| (ratio - quotient).abs() <= 1e-6),
    };
    ratio && tells(&got[part_name], part) && tells(&got[whole_name], whole)
}

fn is_of_nothing(got: &Value) -> bool {
    let no_value = ["mean", "min", "max", "p50", "p90", "p95", "p99"].iter().all(|name| got[*name].is_null());
    got.is_null() || no_value && got["count"] == 0 && got["sum"] == 0.0
}

/// `None` of nothing.
pub fn quotient(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn share(Share { met, counted }: Share) -> Value {
    json!({ "met": met, "counted": counted, "ratio": quotient(met, counted) })
}

fn durations(sorted: &[i64]) -> [(String, Value); 9] {
    let sum: i64 = sorted.iter().sum();
    let nearest_rank =
        |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().map(seconds);
    let mean = (!sorted.is_empty()).then(|| seconds(sum) / sorted.len() as f64);
    [
        ("count", json!(sorted.len())),
        ("sum", json!(seconds(sum))),
        ("mean", json!(mean)),
        ("min", json!(sorted.first().copied().map(seconds))),
        ("max", json!(sorted.last().copied().map(seconds))),
        ("p50", json!(nearest_rank(50))),
        ("p90", json!(nearest_rank(90))),
        ("p95", json!(nearest_rank(95))),
        ("p99", json!(nearest_rank(99))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}

/// Milliseconds as seconds.
pub fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
