//! Which figures there are, and what each looks like where nothing happened.
//!
//! **Why it is asked of the program.** A contact is told to a fresh replay and the report is read two hours after its end: every
//! figure is there and empty. So a KPI that is added can be checked in scenarios without a line here.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::measure::Anomaly;
use crate::replay::{Replay, When};
use crate::report;
use crate::rules::{Policy, Rules, Window};
use crate::time::{EventTime, Span};
use crate::wire::Rejected;

/// A moment like any other.
const START: EventTime = EventTime::from_millis(1_772_409_600_000);
/// After this no window of `RECENT` holds anything.
const LATER: Span = Span::from_seconds(7_200);
const RECENT: Window = Window::Sliding(Span::from_seconds(300));
/// The name of everybody who takes part.
const PROBE: &str = "probe";

/// What a report shows of nothing.
#[derive(Debug)]
pub(super) struct Shapes {
    /// Of a queue.
    pub queue: Group,
    /// Of an agent.
    pub agent: Group,
    /// Of all queues.
    pub total: Group,
    /// The books.
    pub events: Value,
    /// Of a feed.
    pub feed: Value,
}

/// Figures of this moment, and those of a window.
#[derive(Debug)]
pub(super) struct Group {
    /// Of this moment.
    pub now: Value,
    /// Of a window.
    pub window: Value,
}

impl Shapes {
    /// Asks the program. What is told by the states of agents has a part for each state of these rules, and what is told by
    /// queue one for each that occurs.
    pub fn ask(rules: &Rules, queues: &BTreeSet<String>) -> Self {
        let report = quiet_report();
        let group =
            |value: &Value| Group { now: value["now"].clone(), window: value["windows"][RECENT.name()].clone() };
        let mut shapes = Self {
            queue: group(&report["queues"][PROBE]),
            agent: group(&report["agents"][PROBE]),
            total: group(&report["total"]),
            events: events(&report["events"]),
            feed: json!({ "last_event": null }),
        };
        let states: Vec<&str> = rules.agents.states().map(|state| rules.agents.name(state)).collect();
        fill(&mut shapes.queue.now["agents"], &states, &0.into());
        fill(&mut shapes.total.now["agents"], &states, &0.into());
        fill(&mut shapes.agent.window["state_seconds"], &states, &0.0.into());
        shapes.queue.now["sla"] = promises(rules);
        shapes.total.now["sla"] = promises(rules);
        fill(&mut shapes.agent.now["queues"], &queues.iter().map(String::as_str).collect::<Vec<_>>(), &Value::Null);
        shapes
    }
}

/// Gives an object every name that it can have.
fn fill(object: &mut Value, names: &[&str], empty: &Value) {
    *object = names.iter().map(|name| ((*name).to_owned(), empty.clone())).collect::<Map<_, _>>().into();
}

/// What is so of every promise of every policy where nothing is.
fn promises(rules: &Rules) -> Value {
    let nothing = json!({ "open": 0, "at_risk": 0, "breached_open": 0, "next_deadline": null });
    let targets = |policy: &Policy| -> Map<String, Value> {
        policy.promises.iter().map(|(target, _)| (target.name().to_owned(), nothing.clone())).collect()
    };
    rules.policies.iter().map(|policy| (policy.name.clone(), targets(policy).into())).collect::<Map<_, Value>>().into()
}

fn quiet_report() -> Value {
    let record = |kind: &str, after: i64| {
        let time = (START + Span::from_seconds(after)).as_millis();
        json!({ "id": kind, "type": kind, "time": time, "contact_id": PROBE, "queue": PROBE, "agent": PROBE })
            .to_string()
    };
    let life = ["contact.queued", "contact.answered", "contact.ended", "contact.wrapped"];
    let mut replay = Replay::new(Arc::new(Rules::default()), 1, When::At(vec![START + LATER]));
    for (kind, after) in life.into_iter().zip(0..) {
        replay.line(record(kind, after).as_bytes(), &mut |_| {}).expect("the probe keeps to the contract");
    }
    let mut report = Value::Null;
    replay.finish(&mut |reading| {
        report = report::report(&reading.view, reading.books, reading.rules, reading.at);
    });
    report
}

/// The books with nothing in them; what occurs only with its first count is filled in.
fn events(report: &Value) -> Value {
    let zeros = |names: &mut dyn Iterator<Item = &'static str>| -> Map<String, Value> {
        names.map(|name| (name.to_owned(), 0.into())).collect()
    };
    let counts = report.as_object().into_iter().flatten().filter(|(_, value)| value.is_number());
    let mut events: Map<String, Value> = counts.map(|(name, _)| (name.clone(), 0.into())).collect();
    events.insert("rejected".to_owned(), zeros(&mut Rejected::REASONS.into_iter()).into());
    events.insert("anomalies".to_owned(), zeros(&mut Anomaly::ALL.into_iter().map(Anomaly::name)).into());
    events.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_there_and_empty() {
        let shapes = Shapes::ask(&Rules::default(), &BTreeSet::new());
        assert_eq!(shapes.queue.window["offered"], 0);
        assert_eq!(shapes.agent.window["handle_time"]["mean"], Value::Null);
        assert_eq!(shapes.total.now["waiting"], 0);
        assert_eq!(shapes.events["anomalies"]["after_the_end"], 0);
        assert_eq!(shapes.events["applied"], 0);
        assert_eq!(
            (&shapes.queue.now["agents"]["away"], &shapes.agent.window["state_seconds"]["away"]),
            (&json!(0), &json!(0.0))
        );
    }
}
