//! Stays: how a wait in a queue begins and ends, and what its end is worth.

use serde::{Deserialize, Serialize};

use super::{Life, take_out};
use crate::event::{AbandonCause, Direction, FlowCause, Role};
use crate::id::{ChannelId, QueueId};
use crate::limits::{OVERFLOWED_MAX, STAYS_MAX};
use crate::measure::{Anomaly, Booking, Measure, Patience, Scope};
use crate::sla::Clock;
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::Bookings;

/// One wait in one queue, still open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stay {
    /// Where it counts.
    pub queue: (QueueId, ChannelId),
    /// When it began.
    pub since: EventTime,
    /// Whether it is booked as past its threshold.
    pub is_past: bool,
    /// How long until the answer that was promised, where any was.
    pub promise: Option<Box<Clock>>,
}

/// A stay that an overflow ended, whose cause may still be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Overflowed {
    booked: Booking,
    told_at: EventTime,
}

impl Overflowed {
    /// The cause is told; one that was told for a later moment stands.
    fn tell(&mut self, at: EventTime, cause: FlowCause, bookings: &mut Bookings) {
        if at < self.told_at {
            return bookings.odd(at, Anomaly::LateBeginning);
        }
        self.told_at = at;
        bookings.change_cause(&mut self.booked, cause);
    }
}

/// Where a contact stands in its chain.
pub(super) struct Root {
    pub(super) is_root: bool,
    pub(super) first_queued_at: Option<EventTime>,
}

impl Stay {
    /// The last moment at which an answer still meets the threshold.
    pub fn threshold(&self, terms: &Terms) -> EventTime {
        self.since + terms.wait(self.queue).threshold
    }

    fn wait(&self, at: EventTime) -> Span {
        (at - self.since).at_least_zero()
    }

    /// Within the threshold; not where the miss was final before a late event told better.
    fn is_within(&self, at: EventTime, terms: &Terms) -> bool {
        !self.is_past && self.wait(at) <= terms.wait(self.queue).threshold
    }

    fn answer(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let measure = Measure::Answered { wait: Some(self.wait(at)), within: self.is_within(at, terms) };
        bookings.queue(at, self.queue, measure);
        self.keep_promise(at, bookings);
    }

    pub(super) fn abandon(&self, at: EventTime, cause: AbandonCause, terms: &Terms, bookings: &mut Bookings) {
        let wait = self.wait(at);
        let patience = match terms.wait(self.queue).short_abandon {
            Some(short) if wait <= short && !self.is_past => Patience::Short,
            _ if self.is_within(at, terms) => Patience::Within,
            _ => Patience::Past,
        };
        bookings.queue(at, self.queue, Measure::Abandoned { wait: Some(wait), patience, cause });
    }

    fn flow_out(&self, at: EventTime, cause: FlowCause, terms: &Terms, bookings: &mut Bookings) -> Booking {
        let measure = Measure::FlowedOut { cause, within: self.is_within(at, terms) };
        bookings.queue(at, self.queue, measure);
        Booking { at, scope: Scope::Queue(self.queue.0, self.queue.1), measure }
    }
}

/// Stays: how a wait begins and ends.
impl Life {
    #[expect(clippy::too_many_arguments, reason = "one for each field of the event")]
    pub(super) fn queued(
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
            self.is_closing = false;
            return;
        }
        if self.waits_in(queue) {
            return;
        }
        let place = (queue, self.channel(terms));
        if also && self.stays.len() >= STAYS_MAX {
            return bookings.odd(at, Anomaly::TooManyOpen);
        }
        self.latest_queue = Some(queue);
        self.is_closing = false;
        if !also {
            self.overflow(at, terms, bookings);
        }
        self.queued_here.get_or_insert(at);
        if self.first_queued.is_none() && !self.is_adopted {
            self.first_queued = Some(root.first_queued_at.unwrap_or(at));
            if root.is_root {
                bookings.queue(at, place, Measure::Volume);
            }
        }
        bookings.queue(at, place, Measure::Offered);
        let promise = self.promise(place, at, terms);
        self.stays.push(Stay { queue: place, since: at, is_past: false, promise });
    }

    fn overflow(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        for stay in std::mem::take(&mut self.stays) {
            let booked = stay.flow_out(at, FlowCause::Overflow, terms, bookings);
            self.overflowed.push_within(OVERFLOWED_MAX, Overflowed { booked, told_at: at });
        }
    }

    pub(super) fn end_stays_by_answer(
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
        let mut answered = self.take_stay(queue);
        if let Some(stay) = &mut answered {
            stay.answer(at, terms, bookings);
            self.stop_ringing();
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
        if let (Some(first), false) = (self.first_queued, self.is_served || self.is_outbound()) {
            self.is_served = true;
            let place = place.unwrap_or_else(|| self.place(terms));
            bookings.queue(at, place, Measure::CustomerWait((at - first).at_least_zero()));
        }
    }

    pub(super) fn flowed_out(
        &mut self,
        at: EventTime,
        queue: QueueId,
        cause: FlowCause,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        if self.waits_in(queue) {
            for stay in take_out(&mut self.stays, |stay| stay.queue.0 == queue) {
                stay.flow_out(at, cause, terms, bookings);
            }
            if self.stays.is_empty() {
                self.stop_ringing();
            }
        } else if let Some(overflowed) = self.overflowed.iter_mut().rfind(|known| known.booked.is_in(queue)) {
            overflowed.tell(at, cause, bookings);
        } else {
            bookings.odd(at, Anomaly::FlowedOutWithoutWait);
        }
    }

    pub(super) fn abandoned(&mut self, at: EventTime, cause: AbandonCause, terms: &Terms, bookings: &mut Bookings) {
        self.is_closing = true;
        if self.stays.is_empty() && !self.may_hang_up() {
            bookings.odd(at, Anomaly::AbandonedWithoutWait);
        }
        self.stop_ringing();
        for stay in std::mem::take(&mut self.stays) {
            stay.abandon(at, cause, terms, bookings);
        }
    }

    /// Whether a hang-up makes sense though nobody waits in a queue: on a direct call that rings, while a call back is owed, and of
    /// an outbound contact, which waits in no queue that counts, unless somebody talks.
    fn may_hang_up(&self) -> bool {
        !self.rings.is_empty() || self.callback.is_some() || self.is_outbound() && !self.is_talking()
    }

    pub(super) fn blocked(&mut self, at: EventTime, queue: QueueId, terms: &Terms, bookings: &mut Bookings) {
        self.is_closing = true;
        self.stop_ringing();
        bookings.queue(at, (queue, self.channel(terms)), Measure::Blocked);
    }

    /// Where work counts that came from no stay.
    pub(super) fn place(&self, terms: &Terms) -> (QueueId, ChannelId) {
        (self.latest_queue.unwrap_or(terms.direct), self.channel(terms))
    }
}
