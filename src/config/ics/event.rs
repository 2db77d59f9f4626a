//! One event of an ICS file, and the days that it takes.

use std::collections::BTreeSet;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Span, ToSpan};
use rrule::RRuleSet;

use super::Wrong;
use super::lines::Content;
use crate::limits::SPECIAL_DAYS_MAX;

/// The first day that nothing comes again on.
const END: Date = date(2105, 1, 1);
/// An event that lasts longer is no holiday.
const DAYS_MAX: i32 = 366;
const DAY_RIGHT: &str = "a date such as 20261225";
/// How often an event may come again: of most ways to come again none is a day.
const TIMES: [&str; 4] = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

/// An event that lasts whole days.
pub(super) struct Event<'a> {
    uid: &'a str,
    start: Date,
    days: i32, // in [1, DAYS_MAX]
    rule: Option<&'a Content>,
    more: Vec<Date>,
    less: Vec<Date>,
    replaces: Option<Date>,
    is_cancelled: bool,
}

impl<'a> Event<'a> {
    /// Reads the lines of an event, from its `BEGIN` on; `None` where it has a time of day.
    pub fn read(lines: &[&'a Content]) -> Result<Option<Self>, Wrong<'a>> {
        let find = |name: &str| lines.iter().copied().find(|line| line.name == name);
        let Some(start_line) = find("DTSTART") else {
            return Err((lines[0], "an event without DTSTART".to_owned(), "the date that it is on"));
        };
        if start_line.value.contains('T') {
            return Ok(None);
        }
        let start = day(start_line, &start_line.value)?;
        let dates = |name: &'static str| {
            let lines = lines.iter().copied().filter(move |line| line.name == name);
            let days = lines.flat_map(|line| line.value.split(',').map(move |text| day(line, date_part(text))));
            days.collect::<Result<Vec<Date>, _>>()
        };
        let replaces = find("RECURRENCE-ID").map(|line| day(line, date_part(&line.value))).transpose()?;
        Ok(Some(Self {
            uid: find("UID").map_or("", |line| &line.value),
            start,
            days: length(start, find("DTEND"), find("DURATION"))?,
            rule: find("RRULE"),
            more: dates("RDATE")?,
            less: dates("EXDATE")?,
            replaces,
            is_cancelled: find("STATUS").is_some_and(|line| line.value.eq_ignore_ascii_case("CANCELLED")),
        }))
    }

    /// The event and day of it that this one replaces.
    pub fn replaces(&self) -> Option<(&'a str, Date)> {
        self.replaces.map(|day| (self.uid, day))
    }

    /// The days that it takes, but for those that other events replace.
    pub fn days(&self, replaced: &BTreeSet<(&str, Date)>) -> Result<BTreeSet<Date>, Wrong<'a>> {
        let again = match self.rule.filter(|_| !self.is_cancelled) {
            Some(rule) => self.again(rule)?,
            None => Vec::new(),
        };
        let starts = [self.start].into_iter().chain(again).chain(self.more.iter().copied());
        let is_replaced = |start: &Date| self.replaces.is_none() && replaced.contains(&(self.uid, *start));
        let stands = |start: &Date| !self.is_cancelled && !self.less.contains(start) && !is_replaced(start);
        let starts: BTreeSet<Date> = starts.filter(stands).collect();
        let days = starts.into_iter().flat_map(|start| (0..self.days).map(move |day| start.saturating_add(day.days())));
        Ok(days.filter(|day| *day < END && day.year() >= 1970).collect())
    }

    /// When it comes again, at most once more often than may be.
    fn again(&self, rule: &'a Content) -> Result<Vec<Date>, Wrong<'a>> {
        const RIGHT: &str = "a rule such as FREQ=YEARLY;BYMONTH=5;BYDAY=1MO";
        let parts = rule.value.split(';').filter_map(|part| part.split_once('='));
        let freq = parts.clone().find(|(name, _)| name.eq_ignore_ascii_case("FREQ")).map(|(_, value)| value);
        if !freq.is_some_and(|freq| TIMES.iter().any(|times| times.eq_ignore_ascii_case(freq))) {
            return Err((rule, "an event of whole days comes again on days".to_owned(), RIGHT));
        }
        let parts: Vec<String> = parts.map(|(name, value)| format!("{name}={}", in_utc(name, value))).collect();
        let text = format!("DTSTART:{}T000000Z\nRRULE:{}", self.start.strftime("%Y%m%d"), parts.join(";"));
        let set: RRuleSet = text.parse().map_err(|error| (rule, format!("no rule to come again: {error}"), RIGHT))?;
        let set = set.limit();
        let seconds = set.into_iter().map(|time| time.timestamp());
        let days = seconds.map_while(|seconds| date(1970, 1, 1).checked_add(SignedDuration::from_secs(seconds)).ok());
        Ok(days.take_while(|day| *day < END).take(SPECIAL_DAYS_MAX + 1).collect())
    }
}

/// The end of a rule as a moment in UTC, as whatever else is reckoned here.
fn in_utc(name: &str, value: &str) -> String {
    let is_until = name.eq_ignore_ascii_case("UNTIL") && !value.ends_with('Z');
    match value.contains('T') {
        _ if !is_until => value.to_owned(),
        true => format!("{value}Z"),
        false => format!("{value}T000000Z"),
    }
}

/// How many days an event lasts: to its end, which is the day after, or for so long.
fn length<'a>(start: Date, end: Option<&'a Content>, duration: Option<&'a Content>) -> Result<i32, Wrong<'a>> {
    let (line, days) = match (end, duration) {
        (Some(line), _) => (line, days_to(start, day(line, date_part(&line.value))?)),
        (None, Some(line)) => (line, whole_days(line)?),
        (None, None) => return Ok(1),
    };
    match days {
        1..=DAYS_MAX => Ok(days),
        _ => Err((line, format!("an event of {days} days"), "1 to 366 days")),
    }
}

/// One where it ends on the day that it begins, as some writers have it.
fn days_to(start: Date, end: Date) -> i32 {
    if end == start { 1 } else { (end - start).get_days() }
}

fn whole_days(line: &Content) -> Result<i32, Wrong<'_>> {
    let span: Option<Span> = line.value.parse().ok();
    let days = span.map(|span| span.get_weeks() * 7 + span.get_days()).filter(|days| *days > 0);
    days.ok_or_else(|| (line, format!("{} is no number of days", line.value), "such as P2D"))
}

/// What of a moment is its date.
fn date_part(text: &str) -> &str {
    text.split('T').next().unwrap_or_default()
}

fn day<'a>(line: &'a Content, text: &str) -> Result<Date, Wrong<'a>> {
    let is_date = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = Date::strptime("%Y%m%d", text).ok().filter(|_| is_date);
    read.ok_or_else(|| (line, format!("{text} is not a date"), DAY_RIGHT))
}
