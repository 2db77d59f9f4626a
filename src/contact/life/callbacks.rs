//! Callbacks: calls that the centre owes, from the request to the call that reached the customer, or was given up.
//!
//! One contact is owed at most one; asking again changes only when it is due. A callback stays where it was asked for.

use serde::{Deserialize, Serialize};

use super::Life;
use crate::event::CallbackResult;
use crate::id::{ChannelId, QueueId};
use crate::limits::CALLBACK_DUE_MAX;
use crate::measure::{Anomaly, Measure};
use crate::terms::Terms;
use crate::time::EventTime;
use crate::timeline::Bookings;

/// A call that the centre owes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    /// Where it counts.
    pub queue: (QueueId, ChannelId),
    /// When it was asked for.
    pub since: EventTime,
    /// When the customer wants it, where that was told.
    pub due_at: Option<EventTime>,
}

impl Callback {
    /// Until when the customer is to be waited for, at most [`CALLBACK_DUE_MAX`] after the request.
    pub fn waited_for(&self) -> Option<EventTime> {
        self.due_at.map(|due| due.min(self.since + CALLBACK_DUE_MAX))
    }
}

/// How a callback ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallbackEnd {
    Reached,
    GivenUp,
}

/// Callbacks: how they begin and end.
impl Life {
    pub(super) fn callback_requested(
        &mut self,
        at: EventTime,
        queue: Option<QueueId>,
        due_at: Option<EventTime>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        if let Some(open) = &mut self.callback {
            open.due_at = due_at.or(open.due_at);
            return;
        }
        let queue = (queue.unwrap_or_else(|| self.present_place(terms).0), self.channel(terms));
        bookings.queue(at, queue, Measure::CallbackRequested);
        self.callback = Some(Box::new(Callback { queue, since: at, due_at }));
    }

    pub(super) fn callback_attempted(&mut self, at: EventTime, result: CallbackResult, bookings: &mut Bookings) {
        let Some(open) = &self.callback else {
            return bookings.odd(at, Anomaly::CallbackNotRequested);
        };
        bookings.queue(at, open.queue, Measure::CallbackAttempted(result));
        match result {
            CallbackResult::NoAnswer => {}
            CallbackResult::Reached => self.end_callback(at, CallbackEnd::Reached, bookings),
            CallbackResult::Failed => self.end_callback(at, CallbackEnd::GivenUp, bookings),
        }
    }

    /// Ends the open callback, if there is one.
    pub(super) fn end_callback(&mut self, at: EventTime, end: CallbackEnd, bookings: &mut Bookings) {
        if let Some(callback) = self.callback.take() {
            let wait = Some((at - callback.since).at_least_zero());
            let measure = match end {
                CallbackEnd::Reached => Measure::CallbackReached { wait },
                CallbackEnd::GivenUp => Measure::CallbackGivenUp,
            };
            bookings.queue(at, callback.queue, measure);
        }
    }
}
