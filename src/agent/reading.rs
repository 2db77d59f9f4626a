//! A timeline as it reads at one moment.

use std::borrow::Cow;
use std::ops::Range;

use super::change::{Change, Order};
use super::course::Course;
use super::standing::Standing;
use super::stretch::{Stretch, Sums};
use crate::id::QueueId;
use crate::rules::{Rules, StateId};
use crate::time::{EventTime, Span};
use crate::window::{Tally, ceil};

/// A timeline as it reads at one moment.
#[derive(Debug)]
pub struct Reading<'a> {
    course: &'a Course,
    stands: usize, // so many sealed stretches, the rest of them is told otherwise
    tail: Vec<Stretch>,
    standing: Cow<'a, Standing>,
    last: &'a Order,
    at: EventTime,
    rules: &'a Rules,
}

impl<'a> Reading<'a> {
    /// What is sealed, with these changes and with what lapsed before `at`. `None`: nothing was ever told.
    pub(super) fn new(
        course: &'a Course,
        sealed: &'a Standing,
        changes: &'a [Change],
        at: EventTime,
        rules: &'a Rules,
    ) -> Option<Self> {
        let last = changes.last().map(|change| &change.instant).or(sealed.last.as_ref())?;
        let (mut tail, mut standing) = (Vec::new(), Cow::Borrowed(sealed));
        if !changes.is_empty() || sealed.deadline(rules).is_some_and(|deadline| deadline < at) {
            let own = standing.to_mut();
            let mut emit = |stretch| push(&mut tail, course.placed(stretch));
            changes.iter().for_each(|change| own.apply(change, None, rules, &mut emit));
            own.lapse(at, rules, &mut emit);
        }
        let stands = tail.first().map_or(course.len(), |first| course.begun_before(first.from));
        Some(Self { course, stands, tail, standing, last, at, rules })
    }

    /// The place of the last change.
    pub fn last(&self) -> &'a Order {
        self.last
    }

    /// The state.
    pub fn state(&self) -> StateId {
        self.standing.doing.state
    }

    /// Since when it is so, without a break.
    pub fn state_since(&self) -> EventTime {
        let mut since = None;
        for stretch in self.stretches(0).rev() {
            if stretch.doing.state != self.state() {
                return since.unwrap_or(self.at);
            }
            since = Some(stretch.from);
        }
        let is_first_sealed = self.stands > 0;
        self.course.run_from().filter(|_| is_first_sealed).or(since).unwrap_or(self.at)
    }

    /// The contacts in hand, where they are told.
    pub fn in_hand(&self) -> Option<u16> {
        self.standing.doing.active.get()
    }

    /// The contacts that the agent may have in hand, where that is told.
    pub fn capacity(&self) -> Option<u16> {
        self.standing.doing.capacity.get()
    }

    /// The agent's queues, with the state in each.
    pub fn queues(&self) -> impl Iterator<Item = (QueueId, StateId)> {
        self.standing.in_queues()
    }

    /// Adds the time of a window, in slots of this length; of `None`, all time.
    pub fn add_window(&self, window: Option<&Range<EventTime>>, slot: Span, tally: &mut Tally) {
        match window {
            Some(window) => self.add_between(ceil(window.start, slot)..window.end, tally),
            None => {
                tally.merge(self.course.older());
                self.add_from(0, (EventTime::MIN, self.at), tally);
            }
        }
    }

    /// Adds the time from a moment to another, as far as it has passed.
    pub fn add_between(&self, time: Range<EventTime>, tally: &mut Tally) {
        let first = self.course.begun_before(time.start).saturating_sub(1);
        self.add_from(first, (time.start, time.end.min(self.at)), tally);
    }

    fn add_from(&self, first: usize, time: (EventTime, EventTime), tally: &mut Tally) {
        let mut sums = Sums::new();
        sums.add_all(self.stretches(first), time, &self.rules.agents);
        sums.add_to(tally);
    }

    fn stretches(&self, first: usize) -> impl DoubleEndedIterator<Item = Stretch> {
        self.course.range(first, self.stands).chain(self.tail.iter().copied())
    }
}

/// Goes on with a stretch, which takes the place of whatever begins with it or later.
fn push(tail: &mut Vec<Stretch>, stretch: Stretch) {
    while tail.last().is_some_and(|last| last.from >= stretch.from) {
        tail.pop();
    }
    tail.push(stretch);
}
