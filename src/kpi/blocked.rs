//! Blockage: contacts that were refused before they could queue (`blocked`), and how many of those who tried that were.
//!
//! `blockage_rate = blocked / (blocked + offered)`. Booked at the refusal.

use super::{Figure, Kpi, Ratio, count};
use crate::window::{Field, Tally};

pub(super) const BLOCKED: Kpi =
    Kpi { name: "blocked", help: "Contacts refused before queueing.", read: |tally| count(tally, Field::Blocked) };

pub(super) const BLOCKAGE_RATE: Kpi = Kpi {
    name: "blockage_rate",
    help: "Blocked of those who tried to queue.",
    read: |tally| Figure::Ratio(rate(tally)),
};

fn rate(tally: &Tally) -> Ratio {
    let numerator = tally.count(Field::Blocked);
    Ratio { numerator, denominator: numerator + tally.count(Field::Offered) }
}
