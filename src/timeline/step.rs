//! One event of a subject as a shard keeps it while it may still be sorted: names as numbers, in the order of the contract.
//!
//! **Order.** By (`time`, `seq`, rank, `id`), rank being the order of the event types. Some pairs swap at one instant, where the
//! state decides: a flow-out of a queue that is waited in comes before a new queue, and a transfer of an open leg before a new
//! queue or answer. So the order within an instant is found step by step, while folding.

use serde::{Deserialize, Serialize};

use super::timed::Timed;
use super::{Bookings, Life};
use crate::id::{ChannelId, PriorityId, QueueId, Short};
use crate::terms::Terms;
use crate::time::EventTime;

/// The id of an event, as bytes: they sort like the text. One of usual length lies in the step itself.
pub type EventId = Short;

/// One event of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step<A> {
    /// When it happened.
    pub at: EventTime,
    /// Order among events of one instant, as the producer gave it.
    pub seq: i64,
    /// Order among types at one instant and `seq`.
    pub rank: u8,
    /// The event's id: the last resort of order.
    pub id: EventId,
    /// The queue that the event told of a subject that is nowhere yet.
    pub queue: Option<QueueId>,
    /// The channel that the event told.
    pub channel: Option<ChannelId>,
    /// The priority that the event told of a contact, where something depends on it.
    pub priority: Option<PriorityId>,
    /// One of many made at once: enters no distribution and no agent's figures.
    pub bulk: bool,
    /// What happened.
    pub act: A,
}

impl<A> Step<A> {
    /// The part of the order that no state can change.
    pub fn instant(&self) -> (EventTime, i64) {
        (self.at, self.seq)
    }

    /// Whether it comes before another, as far as no state changes that.
    pub(super) fn is_before(&self, other: &Self) -> bool {
        (self.instant(), self.rank, &self.id) < (other.instant(), other.rank, &other.id)
    }
}

/// Folds sorted steps into a life, books what they are worth.
pub(super) fn fold<L: Life>(life: &mut Timed<L>, steps: &[Step<L::Act>], terms: &Terms, bookings: &mut Bookings) {
    for instant in steps.chunk_by(|a, b| a.instant() == b.instant()) {
        match instant {
            [step] => life.apply(step, terms, bookings),
            several => fold_instant(life, several, terms, bookings),
        }
    }
}

/// Folds the steps of one instant: at each turn the first that jumps, else the first by rank and id.
fn fold_instant<L: Life>(life: &mut Timed<L>, steps: &[Step<L::Act>], terms: &Terms, bookings: &mut Bookings) {
    let mut rest: Vec<&Step<L::Act>> = steps.iter().collect();
    while !rest.is_empty() {
        let next = rest.iter().position(|step| life.jumps(&step.act, &rest[0].act)).unwrap_or(0);
        life.apply(rest.remove(next), terms, bookings);
    }
}
