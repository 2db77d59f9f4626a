//! `expired`: stays and talks that never ended.
//!
//! `contact_ttl` after its last event a contact is forgotten; what was open of it is counted here and enters no distribution.
//! Producers that lose events show here. Booked at that moment. Only the stays among them are part of the conservation law
//! (an answered stay whose talk expires was answered).

use super::{Figure, Kpi};
use crate::window::Field;

pub(super) const EXPIRED: Kpi = Kpi {
    name: "expired",
    help: "Stays and talks that never ended.",
    read: |tally| Figure::Count(tally.count(Field::StayExpired) + tally.count(Field::TalkExpired)),
};
