//! Odd lives that random streams seldom meet: several agents, ends of one leg, several events at one instant.

use contactpulse::rules::Rules;
use contactpulse::time::EventTime;
use serde_json::Value;

use crate::replay_laws::reports;

/// A report at half past nine over events written as `second type fields`, of one contact.
fn report(events: &str) -> Value {
    let line = |(number, event): (usize, &str)| {
        let (second, rest) = event.trim().split_once(' ').unwrap();
        let (kind, fields) = rest.split_once(' ').unwrap_or((rest, ""));
        let second: u32 = second.parse().unwrap();
        let time = format!("2026-03-02T09:{:02}:{:02}Z", second / 60, second % 60);
        let fields: String = fields
            .split_whitespace()
            .map(|field| {
                let (name, value) = field.split_once('=').unwrap();
                format!(r#","{name}":"{value}""#)
            })
            .collect();
        format!(r#"{{"id":"{number}","type":"contact.{kind}","time":"{time}","contact_id":"c"{fields}}}"#).into_bytes()
    };
    let lines: Vec<Vec<u8>> = events.trim().lines().enumerate().map(line).collect();
    reports(&lines, Rules::default(), 1, &[EventTime::parse("2026-03-02T09:30:00Z").unwrap()]).remove(0)
}

#[test]
fn the_end_of_a_leg_that_is_over_abandons_nobody() {
    let report = report(
        "0 queued queue=sales
         5 answered agent=ann
         60 transferred agent=ann
         60 queued queue=tech
         61 ended agent=ann
         70 answered agent=bob",
    );
    let tech = &report["queues"]["tech"]["windows"]["all"];
    assert_eq!((&tech["answered"], &tech["abandoned"]), (&1.into(), &0.into()));
    assert_eq!(report["events"]["anomalies"]["ended_without_talk"], 1);
}

#[test]
fn a_transfer_takes_back_that_the_contact_is_closing() {
    let report = report(
        "0 answered agent=ann
         0 answered agent=bob
         20 ended agent=ann
         25 wrapped agent=ann
         50 transferred agent=bob
         52 wrapped agent=bob
         90 queued queue=tech",
    );
    assert_eq!(report["queues"]["tech"]["now"]["waiting"], 1, "{}", report["events"]);
}

#[test]
fn a_hang_up_of_an_outbound_contact_in_the_next_queue_is_nothing_odd() {
    let report = report(
        "0 queued queue=sales direction=outbound
         5 answered agent=ann
         60 transferred agent=ann
         60 queued queue=tech
         70 abandoned",
    );
    assert_eq!(report["events"]["anomalies"], serde_json::json!({}));
    assert_eq!(report["total"]["windows"]["all"]["offered"], 0);
}

#[test]
fn hold_at_the_instant_of_the_transfer_is_hold() {
    let held = report("0 answered agent=ann\n60 held agent=ann\n60 transferred agent=ann");
    assert_eq!(held["total"]["windows"]["all"]["hold_time"]["count"], 1);
    let resumed = report("0 answered agent=ann\n30 held agent=ann\n60 resumed agent=ann\n60 transferred agent=ann");
    assert_eq!(resumed["total"]["windows"]["all"]["hold_time"]["sum"], 30.0);
    assert_eq!(resumed["events"]["anomalies"], serde_json::json!({}));
}

#[test]
fn more_events_than_a_contact_keeps_are_refused_and_counted() {
    let events: String = (0..1_100).map(|_| "0 updated\n").collect();
    assert_eq!(report(&events)["events"]["anomalies"]["too_many_events"], 76);
}
