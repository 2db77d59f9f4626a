//! One event of a contact as a shard keeps it while it may still be sorted: names as numbers, in the order of the contract.
//!
//! **Order.** By (`time`, `seq`, rank, `id`), rank being the order of the event types. Two pairs swap at one instant, where the
//! state decides: a flow-out of a queue that is waited in comes before a new queue, and a transfer of an open leg before a new
//! queue or answer. So the order within an instant is found step by step, while folding.

use std::cmp::Ordering;

use super::bookings::Bookings;
use super::life::Life;
use super::terms::Terms;
use crate::event::{AbandonCause, Author, CallbackResult, Direction, FlowCause, MissCause, Role};
use crate::id::{AgentId, ChannelId, QueueId};
use crate::time::EventTime;

/// One event of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When it happened.
    pub at: EventTime,
    /// Order among events of one instant, as the producer gave it.
    pub seq: i64,
    /// Order among types at one instant and `seq`.
    pub rank: u8,
    /// The event's id: the last resort of order.
    pub id: Box<str>,
    /// The channel that the event told.
    pub channel: Option<ChannelId>,
    /// One of many made at once: enters no distribution and no agent's figures.
    pub bulk: bool,
    /// What happened.
    pub act: Act,
}

/// What happened, with names as this shard's numbers. The words are those of [`crate::event::What`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant and field is documented in crate::event::What")]
pub enum Act {
    Queued { queue: QueueId, direction: Direction, is_root: bool, first_queued_at: Option<EventTime>, also: bool },
    Alerting { agent: AgentId },
    AlertMissed { agent: AgentId, queue: Option<QueueId>, cause: MissCause },
    Answered { agent: AgentId, queue: Option<QueueId>, role: Role },
    Held { agent: Option<AgentId> },
    Resumed { agent: Option<AgentId> },
    Transferred { agent: Option<AgentId> },
    FlowedOut { queue: QueueId, cause: FlowCause },
    Abandoned { cause: AbandonCause },
    Blocked { queue: QueueId },
    Message { author: Author, agent: Option<AgentId> },
    CallbackRequested { queue: Option<QueueId>, due_at: Option<EventTime> },
    CallbackAttempted { result: CallbackResult },
    Updated,
    Ended { agent: Option<AgentId> },
    Wrapped { agent: Option<AgentId> },
    Snapshot(Box<Told>),
}

/// All that is open of a contact, as its platform told it. The words are those of [`crate::event::Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is documented in crate::event::Snapshot")]
pub struct Told {
    pub queue: Option<QueueId>,
    pub queued_at: Option<EventTime>,
    pub agent: Option<AgentId>,
    pub answered_at: Option<EventTime>,
    pub role: Role,
    pub held_at: Option<EventTime>,
    pub ended_at: Option<EventTime>,
    pub direction: Option<Direction>,
    pub first_queued_at: Option<EventTime>,
    pub callback_requested_at: Option<EventTime>,
    pub due_at: Option<EventTime>,
}

impl Step {
    /// The part of the order that no state can change.
    pub fn instant(&self) -> (EventTime, i64) {
        (self.at, self.seq)
    }

    fn cmp_order(&self, other: &Self) -> Ordering {
        (self.instant(), self.rank, &self.id).cmp(&(other.instant(), other.rank, &other.id))
    }

    /// Whether this step comes before `first`, the first by rank of those that are left of the instant, given what is open.
    fn jumps(&self, first: &Self, life: &Life) -> bool {
        match (&self.act, &first.act) {
            (Act::FlowedOut { queue, .. }, Act::Queued { .. }) => life.waits_in(*queue),
            (Act::Transferred { .. }, Act::Queued { .. } | Act::Answered { .. }) => life.is_talking(),
            _ => false,
        }
    }
}

/// Puts a step at its place among sorted ones.
pub fn insert(steps: &mut Vec<Step>, step: Step) {
    let place = steps.partition_point(|other| other.cmp_order(&step) == Ordering::Less);
    steps.insert(place, step);
}

/// Folds sorted steps into a life, books what they are worth.
pub fn fold(life: &mut Life, steps: &[Step], terms: &Terms, bookings: &mut Bookings) {
    for instant in steps.chunk_by(|a, b| a.instant() == b.instant()) {
        match instant {
            [step] => life.apply(step, terms, bookings),
            several => fold_instant(life, several, terms, bookings),
        }
    }
}

/// Folds the steps of one instant: at each turn the first that jumps, else the first by rank and id.
fn fold_instant(life: &mut Life, steps: &[Step], terms: &Terms, bookings: &mut Bookings) {
    let mut rest: Vec<&Step> = steps.iter().collect();
    while !rest.is_empty() {
        let next = rest.iter().position(|step| step.jumps(rest[0], life)).unwrap_or(0);
        life.apply(rest.remove(next), terms, bookings);
    }
}
