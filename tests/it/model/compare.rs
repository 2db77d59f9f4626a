//! Tells every figure of a report that is not what the recount says.
//!
//! Counts and sums must be equal; what comes out of a histogram may be 1 % off. What is absent from the report reads as zero,
//! and a queue or agent that only the report knows must have nothing but zeros.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::naive;
use super::{Settings, time_text};

/// The most differences that are told.
const TOLD: usize = 12;

/// Holds a report against the recount of the same lines at the same moment.
pub fn check(lines: &[Value], settings: &Settings, t: i64, report: &Value) -> Result<(), String> {
    if naive::is_told_by(lines, settings, t, report) {
        return Ok(());
    }
    compare(&naive::report(lines, settings, t), settings, report)
        .map_err(|told| format!("at {}:\n{told}", time_text(t)))
}

/// The same, and the oddities: they are counted when they are seen, not as of a moment, so that all lines must have been told.
pub fn check_all(lines: &[Value], settings: &Settings, t: i64, report: &Value) -> Result<(), String> {
    check(lines, settings, t, report)?;
    let mut anomalies = naive::anomalies(lines, settings, t);
    let ids: BTreeSet<&str> = lines.iter().filter_map(|line| line["id"].as_str()).collect();
    if ids.len() < lines.len() {
        // The ids of what comes after the end are not remembered, so that it counts as often as it is told.
        anomalies.remove("after_the_end");
    }
    let mut differences = Differences::default();
    differences.note("anomalies", &json!(anomalies), &report["events"]["anomalies"]);
    differences.told()
}

/// Each difference on one line: where, which figure, what the report says, what the recount says.
fn compare(model: &Value, settings: &Settings, report: &Value) -> Result<(), String> {
    let nothing = naive::report(&[], settings, 0)["total"].clone();
    let mut differences = Differences::default();
    for places in ["queues", "agents"] {
        differences.path.push(places.to_owned());
        for (name, expected) in fields(&model[places]) {
            differences.note(name, expected, report[places].get(name).unwrap_or(&Value::Null));
        }
        for (name, got) in fields(&report[places]).filter(|(name, _)| model[places].get(name).is_none()) {
            differences.note(&format!("{name} (not in the recount)"), &nothing, got);
        }
        differences.path.pop();
    }
    differences.note("total", &model["total"], &report["total"]);
    differences.told()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[derive(Default)]
struct Differences {
    path: Vec<String>,
    found: Vec<String>,
}

impl Differences {
    fn note(&mut self, name: &str, expected: &Value, got: &Value) {
        match expected {
            Value::Object(parts) => {
                self.path.push(name.to_owned());
                for (name, expected) in parts {
                    self.note(name, expected, &got[name]);
                }
                self.path.pop();
            }
            _ if agree(name, expected, got) => {}
            _ => {
                let path = self.path.join(" ");
                self.found.push(format!("  {path} {name}: the report says {got}, the recount {expected}"));
            }
        }
    }

    fn told(mut self) -> Result<(), String> {
        let more = self.found.len().saturating_sub(TOLD);
        self.found.truncate(TOLD);
        let told = self.found.join("\n");
        if self.found.is_empty() { Ok(()) } else { Err(format!("{told}\nand {more} more")) }
    }
}

pub fn agree(figure: &str, expected: &Value, got: &Value) -> bool {
    if expected.is_string() {
        return expected == got;
    }
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
    assert_eq!(compare(&model, &Settings::default(), &model), Ok(()));
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
        let difference = compare(&model, &Settings::default(), &wrong).unwrap_err();
        assert!(difference.contains(told), "{difference}");
    }
}

#[test]
fn a_missing_queue_and_one_too_many_are_told_and_a_percentile_may_be_one_percent_off() {
    let model = naive::report(&some_lines(), &Settings::default(), 60_000);
    let mut near = model.clone();
    near["queues"]["sales"]["windows"]["all"]["speed_of_answer"]["p90"] = json!(12.12);
    assert_eq!(compare(&model, &Settings::default(), &near), Ok(()));
    near["queues"]["sales"]["windows"]["all"]["speed_of_answer"]["p90"] = json!(12.13);
    assert!(compare(&model, &Settings::default(), &near).is_err());

    let mut renamed = model.clone();
    renamed["queues"] = json!({ "sails": model["queues"]["sales"] });
    let difference = compare(&model, &Settings::default(), &renamed).unwrap_err();
    assert!(difference.contains("queues sales windows"), "{difference}");
    let mut one_more = model.clone();
    one_more["queues"]["sails"] = model["queues"]["sales"].clone();
    let difference = compare(&model, &Settings::default(), &one_more).unwrap_err();
    assert!(difference.contains("queues sails (not in the recount)"), "{difference}");
}

fn some_lines() -> Vec<Value> {
    vec![
        json!({"id": "1", "type": "contact.queued", "time": 0, "contact_id": "c", "queue": "sales"}),
        json!({"id": "2", "type": "contact.answered", "time": 12_000, "contact_id": "c", "agent": "ann"}),
    ]
}
