//! Handle time (its mean is the AHT): talk, hold and after-contact work of a leg. Queue wait is never in it.
//!
//! | KPI | formula, per leg | booked |
//! |---|---|---|
//! | `talk_time` | all stretches of talk, hold excluded | talk ends |
//! | `hold_time` | all stretches of hold, of legs that were held | talk ends |
//! | `after_contact_time` | from the end of the talk to `contact.wrapped`, also after a transfer | wrapped |
//! | `handle_time` | talk + hold + after-contact work | wrapped |
//! | `wrap_timeout` | legs that nobody wraps within `after_contact_max` of the talk's end: booked then, without such work | that moment |
//!
//! Where the platform tells no wraps (`after_contact = "none"`), a leg is booked when its talk ends. Per leg and not
//! per contact: a sum per contact would hide that two agents worked on it.

use super::{Kpi, count, distribution};
use crate::window::Field;

pub(super) const HANDLE_TIME: Kpi = Kpi {
    name: "handle_time",
    help: "Talk, hold and after-contact work of a leg.",
    read: |tally| distribution(tally, Field::HandleTime),
};

pub(super) const TALK_TIME: Kpi = Kpi {
    name: "talk_time",
    help: "Talk of a leg, hold excluded.",
    read: |tally| distribution(tally, Field::TalkTime),
};

pub(super) const HOLD_TIME: Kpi =
    Kpi { name: "hold_time", help: "Hold of legs that were held.", read: |tally| distribution(tally, Field::HoldTime) };

pub(super) const AFTER_CONTACT_TIME: Kpi = Kpi {
    name: "after_contact_time",
    help: "From the end of the talk to wrapped.",
    read: |tally| distribution(tally, Field::AfterContactTime),
};

pub(super) const WRAP_TIMEOUT: Kpi = Kpi {
    name: "wrap_timeout",
    help: "Legs whose after-contact work nobody ended in time.",
    read: |tally| count(tally, Field::WrapTimeout),
};
