//! `flowed_out`: stays that ended unanswered without a hang-up, by cause.
//!
//! Overflow into another queue is one; so is a callback request, voicemail, a time-out, and the answer in another queue of a
//! contact that waited in several. Booked when the stay ends.

use super::{Kpi, count_by};
use crate::event::FlowCause;
use crate::window::Field;

pub(super) const FLOWED_OUT: Kpi = Kpi {
    name: "flowed_out",
    help: "Stays that ended unanswered without a hang-up.",
    read: |tally| count_by(tally, Field::FlowedOut, "cause", |part| FlowCause::ALL[part].name()),
};
