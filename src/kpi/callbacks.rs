//! Callbacks: calls that customers asked for instead of waiting, and what became of them.
//!
//! `callbacks_requested` and `callbacks_attempted` (by result) count the events. `callback_wait` runs from the request to the
//! attempt that reached the customer. `callback_success = reached / (reached + given up)`, given up being an attempt that failed
//! for good, or a request that `contact_ttl` closed. Booked at the event, in the queue that was asked. Those still open are in
//! `callbacks_waiting` and `oldest_callback`.

use super::{Figure, Kpi, Ratio, count, count_by, distribution};
use crate::event::CallbackResult;
use crate::window::{Field, Tally};

pub(super) const REQUESTED: Kpi = Kpi {
    name: "callbacks_requested",
    help: "Calls back that customers asked for.",
    read: |tally| count(tally, Field::CallbackRequested),
};

pub(super) const ATTEMPTED: Kpi = Kpi {
    name: "callbacks_attempted",
    help: "Attempts to call back.",
    read: |tally| count_by(tally, Field::CallbackAttempted, "result", |part| CallbackResult::ALL[part].name()),
};

pub(super) const WAIT: Kpi = Kpi {
    name: "callback_wait",
    help: "From the request to the call that reached the customer.",
    read: |tally| distribution(tally, Field::CallbackWait),
};

pub(super) const SUCCESS: Kpi = Kpi {
    name: "callback_success",
    help: "Callbacks that reached the customer, of those that are over.",
    read: |tally| Figure::Ratio(success(tally)),
};

fn success(tally: &Tally) -> Ratio {
    let numerator = tally.count(Field::CallbackReached);
    Ratio { numerator, denominator: numerator + tally.count(Field::CallbackGivenUp) }
}
