//! A bank's call centre, call by call, against figures that somebody else computed from the original table. Run where
//! `CONTACTPULSE_DATA` names the folder with the data; elsewhere `make test` names these tests as not run.

use std::sync::OnceLock;

use contactpulse::lines::{Line, Lines};
use contactpulse::rules::Rules;
use contactpulse::time::{EventTime, Span};
use serde_json::Value;

use crate::replay_laws::{figures, reports};
use crate::support::noise::{doubled, shuffled, with_garbage};
use crate::support::shared_data;

/// The lines of the bank's log.
pub fn bank() -> &'static [Vec<u8>] {
    static BANK: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    BANK.get_or_init(|| lines_of("bank-1999-02.jsonl.gz"))
}

/// The lines of a log among the shared data.
pub fn lines_of(name: &str) -> Vec<Vec<u8>> {
    let mut log = Lines::open(&shared_data(name), |source, _| source).unwrap();
    let mut lines = Vec::new();
    while let Some(line) = log.next_line().unwrap() {
        match line {
            Line::Whole(line) => lines.push(line.to_vec()),
            Line::TooLong { bytes } => panic!("a line of {bytes} bytes"),
        }
    }
    lines
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(shared_data("bank-1999-02.expected.json")).unwrap()).unwrap()
}

/// Holds the `all` window of a queue, or of the total, against the expected figures.
pub fn check_queue(name: &str, windows: &Value, expected: &Value) {
    let all = &windows["all"];
    let integer = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{name}: {value} is no number")) as i64;
    let read = ["offered", "answered", "abandoned"].map(|kpi| integer(&all[kpi]));
    let right = ["offered", "answered", "abandoned"].map(|kpi| integer(&expected[kpi]));
    assert_eq!(read, right, "{name}: counts");
    let sums = ["speed_of_answer", "talk_time", "time_to_abandon"].map(|kpi| all[kpi]["sum"].as_f64().unwrap());
    let right = [&expected["wait_sum_answered_s"], &expected["talk_sum_s"], &expected["wait_abandoned"]["sum"]];
    assert_eq!(sums, right.map(|sum| sum.as_f64().unwrap()), "{name}: sums of answered waits, talk, abandoned waits");
    assert_eq!(integer(&all["service_level"]["met"]), integer(&expected["answered_le20"]), "{name}: within 20 s");
    for (kpi, right) in
        [("speed_of_answer", "wait_answered"), ("time_to_abandon", "wait_abandoned"), ("talk_time", "talk")]
    {
        check_percentiles(name, &all[kpi], &expected[right]);
    }
}

/// Within 1 %, or rounding to the second that was recorded.
fn check_percentiles(name: &str, read: &Value, expected: &Value) {
    for percentile in ["p50", "p90", "p95", "p99"] {
        let right = expected[format!("{percentile}_nearest")].as_f64().unwrap();
        let value = read[percentile].as_f64().unwrap();
        let close = (value - right).abs() <= right * 0.01 || value.round() == right;
        assert!(close, "{name}: {percentile} reads {value}, the table says {right}");
    }
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn a_month_of_a_bank_gives_the_figures_of_the_original_table() {
    let report = reports(bank(), Rules::default(), 1, &[EventTime::parse("1999-03-01T00:00:00Z").unwrap()]).remove(0);
    let expected = expected();
    check_queue("total", &report["total"]["windows"], &expected["total"]);
    for (queue, expected) in expected["by_queue"].as_object().unwrap() {
        check_queue(queue, &report["queues"][queue]["windows"], expected);
    }
    assert_eq!(report["queues"].as_object().unwrap().len(), 6);
    for (agent, expected) in expected["agents"].as_object().unwrap() {
        let all = &report["agents"][agent]["windows"]["all"];
        assert_eq!(all["answered"].as_i64(), expected["answered"].as_i64(), "{agent}");
        assert_eq!(all["handle_time"]["sum"].as_f64(), expected["talk_sum_s"].as_f64(), "{agent}");
    }
    assert_eq!(report["total"]["windows"]["all"]["service_level"]["met"], 16_209);
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn with_short_abandons_up_to_the_threshold_the_bank_met_16_209_of_29_868() {
    let mut rules = Rules::default();
    rules.service_level.short_abandon = Span::from_seconds(20);
    let report = reports(bank(), rules, 1, &[EventTime::parse("1999-03-01T00:00:00Z").unwrap()]).remove(0);
    let level = &report["total"]["windows"]["all"]["service_level"];
    assert_eq!((&level["met"], &level["counted"]), (&16_209.into(), &29_868.into()));
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn seventeen_callers_of_the_bank_wait_at_the_peak() {
    let peak = EventTime::parse("1999-02-03T13:27:21Z").unwrap();
    let report = reports(bank(), Rules::default(), 1, &[peak]).remove(0);
    assert_eq!(report["total"]["now"]["waiting"], 17);
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn the_bank_reads_the_same_shuffled_doubled_sharded_and_with_garbage() {
    let moments = ["1999-02-03T13:27:21Z", "1999-02-10T09:59:58Z", "1999-02-21T16:00:00Z", "1999-03-01T00:00:00Z"];
    let at = moments.map(|moment| EventTime::parse(moment).unwrap());
    let run = |lines: &[Vec<u8>], shards| reports(lines, Rules::default(), shards, &at);
    let plain = run(bank(), 1);
    let spoilt = with_garbage(bank(), 1_200, 7);
    let variants = [
        ("shuffled", run(&shuffled(bank(), Span::from_seconds(25), 5), 1)),
        ("doubled", run(&doubled(bank()), 1)),
        ("in seven shards", run(bank(), 7)),
        ("with garbage", run(&spoilt, 1)),
    ];
    for (name, variant) in &variants {
        for (plain, variant) in plain.iter().zip(variant) {
            assert_eq!(figures(plain), figures(variant), "{name}, at {}", plain["at"]);
        }
    }
    assert_eq!(variants[3].1.last().unwrap()["events"]["read"], spoilt.len());
}
