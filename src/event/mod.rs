//! What happened to a contact, a ticket, an agent, a queue or a feed, as its platform told it. The words are those of the event contract, version 1.
//!
//! **Why flat and borrowed.** An event lives only from the record it was read from to the shard that applies it; text borrows
//! from the record and is copied only where it is kept.

mod agent;
mod feedback;
mod ticket;
mod words;

use std::borrow::Cow;

pub use agent::AgentChange;
pub use feedback::{Feedback, Opinion, Thousandths};
pub use ticket::{TicketEvent, TicketSnapshot, TicketWhat, Traits};
pub use words::{
    AbandonCause, Author, CallbackResult, Creator, DeleteCause, Direction, FlowCause, MissCause, QueueState, Role,
    Status, SurveyKind,
};

use crate::time::EventTime;

/// Text of an event: borrowed from the record unless JSON escapes forced a copy.
pub type Text<'a> = Cow<'a, str>;

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Unique among all events; a repeat is the same event told again.
    pub id: Text<'a>,
    /// When it happened.
    pub at: EventTime,
    /// Order among events of one subject that happened at the same time; 0 where the producer gives none.
    pub seq: i64,
    /// The feed that it came from, where it tells.
    pub source: Option<Text<'a>>,
    /// What happened to whom.
    pub body: Body<'a>,
}

/// What happened to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body<'a> {
    /// Something happened to a contact.
    Contact(ContactEvent<'a>),
    /// Something happened to a ticket.
    Ticket(TicketEvent<'a>),
    /// An agent is in another state, or in the same one in another way.
    Agent {
        /// Which agent.
        agent: Text<'a>,
        /// What holds from then on.
        change: AgentChange<'a>,
    },
    /// A queue was opened or closed by hand, on all its channels.
    QueueState {
        /// Which queue.
        queue: Text<'a>,
        /// What it is from now on.
        state: QueueState,
    },
    /// The feed is alive, though nothing happens.
    Heartbeat,
}

/// Something that happened to one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactEvent<'a> {
    /// The contact that it happened to.
    pub contact: Text<'a>,
    /// The contact's channel, where the event tells it.
    pub channel: Option<Text<'a>>,
    /// How urgent it is, where the event tells it.
    pub priority: Option<Text<'a>>,
    /// One of many made at once by a script: enters no distribution and no agent's figures.
    pub bulk: bool,
    /// What happened.
    pub what: What<'a>,
}

/// What can happen to a contact. Declared in the order in which events of one instant are taken (their *rank*).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What<'a> {
    /// A stay in a queue begins.
    Queued {
        /// The queue that is entered.
        queue: Text<'a>,
        /// Who calls whom.
        direction: Direction,
        /// The first contact of the chain, where this contact continues one.
        root: Option<Text<'a>>,
        /// When the chain was first queued, where a transfer between systems would hide it.
        first_queued_at: Option<EventTime>,
        /// A further queue at the same time, not a move.
        also: bool,
    },
    /// Rings at an agent.
    Alerting {
        /// At whom.
        agent: Text<'a>,
        /// For which queue, where there are several.
        queue: Option<Text<'a>>,
    },
    /// No longer rings at an agent, who did not answer.
    AlertMissed {
        /// At whom.
        agent: Text<'a>,
        /// For which queue, where there are several.
        queue: Option<Text<'a>>,
        /// Why.
        cause: MissCause,
    },
    /// A leg with an agent begins.
    Answered {
        /// Who answered.
        agent: Text<'a>,
        /// Which stay is answered, where there are several.
        queue: Option<Text<'a>>,
        /// What the agent does on the contact.
        role: Role,
    },
    /// Hold begins.
    Held {
        /// Whose leg.
        agent: Option<Text<'a>>,
    },
    /// Hold ends.
    Resumed {
        /// Whose leg.
        agent: Option<Text<'a>>,
    },
    /// That agent's talk ends, the contact goes on elsewhere.
    Transferred {
        /// Whose leg.
        agent: Option<Text<'a>>,
    },
    /// Left a queue unanswered without hanging up.
    FlowedOut {
        /// The queue that is left.
        queue: Text<'a>,
        /// Why.
        cause: FlowCause,
    },
    /// Hung up before an answer.
    Abandoned {
        /// Why.
        cause: AbandonCause,
    },
    /// Refused before it could queue.
    Blocked {
        /// The queue that refused.
        queue: Text<'a>,
    },
    /// A message in a chat.
    Message {
        /// Who wrote it.
        author: Author,
        /// Which agent.
        agent: Option<Text<'a>>,
    },
    /// The customer asks to be called back.
    CallbackRequested {
        /// The queue that owes the call.
        queue: Option<Text<'a>>,
        /// When the customer wants it.
        due_at: Option<EventTime>,
    },
    /// Somebody tried to call back.
    CallbackAttempted {
        /// How it went.
        result: CallbackResult,
    },
    /// Something became known later; no figure depends on it yet.
    Updated,
    /// Talk is over, of one leg or of all.
    Ended {
        /// Whose leg; all without it.
        agent: Option<Text<'a>>,
    },
    /// After-contact work is over.
    Wrapped {
        /// Whose leg.
        agent: Option<Text<'a>>,
    },
    /// The whole state as it is now: sets it, counts nothing.
    Snapshot(Snapshot<'a>),
    /// The customer was asked or answered, or somebody reviewed it.
    Feedback(Feedback<'a>),
}

/// All that is open of a contact at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot<'a> {
    /// The queue that it waits in or is served from.
    pub queue: Option<Text<'a>>,
    /// Since when it waits, or waited until the answer.
    pub queued_at: Option<EventTime>,
    /// Who serves it.
    pub agent: Option<Text<'a>>,
    /// Since when.
    pub answered_at: Option<EventTime>,
    /// What that agent does on it.
    pub role: Role,
    /// Since when it is on hold, where it is.
    pub held_at: Option<EventTime>,
    /// Since when the agent is in after-contact work, where that is so.
    pub ended_at: Option<EventTime>,
    /// Who called whom, where it is told.
    pub direction: Option<Direction>,
    /// When its chain was first queued.
    pub first_queued_at: Option<EventTime>,
    /// Since when the customer waits to be called back, where that is so.
    pub callback_requested_at: Option<EventTime>,
    /// When the customer wants that.
    pub due_at: Option<EventTime>,
}

/// The event types that this version handles, in order of rank.
pub const TYPES: [&str; 35] = [
    "contact.queued",
    "contact.alerting",
    "contact.alert_missed",
    "contact.answered",
    "contact.held",
    "contact.resumed",
    "contact.transferred",
    "contact.flowed_out",
    "contact.abandoned",
    "contact.blocked",
    "contact.message",
    "contact.callback_requested",
    "contact.callback_attempted",
    "contact.updated",
    "contact.ended",
    "contact.wrapped",
    "contact.snapshot",
    "ticket.created",
    "ticket.assigned",
    "ticket.handed_over",
    "ticket.replied",
    "ticket.status_changed",
    "ticket.updated",
    "ticket.escalated",
    "ticket.resolved",
    "ticket.reopened",
    "ticket.closed",
    "ticket.deleted",
    "ticket.snapshot",
    "agent.state_changed",
    "queue.state_changed",
    "source.heartbeat",
    "survey.sent",
    "survey.answered",
    "quality.scored",
];

impl Event<'_> {
    /// The place of its type in [`TYPES`].
    pub const fn rank(&self) -> u8 {
        match &self.body {
            Body::Contact(event) => event.what.rank(),
            Body::Ticket(event) => event.what.rank(),
            Body::Agent { .. } => 29,
            Body::QueueState { .. } => 30,
            Body::Heartbeat => 31,
        }
    }

    /// The type's name on the wire.
    pub const fn type_name(&self) -> &'static str {
        TYPES[self.rank() as usize]
    }

    /// What files and tests route it by: the contact, ticket or agent; empty where it is of none.
    pub fn key(&self) -> &str {
        match &self.body {
            Body::Contact(event) => &event.contact,
            Body::Ticket(event) => &event.ticket,
            Body::Agent { agent, .. } => agent,
            Body::QueueState { .. } | Body::Heartbeat => "",
        }
    }
}

impl What<'_> {
    /// The agent that it names.
    pub fn agent(&self) -> Option<&str> {
        match self {
            Self::Alerting { agent, .. } | Self::AlertMissed { agent, .. } | Self::Answered { agent, .. } => {
                Some(agent)
            }
            Self::Held { agent }
            | Self::Resumed { agent }
            | Self::Transferred { agent }
            | Self::Message { agent, .. }
            | Self::Ended { agent }
            | Self::Wrapped { agent } => agent.as_deref(),
            _ => None,
        }
    }

    /// The order among events of one instant: the place in [`TYPES`].
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Queued { .. } => 0,
            Self::Alerting { .. } => 1,
            Self::AlertMissed { .. } => 2,
            Self::Answered { .. } => 3,
            Self::Held { .. } => 4,
            Self::Resumed { .. } => 5,
            Self::Transferred { .. } => 6,
            Self::FlowedOut { .. } => 7,
            Self::Abandoned { .. } => 8,
            Self::Blocked { .. } => 9,
            Self::Message { .. } => 10,
            Self::CallbackRequested { .. } => 11,
            Self::CallbackAttempted { .. } => 12,
            Self::Updated => 13,
            Self::Ended { .. } => 14,
            Self::Wrapped { .. } => 15,
            Self::Snapshot(_) => 16,
            Self::Feedback(feedback) => feedback.rank(),
        }
    }
}
