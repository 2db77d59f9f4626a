//! Event time: when something happened in the contact centre, and how long it took.
//!
//! **Why own types.** A timestamp and a duration are both a count of milliseconds; adding two timestamps is always a mistake.
//! Here it does not compile. Integers, because sums of floats depend on their order and a replay must end in the same bits.
//!
//! **Whose clock.** The producer's: `EventTime` is what the event says. Nothing in the core asks the machine for the time;
//! "now" is an argument that the rims pass in (see `clock.rs`).

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use jiff::Timestamp;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Input is within the years 1970 to 2100; arithmetic saturates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct EventTime(i64);

/// A length of time in milliseconds; negative only as a difference of moments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

impl EventTime {
    /// Before every event.
    pub const MIN: Self = Self(i64::MIN);
    /// After every event.
    pub const MAX: Self = Self(i64::MAX);
    /// The first moment that is accepted as an event time: the start of 1970.
    pub const EARLIEST: Self = Self(0);
    /// The first moment that is too late to be accepted as an event time: the start of 2101.
    pub const TOO_LATE: Self = Self(4_133_980_800_000);

    /// The moment `ms` milliseconds after the start of 1970 (UTC).
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the start of 1970 (UTC).
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds since the start of 1970 (UTC), for export.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// Reads an RFC 3339 text with an offset; what is finer than a millisecond is cut off. `None`: not such a text, or outside 1970 to 2100.
    pub fn parse(text: &str) -> Option<Self> {
        let time: Timestamp = text.parse().ok()?;
        Self::accept(time.as_nanosecond().div_euclid(1_000_000).try_into().ok()?)
    }

    /// The moment, if it lies within the years 1970 to 2100.
    pub fn accept(ms: i64) -> Option<Self> {
        let time = Self(ms);
        (Self::EARLIEST <= time && time < Self::TOO_LATE).then_some(time)
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `ms` milliseconds.
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// A span of `seconds` seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds * 1_000)
    }

    /// Milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Seconds, for export.
    pub fn as_seconds(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// The same span, or none where a producer's clock ran backwards.
    pub fn at_least_zero(self) -> Self {
        Self(self.0.max(0))
    }
}

impl Add<Span> for EventTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for EventTime {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Sub for EventTime {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Display for EventTime {
    /// RFC 3339 in UTC, with milliseconds only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Span {
    /// The largest unit that gives a whole number: `1h`, `90s`, `1500ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(i64, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
        let (unit, name) =
            UNITS.into_iter().find(|(unit, _)| self.0 != 0 && self.0 % unit == 0).unwrap_or((1_000, "s"));
        write!(f, "{}{name}", self.0 / unit)
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads a length of time as people write it: a whole number and a unit (`ms`, `s`, `m`, `h`, `d`), as in `90s` or `24h`.
impl std::str::FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const EXPECTED: &str = "expected a whole number and a unit (ms, s, m, h or d), such as \"30s\" or \"12h\"";
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: i64 = text[..digits].parse().map_err(|_| EXPECTED)?;
        let unit_ms = match &text[digits..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return Err(EXPECTED),
        };
        number
            .checked_mul(unit_ms)
            .filter(|ms| *ms <= 36_500 * 86_400_000)
            .map(Span)
            .ok_or("longer than a hundred years")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_with_any_offset_and_cut_to_milliseconds() {
        let time = EventTime::parse("2026-03-02T10:00:06.2509+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-03-02T09:00:06.25Z");
        assert_eq!(EventTime::parse("2026-03-02T10:00:06"), None, "an offset is required");
    }

    #[test]
    fn years_outside_1970_to_2100_are_refused() {
        assert_eq!(EventTime::parse("1969-12-31T23:59:59.999Z"), None);
        assert_eq!(EventTime::parse("2101-01-01T00:00:00Z"), None);
        assert!(EventTime::parse("2100-12-31T23:59:59.999Z").is_some());
    }

    #[test]
    fn a_span_prints_as_it_is_written() {
        for text in ["1500ms", "90s", "30m", "5h", "2d", "0s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        for text in ["", "5", "5 s", "-5s", "1.5h", "5w", "99999999999999999d", "40000d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
