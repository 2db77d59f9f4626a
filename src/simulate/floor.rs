//! The floor: who waits, who talks, which agent is free. A discrete-event simulation.
//!
//! **Words.** *Step*: something that is due at a moment; a heap holds them, and the clock jumps from step to step. *Stay*: here
//! also the time on the list of those to call; its number tells a step that was overtaken, such as the end of the patience of
//! somebody who was answered.
//!
//! **Routing.** A queue is served in the order of arrival, by the agent who is idle longest. An agent who serves two queues takes
//! whoever waits longest, head starts included. Calls out and promised callbacks come when nobody waits.
//!
//! **Invariants.** No agent who serves a queue is idle while a contact waits in it. Memory depends on the contacts that are open,
//! not on those that were.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

use foldhash::fast::FixedState;

use super::Settings;
use super::chance::{Chance, Stream};
use super::demand::Demand;
use super::plan::{QUEUE_COUNT, QUEUES, QueueNo};
use super::record::{Fact, Happening};
use super::staff::{AgentNo, Staff};
use crate::time::{EventTime, Span};

/// Everybody and everything.
#[derive(Debug)]
pub struct Floor {
    pub(super) rate: f64,
    pub(super) now: EventTime,
    pub(super) chance: Chance,
    pub(super) staff: Staff,
    pub(super) queues: [Line; QUEUE_COUNT],
    pub(super) contacts: HashMap<u64, Contact, FixedState>,
    /// Legs in after-contact work.
    pub(super) wrapping: u64,
    demand: Demand,
    steps: BinaryHeap<Reverse<(EventTime, u64, Step)>>,
    steps_planned: u64,
    arrived: u64,
    arrivals_max: u64,
    told: VecDeque<Happening>,
}

/// Those who want something of one queue. The lines hold numbers of contacts.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) waiting: BTreeSet<(EventTime, u64)>,
    pub(super) to_call: VecDeque<u64>,
}

/// A contact that is not over.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) queue: QueueNo,
    pub(super) stay: u32,
    pub(super) stage: Stage,
    pub(super) transfers: u32,
    pub(super) overflowed: bool,
    pub(super) customer: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    Waiting { since: EventTime },
    Ringing { agent: AgentNo },
    ToCall { promised: bool },
    Dialled { agent: AgentNo },
    Talking { agent: AgentNo, after_hold: Span },
}

/// What is due at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Shift { agent: AgentNo },
    Arrival { queue: QueueNo },
    GiveUp { contact: u64, stay: u32 },
    Overflow { contact: u64, stay: u32 },
    PickUp { contact: u64, stay: u32 },
    Update { contact: u64, stay: u32 },
    Hold { contact: u64 },
    Resume { contact: u64 },
    HangUp { contact: u64 },
    Wrap { contact: u64, queue: QueueNo, agent: AgentNo },
}

impl Floor {
    /// The centre at the start: nobody has called yet, and whoever has a shift comes at once.
    pub fn open(settings: &Settings) -> Self {
        let Settings { seed, start, rate, profile, contacts, .. } = *settings;
        let mut floor = Self {
            rate,
            now: start,
            chance: Chance::new(seed, Stream::Conduct),
            staff: Staff::hire(rate, profile),
            queues: Default::default(),
            contacts: HashMap::default(),
            wrapping: 0,
            demand: Demand::new(seed, start, rate, profile),
            steps: BinaryHeap::new(),
            steps_planned: 0,
            arrived: 0,
            arrivals_max: contacts.unwrap_or(u64::MAX),
            told: VecDeque::new(),
        };
        floor.staff.everybody().for_each(|agent| floor.plan(Span::ZERO, Step::Shift { agent }));
        (0..QUEUE_COUNT).for_each(|queue| floor.plan_arrival(queue));
        floor
    }

    /// What happened next, in the order of time. `None` once all contacts have come and everything about them is told.
    pub fn next(&mut self) -> Option<Happening> {
        while self.told.is_empty() && !self.is_over() {
            let Reverse((at, _, step)) = self.steps.pop().expect("shifts go on for ever");
            self.now = at;
            self.take(step);
        }
        self.told.pop_front()
    }

    fn is_over(&self) -> bool {
        self.arrived == self.arrivals_max && self.contacts.is_empty() && self.wrapping == 0
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Shift { agent } => self.shift(agent),
            Step::Arrival { queue } => self.arrive(queue),
            Step::GiveUp { contact, stay } => self.give_up(contact, stay),
            Step::Overflow { contact, stay } => self.overflow(contact, stay),
            Step::PickUp { contact, stay } => self.pick_up(contact, stay),
            Step::Update { contact, stay } => self.update(contact, stay),
            Step::Hold { contact } => self.hold(contact),
            Step::Resume { contact } => self.resume(contact),
            Step::HangUp { contact } => self.hang_up(contact),
            Step::Wrap { contact, queue, agent } => self.wrap(contact, queue, agent),
        }
    }

    /// Takes a step after this time; steps of one moment are taken in the order in which they were planned.
    pub(super) fn plan(&mut self, after: Span, step: Step) {
        self.plan_at(self.now + after, step);
    }

    fn plan_at(&mut self, at: EventTime, step: Step) {
        self.steps_planned += 1;
        self.steps.push(Reverse((at, self.steps_planned, step)));
    }

    fn plan_arrival(&mut self, queue: QueueNo) {
        let at = self.demand.next(queue);
        self.plan_at(at, Step::Arrival { queue });
    }

    pub(super) fn tell(&mut self, contact: u64, queue: QueueNo, fact: Fact) {
        self.told.push_back(Happening { at: self.now, contact, channel: QUEUES[queue].channel, fact });
    }

    fn arrive(&mut self, queue: QueueNo) {
        if self.arrived < self.arrivals_max {
            self.arrived += 1;
            self.take_in(self.arrived, queue);
            self.plan_arrival(queue);
        }
    }

    /// An agent comes or goes; who has a contact finishes it first.
    fn shift(&mut self, agent: AgentNo) {
        let next = self.staff.next_change(agent, self.now);
        self.plan_at(next, Step::Shift { agent });
        if !self.staff.is_busy(agent) {
            self.release(agent);
        }
    }

    /// The agent has nothing to do any more: takes who waits, or a call out, or rests, or leaves if it is time.
    pub(super) fn release(&mut self, agent: AgentNo) {
        if !self.staff.on_duty(agent, self.now) {
            return self.staff.leave(agent);
        }
        match self.longest_waiting(agent).or_else(|| self.next_to_call(agent)) {
            Some(contact) => self.connect(contact, agent),
            None => self.staff.rest(agent, self.now),
        }
    }

    fn longest_waiting(&self, agent: AgentNo) -> Option<u64> {
        let first = |queue: QueueNo| {
            let (since, contact) = self.queues[queue].waiting.first()?;
            Some((*since - QUEUES[queue].head_start, *contact))
        };
        self.staff.queues(agent).filter_map(first).min().map(|(_, contact)| contact)
    }

    fn next_to_call(&self, agent: AgentNo) -> Option<u64> {
        self.staff.queues(agent).find_map(|queue| self.queues[queue].to_call.front().copied())
    }

    /// Finds an agent for a contact that has just come into a line. Whoever is idle has found nobody there.
    pub(super) fn seek_agent(&mut self, contact: u64) {
        let queue = self.contact(contact).queue;
        if let Some(agent) = self.staff.idle_longest(queue) {
            self.connect(contact, agent);
        }
    }

    pub(super) fn contact(&mut self, contact: u64) -> &mut Contact {
        self.contacts.get_mut(&contact).expect("lines and the steps of a talk name open contacts")
    }

    /// The contact, unless the stay that a step was planned for is over.
    pub(super) fn in_stay(&self, contact: u64, stay: u32) -> Option<&Contact> {
        self.contacts.get(&contact).filter(|known| known.stay == stay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Profile, Settings};

    fn flat(rate: f64) -> Floor {
        Floor::open(&Settings { profile: Profile::Flat, ..Settings::new(1, EventTime::from_millis(0), rate) })
    }

    #[test]
    fn nobody_is_idle_while_a_contact_waits_in_a_queue_that_they_serve() {
        let mut floor = flat(0.3);
        let mut waited = 0;
        for _ in 0..50_000 {
            floor.next().expect("endless");
            for queue in (0..QUEUE_COUNT).filter(|queue| !floor.queues[*queue].waiting.is_empty()) {
                assert_eq!(floor.staff.idle_longest(queue), None, "{} at {}", QUEUES[queue].name, floor.now);
                waited += 1;
            }
        }
        assert!(waited > 1_000, "queues did build: {waited}");
    }

    #[test]
    fn what_is_kept_does_not_grow_with_what_was() {
        let mut floor = flat(0.3);
        let mut most_kept_by_day = [0; 4];
        for most in &mut most_kept_by_day {
            let midnight = floor.now + Span::from_seconds(86_400);
            while floor.now < midnight {
                floor.next().expect("endless");
                *most = (*most).max(floor.contacts.len() + floor.steps.len());
            }
        }
        let [first, .., last] = most_kept_by_day;
        assert!(floor.arrived > 50_000 && last < first * 5 / 4, "{most_kept_by_day:?}");
    }
}
