//! An agent's time: the changes that were told, in order, cut into stretches of one state each, which are added up.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Settings;
use super::contact::{Booking, Place};
use super::event::Event;
use super::figure::{Figure, quotient, seconds};

/// The states of the contract.
pub const STATES: [&str; 6] = ["offline", "available", "on_contact", "after_contact", "break", "away"];
/// Every word that nobody knows.
const OTHER: &str = "__other__";

/// A time in which nothing changed.
#[derive(Clone)]
struct Stretch {
    from: i64,
    to: i64,
    state: String,
    queues: BTreeSet<String>,
    queue_states: BTreeMap<String, String>,
    capacity: Option<i64>,
    active: Option<i64>,
}

/// One agent as its events so far left it.
pub struct Agent<'a> {
    settings: &'a Settings,
    /// In order; the last is that of now. What held for no time is none.
    stretches: Vec<Stretch>,
    booked: Vec<Booking>,
}

/// The agent as it stands at `t`, from its distinct events up to `t`.
pub fn fold<'a>(mut events: Vec<Event>, settings: &'a Settings, t: i64) -> Agent<'a> {
    events.sort_by_key(|event| (event.time, event.seq, event.id().to_owned()));
    let mut agent = Agent { settings, stretches: Vec::new(), booked: Vec::new() };
    let mut previous = None;
    for event in &events {
        agent.changes(event, previous);
        previous = Some(event.time);
    }
    agent.passes_time(previous.unwrap_or(t), t);
    agent
}

impl Agent<'_> {
    fn changes(&mut self, event: &Event, previous: Option<i64>) {
        let earliest = (event.time - self.settings.lateness).max(previous.unwrap_or(i64::MIN));
        let from = event.moment("since").unwrap_or(event.time).clamp(earliest.min(event.time), event.time);
        if let Some(previous) = previous {
            self.passes_time(previous, from);
        }
        let before = self.stretches.last().cloned();
        self.stretches.pop_if(|stretch| stretch.from == stretch.to);
        let capacity = event.fields["capacity"].as_i64().or(before.as_ref().and_then(|before| before.capacity));
        let mut queues = before.map(|before| before.queues).unwrap_or_default();
        if let Some(told) = event.fields["queues"].as_array() {
            queues = told.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        let queue_states = self.queue_states(event);
        queues.extend(queue_states.keys().cloned());
        let state = self.state(event.text("state").expect("a change names the state"));
        let active = event.fields["active"].as_i64();
        let change = Stretch { from, to: from, state, queues, queue_states, capacity, active };
        self.notes_unknown_states(&change);
        self.stretches.push(change);
    }

    fn queue_states(&self, event: &Event) -> BTreeMap<String, String> {
        let told = event.fields["queue_states"].as_object().into_iter().flatten();
        let state = |state: &Value| state.as_str().expect("states are words").to_owned();
        told.map(|(queue, word)| (queue.clone(), self.state(&state(word)))).collect()
    }

    fn state(&self, word: &str) -> String {
        let is_known = STATES.contains(&word) || self.settings.own_states.contains(&word);
        if is_known { word } else { OTHER }.to_owned()
    }

    /// Once, however many of its words nobody knows.
    fn notes_unknown_states(&mut self, change: &Stretch) {
        if change.state == OTHER || change.queue_states.values().any(|state| state == OTHER) {
            let at = change.from;
            self.booked.push(Booking { at, place: Place::Books, what: "unknown_state", part: "", ms: 0 });
        }
    }

    /// Nothing is told between an event at `last` and `to`.
    fn passes_time(&mut self, last: i64, to: i64) {
        let Some(stretch) = self.stretches.last_mut() else { return };
        let gone = last + self.settings.agent_ttl;
        stretch.to = to.min(gone);
        if gone < to {
            let queues = stretch.queues.clone();
            let (state, capacity) = (STATES[0].to_owned(), stretch.capacity);
            let queue_states = BTreeMap::new();
            self.stretches.push(Stretch { from: gone, to, state, queues, queue_states, capacity, active: None });
        }
    }

    fn is_busy(stretch: &Stretch) -> bool {
        let is_by_state = ["on_contact", "after_contact"].contains(&stretch.state.as_str());
        stretch.active.map_or(is_by_state, |active| active >= 1)
    }

    /// Contacts in hand, as far as they are told.
    fn in_hand(stretch: &Stretch) -> i64 {
        stretch.active.unwrap_or(i64::from(Self::is_busy(stretch)))
    }

    fn is_idle(stretch: &Stretch) -> bool {
        !Self::is_busy(stretch) && stretch.state == "available"
    }

    fn slots(stretch: &Stretch) -> i64 {
        if Self::is_busy(stretch) || Self::is_idle(stretch) { stretch.capacity.unwrap_or(0) } else { 0 }
    }

    fn is_in_use(&self, stretch: &Stretch) -> bool {
        let is_productive = self.settings.productive.contains(&stretch.state.as_str());
        stretch.state != "offline" && (Self::is_busy(stretch) || is_productive)
    }
}

/// What an agent's time comes to.
impl Agent<'_> {
    pub fn bookings(&self) -> &[Booking] {
        &self.booked
    }

    pub fn figures(&self, (from, to): (i64, i64)) -> Vec<(&'static str, Figure)> {
        let times_of = |weight: &dyn Fn(&Stretch) -> i64| {
            let within = |stretch: &Stretch| (stretch.to.min(to) - stretch.from.max(from)).max(0);
            self.stretches.iter().map(|stretch| weight(stretch) * within(stretch)).sum::<i64>()
        };
        let when = |is: &dyn Fn(&Stretch) -> bool| times_of(&|stretch| i64::from(is(stretch)));
        let (busy, idle) = (when(&Self::is_busy), when(&Self::is_idle));
        let has_slots = |stretch: &Stretch| i64::from(Self::slots(stretch) > 0);
        let state_seconds =
            self.states().map(|state| (state.clone(), Some(seconds(when(&|stretch| stretch.state == state)))));
        vec![
            ("state_seconds", Figure::Values(state_seconds.collect())),
            ("occupancy", share(busy, busy + idle)),
            ("concurrency", share(times_of(&Self::in_hand), busy)),
            (
                "slot_use",
                share(times_of(&|stretch| has_slots(stretch) * Self::in_hand(stretch)), times_of(&Self::slots)),
            ),
            (
                "utilization",
                share(when(&|stretch| self.is_in_use(stretch)), when(&|stretch| stretch.state != "offline")),
            ),
        ]
    }

    fn states(&self) -> impl Iterator<Item = String> {
        let own = self.settings.own_states.iter().copied();
        STATES.into_iter().chain(own).chain([OTHER]).map(str::to_owned)
    }

    pub fn now(&self, t: i64) -> Value {
        let Some(now) = self.stretches.last() else { return json!({ "state": null }) };
        let run = self.stretches.iter().rev().take_while(|stretch| stretch.state == now.state);
        let since = run.last().map_or(t, |stretch| stretch.from);
        let queues: Map<String, Value> =
            now.queues.iter().map(|queue| (queue.clone(), json!(state_in(now, queue)))).collect();
        json!({
            "state": now.state,
            "seconds_in_state": seconds(t - since),
            "contacts_in_hand": now.active,
            "capacity": now.capacity,
            "queues": queues,
        })
    }

    pub fn queues(&self) -> impl Iterator<Item = &String> {
        self.stretches.last().into_iter().flat_map(|now| &now.queues)
    }

    /// The state in a queue, or in the centre; `None` where the agent is not there.
    fn state_now(&self, queue: Option<&str>) -> Option<&str> {
        let now = self.stretches.last()?;
        match queue {
            None => Some(&now.state),
            Some(queue) => now.queues.contains(queue).then(|| state_in(now, queue)),
        }
    }
}

fn state_in<'s>(now: &'s Stretch, queue: &str) -> &'s str {
    let own = now.queue_states.get(queue).filter(|_| now.state != "offline");
    own.unwrap_or(&now.state)
}

/// Seconds of seconds.
fn share(part: i64, whole: i64) -> Figure {
    let names = ["numerator", "denominator", "ratio"].map(str::to_owned);
    let values = [Some(seconds(part)), Some(seconds(whole)), quotient(part as usize, whole as usize)];
    Figure::Values(names.into_iter().zip(values).collect())
}

/// How many agents are in each state in a queue, or in the centre.
pub fn in_states<'a>(agents: impl Iterator<Item = &'a Agent<'a>>, queue: Option<&str>, settings: &Settings) -> Value {
    let states: Vec<&str> = agents.filter_map(|agent| agent.state_now(queue)).collect();
    let named = STATES.into_iter().chain(settings.own_states.iter().copied()).chain([OTHER]);
    let many = |name: &str| states.iter().filter(|state| **state == name).count();
    named.map(|name| (name.to_owned(), json!(many(name)))).collect()
}
