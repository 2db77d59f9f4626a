//! Hours as they are agreed on, by the day that they begin on, turned into what is open of a week and of a day.

use std::ops::Range;

use jiff::civil::Date;

use super::Plan;

/// Minutes of a local day, of which the end may lie in the next: at most 48 hours.
pub type Minutes = Range<u16>;

pub(super) const MINUTE: i64 = 60_000;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;
pub(super) const WEEK: i64 = 7 * DAY;
/// 1970 began on a Thursday.
pub(super) const MONDAY_BEFORE_1970: i64 = -3 * DAY;

/// What is open of a week, from Monday 00:00 on: what reaches over its end lies at its beginning.
pub(super) fn of_week(plan: &Plan) -> Vec<Range<i64>> {
    let begun = (0..).zip(&plan.weekly).flat_map(|(day, hours)| spans(hours).map(move |span| moved(span, day * DAY)));
    joined(begun.flat_map(|span| [cut(&span, WEEK), cut(&moved(span, -WEEK), WEEK)]))
}

/// What is open of a day, from its midnight on: of its own hours, and of those that begin the day before.
pub(super) fn of_day(plan: &Plan, day: i64) -> Vec<Range<i64>> {
    let own = spans(begin_on(plan, day));
    let from_before = spans(begin_on(plan, day - DAY)).map(|span| moved(span, -DAY));
    joined(own.chain(from_before).map(|span| cut(&span, DAY)))
}

/// The days, as readings of their midnights, on which hours are not those of the week: special ones and those after them.
pub(super) fn unlike_the_week(plan: &Plan) -> Vec<i64> {
    let mut days: Vec<i64> = plan.special.keys().map(midnight).flat_map(|day| [day, day + DAY]).collect();
    days.sort_unstable();
    days.dedup();
    days
}

fn begin_on(plan: &Plan, day: i64) -> &[Minutes] {
    let weekday = (day - MONDAY_BEFORE_1970).rem_euclid(WEEK) / DAY;
    let special = date(day).and_then(|date| plan.special.get(&date));
    special.unwrap_or(&plan.weekly[usize::try_from(weekday).expect("a day of the week is one of seven")])
}

fn midnight(date: &Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24 * DAY
}

fn date(midnight: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::SignedDuration::from_millis(midnight)).ok()
}

/// As milliseconds.
fn spans(hours: &[Minutes]) -> impl Iterator<Item = Range<i64>> {
    let ms = |minutes: u16| (i64::from(minutes) * MINUTE).min(2 * DAY);
    hours.iter().map(move |minutes| ms(minutes.start)..ms(minutes.end))
}

fn moved(span: Range<i64>, by: i64) -> Range<i64> {
    span.start + by..span.end + by
}

/// What of it lies within a period.
fn cut(span: &Range<i64>, period: i64) -> Range<i64> {
    span.start.max(0)..span.end.min(period)
}

/// In order, and those as one that touch or overlap.
fn joined(spans: impl Iterator<Item = Range<i64>>) -> Vec<Range<i64>> {
    let mut spans: Vec<Range<i64>> = spans.filter(|span| !span.is_empty()).collect();
    spans.sort_unstable_by_key(|span| span.start);
    let mut apart: Vec<Range<i64>> = Vec::with_capacity(spans.len());
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

/// What a period has beside these.
pub(super) fn rest(spans: &[Range<i64>], period: i64) -> Vec<Range<i64>> {
    let starts = [0].into_iter().chain(spans.iter().map(|span| span.end));
    let ends = spans.iter().map(|span| span.start).chain([period]);
    starts.zip(ends).map(|(start, end)| start..end).filter(|gap| !gap.is_empty()).collect()
}
