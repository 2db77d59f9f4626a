//! One figure as JSON, and its own break-downs.

use serde_json::{Value, json};

use super::{Object, ratio};
use crate::kpi::service_level::Classes;
use crate::kpi::{Distribution, Figure, Ratio};
use crate::rules::Preset;
use crate::time::Span;

/// The value of a figure, and its break-downs by dimension.
pub(super) fn of(figure: &Figure) -> (Value, Object) {
    let mut by = Object::new();
    let value = match figure {
        Figure::Count(count) => (*count).into(),
        Figure::CountBy { dimension, values } => {
            let parts: Object = values.iter().map(|(name, count)| ((*name).to_owned(), (*count).into())).collect();
            if !parts.is_empty() {
                by.insert((*dimension).to_owned(), parts.into());
            }
            values.iter().map(|(_, count)| count).sum::<i64>().into()
        }
        Figure::Ratio(sides) => ratio(*sides),
        Figure::ServiceLevel { configured, classes } => service_level(*configured, classes),
        Figure::Distribution(distribution) => durations(distribution),
    };
    (value, by)
}

fn service_level(configured: Ratio, classes: &Classes) -> Value {
    let level = |ratio: Ratio| json!({ "met": ratio.numerator, "counted": ratio.denominator, "ratio": ratio.value() });
    let preset = |preset: Preset| (preset.name().to_owned(), level(classes.ratio(preset)));
    let presets: Object = Preset::ALL.map(preset).into_iter().collect();
    let mut value = level(configured);
    value["presets"] = presets.into();
    value
}

fn durations(distribution: &Distribution) -> Value {
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
