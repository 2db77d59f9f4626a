//! What is so at one moment: facts, counted when somebody looks.
//!
//! `waiting` are the stays that are open, `longest_wait` the age of the oldest. `in_service` are contacts with an agent who talks
//! or holds, `in_after_contact` legs in after-contact work; only those of agents who serve an inbound contact. `callbacks_waiting`
//! are calls that were asked for and reached nobody yet, `oldest_callback` the age of the oldest. Ages run to the moment of
//! reading, on the clock of the feed (`feed_delay`).

use crate::time::{EventTime, Span};

/// What is so at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Stays that are open.
    pub waiting: u64,
    /// The oldest of them.
    pub oldest: Option<EventTime>,
    /// The age of the oldest.
    pub longest_wait: Option<Span>,
    /// Contacts with an agent who talks or holds.
    pub in_service: u64,
    /// Legs in after-contact work.
    pub in_after_contact: u64,
    /// Calls that are owed.
    pub callbacks_waiting: u64,
    /// The age of the oldest of them.
    pub oldest_callback: Option<Span>,
}

/// A KPI of now: its name in reports, and how it is read.
#[derive(Debug)]
pub struct NowKpi {
    /// The name in reports.
    pub name: &'static str,
    /// Its value.
    pub read: fn(&Now) -> NowFigure,
}

/// The value of a KPI of now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NowFigure {
    /// How many.
    Count(u64),
    /// The age of the oldest; `None` of nothing.
    Age(Option<Span>),
}

/// The KPIs of now of a queue and channel.
pub const NOW: &[NowKpi] = &[
    NowKpi { name: "waiting", read: |now| NowFigure::Count(now.waiting) },
    NowKpi { name: "longest_wait", read: |now| NowFigure::Age(now.longest_wait) },
    NowKpi { name: "in_service", read: |now| NowFigure::Count(now.in_service) },
    NowKpi { name: "in_after_contact", read: |now| NowFigure::Count(now.in_after_contact) },
    NowKpi { name: "callbacks_waiting", read: |now| NowFigure::Count(now.callbacks_waiting) },
    NowKpi { name: "oldest_callback", read: |now| NowFigure::Age(now.oldest_callback) },
];

impl Now {
    /// Adds a stay that waits since then.
    pub fn add_waiting(&mut self, since: EventTime, at: EventTime) {
        self.waiting += 1;
        self.oldest = Some(self.oldest.map_or(since, |oldest| oldest.min(since)));
        self.longest_wait = self.longest_wait.max(Some((at - since).at_least_zero()));
    }

    /// Adds a call that is owed since then.
    pub fn add_callback(&mut self, since: EventTime, at: EventTime) {
        self.callbacks_waiting += 1;
        self.oldest_callback = self.oldest_callback.max(Some((at - since).at_least_zero()));
    }

    /// Adds what is so elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.waiting += other.waiting;
        self.oldest = [self.oldest, other.oldest].into_iter().flatten().min();
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.in_service += other.in_service;
        self.in_after_contact += other.in_after_contact;
        self.callbacks_waiting += other.callbacks_waiting;
        self.oldest_callback = self.oldest_callback.max(other.oldest_callback);
    }
}
