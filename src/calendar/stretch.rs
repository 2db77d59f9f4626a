//! All time from 1970 on, cut where the local clock is changed and where a day begins that is unlike the week's.
//!
//! **Invariant.** Stretches are in order, the first begins with 1970 and each ends where the next begins; each knows how much open
//! time lies before it.

use std::collections::BTreeMap;
use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::hours::{DAY, MONDAY_BEFORE_1970, WEEK, of_day, of_week, rest, unlike_the_week};
use super::parts::Parts;
use super::{LAST, Plan};

/// The end of the year 2110, up to which changes of the clock are looked up.
const CHANGES_END: i64 = 4_449_513_600_000;

/// The one or the other of all time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Open,
    Closed,
}

/// All stretches.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stretches {
    list: Vec<Stretch>,
    hours: Vec<Hours>,
}

/// Time in which readings are moments moved by one and the same amount, and hours repeat.
#[derive(Clone, Debug, PartialEq)]
struct Stretch {
    start: i64,
    open_before: i64,
    shift: i64,   // from a moment to the reading of its hours
    hours: usize, // a place in the list of hours
}

/// What is open of a week or a day, and what is closed.
#[derive(Clone, Debug, PartialEq)]
struct Hours {
    open: Parts,
    closed: Parts,
}

impl Stretches {
    pub fn new(plan: &Plan) -> Self {
        let mut drawn = Drawn::new(plan);
        let eras = eras(&plan.zone);
        let ends = eras.iter().skip(1).map(|(start, _)| *start).chain([LAST]);
        for ((start, shift), end) in eras.iter().zip(ends) {
            drawn.era(*start + shift..end + shift, *shift);
        }
        drawn.stretches
    }

    pub fn is_open(&self, at: i64) -> bool {
        let stretch = self.around(|stretch| stretch.start <= at);
        self.hours[stretch.hours].open.hold(at + stretch.shift)
    }

    /// How much of a kind lies before a moment.
    pub fn before(&self, kind: Kind, at: i64) -> i64 {
        let stretch = self.around(|stretch| stretch.start <= at);
        let parts = self.hours[stretch.hours].of(kind);
        stretch.before(kind) + parts.before(at + stretch.shift) - parts.before(stretch.start + stretch.shift)
    }

    /// The first moment that has so much of a kind before it, which is more than nothing.
    pub fn first(&self, kind: Kind, amount: i64) -> Option<i64> {
        let stretch = self.around(|stretch| stretch.before(kind) < amount);
        self.within(stretch, kind, amount, Parts::first)
    }

    /// The last moment that has no more of a kind before it: where the next of it begins.
    pub fn last(&self, kind: Kind, amount: i64) -> Option<i64> {
        let stretch = self.around(|stretch| stretch.before(kind) <= amount);
        self.within(stretch, kind, amount, Parts::last)
    }

    fn within(&self, stretch: &Stretch, kind: Kind, amount: i64, find: fn(&Parts, i64) -> Option<i64>) -> Option<i64> {
        let parts = self.hours[stretch.hours].of(kind);
        let amount = amount - stretch.before(kind) + parts.before(stretch.start + stretch.shift);
        find(parts, amount).map(|reading| reading - stretch.shift)
    }

    /// The last stretch of which something is so that is so of the first, and of each up to some one.
    fn around(&self, is_so: impl Fn(&Stretch) -> bool) -> &Stretch {
        &self.list[self.list.partition_point(is_so).saturating_sub(1)]
    }
}

impl Stretch {
    const fn before(&self, kind: Kind) -> i64 {
        match kind {
            Kind::Open => self.open_before,
            Kind::Closed => self.start - self.open_before, // as 1970 began at 0
        }
    }
}

impl Hours {
    fn new(period: i64, open: &[Range<i64>]) -> Self {
        Self { open: Parts::new(period, open), closed: Parts::new(period, &rest(open, period)) }
    }

    const fn of(&self, kind: Kind) -> &Parts {
        match kind {
            Kind::Open => &self.open,
            Kind::Closed => &self.closed,
        }
    }
}

/// The moments from which on local time is so far ahead of UTC, from 1970 on.
fn eras(zone: &TimeZone) -> Vec<(i64, i64)> {
    let ms = |offset: Offset| i64::from(offset.seconds()) * 1_000;
    let mut eras = vec![(0, ms(zone.to_offset(Timestamp::UNIX_EPOCH)))];
    for change in zone.following(Timestamp::UNIX_EPOCH) {
        let (at, shift) = (change.timestamp().as_millisecond(), ms(change.offset()));
        if at >= CHANGES_END {
            break;
        }
        if eras.last().is_none_or(|(_, last)| *last != shift) {
            eras.push((at, shift));
        }
    }
    eras
}

/// Stretches as far as they are drawn.
struct Drawn<'a> {
    plan: &'a Plan,
    unlike: Vec<i64>,
    known: BTreeMap<Vec<(i64, i64)>, usize>,
    stretches: Stretches,
}

/// The place of the hours of the week.
const OF_WEEK: usize = 0;

impl<'a> Drawn<'a> {
    fn new(plan: &'a Plan) -> Self {
        let stretches = Stretches { list: Vec::new(), hours: vec![Hours::new(WEEK, &of_week(plan))] };
        Self { plan, unlike: unlike_the_week(plan), known: BTreeMap::new(), stretches }
    }

    /// Draws the time in which local time is ahead by `shift`, given as the range of its readings.
    fn era(&mut self, readings: Range<i64>, shift: i64) {
        let first = self.unlike.partition_point(|day| day + DAY <= readings.start);
        let end = self.unlike.partition_point(|day| *day < readings.end);
        let mut drawn = readings.start;
        for place in first..end {
            let day = self.unlike[place];
            if drawn < day {
                self.week(drawn, shift);
            }
            self.day(drawn.max(day), day, shift);
            drawn = day + DAY;
        }
        if drawn < readings.end {
            self.week(drawn, shift);
        }
    }

    fn week(&mut self, from: i64, shift: i64) {
        self.push(from - shift, shift - MONDAY_BEFORE_1970, OF_WEEK);
    }

    fn day(&mut self, from: i64, day: i64, shift: i64) {
        let open = of_day(self.plan, day);
        let key = open.iter().map(|span| (span.start, span.end)).collect();
        let hours = *self.known.entry(key).or_insert(self.stretches.hours.len());
        if hours == self.stretches.hours.len() {
            self.stretches.hours.push(Hours::new(DAY, &open));
        }
        self.push(from - shift, shift - day, hours);
    }

    fn push(&mut self, start: i64, shift: i64, hours: usize) {
        let is_first = self.stretches.list.is_empty();
        let open_before = if is_first { 0 } else { self.stretches.before(Kind::Open, start) };
        self.stretches.list.push(Stretch { start, open_before, shift, hours });
    }
}
