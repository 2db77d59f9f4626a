//! What happened to a ticket, with names as this shard's numbers and words of the platform's own already understood.

use serde::{Deserialize, Serialize};

use crate::event::{Author, Creator, DeleteCause, Status};
use crate::feedback;
use crate::id::{AgentId, PriorityId, QueueId};
use crate::rules::Tags;
use crate::time::EventTime;

/// What happened. The words are those of [`crate::event::TicketWhat`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each variant and field is documented in crate::event::TicketWhat")]
pub enum Act {
    Created {
        queue: QueueId,
        by: Creator,
        traits: Traits,
    },
    Assigned {
        agent: Option<AgentId>,
        queue: Option<QueueId>,
    },
    HandedOver {
        queue: Option<QueueId>,
    },
    Replied {
        author: Author,
        agent: Option<AgentId>,
        is_public: bool,
    },
    /// `None`: a word that nobody knows.
    StatusChanged {
        status: Option<Status>,
    },
    Updated {
        traits: Traits,
    },
    Escalated,
    Resolved {
        agent: Option<AgentId>,
    },
    Reopened,
    Closed {
        agent: Option<AgentId>,
    },
    Deleted {
        cause: DeleteCause,
    },
    Snapshot(Box<Told>),
    Feedback(feedback::Told),
}

impl Act {
    /// The queue that it names.
    pub fn queue(&self) -> Option<QueueId> {
        match self {
            Self::Created { queue, .. } => Some(*queue),
            Self::Assigned { queue, .. }
            | Self::HandedOver { queue }
            | Self::Feedback(feedback::Told { queue, .. }) => *queue,
            Self::Snapshot(told) => told.queue,
            _ => None,
        }
    }
}

/// What kind of ticket it is; of what is `None` nothing is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traits {
    /// How urgent it is.
    pub priority: Option<PriorityId>,
    /// Whether its reason makes it a complaint.
    pub is_complaint_by_reason: Option<bool>,
    /// Whether one of its tags does.
    pub is_complaint_by_tags: Option<bool>,
    /// Which of its tags some policy asks for.
    pub tags: Option<Tags>,
}

/// All that is true of a ticket, as its platform told it. The words are those of [`crate::event::TicketSnapshot`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is documented in crate::event::TicketSnapshot")]
pub struct Told {
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub traits: Traits,
    pub by: Creator,
    pub created_at: Option<EventTime>,
    /// `None`: a word that nobody knows.
    pub stage: Option<Stage>,
    pub first_reply_at: Option<EventTime>,
    pub awaiting_since: Option<EventTime>,
    pub replies: Option<u32>,
    pub resolved_at: Option<EventTime>,
}

/// How far a ticket has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Somebody has to do something.
    Unresolved(Status),
    /// Solved; the status is what was told since, for the case that it is reopened.
    Resolved {
        /// What it is if it is reopened.
        then: Status,
    },
}

impl Default for Stage {
    fn default() -> Self {
        Self::Unresolved(Status::Open)
    }
}
