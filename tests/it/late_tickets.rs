//! Late events of tickets, and events told again: what they still may do, and what they may not undo.

use contactpulse::rules::Rules;
use contactpulse::time::{EventTime, Span};
use serde_json::{Value, json};

use crate::replay_laws::{figures, reports};

/// Minutes after nine.
fn at(minute: i64) -> EventTime {
    EventTime::parse("2026-03-02T09:00:00Z").unwrap() + Span::from_seconds(60 * minute)
}

fn event(minute: i64, kind: &str, more: Value) -> Value {
    let mut event = json!({
        "id": format!("{kind}-{minute}"), "type": format!("ticket.{kind}"), "time": at(minute).to_string(), "ticket_id": "t",
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

/// Another ticket's event: what is more than `lateness` before it is late from here on.
fn tick(minute: i64) -> Value {
    let mut tick = event(minute, "created", json!({ "queue": "elsewhere" }));
    tick["ticket_id"] = json!(format!("other-{minute}"));
    tick["id"] = json!(format!("tick-{minute}"));
    tick
}

fn read(events: &[Value], shards: usize) -> Value {
    let lines: Vec<Vec<u8>> = events.iter().map(|event| event.to_string().into_bytes()).collect();
    reports(&lines, Rules::default(), shards, &[at(600)]).remove(0)
}

fn all(report: &Value) -> &Value {
    &report["queues"]["help"]["windows"]["all"]
}

fn created(minute: i64) -> Value {
    event(minute, "created", json!({ "queue": "help" }))
}

fn by_agent() -> Value {
    json!({ "author": "agent", "agent": "ann" })
}

#[test]
fn a_late_reply_is_a_reply_at_its_own_time() {
    let customer = json!({ "author": "customer" });
    let events = [
        created(0),
        event(30, "updated", json!({ "priority": "high" })),
        tick(60),
        event(20, "replied", by_agent()),
        event(70, "replied", customer),
    ];
    let report = read(&events, 1);
    assert_eq!(report["events"]["late"], 1);
    assert_eq!(all(&report)["first_response_time"]["sum"], 1_200.0);
    assert_eq!(report["queues"]["help"]["now"]["oldest_awaiting"], (530 * 60) as f64);
}

#[test]
fn a_late_question_that_was_answered_since_is_none() {
    let events = [
        created(0),
        event(10, "replied", by_agent()),
        event(40, "replied", by_agent()),
        tick(60),
        event(20, "replied", json!({ "author": "customer" })),
    ];
    let report = read(&events, 1);
    assert_eq!(report["queues"]["help"]["now"]["awaiting_reply"], 0);
    assert_eq!(all(&report)["reply_time"]["count"], 0, "nobody knew of it when it was answered");
}

#[test]
fn a_late_resolve_ends_what_was_open_then_and_a_later_one_is_no_new_one() {
    let events = [
        created(0),
        event(40, "updated", json!({ "priority": "high" })),
        tick(60),
        event(30, "resolved", json!({ "agent": "ann" })),
        event(90, "resolved", json!({ "agent": "bob" })),
    ];
    let report = read(&events, 1);
    let all = all(&report);
    assert_eq!((&all["resolved"], &all["resolution_time"]["sum"]), (&1.into(), &1_800.0.into()));
    assert_eq!(report["agents"]["ann"]["windows"]["all"]["resolved"], 1);
    assert_eq!(report["events"]["anomalies"], json!({}));
}

#[test]
fn a_late_end_or_move_before_something_later_of_the_backlog_is_odd_and_changes_nothing() {
    for (kind, more) in [("resolved", json!({})), ("deleted", json!({})), ("assigned", json!({ "queue": "sales" }))] {
        let events = [
            created(0),
            event(10, "resolved", json!({})),
            event(40, "reopened", json!({})),
            tick(60),
            event(20, kind, more),
        ];
        let report = read(&events, 1);
        assert_eq!(report["events"]["anomalies"], json!({ "late_beginning": 1 }), "{kind}");
        assert_eq!(report["queues"]["help"]["now"]["backlog"], 1, "{kind}");
        assert_eq!((&all(&report)["resolved"], &all(&report)["deleted"]), (&1.into(), &0.into()), "{kind}");
    }
}

#[test]
fn a_late_beginning_begins_nothing() {
    for (kind, more) in [("created", json!({ "queue": "sales" })), ("reopened", json!({})), ("snapshot", json!({}))] {
        let events = [created(0), event(30, "resolved", json!({})), tick(60), event(20, kind, more)];
        let report = read(&events, 1);
        assert_eq!(report["events"]["anomalies"], json!({ "late_beginning": 1 }), "{kind}");
        assert_eq!(report["queues"]["help"]["now"]["backlog"], 0, "{kind}");
    }
}

#[test]
fn a_late_word_sets_nothing_that_a_later_event_set() {
    let events = [
        created(0),
        event(30, "assigned", json!({ "agent": "bob" })),
        event(30, "updated", json!({ "priority": "low" })),
        event(30, "status_changed", json!({ "status": "on_hold" })),
        tick(60),
        event(20, "assigned", json!({ "agent": "ann" })),
        event(20, "updated", json!({ "priority": "high" })),
        event(20, "status_changed", json!({ "status": "pending" })),
        event(90, "resolved", json!({})),
    ];
    let mut open = events.to_vec();
    open.pop();
    let now = read(&open, 1)["queues"]["help"]["now"].clone();
    assert_eq!(now["backlog_by"]["priority"], json!({ "low": 1 }));
    assert_eq!(now["backlog_by"]["status"], json!({ "on_hold": 1 }));
    let report = read(&events, 1);
    assert_eq!(report["agents"]["bob"]["windows"]["all"]["resolved"], 1);
    assert_eq!(report["agents"]["ann"]["windows"]["all"]["resolution_rate"]["denominator"], 1, "she had it once");
}

#[test]
fn a_first_response_that_was_decided_is_not_undone_by_a_late_reply() {
    let events = [
        created(0),
        event(10, "resolved", json!({})),
        tick(60),
        event(5, "replied", by_agent()),
        event(70, "reopened", json!({})),
        event(80, "replied", by_agent()),
    ];
    let report = read(&events, 1);
    let all = all(&report);
    assert_eq!((&all["resolved_unreplied"], &all["first_response_time"]["count"]), (&1.into(), &0.into()));
    assert_eq!(all["response_rate"]["numerator"], 1, "that it was in time is another question, and was open");
}

#[test]
fn an_old_event_told_again_is_a_repeat_though_forty_came_after_it() {
    let mut events = vec![created(0)];
    events.extend((1..=40).map(|n| event(n * 2, "replied", json!({ "author": "customer" }))));
    let plain = read(&events, 1);
    let twice: Vec<Value> = events.iter().chain(&events).cloned().collect();
    let told_again = read(&twice, 1);
    assert_eq!(figures(&plain), figures(&told_again));
    assert_eq!(told_again["events"]["duplicate"], 41, "{}", told_again["events"]);
}
