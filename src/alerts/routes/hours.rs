//! Opening hours as Alertmanager has them: minutes of local days.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use jiff::civil::Date;

use super::slug;
use crate::calendar::{Calendar, Minutes, Plan};
use crate::rules::Rules;

/// A calendar that some queue goes by.
pub(super) struct Hours {
    name: String, // of its intervals
    calendar: Arc<Calendar>,
    ways: Vec<Way>,
}

/// Queues that go by it.
struct Way {
    order: usize,   // among those of all calendars: one queue goes the first that fits
    queues: String, // as a regular expression
}

/// Minutes of one local day.
type Day = Vec<Range<u16>>;

const DAY: u16 = 24 * 60;
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
/// Callers in a closed queue are there outside hours only.
const ANY_TIME: &str = "ContactPulseClosedQueueWaiting";

/// The calendars of the config that some queue goes by. What a queue has by its name goes before patterns, and of these the later
/// before the earlier, as in the config.
pub(super) fn all(rules: &Rules) -> Vec<Hours> {
    let mut all = Vec::new();
    for (number, (name, calendar)) in rules.calendars.iter().enumerate() {
        let is_its = |own: &Option<String>| own.as_ref() == Some(name);
        let named = rules.queues.iter().filter(|(_, queue)| is_its(&queue.calendar));
        let named: Vec<String> = named.map(|(queue, _)| expression(queue)).collect();
        let of_names = (!named.is_empty()).then(|| Way { order: 0, queues: named.join("|") });
        let patterns = (1..).zip(rules.patterns.iter().rev());
        let own = patterns.filter(|(_, pattern)| is_its(&pattern.settings.calendar));
        let of_patterns = own.map(|(order, pattern)| Way { order, queues: matching(pattern.text()) });
        let ways: Vec<Way> = of_names.into_iter().chain(of_patterns).collect();
        if !ways.is_empty() {
            all.push(Hours { name: format!("{}-{}", slug(name), number + 1), calendar: calendar.clone(), ways });
        }
    }
    all
}

/// The routes below that of somebody's tickets. One queue goes the first way that fits.
pub(super) fn write_routes(hours: &[Hours], text: &mut String) {
    if hours.is_empty() {
        return;
    }
    text.push_str("      routes:\n");
    let mut ways: Vec<(&Hours, &Way)> =
        hours.iter().flat_map(|own| own.ways.iter().map(move |way| (own, way))).collect();
    ways.sort_by_key(|(_, way)| way.order);
    for (own, way) in ways {
        let queues = serde_json::Value::from(way.queues.as_str()).to_string();
        let matchers = [format!("queue=~{queues}"), format!("alertname!=\"{ANY_TIME}\"")];
        let matchers = matchers.map(|matcher| serde_json::Value::from(matcher).to_string()).join(", ");
        let Hours { name, .. } = own;
        writeln!(text, "        - matchers: [{matchers}]\n          active_time_intervals: [open-{name}]")
            .expect("writing to a string");
        if !closed_days(own.calendar.plan()).is_empty() {
            writeln!(text, "          mute_time_intervals: [closed-{name}]").expect("writing to a string");
        }
    }
}

/// The intervals.
pub(super) fn write(hours: &[Hours], text: &mut String) {
    if hours.is_empty() {
        return;
    }
    text.push_str(
        "\n# When queues are open, by the calendars of the config: tickets wait until then.\ntime_intervals:\n",
    );
    for Hours { name, calendar, .. } in hours {
        let plan = calendar.plan();
        writeln!(text, "  - name: open-{name}\n    time_intervals:").expect("writing to a string");
        for (weekday, day) in WEEKDAYS.into_iter().zip(week(plan)).filter(|(_, day)| !day.is_empty()) {
            write_interval(&format!("weekdays: [{weekday}]"), &day, plan, text);
        }
        for (date, day) in special_days(plan).iter().filter(|(_, day)| !day.is_empty()) {
            write_interval(&on(*date), day, plan, text);
        }
        let closed = closed_days(plan);
        if !closed.is_empty() {
            writeln!(text, "  - name: closed-{name}\n    time_intervals:").expect("writing to a string");
        }
        closed.iter().for_each(|(date, day)| write_interval(&on(*date), day, plan, text));
    }
}

/// When special days are closed, of those that ever are.
fn closed_days(plan: &Plan) -> Vec<(Date, Day)> {
    let closed = special_days(plan).into_iter().map(|(date, day)| (date, rest(&day)));
    closed.filter(|(_, day)| !day.is_empty()).collect()
}

fn write_interval(when: &str, day: &Day, plan: &Plan, text: &mut String) {
    let zone = plan.zone.iana_name().unwrap_or("UTC");
    let clock = |minute: u16| format!("'{:02}:{:02}'", minute / 60, minute % 60);
    let times = day.iter().map(|part| format!("{{start_time: {}, end_time: {}}}", clock(part.start), clock(part.end)));
    let times = times.collect::<Vec<_>>().join(", ");
    writeln!(text, "      - {when}\n        times: [{times}]\n        location: {zone}").expect("writing to a string");
}

fn on(date: Date) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    format!("years: ['{year}']\n        months: ['{month}']\n        days_of_month: ['{day}']")
}

/// When each weekday is open; hours past midnight belong to the day after.
fn week(plan: &Plan) -> [Day; 7] {
    std::array::from_fn(|day| day_of(&plan.weekly[day], &plan.weekly[(day + 6) % 7]))
}

/// Special days and those after them, each with when it is open.
fn special_days(plan: &Plan) -> Vec<(Date, Day)> {
    let after = plan.special.keys().filter_map(|date| date.tomorrow().ok());
    let mut dates: Vec<Date> = plan.special.keys().copied().chain(after).collect();
    dates.sort_unstable();
    dates.dedup();
    let begin_on = |date: Date| {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).expect("a weekday is one of seven");
        plan.special.get(&date).unwrap_or(&plan.weekly[weekday])
    };
    let open = |date: Date| (date, day_of(begin_on(date), begin_on(date.yesterday().unwrap_or(date))));
    dates.into_iter().map(open).collect()
}

/// When a day is open, of the hours that begin on it and on the day before.
fn day_of(own: &[Minutes], before: &[Minutes]) -> Day {
    let from_before = before.iter().map(|hours| hours.start.saturating_sub(DAY)..hours.end.saturating_sub(DAY));
    let mut parts: Day =
        own.iter().cloned().chain(from_before).map(|part| part.start.min(DAY)..part.end.min(DAY)).collect();
    parts.retain(|part| !part.is_empty());
    parts.sort_unstable_by_key(|part| part.start);
    let mut joined: Day = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
            _ => joined.push(part),
        }
    }
    joined
}

/// When it is closed.
fn rest(day: &Day) -> Day {
    let starts = [0].into_iter().chain(day.iter().map(|part| part.end));
    let ends = day.iter().map(|part| part.start).chain([DAY]);
    starts.zip(ends).map(|(start, end)| start..end).filter(|part| !part.is_empty()).collect()
}

/// A name as a regular expression that matches it alone.
fn expression(name: &str) -> String {
    let escaped =
        |c: char| if c.is_ascii_punctuation() && !"-_".contains(c) { format!("\\{c}") } else { c.to_string() };
    name.chars().map(escaped).collect()
}

/// A pattern as one.
fn matching(pattern: &str) -> String {
    let part = |c: char| match c {
        '*' => ".*".to_owned(),
        '?' => ".".to_owned(),
        other => expression(&other.to_string()),
    };
    pattern.chars().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(day: &Day) -> Vec<(u16, u16)> {
        day.iter().map(|part| (part.start, part.end)).collect()
    }

    #[test]
    fn a_night_belongs_to_the_day_that_it_ends_on_and_what_touches_is_one() {
        let night: Minutes = 22 * 60..30 * 60;
        let nights = std::slice::from_ref(&night);
        let day = day_of(nights, nights);
        assert_eq!(pairs(&day), [(0, 360), (1_320, 1_440)]);
        assert_eq!(pairs(&rest(&day)), [(360, 1_320)]);
        assert_eq!(pairs(&day_of(&[60..120, 120..180], &[])), [(60, 180)]);
        assert_eq!(pairs(&rest(&Vec::new())), [(0, 1_440)]);
    }

    #[test]
    fn a_name_matches_itself_alone() {
        assert_eq!(expression("uk.sales"), "uk\\.sales");
        assert_eq!(expression("Kundenservice – Süd (1)"), "Kundenservice – Süd \\(1\\)");
        assert_eq!(matching("uk-*.?"), "uk-.*\\..");
    }
}
