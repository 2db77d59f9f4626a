//! Business hours: when it is open, how much open time lies between two moments, and when so much of it is over.
//!
//! **Why no table of days.** A deadline may lie a year ahead, and hundreds of thousands are asked for at once; so nothing is walked.
//! Time from 1970 on is cut into stretches: within one the local clock runs evenly and the same hours repeat, those of the week
//! or of one special day. Each knows the open time before it, so a question finds its stretch by halving and the rest by a division.
//!
//! **Words.** *Hours*: when it is open on a local day that they begin on; they may reach into the next. *Special day*: a date with
//! hours of its own instead of its weekday's. *Reading*: what the local clock shows, as milliseconds from some midnight.
//!
//! **Clock changes.** It is open whenever the reading lies within hours. So what the clock reads twice is open twice, and what it
//! leaves out is no time at all.
//!
//! **Invariant.** Open and closed time together are all time: both grow with the moment, and at any moment exactly one of them.

mod hours;
mod parts;
mod stretch;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::time::{EventTime, Span};

pub use hours::Minutes;
use stretch::{Kind, Stretches};

/// What a calendar is drawn up from.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The zone of its local clock.
    pub zone: TimeZone,
    /// When it is open, by the weekday that the hours begin on, from Monday.
    pub weekly: [Vec<Minutes>; 7],
    /// Dates with hours of their own; those that begin the day before reach into them all the same. No hours: a holiday.
    pub special: BTreeMap<Date, Vec<Minutes>>,
}

/// When it is open. Right from 1970 to 2110; from then on no clock is changed any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    plan: Plan,
    stretches: Stretches,
}

impl Calendar {
    /// Draws up a calendar. Of hours only what lies before 48:00 counts; where they overlap it is open once.
    pub fn new(plan: Plan) -> Self {
        Self { stretches: Stretches::new(&plan), plan }
    }

    /// What it is drawn up from.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether it is open.
    pub fn is_open(&self, at: EventTime) -> bool {
        self.stretches.is_open(within(at))
    }

    /// Open time in [from, to); zero where `to` is not after `from`.
    pub fn between(&self, from: EventTime, to: EventTime) -> Span {
        let amount = |at| self.stretches.before(Kind::Open, within(at));
        Span::from_millis(amount(to) - amount(from)).at_least_zero()
    }

    /// The first moment at which `span` of open time has passed since `from`: `from` itself of no time at all, and
    /// [`EventTime::MAX`] where it never does.
    pub fn after(&self, from: EventTime, span: Span) -> EventTime {
        if span <= Span::ZERO {
            return from;
        }
        let amount = self.stretches.before(Kind::Open, within(from)) + span.as_millis().min(LAST);
        moment(self.stretches.first(Kind::Open, amount)).unwrap_or(EventTime::MAX)
    }

    /// When it next opens or closes, later than `at`, if ever.
    pub fn next_change(&self, at: EventTime) -> Option<EventTime> {
        let now = within(at);
        let other = if self.stretches.is_open(now) { Kind::Closed } else { Kind::Open };
        let amount = self.stretches.before(other, now);
        moment(self.stretches.last(other, amount)).filter(|change| *change > at)
    }
}

/// The last moment that is reckoned with, at the end of the year 9999. Twice of it times a week fits a number many times over.
const LAST: i64 = 253_402_300_799_999;

/// The moment as milliseconds, the nearest that is reckoned with.
fn within(at: EventTime) -> i64 {
    at.as_millis().clamp(EventTime::EARLIEST.as_millis(), LAST)
}

fn moment(ms: Option<i64>) -> Option<EventTime> {
    ms.filter(|ms| *ms <= LAST).map(EventTime::from_millis)
}
