//! `offered`: stays that began.
//!
//! A transfer into another queue is a new offer there; queued again into the same queue while waiting is not. Booked when
//! queued. Outbound contacts are not offered.

use super::{Kpi, count};
use crate::window::Field;

pub(super) const OFFERED: Kpi =
    Kpi { name: "offered", help: "Stays that began.", read: |tally| count(tally, Field::Offered) };
