//! The figures of tickets in one window, and of those that are unresolved now.

use serde_json::{Value, json};

use super::super::figure::{Figure, seconds};
use super::super::figures::Tally;
use super::super::{DAY, HOUR};
use super::Ticket;
use super::course::DELETE_CAUSES;

/// Statuses of unresolved tickets.
pub const STATUSES: [&str; 3] = ["open", "pending", "on_hold"];
/// Priorities that the streams tell.
pub const PRIORITIES: [&str; 4] = ["normal", "low", "high", "urgent"];
const ATTEMPTS: [&str; 2] = ["first", "again"];

/// The classes of age: each from that age on.
const AGES: [(&str, i64); 7] = [
    ("under_1h", i64::MIN),
    ("1h_to_4h", HOUR),
    ("4h_to_1d", 4 * HOUR),
    ("1d_to_3d", DAY),
    ("3d_to_7d", 3 * DAY),
    ("7d_to_30d", 7 * DAY),
    ("over_30d", 30 * DAY),
];

const COUNTS: [&str; 8] =
    ["created", "resolved", "reopened", "closed", "deleted", "escalated", "resolved_unreplied", "tickets_expired"];
const MOVES: [&str; 3] = ["moved_in", "moved_out", "deleted_open"];

/// The figures of a queue's tickets.
pub fn of_queue(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let moves = MOVES.map(|name| (name, Figure::Count(tally.count(name) as i64)));
    let opened_before = ("opened_before", Figure::Count(tally.sum_of("opened_before")));
    let complaints = ("complaints", Figure::Group(of_complaints(&tally.complaints())));
    of_any(tally).into_iter().chain(moves).chain([opened_before, complaints]).collect()
}

/// What is shown of all tickets and of complaints alike.
fn of_any(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let counts = COUNTS.map(|name| (name, Figure::Count(tally.count(name) as i64)));
    let durations = ["first_response_time", "reply_time", "resolution_time"];
    let durations = durations.map(|name| (name, Figure::Durations(tally.sorted_ms(name))));
    counts.into_iter().chain(durations).chain(ratios(tally)).collect()
}

fn ratios(tally: &Tally) -> [(&'static str, Figure); 5] {
    let first = tally.count_of_part("resolved", "first");
    [
        ("resolution_rate", tally.count("resolved"), tally.count("created")),
        ("response_rate", tally.count("responded"), tally.sum(&["responded", "not_responded"])),
        ("replies_per_resolution", tally.sum_of("replies_at_resolve") as usize, tally.count("replies_at_resolve")),
        ("escalation_rate", tally.count("escalated_first"), tally.count("created")),
        ("reopen_rate", tally.count("reopened_first"), first),
    ]
    .map(|(name, part, whole)| (name, Figure::Ratio { part, whole }))
}

fn of_complaints(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let overdue = Figure::Ratio { part: tally.count("overdue"), whole: tally.sum(&["overdue", "in_time"]) };
    of_any(tally).into_iter().chain(parts(tally)).chain([("overdue_rate", overdue)]).collect()
}

/// Break-downs: the name with `_by`, and what stands there.
pub fn parts(tally: &Tally) -> [(&'static str, Figure); 3] {
    let of_attempt = |attempt| (attempt, Figure::Durations(tally.sorted_ms_of_part("resolution_time", attempt)));
    let active = [("active", Figure::Durations(tally.sorted_ms("resolution_active")))];
    let by = vec![("attempt", Figure::Group(ATTEMPTS.map(of_attempt).into())), ("clock", Figure::Group(active.into()))];
    [
        ("resolved_by", tally.parts("resolved", "attempt", &ATTEMPTS)),
        ("deleted_by", tally.parts("deleted", "cause", &DELETE_CAUSES)),
        ("resolution_time_by", Figure::Group(by)),
    ]
}

/// The figures of an agent's tickets.
pub fn of_agent(tally: &Tally) -> [(&'static str, Figure); 4] {
    let resolved = tally.count("resolved");
    [
        ("resolved", Figure::Count(resolved as i64)),
        ("resolved_by", tally.parts("resolved", "attempt", &ATTEMPTS)),
        ("first_response_time", Figure::Durations(tally.sorted_ms("first_response_time"))),
        ("resolution_rate", Figure::Ratio { part: resolved, whole: tally.count("assignment") }),
    ]
}

/// What of these unresolved tickets is shown of now.
pub fn now(unresolved: &[&Ticket], t: i64) -> Value {
    let unassigned: Vec<_> = unresolved.iter().copied().filter(|ticket| !ticket.is_assigned()).collect();
    let awaiting: Vec<_> = unresolved.iter().copied().filter(|ticket| ticket.awaiting_since().is_some()).collect();
    let oldest = awaiting.iter().filter_map(|ticket| ticket.awaiting_since()).min();
    json!({
        "backlog": unresolved.len(),
        "backlog_by": {
            "priority": by_priority(unresolved),
            "status": by(unresolved, &STATUSES, |ticket| ticket.status()),
            "age": by(unresolved, &AGES.map(|(name, _)| name), |ticket| age_class(t - ticket.since())),
        },
        "unassigned": unassigned.len(),
        "unassigned_by": { "priority": by_priority(&unassigned) },
        "awaiting_reply": awaiting.len(),
        "awaiting_reply_by": { "priority": by_priority(&awaiting) },
        "oldest_awaiting": oldest.map(|since| seconds(t - since)),
    })
}

fn by_priority(tickets: &[&Ticket]) -> Value {
    let known: Value = by(tickets, &PRIORITIES, |ticket| ticket.priority());
    known
}

fn by<'a>(tickets: &[&'a Ticket], parts: &[&str], part_of: impl Fn(&'a Ticket) -> &'a str) -> Value {
    let many = |part: &str| tickets.iter().filter(|ticket| part_of(ticket) == part).count();
    parts.iter().map(|part| ((*part).to_owned(), json!(many(part)))).collect()
}

fn age_class(age: i64) -> &'static str {
    AGES.iter().rev().find(|(_, from)| *from <= age).map_or("under_1h", |(name, _)| name)
}
