//! The families of agents: how many are in each state, on `/metrics`, and those of single agents, on `/metrics/agents`.
//!
//! **Why a page of their own.** Five thousand agents with a dozen series each would be most of a scrape, and they are people: who
//! shows them decides so in the config (`export.agents`).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::Scrape;
use super::catalog::{self, Family, Kind};
use super::pseudonym::AgentNames;
use super::text::{Labels, Number, Text};
use crate::counters::{AgentCounters, AgentsCounters};
use crate::kpi::{AgentNow, ByState, Floor, States, by_state};
use crate::rules::{AgentRules, StateId};
use crate::view::View;
use crate::window::{Cell, Field};

/// Everything that one scrape of agents shows.
#[derive(Debug)]
pub struct AgentsScrape<'a> {
    /// The states.
    pub rules: &'a AgentRules,
    /// Figures as of now, of which those of agents are shown.
    pub view: &'a View,
    /// What the counters have taken.
    pub counters: &'a AgentsCounters<String>,
    /// How agents are called.
    pub names: &'a AgentNames,
}

const AGENT: &[&str] = &["agent"];
const AGENT_STATE: &[&str] = &["agent", "state"];

const fn family(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name: Cow::Borrowed(name), kind, help: Cow::Borrowed(help), labels, group: None }
}

const STATE: Family =
    family("contactpulse_agent_state", Kind::Gauge, AGENT_STATE, "1 for the state that the agent is in.");
const IN_STATE: Family =
    family("contactpulse_agent_state_seconds", Kind::Gauge, AGENT, "For how long the agent is in its state.");
const IN_HAND: Family = family(
    "contactpulse_agent_contacts_in_hand",
    Kind::Gauge,
    AGENT,
    "Contacts that the agent has in hand; absent where it is not told.",
);
const STATE_TIME: Family =
    family("contactpulse_agent_state_seconds_total", Kind::Counter, AGENT_STATE, "Time in each state.");
const BUSY_TIME: Family =
    family("contactpulse_agent_busy_seconds_total", Kind::Counter, AGENT, "Time with a contact in hand.");
const IDLE_TIME: Family =
    family("contactpulse_agent_idle_seconds_total", Kind::Counter, AGENT, "Time available with no contact in hand.");
const ANSWERED: Family =
    family("contactpulse_agent_contacts_answered_total", Kind::Counter, AGENT, "Contacts that the agent answered.");
const MISSED: Family = family(
    "contactpulse_agent_missed_alerts_total",
    Kind::Counter,
    AGENT,
    "Alerts that the agent let ring or refused.",
);
const LEGS: Family =
    family("contactpulse_agent_legs_handled_total", Kind::Counter, AGENT, "Legs handled to their end.");
const HANDLE: Family = family(
    "contactpulse_agent_handle_seconds_total",
    Kind::Counter,
    AGENT,
    "Talk, hold and after-contact work of these legs.",
);
const RESOLVED: Family =
    family("contactpulse_agent_tickets_resolved_total", Kind::Counter, AGENT, "Tickets resolved, each time.");

/// A family of counters, and how its number is read.
type Read = (Family, fn(&AgentCounters) -> Number);

const COUNTERS: [Read; 7] = [
    (BUSY_TIME, |own| Number::Thousandths(own.time.get(Cell::of(Field::BusyTime)))),
    (IDLE_TIME, |own| Number::Thousandths(own.time.get(Cell::of(Field::IdleTime)))),
    (ANSWERED, |own| own.answered.into()),
    (MISSED, |own| own.missed_alerts.into()),
    (LEGS, |own| own.legs_handled.into()),
    (HANDLE, |own| own.handle.into()),
    (RESOLVED, |own| own.tickets_resolved.into()),
];

/// The families of `/metrics/agents`, in the order of exposition.
pub fn families() -> Vec<Family> {
    let counters = COUNTERS.into_iter().map(|(family, _)| family);
    [STATE, IN_STATE, IN_HAND, STATE_TIME].into_iter().chain(counters).collect()
}

/// The text of a scrape of agents.
pub fn text(scrape: &AgentsScrape<'_>) -> String {
    let mut text = Text::default();
    write_now(scrape, &mut text);
    write_counters(scrape, &mut text);
    text.into_string()
}

/// Agents by what they are called, so that not even their order tells who they are.
fn called<'a, T>(agents: impl Iterator<Item = (&'a str, T)>, names: &AgentNames) -> BTreeMap<String, T> {
    agents.filter_map(|(agent, own)| Some((names.of(agent)?.into_owned(), own))).collect()
}

fn write_now(scrape: &AgentsScrape<'_>, text: &mut Text) {
    let agents = scrape.view.presence.iter().map(|(agent, now)| (agent.as_ref(), now));
    let agents: Vec<(Labels, &AgentNow)> =
        called(agents, scrape.names).into_iter().map(|(agent, now)| (Labels::new(&[("agent", &agent)]), now)).collect();
    text.family(&STATE);
    for (labels, now) in &agents {
        text.labelled(&STATE.name, labels, &[("state", scrape.rules.name(now.state))], 1_u64);
    }
    text.family(&IN_STATE);
    agents.iter().for_each(|(labels, now)| text.sample(&IN_STATE.name, labels, now.lasts));
    text.family(&IN_HAND);
    for (labels, in_hand) in agents.iter().filter_map(|(labels, now)| Some((labels, now.in_hand?))) {
        text.sample(&IN_HAND.name, labels, u64::from(in_hand));
    }
}

fn write_counters(scrape: &AgentsScrape<'_>, text: &mut Text) {
    let agents = scrape.counters.iter().map(|(agent, own)| (agent.as_str(), own));
    let agents: Vec<(Labels, &AgentCounters)> =
        called(agents, scrape.names).into_iter().map(|(agent, own)| (Labels::new(&[("agent", &agent)]), own)).collect();
    text.family(&STATE_TIME);
    for (labels, own) in &agents {
        for (state, time) in by_state(&own.time) {
            text.labelled(&STATE_TIME.name, labels, &[("state", scrape.rules.name(state))], time);
        }
    }
    for (family, read) in COUNTERS {
        text.family(&family);
        agents.iter().for_each(|(labels, own)| text.sample(&family.name, labels, read(own)));
    }
}

/// How many agents are in each state. A state that agents were once seen in is shown with 0 from then on; the centre has those of
/// the config from the start.
pub(super) fn write_floor(scrape: &Scrape<'_>, text: &mut Text) {
    let (floor, seen) = (Floor::of(scrape.view.presence.values()), &scrape.view.seen);
    let queues: BTreeSet<_> = floor.queues.keys().chain(seen.queues.keys()).collect();
    text.family(&catalog::QUEUE_AGENTS);
    for queue in queues {
        let labels = Labels::new(&[("queue", queue)]);
        let seen = seen.queues.get(queue).copied().unwrap_or_default();
        write_states(&catalog::QUEUE_AGENTS, &labels, floor.queues.get(queue), seen, scrape, text);
    }
    text.family(&catalog::CENTRE_AGENTS);
    let mut shown = seen.centre;
    let other = scrape.rules.agents.other();
    scrape.rules.agents.states().filter(|state| *state != other).for_each(|state| shown.add(state));
    write_states(&catalog::CENTRE_AGENTS, &Labels::default(), Some(&floor.centre), shown, scrape, text);
}

fn write_states(
    family: &Family,
    labels: &Labels,
    now: Option<&ByState>,
    seen: States,
    scrape: &Scrape<'_>,
    text: &mut Text,
) {
    let states: BTreeSet<StateId> = now.into_iter().flat_map(BTreeMap::keys).copied().chain(seen.iter()).collect();
    for state in states {
        let count = now.and_then(|now| now.get(&state)).copied().unwrap_or(0);
        text.labelled(&family.name, labels, &[("state", scrape.rules.agents.name(state))], count);
    }
}
