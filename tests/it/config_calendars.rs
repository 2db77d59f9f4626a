//! Business hours from the outside: blocks, files of holidays, and which queue is open by which calendar.

use std::fs;
use std::path::Path;

use contactpulse::calendar::Calendar;
use contactpulse::config::{self, Config, ConfigError};
use contactpulse::limits::{CALENDARS_MAX, SPECIAL_DAYS_MAX};
use contactpulse::rules::Rules;
use contactpulse::time::EventTime;
use proptest::prelude::*;
use tempfile::TempDir;

use crate::config::assert_refused;

fn rules(text: &str) -> Rules {
    Config::parse("centre", text, &[]).unwrap_or_else(|error| panic!("{error}\n{text}")).rules
}

fn at(text: &str) -> EventTime {
    EventTime::parse(text).unwrap()
}

/// A configuration beside a file `holidays.ics`, whose events these are.
fn with_file(events: &str) -> Result<Config, ConfigError> {
    with_whole_file(&format!("BEGIN:VCALENDAR\nVERSION:2.0\n{events}END:VCALENDAR\n"))
}

fn with_whole_file(ics: &str) -> Result<Config, ConfigError> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("holidays.ics"), ics).unwrap();
    let text = "[[calendar]]\nname = \"office\"\nhours = { mon-sun = [\"08:00-18:00\"] }\nics = [\"holidays.ics\"]\n";
    let path = folder.path().join("centre.toml");
    fs::write(&path, text).unwrap();
    Config::load(Some(&path), &[]).map_err(|error| without_folder(error, folder.path()))
}

fn without_folder(error: ConfigError, folder: &Path) -> ConfigError {
    let ConfigError::Invalid { mut mistakes } = error else { return error };
    for mistake in &mut mistakes {
        let folder = format!("{}/", folder.display());
        mistake.place = mistake.place.replace(&folder, "");
        mistake.what = mistake.what.replace(&folder, "");
    }
    ConfigError::Invalid { mistakes }
}

/// The holidays of a file with these lines in one event, from its `DTSTART` on.
fn holidays(lines: &[&str]) -> Vec<String> {
    let config = with_file(&event(lines)).unwrap_or_else(|error| panic!("{error}"));
    holidays_of(&config.rules.calendars["office"])
}

fn holidays_of(calendar: &Calendar) -> Vec<String> {
    calendar.plan().special.keys().map(ToString::to_string).collect()
}

fn event(lines: &[&str]) -> String {
    format!("BEGIN:VEVENT\nUID:a\n{}\nEND:VEVENT\n", lines.join("\n"))
}

fn said(ics: &str) -> String {
    with_whole_file(ics).expect_err(ics).to_string()
}

#[test]
fn every_mistake_of_business_hours_is_told_with_its_place_and_the_way_out() {
    assert_refused("tests/it/config_calendars_refused.txt", 14);
}

#[test]
fn a_queue_is_open_by_its_own_calendar_else_by_that_of_the_last_pattern_else_around_the_clock() {
    let rules = rules(
        r#"
        [[calendar]]
        name = "day"
        hours.mon-fri = ["08:00-18:00"]
        [[calendar]]
        name = "night"
        hours.mon-sun = ["22:00-06:00"]
        [[queue]]
        match = "uk-*"
        calendar = "day"
        [[queue]]
        match = "*-night"
        calendar = "night"
        [[queue]]
        name = "uk-vip-night"
        calendar = "day"
        "#,
    );
    let of = |queue: &str| rules.calendar_of(queue).map(|own| own.is_open(at("2026-03-02T12:00:00Z")));
    assert_eq!(of("uk-sales"), Some(true));
    assert_eq!(of("uk-night"), Some(false));
    assert_eq!(of("uk-vip-night"), Some(true));
    assert_eq!(of("de-sales"), None);
}

#[test]
fn a_calendar_has_the_centre_s_zone_and_a_block_its_own() {
    let rules = rules(
        r#"
        time_zone = "Asia/Tokyo"
        [[calendar]]
        name = "tokyo"
        hours.mon-sun = ["09:00-10:00"]
        [[calendar]]
        name = "berlin"
        time_zone = "Europe/Berlin"
        hours.mon-sun = ["09:00-10:00"]
        "#,
    );
    assert!(rules.calendars["tokyo"].is_open(at("2026-03-02T00:30:00Z")));
    assert!(rules.calendars["berlin"].is_open(at("2026-03-02T08:30:00Z")));
}

#[test]
fn what_is_open_is_no_part_of_what_state_means() {
    let text =
        |hours: &str| format!("[[calendar]]\nname = \"a\"\nhours.mon = [\"{hours}\"]\n[[queue]]\nname = \"q\"\n");
    let (one, other) = (rules(&text("08:00-18:00")), rules(&(text("09:00-17:00") + "calendar = \"a\"\n")));
    assert_ne!(one, other);
    assert_eq!(one.meaning(), other.meaning());
}

#[test]
fn an_event_of_several_days_is_a_holiday_on_each_but_the_last() {
    assert_eq!(holidays(&["DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261227"]), ["2026-12-25", "2026-12-26"]);
    assert_eq!(holidays(&["DTSTART;VALUE=DATE:20261231", "DURATION:P2D"]), ["2026-12-31", "2027-01-01"]);
    assert_eq!(holidays(&["DTSTART:20261225"]), ["2026-12-25"]);
    assert_eq!(holidays(&["DTSTART:20261225", "DTEND:20261225"]), ["2026-12-25"]);
    assert_eq!(holidays(&["DTSTART:20261225", "DURATION:P1W"]).len(), 7);
}

#[test]
fn an_event_comes_again_by_its_rule_up_to_the_end_of_2104() {
    let first_mondays = holidays(&["DTSTART;VALUE=DATE:20260504", "RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO;COUNT=3"]);
    assert_eq!(first_mondays, ["2026-05-04", "2027-05-03", "2028-05-01"]);
    let until = holidays(&["DTSTART:20261225", "RRULE:FREQ=YEARLY;UNTIL=20281225"]);
    assert_eq!(until, ["2026-12-25", "2027-12-25", "2028-12-25"]);
    let until_a_moment = holidays(&["DTSTART:20261225", "RRULE:FREQ=YEARLY;UNTIL=20281224T235959Z"]);
    assert_eq!(until_a_moment, ["2026-12-25", "2027-12-25"]);
    let for_ever = holidays(&["DTSTART:19701225", "RRULE:FREQ=YEARLY"]);
    assert_eq!((for_ever.len(), for_ever.last().unwrap().as_str()), (135, "2104-12-25"));
    assert_eq!(
        holidays(&["DTSTART:20240229", "RRULE:FREQ=YEARLY;COUNT=3"]),
        ["2024-02-29", "2028-02-29", "2032-02-29"]
    );
}

#[test]
fn days_are_added_and_taken_out_of_those_that_come_again() {
    let lines =
        ["DTSTART:20260101", "RRULE:FREQ=YEARLY;COUNT=3", "EXDATE;VALUE=DATE:20270101", "RDATE:20260301,20260302"];
    assert_eq!(holidays(&lines), ["2026-01-01", "2026-03-01", "2026-03-02", "2028-01-01"]);
}

#[test]
fn a_day_that_another_event_replaces_moves_and_a_cancelled_one_is_none() {
    let yearly = event(&["DTSTART:20260101", "RRULE:FREQ=YEARLY;COUNT=3"]);
    let moved = event(&["RECURRENCE-ID;VALUE=DATE:20270101", "DTSTART:20270104"]);
    let cancelled = event(&["RECURRENCE-ID;VALUE=DATE:20280101", "DTSTART:20280101", "STATUS:CANCELLED"]);
    let config = with_file(&(yearly + &moved + &cancelled)).unwrap();
    assert_eq!(holidays_of(&config.rules.calendars["office"]), ["2026-01-01", "2027-01-04"]);
}

#[test]
fn events_with_a_time_of_day_are_left_out_and_counted() {
    let timed = event(&["DTSTART;TZID=Europe/Berlin:20260703T170000", "RRULE:FREQ=WEEKLY"]);
    let config = with_file(&(timed.clone() + &event(&["DTSTART:20260501"]) + &timed)).unwrap();
    assert_eq!(holidays_of(&config.rules.calendars["office"]), ["2026-05-01"]);
    let ticked = config::ticked(&config).join("\n");
    let line = "calendar       office (UTC): mon-sun 08:00-18:00; 1 holiday; 2 timed in files, left out";
    assert!(ticked.contains(line), "{ticked}");
}

#[test]
fn what_is_in_an_event_is_not_of_it_and_folded_lines_are_one() {
    let lines = ["DTSTART;VALUE=DA", " TE:202605", " 01", "BEGIN:VALARM", "DTSTART:20260502", "END:VALARM"];
    assert_eq!(holidays(&lines), ["2026-05-01"]);
    let with_zone = "BEGIN:VTIMEZONE\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\nEND:VTIMEZONE\n";
    assert!(with_file(with_zone).unwrap().rules.calendars["office"].plan().special.is_empty());
}

#[test]
fn a_mistake_in_a_file_is_told_with_its_file_and_line() {
    let begin = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n";
    assert_eq!(
        said(&format!("{begin}DTSTART;VALUE=DATE:2026-12-25\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")),
        "holidays.ics:3:20: calendar \"office\" ics: 2026-12-25 is not a date\n  |\n3 | DTSTART;VALUE=DATE:2026-12-25\n  \
         |                    ^^^^^^^^^^ a date such as 20261225"
    );
    for (ics, told) in [
        ("hello\n", "holidays.ics:1:1: calendar \"office\" ics: not NAME:VALUE"),
        ("BEGIN:VCARD\nEND:VCARD\n", "holidays.ics:1:7: calendar \"office\" ics: not an ICS file"),
        ("BEGIN:VCALENDAR\n", "holidays.ics:1:7: calendar \"office\" ics: BEGIN:VCALENDAR has no END"),
        ("BEGIN:VCALENDAR\nEND:VEVENT\n", "holidays.ics:2:5: calendar \"office\" ics: END:VEVENT ends nothing"),
        ("", "centre.toml:4:8: calendar \"office\" ics: holidays.ics is empty"),
    ] {
        assert!(said(ics).starts_with(told), "{}", said(ics));
    }
    for (lines, told) in [
        ("UID:a\n", "holidays.ics:2:7: calendar \"office\" ics: an event without DTSTART"),
        ("DTSTART:20260501\nDTEND:20260430\n", "holidays.ics:4:7: calendar \"office\" ics: an event of -1 days"),
        ("DTSTART:20260501\nDURATION:PT5H\n", "holidays.ics:4:10: calendar \"office\" ics: PT5H is no number of days"),
        (
            "DTSTART:20260501\nRRULE:FREQ=HOURLY\n",
            "holidays.ics:4:7: calendar \"office\" ics: an event of whole days comes",
        ),
        (
            "DTSTART:20260501\nRRULE:FREQ=YEARLY;BYMONTH=13\n",
            "holidays.ics:4:7: calendar \"office\" ics: no rule to come again",
        ),
        (
            "DTSTART:20260501\nRRULE:FREQ=DAILY\n",
            "holidays.ics:2:7: calendar \"office\" ics: 4001 holidays in one file",
        ),
    ] {
        let said = said(&format!("{begin}{lines}END:VEVENT\nEND:VCALENDAR\n"));
        assert!(said.starts_with(told), "{said}");
    }
}

#[test]
fn a_file_that_is_not_there_is_a_mistake_where_it_is_named() {
    let told = Config::parse("a/centre.toml", "[[calendar]]\nname = \"a\"\nhours.mon = []\nics = [\"b.ics\"]\n", &[]);
    let told = told.unwrap_err().to_string();
    assert!(told.starts_with("a/centre.toml:4:8: calendar \"a\" ics: cannot read a/b.ics: "), "{told}");
}

#[test]
fn the_ticked_list_tells_when_a_calendar_is_open_and_which_queues_go_by_it() {
    let config = Config::load(Some(Path::new("config/examples/business-hours.toml")), &[]).unwrap();
    let ticked = config::ticked(&config).join("\n");
    for part in [
        "calendar       sales (Europe/London): mon-fri 08:00-18:00, sat 09:00-13:00; 316 holidays; 1 special day; \
         1 timed in files, left out\n",
        "calendar       support (Europe/London): mon-thu 07:00-12:00 13:00-20:00, fri 07:00-15:00, sat-sun 22:00-06:00; \
         2 holidays\n",
        "all that match sales-*: open by sales\n",
        "; open by support\n",
    ] {
        assert!(ticked.contains(part), "{part} in\n{ticked}");
    }
}

#[test]
fn there_are_bounds_to_calendars_and_to_their_special_days() {
    let block = |number: usize| format!("[[calendar]]\nname = \"{number}\"\nhours.mon = []\n");
    let many: String = (0..=CALENDARS_MAX).map(block).collect();
    let told = Config::parse("centre", &many, &[]).unwrap_err().to_string();
    assert!(told.contains("at most 64 calendars"), "{told}");
    let first = "2000-01-01".parse::<jiff::civil::Date>().unwrap();
    let days = first.series(jiff::Span::new().days(1)).take(SPECIAL_DAYS_MAX + 1).map(|day| format!("\"{day}\", "));
    let text = block(0) + &format!("holidays = [{}]\n", days.collect::<String>());
    let told = Config::parse("centre", &text, &[]).unwrap_err().to_string();
    assert!(told.contains("4001 holidays and special days"), "{told}");
}

proptest! {
    #[test]
    fn a_mangled_file_of_holidays_is_read_or_told_but_never_a_panic(
        place in any::<prop::sample::Index>(), text in "[A-Z0-9;:=,+\\-\" \n]{0,12}", removed in 0_usize..12,
        freq in "FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY);(BYDAY=-?[0-9]{0,2}(MO|SU)|BYMONTHDAY=-?[0-9]{1,2}|BYSETPOS=[0-9]|BYWEEKNO=5[0-4]|INTERVAL=[0-9]{1,5}|BYYEARDAY=36[0-9])(;COUNT=[0-9]{1,5})?",
    ) {
        let events = event(&["DTSTART;VALUE=DATE:20260504", "DTEND;VALUE=DATE:20260505", &format!("RRULE:{freq}")]);
        let mut ics = format!("BEGIN:VCALENDAR\n{events}END:VCALENDAR\n");
        let _read_or_told = with_whole_file(&ics);
        let from = place.index(ics.len());
        ics.replace_range(from..(from + removed).min(ics.len()), &text);
        if let Err(ConfigError::Invalid { mistakes }) = with_whole_file(&ics) {
            prop_assert!(mistakes.iter().all(|mistake| mistake.place.starts_with("holidays.ics:")
                || mistake.place.starts_with("centre.toml:")), "{mistakes:?}");
        }
    }
}
