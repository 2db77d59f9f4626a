//! Parts of a period that comes again and again, such as the open hours of a week, and how much of them lies before a reading.
//!
//! **Invariant.** Parts are in order, apart from each other, and within the period.

use std::ops::Range;

/// Some parts of a period.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parts {
    period: i64, // more than 0
    list: Box<[Part]>,
    total: i64, // in [0, period]
}

#[derive(Clone, Debug, PartialEq)]
struct Part {
    from: i64,
    length: i64, // more than 0
    before: i64, // how much of the period's parts lies before this one
}

impl Parts {
    /// Parts of a period: they are in order and apart, and lie within it.
    pub fn new(period: i64, ranges: &[Range<i64>]) -> Self {
        let mut total = 0;
        let list = ranges.iter().map(|range| {
            let part = Part { from: range.start, length: range.end - range.start, before: total };
            total += part.length;
            part
        });
        Self { period, list: list.collect(), total }
    }

    /// Whether a reading lies in one of them.
    pub fn hold(&self, reading: i64) -> bool {
        let within = reading.rem_euclid(self.period);
        self.begun(within).is_some_and(|part| within - part.from < part.length)
    }

    /// How much of them lies before a reading, from 0 on.
    pub fn before(&self, reading: i64) -> i64 {
        let (rounds, within) = (reading.div_euclid(self.period), reading.rem_euclid(self.period));
        let of_round = self.begun(within).map_or(0, |part| part.before + (within - part.from).min(part.length));
        rounds * self.total + of_round
    }

    /// The first reading that has so much of them before it.
    pub fn first(&self, amount: i64) -> Option<i64> {
        let rounds = (amount - 1).checked_div_euclid(self.total)?;
        Some(self.reading(rounds, amount, |part, rest| part.before < rest))
    }

    /// The last reading that has no more of them before it.
    pub fn last(&self, amount: i64) -> Option<i64> {
        let rounds = amount.checked_div_euclid(self.total)?;
        Some(self.reading(rounds, amount, |part, rest| part.before <= rest))
    }

    /// The reading in the last of those parts that `reach`, so far into it that the amount is there.
    fn reading(&self, rounds: i64, amount: i64, reach: impl Fn(&Part, i64) -> bool) -> i64 {
        let rest = amount - rounds * self.total;
        let place = self.list.partition_point(|part| reach(part, rest));
        let part = &self.list[place.saturating_sub(1)];
        rounds * self.period + part.from + rest - part.before
    }

    fn begun(&self, within: i64) -> Option<&Part> {
        let place = self.list.partition_point(|part| part.from <= within);
        place.checked_sub(1).map(|place| &self.list[place])
    }
}
