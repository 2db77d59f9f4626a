//! `utilization`: (busy, and states that the config calls productive) / time logged in, which is all but offline. Unlike occupancy
//! it is about paid time: breaks are in the denominator.

use super::agent_time::{TimeKpi, share, time};
use crate::window::Field;

pub(super) const UTILIZATION: TimeKpi = TimeKpi {
    name: "utilization",
    help: "Busy and productive time of the time logged in.",
    read: |tally| share(time(tally, Field::UsefulTime), time(tally, Field::LoggedInTime)),
};
