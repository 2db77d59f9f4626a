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

/// Places of the table that finds a key by its name: four times as many as there are keys, so that nearly every look is the first.
const PLACES: usize = 256;
/// No key has this place.
const EMPTY: u8 = u8::MAX;

/// A key with the first eight bytes of its name, by which it is found.
#[derive(Clone, Copy)]
struct Entry {
    key: u8,
    length: u8,
    head: u64,
}

/// Keys by their names: each at the place that its name gives, or the next that is free.
static BY_NAME: [Entry; PLACES] = {
    let (mut table, mut key) = ([Entry { key: EMPTY, length: 0, head: 0 }; PLACES], 0);
    while key < Key::COUNT {
        let name = Key::ALL[key].name().as_bytes();
        let head = head(name);
        let mut place = place(head, name.len());
        while table[place].key != EMPTY {
            place = (place + 1) % PLACES;
        }
        table[place] = Entry { key: key as u8, length: name.len() as u8, head };
        key += 1;
    }
    table
};

/// The first eight bytes of a name, those that it has not as zeros.
const fn head(name: &[u8]) -> u64 {
    let (mut head, mut at) = (0, 0);
    while at < name.len() && at < 8 {
        head |= (name[at] as u64) << (8 * at);
        at += 1;
    }
    head
}

/// Where to look for a name: its first bytes and its length tell all names apart.
const fn place(head: u64, length: usize) -> usize {
    ((head ^ length as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

impl Key {
    /// The key of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::of_head(head(name.as_bytes()), name.as_bytes())
    }

    /// The key whose name is from here to there in these bytes.
    #[inline]
    pub(super) fn named_at(bytes: &[u8], begin: usize, end: usize) -> Option<Self> {
        let name = bytes.get(begin..end)?;
        let head = match bytes[begin..].first_chunk() {
            Some(eight) if name.len() < 8 => u64::from_le_bytes(*eight) & ((1 << (8 * name.len())) - 1),
            Some(eight) => u64::from_le_bytes(*eight),
            None => head(name),
        };
        Self::of_head(head, name)
    }

    #[inline]
    fn of_head(head: u64, name: &[u8]) -> Option<Self> {
        let mut place = place(head, name.len());
        loop {
            let entry = BY_NAME[place];
            let key = *Self::ALL.get(usize::from(entry.key))?;
            let is_short = name.len() <= 8;
            if entry.head == head
                && usize::from(entry.length) == name.len()
                && (is_short || key.name().as_bytes()[8..] == name[8..])
            {
                return Some(key);
            }
            place = (place + 1) % PLACES;
        }
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
