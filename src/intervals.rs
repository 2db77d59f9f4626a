//! Where intervals begin: those of a span that fits a day follow the local clock of the centre, others count from 1970.
//!
//! **Why the local clock.** Planners compare half hours with those of a plan that hangs on a wall: from :00 and from :30, also
//! where the offset is +05:45 and on the day on which it changes.
//!
//! **Days of a clock change.** Skipped readings: an interval that would begin among them begins with the first moment after.
//! Repeated readings: what the clock reads twice begins an interval twice, as the half hour of 02:00 does in a German autumn;
//! but not one longer than what is repeated, so a day there has 25 hours and not one and 24.
//!
//! **Invariant.** Intervals have no gap and no overlap, and none is longer than two spans.

use std::ops::Range;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::rules::Day;
use crate::time::{EventTime, Span};
use crate::window::floor;

const DAY: Span = Span::from_seconds(24 * 3_600);
/// Longer than what any zone repeats or skips, but for the islands that left out a day.
const CHANGE_MAX: Span = Span::from_seconds(3 * 3_600);

/// The intervals of one span.
#[derive(Clone, Debug)]
pub struct Intervals {
    span: Span,
    start: Span, // of the day, where an interval is a day; else zero
    zone: TimeZone,
}

impl Intervals {
    /// Intervals of a span, at least 1 ms, for a centre whose day this is.
    pub fn new(span: Span, day: &Day) -> Self {
        let start = if span == DAY { day.start } else { Span::ZERO };
        let fits = DAY.as_millis() % span.as_millis() == 0;
        Self { span, start, zone: if fits { day.zone.clone() } else { TimeZone::UTC } }
    }

    /// The interval that holds a moment.
    pub fn around(&self, at: EventTime) -> Range<EventTime> {
        // Two spans back: the first step may start amid repeated readings, and only the second is sure to be a beginning.
        let mut interval = self.after(at - self.span - self.span - CHANGE_MAX);
        while interval.end <= at {
            interval = self.after(interval.end);
        }
        interval
    }

    /// The interval that begins where another ends.
    pub fn after(&self, start: EventTime) -> Range<EventTime> {
        start..self.end(start)
    }

    /// The first beginning after a moment.
    fn end(&self, at: EventTime) -> EventTime {
        let offset = self.offset(at);
        let end = floor(at + offset, self.span) + self.span - offset;
        match self.zone.following(timestamp(at)).next() {
            Some(change) if timestamp(end) >= change.timestamp() => {
                self.end_over(EventTime::from_millis(change.timestamp().as_millisecond()), offset)
            }
            _ => end,
        }
    }

    /// The first beginning at or after a clock change, before which local time was this far ahead.
    fn end_over(&self, change: EventTime, offset: Span) -> EventTime {
        let new_offset = self.offset(change);
        let (old, new) = (change + offset, change + new_offset);
        let from = if old - new >= self.span { new } else { old };
        change.max(floor(from - Span::from_millis(1), self.span) + self.span - new_offset)
    }

    /// How far readings are ahead of UTC; they count from the start of the day.
    fn offset(&self, at: EventTime) -> Span {
        let seconds = self.zone.to_offset(timestamp(at)).seconds();
        Span::from_millis(i64::from(seconds) * 1_000 - self.start.as_millis())
    }
}

fn timestamp(at: EventTime) -> Timestamp {
    let nearest = if at < EventTime::EARLIEST { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.as_millis()).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn intervals(span: &str, zone: &str, day_start: &str) -> Intervals {
        let day = Day { zone: TimeZone::get(zone).unwrap(), start: day_start.parse().unwrap() };
        Intervals::new(span.parse().unwrap(), &day)
    }

    fn at(text: &str) -> EventTime {
        EventTime::parse(text).unwrap()
    }

    /// The local readings at which intervals begin, from the one around a moment on.
    fn beginnings(intervals: &Intervals, zone: &str, from: &str, count: usize) -> Vec<String> {
        let zone = TimeZone::get(zone).unwrap();
        let mut interval = intervals.around(at(from));
        let mut beginnings = Vec::new();
        for _ in 0..count {
            let start = timestamp(interval.start);
            beginnings.push(start.display_with_offset(zone.to_offset(start)).to_string()[11..22].replace(":00+", "+"));
            interval = intervals.after(interval.end);
        }
        beginnings
    }

    #[test]
    fn half_hours_are_those_of_the_local_clock() {
        let kathmandu = intervals("30m", "Asia/Kathmandu", "0s");
        assert_eq!(
            kathmandu.around(at("2026-03-02T09:20:00Z")),
            at("2026-03-02T09:15:00Z")..at("2026-03-02T09:45:00Z")
        );
        assert_eq!(kathmandu.around(at("2026-03-02T09:15:00Z")).start, at("2026-03-02T09:15:00Z"));
    }

    #[test]
    fn repeated_half_hours_begin_twice_and_skipped_ones_not_at_all() {
        let berlin = intervals("30m", "Europe/Berlin", "0s");
        let autumn = beginnings(&berlin, "Europe/Berlin", "2026-10-25T00:00:00Z", 5);
        assert_eq!(autumn, ["02:00+02", "02:30+02", "02:00+01", "02:30+01", "03:00+01"]);
        let spring = beginnings(&berlin, "Europe/Berlin", "2026-03-29T00:30:00Z", 3);
        assert_eq!(spring, ["01:30+01", "03:00+02", "03:30+02"]);
    }

    #[test]
    fn what_is_longer_than_a_repeated_hour_holds_it_whole() {
        let two_hours = intervals("2h", "Europe/Berlin", "0s");
        let autumn = two_hours.around(at("2026-10-25T01:30:00Z"));
        assert_eq!(autumn, at("2026-10-25T00:00:00Z")..at("2026-10-25T03:00:00Z"));
        let spring = two_hours.around(at("2026-03-29T01:30:00Z"));
        assert_eq!(spring, at("2026-03-29T01:00:00Z")..at("2026-03-29T02:00:00Z"), "from 03:00, the first reading");
    }

    #[test]
    fn days_begin_at_the_day_start_and_have_23_to_25_hours() {
        let hours = |date: &str, zone, start| {
            let day = intervals("1d", zone, start).around(at(&format!("{date}T16:00:00Z")));
            (day.end - day.start).as_millis() / 3_600_000
        };
        assert_eq!(hours("2026-03-29", "Europe/Berlin", "0s"), 23);
        assert_eq!(hours("2026-10-25", "Europe/Berlin", "0s"), 25);
        assert_eq!(hours("2026-10-25", "Europe/Berlin", "6h"), 24);
        assert_eq!(hours("2026-11-01", "America/Havana", "0s"), 25, "midnight comes twice there");
        let morning = intervals("1d", "Europe/Berlin", "6h").around(at("2026-03-02T04:59:59Z"));
        assert_eq!(morning, at("2026-03-01T05:00:00Z")..at("2026-03-02T05:00:00Z"));
    }

    #[test]
    fn what_does_not_fit_a_day_counts_from_1970() {
        let seven_hours = intervals("7h", "Asia/Kathmandu", "0s").around(at("1970-01-02T00:00:00Z"));
        assert_eq!(seven_hours, at("1970-01-01T21:00:00Z")..at("1970-01-02T04:00:00Z"));
    }

    const ZONES: [&str; 8] = [
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Beirut",
        "Asia/Kathmandu",
        "America/Havana",
        "Pacific/Apia",
    ];
    const SPANS: [&str; 12] = ["5m", "15m", "30m", "45m", "1h", "90m", "2h", "3h", "8h", "12h", "1d", "7h"];

    proptest! {
        #[test]
        fn intervals_hold_their_moment_and_neither_overlap_nor_leave_a_gap(
            minute in 21_000_000i64..30_500_000, zone in 0..ZONES.len(), span in 0..SPANS.len(), start in 0i64..24,
        ) {
            let intervals = intervals(SPANS[span], ZONES[zone], &format!("{start}h"));
            let t = EventTime::from_millis(minute * 60_000);
            let interval = intervals.around(t);
            prop_assert!(interval.contains(&t));
            for inside in [interval.start, interval.end - Span::from_millis(1)] {
                prop_assert_eq!(intervals.around(inside), interval.clone());
            }
            prop_assert_eq!(intervals.around(interval.end), intervals.after(interval.end));
            prop_assert!(interval.end - interval.start <= intervals.span + intervals.span);
        }

        /// The slow way: go back minute by minute to where the reading of the clock is a multiple or jumps over one.
        #[test]
        fn intervals_within_an_hour_begin_where_the_clock_reads_a_multiple(
            minute in 21_000_000i64..30_500_000, zone in 0..ZONES.len(), span in 0usize..3,
        ) {
            let intervals = intervals(SPANS[span], ZONES[zone], "0s");
            let reading = |t: EventTime| (t + intervals.offset(t)).as_millis();
            let begins = |t: EventTime| {
                let (now, before) = (reading(t), reading(t - Span::from_seconds(60)));
                let span = intervals.span.as_millis();
                now % span == 0 || now > before && now / span != before / span
            };
            let t = EventTime::from_millis(minute * 60_000);
            let mut start = t;
            while !begins(start) {
                start = start - Span::from_seconds(60);
            }
            prop_assert_eq!(intervals.around(t).start, start);
        }
    }
}
