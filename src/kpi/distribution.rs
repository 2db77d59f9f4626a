//! A distribution of durations: how many, their exact sum, and percentiles within 1 %.
//!
//! Percentiles are by nearest rank: the p-th is the least value with at least p % of the samples at or below it. Minimum,
//! maximum and percentiles are the middles of their buckets, off by at most 0.4 %; they are never averaged or summed.

use crate::time::Span;
use crate::window::{Field, Tally, middle};

/// Durations, as they are reported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    /// How many.
    pub count: i64,
    /// Their sum, exact.
    pub sum: Span,
    samples: Vec<(u16, i64)>, // buckets, shortest first, none empty
}

impl Distribution {
    /// The distribution of a duration field.
    pub fn of(tally: &Tally, field: Field) -> Self {
        let (samples, sum) = tally.samples(field);
        Self { count: samples.iter().map(|(_, count)| count).sum(), sum, samples }
    }

    /// These and others together.
    pub(super) fn with(mut self, others: &Self) -> Self {
        self.count += others.count;
        self.sum += others.sum;
        for (bucket, count) in &others.samples {
            match self.samples.binary_search_by_key(bucket, |(own, _)| *own) {
                Ok(place) => self.samples[place].1 += count,
                Err(place) => self.samples.insert(place, (*bucket, *count)),
            }
        }
        self
    }

    /// The mean in seconds; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count != 0).then(|| self.sum.as_seconds() / self.count as f64)
    }

    /// The shortest.
    pub fn min(&self) -> Option<Span> {
        self.samples.first().map(|(bucket, _)| middle(*bucket))
    }

    /// The longest.
    pub fn max(&self) -> Option<Span> {
        self.samples.last().map(|(bucket, _)| middle(*bucket))
    }

    /// The percentile by nearest rank; `percent` in (0, 100].
    pub fn percentile(&self, percent: i64) -> Option<Span> {
        let rank = (self.count * percent + 99) / 100;
        let mut below = 0;
        let holds_rank = |(_, count): &&(u16, i64)| {
            below += count;
            below >= rank
        };
        self.samples.iter().find(holds_rank).map(|(bucket, _)| middle(*bucket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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

    #[test]
    fn nothing_has_no_mean_and_no_percentile() {
        let nothing = Distribution::default();
        assert_eq!((nothing.mean(), nothing.percentile(50), nothing.max()), (None, None, None));
    }
}
