//! The end of tickets.
//!
//! `closed` are tickets that became final; where one was not resolved it is resolved by that, too. `deleted` are tickets that are
//! gone, by cause (`merged`, `spam`, `deleted`, `other`), resolved or not; those that were not are in `deleted_open` as well.
//! Booked at the event.

use super::{Kpi, count, count_by};
use crate::event::DeleteCause;
use crate::window::Field;

pub(super) const CLOSED: Kpi =
    Kpi { name: "closed", help: "Tickets that became final.", read: |tally| count(tally, Field::TicketClosed) };

pub(super) const DELETED: Kpi = Kpi {
    name: "deleted",
    help: "Tickets that are gone: merged, spam, deleted.",
    read: |tally| count_by(tally, Field::TicketDeleted, "cause", |part| DeleteCause::ALL[part].name()),
};
