//! What can happen to a ticket: an e-mail or a case that is worked on over hours or weeks.

use super::{Author, Creator, DeleteCause, Feedback, Text};
use crate::time::EventTime;

/// Something that happened to one ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketEvent<'a> {
    /// The ticket that it happened to.
    pub ticket: Text<'a>,
    /// The queue that it is in, where the event tells it and `what` has no word of it: where a ticket of which nothing is known is
    /// found.
    pub queue: Option<Text<'a>>,
    /// The ticket's channel, where the event tells it.
    pub channel: Option<Text<'a>>,
    /// One of many made at once by a script: enters no distribution and no agent's figures.
    pub bulk: bool,
    /// What happened.
    pub what: TicketWhat<'a>,
}

/// What can happen to a ticket. Declared in the order in which events of one instant are taken (their *rank*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TicketWhat<'a> {
    /// A new ticket.
    Created {
        /// The queue that it comes into.
        queue: Text<'a>,
        /// Whose it was to begin.
        by: Creator,
        /// What kind of ticket it is.
        traits: Traits<'a>,
    },
    /// Given to an agent, another queue, or both.
    Assigned {
        /// To whom.
        agent: Option<Text<'a>>,
        /// To which queue.
        queue: Option<Text<'a>>,
    },
    /// A bot gives it to people.
    HandedOver {
        /// In which queue.
        queue: Option<Text<'a>>,
    },
    /// A message on the ticket.
    Replied {
        /// Who wrote it.
        author: Author,
        /// Which agent.
        agent: Option<Text<'a>>,
        /// Whether the customer can read it.
        is_public: bool,
    },
    /// Waits for somebody else, or no longer.
    StatusChanged {
        /// `open`, `pending`, `on_hold`, or a word of the platform's own.
        status: Text<'a>,
    },
    /// Something became known later.
    Updated {
        /// What is told of it now.
        traits: Traits<'a>,
    },
    /// Given to a higher support tier.
    Escalated,
    /// Solved.
    Resolved {
        /// By whom; the agent that it is assigned to without.
        agent: Option<Text<'a>>,
    },
    /// Solved no longer.
    Reopened,
    /// Final.
    Closed {
        /// By whom, where that solves it too.
        agent: Option<Text<'a>>,
    },
    /// Gone.
    Deleted {
        /// Why.
        cause: DeleteCause,
    },
    /// The whole state as it is now: sets it, counts nothing.
    Snapshot(Box<TicketSnapshot<'a>>),
    /// The customer was asked or answered, or somebody reviewed it.
    Feedback(Feedback<'a>),
}

/// What kind of ticket it is; of what is `None` nothing is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits<'a> {
    /// How urgent it is.
    pub priority: Option<Text<'a>>,
    /// What it is about.
    pub reason: Option<Text<'a>>,
    /// Words that are stuck to it; all of them.
    pub tags: Option<Vec<Text<'a>>>,
}

/// All that is true of a ticket at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketSnapshot<'a> {
    /// The queue that holds it.
    pub queue: Option<Text<'a>>,
    /// The agent that it is assigned to.
    pub agent: Option<Text<'a>>,
    /// What kind of ticket it is.
    pub traits: Traits<'a>,
    /// Whose it was to begin.
    pub by: Creator,
    /// When it was created.
    pub created_at: Option<EventTime>,
    /// `open`, `pending`, `on_hold`, a word of the platform's own, `resolved` or `closed`; `open` where it is not told.
    pub status: Option<Text<'a>>,
    /// When an agent first answered in public; not yet without.
    pub first_reply_at: Option<EventTime>,
    /// Since when a message of the customer is unanswered.
    pub awaiting_since: Option<EventTime>,
    /// Public replies of agents so far.
    pub replies: Option<u32>,
    /// When it was resolved, where it is.
    pub resolved_at: Option<EventTime>,
}

impl TicketWhat<'_> {
    /// The order among events of one instant: the place in [`super::TYPES`].
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Created { .. } => 17,
            Self::Assigned { .. } => 18,
            Self::HandedOver { .. } => 19,
            Self::Replied { .. } => 20,
            Self::StatusChanged { .. } => 21,
            Self::Updated { .. } => 22,
            Self::Escalated => 23,
            Self::Resolved { .. } => 24,
            Self::Reopened => 25,
            Self::Closed { .. } => 26,
            Self::Deleted { .. } => 27,
            Self::Snapshot(_) => 28,
            Self::Feedback(feedback) => feedback.rank(),
        }
    }
}
