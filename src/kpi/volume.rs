//! `volume`: root demand, what customers came with, however often it was passed on.
//!
//! Contacts whose root is themselves (`root_contact_id` absent or their own), booked at their first queueing, in that queue; and
//! tickets, booked at their creation.

use super::{Kpi, count};
use crate::window::Field;

pub(super) const VOLUME: Kpi = Kpi {
    name: "volume",
    help: "Contacts that continue no other, and tickets created.",
    read: |tally| count(tally, Field::Volume),
};
