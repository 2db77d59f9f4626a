//! How far off estimated waits are: what was shown when a contact queued, against how long it then waited.
//!
//! **Formula.** The mean of |w - e| over the contacts that were answered within the last hour, where w is how long one waited, and e the
//! estimate (`kpi::estimated_wait`) that was the newest when it queued. It is measured where one was shown then, at most two minutes
//! old; of who gave up nobody knows how long it would have been.
//!
//! **How.** At each look the estimates are noted. Who was answered since the look before is the difference of two distributions of all
//! time, so a wait is known to a bucket (0.4 %), and the answer to half the time between two looks: it is taken for the middle. What turns
//! out otherwise leaves the difference again.
//!
//! **Why not a fold.** A partition knows its own part of a queue, so none knows what was estimated of all of it when somebody queued, and
//! it depends on when somebody looked. So this is the memory of one instance that owns every partition, as a `Judge` is: in no shard
//! and no hash, and a restart begins anew.
//!
//! **Bounds.** Looks count at most every ten seconds, and what is older than an hour is forgotten: 11 kB a queue and channel.

use std::collections::{BTreeMap, VecDeque};

use crate::kpi::{Floor, Now, Staffed, estimated_wait};
use crate::rules::Window;
use crate::time::{EventTime, Span};
use crate::view::View;
use crate::window::{Field, Tally, middle};

/// What is older is forgotten: estimates, and errors.
const MEMORY: Span = Span::from_seconds(3_600);
/// Looks that follow sooner are passed over.
const APART_MIN: Span = Span::from_seconds(10);
/// An older estimate is no longer what is shown; between looks further apart nobody knows when who was answered.
const APART_MAX: Span = Span::from_seconds(120);
/// Errors of a minute are added up.
const MINUTE: Span = Span::from_seconds(60);

/// The estimates of the last hour, and how far off they were.
#[derive(Debug, Default)]
pub struct Estimates {
    last: Option<EventTime>,
    queues: BTreeMap<String, BTreeMap<String, Known>>,
}

/// What is known of a queue and channel.
#[derive(Debug, Default)]
struct Known {
    shown: VecDeque<(EventTime, Option<Span>)>,
    answered: Vec<(u16, i64)>, // of all time, by bucket of the wait
    errors: VecDeque<(EventTime, Error)>,
}

/// How far off estimates were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Error {
    /// Those whose wait was estimated and is known.
    pub count: i64,
    /// By how much all these estimates were off, in milliseconds.
    pub sum_ms: i64,
}

impl Estimates {
    /// Looks at the figures of the whole centre as of a moment, with those of all time among them. One that is not later than the
    /// last by ten seconds is passed over.
    pub fn look(&mut self, view: &View, at: EventTime) {
        let since = self.last.map(|last| at - last);
        if since.is_some_and(|since| since < APART_MIN) {
            return;
        }
        self.last = Some(at);
        let Some(all) = view.windows.iter().position(|window| *window == Window::All) else { return };
        let floor = Floor::of(view.presence.values());
        for (queue, channels) in &view.queues {
            let staffed = Staffed::of(floor.queues.get(queue.as_str()));
            for (channel, series) in channels {
                let Some(tally) = series.tallies.get(all) else { continue };
                let known = self.known(queue, channel);
                known.look(at, since, &series.now, staffed, tally);
            }
        }
        self.queues.retain(|_, channels| {
            channels.retain(|_, known| known.shown.back().is_some_and(|(shown, _)| *shown == at));
            !channels.is_empty()
        });
    }

    /// Forgets all: another instance owns a part of the centre, and nothing is known of it.
    pub fn forget(&mut self) {
        *self = Self::default();
    }

    /// How far off the estimates of a queue and channel were in the last hour; `None` where none can be measured.
    pub fn error(&self, queue: &str, channel: &str) -> Option<Error> {
        self.queues.get(queue)?.get(channel)?.error()
    }

    /// The same of all queues and channels where it can be, in order.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str, Error)> {
        self.queues.iter().flat_map(|(queue, channels)| {
            channels.iter().filter_map(move |(channel, known)| Some((&**queue, &**channel, known.error()?)))
        })
    }

    fn known(&mut self, queue: &str, channel: &str) -> &mut Known {
        if !self.queues.contains_key(queue) {
            self.queues.insert(queue.to_owned(), BTreeMap::new());
        }
        let channels = self.queues.get_mut(queue).expect("just added");
        if !channels.contains_key(channel) {
            channels.insert(channel.to_owned(), Known::default());
        }
        channels.get_mut(channel).expect("just added")
    }
}

impl Error {
    /// The mean.
    pub fn mean(self) -> Span {
        Span::from_millis(self.sum_ms.max(0) / self.count.max(1))
    }

    /// Both together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { count: self.count + other.count, sum_ms: self.sum_ms + other.sum_ms }
    }
}

impl Known {
    fn error(&self) -> Option<Error> {
        let sum = self.errors.iter().fold(Error::default(), |sum, (_, error)| sum.and(*error));
        (sum.count > 0).then_some(sum)
    }

    fn look(&mut self, at: EventTime, since: Option<Span>, now: &Now, staffed: Staffed, tally: &Tally) {
        let (answered, _) = tally.samples(Field::SpeedOfAnswer);
        let is_as_it_was = answered.clone().eq(self.answered.iter().copied());
        if !is_as_it_was {
            let answered: Vec<(u16, i64)> = answered.collect();
            if let Some(since) = since.filter(|since| *since <= APART_MAX) {
                self.measure(at, since, &answered);
            }
            self.answered = answered;
        }
        self.shown.push_back((at, estimated_wait(now, staffed)));
        while self.shown.front().is_some_and(|(shown, _)| *shown < at - MEMORY) {
            self.shown.pop_front();
        }
        while self.errors.front().is_some_and(|(minute, _)| *minute < at - MEMORY) {
            self.errors.pop_front();
        }
    }

    /// Adds the errors of those who were answered since the last look.
    fn measure(&mut self, at: EventTime, since: Span, answered: &[(u16, i64)]) {
        let middle_of_looks = at - Span::from_millis(since.as_millis() / 2);
        let mut error = Error::default();
        for (bucket, count) in differences(&self.answered, answered) {
            let wait = middle(bucket);
            if let Some(estimate) = self.shown_at(middle_of_looks - wait) {
                error = error.and(Error { count, sum_ms: count * (wait - estimate).as_millis().abs() });
            }
        }
        match self.errors.back_mut() {
            Some((minute, sum)) if at - *minute < MINUTE => *sum = sum.and(error),
            _ => self.errors.push_back((at, error)),
        }
    }

    /// What was shown at a moment.
    fn shown_at(&self, at: EventTime) -> Option<Span> {
        let after = self.shown.partition_point(|(shown, _)| *shown <= at);
        let (shown, estimate) = self.shown.get(after.checked_sub(1)?)?;
        estimate.filter(|_| at - *shown <= APART_MAX)
    }
}

/// By how much each bucket grew; both are in order.
fn differences(before: &[(u16, i64)], now: &[(u16, i64)]) -> Vec<(u16, i64)> {
    let mut grown = Vec::new();
    let (mut before, mut now) = (before.iter().copied().peekable(), now.iter().copied().peekable());
    loop {
        let (old, new) = (before.peek().copied(), now.peek().copied());
        let Some(bucket) = old.into_iter().chain(new).map(|(bucket, _)| bucket).min() else { return grown };
        let was = before.next_if(|(own, _)| *own == bucket).map_or(0, |(_, count)| count);
        let is = now.next_if(|(own, _)| *own == bucket).map_or(0, |(_, count)| count);
        if is != was {
            grown.push((bucket, is - was));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::Recent;
    use crate::rules::Rules;
    use crate::window::{Cell, Cells, bucket};
    use proptest::prelude::*;

    const STEP: i64 = 15_000;

    fn at(ms: i64) -> EventTime {
        EventTime::from_millis(1_772_000_000_000 + ms)
    }

    /// The view of a queue whose estimate is this, and in which these waits ended so far; nobody works there if there is no estimate.
    fn view(estimate: Option<i64>, waits: &[i64]) -> View {
        let mut view = View::new(&Rules::default(), &[Window::All]);
        let series = view.series("sales", "voice");
        if let Some(ms) = estimate {
            let own = Recent { answered: 1, waited: 3 * ms, left: 1 };
            series.now.recent = [own; 3];
        }
        let mut tally = Tally::default();
        for wait in waits {
            let wait = Span::from_millis(*wait);
            tally.add(Cell::part(Field::SpeedOfAnswer, bucket(wait)), 1);
            tally.add(Cell::sum(Field::SpeedOfAnswer), wait.as_millis());
        }
        series.tallies = vec![tally];
        view
    }

    /// The mean of the errors that looks find at every step, in milliseconds.
    fn error(looks: &[(Option<i64>, Vec<i64>)]) -> Option<Error> {
        let (mut estimates, mut waits) = (Estimates::default(), Vec::new());
        for (step, (estimate, answered)) in (0_i64..).zip(looks) {
            waits.extend(answered);
            estimates.look(&view(*estimate, &waits), at(step * STEP));
        }
        estimates.error("sales", "voice")
    }

    #[test]
    fn a_wait_is_held_against_what_was_shown_when_it_began() {
        // Who was answered by the fourth look, after 20 s, had queued some 28 s before it: the second look's estimate was shown.
        let looks =
            [(Some(90_000), vec![]), (Some(30_000), vec![]), (Some(60_000), vec![]), (Some(60_000), vec![20_000])];
        let wait = middle(bucket(Span::from_seconds(20))).as_millis();
        assert_eq!(error(&looks), Some(Error { count: 1, sum_ms: 30_000 - wait }));
    }

    #[test]
    fn what_was_there_at_the_first_look_and_what_queued_before_it_is_not_measured() {
        assert_eq!(error(&[(Some(9_000), vec![1_000]), (Some(9_000), vec![])]), None);
        assert_eq!(error(&[(Some(9_000), vec![]), (Some(9_000), vec![60_000])]), None);
        assert_eq!(error(&[(None, vec![]), (None, vec![1_000])]), None, "no estimate was shown");
    }

    #[test]
    fn looks_too_near_are_passed_over_and_looks_too_far_apart_measure_nothing() {
        let mut estimates = Estimates::default();
        estimates.look(&view(Some(9_000), &[]), at(0));
        estimates.look(&view(Some(1_000), &[]), at(9_999));
        estimates.look(&view(Some(1_000), &[2_000]), at(20_000));
        let wait = middle(bucket(Span::from_seconds(2))).as_millis();
        assert_eq!(estimates.error("sales", "voice"), Some(Error { count: 1, sum_ms: 9_000 - wait }));
        estimates.look(&view(Some(1_000), &[2_000, 2_000]), at(140_001));
        assert_eq!(estimates.error("sales", "voice").map(|error| error.count), Some(1));
        estimates.look(&view(Some(1_000), &[2_000, 2_000]), at(3_700_000));
        assert_eq!(estimates.error("sales", "voice"), None, "an hour later");
        estimates.look(&view(Some(1_000), &[2_000, 2_000]), at(3_715_000));
        estimates.forget();
        assert!(estimates.queues.is_empty());
    }

    #[test]
    fn what_turns_out_otherwise_leaves_again() {
        let mut estimates = Estimates::default();
        estimates.look(&view(Some(9_000), &[]), at(0));
        estimates.look(&view(Some(9_000), &[2_000]), at(STEP));
        estimates.look(&view(Some(9_000), &[]), at(2 * STEP));
        assert_eq!(estimates.error("sales", "voice"), None);
    }

    /// The same from every single wait: the last estimate before it began, and how far that is off.
    fn naive(looks: &[(Option<i64>, Vec<i64>)]) -> Option<Error> {
        let mut sum = Error::default();
        for (step, (_, answered)) in (0_i64..).zip(looks).skip(1) {
            for wait in answered {
                let queued = step * STEP - STEP / 2 - wait;
                let shown = (0_i64..).zip(looks).take_while(|(at, _)| at * STEP <= queued).last();
                if let Some((_, (Some(estimate), _))) = shown {
                    sum = sum.and(Error { count: 1, sum_ms: (estimate - wait).abs() });
                }
            }
        }
        (sum.count > 0).then_some(sum)
    }

    proptest! {
        #[test]
        fn it_is_what_a_list_of_all_waits_gives(looks in prop::collection::vec(
            (prop::option::of(0_i64..400_000), prop::collection::vec(0_i64..300_000, 0..4)), 1..60,
        )) {
            let exactly = |wait: &i64| middle(bucket(Span::from_millis(*wait))).as_millis();
            let looks: Vec<(Option<i64>, Vec<i64>)> =
                looks.iter().map(|(estimate, waits)| (*estimate, waits.iter().map(exactly).collect())).collect();
            prop_assert_eq!(error(&looks), naive(&looks));
        }
    }
}
