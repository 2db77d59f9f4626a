//! A log that begins in the middle: snapshots tell what is open, and count nothing.

use std::sync::Arc;

use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::Rules;
use contactpulse::time::{EventTime, Span};
use serde_json::{Value, json};

use crate::mutants::metrics;

const CONTACTS: i64 = 500;

fn at(second: i64) -> EventTime {
    EventTime::parse("2026-03-02T09:00:00Z").unwrap() + Span::from_seconds(second)
}

/// What the `n`-th contact does at nine: a fifth each waits, talks, holds, is in after-contact work, or is owed a call.
fn snapshot(n: i64) -> Value {
    let since = |before: i64| at(-before).to_string();
    let queue = if n % 2 == 0 { "sales" } else { "tech" };
    let mut event = json!({
        "id": format!("s-{n}"), "type": "contact.snapshot", "time": at(0).to_string(), "contact_id": format!("c-{n}"),
        "queue": queue, "queued_at": since(400 + n),
    });
    let own = match n % 5 {
        0 => json!({}),
        1 => json!({ "agent": format!("a-{n}"), "answered_at": since(300) }),
        2 => json!({ "agent": format!("a-{n}"), "answered_at": since(300), "held_at": since(60) }),
        3 => json!({ "agent": format!("a-{n}"), "answered_at": since(300), "ended_at": since(60) }),
        _ => json!({ "queued_at": null, "callback_requested_at": since(100 + n) }),
    };
    event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    event
}

fn read(lines: &[Value], when: EventTime) -> (Value, f64) {
    let mut read = None;
    let mut show = |reading: Reading<'_>| {
        let drift = metrics(&reading).sum("contactpulse_books_drift");
        read = Some((report(&reading.view, reading.books, reading.rules, reading.at), drift));
    };
    let mut replay = Replay::new(Arc::new(Rules::default()), 3, When::At(vec![when]));
    for line in lines {
        replay.line(line.to_string().as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    read.expect("it was read")
}

#[test]
fn from_snapshots_alone_the_figures_of_now_are_right_and_nothing_was_offered_or_answered() {
    let lines: Vec<Value> = (0..CONTACTS).map(snapshot).collect();
    let (report, drift) = read(&lines, at(10));
    let (total, each) = (&report["total"], CONTACTS / 5);
    let now = json!({
        "waiting": each, "longest_wait": 10.0 + 400.0 + (CONTACTS - 5) as f64, "in_service": 2 * each,
        "in_after_contact": each, "callbacks_waiting": each, "oldest_callback": 10.0 + 100.0 + (CONTACTS - 1) as f64,
        "backlog": 0, "unassigned": 0, "awaiting_reply": 0, "oldest_awaiting": null, "agents": {},
    });
    assert_eq!(total["now"], now);
    let all = &total["windows"]["all"];
    for figure in ["offered", "answered", "abandoned", "volume", "callbacks_requested"] {
        assert_eq!(all[figure], 0, "{figure}");
    }
    assert_eq!((&all["adopted"], &all["service_level"]["counted"]), (&each.into(), &0.into()));
    assert_eq!(report["events"]["anomalies"], json!({}));
    assert_eq!(drift, 0.0);
}

#[test]
fn what_was_adopted_ends_like_any_other() {
    let mut lines: Vec<Value> = (0..CONTACTS).map(snapshot).collect();
    for n in 0..CONTACTS {
        let (kind, more) = match n % 5 {
            0 => ("answered", json!({ "agent": "ann" })),
            1 | 2 => ("ended", json!({})),
            3 => ("wrapped", json!({})),
            _ => ("callback_attempted", json!({ "result": "reached" })),
        };
        let mut event = json!({
            "id": format!("e-{n}"), "type": format!("contact.{kind}"), "time": at(60).to_string(), "contact_id": format!("c-{n}"),
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        lines.push(event);
    }
    let (report, drift) = read(&lines, at(61));
    let (all, each) = (&report["total"]["windows"]["all"], CONTACTS / 5);
    assert_eq!((&all["offered"], &all["answered"], &all["adopted"]), (&0.into(), &each.into(), &each.into()));
    assert_eq!(all["talk_time"]["sum"], (each * 360 + each * 240) as f64);
    assert_eq!(all["handle_time"]["sum"], (each * 360) as f64, "those in after-contact work at nine");
    assert_eq!(all["callback_success"]["numerator"], each);
    assert_eq!(report["events"]["anomalies"], json!({}));
    assert_eq!(drift, 0.0);
}
