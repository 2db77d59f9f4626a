//! Flowed out: stays that ended unanswered without a hang-up, by cause.
//!
//! Overflow into another queue is one; so is a callback request, voicemail, a time-out, and the answer in another queue of a
//! contact that waited in several. Booked when the stay ends.

use super::{Figure, Kpi};
use crate::event::FlowCause;
use crate::window::{Field, Tally};

pub(super) const FLOWED_OUT: Kpi =
    Kpi { name: "flowed_out", help: "Stays that ended unanswered without a hang-up.", read: by_cause };

fn by_cause(tally: &Tally) -> Figure {
    let parts = tally.parts(Field::FlowedOut);
    let values = parts.map(|(cause, count)| (FlowCause::ALL[usize::from(cause)].name(), count)).collect();
    Figure::CountBy { dimension: "cause", values }
}
