//! The floor: who waits, who talks, which agent is free. A discrete-event simulation.
//!
//! **Words.** *Step*: something that is due at a moment; a heap holds them, and the clock jumps from step to step. *Stay*: here
//! also the time on a list of those to call; its number tells a step that was overtaken, such as the end of the patience of
//! somebody who was answered. *Errand*: why somebody is called. *Place*: where a contact stands in a queue, and since when.
//!
//! **Routing.** A queue is served in the order of arrival, by the agent who is idle longest. An agent who serves two queues takes
//! whoever waits longest, head starts included. Callbacks that are due come first, other calls out when nobody waits.
//!
//! **Invariants.** No agent who serves a queue is idle while a contact waits in it. What is told at one millisecond is numbered
//! (`seq`) in the order in which it was told. Memory depends on the contacts that are open, not on those that were.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap, VecDeque};

use foldhash::fast::FixedState;

use super::chance::{Chance, Stream};
use super::demand::Demand;
use super::desk::Desk;
use super::opinions::{self, Opinions};
use super::plan::{QUEUE_COUNT, QUEUES, QueueNo, SOURCES, SourceNo};
use super::presence::{AVAILABLE, Presence};
use super::record::{Fact, Happening, Subject};
use super::staff::{AgentNo, Staff};
use super::tickets::Task;
use super::{Profile, Settings};
use crate::time::{EventTime, Span};

/// Everybody and everything.
#[derive(Debug)]
pub struct Floor {
    pub(super) rate: f64,
    pub(super) profile: Profile,
    pub(super) now: EventTime,
    pub(super) chance: Chance,
    pub(super) staff: Staff,
    pub(super) presence: Presence,
    pub(super) desk: Desk,
    pub(super) opinions: Opinions,
    pub(super) queues: [Line; QUEUE_COUNT],
    pub(super) contacts: HashMap<u64, Contact, FixedState>,
    /// Legs in after-contact work.
    pub(super) wrapping: u64,
    /// When each platform last told anything.
    pub(super) heard: [EventTime; SOURCES.len()],
    demand: Demand,
    steps: BinaryHeap<Reverse<(EventTime, u64, Step)>>,
    steps_planned: u64,
    arrived: u64,
    arrivals_max: u64,
    told: VecDeque<Happening>,
    told_at: (EventTime, u32), // the latest moment at which something was told, and how much since
}

/// Those who want something of one queue. The lines hold numbers of contacts.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) waiting: BTreeSet<(EventTime, u64)>,
    /// Callbacks that are due: they come before those who wait.
    pub(super) due: VecDeque<u64>,
    pub(super) to_call: VecDeque<u64>,
}

/// A contact that is not over.
#[derive(Debug)]
pub(super) struct Contact {
    pub(super) queue: QueueNo,
    /// A second place in another queue, where it waits or waited in two at once.
    pub(super) also: Option<(QueueNo, EventTime)>,
    pub(super) stay: u32,
    pub(super) stage: Stage,
    pub(super) outbound: bool,
    pub(super) transfers: u32,
    pub(super) overflowed: bool,
    /// Agents who have to do with it beside the one who talks: ring, advise, listen, or work on it afterwards.
    pub(super) beside: u32,
    /// Who listens in.
    pub(super) listener: Option<AgentNo>,
    pub(super) customer: Option<u64>,
    /// How long it waited for the answers so far.
    pub(super) waited: Span,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Stage {
    Waiting { since: EventTime },
    Ringing { agent: AgentNo, at: QueueNo, since: EventTime },
    ToCall { errand: Errand },
    Dialled { agent: AgentNo, errand: Errand },
    Talking { agent: AgentNo, since: EventTime, held: Option<EventTime>, after_hold: Span },
}

/// Why somebody is called.
#[derive(Clone, Copy, Debug)]
pub(super) enum Errand {
    /// The centre wishes it.
    Own,
    /// The customer left a message.
    Message,
    /// The customer asked for it.
    Callback { asked: EventTime, due: EventTime, tries: u32 },
}

/// What is due at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Doors { queue: QueueNo },
    Beat { source: SourceNo },
    Repeat,
    Shift { agent: AgentNo },
    TellBreak { agent: AgentNo, since: EventTime },
    Ticket(Task),
    Opinion { number: u64, turn: opinions::Turn },
    Arrival { queue: QueueNo },
    GiveUp { contact: u64, stay: u32 },
    Offer { contact: u64, stay: u32 },
    Overflow { contact: u64, stay: u32 },
    PickUp { contact: u64, stay: u32 },
    Miss { contact: u64, stay: u32, cause: &'static str },
    Back { agent: AgentNo },
    Due { contact: u64, stay: u32 },
    Write { contact: u64, stay: u32, turn: Turn },
    Update { contact: u64, stay: u32 },
    Listen { contact: u64, stay: u32 },
    Leave { contact: u64, stay: u32 },
    Hold { contact: u64 },
    Advise { contact: u64, colleague: AgentNo },
    Advised { contact: u64, colleague: AgentNo },
    Resume { contact: u64 },
    HangUp { contact: u64 },
    Wrap { contact: u64, queue: QueueNo, agent: AgentNo },
}

/// Whose turn it is to write in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// The bot greets.
    Bot,
    /// The customer asks whether anybody is there.
    Impatient,
    Customer,
    Agent,
}

impl Floor {
    /// The centre at the start: nobody has called yet, and whoever has a shift comes at once.
    pub fn open(settings: &Settings) -> Self {
        let Settings { seed, start, rate, profile, contacts, .. } = *settings;
        let staff = Staff::hire(rate, profile);
        let mut floor = Self {
            rate,
            profile,
            now: start,
            chance: Chance::new(seed, Stream::Conduct),
            presence: Presence::new(seed, &staff),
            desk: Desk::new(seed, start, rate, profile),
            opinions: Opinions::new(seed),
            staff,
            queues: Default::default(),
            contacts: HashMap::default(),
            wrapping: 0,
            heard: [start; SOURCES.len()],
            demand: Demand::new(seed, start, rate, profile),
            steps: BinaryHeap::new(),
            steps_planned: 0,
            arrived: 0,
            arrivals_max: contacts.unwrap_or(u64::MAX),
            told: VecDeque::new(),
            told_at: (start, 0),
        };
        floor.plan_routine();
        floor.staff.everybody().for_each(|agent| floor.plan(Span::ZERO, Step::Shift { agent }));
        (0..QUEUE_COUNT).for_each(|queue| floor.plan_arrival(queue));
        floor.open_desk();
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
            Step::Doors { queue } => self.doors(queue),
            Step::Beat { source } => self.beat(source),
            Step::Repeat => self.repeat(),
            Step::Shift { agent } => self.shift(agent),
            Step::TellBreak { agent, since } => self.tell_break(agent, since),
            Step::Ticket(task) => self.do_task(task),
            Step::Opinion { number, turn } => self.opine(number, turn),
            Step::Arrival { queue } => self.arrive(queue),
            Step::GiveUp { contact, stay } => self.give_up(contact, stay),
            Step::Offer { contact, stay } => self.offer_callback(contact, stay),
            Step::Overflow { contact, stay } => self.overflow(contact, stay),
            Step::PickUp { contact, stay } => self.pick_up(contact, stay),
            Step::Miss { contact, stay, cause } => self.miss(contact, stay, cause),
            Step::Back { agent } => self.release(agent),
            Step::Due { contact, stay } => self.fall_due(contact, stay),
            Step::Write { contact, stay, turn } => self.write(contact, stay, turn),
            Step::Update { contact, stay } => self.update(contact, stay),
            Step::Listen { contact, stay } => self.listen(contact, stay),
            Step::Leave { contact, stay } => self.stop_listening(contact, stay),
            Step::Hold { contact } => self.hold(contact),
            Step::Advise { contact, colleague } => self.advise(contact, colleague),
            Step::Advised { contact, colleague } => self.end_advice(contact, colleague),
            Step::Resume { contact } => self.resume(contact),
            Step::HangUp { contact } => self.hang_up(contact),
            Step::Wrap { contact, queue, agent } => self.wrap(contact, queue, agent),
        }
    }

    /// Takes a step after this time; steps of one moment are taken in the order in which they were planned.
    pub(super) fn plan(&mut self, after: Span, step: Step) {
        self.plan_at(self.now + after, step);
    }

    pub(super) fn plan_at(&mut self, at: EventTime, step: Step) {
        self.steps_planned += 1;
        self.steps.push(Reverse((at, self.steps_planned, step)));
    }

    fn plan_arrival(&mut self, queue: QueueNo) {
        let at = self.demand.next(queue);
        self.plan_at(at, Step::Arrival { queue });
    }

    pub(super) fn tell(&mut self, contact: u64, queue: QueueNo, fact: Fact) {
        let subject = Subject::Contact { number: contact, channel: QUEUES[queue].channel };
        self.tell_of(subject, QUEUES[queue].source, fact);
    }

    pub(super) fn tell_of(&mut self, subject: Subject, source: SourceNo, fact: Fact) {
        let at = self.now;
        let seq = if self.told_at.0 == at { self.told_at.1 } else { 0 };
        self.told_at = (at, seq + 1);
        self.heard[source] = at;
        self.told.push_back(Happening { at, seq, source: SOURCES[source], subject, fact });
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

    /// The agent has nothing to do any more: takes a callback that is due, who waits, or a call out, or rests, or leaves if it is
    /// time.
    pub(super) fn release(&mut self, agent: AgentNo) {
        if !self.staff.on_duty(agent, self.now) {
            self.staff.leave(agent);
            return self.turn_away(agent);
        }
        self.turn(agent, AVAILABLE);
        if let Some(inbox) = self.staff.inbox(agent) {
            self.seek_ticket(agent, inbox);
        } else if let Some(contact) = self.first(agent, |line| &line.due) {
            self.dial(contact, agent);
        } else if let Some((contact, queue)) = self.longest_waiting(agent) {
            self.ring(contact, queue, agent);
        } else if let Some(contact) = self.first(agent, |line| &line.to_call) {
            self.dial(contact, agent);
        } else {
            self.staff.rest(agent, self.now);
        }
    }

    fn longest_waiting(&self, agent: AgentNo) -> Option<(u64, QueueNo)> {
        let first = |queue: QueueNo| {
            let (since, contact) = self.queues[queue].waiting.first()?;
            Some((*since - QUEUES[queue].head_start, *contact, queue))
        };
        self.staff.queues(agent).filter_map(first).min().map(|(_, contact, queue)| (contact, queue))
    }

    fn first(&self, agent: AgentNo, list: impl Fn(&Line) -> &VecDeque<u64>) -> Option<u64> {
        self.staff.queues(agent).find_map(|queue| list(&self.queues[queue]).front().copied())
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
                *most = (*most).max(floor.contacts.len() + floor.steps.len() + floor.desk.tickets.len());
            }
        }
        let [first, .., last] = most_kept_by_day;
        assert!(floor.arrived > 50_000 && last < first * 5 / 4, "{most_kept_by_day:?}");
    }
}
