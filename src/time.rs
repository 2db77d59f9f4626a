//! Event time: when something happened in the contact centre, and how long it took.
//!
//! **Why own types.** A timestamp and a duration are both a count of milliseconds; adding two timestamps is always a mistake.
//! Here it does not compile. Integers, because sums of floats depend on their order and a replay must end in the same bits.
//!
//! **Whose clock.** The producer's: `EventTime` is what the event says. Nothing in the core asks the machine for the time;
//! "now" is an argument that the rims pass in (see `clock.rs`).

use std::cmp::Ordering;
use std::fmt;
use std::num::NonZeroI64;
use std::ops::{Add, AddAssign, Sub};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. Input is within the years 1970 to 2100; arithmetic saturates.
///
/// Half of all moments in memory may be absent, so a moment is kept turned: none is all zeroes, and `Option` needs no room of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct EventTime(NonZeroI64);

/// What moments are turned by: the only number of milliseconds that is none; it reads as the one before it, [`EventTime::MIN`].
const TURN: i64 = i64::MIN + 1;

/// A length of time in milliseconds; negative only as a difference of moments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span(i64);

impl EventTime {
    /// Before every event.
    pub const MIN: Self = Self(NonZeroI64::new(i64::MIN ^ TURN).expect("only one number turns into zero"));
    /// After every event.
    pub const MAX: Self = Self::from_millis(i64::MAX);
    /// The first moment that is accepted as an event time: the start of 1970.
    pub const EARLIEST: Self = Self::from_millis(0);
    /// The first moment that is too late to be accepted as an event time: the start of 2101.
    pub const TOO_LATE: Self = Self::from_millis(4_133_980_800_000);

    /// The moment `ms` milliseconds after the start of 1970 (UTC).
    pub const fn from_millis(ms: i64) -> Self {
        match NonZeroI64::new(ms ^ TURN) {
            Some(turned) => Self(turned),
            None => Self::MIN,
        }
    }

    /// Milliseconds since the start of 1970 (UTC).
    pub const fn as_millis(self) -> i64 {
        self.0.get() ^ TURN
    }

    /// Seconds since the start of 1970 (UTC), for export.
    pub fn as_seconds(self) -> f64 {
        self.as_millis() as f64 / 1_000.0
    }

    /// Reads an RFC 3339 text with an offset; what is finer than a millisecond is cut off. `None`: not such a text, or outside 1970 to 2100.
    pub fn parse(text: &str) -> Option<Self> {
        usual(text.as_bytes()).map(Self::from_millis).or_else(|| Self::parse_any(text))
    }

    #[cold]
    fn parse_any(text: &str) -> Option<Self> {
        let time: Timestamp = text.parse().ok()?;
        Self::accept(time.as_nanosecond().div_euclid(1_000_000).try_into().ok()?)
    }

    /// The moment, if it lies within the years 1970 to 2100.
    pub fn accept(ms: i64) -> Option<Self> {
        let time = Self::from_millis(ms);
        (Self::EARLIEST <= time && time < Self::TOO_LATE).then_some(time)
    }
}

/// As its milliseconds since 1970.
impl Serialize for EventTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_millis().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for EventTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::from_millis)
    }
}

/// The milliseconds since 1970 of a time in the usual way to write it, `2026-03-02T10:00:06.250Z`, the fraction left out or in one to
/// nine digits. `None`: it is written in another way, is no time, or lies outside the years that are accepted. Nearly every record has
/// one, and to read any way takes longer.
#[inline]
fn usual(text: &[u8]) -> Option<i64> {
    let (to_minutes, rest) = text.split_first_chunk::<16>()?;
    let rest = rest.try_into().ok().or_else(|| in_milliseconds(rest))?;
    let [century, _, year, _, _, month, ..] = pairs(to_minutes.first_chunk()?, b"0000-00-")?;
    let [day, _, _, hour, _, _, minute, _] = pairs(to_minutes.last_chunk()?, b"00T00:00")?;
    let [_, second, _, _, hundredths, _, thousandths, _] = pairs(&rest, b":00.000Z")?;
    let days = days_to(i64::from(century) * 100 + i64::from(year), month, day)?;
    if hour >= 24 || minute >= 60 || second >= 60 {
        return None;
    }
    let seconds = days * 86_400 + i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    Some(seconds * 1_000 + i64::from(hundredths) * 10 + i64::from(thousandths / 10)) // which is a digit and a zero
}

/// What follows the minutes, with three digits behind the point: `:06.250Z` for `:06.25Z`, `:06.2509Z` or, if they were none, `:06Z`.
fn in_milliseconds(text: &[u8]) -> Option<[u8; 8]> {
    let (seconds, rest) = text.split_first_chunk::<3>()?;
    let digits = match rest {
        [b'Z'] => &[],
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => return None,
    };
    let [colon, tens, ones] = *seconds;
    let digit = |place: usize| digits.get(place).copied().unwrap_or(b'0');
    Some([colon, tens, ones, b'.', digit(0), digit(1), digit(2), b'Z'])
}

/// What every two neighbours of eight bytes are as a number of two digits, where the bytes are like these: a digit where there is a
/// zero, and the same otherwise. All eight at once, as no byte's result reaches into the next.
#[inline]
fn pairs(text: &[u8; 8], like: &[u8; 8]) -> Option<[u8; 8]> {
    const TOP: u64 = 0x8080_8080_8080_8080;
    let to_top = u64::from_le_bytes(like.map(|byte| if byte == b'0' { 0x80 - 10 } else { 0x80 - 1 }));
    let digits = u64::from_le_bytes(*text) ^ u64::from_le_bytes(*like);
    let is_like = (digits | digits.wrapping_add(to_top)) & TOP == 0;
    is_like.then(|| (digits * 10 + (digits >> 8)).to_le_bytes())
}

/// The days from the start of 1970 to a day of a year that is accepted; among those every fourth is a leap year, but for 2100.
#[inline]
fn days_to(year: i64, month: u8, day: u8) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let (month, day) = (usize::from(month.wrapping_sub(1)), i64::from(day));
    let leap_day = i64::from(year % 4 == 0 && year != 2100);
    let length = LENGTHS.get(month)? + if month == 1 { leap_day } else { 0 };
    if !(1970..=2100).contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    let of_months = BEFORE[month] + if month > 1 { leap_day } else { 0 };
    Some((year - 1970) * 365 + (year - 1969) / 4 + of_months + day - 1)
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// Longer than any other.
    pub const MAX: Self = Self(i64::MAX);

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

impl Default for EventTime {
    fn default() -> Self {
        Self::EARLIEST
    }
}

impl Ord for EventTime {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_millis().cmp(&other.as_millis())
    }
}

impl PartialOrd for EventTime {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Add<Span> for EventTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self::from_millis(self.as_millis().saturating_add(span.0))
    }
}

impl Sub<Span> for EventTime {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_millis(self.as_millis().saturating_sub(span.0))
    }
}

impl Sub for EventTime {
    type Output = Span;
    fn sub(self, earlier: Self) -> Span {
        Span(self.as_millis().saturating_sub(earlier.as_millis()))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
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
        match Timestamp::from_millisecond(self.as_millis()) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms", self.as_millis()),
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
    use proptest::prelude::*;

    #[test]
    fn a_moment_that_may_be_absent_takes_no_more_room_and_keeps_its_order() {
        assert_eq!(size_of::<Option<EventTime>>(), size_of::<EventTime>());
        let moments = [i64::MIN, i64::MIN + 2, -1, 0, 1, i64::MAX].map(EventTime::from_millis);
        assert!(moments.is_sorted());
        assert_eq!(moments.map(EventTime::as_millis), [i64::MIN, i64::MIN + 2, -1, 0, 1, i64::MAX]);
        assert_eq!(EventTime::MIN + Span::from_millis(1), EventTime::MIN);
    }

    #[test]
    fn a_time_is_read_with_any_offset_and_cut_to_milliseconds() {
        let time = EventTime::parse("2026-03-02T10:00:06.2509+01:00").unwrap();
        assert_eq!(time.to_string(), "2026-03-02T09:00:06.25Z");
        assert_eq!(EventTime::parse("2026-03-02T10:00:06"), None, "an offset is required");
    }

    proptest! {
        /// The other way: whatever jiff reads, and only that.
        #[test]
        fn the_usual_way_to_write_a_time_reads_as_any_other(
            ms in 0_i64..4_133_980_800_000,
            digits in 0_usize..11,
            at in 0_usize..30,
            with in prop::sample::select(b"0123456789-:.TZtz+ ".to_vec()),
            change in any::<bool>(),
        ) {
            let time = Timestamp::from_millisecond(ms).unwrap();
            let mut text = format!("{time:.9}");
            text.truncate(19 + if digits == 0 { 0 } else { 1 + digits.min(9) });
            text += if digits == 10 { "0Z" } else { "Z" };
            if change && at < text.len() {
                text.replace_range(at..=at, std::str::from_utf8(&[with]).unwrap());
            }
            let slowly: Option<Timestamp> = text.parse().ok();
            let slowly = slowly.map(|time| i64::try_from(time.as_nanosecond().div_euclid(1_000_000)).unwrap());
            match usual(text.as_bytes()) {
                Some(read) => prop_assert_eq!(Some(read), slowly, "{}", text),
                None => prop_assert!(change || digits == 10, "{} is usual", text),
            }
        }
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
