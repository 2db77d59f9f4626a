//! Every bound in the program, each with its reason. What reaches one is counted under the bound's name.

use crate::time::Span;

/// A record may be this large; a real event is under 1 kB, and a larger one is a producer's mistake.
pub const RECORD_BYTES_MAX: usize = 256 * 1024;

/// JSON may nest this deep; the contract nests two deep.
pub const JSON_DEPTH_MAX: usize = 32;

/// Identifiers and names (event, contact, queue, agent, customer).
pub const NAME_BYTES_MAX: usize = 128;

/// Channels and priorities: label values that people read.
pub const CHANNEL_BYTES_MAX: usize = 32;

/// Reasons and sources.
pub const REASON_BYTES_MAX: usize = 64;

/// Queues that a shard tells apart; the rest are `__other__`. Ten times the largest centre designed for (300 queues).
pub const QUEUES_MAX: usize = 3_000;

/// Other names of queues, over all of them: an id on each of three platforms.
pub const ALIASES_MAX: usize = 9_000;

/// Patterns of queue names; each is tried at every queue that appears.
pub const PATTERNS_MAX: usize = 300;

/// Channels that a shard tells apart; the contract names five.
pub const CHANNELS_MAX: usize = 32;

/// Feeds that a shard tells apart; a centre has one for each telephone system, chat platform and help desk.
pub const SOURCES_MAX: usize = 64;

/// Changes of a queue's state, and heartbeats of a feed, that are remembered within `lateness`; one a second is more than enough.
pub const NOTICES_MAX: usize = 256;

/// Agents that a shard tells apart; ten times the largest centre designed for (5,000 agents).
pub const AGENTS_MAX: usize = 50_000;

/// Contacts that a shard keeps open. A busy partition has some thousands; at 500 bytes each this is 250 MB at the most.
pub const CONTACTS_MAX: usize = 500_000;

/// Contacts that are over and whose key is remembered, so that a stray event opens nothing: 24 bytes each.
pub const CLOSED_CONTACTS_MAX: usize = 1_000_000;

/// How long after the request a call back may be due and still be waited for: a date far off is a producer's way to say none.
pub const CALLBACK_DUE_MAX: Span = Span::from_seconds(30 * 24 * 3_600);

/// Event ids that one contact remembers; past it the oldest are forgotten. A long chat has hundreds of events.
pub const EVENT_IDS_PER_CONTACT_MAX: usize = 4_096;

/// Events of one contact within `lateness`; past it further ones are refused as `too_many_events`.
pub const UNSEALED_PER_CONTACT_MAX: usize = 1_024;

/// Legs that one contact has open at a time: a conference of more is a producer's mistake.
pub const LEGS_MAX: usize = 32;

/// Queues that one contact waits in at a time.
pub const STAYS_MAX: usize = 16;

/// Stays that an overflow ended and whose cause a later `contact.flowed_out` may still set.
pub const OVERFLOWED_MAX: usize = 8;

/// Of rejected records, one in this many is told in the log, the first among them; all are counted.
pub const REJECTED_TOLD_EVERY: u64 = 1_000;
