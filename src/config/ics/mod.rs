//! Holidays from ICS files (RFC 5545): the days of all events that last whole days, with those that come again.
//!
//! **What is a holiday.** An event that begins on a date, and not at a time of day, unless it is cancelled. One that has a time of day is
//! no holiday: it is counted and left out. Events that replace a single day of those that come again (`RECURRENCE-ID`) do so.
//!
//! **Recurrence** is the `rrule` crate's, which has RFC 5545's examples among its tests; it costs `chrono` and its time zones. Whole days
//! have none, so it reckons in UTC here, and up to the end of 2104: what comes again for ever has an end then.

mod event;
mod lines;

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use jiff::civil::Date;

use super::error::Excerpt;
use crate::limits::{ICS_BYTES_MAX, SPECIAL_DAYS_MAX};
use event::Event;
use lines::Content;

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Holidays {
    /// Days that are holidays.
    pub days: BTreeSet<Date>,
    /// Events with a time of day, which are none.
    pub timed: usize,
}

/// Why a file says nothing.
#[derive(Debug)]
pub(super) enum Error {
    /// It cannot be read.
    File(String),
    /// There are mistakes in it; at least one.
    Text(Vec<Mistake>),
}

/// A mistake in a file, where it is.
#[derive(Debug)]
pub(super) struct Mistake {
    /// `FILE:LINE:COLUMN`.
    pub place: String,
    /// The line, and the part of it that is meant.
    pub excerpt: Excerpt,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub right: String,
}

/// What is wrong with a line: what, and what would be right.
type Wrong<'a> = (&'a Content, String, &'static str);

/// Reads a file.
pub(super) fn read(path: &Path) -> Result<Holidays, Error> {
    let name = path.display().to_string();
    let bytes = bytes_of(path).map_err(|error| Error::File(format!("cannot read {name}: {error}")))?;
    if bytes.len() > ICS_BYTES_MAX {
        return Err(Error::File(format!("{name} has more than {ICS_BYTES_MAX} bytes")));
    }
    let lines = lines::read(&bytes).map_err(|(number, line)| {
        let meant = 0..line.chars().count();
        let excerpt = Excerpt { number: Some(number), line, part: meant };
        let (what, right) = ("not NAME:VALUE".to_owned(), "a line of an ICS file, such as DTSTART;VALUE=DATE:20261225");
        Error::Text(vec![Mistake { place: format!("{name}:{number}:1"), excerpt, what, right: right.to_owned() }])
    })?;
    if lines.is_empty() {
        return Err(Error::File(format!("{name} is empty")));
    }
    let wrong_lines = |wrong: Vec<Wrong<'_>>| wrong.into_iter().map(|wrong| mistake(&name, wrong)).collect();
    let events = events(&lines).map_err(|wrong| Error::Text(wrong_lines(vec![wrong])))?;
    holidays(&events).map_err(|wrong| Error::Text(wrong_lines(wrong)))
}

/// One byte more than may be, at the most.
fn bytes_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let max = u64::try_from(ICS_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    std::fs::File::open(path)?.take(max).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn mistake(name: &str, (content, what, right): Wrong<'_>) -> Mistake {
    let (number, line) = (content.number, content.line.clone());
    let length = line.chars().count();
    let value = line.rsplit_once(content.value.as_str()).filter(|_| !content.value.is_empty());
    let part = value.map_or(0..length, |(before, _)| {
        let from = before.chars().count();
        from..from + content.value.chars().count()
    });
    let place = format!("{name}:{number}:{}", part.start + 1);
    Mistake { place, excerpt: Excerpt { number: Some(number), line, part }, what, right: right.to_owned() }
}

/// The lines of each event, without those of what is in it, such as an alarm.
fn events(lines: &[Content]) -> Result<Vec<Vec<&Content>>, Wrong<'_>> {
    let is_begin = |line: &Content| line.name == "BEGIN" && line.value.eq_ignore_ascii_case("VCALENDAR");
    if let Some(first) = lines.first().filter(|first| !is_begin(first)) {
        return Err((first, "not an ICS file".to_owned(), "its first line is BEGIN:VCALENDAR"));
    }
    let (mut open, mut events): (Vec<&Content>, Vec<Vec<&Content>>) = (Vec::new(), Vec::new());
    for line in lines {
        let is_in_event = open.last().is_some_and(|begin| begin.value.eq_ignore_ascii_case("VEVENT"));
        match line.name.as_str() {
            "BEGIN" => {
                open.push(line);
                if line.value.eq_ignore_ascii_case("VEVENT") {
                    events.push(vec![line]);
                }
            }
            "END" if open.pop().is_none_or(|begin| !begin.value.eq_ignore_ascii_case(&line.value)) => {
                return Err((line, format!("END:{} ends nothing", line.value), "the END of the last BEGIN"));
            }
            _ if is_in_event => events.last_mut().expect("one was begun").push(line),
            _ => {}
        }
    }
    match open.first() {
        Some(begin) => Err((begin, format!("BEGIN:{} has no END", begin.value), "the rest of the file")),
        None => Ok(events),
    }
}

fn holidays<'a>(events: &[Vec<&'a Content>]) -> Result<Holidays, Vec<Wrong<'a>>> {
    const RIGHT: &str = "at most as many as a calendar has: 4000";
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    let mut holidays = Holidays::default();
    for lines in events {
        match Event::read(lines) {
            Ok(Some(event)) => read.push(event),
            Ok(None) => holidays.timed += 1,
            Err(error) => wrong.push(error),
        }
    }
    let replaced: BTreeSet<(&str, Date)> = read.iter().filter_map(Event::replaces).collect();
    for event in &read {
        match event.days(&replaced) {
            Ok(days) => holidays.days.extend(days),
            Err(error) => wrong.push(error),
        }
    }
    let is_too_many = holidays.days.len() > SPECIAL_DAYS_MAX && wrong.is_empty();
    if let (true, Some(begin)) = (is_too_many, events.first().and_then(|event| event.first())) {
        wrong.push((begin, format!("{} holidays in one file", holidays.days.len()), RIGHT));
    }
    if wrong.is_empty() { Ok(holidays) } else { Err(wrong) }
}
