//! Days that somebody will ask about.

use super::*;
use crate::time::Span;

fn hours(calendar: &Calendar, from: &str, to: &str) -> f64 {
    calendar.between(at(from), at(to)).as_seconds() / 3_600.0
}

fn assert_hours(calendar: &Calendar, from: &str, to: &str, expected: f64) {
    let counted = hours(calendar, from, to);
    assert!((counted - expected).abs() < 1e-9, "{counted} h open, not {expected}");
}

#[test]
fn on_a_usual_day_it_opens_and_closes_by_the_clock() {
    let office = calendar("UTC", &["08:00-12:00", "13:00-18:00"], &[]);
    assert!(!office.is_open(at("2026-03-02T07:59:59.999Z")));
    assert!(office.is_open(at("2026-03-02T08:00:00Z")));
    assert!(!office.is_open(at("2026-03-02T12:00:00Z")), "the end of hours is closed");
    assert_hours(&office, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", 9.0);
    assert_eq!(office.next_change(at("2026-03-02T08:00:00Z")), Some(at("2026-03-02T12:00:00Z")));
    assert_eq!(office.next_change(at("2026-03-02T12:00:00Z")), Some(at("2026-03-02T13:00:00Z")));
}

#[test]
fn time_that_is_over_exactly_at_the_end_of_hours_is_over_then_and_not_at_the_next_opening() {
    let office = calendar("UTC", &["08:00-18:00"], &[]);
    let ten_hours = Span::from_seconds(36_000);
    assert_eq!(office.after(at("2026-03-02T08:00:00Z"), ten_hours), at("2026-03-02T18:00:00Z"));
    let one_more = ten_hours + Span::from_millis(1);
    assert_eq!(office.after(at("2026-03-02T08:00:00Z"), one_more), at("2026-03-03T08:00:00.001Z"));
    assert_eq!(office.after(at("2026-03-02T20:00:00Z"), Span::ZERO), at("2026-03-02T20:00:00Z"));
    assert_eq!(office.after(at("2026-03-02T20:00:00Z"), Span::from_millis(1)), at("2026-03-03T08:00:00.001Z"));
}

#[test]
fn hours_that_the_clock_leaves_out_in_spring_are_no_time() {
    let night = calendar("Europe/Berlin", &["01:00-04:00"], &[]);
    assert_hours(&night, "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", 2.0);
    let only_in_the_gap = calendar("Europe/Berlin", &["02:00-03:00"], &[]);
    assert_hours(&only_in_the_gap, "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z", 0.0);
    assert_eq!(only_in_the_gap.next_change(at("2026-03-28T22:00:00Z")), Some(at("2026-03-30T00:00:00Z")));
}

#[test]
fn hours_that_the_clock_reads_twice_in_autumn_are_open_twice() {
    let night = calendar("Europe/Berlin", &["02:00-03:00"], &[]);
    assert_hours(&night, "2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", 2.0);
    let half = calendar("Europe/Berlin", &["02:15-02:30"], &[]);
    assert_eq!(half.next_change(at("2026-10-25T00:20:00Z")), Some(at("2026-10-25T00:30:00Z")));
    assert_eq!(half.next_change(at("2026-10-25T00:30:00Z")), Some(at("2026-10-25T01:15:00Z")));
    assert_eq!(half.after(at("2026-10-24T22:00:00Z"), Span::from_seconds(1_200)), at("2026-10-25T01:20:00Z"));
}

#[test]
fn lord_howe_leaves_out_half_an_hour_and_reads_it_twice() {
    let night = calendar("Australia/Lord_Howe", &["01:00-03:00"], &[]);
    assert_hours(&night, "2026-10-03T12:00:00Z", "2026-10-04T12:00:00Z", 1.5);
    assert_hours(&night, "2026-04-04T12:00:00Z", "2026-04-05T12:00:00Z", 2.5);
}

#[test]
fn a_holiday_takes_the_hours_that_begin_on_it_and_leaves_those_of_the_night_before() {
    let night = calendar("Europe/Berlin", &["22:00-30:00"], &[("2026-05-01", &[])]);
    assert!(night.is_open(at("2026-05-01T03:59:59Z")), "the night from April to May is worked to its end");
    assert!(!night.is_open(at("2026-05-01T04:00:00Z")));
    assert!(!night.is_open(at("2026-05-01T20:00:00Z")), "on the holiday nobody begins");
    assert!(!night.is_open(at("2026-05-02T00:00:00Z")));
    assert_eq!(night.next_change(at("2026-05-01T04:00:00Z")), Some(at("2026-05-02T20:00:00Z")));
}

#[test]
fn a_special_day_has_its_own_hours_which_reach_into_the_next() {
    let office = calendar("UTC", &["09:00-17:00"], &[("2026-12-31", &["20:00-26:00"])]);
    assert_hours(&office, "2026-12-31T00:00:00Z", "2027-01-01T00:00:00Z", 4.0);
    assert_hours(&office, "2027-01-01T00:00:00Z", "2027-01-02T00:00:00Z", 10.0);
}

#[test]
fn the_day_that_apia_skipped_was_never_open() {
    let office = calendar("Pacific/Apia", &["09:00-17:00"], &[]);
    assert_hours(&office, "2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z", 16.0);
    assert_eq!(office.next_change(at("2011-12-30T04:00:00Z")), Some(at("2011-12-30T19:00:00Z")), "17:00 to 09:00");
    let of_the_skipped_day = calendar("Pacific/Apia", &[], &[("2011-12-30", &["09:00-26:00"])]);
    assert_hours(&of_the_skipped_day, "2011-12-01T00:00:00Z", "2012-02-01T00:00:00Z", 2.0);
}

#[test]
fn around_the_clock_nothing_ever_changes_and_every_moment_counts() {
    let always = calendar("America/New_York", &["00:00-24:00"], &[]);
    let (from, to) = (EventTime::EARLIEST, at("2100-12-31T23:59:59.999Z"));
    assert!(always.is_open(from) && always.is_open(to));
    assert_eq!(always.between(from, to), to - from);
    assert_eq!(always.next_change(from), None);
    assert_eq!(always.after(from, to - from), to);
}

#[test]
fn what_is_never_open_again_has_no_moment_at_which_open_time_is_over() {
    let once = calendar("UTC", &[], &[("2026-03-02", &["09:00-10:00"])]);
    assert_eq!(once.after(at("2026-03-01T00:00:00Z"), Span::from_seconds(3_600)), at("2026-03-02T10:00:00Z"));
    assert_eq!(once.after(at("2026-03-01T00:00:00Z"), Span::from_seconds(3_601)), EventTime::MAX);
    assert_eq!(once.next_change(at("2026-03-02T10:00:00Z")), None);
}

#[test]
fn moments_and_spans_without_bounds_are_answered_too() {
    let office = calendar("UTC", &["09:00-17:00"], &[]);
    assert_eq!(office.after(at("2026-03-02T00:00:00Z"), Span::MAX), EventTime::MAX);
    assert_eq!(office.between(EventTime::MAX, EventTime::MIN), Span::ZERO);
    assert!(office.between(EventTime::MIN, EventTime::MAX) > Span::from_seconds(8_000 * 365 * 8 * 3_600));
    assert_eq!(office.next_change(EventTime::MAX), None);
    assert_eq!(office.after(EventTime::MAX, Span::from_millis(1)), EventTime::MAX);
}

#[test]
fn hours_that_overlap_are_open_once_and_end_at_48_00() {
    let office = calendar("UTC", &["09:00-17:00", "10:00-12:00", "16:00-18:00"], &[]);
    assert_hours(&office, "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z", 9.0);
    let long = calendar("UTC", &[], &[("2026-03-02", &["23:00-60:00"])]);
    assert_hours(&long, "2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z", 25.0);
}
