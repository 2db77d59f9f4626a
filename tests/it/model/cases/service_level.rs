//! Service level and windows.

use serde_json::{Value, json};

use crate::model::naive::report;
use crate::model::telling::{NINE, gives, gives_under};
use crate::model::{DAY, MINUTE, SECOND, Settings};

/// Contacts that leave after these many seconds, answered or not, one a second.
fn leaving(groups: &[(usize, &str, i64)]) -> Vec<Value> {
    let each = groups.iter().flat_map(|&(n, how, wait)| std::iter::repeat_n((how, wait), n));
    let lives = each.enumerate().flat_map(|(n, (how, wait))| {
        let at = NINE + n as i64 * SECOND;
        let event = |what: &str, time: i64| {
            json!({ "id": format!("{n}-{what}"), "type": format!("contact.{what}"), "time": time,
                    "contact_id": n.to_string(), "queue": "sales", "agent": "ann" })
        };
        [event("queued", at), event(how, at + wait * SECOND)]
    });
    lives.collect()
}

fn presets(lines: &[Value], settings: &Settings) -> Vec<(String, String)> {
    let report = report(lines, settings, NINE + 30 * MINUTE);
    let presets = &report["queues"]["sales"]["windows"]["30m"]["service_level"]["presets"];
    let rounded =
        |(name, figure): (&String, &Value)| (name.clone(), format!("{:.6}", figure["ratio"].as_f64().unwrap()));
    presets.as_object().unwrap().iter().map(rounded).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.iter().map(|(name, ratio)| ((*name).to_owned(), (*ratio).to_owned())).collect();
    pairs.sort();
    pairs
}

#[test]
fn the_same_hour_reads_differently_under_each_preset() {
    let hour = leaving(&[
        (860, "answered", 20),
        (140, "answered", 21),
        (10, "abandoned", 5),
        (10, "abandoned", 20),
        (40, "abandoned", 40),
    ]);
    let mut got = presets(&hour, &Settings::default());
    got.sort();
    let table = [
        ("standard", "0.819048"),
        ("abandons_count_against", "0.811321"),
        ("abandons_within_threshold_ignored", "0.826923"),
        ("abandons_within_threshold_met", "0.830189"),
        ("removed_from_queue", "0.830189"),
        ("answered_only", "0.860000"),
    ];
    assert_eq!(got, named(&table));
}

#[test]
fn ciscos_hundred_calls_read_as_cisco_says() {
    let calls = leaving(&[(70, "answered", 20), (10, "abandoned", 20), (20, "answered", 50)]);
    let settings = Settings { short_abandon: 0, ..Settings::default() };
    let got = presets(&calls, &settings);
    for (name, ratio) in [
        ("abandons_within_threshold_ignored", "0.777778"),
        ("abandons_count_against", "0.700000"),
        ("abandons_within_threshold_met", "0.800000"),
    ] {
        assert!(got.contains(&(name.to_owned(), ratio.to_owned())), "{name} {got:?}");
    }
}

#[test]
fn a_waiting_caller_is_a_miss_once_the_threshold_has_passed() {
    let events = "00:00 c1 queued queue=sales";
    gives(events, "00:20", "sales all service_level.counted 0\nsales now waiting 1\nsales now longest_wait 20");
    gives(events, "00:21", "sales all service_level.counted 1\nsales all service_level.met 0");
    gives(events, "00:21", "sales all service_level.presets.answered_only.counted 0");
    gives(events, "05:15", "sales 5m service_level.counted 1\nsales 5m offered 0");
    gives(events, "05:25", "sales 5m service_level.counted 0\nsales all service_level.counted 1");
}

#[test]
fn a_late_answer_is_a_miss_at_the_threshold_and_an_answer_when_it_comes() {
    let events = "00:00 c1 queued queue=sales\n06:00 c1 answered agent=ann";
    gives(events, "06:30", "sales 5m answered 1\nsales 5m service_level.counted 0\nsales 15m service_level.counted 1");
    gives(events, "06:30", "sales 5m service_level.presets.answered_only.counted 1");
}

#[test]
fn a_window_read_on_a_slot_edge_holds_its_beginning_and_not_its_end() {
    let events = "00:00 c1 queued queue=sales\n05:00 c2 queued queue=sales";
    gives(events, "05:00", "sales 5m offered 1\nsales all offered 2\nsales today offered 1");
    gives(events, "05:01", "sales 5m offered 1");
    gives(events, "05:05", "sales 5m offered 1");
    gives(events, "30:00", "sales last_30m offered 2\nsales this_30m offered 0\nsales 30m offered 2");
    gives(events, "59:55", "sales last_30m offered 2\nsales this_30m offered 0\nsales 30m offered 0");
}

#[test]
fn today_is_empty_where_it_begins() {
    let settings = Settings { day_start: NINE.rem_euclid(DAY) + MINUTE, ..Settings::default() };
    let events = "00:30 c1 queued queue=sales\n01:00 c2 queued queue=sales";
    gives_under(&settings, events, "01:00", "sales today offered 0");
    gives_under(&settings, events, "01:05", "sales today offered 1");
}

#[test]
fn percentiles_are_those_of_the_nearest_rank() {
    let waits: Vec<(usize, &str, i64)> = (1..=10).map(|wait| (1, "answered", wait)).collect();
    let report = report(&leaving(&waits), &Settings::default(), NINE + MINUTE);
    let figure = &report["queues"]["sales"]["windows"]["5m"]["speed_of_answer"];
    let expected = json!({ "count": 10, "sum": 55.0, "mean": 5.5, "min": 1.0, "max": 10.0,
                           "p50": 5.0, "p90": 9.0, "p95": 10.0, "p99": 10.0 });
    assert_eq!(*figure, expected);
}

#[test]
fn a_queue_has_its_own_threshold_on_a_channel() {
    let settings = Settings {
        thresholds: [("sales".to_owned(), 10 * SECOND)].into(),
        channel_thresholds: [(("sales".to_owned(), "chat".to_owned()), 45 * SECOND)].into(),
        ..Settings::default()
    };
    let events = "
        00:00 c1 queued queue=sales channel=chat
        00:00 c2 queued queue=sales
        00:00 c3 queued queue=tech channel=chat";
    let at = |seconds: &str, counted: [u8; 2]| {
        let [sales, tech] = counted;
        let figures = format!("sales all service_level.counted {sales}\ntech all service_level.counted {tech}");
        gives_under(&settings, events, seconds, &figures);
    };
    at("00:11", [1, 0]);
    at("00:21", [1, 1]);
    at("00:45", [1, 1]);
    at("00:46", [2, 1]);
}

#[test]
fn service_level_is_that_of_the_configured_preset() {
    let calls = leaving(&[(70, "answered", 20), (10, "abandoned", 20), (20, "answered", 50)]);
    for (preset, met, counted) in [
        ("standard", 70, 100),
        ("abandons_within_threshold_ignored", 70, 90),
        ("abandons_within_threshold_met", 80, 100),
        ("answered_only", 70, 90),
    ] {
        let settings = Settings { preset, ..Settings::default() };
        let level =
            &report(&calls, &settings, NINE + 30 * MINUTE)["queues"]["sales"]["windows"]["30m"]["service_level"];
        assert_eq!((&level["met"], &level["counted"]), (&json!(met), &json!(counted)), "{preset}");
    }
}
