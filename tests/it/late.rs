//! Late events: what comes after its time is sealed keeps its time, ends what was open, and begins nothing.

use contactpulse::rules::Rules;
use contactpulse::time::EventTime;
use serde_json::Value;

use crate::replay_laws::{figures, reports};

/// A line of the log: seconds after nine, contact, type and further fields.
fn line(id: &str, second: u32, contact: &str, kind: &str, more: &str) -> Vec<u8> {
    let time = format!("2026-03-02T09:{:02}:{:02}Z", second / 60, second % 60);
    let comma = if more.is_empty() { "" } else { "," };
    format!(r#"{{"id":"{id}","type":"contact.{kind}","time":"{time}","contact_id":"{contact}"{comma}{more}}}"#)
        .into_bytes()
}

const SALES: &str = r#""queue":"sales""#;
const ANN: &str = r#""agent":"ann""#;

/// Somebody else's event: time goes on to this second.
fn tick(second: u32) -> Vec<u8> {
    line(&format!("tick-{second}"), second, &format!("other-{second}"), "blocked", r#""queue":"elsewhere""#)
}

fn report(lines: &[Vec<u8>]) -> Value {
    reports(lines, Rules::default(), 1, &[EventTime::parse("2026-03-02T09:30:00Z").unwrap()]).remove(0)
}

#[test]
fn a_late_answer_counts_at_its_own_time_and_undoes_no_miss_that_was_final() {
    let lines = [
        line("1", 0, "c", "queued", SALES),
        tick(60),
        line("2", 15, "c", "answered", ANN),
        line("3", 75, "c", "ended", ""),
        line("4", 80, "c", "wrapped", ""),
    ];
    let report = report(&lines);
    let all = &report["queues"]["sales"]["windows"]["all"];
    assert_eq!(report["events"]["late"], 1);
    assert_eq!(all["speed_of_answer"]["sum"], 15.0);
    assert_eq!(all["talk_time"]["sum"], 60.0);
    // The threshold passed at 20 s with the caller waiting as far as anybody knew, and that was sealed at 60 s.
    assert_eq!((&all["service_level"]["met"], &all["service_level"]["counted"]), (&0.into(), &1.into()));
}

#[test]
fn a_late_answer_before_the_miss_is_final_is_met() {
    let lines = [line("1", 0, "c", "queued", SALES), tick(45), line("2", 14, "c", "answered", ANN)];
    let level = report(&lines)["queues"]["sales"]["windows"]["all"]["service_level"].clone();
    assert_eq!((&level["met"], &level["counted"]), (&1.into(), &1.into()));
}

#[test]
fn a_late_end_ends_the_talk_that_was_open_then() {
    let lines = [
        line("1", 0, "c", "queued", SALES),
        line("2", 5, "c", "answered", ANN),
        line("3", 70, "c", "updated", ""),
        tick(110),
        line("4", 65, "c", "ended", ANN),
        line("5", 112, "c", "wrapped", ANN),
    ];
    let report = report(&lines);
    let all = &report["queues"]["sales"]["windows"]["all"];
    assert_eq!(all["talk_time"]["sum"], 60.0, "{}", report["events"]);
    assert_eq!(all["handle_time"]["sum"], 107.0);
}

#[test]
fn a_late_queueing_begins_nothing_before_what_is_sealed() {
    let lines = [line("1", 10, "c", "queued", SALES), tick(60), line("2", 5, "c", "queued", r#""queue":"tech""#)];
    let report = report(&lines);
    assert_eq!(report["events"]["anomalies"]["late_beginning"], 1);
    assert_eq!(report["queues"]["tech"], Value::Null);
    assert_eq!(report["queues"]["sales"]["now"]["waiting"], 1);
}

#[test]
fn a_late_contact_that_nobody_knew_is_counted_at_its_time() {
    let lines = [tick(300), line("1", 0, "c", "queued", SALES), line("2", 4, "c", "abandoned", "")];
    let report = report(&lines);
    let all = &report["queues"]["sales"]["windows"]["all"];
    assert_eq!((&all["offered"], &all["abandoned"]), (&1.into(), &1.into()));
    assert_eq!(all["time_to_abandon"]["sum"], 4.0);
    assert_eq!(report["queues"]["sales"]["windows"]["15m"]["offered"], 0, "half an hour ago");
    assert_eq!(report["events"]["late"], 2);
}

#[test]
fn a_day_that_is_sent_again_begins_nothing_once_it_is_forgotten() {
    let day = [line("1", 0, "c", "queued", SALES), line("2", 3, "c", "abandoned", "")];
    let next_day =
        br#"{"id":"3","type":"contact.blocked","time":"2026-03-03T09:00:00Z","contact_id":"d","queue":"sales"}"#;
    let lines = [&day[..], &[next_day.to_vec()], &day[..]].concat();
    let at = EventTime::parse("2026-03-03T10:00:00Z").unwrap();
    let report = reports(&lines, Rules::default(), 1, &[at]).remove(0);
    assert_eq!(report["queues"]["sales"]["windows"]["all"]["offered"], 1);
    assert_eq!(report["events"]["anomalies"]["late_beginning"], 2);
}

#[test]
fn exactly_lateness_behind_is_not_late() {
    let lines = [tick(60), line("1", 30, "c", "queued", SALES), tick(61), line("2", 30, "d", "queued", SALES)];
    assert_eq!(report(&lines)["events"]["late"], 1, "30 s behind is in time, 31 s is late");
}

#[test]
fn a_repeat_is_known_however_late_it_comes_while_the_contact_lives() {
    let queued = line("1", 0, "c", "queued", SALES);
    let lines = [queued.clone(), tick(600), queued];
    let report = report(&lines);
    assert_eq!((&report["events"]["duplicate"], &report["events"]["late"]), (&1.into(), &0.into()));
}

#[test]
fn an_event_of_a_contact_that_is_over_opens_nothing() {
    let over = [line("1", 0, "c", "queued", SALES), line("2", 3, "c", "abandoned", ""), tick(200)];
    let stray = [&over[..], &[line("3", 210, "c", "queued", SALES)]].concat();
    let (plain, stray) = (report(&over), report(&stray));
    assert_eq!(stray["events"]["anomalies"]["after_the_end"], 1);
    assert_eq!(figures(&plain)["queues"], figures(&stray)["queues"]);
}
