//! A distribution of durations: how many, their exact sum, and percentiles within 1 %.
//!
//! Percentiles are by nearest rank: the p-th is the least value with at least p % of the samples at or below it. Minimum,
//! maximum and percentiles are the middles of their buckets, off by at most 0.4 %; they are never averaged or summed.
//!
//! **Why it borrows.** A scrape reads some distributions of each queue and window and shows six numbers of each; their samples stay
//! where they are, in the tally.

use crate::time::Span;
use crate::window::{Field, Parts, Tally, middle};

/// Durations, as they are reported.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Distribution<'a> {
    /// How many.
    pub count: i64,
    /// Their sum, exact.
    pub sum: Span,
    samples: Parts<'a>, // how many in each bucket, shortest first, none empty
    more: Parts<'a>,    // those of another field, likewise
}

impl<'a> Distribution<'a> {
    /// The distribution of a duration field.
    pub fn of(tally: &'a Tally, field: Field) -> Self {
        let (samples, sum) = tally.samples(field);
        Self { count: samples.clone().map(|(_, count)| count).sum(), sum, samples, more: Parts::default() }
    }

    /// These and others together, each of one field.
    pub(super) fn with(&self, others: &Self) -> Self {
        Self {
            count: self.count + others.count,
            sum: self.sum + others.sum,
            samples: self.samples.clone(),
            more: others.samples.clone(),
        }
    }

    /// The mean in seconds; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count != 0).then(|| self.sum.as_seconds() / self.count as f64)
    }

    /// The shortest.
    pub fn min(&self) -> Option<Span> {
        let shortest = [&self.samples, &self.more].map(|samples| samples.clone().next());
        shortest.into_iter().flatten().map(|(bucket, _)| bucket).min().map(middle)
    }

    /// The longest.
    pub fn max(&self) -> Option<Span> {
        let longest = [&self.samples, &self.more].map(|samples| samples.clone().next_back());
        longest.into_iter().flatten().map(|(bucket, _)| bucket).max().map(middle)
    }

    /// The percentile by nearest rank; `percent` in (0, 100].
    pub fn percentile(&self, percent: i64) -> Option<Span> {
        let rank = (self.count * percent + 99) / 100;
        let bucket = match self.more.is_empty() {
            true => holding(rank, self.samples.clone()),
            false => holding(rank, in_order(self.samples.clone(), self.more.clone())),
        };
        bucket.map(middle)
    }
}

/// The bucket that holds the sample of a rank.
fn holding(rank: i64, samples: impl Iterator<Item = (u16, i64)>) -> Option<u16> {
    let mut below = 0;
    let mut up_to = samples.map(|(bucket, count)| {
        below += count;
        (bucket, below)
    });
    up_to.find(|(_, below)| *below >= rank).map(|(bucket, _)| bucket)
}

/// The samples of two fields, shortest first.
fn in_order(one: Parts<'_>, other: Parts<'_>) -> impl Iterator<Item = (u16, i64)> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some((left, _)), Some((right, _))) if right < left => other.next(),
        (None, Some(_)) => other.next(),
        _ => one.next(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Cells;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_sorted_samples(values in proptest::collection::vec(0i64..10_000_000, 1..200),
                                                       percent in 1i64..=100) {
            let mut tally = Tally::default();
            for ms in &values {
                tally.add_duration(Field::HandleTime, Span::from_millis(*ms), 1);
            }
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let rank = (sorted.len() * percent as usize).div_ceil(100);
            let exact = sorted[rank - 1];
            let distribution = Distribution::of(&tally, Field::HandleTime);
            let read = distribution.percentile(percent).unwrap().as_millis();
            prop_assert!((read - exact).abs() * 100 <= exact, "{} read for {}", read, exact);
            prop_assert_eq!(distribution.sum.as_millis(), values.iter().sum::<i64>());
        }
    }

    proptest! {
        #[test]
        fn two_fields_together_are_what_one_field_with_all_samples_is(one in proptest::collection::vec(0i64..100_000, 0..40),
                                                                      other in proptest::collection::vec(0i64..100_000, 0..40),
                                                                      percent in 1i64..=100) {
            let (mut apart, mut whole) = (Tally::default(), Tally::default());
            for (field, values) in [(Field::ResolutionFirst, &one), (Field::ResolutionAgain, &other)] {
                for ms in values {
                    apart.add_duration(field, Span::from_millis(*ms), 1);
                    whole.add_duration(Field::HandleTime, Span::from_millis(*ms), 1);
                }
            }
            let [first, again] = [Field::ResolutionFirst, Field::ResolutionAgain].map(|field| Distribution::of(&apart, field));
            let (both, whole) = (first.with(&again), Distribution::of(&whole, Field::HandleTime));
            prop_assert_eq!((both.count, both.sum), (whole.count, whole.sum));
            prop_assert_eq!((both.min(), both.max()), (whole.min(), whole.max()));
            prop_assert_eq!(both.percentile(percent), whole.percentile(percent));
        }
    }

    #[test]
    fn nothing_has_no_mean_and_no_percentile() {
        let nothing = Distribution::default();
        assert_eq!((nothing.mean(), nothing.percentile(50), nothing.max()), (None, None, None));
    }
}
