//! What the counters have taken of tickets.
//!
//! **Why edges of their own.** A call is answered within seconds, a ticket within hours and solved within weeks: the edges of calls
//! would put every ticket past the last of them. From a minute, where a first response may lie, to the thirty days of the oldest
//! class of backlog, closest around a working day; and an edge at each time that the config promises.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Durations;
use crate::measure::Measure;
use crate::rules::Rules;
use crate::time::Span;

/// Edges that every histogram of tickets has, in seconds.
const EDGES_SECONDS: [i64; 15] = [
    60,
    5 * 60,
    15 * 60,
    30 * 60,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    DAY,
    2 * DAY,
    3 * DAY,
    5 * DAY,
    7 * DAY,
    14 * DAY,
    30 * DAY,
];
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// The counters of the tickets of one queue and channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketCounters {
    /// Tickets that began.
    pub created: u64,
    /// Resolves.
    pub resolved: u64,
    /// Reopens.
    pub reopened: u64,
    /// Tickets that became final.
    pub closed: u64,
    /// Escalations.
    pub escalated: u64,
    /// Tickets that are gone.
    pub deleted: u64,
    /// Unresolved tickets of which nothing was heard any more.
    pub expired: u64,
    durations: [Durations; TicketDuration::ALL.len()],
}

/// The durations of tickets that have a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketDuration {
    /// To the first public reply of an agent.
    FirstResponse,
    /// To the next.
    Reply,
    /// To each resolve.
    Resolution,
}

impl TicketDuration {
    /// Every duration, in order.
    pub const ALL: [Self; 3] = [Self::FirstResponse, Self::Reply, Self::Resolution];
}

/// The edges of every histogram of tickets: a fixed set, and each time that `rules` promise.
pub fn ticket_edges(rules: &Rules) -> Arc<[Span]> {
    let promised = [rules.tickets.response_within, rules.tickets.complaints.due];
    let edges: BTreeSet<Span> = EDGES_SECONDS.map(Span::from_seconds).into_iter().chain(promised).collect();
    edges.into_iter().collect()
}

impl TicketCounters {
    /// At 0.
    pub fn new(edges: &Arc<[Span]>) -> Self {
        Self {
            created: 0,
            resolved: 0,
            reopened: 0,
            closed: 0,
            escalated: 0,
            deleted: 0,
            expired: 0,
            durations: std::array::from_fn(|_| Durations::new(edges)),
        }
    }

    /// The histogram of a duration.
    pub fn duration(&self, duration: TicketDuration) -> &Durations {
        &self.durations[duration as usize]
    }

    /// Whether a measure is one of those that count here.
    pub(super) const fn takes(measure: &Measure) -> bool {
        matches!(
            measure,
            Measure::TicketCreated
                | Measure::Resolved { .. }
                | Measure::Reopened { .. }
                | Measure::TicketClosed
                | Measure::Escalated { .. }
                | Measure::TicketDeleted { .. }
                | Measure::TicketExpired
                | Measure::FirstResponse(_)
                | Measure::TicketReply(_)
                | Measure::ResolutionTime { .. }
        )
    }

    pub(super) fn book(&mut self, measure: &Measure, times: u64) {
        match *measure {
            Measure::TicketCreated => self.created += times,
            Measure::Resolved { .. } => self.resolved += times,
            Measure::Reopened { .. } => self.reopened += times,
            Measure::TicketClosed => self.closed += times,
            Measure::Escalated { .. } => self.escalated += times,
            Measure::TicketDeleted { .. } => self.deleted += times,
            Measure::TicketExpired => self.expired += times,
            Measure::FirstResponse(wait) => self.add(TicketDuration::FirstResponse, wait, times),
            Measure::TicketReply(wait) => self.add(TicketDuration::Reply, wait, times),
            Measure::ResolutionTime { calendar, .. } => self.add(TicketDuration::Resolution, calendar, times),
            _ => {}
        }
    }

    fn add(&mut self, duration: TicketDuration, value: Span, times: u64) {
        self.durations[duration as usize].add(value, times);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.created += other.created;
        self.resolved += other.resolved;
        self.reopened += other.reopened;
        self.closed += other.closed;
        self.escalated += other.escalated;
        self.deleted += other.deleted;
        self.expired += other.expired;
        for (own, other) in self.durations.iter_mut().zip(&other.durations) {
            own.merge(other);
        }
    }
}
