//! Every bound in the program, each with its reason. What reaches one is counted under the bound's name.
//!
//! **Of a process.** Names, contacts and whatever else grows with the input are bounded for the process, whatever the number of its
//! partitions, and what they can take together fits [`MEMORY_BYTES_MAX`]. The names of the config do not compete.

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

/// Queues that are told apart; the rest are `__other__`. Ten times the largest centre designed for (300 queues).
pub const QUEUES_MAX: usize = 3_000;

/// Other names of queues, over all of them: an id on each of three platforms.
pub const ALIASES_MAX: usize = 9_000;

/// Patterns of queue names; each is tried at every queue that appears.
pub const PATTERNS_MAX: usize = 300;

/// Blocks of targets: three for each queue of the largest centre designed for; each is looked at for every queue that is shown.
pub const TARGETS_MAX: usize = 1_000;

/// Policies of promises: the first that matches holds, so each is asked in turn; help desks have five to ten.
pub const POLICIES_MAX: usize = 64;

/// Tags that policies ask for, all together: a bit of each ticket.
pub const SLA_TAGS_MAX: usize = 64;

/// Calendars of business hours: one for each country or customer of a large centre.
pub const CALENDARS_MAX: usize = 64;

/// Days of one calendar that are not as their weekday: thirty a year, up to the year 2105.
pub const SPECIAL_DAYS_MAX: usize = 4_000;

/// An ICS file may be this large; one of holidays has under 100 kB.
pub const ICS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A sentence of the configuration: why a target is, what to do, how often it is reviewed; each goes into every report.
pub const SENTENCE_BYTES_MAX: usize = 512;

/// Channels that are told apart; the contract names five.
pub const CHANNELS_MAX: usize = 32;

/// Feeds that are told apart; a centre has one for each telephone system, chat platform and help desk.
pub const SOURCES_MAX: usize = 64;

/// Changes of a queue's state, and heartbeats of a feed, that are remembered within `lateness`; one a second is more than enough.
pub const NOTICES_MAX: usize = 256;

/// Priorities of tickets that are told apart; help desks have four or five.
pub const PRIORITIES_MAX: usize = 16;

/// Agents that are told apart; ten times the largest centre designed for (5,000 agents).
pub const AGENTS_MAX: usize = 50_000;

/// Changes of agents' states that are kept for windows, 16 bytes each and up to as much slack: 600 a day for each of 5,000 agents.
/// Past it an agent with a new one gives up its oldest, whose time is then in `all` only.
pub const AGENT_STATES_MAX: usize = 3_000_000;

/// Contacts that are held in memory. 5,000 agents talk to as many; the rest is room for those who wait, and for chats.
pub const CONTACTS_MAX: usize = 500_000;

/// Tickets that are held in memory: those of a backlog, and the resolved ones that may be opened again.
pub const TICKETS_MAX: usize = 500_000;

/// Of the places of contacts and tickets, so many percent are kept for the queues that the config names: a feed that makes up ids
/// and names takes the rest at the most.
pub const KEPT_PERCENT: usize = 25;

/// Agents that one ticket remembers it was assigned to; past it a further one is no new assignment.
pub const ASSIGNEES_MAX: usize = 32;

/// Tags of one ticket event, and queues of one agent event; what is more is a producer's mistake.
pub const LIST_MAX: usize = 256;

/// States of agents that the config may add to the contract's.
pub const OWN_STATES_MAX: usize = 32;

/// Contacts that one agent may have in hand at a time.
pub const IN_HAND_MAX: u16 = 10_000;

/// Contacts and tickets that are over and whose key is remembered, so that a stray event opens nothing.
pub const CLOSED_MAX: usize = 1_000_000;

/// What all of these keys may take, with who served them; as much again may be of those whose keys are forgotten already.
pub const CLOSED_BYTES_MAX: usize = 64_000_000;

/// Contacts and tickets that are over, and of which it is remembered who served them: what 5,000 agents serve in five days.
pub const ATTRIBUTIONS_MAX: usize = CLOSED_MAX;

/// What contacts, tickets, keys, agents, queues and names can take together, when every table of the process is full. An agent or
/// queue that several partitions see takes its slots in each.
pub const MEMORY_BYTES_MAX: usize = 2_250_000_000;

/// A busy open contact of which three steps may still be sorted, as `make memory` measures it.
pub const CONTACT_BYTES: usize = 1_900;

/// A ticket of forty replies of which each target is promised, likewise.
pub const TICKET_BYTES: usize = 1_700;

/// An agent with 20 calls in an hour, in one partition.
pub const AGENT_BYTES: usize = 2_500;

/// A queue and channel with a call a minute, in one partition.
pub const PAIR_BYTES: usize = 16_000;

/// A change of an agent's state, with the slack of a list that grows.
pub const AGENT_STATE_BYTES: usize = 32;

const _: () = assert!(
    CONTACTS_MAX * CONTACT_BYTES
        + TICKETS_MAX * TICKET_BYTES
        + 2 * CLOSED_BYTES_MAX
        + QUEUES_MAX * (PAIR_BYTES + NAME_BYTES_MAX)
        + AGENTS_MAX * (AGENT_BYTES + NAME_BYTES_MAX)
        + AGENT_STATES_MAX * AGENT_STATE_BYTES
        <= MEMORY_BYTES_MAX
);

/// How long after the request a call back may be due and still be waited for: a date far off is a producer's way to say none.
pub const CALLBACK_DUE_MAX: Span = Span::from_seconds(30 * 24 * 3_600);

/// Event ids that one contact remembers; past it the oldest are forgotten. A long chat has hundreds of events.
pub const EVENT_IDS_PER_CONTACT_MAX: usize = 4_096;

/// Event ids that one ticket remembers, as the contract says; past it those of the oldest events are forgotten.
pub const EVENT_IDS_PER_TICKET_MAX: usize = 32;

/// Events of one contact or ticket within `lateness`; past it further ones are refused as `too_many_events`.
pub const UNSEALED_PER_SUBJECT_MAX: usize = 1_024;

/// Legs that one contact has open at a time: a conference of more is a producer's mistake.
pub const LEGS_MAX: usize = 32;

/// Queues that one contact waits in at a time.
pub const STAYS_MAX: usize = 16;

/// Stays that an overflow ended and whose cause a later `contact.flowed_out` may still set.
pub const OVERFLOWED_MAX: usize = 8;

/// Series that `/metrics` may be told to have; Prometheus takes some millions over all that it scrapes.
pub const SERIES_MAX: usize = 10_000_000;

/// Series of the process itself, in its own registry.
pub const OWN_SERIES_MAX: usize = 32;

/// Of rejected records, one in this many is told in the log, the first among them; all are counted.
pub const REJECTED_TOLD_EVERY: u64 = 1_000;
