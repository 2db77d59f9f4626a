//! What goes wrong with a life before it is told: lost events, one second for all, numbers, events after the end.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Settings;
use super::contact::fold;
use super::dice::Dice;
use super::event::{Event, Subject, is_feedback, subject};
use super::lives::{AGENTS, QUEUES, moment};
use super::tickets;
use super::{MINUTE, SECOND};

/// Fields that hold a moment in the past.
const MOMENTS: [&str; 12] = [
    "time",
    "queued_at",
    "first_queued_at",
    "answered_at",
    "held_at",
    "ended_at",
    "callback_requested_at",
    "created_at",
    "first_reply_at",
    "awaiting_since",
    "resolved_at",
    "since",
];

/// All at the moment of the first; what an event tells of other moments moves with it.
pub fn fall_into_one_second(events: &mut [Value]) {
    let first = moment(&events[0]);
    for event in events {
        let moved_by = first - moment(event);
        for name in MOMENTS {
            if let Some(told) = event[name].as_i64() {
                event[name] = json!(told + moved_by);
            }
        }
    }
}

/// Spoils some lives. The first queueing of an outbound contact stays the first, since it alone tells the direction.
pub fn spoil(events: &mut Vec<Value>, is_outbound: bool, settings: &Settings, dice: &mut Dice) {
    let many = events.len() as i64;
    match dice.below(12) {
        0 => set_seq(events, |n, _| n),
        1 if !is_outbound => set_seq(events, |_, dice| dice.below(3)),
        2 | 3 if many > 1 => drop(events.remove((1 + dice.below(many - 1)) as usize)),
        4 if !is_outbound => drop(events.drain(..events.len().min(1 + dice.below(2) as usize))),
        5 => events.truncate(1 + dice.below(many) as usize),
        6 => come_after_the_end(events, settings.lateness, dice),
        _ => {}
    }
}

/// Spoils some lives in which every event may be missing.
pub fn spoil_order(events: &mut Vec<Value>, dice: &mut Dice) {
    let many = events.len() as i64;
    match dice.below(12) {
        0 => set_seq(events, |n, _| n),
        1 => set_seq(events, |_, dice| dice.below(3)),
        2 | 3 if many > 1 => drop(events.remove(dice.below(many) as usize)),
        4 => drop(events.drain(..(many as usize - 1).min(1 + dice.below(2) as usize))),
        5 => events.truncate(1 + dice.below(many) as usize),
        _ => {}
    }
}

fn set_seq(events: &mut [Value], mut seq: impl FnMut(i64, &mut Dice) -> i64) {
    let mut dice = Dice::new(events.len() as u64);
    for (n, event) in events.iter_mut().enumerate() {
        event["seq"] = json!(seq(n as i64, &mut dice));
    }
}

fn come_after_the_end(events: &mut Vec<Value>, lateness: i64, dice: &mut Dice) {
    let last = events.last().expect("a life has an event").clone();
    let (contact, end) = (&last["contact_id"], moment(&last));
    let after = dice.pick(&[0, lateness - SECOND, lateness, lateness + SECOND, 2 * MINUTE]);
    let (queue, agent) = (dice.pick(&QUEUES), dice.pick(&AGENTS));
    let mut stray = match dice.below(7) {
        0 => json!({ "type": "contact.queued", "queue": queue }),
        1 => json!({ "type": "contact.answered", "agent": agent }),
        2 => json!({ "type": "contact.alert_missed", "agent": agent }),
        3 => json!({ "type": "contact.message", "author": "agent" }),
        4 => json!({ "type": "contact.callback_requested", "queue": queue }),
        5 => json!({ "type": "contact.snapshot", "queue": queue }),
        _ => json!({ "type": "contact.updated", "reason": "invoice" }),
    };
    stray["time"] = json!(end + after);
    stray["contact_id"] = contact.clone();
    events.push(stray);
}

/// Drops what would come when the contact, or a deleted ticket, may be forgotten.
pub fn cut_where_it_is_forgotten(events: &mut Vec<Value>, settings: &Settings) {
    events.sort_by_key(moment);
    let first = first_after_it_is_forgotten(&events.iter().collect::<Vec<_>>(), settings);
    events.truncate(first.unwrap_or(events.len()));
}

/// Whether anybody has events when it may be forgotten, which the generators do not make.
pub fn goes_on_after_it_is_forgotten(lines: &[Value], settings: &Settings) -> bool {
    let mut by_subject = BTreeMap::<Subject, Vec<&Value>>::new();
    for line in lines {
        by_subject.entry(subject(line)).or_default().push(line);
    }
    by_subject.into_values().any(|mut events| {
        events.sort_by_key(|event| moment(event));
        first_after_it_is_forgotten(&events, settings).is_some()
    })
}

fn first_after_it_is_forgotten(events: &[&Value], settings: &Settings) -> Option<usize> {
    let is_forgotten_before = |n: usize| {
        let (before, t) = (events[..n].iter().copied().filter_map(Event::read).collect(), moment(events[n]));
        let at = match subject(events[n]) {
            Subject::Contact(_) => fold(before, settings, t).is_forgotten_at(),
            Subject::Ticket(_) => tickets::fold(before, settings, t).is_key_forgotten_at(),
            Subject::Agent(_) | Subject::Other => None,
        };
        at.is_some_and(|at| at <= t)
    };
    (1..events.len()).find(|n| !is_feedback(events[*n]) && is_forgotten_before(*n))
}
