//! Agents in the report: what is so of each, their windows, and how many are in each state.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Object, figures, object};
use crate::kpi::{self, AgentNow, ByState, TimeFigure};
use crate::rules::{AgentRules, StateId};
use crate::time::Span;
use crate::view::View;
use crate::window::Tally;

/// Every agent with something to show.
pub(super) fn agents(view: &View, rules: &AgentRules) -> Object {
    let told = view.presence.keys().map(AsRef::as_ref).filter(|agent| view.agents.contains_key(*agent));
    let counted = view.agents.iter().filter(|(_, tallies)| !tallies.iter().all(Tally::is_empty));
    let names: BTreeSet<&str> = counted.map(|(agent, _)| agent.as_str()).chain(told).collect();
    names.into_iter().map(|agent| (agent.to_owned(), own(agent, view, rules))).collect()
}

/// How many agents are in each state.
pub(super) fn by_state(agents: Option<&ByState>, rules: &AgentRules) -> Object {
    let states = agents.into_iter().flatten();
    states.map(|(state, count)| (rules.name(*state).to_owned(), (*count).into())).collect()
}

fn own(agent: &str, view: &View, rules: &AgentRules) -> Value {
    let windows = view.windows.iter().zip(&view.agents[agent]);
    let windows: Object = windows.map(|(window, tally)| (window.name(), window_of(tally, rules).into())).collect();
    object([("now", now(view.presence.get(agent), rules)), ("windows", windows.into())])
}

fn now(now: Option<&AgentNow>, rules: &AgentRules) -> Value {
    let name = |state: StateId| rules.name(state).to_owned();
    let queues: Object = now
        .into_iter()
        .flat_map(|now| &now.queues)
        .map(|(queue, state)| (queue.as_ref().to_owned(), name(*state).into()))
        .collect();
    json!({
        "state": now.map(|now| name(now.state)),
        "seconds_in_state": now.map(|now| now.lasts.as_seconds()),
        "contacts_in_hand": now.and_then(|now| now.in_hand),
        "capacity": now.and_then(|now| now.capacity),
        "queues": queues,
    })
}

fn window_of(tally: &Tally, rules: &AgentRules) -> Object {
    let mut object = figures(kpi::AGENT, tally, &[]);
    object.extend(kpi::AGENT_TIME.iter().map(|kpi| (kpi.name.to_owned(), time(&(kpi.read)(tally), rules))));
    object
}

/// Sums of time are seconds, with milliseconds as their fraction.
fn time(figure: &TimeFigure, rules: &AgentRules) -> Value {
    let seconds = Span::as_seconds;
    match figure {
        TimeFigure::ByState(times) => {
            let times = times.iter().map(|(state, time)| (rules.name(*state).to_owned(), seconds(*time).into()));
            Value::Object(times.collect())
        }
        TimeFigure::Share(share) => json!({
            "numerator": seconds(share.numerator),
            "denominator": seconds(share.denominator),
            "ratio": share.value(),
        }),
    }
}
