//! Tells every figure of a report that is not what the recount says.
//!
//! Counts and sums must be equal; what comes out of a histogram may be 1 % off. What is absent from the report reads as zero,
//! and a queue or agent that only the report knows must have nothing but zeros.

use serde_json::{Map, Value, json};

use super::naive;
use super::{Settings, time_text};

/// The most differences that are told.
const TOLD: usize = 12;

/// Holds a report against the recount of the same lines at the same moment.
pub fn check(lines: &[Value], settings: &Settings, t: i64, report: &Value) -> Result<(), String> {
    compare(&naive::report(lines, settings, t), report).map_err(|told| format!("at {}:\n{told}", time_text(t)))
}

/// Each difference on one line: where, which figure, what the report says, what the recount says.
pub fn compare(model: &Value, report: &Value) -> Result<(), String> {
    let nothing = naive::report(&[], &Settings::default(), 0)["total"].clone();
    let mut differences = Vec::new();
    for places in ["queues", "agents"] {
        let (expected, got) = (object(&model[places]), object(&report[places]));
        for (name, expected) in &expected {
            differ(&format!("{places} {name}"), expected, got.get(name).unwrap_or(&Value::Null), &mut differences);
        }
        for (name, got) in got.iter().filter(|(name, _)| !expected.contains_key(*name)) {
            differ(&format!("{places} {name} (not in the recount)"), &nothing, got, &mut differences);
        }
    }
    differ("total", &model["total"], &report["total"], &mut differences);
    let more = differences.len().saturating_sub(TOLD);
    differences.truncate(TOLD);
    let told = differences.join("\n");
    if differences.is_empty() { Ok(()) } else { Err(format!("{told}\nand {more} more")) }
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn differ(path: &str, expected: &Value, got: &Value, differences: &mut Vec<String>) {
    let figure = path.rsplit(' ').next().unwrap_or(path);
    let Value::Object(fields) = expected else {
        if !agree(figure, expected, got) {
            differences.push(format!("  {path}: the report says {got}, the recount {expected}"));
        }
        return;
    };
    for (name, expected) in fields {
        differ(&format!("{path} {name}"), expected, &got[name], differences);
    }
}

fn agree(figure: &str, expected: &Value, got: &Value) -> bool {
    let from_histogram = ["min", "max", "p50", "p90", "p95", "p99"].contains(&figure);
    let share = if from_histogram { 0.01 } else { 1e-9 };
    match (expected.as_f64(), got.as_f64()) {
        (Some(expected), Some(got)) => {
            (got - expected).abs() <= share * expected.abs() + if from_histogram { 0.001 } else { 1e-6 }
        }
        (Some(expected), None) => got.is_null() && expected == 0.0,
        (None, _) => got.is_null(),
    }
}

#[test]
fn a_figure_that_differs_is_told_with_its_queue_window_and_both_values() {
    let model = naive::report(&some_lines(), &Settings::default(), 60_000);
    assert_eq!(compare(&model, &model), Ok(()));
    for (pointer, told) in [
        ("/queues/sales/windows/5m/answered", "queues sales windows 5m answered: the report says 7, the recount 1"),
        ("/queues/sales/windows/all/speed_of_answer/p90", "speed_of_answer p90: the report says 7, the recount 12.0"),
        ("/queues/sales/now/waiting", "now waiting: the report says 7, the recount 0"),
        (
            "/total/windows/1h/service_level/presets/standard/met",
            "presets standard met: the report says 7, the recount 1",
        ),
        ("/agents/ann/windows/15m/answered", "agents ann windows 15m answered: the report says 7, the recount 1"),
        ("/queues/sales/windows/all/time_to_abandon/mean", "time_to_abandon mean: the report says 7, the recount null"),
    ] {
        let mut wrong = model.clone();
        *wrong.pointer_mut(pointer).expect("the figure is there") = json!(7);
        let difference = compare(&model, &wrong).unwrap_err();
        assert!(difference.contains(told), "{difference}");
    }
}

#[test]
fn a_missing_queue_and_one_too_many_are_told_and_a_percentile_may_be_one_percent_off() {
    let model = naive::report(&some_lines(), &Settings::default(), 60_000);
    let mut near = model.clone();
    near["queues"]["sales"]["windows"]["all"]["speed_of_answer"]["p90"] = json!(12.12);
    assert_eq!(compare(&model, &near), Ok(()));
    near["queues"]["sales"]["windows"]["all"]["speed_of_answer"]["p90"] = json!(12.13);
    assert!(compare(&model, &near).is_err());

    let mut renamed = model.clone();
    renamed["queues"] = json!({ "sails": model["queues"]["sales"] });
    let difference = compare(&model, &renamed).unwrap_err();
    assert!(difference.contains("queues sales windows"), "{difference}");
    let mut one_more = model.clone();
    one_more["queues"]["sails"] = model["queues"]["sales"].clone();
    let difference = compare(&model, &one_more).unwrap_err();
    assert!(difference.contains("queues sails (not in the recount)"), "{difference}");
}

fn some_lines() -> Vec<Value> {
    vec![
        json!({"id": "1", "type": "contact.queued", "time": 0, "contact_id": "c", "queue": "sales"}),
        json!({"id": "2", "type": "contact.answered", "time": 12_000, "contact_id": "c", "agent": "ann"}),
    ]
}
