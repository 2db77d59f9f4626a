//! The names that the contract gives to fields, and sets of them: which are kept, and which stand in headers.

use crate::limits::{CHANNEL_BYTES_MAX, NAME_BYTES_MAX, REASON_BYTES_MAX};

macro_rules! keys {
    ($($key:ident $name:literal),* $(,)?) => {
        /// The names that the contract gives to fields.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Key { $($key),* }

        impl Key {
            pub(super) const COUNT: usize = [$($name),*].len();

            /// The name on the wire.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$key => $name),* }
            }

            pub(super) fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$key),)* _ => None }
            }
        }
    };
}

keys! {
    Id "id", Type "type", V "v", Time "time", Seq "seq", Source "source", Contact "contact_id", Queue "queue",
    Channel "channel", Agent "agent", Customer "customer_id", Priority "priority", Reason "reason", Attributes "attributes",
    Direction "direction", Root "root_contact_id", FirstQueuedAt "first_queued_at", Also "also", Role "role", Cause "cause",
    Bulk "bulk", State "state", Author "author", Result "result", DueAt "due_at", PlaceKept "place_kept", By "by",
    Resolved "resolved", ToQueue "to_queue", ToAgent "to_agent", Disposition "disposition", QueuedAt "queued_at",
    AnsweredAt "answered_at", HeldAt "held_at", EndedAt "ended_at", CallbackRequestedAt "callback_requested_at",
    Ticket "ticket_id", Tags "tags", Status "status", Public "public", FromTier "from_tier", ToTier "to_tier", Into "into",
    CreatedAt "created_at", FirstReplyAt "first_reply_at", AwaitingSince "awaiting_since", Replies "replies",
    ResolvedAt "resolved_at", Queues "queues", QueueStates "queue_states", Capacity "capacity", Active "active", Since "since",
    Kind "kind", Score "score", Points "points", MaxPoints "max_points", CriticalFail "critical_fail",
    SpecVersion "specversion", Data "data", DataBase64 "data_base64",
}

impl Key {
    /// The name of the CloudEvents header that holds it, where one does.
    pub(super) const fn header_name(self) -> &'static str {
        match self {
            Self::Id => "ce_id",
            Self::Type => "ce_type",
            Self::Time => "ce_time",
            Self::Source => "ce_source",
            _ => self.name(),
        }
    }

    /// The most bytes that its text may have.
    pub(super) const fn bytes_max(self) -> usize {
        match self {
            Self::Channel | Self::Priority => CHANNEL_BYTES_MAX,
            Self::Reason | Self::Source => REASON_BYTES_MAX,
            _ => NAME_BYTES_MAX,
        }
    }
}

/// A set of keys, a bit each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Keys(u128);

const _: () = assert!(Key::COUNT <= u128::BITS as usize, "a bit for every key");

impl Keys {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// Every key.
    pub const ALL: Self = Self(u128::MAX);

    /// The set of these.
    pub const fn of(keys: &[Key]) -> Self {
        match keys {
            [] => Self::NONE,
            [first, rest @ ..] => Self::of(rest).with(*first),
        }
    }

    /// With one more.
    pub const fn with(self, key: Key) -> Self {
        Self(self.0 | 1 << key as u32)
    }

    /// Those of them that are in the other set, too.
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those of them that are not in the other set.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it is one of them.
    pub const fn has(self, key: Key) -> bool {
        self.0 & 1 << key as u32 != 0
    }
}
