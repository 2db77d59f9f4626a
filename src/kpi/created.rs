//! `created`: tickets that began, in the queue that they came into.
//!
//! An event of a ticket that nobody saw created is no creation; such tickets are in `opened_before`. A ticket that becomes a
//! complaint later than its creation counts as created among complaints at that moment. Booked at `ticket.created`, also in
//! `volume`. Zendesk and Freshdesk count likewise, but under the group that holds the ticket when the report is read; here it
//! stays where it was booked.

use super::{Kpi, count};
use crate::window::Field;

pub(super) const CREATED: Kpi =
    Kpi { name: "created", help: "Tickets that began.", read: |tally| count(tally, Field::TicketCreated) };
