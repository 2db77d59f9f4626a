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

            const ALL: [Self; Self::COUNT] = [$(Self::$key),*];
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

/// Places of the table that finds a key by its name: four times as many as there are keys.
const PLACES: usize = 256;
/// Bytes of a name that are compared at once; no name but one is longer.
const HEAD: usize = 16;
/// What spreads the names so that each has a place of its own, found by trying: another set of names may need another number.
const SPREAD: u64 = 0x0B58_0937_068C_4239;

/// Keys by the heads of their names: each at the place that its head gives. No head is like that of a place without a key.
static BY_HEAD: [(u128, Key); PLACES] = {
    let (mut table, mut key) = ([(u128::MAX, Key::Id); PLACES], 0);
    while key < Key::COUNT {
        let head = head(Key::ALL[key].name().as_bytes());
        let place = place(head);
        assert!(table[place].0 == u128::MAX, "two names have one place: SPREAD must be another number");
        table[place] = (head, Key::ALL[key]);
        key += 1;
    }
    table
};

/// By how many bytes of a head there are: those bits of it that are theirs.
const BITS: [u128; HEAD + 1] = {
    let (mut bits, mut bytes) = ([0; HEAD + 1], 1);
    while bytes <= HEAD {
        bits[bytes] = bits[bytes - 1] << 8 | 0xFF;
        bytes += 1;
    }
    bits
};

/// The first bytes of a name, those that it has not as zeros.
const fn head(name: &[u8]) -> u128 {
    let (mut head, mut at) = (0, 0);
    while at < name.len() && at < HEAD {
        head |= (name[at] as u128) << (8 * at);
        at += 1;
    }
    head
}

/// Where to look for a name with that head.
const fn place(head: u128) -> usize {
    ((head as u64 ^ (head >> 64) as u64).wrapping_mul(SPREAD) >> 56) as usize
}

impl Key {
    /// The key of that name.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        let (mut head, bytes) = ([0; HEAD], name.len().min(HEAD));
        head[..bytes].copy_from_slice(&name[..bytes]);
        Self::of_head(u128::from_le_bytes(head)).filter(|key| key.name().as_bytes() == name)
    }

    /// The key whose name is at this place of a text without control characters. Every name of every record is looked for here: it
    /// takes one look and, where the name is no longer than a head, one comparison of numbers.
    #[inline]
    pub(super) fn named_at(text: &[u8], begin: u32, end: u32) -> Option<Self> {
        let (begin, end) = (begin as usize, end as usize);
        match text.get(begin..begin + HEAD).and_then(<[u8]>::first_chunk) {
            Some(bytes) if end - begin <= HEAD => Self::of_head(u128::from_le_bytes(*bytes) & BITS[end - begin]),
            _ => Self::named(text.get(begin..end)?),
        }
    }

    #[inline]
    fn of_head(head: u128) -> Option<Self> {
        let (right, key) = BY_HEAD[place(head)];
        (head == right).then_some(key)
    }

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

    /// Those that are known.
    #[cfg(test)]
    pub fn iter(self) -> impl Iterator<Item = Key> {
        Key::ALL.into_iter().filter(move |key| self.has(*key))
    }

    /// Whether it is one of them.
    pub const fn has(self, key: Key) -> bool {
        self.0 & 1 << key as u32 != 0
    }
}
