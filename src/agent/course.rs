//! The sealed stretches of one agent, as far back as some window looks, and the sums of what was before.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::stretch::{Stretch, Sums};
use crate::rules::AgentRules;
use crate::time::EventTime;
use crate::window::Tally;

/// What an agent did.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Course {
    older: Tally,                 // of the time before the first stretch
    stretches: VecDeque<Stretch>, // sorted, no two in a row do the same
    run_from: Option<EventTime>,  // since when the first stretch's state holds; the stretch's own start without
}

impl Course {
    /// Goes on with a stretch, which takes the place of whatever begins with it or later.
    pub fn push(&mut self, stretch: Stretch) {
        let stretch = self.placed(stretch);
        while self.stretches.back().is_some_and(|last| last.from >= stretch.from) {
            self.stretches.pop_back();
        }
        if self.stretches.is_empty() {
            self.run_from = None;
        }
        if self.stretches.back().is_none_or(|last| last.doing != stretch.doing) {
            self.stretches.push_back(stretch);
        }
    }

    /// The stretch, not before what is only a sum.
    pub fn placed(&self, stretch: Stretch) -> Stretch {
        let first = self.stretches.front().filter(|_| !self.older.is_empty());
        Stretch { from: first.map_or(stretch.from, |first| stretch.from.max(first.from)), ..stretch }
    }

    /// Adds up and lets go of the stretches that end before a moment.
    pub fn roll(&mut self, before: EventTime, rules: &AgentRules) {
        while self.shorten(before, rules) {}
        if self.stretches.capacity() > 2 * self.stretches.len().max(8) {
            self.stretches.shrink_to_fit();
        }
    }

    /// Adds up and lets go of the first stretch, if it ends by a moment.
    pub fn shorten(&mut self, by: EventTime, rules: &AgentRules) -> bool {
        let (Some(first), Some(second)) = (self.stretches.front().copied(), self.stretches.get(1).copied()) else {
            return false;
        };
        if second.from > by {
            return false;
        }
        let mut sums = Sums::new();
        sums.add(first.doing, second.from - first.from, rules);
        sums.add_to(&mut self.older);
        let is_same_state = first.doing.state == second.doing.state;
        self.run_from = is_same_state.then(|| self.run_from.unwrap_or(first.from));
        self.stretches.pop_front();
        true
    }

    /// The sums of the time before the first stretch.
    pub fn older(&self) -> &Tally {
        &self.older
    }

    /// Since when the first stretch's state holds.
    pub fn run_from(&self) -> Option<EventTime> {
        self.run_from.or(self.stretches.front().map(|first| first.from))
    }

    /// How many stretches there are.
    pub fn len(&self) -> usize {
        self.stretches.len()
    }

    /// How many stretches begin before a moment.
    pub fn begun_before(&self, at: EventTime) -> usize {
        self.stretches.partition_point(|stretch| stretch.from < at)
    }

    /// The stretches from the one with this number up to, and without, that one.
    pub fn range(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = Stretch> {
        self.stretches.range(from.min(to)..to).copied()
    }
}
