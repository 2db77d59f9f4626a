//! A log that begins in the middle of months of work: snapshots tell of every ticket, and count nothing.

use contactpulse::rules::Rules;
use contactpulse::time::{EventTime, Span};
use serde_json::{Value, json};

use crate::replay_laws::reports;

const TICKETS: i64 = 3_000;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn now() -> EventTime {
    EventTime::parse("2026-03-02T09:00:00Z").unwrap()
}

/// Seconds since the `n`-th ticket was created: from a minute to ninety days.
fn age(n: i64) -> i64 {
    60 + n * (90 * DAY - 60) / (TICKETS - 1)
}

/// Of ten tickets four wait for a first answer, three for another answer, two for their customer, and one is resolved.
fn snapshot(n: i64) -> Value {
    let ago = |seconds: i64| (now() - Span::from_seconds(seconds)).to_string();
    let created = age(n);
    let own = match n % 10 {
        0..4 => json!({}),
        4..7 => json!({ "first_reply_at": ago(created / 2), "awaiting_since": ago(created / 4), "agent": "ann" }),
        7 | 8 => json!({ "first_reply_at": ago(created / 2), "status": "pending", "agent": "bob", "replies": 3 }),
        _ => json!({ "first_reply_at": ago(created / 2), "status": "resolved", "resolved_at": ago(created / 3) }),
    };
    let mut event = json!({
        "id": format!("s-{n}"), "type": "ticket.snapshot", "time": now().to_string(), "ticket_id": format!("t-{n}"),
        "queue": if n % 2 == 0 { "billing" } else { "help" }, "created_at": ago(created),
        "priority": if n % 3 == 0 { "high" } else { "normal" },
    });
    event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    event
}

fn read(events: &[Value], shards: usize, seconds_later: i64) -> Value {
    let lines: Vec<Vec<u8>> = events.iter().map(|event| event.to_string().into_bytes()).collect();
    reports(&lines, Rules::default(), shards, &[now() + Span::from_seconds(seconds_later)]).remove(0)
}

fn how_many(is: impl Fn(i64) -> bool) -> i64 {
    (0..TICKETS).filter(|n| is(*n)).count() as i64
}

fn is_open(n: i64) -> bool {
    n % 10 < 9
}

#[test]
fn from_snapshots_alone_backlog_ages_and_awaiting_are_right_and_nothing_was_created_or_resolved() {
    let events: Vec<Value> = (0..TICKETS).map(snapshot).collect();
    for shards in [1, 3] {
        let report = read(&events, shards, 0);
        let (now, all) = (&report["total"]["now"], &report["total"]["windows"]["all"]);
        assert_eq!(now["backlog"], how_many(is_open));
        let of_age = |from: i64, to: i64| how_many(|n| is_open(n) && (from..to).contains(&age(n)));
        let edges = [0, HOUR, 4 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY, 91 * DAY];
        let names = ["under_1h", "1h_to_4h", "4h_to_1d", "1d_to_3d", "3d_to_7d", "7d_to_30d", "over_30d"];
        for (name, edge) in names.iter().zip(edges.windows(2)) {
            assert_eq!(now["backlog_by"]["age"][name], of_age(edge[0], edge[1]), "{name}");
        }
        let high = how_many(|n| is_open(n) && n % 3 == 0);
        assert_eq!(now["backlog_by"]["priority"], json!({ "high": high, "normal": how_many(is_open) - high }));
        let pending = how_many(|n| matches!(n % 10, 7 | 8));
        assert_eq!(now["backlog_by"]["status"], json!({ "open": how_many(is_open) - pending, "pending": pending }));
        assert_eq!(now["unassigned"], how_many(|n| n % 10 < 4));
        assert_eq!(now["awaiting_reply"], how_many(|n| n % 10 < 7));
        let oldest = (0..TICKETS).rfind(|n| n % 10 < 4).map(age).unwrap();
        assert_eq!(now["oldest_awaiting"], oldest as f64);
        for figure in ["created", "resolved", "reopened", "closed", "deleted", "volume", "resolved_unreplied"] {
            assert_eq!(all[figure], 0, "{figure}");
        }
        assert_eq!(all["opened_before"], how_many(is_open));
        assert_eq!(all["response_rate"]["denominator"], 0, "what was decided before the snapshot has no part in it");
        assert_eq!(report["events"]["anomalies"], json!({}));
    }
}

#[test]
fn what_a_snapshot_told_of_goes_on_like_any_other_ticket() {
    let mut events: Vec<Value> = (0..TICKETS).map(snapshot).collect();
    let later = (now() + Span::from_seconds(60)).to_string();
    for n in 0..TICKETS {
        let (kind, own) = match n % 10 {
            0..7 => ("replied", json!({ "author": "agent", "agent": "ann" })),
            7 | 8 => ("resolved", json!({})),
            _ => ("reopened", json!({})),
        };
        let mut event = json!({
            "id": format!("e-{n}"), "type": format!("ticket.{kind}"), "time": later, "ticket_id": format!("t-{n}"),
        });
        event.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
        events.push(event);
    }
    let report = read(&events, 2, 60);
    let (now, all) = (&report["total"]["now"], &report["total"]["windows"]["all"]);
    let resolved = how_many(|n| matches!(n % 10, 7 | 8));
    assert_eq!((&now["backlog"], &all["resolved"]), (&(TICKETS - resolved).into(), &resolved.into()));
    assert_eq!((&now["awaiting_reply"], &now["oldest_awaiting"]), (&0.into(), &Value::Null));
    assert_eq!(all["first_response_time"]["count"], how_many(|n| n % 10 < 4));
    assert_eq!(all["reply_time"]["count"], how_many(|n| matches!(n % 10, 4..7)));
    let resolution: i64 = (0..TICKETS).filter(|n| matches!(n % 10, 7 | 8)).map(|n| age(n) + 60).sum();
    assert_eq!(all["resolution_time"]["sum"], resolution as f64);
    assert_eq!(all["reopened"], how_many(|n| n % 10 == 9));
    assert_eq!(report["events"]["anomalies"], json!({}));
}
