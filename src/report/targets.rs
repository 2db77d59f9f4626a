//! Targets in a report: in each queue that has some, how its figures stand against them.

use serde_json::{Value, json};

use crate::targets::{Unit, Verdict};

/// Puts what was judged beside the figures of its queue; a queue that is not in the report stays out of it.
pub fn add_verdicts(report: &mut Value, verdicts: &[Verdict<'_>]) {
    for verdict in verdicts {
        let Some(queue) = report["queues"].get_mut(&verdict.queue).and_then(Value::as_object_mut) else { continue };
        if let Some(kpis) = queue.entry("kpis").or_insert_with(|| json!([])).as_array_mut() {
            kpis.push(entry(verdict));
        }
    }
}

fn entry(verdict: &Verdict<'_>) -> Value {
    let target = verdict.target;
    let amount = |amount: f64| number(amount, verdict.unit);
    json!({
        "kpi": target.kpi,
        "stat": target.stat.map(|stat| stat.name()),
        "channel": verdict.channel,
        "window": target.window_name(),
        "unit": verdict.unit.name(),
        "target": amount(target.target),
        "warning": amount(target.warning),
        "critical": amount(target.critical),
        "direction": target.direction.name(),
        "min_samples": target.min_samples,
        "value": verdict.value.map(amount),
        "samples": verdict.samples,
        "state": verdict.state.name(),
        "owner": target.owner,
        "runbook": target.runbook,
        "review": target.review,
        "why": target.why,
    })
}

/// A count is a whole number, as everywhere in a report; a limit of 2.5 callers stays what it is.
fn number(amount: f64, unit: Unit) -> Value {
    if unit == Unit::Count && amount.fract() == 0.0 { (amount as i64).into() } else { amount.into() }
}

/// The targets that are not met, the worst first, a line each.
pub(super) fn lines(report: &Value) -> String {
    let queues = report["queues"].as_object().into_iter().flatten();
    let all = queues.flat_map(|(queue, own)| own["kpis"].as_array().into_iter().flatten().map(move |kpi| (queue, kpi)));
    let all: Vec<(&String, &Value)> = all.collect();
    let lines = ["critical", "warning", "no_data"].into_iter().flat_map(|state| {
        all.iter().filter(move |(_, kpi)| kpi["state"] == state).map(|(queue, kpi)| line(queue, kpi))
    });
    lines.collect()
}

fn line(queue: &str, kpi: &Value) -> String {
    let text = |key: &str| kpi[key].as_str().unwrap_or_default();
    let state = text("state").replace('_', " ").to_uppercase();
    let stat = kpi["stat"].as_str().map(|stat| format!(" {stat}")).unwrap_or_default();
    let window = match text("window") {
        "now" => "now".to_owned(),
        window => format!("over {window}"),
    };
    let shown = |number: &Value| number.as_f64().map(|number| shown(number, text("unit")));
    let figure = shown(&kpi["value"]).unwrap_or_else(|| "-".to_owned());
    let target = shown(&kpi["target"]).unwrap_or_default();
    let told = ["owner", "runbook"].into_iter().filter_map(|key| Some(format!("; {key} {}", kpi[key].as_str()?)));
    let (place, told) = (format!("{queue}/{}", text("channel")), told.collect::<String>());
    format!("{state}  {place}  {}{stat} {window}: {figure}, target {target}{told}\n", text("kpi"))
}

/// A number as somebody reads it.
fn shown(number: f64, unit: &str) -> String {
    match unit {
        "share" => format!("{:.1} %", number * 100.0),
        "seconds" => format!("{number:.1} s"),
        _ => number.to_string(),
    }
}
