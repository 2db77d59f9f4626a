//! `transfer_rate`: legs that ended in a transfer (`transferred`), of the legs that ended.
//!
//! Counted per leg, not per contact: a contact passed on twice has two transferred legs. Booked when the talk ends.

use super::{Figure, Kpi, Ratio, count};
use crate::window::{Field, Tally};

pub(super) const TRANSFERRED: Kpi =
    Kpi { name: "transferred", help: "Legs that ended in a transfer.", read: |tally| count(tally, Field::Transferred) };

pub(super) const TRANSFER_RATE: Kpi = Kpi {
    name: "transfer_rate",
    help: "Transferred of the legs that ended.",
    read: |tally| Figure::Ratio(rate(tally)),
};

fn rate(tally: &Tally) -> Ratio {
    Ratio { numerator: tally.count(Field::Transferred), denominator: tally.count(Field::LegEnded) }
}
