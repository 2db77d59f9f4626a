//! Abandonment: who hung up while waiting, also while ringing at an agent.
//!
//! | KPI | formula |
//! |---|---|
//! | `abandoned` | stays that ended with a hang-up, by cause |
//! | `short_abandoned` | of these, those that waited at most `short_abandon` (default 5 s; 0 turns it off) |
//! | `abandonment_rate` | (abandoned - short_abandoned) / (answered + abandoned - short_abandoned + flowed_out) |
//! | `time_to_abandon` | wait of all abandoned stays, short ones too |
//!
//! All booked at the hang-up. The rate is over stays that ended, so callers who still wait are in neither side; leaving short
//! abandons out of it follows the ACDs that do (Cisco's "short calls"). Causes: the customer hung up, the platform did (`system`:
//! ended while waiting), or nothing was heard of the customer (`inactivity`).

use super::{Figure, Kpi, Ratio, count, count_by, distribution};
use crate::event::AbandonCause;
use crate::window::{Field, Tally};

pub(super) const ABANDONED: Kpi = Kpi {
    name: "abandoned",
    help: "Stays that ended with a hang-up.",
    read: |tally| count_by(tally, Field::AbandonedFor, "cause", |part| AbandonCause::ALL[part].name()),
};

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
