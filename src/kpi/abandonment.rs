//! Abandonment: who hung up while waiting, also while ringing at an agent.
//!
//! `abandonment_rate = (abandoned - short_abandoned) / (answered + abandoned - short_abandoned + flowed_out)`, over stays that
//! ended, so callers who still wait are in neither side. Short: waited at most `short_abandon` (default 5 s). Booked at the
//! hang-up. `time_to_abandon` is the wait of all abandoned stays, short ones too.

use super::{Figure, Kpi, Ratio, count, distribution};
use crate::window::{Field, Tally};

pub(super) const ABANDONED: Kpi =
    Kpi { name: "abandoned", help: "Stays that ended with a hang-up.", read: |tally| count(tally, Field::Abandoned) };

pub(super) const SHORT_ABANDONED: Kpi = Kpi {
    name: "short_abandoned",
    help: "Abandoned stays no longer than short_abandon.",
    read: |tally| count(tally, Field::AbandonedShort),
};

pub(super) const ABANDONMENT_RATE: Kpi = Kpi {
    name: "abandonment_rate",
    help: "Abandoned of the stays that ended, short abandons left out.",
    read: |tally| Figure::Ratio(rate(tally)),
};

pub(super) const TIME_TO_ABANDON: Kpi = Kpi {
    name: "time_to_abandon",
    help: "Wait of abandoned stays.",
    read: |tally| distribution(tally, Field::TimeToAbandon),
};

fn rate(tally: &Tally) -> Ratio {
    let numerator = tally.count(Field::Abandoned) - tally.count(Field::AbandonedShort);
    let denominator = numerator + tally.count(Field::Answered) + tally.total(Field::FlowedOut);
    Ratio { numerator, denominator }
}
