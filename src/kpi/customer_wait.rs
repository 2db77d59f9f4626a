//! `customer_wait`: from the contact's first queueing anywhere to its first answer.
//!
//! What a transfer or an overflow cannot hide: `speed_of_answer` starts anew in every queue, the customer does not. Where the contact
//! continues a chain, it runs from the `first_queued_at` that it carries. Booked at the answer, in the queue of the answered stay.

use super::{Kpi, distribution};
use crate::window::Field;

pub(super) const CUSTOMER_WAIT: Kpi = Kpi {
    name: "customer_wait",
    help: "From first queueing anywhere to the first answer.",
    read: |tally| distribution(tally, Field::CustomerWait),
};
