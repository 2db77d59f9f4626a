//! The agents of a shard: their timelines, and what is shown of them.
//!
//! **Who is followed.** Agents that a name of their own tells apart. Those past the bound share `__other__`, whose time would be
//! that of nobody: of them, only what contacts and tickets tell is kept.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::intake::timely;
use super::{KnownNames, Outcome, Shard};
use crate::agent::{Change, Order, Placed, Reading, Timeline};
use crate::budget::Room;
use crate::event::{AgentChange, Event, Text};
use crate::id::{AgentId, OTHER, QueueId};
use crate::kpi::{AgentNow, Seen};
use crate::limits::LIST_MAX;
use crate::measure::Anomaly;
use crate::rules::{Rules, StateId};
use crate::time::{EventTime, Span};
use crate::view::{Ask, View};
use crate::window::{Cells, Reach, Tally};

/// The agents that something was told of, and the states that they were seen in.
#[derive(Debug)]
pub(super) struct Agents {
    timelines: HashMap<AgentId, Timeline, FixedState>,
    room: Room,
    seen: Seen,
    counted_to: EventTime, // counters have taken the time before it
}

/// What is written of the agents.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AgentsState<'a> {
    timelines: Vec<(AgentId, Cow<'a, Timeline>)>,
    seen: Cow<'a, Seen>,
    counted_to: EventTime,
}

/// The least step of time: counters at a line have taken the time up to the last moment before it.
const MOMENT: Span = Span::from_millis(1);

impl Agents {
    /// Nobody yet; this room is for their changes.
    pub fn new(room: Room) -> Self {
        Self { timelines: HashMap::default(), room, seen: Seen::default(), counted_to: EventTime::MIN }
    }

    /// What is to be written of them.
    pub fn state(&self) -> AgentsState<'_> {
        let timelines = self.timelines.iter().map(|(agent, timeline)| (*agent, Cow::Borrowed(timeline))).collect();
        AgentsState { timelines, seen: Cow::Borrowed(&self.seen), counted_to: self.counted_to }
    }

    /// Takes over what was written of those who still have a name: of the others nobody's time is added up.
    pub fn restore(&mut self, state: AgentsState<'_>, has_name: impl Fn(AgentId) -> bool) {
        let AgentsState { timelines, seen, counted_to } = state;
        let named = timelines.into_iter().filter(|(agent, _)| has_name(*agent));
        self.timelines = named.map(|(agent, timeline)| (agent, timeline.into_owned())).collect();
        self.room.take_again(self.timelines.values().map(Timeline::stretches).sum());
        (self.seen, self.counted_to) = (seen.into_owned(), counted_to);
    }

    /// How many are followed.
    pub fn len(&self) -> usize {
        self.timelines.len()
    }

    /// Seals every timeline, and lets go of what no window read at the line or later reaches. Gives those who lapsed.
    fn sweep(&mut self, line: EventTime, reach: &Reach, rules: &Rules) -> Vec<AgentId> {
        // A change may tell that it holds since up to `lateness` before its time.
        let reached = line - reach.any - rules.lateness;
        let mut lapsed = Vec::new();
        for (agent, timeline) in &mut self.timelines {
            lapsed.extend(timeline.seal(line, rules).then_some(*agent));
            timeline.roll(reached, rules);
        }
        self.fit_all(rules);
        lapsed
    }

    /// Takes a change in.
    fn place(&mut self, agent: AgentId, change: Change, line: EventTime, rules: &Rules) -> Placed {
        let timeline = self.timelines.entry(agent).or_default();
        let before = timeline.stretches();
        let placed = timeline.place(change, line, rules);
        // Where there is no room, one that counters have not taken yet stays until the next sweep.
        for _ in before..timeline.stretches() {
            let _ = self.room.take() || timeline.shorten(self.counted_to, rules);
        }
        placed
    }

    /// Takes room for every stretch, and where there is none gives up old ones.
    fn fit_all(&mut self, rules: &Rules) {
        let used = self.timelines.values().map(Timeline::stretches).sum();
        self.room.keep(used);
        let mut excess = used - self.room.taken();
        while excess > 0 && self.room.take() {
            excess -= 1;
        }
        for timeline in self.timelines.values_mut() {
            while excess > 0 && timeline.shorten(self.counted_to, rules) {
                excess -= 1;
            }
        }
    }
}

impl Shard {
    /// Takes in what was told of an agent.
    pub(super) fn agent(&mut self, event: &Event<'_>, name: &str, told: &AgentChange<'_>) -> Outcome {
        let (line, agent) = (self.line(), self.names.agents.intern(name));
        let timely = timely(event.at, line);
        if self.names.agents.name(agent) == OTHER {
            return timely;
        }
        let (change, knows_all) = self.agent_change(event, told);
        // Of the time that counters have taken, this is all that the change can be about.
        let counted = event.at - self.rules.lateness..self.agents.counted_to;
        let before = self.agent_time(agent, counted.clone());
        let queues: Vec<QueueId> = change.told_queues().collect();
        let Self { agents, rules, .. } = self;
        let placed = agents.place(agent, change, line, rules);
        self.revise_agent(agent, counted, &before);
        match placed {
            Placed::Repeat | Placed::TooLate => return Outcome::Duplicate, // told again or not, nothing changed
            Placed::OneTooMany => self.stray(event.at, Anomaly::TooManyEvents),
            Placed::InTime | Placed::Late if !knows_all => self.stray(event.at, Anomaly::UnknownState),
            Placed::InTime | Placed::Late if self.leaves_out(agent, &queues) => {
                self.stray(event.at, Anomaly::TooManyOpen);
            }
            Placed::InTime | Placed::Late => {}
        }
        self.note_seen(agent);
        timely
    }

    /// Whether the agent has so many queues that one of these is left out.
    fn leaves_out(&self, agent: AgentId, told: &[QueueId]) -> bool {
        let reading = self.agents.timelines[&agent].by_all_known(self.line(), &self.rules);
        let queues = || reading.iter().flat_map(Reading::queues).map(|(queue, _)| queue);
        !told.is_empty()
            && queues().count() == LIST_MAX
            && !told.iter().all(|told| queues().any(|queue| queue == *told))
    }

    /// What was told, with names as numbers, and whether every state in it is known.
    fn agent_change(&mut self, event: &Event<'_>, told: &AgentChange<'_>) -> (Change, bool) {
        let states = |word: &Text<'_>| self.rules.agents.state(word);
        let known = [&told.state].into_iter().chain(told.queue_states.iter().map(|(_, state)| state));
        let knows_all = known.map(states).all(|state| state.is_some());
        let other = self.rules.agents.other();
        let state = states(&told.state).unwrap_or(other);
        let in_queues: Vec<StateId> =
            told.queue_states.iter().map(|(_, state)| states(state).unwrap_or(other)).collect();
        let queues = told.queue_states.iter().map(|(queue, _)| self.queue(queue));
        let queue_states = queues.collect::<Vec<_>>().into_iter().zip(in_queues).collect();
        let queues = told.queues.as_ref().map(|queues| queues.iter().map(|queue| self.queue(queue)).collect());
        let instant = Order { at: event.at, seq: event.seq, id: event.id.as_ref().into() };
        let AgentChange { capacity, active, since, .. } = *told;
        (Change { instant, since, state, queues, queue_states, capacity, active }, knows_all)
    }

    /// An agent's time by all that is known, where counters take any.
    fn agent_time(&self, agent: AgentId, time: Range<EventTime>) -> Tally {
        let mut tally = Tally::default();
        let timeline = self.agents.timelines.get(&agent).filter(|_| !self.is_muted && time.start < time.end);
        if let Some(reading) = timeline.and_then(|timeline| timeline.by_all_known(time.end, &self.rules)) {
            reading.add_between(time, &mut tally);
        }
        tally
    }

    /// Lets the counters take how the time that they have taken turned out to be.
    fn revise_agent(&mut self, agent: AgentId, time: Range<EventTime>, before: &Tally) {
        let mut difference = self.agent_time(agent, time);
        before.iter().for_each(|(cell, ms)| difference.add(cell, -ms));
        if !difference.is_empty() {
            let is_correction = self.agent_counters.pass(agent, &difference);
            self.counters.correct(u64::from(is_correction));
        }
    }

    /// Lets the counters take the time of agents before a line.
    pub(super) fn settle_agents(&mut self, line: EventTime) {
        let passed = self.agents.counted_to..line - MOMENT;
        if passed.is_empty() {
            return;
        }
        let agents: Vec<AgentId> = self.agents.timelines.keys().copied().collect();
        for agent in agents.into_iter().filter(|_| !self.is_muted) {
            let time = self.agent_time(agent, passed.clone());
            self.agent_counters.pass(agent, &time);
        }
        self.agents.counted_to = passed.end;
    }

    /// Seals the agents, once the counters have taken their time.
    pub(super) fn sweep_agents(&mut self) {
        let line = self.line();
        self.settle_agents(line);
        let lapsed = self.agents.sweep(line, &self.reach, &self.rules);
        lapsed.into_iter().for_each(|agent| self.note_seen(agent));
    }

    /// Notes the state that an agent is in by all that is known.
    fn note_seen(&mut self, agent: AgentId) {
        let timeline = &self.agents.timelines[&agent];
        let line = self.line();
        if let Some(reading) = timeline.by_all_known(line, &self.rules) {
            self.agents.seen.add(&now(&reading, line, &self.names));
        }
    }

    /// What is so of agents at the moment, and their time in windows where agents are asked for.
    pub(super) fn show_agents(&self, ask: &Ask, view: &mut View) {
        view.seen = self.agents.seen.clone();
        view.priorities = self.names.priorities.shared_all().collect();
        let ranges: Vec<_> = ask.windows.iter().map(|window| window.range(ask.at, &self.rules.day)).collect();
        for (agent, timeline) in &self.agents.timelines {
            let Some(reading) = timeline.as_of(ask.at, &self.rules) else { continue };
            let name = self.names.agents.shared(*agent);
            if ask.agents {
                let nothing = || vec![Tally::default(); ranges.len()];
                let tallies = view.agents.entry(name.as_ref().to_owned()).or_insert_with(nothing);
                for (range, tally) in ranges.iter().zip(tallies) {
                    reading.add_window(range.as_ref(), self.reach.slot, tally);
                }
            }
            view.tell_agent(name, now(&reading, ask.at, &self.names));
        }
    }
}

/// What is so of one agent, in words that do not depend on this shard's numbers.
fn now(reading: &Reading<'_>, at: EventTime, names: &KnownNames) -> AgentNow {
    let Order { at: told_at, seq, id } = reading.last().clone();
    let since = reading.state_since();
    let mut queues: Vec<_> = reading.queues().map(|(queue, state)| (names.queues.shared(queue), state)).collect();
    queues.sort_unstable();
    AgentNow {
        at: told_at,
        seq,
        id,
        state: reading.state(),
        since,
        lasts: (at - since).at_least_zero(),
        in_hand: reading.in_hand(),
        capacity: reading.capacity(),
        queues,
    }
}
