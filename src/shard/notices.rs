//! What is told of queues and feeds, apart from contacts: a queue opened or closed by hand, a feed that is alive.
//!
//! **Why a list and not the latest.** Figures are read as of moments up to `lateness` ago, and a change may arrive out of order;
//! so what is unsealed is kept, and of what is sealed the last.
//!
//! **Invariant.** The state of a queue at t is that of its latest change up to t by (time, `seq`, id), whatever order they came in.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::event::QueueState;
use crate::limits::NOTICES_MAX;
use crate::time::{EventTime, Span};

/// One change of a queue's state, in its order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Change {
    /// When.
    pub at: EventTime,
    /// Order among changes of one instant.
    pub seq: i64,
    /// The event's id.
    pub id: Box<str>,
    /// The state from then on.
    pub state: QueueState,
}

/// The changes of one queue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Changes(VecDeque<Change>); // sorted; all but the first are unsealed

impl Changes {
    /// Sorts a change in. False: it is known, or so old that it would change nothing.
    pub fn add(&mut self, change: Change, line: EventTime) -> bool {
        let is_too_old = self.0.front().is_some_and(|first| first.at < line && change < *first);
        if is_too_old || self.0.iter().any(|known| known.id == change.id) {
            return false;
        }
        let place = self.0.partition_point(|known| *known < change);
        self.0.insert(place, change);
        while self.0.len() > NOTICES_MAX || self.0.get(1).is_some_and(|second| second.at < line) {
            self.0.pop_front();
        }
        true
    }

    /// The last change up to a moment.
    pub fn as_of(&self, at: EventTime) -> Option<&Change> {
        self.0.iter().rfind(|change| change.at <= at)
    }
}

/// What is known of one feed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Feed {
    latest: Option<(EventTime, Option<Span>)>,
    beats: VecDeque<(EventTime, u64)>,
}

impl Feed {
    /// Notes an event of the feed, and the broker's time of its record where there is a broker.
    pub fn note(&mut self, at: EventTime, recorded_at: Option<EventTime>) {
        if self.latest.is_none_or(|(latest, _)| latest <= at) {
            self.latest = Some((at, recorded_at.map(|recorded| recorded - at)));
        }
    }

    /// Notes a heartbeat. False: it is known, or so old that it changes nothing.
    pub fn beat(&mut self, at: EventTime, id: u64, line: EventTime) -> bool {
        let is_too_old = at < line && self.latest.is_some_and(|(latest, _)| at < latest);
        if is_too_old || self.beats.iter().any(|(_, known)| *known == id) {
            return false;
        }
        self.beats.push_back((at, id));
        while self.beats.len() > NOTICES_MAX || self.beats.front().is_some_and(|(first, _)| *first < line) {
            self.beats.pop_front();
        }
        true
    }

    /// The time of the latest event, and by how much the broker's time of its record was later.
    pub fn latest(&self) -> Option<(EventTime, Option<Span>)> {
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> EventTime {
        EventTime::from_millis(second * 1_000)
    }

    fn change(second: i64, id: &str, state: QueueState) -> Change {
        Change { at: at(second), seq: 0, id: id.into(), state }
    }

    #[test]
    fn the_state_is_that_of_the_latest_change_whatever_order_they_came_in() {
        let mut changes = Changes::default();
        assert!(changes.add(change(20, "b", QueueState::Open), at(0)));
        assert!(changes.add(change(10, "a", QueueState::Closed), at(0)));
        assert!(!changes.add(change(10, "a", QueueState::Closed), at(0)), "told again");
        let state = |second| changes.as_of(at(second)).map(|change| change.state);
        assert_eq!((state(9), state(10), state(20)), (None, Some(QueueState::Closed), Some(QueueState::Open)));
    }

    #[test]
    fn what_is_older_than_the_last_sealed_change_changes_nothing() {
        let mut changes = Changes::default();
        for second in 0..5 {
            changes.add(change(second * 10, &second.to_string(), QueueState::Open), at(second * 10 - 15));
        }
        assert!(!changes.add(change(1, "late", QueueState::Closed), at(35)));
        assert!(changes.add(change(36, "timely", QueueState::Closed), at(35)));
    }

    #[test]
    fn a_heartbeat_told_again_is_known() {
        let mut feed = Feed::default();
        assert!(feed.beat(at(10), 1, at(0)));
        assert!(!feed.beat(at(10), 1, at(0)));
        feed.note(at(10), Some(at(12)));
        assert_eq!(feed.latest(), Some((at(10), Some(Span::from_seconds(2)))));
    }
}
