//! What the counters of agents have taken.
//!
//! **Time.** It is taken once it is final, state by state. Where a change tells later what was so then, the time that it tells of
//! is taken at once, as is every late booking, and what was taken wrongly counts as a correction.

use std::collections::BTreeMap;

use crate::measure::{Booking, Measure, Scope};
use crate::time::Span;
use crate::timeline::Taken;
use crate::window::{Cells, Tally};

/// The counters of agents, by a key of the owner's choice: numbers within a shard, names outside.
#[derive(Clone, Debug)]
pub struct AgentsCounters<K>(BTreeMap<K, AgentCounters>);

/// The counters of one agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentCounters {
    /// Contacts answered as the primary agent.
    pub answered: u64,
    /// Alerts that rang out or were refused.
    pub missed_alerts: u64,
    /// Legs handled to their end.
    pub legs_handled: u64,
    /// Their talk, hold and after-contact work.
    pub handle: Span,
    /// Tickets resolved, each time.
    pub tickets_resolved: u64,
    /// Time by state, and busy and idle, as in windows.
    pub time: Tally,
}

/// Counters at 0.
impl<K> Default for AgentsCounters<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> AgentsCounters<K> {
    /// Takes what became final of the bookings of agents. `key` says whose a booking is.
    pub fn take(&mut self, taken: &Taken, mut key: impl FnMut(&Scope) -> Option<K>) {
        for (scope, bookings) in taken.bookings.by_scope() {
            if let Some(key) = key(scope) {
                let own = self.0.entry(key).or_default();
                bookings.iter().for_each(|(booking, times)| own.book(booking, super::counted(*times)));
            }
        }
    }

    /// Takes time that became final. True: some of it is less than was taken, which is a correction and lowers nothing.
    pub fn pass(&mut self, key: K, passed: &Tally) -> bool {
        let own = self.0.entry(key).or_default();
        passed.iter().filter(|(_, ms)| *ms > 0).for_each(|(cell, ms)| own.time.add(cell, ms));
        passed.iter().any(|(_, ms)| ms < 0)
    }

    /// The counters of every agent.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &AgentCounters)> {
        self.0.iter()
    }

    /// Adds the counters of others, their keys renamed.
    pub fn merge<J: Ord>(&mut self, other: &AgentsCounters<J>, rename: impl Fn(&J) -> K) {
        for (key, counters) in &other.0 {
            self.0.entry(rename(key)).or_default().merge(counters);
        }
    }
}

impl AgentCounters {
    fn book(&mut self, booking: &Booking, times: u64) {
        match booking.measure {
            Measure::AnsweredByAgent => self.answered += times,
            Measure::MissedAlert(_) => self.missed_alerts += times,
            Measure::Handle(handle) => {
                self.legs_handled += times;
                let times = i64::try_from(times).expect("a booking counts a few times");
                self.handle += Span::from_millis(handle.as_millis() * times);
            }
            Measure::Resolved { .. } => self.tickets_resolved += times,
            _ => {}
        }
    }

    fn merge(&mut self, other: &Self) {
        self.answered += other.answered;
        self.missed_alerts += other.missed_alerts;
        self.legs_handled += other.legs_handled;
        self.handle += other.handle;
        self.tickets_resolved += other.tickets_resolved;
        self.time.merge(&other.time);
    }
}
