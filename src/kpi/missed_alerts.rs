//! `missed_alerts`: what rang at an agent who did not answer, for a cause of the agent's own: `no_answer` or `rejected`.
//!
//! What somebody else answered first, or the customer gave up, is nobody's miss and not in it. For a queue, that of the stay that
//! rang; for an agent, the agent's own. Booked at the miss.

use super::{Kpi, count_by};
use crate::event::MissCause;
use crate::window::Field;

pub(super) const MISSED_ALERTS: Kpi = Kpi {
    name: "missed_alerts",
    help: "Alerts that an agent let ring or refused.",
    read: |tally| count_by(tally, Field::MissedAlert, "cause", |part| MissCause::ALL[part].name()),
};
