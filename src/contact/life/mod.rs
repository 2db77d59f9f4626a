//! The life of a contact: its stays in queues and its legs with agents, and what each step is worth.
//!
//! **Words.** A *stay* is one wait in one queue. A *leg* is one agent's part. A *callback* is a call that the centre owes. A contact
//! is *over* when it was abandoned, blocked or ended and nothing of it is open.
//!
//! **Deadlines.** The threshold, the wrap limit and `contact_ttl` act after every event of their instant. They need no timer:
//! before each step, and whenever somebody looks, those that have passed are booked at their own time.
//!
//! **Invariant.** A life is a function of its sorted steps and the moment it was last brought up to. What was booked for a stay
//! adds up: it is answered, abandoned, flown out, expired, or it waits.

mod callbacks;
mod chat;
mod few;
mod legs;
mod promise;
mod rings;
mod snapshot;
mod stays;

pub use callbacks::Callback;
pub use stays::Stay;

use serde::{Deserialize, Serialize};

use super::act::Act;
use super::leg::Leg;
use crate::event::{Author, Direction};
use crate::feedback::{self, Surveys};
use crate::id::{AgentId, ChannelId, PriorityId, QueueId};
use crate::limits::EVENT_IDS_PER_CONTACT_MAX;
use crate::measure::{Anomaly, Measure};
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::{self, Bookings, Fate, Memory, Served};
use callbacks::CallbackEnd;
use chat::Chat;
use few::{Few, Seldom};
use rings::Ring;
use stays::{Overflowed, Root};

/// Everything that is true of a contact now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    channel: Option<ChannelId>,
    direction: Option<Direction>,
    priority: Option<PriorityId>, // where something depends on it
    latest_queue: Option<QueueId>,
    first_queued: Option<EventTime>, // of the chain
    queued_here: Option<EventTime>,  // of this contact
    is_adopted: bool,                // a snapshot found it queued or served: what it queues for next is no new demand
    is_served: bool,
    is_closing: bool, // abandoned, blocked, or its last leg ended; a transfer or a new stay or leg takes it back
    last_event: Option<EventTime>,
    over_since: Option<EventTime>,
    stays: Few<Stay>,
    legs: Few<Leg>,
    rings: Few<Ring>,
    chat: Chat,
    callback: Option<Box<Callback>>, // rare
    overflowed: Seldom<Overflowed>,
    served: Option<Served>,      // by the last primary leg
    memory: Option<Box<Memory>>, // of who served it, once it was over and asked for, or forgotten
    surveys: Option<Box<Surveys>>,
}

type Step = timeline::Step<Act>;

enum Deadline {
    Threshold(usize),
    Promise(usize),
    Wrap(usize),
    Forget,
}

impl Life {
    /// Stays that are open, oldest first.
    pub fn stays(&self) -> &[Stay] {
        &self.stays
    }

    /// Legs that are open, in the order they began.
    pub fn legs(&self) -> &[Leg] {
        &self.legs
    }

    /// When the customer was first queued, and whether somebody answered since.
    pub fn chain(&self) -> (Option<EventTime>, bool) {
        (self.first_queued, self.is_served)
    }

    /// The call that the centre owes.
    pub fn callback(&self) -> Option<&Callback> {
        self.callback.as_deref()
    }

    /// Whether anything of it can still change a figure, beyond what its next event begins. A question that nobody answers is
    /// not open any more once the contact is over: its state may be forgotten at any time then.
    pub fn is_open(&self) -> bool {
        let is_asking = !self.rings.is_empty() || self.chat.asked_since().is_some();
        let is_at_work = !self.stays.is_empty() || !self.legs.is_empty() || self.callback.is_some();
        is_at_work || is_asking && self.over_since.is_none()
    }

    /// Agents at whom it rings, and since when a question of the customer is unanswered.
    pub fn unanswered(&self) -> (impl Iterator<Item = AgentId>, Option<EventTime>) {
        (self.rings.iter().map(|ring| ring.agent), self.chat.asked_since())
    }

    /// Whether it waits in this queue.
    pub fn waits_in(&self, queue: QueueId) -> bool {
        self.stays.iter().any(|stay| stay.queue.0 == queue)
    }

    /// Whether an agent talks or holds.
    pub fn is_talking(&self) -> bool {
        self.legs.iter().any(Leg::is_talking)
    }

    /// Since when it is over.
    pub fn over_since(&self) -> Option<EventTime> {
        self.over_since
    }

    /// What customers and reviewers said of it.
    pub fn surveys(&self) -> Option<&Surveys> {
        self.surveys.as_deref()
    }

    /// Whether nothing of it is left, and its time to live is over: until then its events may be told again.
    fn is_forgotten(&self, line: EventTime, terms: &Terms) -> bool {
        let Self { last_event, priority, .. } = *self;
        let (memory, surveys) = (&self.memory, &self.surveys);
        let is_blank = || {
            let (memory, surveys) = (memory.clone(), surveys.clone());
            *self == Self { last_event, memory, priority, surveys, ..Self::default() }
        };
        self.last_event.is_none_or(|last| last + self.ttl(terms) < line) && is_blank()
    }

    fn take(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        if step.bulk {
            let mut own = Bookings::default();
            self.act(step.at, &step.act, terms, &mut own);
            bookings.take_over(&own, true);
        } else {
            self.act(step.at, &step.act, terms, bookings);
        }
    }

    /// Takes out what began after a moment.
    fn split_off_later(&mut self, at: EventTime) -> Self {
        Self {
            stays: take_out(&mut self.stays, |stay| stay.since > at),
            legs: take_out(&mut self.legs, |leg| leg.since() > at && !leg.is_wrapping()),
            rings: take_out(&mut self.rings, |ring| ring.since > at),
            chat: self.chat.split_off_later(at),
            callback: self.callback.take_if(|callback| callback.since > at),
            ..Self::default()
        }
    }

    fn put_back(&mut self, later: Self) {
        self.stays.extend(later.stays);
        self.legs.extend(later.legs);
        self.rings.extend(later.rings);
        self.chat.put_back(later.chat);
        self.callback = later.callback.or(self.callback.take());
    }

    /// The first deadline that comes before a moment. Nearly always there is none.
    fn deadline_before(&self, before: EventTime, terms: &Terms) -> Option<(EventTime, Deadline)> {
        if timeline::Life::next_deadline(self, terms) >= before {
            return None;
        }
        let waiting = self.stays.iter().enumerate().filter(|(_, stay)| !stay.is_past);
        let thresholds = waiting.map(|(i, stay)| (stay.threshold(terms), Deadline::Threshold(i)));
        let promises = self.stays.iter().enumerate();
        let promises = promises.filter_map(|(i, stay)| Some((stay.promise_due()?, Deadline::Promise(i))));
        let legs = self.legs.iter().enumerate();
        let wraps = legs.filter_map(|(i, leg)| Some((leg.wrap_deadline(terms)?, Deadline::Wrap(i))));
        let forget = self.forgotten_from().map(|last| (last + self.ttl(terms), Deadline::Forget));
        thresholds.chain(promises).chain(wraps).chain(forget).min_by_key(|(at, _)| *at)
    }

    /// From when `contact_ttl` runs: its end, or its last event; a call that is due later is waited for.
    fn forgotten_from(&self) -> Option<EventTime> {
        let due = self.callback.as_deref().and_then(Callback::waited_for);
        self.over_since.or(self.last_event.map(|last| due.map_or(last, |due| last.max(due))))
    }

    fn pass_threshold(&mut self, stay: usize, at: EventTime, bookings: &mut Bookings) {
        self.stays[stay].is_past = true;
        bookings.queue(at, self.stays[stay].queue, Measure::PastThreshold);
    }

    fn time_out_wrap(&mut self, leg: usize, at: EventTime, bookings: &mut Bookings) {
        self.legs.remove(leg).time_out(at, bookings);
        self.note_over(at);
    }

    /// Nothing was heard of it for so long that it is forgotten; what was open is counted.
    fn expire(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        for stay in self.stays.iter() {
            bookings.queue(at, stay.queue, Measure::StayExpired);
        }
        for leg in self.legs.iter().filter(|leg| leg.is_talking() && leg.serves_queue()) {
            bookings.queue(at, leg.queue, Measure::TalkExpired);
        }
        self.end_callback(at, CallbackEnd::GivenUp, bookings);
        self.over_since.get_or_insert(at);
        let memory = timeline::Life::memory(self, terms).map(Box::new);
        *self = Self { surveys: self.surveys.take(), memory, ..Self::default() };
    }

    /// How long it is remembered without an event, and after its end.
    pub fn ttl(&self, terms: &Terms) -> Span {
        terms.contact_ttl(self.channel(terms))
    }

    fn channel(&self, terms: &Terms) -> ChannelId {
        self.channel.unwrap_or(terms.voice)
    }

    fn act(&mut self, at: EventTime, act: &Act, terms: &Terms, bookings: &mut Bookings) {
        match *act {
            Act::Queued { queue, direction, is_root, first_queued_at, also } => {
                let root = Root { is_root, first_queued_at };
                self.queued(at, queue, direction, root, also, terms, bookings);
            }
            Act::Alerting { agent } => self.alerting(at, agent, bookings),
            Act::AlertMissed { agent, queue, cause } => self.alert_missed(at, agent, queue, cause, terms, bookings),
            Act::Answered { agent, queue, role } => self.answered(at, agent, queue, role, terms, bookings),
            Act::Held { agent } => self.held(at, agent, bookings),
            Act::Resumed { agent } => self.resumed(at, agent, bookings),
            Act::Transferred { agent } => self.transferred(at, agent, terms, bookings),
            Act::FlowedOut { queue, cause } => self.flowed_out(at, queue, cause, terms, bookings),
            Act::Abandoned { cause } => self.abandoned(at, cause, terms, bookings),
            Act::Blocked { queue } => self.blocked(at, queue, terms, bookings),
            Act::Message { author, agent } => self.message(at, author, agent, terms, bookings),
            Act::CallbackRequested { queue, due_at } => self.callback_requested(at, queue, due_at, terms, bookings),
            Act::CallbackAttempted { result } => self.callback_attempted(at, result, bookings),
            Act::Updated => {}
            Act::Ended { agent } => self.ended(at, agent, terms, bookings),
            Act::Wrapped { agent } => self.wrapped(at, agent, terms, bookings),
            Act::Snapshot(ref told) => self.set(at, told, terms, bookings),
            Act::Feedback(_) => {} // has a way of its own: it is no part of what happens to a contact
        }
    }

    /// What is said of it counts for who served it, whether it is over or not.
    fn feedback(&mut self, step: &Step, told: &feedback::Told, terms: &Terms, bookings: &mut Bookings) {
        let served = self.ask(step.at, terms);
        let place = told.place(served, step.channel, terms.voice, terms);
        self.surveys.get_or_insert_default().take(step.at, told, place, terms, bookings);
    }

    /// Who served it, if that is known at a moment.
    fn ask(&mut self, at: EventTime, terms: &Terms) -> Option<Served> {
        let is_past = self.memory.is_some() || self.over_since.is_some();
        if !is_past {
            return self.served(terms);
        }
        self.memory = timeline::Life::memory(self, terms).map(Box::new);
        self.memory.as_mut()?.ask(at, terms)
    }

    /// The agent and queue of the last primary leg, else its latest queue.
    fn served(&self, terms: &Terms) -> Option<Served> {
        let queue = self.latest_queue.map(|queue| (queue, self.channel(terms)));
        self.served.or(queue.map(Served::by_nobody))
    }

    /// Where that counts which no stay or leg of its own tells: the oldest open stay, else the latest queue.
    fn present_place(&self, terms: &Terms) -> (QueueId, ChannelId) {
        self.stays.first().map_or_else(|| self.place(terms), |stay| stay.queue)
    }

    /// The same, where an event names a queue that is waited in.
    fn told_place(&self, queue: Option<QueueId>, terms: &Terms) -> (QueueId, ChannelId) {
        let named = self.stays.iter().find(|stay| Some(stay.queue.0) == queue);
        named.map_or_else(|| self.present_place(terms), |stay| stay.queue)
    }

    fn is_outbound(&self) -> bool {
        self.direction == Some(Direction::Outbound)
    }

    fn note_over(&mut self, at: EventTime) {
        let is_over = self.is_closing && self.stays.is_empty() && self.legs.is_empty() && self.callback.is_none();
        self.over_since = is_over.then(|| self.over_since.unwrap_or(at));
    }
}

/// Takes those out of a list that go, and leaves the others in their order.
fn take_out<T: Clone>(list: &mut Few<T>, goes: impl Fn(&T) -> bool) -> Few<T> {
    let gone = list.iter().filter(|item| goes(item)).cloned().collect();
    list.retain(|item| !goes(item));
    gone
}

impl timeline::Life for Life {
    type Act = Act;
    const IDS_MAX: usize = EVENT_IDS_PER_CONTACT_MAX;

    fn over(until: Option<EventTime>, memory: Option<Memory>, terms: &Terms) -> Self {
        let channel = memory.map(|memory| memory.served.queue.1);
        let ttl = terms.contact_ttl(channel.unwrap_or(terms.voice));
        let over_since = until.map(|until| until - ttl);
        Self { channel, over_since, is_closing: until.is_some(), memory: memory.map(Box::new), ..Self::default() }
    }

    fn memory(&self, terms: &Terms) -> Option<Memory> {
        let since_over = |over| Some(Memory { served: self.served(terms)?, until: over + terms.keeps_served() });
        self.memory.as_deref().copied().or_else(|| self.over_since.and_then(since_over))
    }

    fn apply(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        if let Act::Feedback(told) = &step.act {
            return self.feedback(step, told, terms, bookings);
        }
        if self.over_since.is_some_and(|over| step.at - terms.lateness > over) {
            return bookings.odd(step.at, Anomaly::AfterTheEnd);
        }
        self.last_event = self.last_event.max(Some(step.at));
        self.channel = step.channel.or(self.channel);
        self.set_priority(step.at, step.priority, terms, bookings);
        self.take(step, terms, bookings);
        self.note_over(step.at);
        self.memory.take_if(|_| self.over_since.is_none()); // else it goes on, or begins anew
    }

    fn apply_late(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        if let Act::Feedback(told) = &step.act {
            return self.feedback(step, told, terms, bookings);
        }
        let began_later = self.split_off_later(step.at);
        let was_closing = self.is_closing;
        match &step.act {
            Act::Queued { .. }
            | Act::Alerting { .. }
            | Act::Held { .. }
            | Act::Message { author: Author::Customer, .. }
            | Act::CallbackRequested { .. }
            | Act::Snapshot(_) => bookings.odd(step.at, Anomaly::LateBeginning),
            Act::Answered { agent, queue, role } => {
                let mut own = Bookings::default();
                self.end_stays_by_answer(step.at, *queue, *role, terms, &mut own);
                self.stop_ringing_at(*agent);
                own.odd(step.at, Anomaly::LateBeginning);
                bookings.take_over(&own, step.bulk);
            }
            _ => self.take(step, terms, bookings),
        }
        if began_later.is_open() {
            self.is_closing = was_closing; // what began later says whether it goes on
        }
        self.put_back(began_later);
        self.note_over(self.last_event.unwrap_or(step.at));
    }

    fn advance(&mut self, before: EventTime, terms: &Terms, bookings: &mut Bookings) {
        while let Some((at, deadline)) = self.deadline_before(before, terms) {
            match deadline {
                Deadline::Threshold(stay) => self.pass_threshold(stay, at, bookings),
                Deadline::Promise(stay) => self.stays[stay].break_promise(at, bookings),
                Deadline::Wrap(leg) => self.time_out_wrap(leg, at, bookings),
                Deadline::Forget => self.expire(at, terms, bookings),
            }
        }
    }

    fn next_deadline(&self, terms: &Terms) -> EventTime {
        let mut next = self.forgotten_from().map_or(EventTime::MAX, |last| last + self.ttl(terms));
        for stay in self.stays.iter().filter(|stay| !stay.is_past) {
            next = next.min(stay.threshold(terms));
        }
        for due in self.stays.iter().filter_map(Stay::promise_due) {
            next = next.min(due);
        }
        for deadline in self.legs.iter().filter_map(|leg| leg.wrap_deadline(terms)) {
            next = next.min(deadline);
        }
        next
    }

    fn look_up_promises(&mut self, terms: &Terms) {
        Self::look_up_promises(self, terms);
    }

    fn touch(&self) -> usize {
        let began = usize::from(self.first_queued.is_some()) ^ usize::from(self.last_event.is_some());
        self.stays.touch() ^ self.legs.touch() ^ self.rings.touch() ^ began
    }

    fn last_event(&self) -> Option<EventTime> {
        self.last_event
    }

    fn fate(&self, line: EventTime, terms: &Terms) -> Fate {
        if self.surveys.as_ref().is_some_and(|surveys| surveys.are_kept(line, terms)) {
            return Fate::Keep;
        }
        self.fate_without_surveys(line, terms)
    }

    fn kept_until(&self, terms: &Terms) -> EventTime {
        let life = match (self.over_since, self.last_event) {
            (Some(over), _) => over + terms.lateness,
            (None, Some(last)) => last + self.ttl(terms),
            (None, None) => timeline::forgotten_kept_until(self.memory.as_deref(), terms),
        };
        let surveys = self.surveys.as_ref().and_then(|surveys| surveys.kept_until(terms));
        surveys.map_or(life, |surveys| surveys.max(life))
    }

    fn rests(&self) -> bool {
        false // its end is near, or its next event
    }

    fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime> {
        let is_idle = self.fate_without_surveys(line, terms) != Fate::Keep;
        let answered = self.surveys.as_ref().and_then(|surveys| surveys.latest());
        is_idle.then(|| self.last_event.max(answered).unwrap_or(EventTime::MIN))
    }

    fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate {
        self.fate_without_surveys(line, terms)
    }

    fn jumps(&self, act: &Act, first: &Act) -> bool {
        act.jumps(first, self)
    }
}

impl Life {
    fn fate_without_surveys(&self, line: EventTime, terms: &Terms) -> Fate {
        match self.over_since {
            Some(over) if over + terms.lateness < line => Fate::Close { until: over + self.ttl(terms) },
            None if self.is_forgotten(line, terms) => timeline::fate_of_forgotten(self.memory.as_deref(), line, terms),
            _ => Fate::Keep,
        }
    }
}
