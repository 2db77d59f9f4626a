//! What is so at one moment: facts, counted when somebody looks.
//!
//! `waiting` are the stays that are open, `longest_wait` the age of the oldest. `in_service` are contacts with an agent who talks
//! or holds, `in_after_contact` legs in after-contact work; only those of agents who serve an inbound contact. `callbacks_waiting`
//! are calls that were asked for and reached nobody yet, `oldest_callback` the age of the oldest. `backlog` are tickets that are
//! not resolved, `unassigned` those of them that no agent has, `awaiting_reply` those whose last public message is the customer's,
//! and `oldest_awaiting` the age of the oldest message that is unanswered. `backlog` is told by priority, status and age as well,
//! `unassigned` and `awaiting_reply` by priority; a bot's reply changes neither of the latter. Ages run to the moment of
//! reading, on the clock of the feed (`feed_delay`).

use std::collections::BTreeMap;

use super::estimated_wait::{RECENT, Recent};
use crate::event::Status;
use crate::id::PolicyId;
use crate::measure::SlaTarget;
use crate::time::{EventTime, Span};

/// What is so at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// Tickets that are not resolved.
    pub tickets: TicketsNow,
    /// What is promised of those that are open, by policy and target, in order.
    pub promises: Vec<((PolicyId, SlaTarget), PromiseNow)>,
    /// What was done in each window of [`RECENT`], as far as sliding windows are kept.
    pub recent: [Recent; RECENT.len()],
}

/// The promises of one policy and target, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromiseNow {
    /// Whose clock runs, and whose deadline has not passed.
    pub open: u64,
    /// Those of them whose deadline is within the policy's `warn_before`.
    pub at_risk: u64,
    /// Whose deadline passed, and of which what was promised did not come yet.
    pub breached_open: u64,
    /// The time to the nearest deadline that has not passed.
    pub next_deadline: Option<Span>,
}

impl PromiseNow {
    /// Adds what is so elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.open += other.open;
        self.at_risk += other.at_risk;
        self.breached_open += other.breached_open;
        let nearest = self.next_deadline.into_iter().chain(other.next_deadline).min();
        self.next_deadline = nearest;
    }
}

/// Tickets that are not resolved, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TicketsNow {
    /// By priority.
    pub by_priority: BTreeMap<String, PriorityNow>,
    /// How many have each status, in the order of [`Status::ALL`].
    pub by_status: [u64; Status::ALL.len()],
    /// How many are of each age, in the order of [`AGES`].
    pub by_age: [u64; AGES.len()],
    /// The age of the oldest unanswered message of a customer.
    pub oldest_awaiting: Option<Span>,
}

/// Tickets of one priority that are not resolved, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PriorityNow {
    /// All of them.
    pub backlog: u64,
    /// Those that are assigned to nobody.
    pub unassigned: u64,
    /// Those whose last public message is the customer's.
    pub awaiting_reply: u64,
}

/// Classes of age: the name, and the age at which the next begins.
pub const AGES: [(&str, Span); 7] = [
    ("under_1h", Span::from_seconds(3_600)),
    ("1h_to_4h", Span::from_seconds(4 * 3_600)),
    ("4h_to_1d", Span::from_seconds(86_400)),
    ("1d_to_3d", Span::from_seconds(3 * 86_400)),
    ("3d_to_7d", Span::from_seconds(7 * 86_400)),
    ("7d_to_30d", Span::from_seconds(30 * 86_400)),
    ("over_30d", Span::MAX),
];

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

/// A break-down of a KPI of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NowParts {
    /// The KPI.
    pub figure: &'static str,
    /// The name of the dimension.
    pub dimension: &'static str,
    /// How many of each value; none of them 0.
    pub values: Vec<(String, u64)>,
}

/// The KPIs of now of a queue and channel.
pub const NOW: &[NowKpi] = &[
    NowKpi { name: "waiting", read: |now| NowFigure::Count(now.waiting) },
    NowKpi { name: "longest_wait", read: |now| NowFigure::Age(now.longest_wait) },
    NowKpi { name: "in_service", read: |now| NowFigure::Count(now.in_service) },
    NowKpi { name: "in_after_contact", read: |now| NowFigure::Count(now.in_after_contact) },
    NowKpi { name: "callbacks_waiting", read: |now| NowFigure::Count(now.callbacks_waiting) },
    NowKpi { name: "oldest_callback", read: |now| NowFigure::Age(now.oldest_callback) },
    NowKpi { name: "backlog", read: |now| NowFigure::Count(now.tickets.sum(|own| own.backlog)) },
    NowKpi { name: "unassigned", read: |now| NowFigure::Count(now.tickets.sum(|own| own.unassigned)) },
    NowKpi { name: "awaiting_reply", read: |now| NowFigure::Count(now.tickets.sum(|own| own.awaiting_reply)) },
    NowKpi { name: "oldest_awaiting", read: |now| NowFigure::Age(now.tickets.oldest_awaiting) },
];

impl Now {
    /// Adds a stay that waits since then.
    pub fn add_waiting(&mut self, since: EventTime, at: EventTime) {
        self.waiting += 1;
        self.oldest = Some(self.oldest.map_or(since, |oldest| oldest.min(since)));
        self.longest_wait = self.longest_wait.max(Some((at - since).at_least_zero()));
    }

    /// Adds promises of a policy and target.
    pub fn add_promises(&mut self, key: (PolicyId, SlaTarget), now: &PromiseNow) {
        match self.promises.binary_search_by_key(&key, |(key, _)| *key) {
            Ok(place) => self.promises[place].1.merge(now),
            Err(place) => self.promises.insert(place, (key, *now)),
        }
    }

    /// What is so of the promises of a policy and target.
    pub fn promise(&self, key: (PolicyId, SlaTarget)) -> PromiseNow {
        let known = self.promises.binary_search_by_key(&key, |(key, _)| *key);
        known.map_or_else(|_| PromiseNow::default(), |place| self.promises[place].1)
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
        self.tickets.merge(&other.tickets);
        other.promises.iter().for_each(|(key, now)| self.add_promises(*key, now));
        self.recent.iter_mut().zip(&other.recent).for_each(|(own, other)| own.merge(other));
    }

    /// Whether nothing is so now, whatever was done lately.
    pub fn is_zero(&self) -> bool {
        *self == Self { recent: self.recent, ..Self::default() }
    }
}

impl TicketsNow {
    /// Adds an unresolved ticket of this status and age, with a question that is this old where one is unanswered.
    pub fn add(&mut self, status: Status, age: Span, awaiting: Option<Span>) {
        self.by_status[status as usize] += 1;
        let class = AGES.iter().position(|(_, end)| age < *end).unwrap_or(AGES.len() - 1);
        self.by_age[class] += 1;
        self.oldest_awaiting = self.oldest_awaiting.max(awaiting.map(Span::at_least_zero));
    }

    /// The break-downs of what is counted.
    pub fn parts(&self) -> [NowParts; 5] {
        [
            self.by_priority("backlog", |own| own.backlog),
            NowParts::new("backlog", "status", Status::ALL.iter().map(|status| status.name()).zip(self.by_status)),
            NowParts::new("backlog", "age", AGES.iter().map(|(name, _)| *name).zip(self.by_age)),
            self.by_priority("unassigned", |own| own.unassigned),
            self.by_priority("awaiting_reply", |own| own.awaiting_reply),
        ]
    }

    fn by_priority(&self, figure: &'static str, read: impl Fn(&PriorityNow) -> u64) -> NowParts {
        let values = self.by_priority.iter().map(|(priority, own)| (priority.as_str(), read(own)));
        NowParts::new(figure, "priority", values)
    }

    /// A number over all priorities.
    pub fn sum(&self, read: impl Fn(&PriorityNow) -> u64) -> u64 {
        self.by_priority.values().map(read).sum()
    }

    fn merge(&mut self, other: &Self) {
        for (priority, own) in &other.by_priority {
            self.by_priority.entry(priority.clone()).or_default().merge(own);
        }
        self.by_status.iter_mut().zip(other.by_status).for_each(|(own, other)| *own += other);
        self.by_age.iter_mut().zip(other.by_age).for_each(|(own, other)| *own += other);
        self.oldest_awaiting = self.oldest_awaiting.max(other.oldest_awaiting);
    }
}

impl NowParts {
    fn new<'a>(figure: &'static str, dimension: &'static str, values: impl Iterator<Item = (&'a str, u64)>) -> Self {
        let values = values.filter(|(_, count)| *count > 0).map(|(value, count)| (value.to_owned(), count));
        Self { figure, dimension, values: values.collect() }
    }
}

impl PriorityNow {
    /// Adds what is so elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.backlog += other.backlog;
        self.unassigned += other.unassigned;
        self.awaiting_reply += other.awaiting_reply;
    }
}
