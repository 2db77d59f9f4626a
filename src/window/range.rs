//! Where a window begins and ends, read at a moment.
//!
//! A sliding window is [t - W, t). `today` and the intervals follow local time: a day of a clock change has 23 or 25 hours, and
//! a day whose start is skipped begins at the first moment after the gap.

use std::ops::Range;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::ring::{Reach, floor};
use crate::rules::{Day, Window, Windows};
use crate::time::{EventTime, Span};

const HOUR: Span = Span::from_seconds(3_600);
/// The longest local day, with room for a zone that repeats hours.
const DAY_MAX: Span = Span::from_seconds(26 * 3_600);

impl Window {
    /// The stretch of time whose slots this window holds at `at`; `None`: everything.
    pub fn range(self, at: EventTime, day: &Day) -> Option<Range<EventTime>> {
        match self {
            Self::Sliding(span) => Some(at - span..at),
            Self::Today => Some(day_start(at, day)..at),
            Self::This(span) => Some(interval_start(at, span, &day.zone)..at),
            Self::Last(span) => {
                let end = interval_start(at, span, &day.zone);
                Some(interval_start(end - Span::from_millis(1), span, &day.zone)..end)
            }
            Self::All => None,
        }
    }
}

impl Windows {
    /// How far back these windows look.
    pub fn reach(&self) -> Reach {
        let sliding = self.kept.iter().filter_map(|window| match window {
            Window::Sliding(span) => Some(*span),
            _ => None,
        });
        let sliding = sliding.max().unwrap_or(Span::ZERO);
        let farthest = self.kept.iter().map(|window| match window {
            Window::Sliding(span) => *span,
            Window::Today => DAY_MAX,
            Window::This(span) => *span + HOUR,
            Window::Last(span) => *span + *span + HOUR,
            Window::All => Span::ZERO,
        });
        Reach { slot: self.slot, sliding, any: farthest.max().unwrap_or(Span::ZERO) }
    }
}

/// The first moment of the local day that `at` is in.
pub fn day_start(at: EventTime, day: &Day) -> EventTime {
    let date = local(at, &day.zone).date();
    let start = first_instant(date, day);
    if start <= at { start } else { first_instant(date.yesterday().unwrap_or(date), day) }
}

fn first_instant(date: Date, day: &Day) -> EventTime {
    let start = date.to_datetime(Time::midnight()) + SignedDuration::from_millis(day.start.as_millis());
    let ambiguous = day.zone.to_ambiguous_timestamp(start);
    if let AmbiguousOffset::Gap { after, .. } = ambiguous.offset() {
        let before_the_gap = after.to_timestamp(start);
        if let Some(change) = before_the_gap.ok().and_then(|time| day.zone.following(time).next()) {
            return event_time(change.timestamp());
        }
    }
    ambiguous.compatible().map_or(EventTime::MIN, event_time)
}

/// The start of the clock-aligned interval that `at` is in.
fn interval_start(at: EventTime, span: Span, zone: &TimeZone) -> EventTime {
    let offset = Span::from_seconds(i64::from(zone.to_offset(timestamp(at)).seconds()));
    if span <= HOUR {
        return floor(at + offset, span) - offset;
    }
    let day = Day { zone: zone.clone(), start: Span::ZERO };
    let midnight = day_start(at, &day);
    let since_midnight = local(at, zone).time().duration_since(Time::midnight());
    let into = since_midnight.as_millis() % i128::from(span.as_millis());
    let start = at - Span::from_millis(i64::try_from(into).expect("less than a day"));
    start.max(midnight)
}

fn local(at: EventTime, zone: &TimeZone) -> DateTime {
    zone.to_datetime(timestamp(at))
}

fn timestamp(at: EventTime) -> Timestamp {
    Timestamp::from_millisecond(at.as_millis()).unwrap_or(if at < EventTime::EARLIEST {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

fn event_time(time: Timestamp) -> EventTime {
    EventTime::from_millis(time.as_millisecond())
}
