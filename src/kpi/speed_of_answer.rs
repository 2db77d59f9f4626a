//! Speed of answer (its mean is the ASA): how long answered stays waited, ringing included.
//!
//! Averaged over answered stays, not over all that ended: abandoned waits are in `time_to_abandon`. A transferred caller waits
//! twice, and the second wait is the second queue's. Booked at the answer.

use super::{Kpi, distribution};
use crate::window::Field;

pub(super) const SPEED_OF_ANSWER: Kpi = Kpi {
    name: "speed_of_answer",
    help: "Wait of answered stays.",
    read: |tally| distribution(tally, Field::SpeedOfAnswer),
};
