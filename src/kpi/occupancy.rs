//! `occupancy`: busy / (busy + idle), in wall-clock time: however many contacts an agent has in hand, a second counts once. Busy:
//! at least one contact in hand, by `active` where events tell it, else in the states on_contact and after_contact. Idle: not busy
//! and available. Source: occupancy as workforce planners have it, talk, hold and after-contact work of the time at the queue's
//! disposal; breaks are on neither side.

use super::agent_time::{TimeKpi, share, time};
use crate::window::Field;

pub(super) const OCCUPANCY: TimeKpi = TimeKpi {
    name: "occupancy",
    help: "Busy time of the time busy or available.",
    read: |tally| {
        let (busy, idle) = (time(tally, Field::BusyTime), time(tally, Field::IdleTime));
        share(busy, busy + idle)
    },
};
