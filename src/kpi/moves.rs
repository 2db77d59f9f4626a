//! How tickets come into a queue's backlog and out of it, other than by creation and resolve: what the conservation law needs.
//!
//! | KPI | what is counted | booked |
//! |---|---|---|
//! | `opened_before` | unresolved tickets of which the first thing heard was not their creation, or that a snapshot told of; less those that a snapshot took away (may be negative) | that event |
//! | `moved_in`, `moved_out` | unresolved tickets that came from, or went to, another queue | the assignment |
//! | `deleted_open` | of the `deleted`, those that were not resolved | deleted |
//! | `tickets_expired` | unresolved tickets of which nothing was heard for `ticket_ttl` | that moment |
//!
//! `backlog = opened_before + created + moved_in - moved_out + reopened - resolved - deleted_open - tickets_expired`, at every moment,
//! in every queue.

use super::{Figure, Kpi, count};
use crate::window::Field;

pub(super) const OPENED_BEFORE: Kpi = Kpi {
    name: "opened_before",
    help: "Unresolved tickets that nobody saw created, less those that a snapshot took away.",
    read: |tally| Figure::Count(tally.count(Field::TicketAdopted) - tally.count(Field::TicketDisowned)),
};

pub(super) const MOVED_IN: Kpi = Kpi {
    name: "moved_in",
    help: "Unresolved tickets that came from another queue.",
    read: |tally| count(tally, Field::MovedIn),
};

pub(super) const MOVED_OUT: Kpi = Kpi {
    name: "moved_out",
    help: "Unresolved tickets that went to another queue.",
    read: |tally| count(tally, Field::MovedOut),
};

pub(super) const DELETED_OPEN: Kpi = Kpi {
    name: "deleted_open",
    help: "Tickets deleted that were not resolved.",
    read: |tally| count(tally, Field::DeletedOpen),
};

pub(super) const TICKETS_EXPIRED: Kpi = Kpi {
    name: "tickets_expired",
    help: "Unresolved tickets of which nothing was heard for ticket_ttl.",
    read: |tally| count(tally, Field::TicketExpired),
};
