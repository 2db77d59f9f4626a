//! What happened to a contact, with names as this shard's numbers.

use serde::{Deserialize, Serialize};

use super::life::Life;
use crate::event::{AbandonCause, Author, CallbackResult, Direction, FlowCause, MissCause, Role};
use crate::feedback;
use crate::id::{AgentId, QueueId};
use crate::time::EventTime;

/// What happened. The words are those of [`crate::event::What`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    Feedback(feedback::Told),
}

/// All that is open of a contact, as its platform told it. The words are those of [`crate::event::Snapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl Act {
    /// The queue that it names.
    pub fn queue(&self) -> Option<QueueId> {
        match self {
            Self::Queued { queue, .. } | Self::FlowedOut { queue, .. } | Self::Blocked { queue } => Some(*queue),
            Self::AlertMissed { queue, .. }
            | Self::Answered { queue, .. }
            | Self::CallbackRequested { queue, .. }
            | Self::Feedback(feedback::Told { queue, .. }) => *queue,
            Self::Snapshot(told) => told.queue,
            _ => None,
        }
    }

    /// Whether it comes before `first`, the first by rank of those that are left of the instant, given what is open.
    pub(super) fn jumps(&self, first: &Self, life: &Life) -> bool {
        match (self, first) {
            (Self::FlowedOut { queue, .. }, Self::Queued { .. }) => life.waits_in(*queue),
            (Self::Transferred { .. }, Self::Queued { .. } | Self::Answered { .. }) => life.is_talking(),
            _ => false,
        }
    }
}
