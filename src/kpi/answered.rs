//! `answered`: stays that ended with an answer; for an agent, answers as the primary agent.
//!
//! An answer with no stay open counts for its agent, and for no queue. Booked when answered.

use super::{Kpi, count};
use crate::window::Field;

pub(super) const ANSWERED: Kpi =
    Kpi { name: "answered", help: "Stays that ended with an answer.", read: |tally| count(tally, Field::Answered) };
