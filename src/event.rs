//! What happened to a contact, as its platform told it. The words are those of the event contract, version 1.
//!
//! **Why flat and borrowed.** An event lives only from the record it was read from to the shard that applies it; text borrows
//! from the record and is copied only where it is kept.

use std::borrow::Cow;

use crate::time::EventTime;

/// Text of an event: borrowed from the record unless JSON escapes forced a copy.
pub type Text<'a> = Cow<'a, str>;

/// One event of one contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Unique among all events; a repeat is the same event told again.
    pub id: Text<'a>,
    /// When it happened.
    pub at: EventTime,
    /// Order among events of one contact that happened at the same time; 0 where the producer gives none.
    pub seq: i64,
    /// The contact that it happened to.
    pub contact: Text<'a>,
    /// The contact's channel, where the event tells it.
    pub channel: Option<Text<'a>>,
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
    Abandoned,
    /// Refused before it could queue.
    Blocked {
        /// The queue that refused.
        queue: Text<'a>,
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
}

/// Who calls whom.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The customer contacts the centre.
    #[default]
    Inbound,
    /// The centre contacts the customer; counts in handle-time and agent KPIs only.
    Outbound,
}

/// What an agent does on a contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Serves it.
    #[default]
    Primary,
    /// Is asked for advice: counts in this agent's handle time only.
    Consult,
    /// Listens in: counts nowhere.
    Monitor,
}

/// Why a contact left a queue unanswered without hanging up. A closed set: it is a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FlowCause {
    /// The customer chose to be called back.
    Callback,
    /// Went to voicemail.
    Voicemail,
    /// Moved to another queue.
    Overflow,
    /// Waited longer than the queue allows.
    Timeout,
    /// Pressed a key to leave.
    Key,
    /// Nobody was there to answer.
    NoAgents,
    /// Waited in several queues and was answered in another.
    ServedElsewhere,
    /// Any other cause, or none given.
    Other,
}

impl FlowCause {
    /// Every cause, in order.
    pub const ALL: [Self; 8] = [
        Self::Callback,
        Self::Voicemail,
        Self::Overflow,
        Self::Timeout,
        Self::Key,
        Self::NoAgents,
        Self::ServedElsewhere,
        Self::Other,
    ];

    /// The name in events, reports and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Callback => "callback",
            Self::Voicemail => "voicemail",
            Self::Overflow => "overflow",
            Self::Timeout => "timeout",
            Self::Key => "key",
            Self::NoAgents => "no_agents",
            Self::ServedElsewhere => "served_elsewhere",
            Self::Other => "other",
        }
    }

    /// The cause of that name; what is not in the contract is `Other`, so that a new cause never rejects an event.
    pub fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|cause| cause.name() == name).unwrap_or(Self::Other)
    }
}

/// The event types that this version handles, in order of rank.
pub const TYPES: [&str; 11] = [
    "contact.queued",
    "contact.answered",
    "contact.held",
    "contact.resumed",
    "contact.transferred",
    "contact.flowed_out",
    "contact.abandoned",
    "contact.blocked",
    "contact.updated",
    "contact.ended",
    "contact.wrapped",
];

impl What<'_> {
    /// The order among events of one instant: the place in [`TYPES`].
    pub const fn rank(&self) -> u8 {
        match self {
            Self::Queued { .. } => 0,
            Self::Answered { .. } => 1,
            Self::Held { .. } => 2,
            Self::Resumed { .. } => 3,
            Self::Transferred { .. } => 4,
            Self::FlowedOut { .. } => 5,
            Self::Abandoned => 6,
            Self::Blocked { .. } => 7,
            Self::Updated => 8,
            Self::Ended { .. } => 9,
            Self::Wrapped { .. } => 10,
        }
    }

    /// The type's name on the wire.
    pub const fn type_name(&self) -> &'static str {
        TYPES[self.rank() as usize]
    }
}
