//! `estimated_wait`: how long who queues now will wait, if agents go on as they do.
//!
//! **Formula.** E = (H + L + Q x W / D) / 3. H is how long the head of the line waits by now, 0 if nobody does. L is the mean wait of those
//! who were answered last: in the shortest of the last 1, 5 and 15 minutes in which anybody was. W is that window, D the stays that left
//! the queue in it, answered or not, and Q those that wait now: so the last term is how long it takes until as many have left.
//!
//! **Why these three.** H and L are the head-of-line and last-to-enter-service estimators of Ibrahim and Whitt (Real-Time Delay Estimation
//! Based on Delay History, M&SOM 11(3), 2009): they know neither staffing nor patience, and so need none of it told; but they tell of
//! those who came earlier, and lag where a queue grows or empties. The last term is Little's law over the queue's own rate, which counts
//! those who give up as well (their queue-length estimators for queues with abandonment, Management Science 55(10), 2009); it leads
//! where the others lag, and is noisy. Their errors differ, so their mean has less than each.
//!
//! **How good.** Of 25,872 calls of a bank's call centre in February 1999 that were answered, and came within 15 minutes of another
//! answer, the mean absolute error was 30.5 s, where H alone had 31.6, L 40.1 and the last term 37.3; of the 6,732 that found somebody
//! waiting it was 57.9 s, and 62.8, 70.7 and 84.6. Patience, priorities and agents of several queues are the rest. `make test` measures it.
//!
//! **Absent** where nobody works for the queue: none of its agents is available, on a contact or in after-contact work; and of a queue
//! that no agent was told to be of, where nobody was answered within 15 minutes. Where agents work and nobody was answered it is H, which is
//! the least that it can be.
//!
//! **Invariant.** It is read from sums and a least moment alone, so figures of partitions merge first and are estimated from then. It
//! does not add up itself. How far off it is live, `crate::estimates` measures.

use super::agents::ByState;
use super::now::Now;
use crate::rules::StateId;
use crate::time::Span;
use crate::window::{Cell, Cells, Field};

/// The windows that those who were answered last are looked for in, shortest first.
pub const RECENT: [Span; 3] = [Span::from_seconds(60), Span::from_seconds(300), Span::from_seconds(900)];

/// What a queue did in one of the last windows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recent {
    /// Stays that were answered and whose wait is known.
    pub answered: i64,
    /// The sum of their waits, in milliseconds.
    pub waited: i64,
    /// Stays that ended: answered, abandoned or flowed out.
    pub left: i64,
}

/// Whether agents work for a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staffed {
    /// No agent was told to be of it.
    Unknown,
    /// Some are available, on a contact or in after-contact work.
    Yes,
    /// None is.
    No,
}

/// How long who queues now will wait; `None` where that is not known.
pub fn estimated_wait(now: &Now, staffed: Staffed) -> Option<Span> {
    let head = now.longest_wait.unwrap_or_default();
    let recent = RECENT.into_iter().zip(now.recent).find(|(_, recent)| recent.answered > 0);
    match (staffed, recent) {
        (Staffed::No, _) | (Staffed::Unknown, None) => None,
        (Staffed::Yes, None) => Some(head),
        (_, Some((window, recent))) => Some(recent.estimate(head, now.waiting, window)),
    }
}

impl Recent {
    fn estimate(&self, head: Span, waiting: u64, window: Span) -> Span {
        let last = self.waited / self.answered;
        let ahead = i64::try_from(waiting).unwrap_or(i64::MAX);
        let to_leave = ahead.saturating_mul(window.as_millis()) / self.left.max(1);
        let sum = head.as_millis().saturating_add(last).saturating_add(to_leave);
        Span::from_millis(sum / 3)
    }

    /// Adds what was done elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.answered += other.answered;
        self.waited += other.waited;
        self.left += other.left;
    }
}

impl Cells for Recent {
    fn add(&mut self, cell: Cell, count: i64) {
        match cell.field_is(Field::SpeedOfAnswer) {
            true if cell == Cell::sum(Field::SpeedOfAnswer) => self.waited += count,
            true => self.answered += count,
            false
                if [Field::Answered, Field::Abandoned, Field::FlowedOut].iter().any(|field| cell.field_is(*field)) =>
            {
                self.left += count;
            }
            false => {}
        }
    }
}

impl Staffed {
    /// By the agents of a queue, those who are offline among them.
    pub fn of(agents: Option<&ByState>) -> Self {
        const WORKING: [StateId; 3] = [StateId::AVAILABLE, StateId::ON_CONTACT, StateId::AFTER_CONTACT];
        let works = |agents: &ByState| WORKING.iter().any(|state| agents.get(state).is_some_and(|count| *count > 0));
        match agents {
            Some(agents) if works(agents) => Self::Yes,
            Some(_) => Self::No,
            None => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{AbandonCause, FlowCause};
    use crate::measure::{Measure, Patience};
    use crate::window::{Level, Tally};
    use proptest::prelude::*;

    fn seconds(seconds: i64) -> Span {
        Span::from_seconds(seconds)
    }

    fn now(waiting: u64, head: Option<i64>, recent: [(i64, i64, i64); 3]) -> Now {
        let recent = recent.map(|(answered, waited, left)| Recent { answered, waited: waited * 1_000, left });
        Now { waiting, longest_wait: head.map(seconds), recent, ..Now::default() }
    }

    const NOTHING: (i64, i64, i64) = (0, 0, 0);

    #[test]
    fn it_is_the_mean_of_the_head_the_last_waits_and_the_time_until_as_many_have_left() {
        let now = now(4, Some(60), [(2, 60, 3), (9, 9, 9), (9, 9, 9)]);
        assert_eq!(estimated_wait(&now, Staffed::Yes), Some(seconds((60 + 30 + 80) / 3) + Span::from_millis(666)));
        assert_eq!(estimated_wait(&now, Staffed::Unknown), estimated_wait(&now, Staffed::Yes));
        assert_eq!(estimated_wait(&now, Staffed::No), None);
    }

    #[test]
    fn the_shortest_window_with_an_answer_is_looked_at() {
        let now = now(0, None, [(0, 0, 2), (0, 0, 2), (3, 90, 5)]);
        assert_eq!(estimated_wait(&now, Staffed::Yes), Some(seconds(10)), "a third of 30 s: nobody waits");
    }

    #[test]
    fn where_nobody_was_answered_it_is_the_wait_of_the_head_or_not_known() {
        let now = now(1, Some(40), [NOTHING; 3]);
        assert_eq!(estimated_wait(&now, Staffed::Yes), Some(seconds(40)));
        assert_eq!(estimated_wait(&now, Staffed::Unknown), None);
        assert_eq!(estimated_wait(&Now::default(), Staffed::Yes), Some(Span::ZERO));
    }

    #[test]
    fn a_queue_is_staffed_by_those_who_work() {
        let by_state = |state, count| ByState::from([(state, count)]);
        assert_eq!(Staffed::of(None), Staffed::Unknown);
        assert_eq!(Staffed::of(Some(&by_state(StateId(4), 3))), Staffed::No, "all have a break");
        assert_eq!(Staffed::of(Some(&by_state(StateId::OFFLINE, 3))), Staffed::No);
        assert_eq!(Staffed::of(Some(&by_state(StateId::AFTER_CONTACT, 1))), Staffed::Yes);
    }

    fn measure() -> impl Strategy<Value = Measure> {
        let wait = |ms: i64| Some(Span::from_millis(ms));
        prop_oneof![
            (0..100_000_i64).prop_map(move |ms| Measure::Answered { wait: wait(ms), within: ms < 20_000 }),
            Just(Measure::Answered { wait: None, within: true }),
            (0..100_000_i64).prop_map(move |ms| Measure::Abandoned {
                wait: wait(ms),
                patience: Patience::Short,
                cause: AbandonCause::Customer,
            }),
            (0..FlowCause::ALL.len())
                .prop_map(|cause| Measure::FlowedOut { cause: FlowCause::ALL[cause], within: false }),
            Just(Measure::Offered),
        ]
    }

    proptest! {
        #[test]
        fn what_is_recent_is_what_a_tally_of_the_same_tells(measures in proptest::collection::vec(measure(), 0..40)) {
            let (mut recent, mut tally) = (Recent::default(), Tally::default());
            for measure in &measures {
                recent.book(measure, Level::default(), 1);
                tally.book(measure, Level::default(), 1);
            }
            let (samples, sum) = tally.samples(Field::SpeedOfAnswer);
            let flowed_out = tally.total(Field::FlowedOut);
            prop_assert_eq!(recent.answered, samples.map(|(_, count)| count).sum::<i64>());
            prop_assert_eq!(recent.waited, sum.as_millis());
            prop_assert_eq!(recent.left, tally.count(Field::Answered) + tally.count(Field::Abandoned) + flowed_out);
        }
    }
}
