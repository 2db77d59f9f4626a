//! The life of a contact: its stays in queues and its legs with agents, and what each step is worth.
//!
//! **Words.** A *stay* is one wait in one queue. A *leg* is one agent's part. A contact is *over* when it was abandoned, blocked
//! or ended and nothing of it is open.
//!
//! **Deadlines.** The threshold, the wrap limit and `contact_ttl` act after every event of their instant. They need no timer:
//! before each step, and whenever somebody looks, those that have passed are booked at their own time.
//!
//! **Invariant.** A life is a function of its sorted steps and the moment it was last brought up to. What was booked for a stay
//! adds up: it is answered, abandoned, flown out, expired, or it waits.

mod legs;
mod stays;

pub use stays::Stay;

use super::bookings::Bookings;
use super::leg::Leg;
use super::step::{Act, Step};
use super::terms::Terms;
use crate::event::Direction;
use crate::id::{ChannelId, QueueId};
use crate::measure::{Anomaly, Booking, Measure};
use crate::time::{EventTime, Span};
use stays::Root;

/// Everything that is true of a contact now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    channel: Option<ChannelId>,
    direction: Option<Direction>,
    latest_queue: Option<QueueId>,
    first_queued: Option<EventTime>,
    is_served: bool,
    is_closing: bool, // abandoned, blocked, or its last leg ended; a transfer or a new stay or leg takes it back
    last_event: Option<EventTime>,
    over_since: Option<EventTime>,
    stays: Vec<Stay>,
    legs: Vec<Leg>,
    overflowed: Vec<Booking>,
}

enum Deadline {
    Threshold(usize),
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

    /// The time of the latest event that counted.
    pub fn last_event(&self) -> Option<EventTime> {
        self.last_event
    }

    /// Whether forgetting it would change nothing that is still to come.
    pub fn is_blank(&self) -> bool {
        *self == Self { last_event: self.last_event, ..Self::default() }
    }

    /// Applies one step, after the deadlines that came before it.
    pub fn apply(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        self.advance(step.at, terms, bookings);
        if self.over_since.is_some_and(|over| step.at - terms.lateness > over) {
            return bookings.odd(step.at, Anomaly::AfterTheEnd);
        }
        self.last_event = self.last_event.max(Some(step.at));
        self.channel = step.channel.or(self.channel);
        self.act(step.at, step.act, terms, bookings);
        self.note_over(step.at);
    }

    /// Applies a step that came too late to be sorted in, after later ones: it may end what was open then, and begins nothing.
    pub fn apply_late(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        let began_later = self.split_off_later(step.at);
        match step.act {
            Act::Queued { .. } | Act::Held { .. } => bookings.odd(step.at, Anomaly::LateBeginning),
            Act::Answered { queue, role, .. } => {
                self.end_stays_by_answer(step.at, queue, role, terms, bookings);
                bookings.odd(step.at, Anomaly::LateBeginning);
            }
            act => self.act(step.at, act, terms, bookings),
        }
        self.stays.extend(began_later.0);
        self.legs.extend(began_later.1);
        self.note_over(self.last_event.unwrap_or(step.at));
    }

    fn split_off_later(&mut self, at: EventTime) -> (Vec<Stay>, Vec<Leg>) {
        let stays = self.stays.extract_if(.., |stay| stay.since > at).collect();
        let legs = self.legs.extract_if(.., |leg| leg.since() > at && !leg.is_wrapping()).collect();
        (stays, legs)
    }

    /// Books the deadlines that passed before this moment.
    pub fn advance(&mut self, before: EventTime, terms: &Terms, bookings: &mut Bookings) {
        while let Some((at, deadline)) = self.deadline(terms).filter(|(at, _)| *at < before) {
            match deadline {
                Deadline::Threshold(stay) => self.pass_threshold(stay, at, bookings),
                Deadline::Wrap(leg) => self.time_out_wrap(leg, at, bookings),
                Deadline::Forget => self.expire(at, bookings),
            }
        }
    }

    /// The next moment at which something happens without an event.
    pub fn next_deadline(&self, terms: &Terms) -> EventTime {
        self.deadline(terms).map_or(EventTime::MAX, |(at, _)| at)
    }

    fn deadline(&self, terms: &Terms) -> Option<(EventTime, Deadline)> {
        let waiting = self.stays.iter().enumerate().filter(|(_, stay)| !stay.is_past);
        let thresholds = waiting.map(|(i, stay)| (stay.threshold(terms), Deadline::Threshold(i)));
        let legs = self.legs.iter().enumerate();
        let wraps = legs.filter_map(|(i, leg)| Some((leg.wrap_deadline(terms)?, Deadline::Wrap(i))));
        let forget = self.over_since.or(self.last_event).map(|last| (last + self.ttl(terms), Deadline::Forget));
        thresholds.chain(wraps).chain(forget).min_by_key(|(at, _)| *at)
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
    fn expire(&mut self, at: EventTime, bookings: &mut Bookings) {
        for stay in &self.stays {
            bookings.queue(at, stay.queue, Measure::StayExpired);
        }
        for leg in self.legs.iter().filter(|leg| leg.is_talking() && leg.serves_queue()) {
            bookings.queue(at, leg.queue, Measure::TalkExpired);
        }
        *self = Self::default();
    }

    /// How long it is remembered without an event, and after its end.
    pub fn ttl(&self, terms: &Terms) -> Span {
        terms.contact_ttl(self.channel(terms))
    }

    fn channel(&self, terms: &Terms) -> ChannelId {
        self.channel.unwrap_or(terms.voice)
    }

    fn act(&mut self, at: EventTime, act: Act, terms: &Terms, bookings: &mut Bookings) {
        match act {
            Act::Queued { queue, direction, is_root, first_queued_at, also } => {
                let root = Root { is_root, first_queued_at };
                self.queued(at, queue, direction, root, also, terms, bookings);
            }
            Act::Answered { agent, queue, role } => self.answered(at, agent, queue, role, terms, bookings),
            Act::Held { agent } => match self.find_leg(agent, |leg| leg.is_talking() && !leg.is_holding()) {
                Some(leg) => self.legs[leg].hold(at),
                None => bookings.odd(at, Anomaly::HeldWithoutTalk),
            },
            Act::Resumed { agent } => match self.find_leg(agent, Leg::is_holding) {
                Some(leg) => self.legs[leg].resume(at),
                None => bookings.odd(at, Anomaly::ResumedWithoutHold),
            },
            Act::Transferred { agent } => match self.find_leg(agent, Leg::is_talking) {
                Some(leg) => {
                    self.is_closing = false;
                    self.end_talk(leg, at, true, terms, bookings);
                }
                None => bookings.odd(at, Anomaly::TransferredWithoutTalk),
            },
            Act::FlowedOut { queue, cause } => self.flowed_out(at, queue, cause, terms, bookings),
            Act::Abandoned => self.abandoned(at, terms, bookings),
            Act::Blocked { queue } => self.blocked(at, queue, terms, bookings),
            Act::Updated => {}
            Act::Ended { agent } => self.ended(at, agent, terms, bookings),
            Act::Wrapped { agent } => self.wrapped(at, agent, terms, bookings),
        }
    }

    fn note_over(&mut self, at: EventTime) {
        let is_over = self.is_closing && self.stays.is_empty() && self.legs.is_empty();
        self.over_since = is_over.then(|| self.over_since.unwrap_or(at));
    }
}
