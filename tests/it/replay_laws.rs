//! Laws of a replay: order within `lateness`, repeats, shards and garbage leave the figures as they are.

use std::sync::Arc;

use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::Rules;
use contactpulse::simulate::{Settings, centre};
use contactpulse::time::{EventTime, Span};
use contactpulse::wire::Rejected;
use serde_json::Value;

use crate::support::noise::{doubled, garbage, shuffled, with_garbage};

/// Reports at these moments and at the end.
pub fn reports(lines: &[Vec<u8>], rules: Rules, shards: usize, at: &[EventTime]) -> Vec<Value> {
    let mut reports = Vec::new();
    let mut show = |reading: Reading<'_>| {
        reports.push(report(&reading.view, reading.books, reading.rules, reading.at));
    };
    let mut replay = Replay::new(Arc::new(rules), shards, When::At(at.to_vec()));
    for line in lines {
        // A rejected line is in the books; the tests look there.
        let _ = replay.line(line, &mut show);
    }
    replay.finish(&mut show);
    reports
}

/// The report without the counts of events and the latest event of each feed, which tell how they came.
pub fn figures(report: &Value) -> Value {
    let mut report = report.clone();
    for part in ["events", "feeds"] {
        report.as_object_mut().unwrap().remove(part);
    }
    report
}

fn simulated() -> (Vec<Vec<u8>>, Vec<EventTime>) {
    let start = EventTime::parse("2026-03-02T08:00:00Z").unwrap();
    let settings = Settings {
        contacts: Some(1_500),
        disorder: Span::ZERO,
        late: 0.0,
        repeats: 0.0,
        ..Settings::new(11, start, 0.5)
    };
    let lines = centre(settings).map(|sent| sent.record.into_bytes()).collect();
    (lines, [901, 1_500, 2_100, 2_700].map(|s| start + Span::from_seconds(s)).to_vec())
}

#[test]
fn order_repeats_and_shards_leave_report_and_hash_as_they_are() {
    let (lines, at) = simulated();
    let plain = reports(&lines, Rules::default(), 1, &at);
    let variants = [
        ("shuffled", reports(&shuffled(&lines, Span::from_seconds(25), 1), Rules::default(), 1, &at)),
        ("doubled", reports(&doubled(&lines), Rules::default(), 1, &at)),
        ("in seven shards", reports(&lines, Rules::default(), 7, &at)),
        ("all of it", reports(&shuffled(&doubled(&lines), Span::from_seconds(25), 2), Rules::default(), 5, &at)),
    ];
    for (name, variant) in variants {
        for (plain, variant) in plain.iter().zip(&variant) {
            assert_eq!(figures(plain), figures(variant), "{name}, at {}", plain["at"]);
        }
    }
    let in_service = |report: &Value| report["total"]["now"]["in_service"].as_u64();
    assert!(plain.iter().all(|report| in_service(report) > Some(0)), "a quiet centre proves little");
}

#[test]
fn garbage_of_every_class_changes_nothing_and_is_counted_to_the_line() {
    let (lines, mut at) = simulated();
    at.push(EventTime::parse("2026-03-04T00:00:00Z").unwrap());
    let spoilt = with_garbage(&lines, 1_200, 3);
    let plain = reports(&lines, Rules::default(), 1, &at);
    let spoilt_reports = reports(&spoilt, Rules::default(), 1, &at);
    for (plain, spoilt) in plain.iter().zip(&spoilt_reports) {
        assert_eq!(figures(plain), figures(spoilt));
    }
    let events = &spoilt_reports.last().unwrap()["events"];
    let count = |name: &str| events[name].as_u64().unwrap();
    let rejected: u64 = events["rejected"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(count("read"), spoilt.len() as u64);
    assert_eq!(count("applied") + count("duplicate") + count("late") + count("unknown") + rejected, count("read"));
    for reason in reasons_of_garbage() {
        assert!(events["rejected"][reason].as_u64() > Some(0), "no garbage was rejected as {reason}");
    }
}

#[test]
fn garbage_is_garbage_of_every_class() {
    let reasons: std::collections::BTreeSet<_> = garbage()
        .iter()
        .map(|line| contactpulse::wire::decode(Some(&line[..])).expect_err("garbage is no event").reason())
        .collect();
    assert_eq!(reasons, reasons_of_garbage().collect());
}

/// Every reason but that of a bug.
fn reasons_of_garbage() -> impl Iterator<Item = &'static str> {
    Rejected::REASONS.into_iter().filter(|reason| *reason != "panicked")
}

#[test]
fn a_waiting_caller_who_crosses_the_threshold_lowers_the_service_level_with_no_event() {
    let line = br#"{"id":"1","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"c","queue":"sales"}"#;
    let at = |text| EventTime::parse(text).unwrap();
    let moments = [at("2026-03-02T09:00:20Z"), at("2026-03-02T09:00:20.001Z"), at("2026-03-02T09:01:00Z")];
    let reports = reports(&[line.to_vec()], Rules::default(), 1, &moments);
    let levels = reports.iter().map(|report| report["queues"]["sales"]["windows"]["all"]["service_level"].clone());
    let counted: Vec<_> = levels.map(|level| (level["met"].as_i64(), level["counted"].as_i64())).collect();
    assert_eq!(counted, [(Some(0), Some(0)), (Some(0), Some(1)), (Some(0), Some(1))]);
    let sliding = &reports[2]["queues"]["sales"]["windows"]["5m"]["service_level"];
    assert_eq!(sliding["ratio"].as_f64(), Some(0.0));
}
