//! Surveys and reviews, which may come at any time of a contact or ticket, before it and long after.

use serde_json::{Value, json};

use super::dice::Dice;
use super::lives::{AGENTS, QUEUES, moment};
use super::surveys::KINDS;
use super::{DAY, MINUTE, SECOND, Settings};

/// Puts some surveys and reviews between and after the events of a life, and now and then before.
pub fn ask(events: &mut Vec<Value>, settings: &Settings, dice: &mut Dice) {
    let Some(last) = events.last().cloned() else { return };
    let (first, mut now) = (moment(&events[0]), moment(&last));
    for _ in 0..1 + dice.below(5) {
        let anywhere = moment(&events[dice.below(events.len() as i64) as usize]);
        let ttl = settings.survey_ttl;
        now = match dice.below(8) {
            0 => first - dice.below(60) * SECOND,
            1..4 => anywhere + dice.pick(&[0, 0, SECOND]),
            4 => now + ttl + dice.pick(&[-SECOND, 0, SECOND]),
            5 => now + dice.pick(&[settings.lateness, settings.lateness + SECOND, MINUTE]),
            6 => now + dice.below(DAY / MINUTE) * MINUTE,
            _ => now + dice.below(600) * SECOND,
        };
        let mut event = opinion(dice);
        for name in ["contact_id", "ticket_id"] {
            if !last[name].is_null() {
                event[name] = last[name].clone();
            }
        }
        event["time"] = json!(now);
        events.push(event);
    }
}

fn opinion(dice: &mut Dice) -> Value {
    let kind = dice.pick(&KINDS[..4]);
    let mut event = match dice.below(10) {
        0..2 => json!({ "type": "survey.sent", "kind": kind }),
        2 => json!({ "type": "survey.sent" }),
        3..8 => json!({ "type": "survey.answered", "kind": kind, "score": score(dice) }),
        _ => review(dice),
    };
    if dice.chance(20) {
        event["queue"] = json!(dice.pick(&QUEUES));
    }
    if dice.chance(20) {
        event["agent"] = json!(dice.pick(&AGENTS));
    }
    if dice.chance(10) {
        event["channel"] = json!(dice.pick(&["voice", "chat", "email"]));
    }
    event
}

/// Mostly on the scale, and often at its ends.
fn score(dice: &mut Dice) -> f64 {
    match dice.below(5) {
        0 => dice.below(11_000) as f64 / 1_000.0,
        _ => dice.pick(&[0, 1, 2, 3, 4, 4, 5, 5, 6, 7, 8, 9, 10, 11, -1]) as f64,
    }
}

fn review(dice: &mut Dice) -> Value {
    let max_points = 1 + dice.below(20);
    let points = dice.below(max_points + 1);
    let mut event = json!({ "type": "quality.scored", "points": points, "max_points": max_points });
    if dice.chance(15) {
        event["critical_fail"] = json!(dice.chance(70));
    }
    event
}
