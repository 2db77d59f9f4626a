//! Calendars in the ticked list: when each is open on which days of the week, and how many days are not like that.

use super::Config;
use super::calendars::WEEKDAYS;
use super::ticked::zone;
use crate::calendar::{Calendar, Minutes};

const DAY: u16 = 24 * 60;

/// One calendar in plain words.
pub(super) fn calendar(name: &str, calendar: &Calendar, config: &Config) -> String {
    let plan = calendar.plan();
    let mut parts = vec![format!("{name} ({}): {}", zone(&plan.zone), week(&plan.weekly))];
    let days = plan.special.len();
    let closed = plan.special.values().filter(|hours| hours.is_empty()).count();
    parts.extend((closed > 0).then(|| counted(closed, "holiday", "holidays")));
    parts.extend((days > closed).then(|| counted(days - closed, "special day", "special days")));
    let timed = config.timed_events.get(name);
    parts.extend(timed.map(|timed| format!("{timed} timed in files, left out")));
    parts.join("; ")
}

fn counted(count: usize, one: &str, more: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
}

/// The days that have hours, those that follow each other with the same hours as one.
fn week(weekly: &[Vec<Minutes>; 7]) -> String {
    let days: Vec<(&str, &[Minutes])> = WEEKDAYS.into_iter().zip(weekly.iter().map(Vec::as_slice)).collect();
    let alike = days.chunk_by(|(_, one), (_, next)| one == next);
    let open = alike.filter_map(|days| match days {
        [(first, hours), .., (last, _)] if !hours.is_empty() => Some(format!("{first}-{last} {}", listed(hours))),
        [(day, hours)] if !hours.is_empty() => Some(format!("{day} {}", listed(hours))),
        _ => None,
    });
    let open: Vec<String> = open.collect();
    if open.is_empty() { "never open by the week".to_owned() } else { open.join(", ") }
}

fn listed(hours: &[Minutes]) -> String {
    hours.iter().map(hour).collect::<Vec<_>>().join(" ")
}

/// As it is typed: to an hour of the next day where that is less than a day later.
fn hour(minutes: &Minutes) -> String {
    let is_next_day = minutes.end > DAY && minutes.end - DAY < minutes.start;
    let end = if is_next_day { minutes.end - DAY } else { minutes.end };
    format!("{}-{}", time(minutes.start), time(end))
}

fn time(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}
