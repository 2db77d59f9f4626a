//! What one typed text means, and why not where it means nothing.

use std::ops::RangeInclusive;

use jiff::tz::{self, TimeZone};

use super::hint::closest;
use crate::rules::{AfterContact, Preset, Window};
use crate::time::Span;

/// The finest grain that anything is kept in.
pub(super) const SECOND: Span = Span::from_seconds(1);
/// What slots divide.
pub(super) const MINUTE: Span = Span::from_seconds(60);
/// More disorder than this is not disorder but another feed.
pub(super) const HOUR: Span = Span::from_seconds(3_600);
/// The longest window, and the longest that anybody waits.
pub(super) const DAY: Span = Span::from_seconds(24 * 3_600);
/// A contact that nobody touches for a month is not open, and memory is kept for it as long.
pub(super) const MONTH: Span = Span::from_seconds(30 * 24 * 3_600);

/// Nobody asks after more years of tickets than these.
pub(super) const TEN_YEARS: Span = Span::from_seconds(3_650 * 24 * 3_600);

/// For how long a contact may go without an event.
pub(super) const TTL: RangeInclusive<Span> = SECOND..=MONTH;

/// Why one value cannot be: what is wrong, and what would be right.
pub(super) type Wrong = (String, String);

/// What is wrong, and what would be right.
pub(super) fn wrong(what: impl Into<String>, right: impl Into<String>) -> Wrong {
    (what.into(), right.into())
}

/// A length of time within bounds.
pub(super) fn span_within(text: &str, bounds: RangeInclusive<Span>) -> Result<Span, Wrong> {
    let span: Span = text.parse().map_err(|right| wrong(format!("\"{text}\" is not a length of time"), right))?;
    if span < *bounds.start() {
        return Err(wrong(format!("{span} is too short"), format!("at least {}", bounds.start())));
    }
    if span > *bounds.end() {
        return Err(wrong(format!("{span} is too long"), format!("at most {}", bounds.end())));
    }
    Ok(span)
}

/// A name of at least one byte and at most `bytes_max`.
pub(super) fn name_within(text: &str, bytes_max: usize) -> Result<String, Wrong> {
    if (1..=bytes_max).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    Err(wrong(format!("a name of {} bytes", text.len()), format!("1 to {bytes_max} bytes")))
}

/// A window of `windows.sizes`.
pub(super) fn size(text: &str) -> Result<Window, Wrong> {
    if text == "today" {
        return Ok(Window::Today);
    }
    span_within(text, SECOND..=DAY).map(Window::Sliding)
}

/// One of the windows that are kept, by its name or its length.
pub(super) fn exportable(text: &str, kept: &[Window]) -> Result<Window, Wrong> {
    let same_size = size(text).ok();
    kept.iter().copied().find(|window| window.name() == text || Some(*window) == same_size).ok_or_else(|| {
        let names: Vec<String> = kept.iter().map(|window| window.name()).collect();
        wrong(format!("no window \"{text}\" is kept"), format!("some of {}; or add it to `windows`", names.join(", ")))
    })
}

/// "HH:MM" as the time since midnight.
pub(super) fn time_of_day(text: &str) -> Result<Span, Wrong> {
    text.split_once(':')
        .and_then(|(hours, minutes)| {
            Some(Span::from_seconds(3_600 * two_digits(hours, 24)? + 60 * two_digits(minutes, 60)?))
        })
        .ok_or_else(|| {
            wrong(format!("\"{text}\" is not a time of day"), "from \"00:00\" to \"23:59\", such as \"06:00\"")
        })
}

fn two_digits(text: &str, below: i64) -> Option<i64> {
    let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number < below)
}

/// A time zone by its IANA name.
pub(super) fn zone(text: &str) -> Result<TimeZone, Wrong> {
    TimeZone::get(text).map_err(|_| {
        let known: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
        let close = closest(text, known.iter().map(String::as_str)).map(|close| format!("did you mean \"{close}\"?"));
        wrong(
            format!("no time zone is called \"{text}\""),
            close.unwrap_or_else(|| "an IANA name, such as \"Europe/Berlin\" or \"UTC\"".to_owned()),
        )
    })
}

/// Whether the end of after-contact work is told.
pub(super) fn after_contact(text: &str) -> Result<AfterContact, Wrong> {
    match text {
        "events" => Ok(AfterContact::Events),
        "none" => Ok(AfterContact::None),
        _ => Err(one_of(text, &["events", "none"])),
    }
}

/// A preset by its name.
pub(super) fn preset(text: &str) -> Result<Preset, Wrong> {
    let named = Preset::ALL.into_iter().find(|preset| preset.name() == text);
    named.ok_or_else(|| one_of(text, &Preset::ALL.map(Preset::name)))
}

/// Why it is none of the choices, and which was meant, else all of them.
pub(super) fn one_of(text: &str, known: &[&str]) -> Wrong {
    let right = match closest(text, known.iter().copied()) {
        Some(close) => format!("did you mean \"{close}\"?"),
        None => format!("one of {}", known.join(", ")),
    };
    wrong(format!("\"{text}\" is not one of the choices"), right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_known_on_a_machine_that_has_none() {
        let built_in = tz::TimeZoneDatabase::bundled();
        assert!(built_in.get("Europe/Berlin").is_ok());
    }

    #[test]
    fn a_time_of_day_has_two_digits_each() {
        assert_eq!(time_of_day("23:59"), Ok(Span::from_seconds(86_340)));
        for text in ["6:00", "06:0", "06:60", "24:00", "+6:00", "06:00:00", "0600", ""] {
            assert!(time_of_day(text).is_err(), "{text}");
        }
    }
}
