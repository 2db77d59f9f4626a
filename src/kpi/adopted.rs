//! `adopted`: stays that a snapshot set, which nobody saw offered, less those that a snapshot showed to be over.
//!
//! `contact.snapshot` sets a state and counts nothing; so that the books balance, the stays that it opens count here, and those
//! that it takes away count against it: `offered + adopted = answered + abandoned + flowed_out + expired + waiting`. Booked at the
//! snapshot; may be negative.

use super::{Figure, Kpi};
use crate::window::Field;

pub(super) const ADOPTED: Kpi = Kpi {
    name: "adopted",
    help: "Stays that a snapshot set, less those that one took away.",
    read: |tally| Figure::Count(tally.count(Field::Adopted) - tally.count(Field::Disowned)),
};
