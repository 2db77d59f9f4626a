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
    let now = local(at, zone);
    let since_midnight =
        i64::try_from(now.time().duration_since(Time::midnight()).as_millis()).expect("less than a day");
    let start = Span::from_millis(since_midnight - since_midnight % span.as_millis());
    first_instant(now.date(), &Day { zone: zone.clone(), start })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn day(name: &str, start_minutes: i64) -> Day {
        Day { zone: zone(name), start: Span::from_seconds(60 * start_minutes) }
    }

    fn at(text: &str) -> EventTime {
        EventTime::parse(text).unwrap()
    }

    fn range(window: Window, moment: &str, day: &Day) -> (String, String) {
        let range = window.range(at(moment), day).unwrap();
        (range.start.to_string(), range.end.to_string())
    }

    #[test]
    fn today_begins_at_the_day_start_and_is_empty_there() {
        let berlin = day("Europe/Berlin", 6 * 60);
        assert_eq!(day_start(at("2026-03-02T05:00:00Z"), &berlin), at("2026-03-02T05:00:00Z"));
        assert_eq!(day_start(at("2026-03-02T04:59:59Z"), &berlin), at("2026-03-01T05:00:00Z"));
    }

    #[test]
    fn a_day_of_a_clock_change_has_23_or_25_hours() {
        let berlin = day("Europe/Berlin", 0);
        let hours = |date: &str| {
            let end = day_start(at(&format!("{date}T22:30:00Z")), &berlin);
            (end - day_start(end - Span::from_millis(1), &berlin)).as_millis() / 3_600_000
        };
        assert_eq!((hours("2026-03-29"), hours("2026-10-25")), (23, 24), "the evening before begins the day that ends");
        let autumn = day_start(at("2026-10-25T23:30:00Z"), &berlin) - day_start(at("2026-10-25T12:00:00Z"), &berlin);
        assert_eq!(autumn, Span::from_seconds(25 * 3_600));
    }

    #[test]
    fn a_day_whose_midnight_is_skipped_begins_after_the_gap() {
        // Beirut skips from 00:00 to 01:00 on 2026-03-29.
        let beirut = day("Asia/Beirut", 0);
        assert_eq!(day_start(at("2026-03-29T10:00:00Z"), &beirut), at("2026-03-28T22:00:00Z"));
        assert_eq!(day_start(at("2026-03-29T10:00:00Z"), &day("Asia/Beirut", 30)), at("2026-03-28T22:00:00Z"));
    }

    #[test]
    fn intervals_are_those_of_the_local_clock() {
        let half_hour = Span::from_seconds(1_800);
        let kathmandu = day("Asia/Kathmandu", 0); // +05:45
        let this = range(Window::This(half_hour), "2026-03-02T09:20:00Z", &kathmandu);
        assert_eq!(this, ("2026-03-02T09:15:00Z".to_owned(), "2026-03-02T09:20:00Z".to_owned()));
        let last = range(Window::Last(half_hour), "2026-03-02T09:15:00Z", &kathmandu);
        assert_eq!(last, ("2026-03-02T08:45:00Z".to_owned(), "2026-03-02T09:15:00Z".to_owned()));
    }

    #[test]
    fn intervals_of_hours_begin_at_local_midnight() {
        let six_hours = Span::from_seconds(6 * 3_600);
        let tokyo = day("Asia/Tokyo", 0);
        let this = range(Window::This(six_hours), "2026-03-02T04:00:00Z", &tokyo); // 13:00 there
        assert_eq!(this.0, "2026-03-02T03:00:00Z");
        let last = range(Window::Last(six_hours), "2026-03-02T04:00:00Z", &tokyo);
        assert_eq!(last, ("2026-03-01T21:00:00Z".to_owned(), "2026-03-02T03:00:00Z".to_owned()));
    }

    proptest! {
        /// The slow way: step back minute by minute until the local clock reads the start of the day, or jumps over it.
        #[test]
        fn the_day_start_is_what_stepping_back_finds(minute in 29_000_000i64..30_500_000, place in 0usize..6, start in 0i64..24) {
            let name = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Asia/Kathmandu"][place];
            let day = day(name, start * 60);
            let t = EventTime::from_millis(minute * 60_000);
            let into_day = |t: EventTime| {
                let local = local(t, &day.zone);
                let since_start = local.time().duration_since(Time::midnight()).as_millis() as i64 - day.start.as_millis();
                if since_start < 0 { local.date().yesterday().unwrap() } else { local.date() }
            };
            let mut earliest = t;
            // The business date only changes at a day's start; a repeated hour may come back to it, so look a little further.
            for step in 1..=26 * 60 {
                let earlier = t - Span::from_seconds(60 * step);
                if into_day(earlier) == into_day(t) {
                    earliest = earlier;
                }
            }
            prop_assert_eq!(day_start(t, &day), earliest, "in {} at {}", name, t);
        }
    }
}
