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

use super::bookings::Bookings;
use super::leg::{Goes, Leg, Phase};
use super::step::{Act, Step};
use super::terms::Terms;
use crate::event::{Direction, FlowCause, Role};
use crate::id::{AgentId, ChannelId, QueueId};
use crate::limits::{LEGS_MAX, OVERFLOWED_MAX, STAYS_MAX};
use crate::measure::{Anomaly, Booking, Measure, Patience, Scope};
use crate::time::{EventTime, Span};

/// Everything that is true of a contact now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Life {
    channel: Option<ChannelId>,
    direction: Option<Direction>,
    latest_queue: Option<QueueId>,
    first_queued: Option<EventTime>,
    is_served: bool,
    is_closing: bool,
    last_event: Option<EventTime>,
    over_since: Option<EventTime>,
    stays: Vec<Stay>,
    legs: Vec<Leg>,
    overflowed: Vec<Booking>,
}

/// One wait in one queue, still open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Where it counts.
    pub queue: (QueueId, ChannelId),
    /// When it began.
    pub since: EventTime,
    /// Whether it is booked as past its threshold.
    pub is_past: bool,
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
                Some(leg) => self.end_talk(leg, at, true, terms, bookings),
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

/// Where a contact stands in its chain.
struct Root {
    is_root: bool,
    first_queued_at: Option<EventTime>,
}

impl Stay {
    /// The last moment at which an answer still meets the threshold.
    pub fn threshold(&self, terms: &Terms) -> EventTime {
        self.since + terms.wait(self.queue.0).threshold
    }

    fn wait(&self, at: EventTime) -> Span {
        (at - self.since).at_least_zero()
    }

    /// Within the threshold; not where the miss was final before a late event told better.
    fn is_within(&self, at: EventTime, terms: &Terms) -> bool {
        !self.is_past && self.wait(at) <= terms.wait(self.queue.0).threshold
    }

    fn answer(&self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let measure = Measure::Answered { wait: self.wait(at), within: self.is_within(at, terms) };
        bookings.queue(at, self.queue, measure);
    }

    fn abandon(&self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let wait = self.wait(at);
        let patience = match terms.wait(self.queue.0).short_abandon {
            Some(short) if wait <= short && !self.is_past => Patience::Short,
            _ if self.is_within(at, terms) => Patience::Within,
            _ => Patience::Past,
        };
        bookings.queue(at, self.queue, Measure::Abandoned { wait, patience });
    }

    fn flow_out(&self, at: EventTime, cause: FlowCause, terms: &Terms, bookings: &mut Bookings) -> Booking {
        let within = self.is_within(at, terms);
        let measure = Measure::FlowedOut { wait: self.wait(at), cause, within };
        bookings.queue(at, self.queue, measure);
        Booking { at, scope: Scope::Queue(self.queue.0, self.queue.1), measure }
    }
}

/// Stays: how a wait begins and ends.
impl Life {
    #[expect(clippy::too_many_arguments, reason = "one for each field of the event")]
    fn queued(
        &mut self,
        at: EventTime,
        queue: QueueId,
        direction: Direction,
        root: Root,
        also: bool,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        let direction = *self.direction.get_or_insert(direction);
        if direction == Direction::Outbound {
            self.latest_queue = Some(queue);
            return;
        }
        if self.waits_in(queue) {
            return;
        }
        let place = (queue, self.channel(terms));
        if self.stays.len() >= STAYS_MAX {
            return bookings.odd(at, Anomaly::TooManyOpen);
        }
        self.latest_queue = Some(queue);
        if !also {
            self.overflow(at, terms, bookings);
        }
        if self.first_queued.is_none() {
            self.first_queued = Some(root.first_queued_at.unwrap_or(at));
            if root.is_root {
                bookings.queue(at, place, Measure::Volume);
            }
        }
        bookings.queue(at, place, Measure::Offered);
        self.stays.push(Stay { queue: place, since: at, is_past: false });
    }

    fn overflow(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        for stay in std::mem::take(&mut self.stays) {
            if self.overflowed.len() == OVERFLOWED_MAX {
                self.overflowed.remove(0);
            }
            self.overflowed.push(stay.flow_out(at, FlowCause::Overflow, terms, bookings));
        }
    }

    fn end_stays_by_answer(
        &mut self,
        at: EventTime,
        queue: Option<QueueId>,
        role: Role,
        terms: &Terms,
        bookings: &mut Bookings,
    ) -> Option<(QueueId, ChannelId)> {
        if role == Role::Monitor {
            return None;
        }
        let answered = self.take_stay(queue);
        if let Some(stay) = &answered {
            stay.answer(at, terms, bookings);
            for other in std::mem::take(&mut self.stays) {
                other.flow_out(at, FlowCause::ServedElsewhere, terms, bookings);
            }
        }
        let place = answered.map(|stay| stay.queue);
        self.book_customer_wait(at, place, terms, bookings);
        place
    }

    fn take_stay(&mut self, queue: Option<QueueId>) -> Option<Stay> {
        let named = self.stays.iter().position(|stay| Some(stay.queue.0) == queue);
        let place = named.or((!self.stays.is_empty()).then_some(0))?;
        Some(self.stays.remove(place))
    }

    fn book_customer_wait(
        &mut self,
        at: EventTime,
        place: Option<(QueueId, ChannelId)>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        if let (Some(first), false) = (self.first_queued, self.is_served) {
            self.is_served = true;
            let place = place.unwrap_or_else(|| self.place(terms));
            bookings.queue(at, place, Measure::CustomerWait((at - first).at_least_zero()));
        }
    }

    fn flowed_out(&mut self, at: EventTime, queue: QueueId, cause: FlowCause, terms: &Terms, bookings: &mut Bookings) {
        if self.waits_in(queue) {
            for stay in self.stays.extract_if(.., |stay| stay.queue.0 == queue) {
                stay.flow_out(at, cause, terms, bookings);
            }
        } else if let Some(overflowed) = self.overflowed.iter().rposition(|booked| booked.is_in(queue)) {
            bookings.change_cause(self.overflowed.remove(overflowed), cause);
        } else {
            bookings.odd(at, Anomaly::FlowedOutWithoutWait);
        }
    }

    fn abandoned(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        self.is_closing = true;
        if self.stays.is_empty() {
            let outbound_unanswered = self.direction == Some(Direction::Outbound) && self.legs.is_empty();
            if !outbound_unanswered {
                bookings.odd(at, Anomaly::AbandonedWithoutWait);
            }
        }
        for stay in std::mem::take(&mut self.stays) {
            stay.abandon(at, terms, bookings);
        }
    }

    fn blocked(&mut self, at: EventTime, queue: QueueId, terms: &Terms, bookings: &mut Bookings) {
        self.is_closing = true;
        bookings.queue(at, (queue, self.channel(terms)), Measure::Blocked);
    }

    /// Where work counts that came from no stay.
    fn place(&self, terms: &Terms) -> (QueueId, ChannelId) {
        (self.latest_queue.unwrap_or(terms.direct), self.channel(terms))
    }
}

/// Legs: how an agent's part begins and ends.
impl Life {
    fn answered(
        &mut self,
        at: EventTime,
        agent: AgentId,
        queue: Option<QueueId>,
        role: Role,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        let place = self.end_stays_by_answer(at, queue, role, terms, bookings);
        let talks_already = |leg: &Leg| leg.agent == agent && leg.role == role && leg.is_talking();
        if self.legs.iter().any(talks_already) {
            return bookings.odd(at, Anomaly::AnsweredTwice);
        }
        if self.legs.len() >= LEGS_MAX {
            return bookings.odd(at, Anomaly::TooManyOpen);
        }
        if role == Role::Primary {
            bookings.agent(at, agent, Measure::AnsweredByAgent);
        }
        let queue = place.unwrap_or_else(|| self.place(terms));
        let direction = self.direction.unwrap_or_default();
        let phase = Phase::Talking { since: at, talk: Span::ZERO, hold: None };
        self.legs.push(Leg { agent, queue, role, direction, phase });
    }

    /// The leg that an event speaks of: that agent's, else the only one that fits, else the latest.
    fn find_leg(&self, agent: Option<AgentId>, fits: impl Fn(&Leg) -> bool) -> Option<usize> {
        self.legs.iter().rposition(|leg| agent.is_none_or(|agent| leg.agent == agent) && fits(leg))
    }

    fn end_talk(&mut self, leg: usize, at: EventTime, transferred: bool, terms: &Terms, bookings: &mut Bookings) {
        if self.legs[leg].end_talk(at, transferred, terms, bookings) == Goes::Away {
            self.legs.remove(leg);
        }
    }

    fn ended(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        self.is_closing = true;
        let legs: Vec<usize> = match agent {
            Some(_) => self.find_leg(agent, Leg::is_talking).into_iter().collect(),
            None => (0..self.legs.len()).filter(|leg| self.legs[*leg].is_talking()).collect(),
        };
        let waits_only = !self.stays.is_empty() && !self.is_talking();
        if legs.is_empty() && !waits_only {
            return bookings.odd(at, Anomaly::EndedWithoutTalk);
        }
        for leg in legs.into_iter().rev() {
            self.end_talk(leg, at, false, terms, bookings);
        }
        if agent.is_none() || waits_only {
            for stay in std::mem::take(&mut self.stays) {
                stay.abandon(at, terms, bookings);
            }
        }
    }

    fn wrapped(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        let fits = |leg: &&Leg| agent.is_none_or(|agent| leg.agent == agent) && leg.is_wrapping();
        let longest = self.legs.iter().filter(fits).map(Leg::since).min();
        let wrapping = longest.and_then(|since| self.legs.iter().position(|leg| fits(&leg) && leg.since() == since));
        let Some(leg) = wrapping.or_else(|| self.find_leg(agent, Leg::is_talking)) else {
            return bookings.odd(at, Anomaly::WrappedWithoutLeg);
        };
        let mut leg = self.legs.remove(leg);
        if leg.end_talk(at, false, terms, bookings) == Goes::On {
            leg.wrap(at, bookings);
        }
    }
}
