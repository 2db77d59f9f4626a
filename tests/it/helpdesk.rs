//! A help desk's tickets over four years, against figures that somebody else computed from the same events by plain sorting. Run
//! where `CONTACTPULSE_DATA` names the folder with the data; elsewhere `make test` names these tests as not run.

use std::sync::OnceLock;

use contactpulse::rules::Rules;
use contactpulse::time::{EventTime, Span};
use serde_json::{Value, json};

use crate::intervals::run;
use crate::replay_laws::{figures, reports};
use crate::shared_data::lines_of;
use crate::support::noise::{doubled, shuffled};
use crate::support::shared_data;

const DAY: Span = Span::from_seconds(86_400);

fn help_desk() -> &'static [Vec<u8>] {
    static HELP_DESK: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    HELP_DESK.get_or_init(|| lines_of("helpdesk.jsonl.gz"))
}

fn expected() -> Value {
    let text = std::fs::read(shared_data("helpdesk.expected.json")).unwrap();
    serde_json::from_slice::<Value>(&text).unwrap()["from_the_canonical_events"].take()
}

fn rules() -> Rules {
    let mut rules = Rules::default();
    rules.tickets.ttl = Span::from_seconds(3_650 * 86_400);
    rules
}

/// The last moment of a day.
fn end_of(day: &str) -> EventTime {
    EventTime::parse(&format!("{day}T00:00:00Z")).unwrap() + DAY - Span::from_millis(1)
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn four_years_of_a_help_desk_give_the_figures_that_plain_sorting_gives() {
    let path = shared_data("helpdesk.jsonl.gz");
    let path = path.to_str().unwrap();
    let (code, out, err) = run(&["replay", "--set", "ticket_ttl=3650d", "--format", "json", "--input", path]);
    assert_eq!(code, Some(0), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    let (expected, queue) = (expected(), &report["queues"]["helpdesk"]);
    let all = &queue["windows"]["all"];
    for figure in ["created", "resolved", "reopened", "closed"] {
        assert_eq!(all[figure], expected[figure], "{figure}");
    }
    assert_eq!(all["reopen_rate"]["numerator"], expected["tickets_reopened"]);
    let (read, right) = (&all["resolution_time"], &expected["resolution_time_s"]);
    assert_eq!((&read["count"], &read["sum"], &read["mean"]), (&right["count"], &right["sum"], &right["mean"]));
    for percentile in ["p50", "p90", "p99"] {
        let (value, right) = (read[percentile].as_f64().unwrap(), right[percentile].as_f64().unwrap());
        assert!((value - right).abs() <= right * 0.01, "{percentile} reads {value}, sorting says {right}");
    }
    assert_eq!(queue["now"]["backlog"], expected["backlog_at_the_end"]);
    assert_eq!(all["opened_before"], 0);
    assert_eq!(report["events"]["anomalies"], json!({}));
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn the_backlog_is_right_at_the_end_of_each_of_1_452_days() {
    let expected = expected();
    let days: Vec<(&String, &Value)> = expected["backlog_unresolved_end_of_day"].as_object().unwrap().iter().collect();
    assert_eq!(days.len(), 1_452);
    let moments: Vec<EventTime> = days.iter().map(|(day, _)| end_of(day)).collect();
    for ((day, right), report) in days.iter().zip(reports(help_desk(), rules(), 1, &moments)) {
        assert_eq!(report["total"]["now"]["backlog"], **right, "{day}");
    }
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn the_help_desk_reads_the_same_shuffled_doubled_and_sharded() {
    let at = ["2010-06-30", "2011-12-24", "2013-02-12", "2014-01-03"].map(end_of);
    let run = |lines: &[Vec<u8>], shards| reports(lines, rules(), shards, &at);
    let plain = run(help_desk(), 1);
    let variants = [
        ("shuffled", run(&shuffled(help_desk(), Span::from_seconds(25), 5), 1)),
        ("doubled", run(&doubled(help_desk()), 1)),
        ("in seven shards", run(help_desk(), 7)),
    ];
    for (name, variant) in &variants {
        for (plain, variant) in plain.iter().zip(variant) {
            assert_eq!(figures(plain), figures(variant), "{name}, at {}", plain["at"]);
        }
    }
}
