//! Clock times: moments as people write them, of the scenario's day and in its time zone.

use std::ops::Range;

use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::line::Token;
use super::page::Wrong;
use crate::time::EventTime;

/// How to write one.
const RIGHT: &str = "minutes:seconds such as 02:10, or hours:minutes:seconds such as 09:02:10, with a date in front where \
                     it matters: 2026-03-03 09:02:10, or +1d 09:02:10 for the day after the first";

/// The day and the zone that clock times are of.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Times {
    /// The day of clock times without a date.
    pub day: Date,
    /// The zone of the clock.
    pub zone: TimeZone,
}

impl Times {
    /// Reads a moment off the first tokens, and tells how many it took.
    pub fn read(&self, tokens: &[Token]) -> Result<(EventTime, usize), Wrong> {
        let (text, used) = match tokens {
            [date, clock, ..] if self.date(&date.text).is_some() && !is_instant(&date.text) => {
                (format!("{} {}", date.text, clock.text), 2)
            }
            [clock, ..] => (clock.text.clone(), 1),
            [] => return Err(Wrong::new(0..0, "no time", RIGHT)),
        };
        let part = tokens[0].part.start..tokens[used - 1].part.end;
        Ok((self.moment(&text, part)?, used))
    }

    /// The moment that a text tells, which stands at that part of its line.
    pub fn moment(&self, text: &str, part: Range<usize>) -> Result<EventTime, Wrong> {
        self.parse(text).ok_or_else(|| Wrong::new(part, format!("`{text}` is not a time"), RIGHT))
    }

    /// A date, or `+3d` for so many days after the day of the scenario.
    fn date(&self, text: &str) -> Option<Date> {
        let days = text.strip_suffix('d').filter(|days| days.starts_with(['+', '-']));
        match days {
            Some(days) => {
                number(&days[1..], 5)?;
                self.day.checked_add(jiff::Span::new().try_days(days.parse::<i64>().ok()?).ok()?).ok()
            }
            None => text.parse().ok(),
        }
    }

    fn parse(&self, text: &str) -> Option<EventTime> {
        if is_instant(text) {
            return Some(EventTime::from_millis(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()));
        }
        let (date, clock) = match text.split_once(' ') {
            Some((date, clock)) => (self.date(date)?, clock),
            None => (self.day, text),
        };
        let local = date.to_datetime(Time::midnight()).checked_add(since_midnight(clock)?).ok()?;
        let moment = self.zone.to_ambiguous_timestamp(local).compatible().ok()?;
        Some(EventTime::from_millis(moment.as_millisecond()))
    }
}

/// Whether a line that begins with this word begins with a time.
pub(super) fn begins(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_digit()) || word.starts_with(['+', '-']) && word.ends_with('d')
}

/// Whether it is of the form that events have on the wire: a date and a time with an offset, in one.
fn is_instant(text: &str) -> bool {
    text.contains('T')
}

/// `MM:SS` or `HH:MM:SS`, both with optional `.mmm`; the first number may have more digits than two.
fn since_midnight(clock: &str) -> Option<SignedDuration> {
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = whole.split(':').collect();
    let (hours, minutes, seconds) = match parts[..] {
        [minutes, seconds] => (0, number(minutes, 5)?, below_sixty(seconds)?),
        [hours, minutes, seconds] => (number(hours, 4)?, below_sixty(minutes)?, below_sixty(seconds)?),
        _ => return None,
    };
    let thousandths = number(&format!("{fraction:0<3}"), 3).filter(|_| !fraction.is_empty())?;
    Some(SignedDuration::from_millis(((hours * 60 + minutes) * 60 + seconds) * 1_000 + thousandths))
}

fn below_sixty(text: &str) -> Option<i64> {
    number(text, 2).filter(|number| text.len() == 2 && *number < 60)
}

fn number(text: &str, digits_max: usize) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit()) && (1..=digits_max).contains(&text.len());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(zone: &str, text: &str) -> Option<String> {
        let times = Times { day: "2026-03-02".parse().unwrap(), zone: TimeZone::get(zone).unwrap() };
        times.parse(text).map(|time| time.to_string())
    }

    #[test]
    fn two_parts_are_minutes_and_seconds_and_three_begin_with_hours() {
        for (text, time) in [
            ("00:12", "2026-03-02T00:00:12Z"),
            ("2:10", "2026-03-02T00:02:10Z"),
            ("75:00", "2026-03-02T01:15:00Z"),
            ("09:02:10", "2026-03-02T09:02:10Z"),
            ("26:00:00", "2026-03-03T02:00:00Z"),
            ("00:05.25", "2026-03-02T00:00:05.25Z"),
            ("2026-03-03 09:00", "2026-03-03T00:09:00Z"),
            ("+1d 09:00", "2026-03-03T00:09:00Z"),
            ("-30d 26:00:00", "2026-02-01T02:00:00Z"),
            ("2026-03-03T09:00:00+01:00", "2026-03-03T08:00:00Z"),
        ] {
            assert_eq!(read("UTC", text).as_deref(), Some(time), "{text}");
        }
    }

    #[test]
    fn what_is_no_clock_time_is_refused() {
        for text in [
            "",
            "12",
            "0:5",
            "00:60",
            "1:60:00",
            "1:2:3:4",
            "00:05.",
            "00:05.1234",
            "-1:00",
            "noon",
            "a 00:10",
            "+1d",
            "+d 00:10",
            "1d 00:10",
            "+1h 00:10",
        ] {
            assert_eq!(read("UTC", text), None, "{text}");
        }
    }

    #[test]
    fn the_clock_is_the_zones_own_through_a_change_of_its_hour() {
        assert_eq!(read("Europe/Berlin", "09:00:00").as_deref(), Some("2026-03-02T08:00:00Z"));
        assert_eq!(read("Europe/Berlin", "2026-03-29 09:00:00").as_deref(), Some("2026-03-29T07:00:00Z"));
    }
}
