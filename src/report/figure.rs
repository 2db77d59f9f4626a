//! One figure as JSON, and its own break-downs.

use serde_json::{Value, json};

use super::{Object, ratio};
use crate::kpi::service_level::Classes;
use crate::kpi::{Distribution, Figure, Nps, Part, Ratio, Score, Share};
use crate::rules::Preset;
use crate::time::Span;

/// The value of a figure, and its break-downs by dimension.
pub(super) fn of(figure: &Figure<'_>) -> (Value, Object) {
    let mut by = Object::new();
    let value = match figure {
        Figure::Count(count) => (*count).into(),
        Figure::CountBy { dimension, values } => {
            add_parts(&mut by, dimension, values.iter().map(|(name, count)| (name, count.into())));
            values.total().into()
        }
        Figure::Ratio(sides) => ratio(*sides),
        Figure::RatioBy { whole, dimension, values } => {
            let told = values.iter().filter(|(_, sides)| *sides != Ratio::default());
            add_parts(&mut by, dimension, told.map(|(name, sides)| (*name, ratio(*sides))));
            ratio(*whole)
        }
        Figure::ServiceLevel { configured, classes } => service_level(*configured, classes),
        Figure::Distribution(distribution) => durations(distribution),
        Figure::DistributionBy { whole, parts } => {
            let parts: Vec<&Part<'_>> = parts.iter().flatten().collect();
            for parts in parts.chunk_by(|one, next| one.dimension == next.dimension) {
                let told = parts.iter().filter(|part| part.durations.count != 0);
                add_parts(&mut by, parts[0].dimension, told.map(|part| (part.value, durations(&part.durations))));
            }
            durations(whole)
        }
        Figure::Score(given) => score(given),
        Figure::Nps(answers) => nps(*answers),
    };
    (value, by)
}

/// A break-down by one dimension, where it has any value.
fn add_parts<'a>(by: &mut Object, dimension: &str, values: impl Iterator<Item = (&'a str, Value)>) {
    let parts: Object = values.map(|(name, value)| (name.to_owned(), value)).collect();
    if !parts.is_empty() {
        by.insert(dimension.to_owned(), parts.into());
    }
}

fn service_level(configured: Ratio, classes: &Classes) -> Value {
    let level = |ratio: Ratio| json!({ "met": ratio.numerator, "counted": ratio.denominator, "ratio": ratio.value() });
    let preset = |preset: Preset| (preset.name().to_owned(), level(classes.ratio(preset)));
    let presets: Object = Preset::ALL.map(preset).into_iter().collect();
    let mut value = level(configured);
    value["presets"] = presets.into();
    value
}

fn durations(distribution: &Distribution<'_>) -> Value {
    let percentile = |percent| distribution.percentile(percent).map(Span::as_seconds);
    json!({
        "count": distribution.count,
        "sum": distribution.sum.as_seconds(),
        "mean": distribution.mean(),
        "min": distribution.min().map(Span::as_seconds),
        "max": distribution.max().map(Span::as_seconds),
        "p50": percentile(50),
        "p90": percentile(90),
        "p95": percentile(95),
        "p99": percentile(99),
    })
}

fn score(score: &Score) -> Value {
    let (numerator, denominator): (Value, Value) = match score.share {
        Share::None => (Value::Null, Value::Null),
        Share::Good(good) => (good.into(), score.count.into()),
        Share::Points(of) => (score.sum.points().into(), of.points().into()),
    };
    let interval = score.interval();
    json!({
        "count": score.count,
        "sum": score.sum.points(),
        "mean": score.mean(),
        "numerator": numerator,
        "denominator": denominator,
        "ratio": score.ratio(),
        "low": interval.map(|(low, _)| low),
        "high": interval.map(|(_, high)| high),
    })
}

fn nps(nps: Nps) -> Value {
    json!({
        "promoters": nps.promoters,
        "passives": nps.passives,
        "detractors": nps.detractors,
        "count": nps.count(),
        "score": nps.score(),
    })
}
