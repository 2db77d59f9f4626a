//! `speed_of_answer` (its mean is the ASA): how long answered stays waited, ringing included.
//!
//! ASA = sum of the waits of answered stays / their number, so abandoned waits are not in it; they are in `time_to_abandon`. A
//! transferred caller waits twice, and the second wait is the second queue's. Booked at the answer.

use super::{Kpi, distribution};
use crate::window::Field;

pub(super) const SPEED_OF_ANSWER: Kpi = Kpi {
    name: "speed_of_answer",
    help: "Wait of answered stays.",
    read: |tally| distribution(tally, Field::SpeedOfAnswer),
};
