//! Random policies, of what the streams really tell of, and so short that they are kept and broken.

use super::dice::Dice;
use super::hours::CALENDARS;
use super::policies::{POLICIES, Policy, Promise, TARGETS};
use super::{DAY, HOUR, MINUTE, SECOND};

type Names = &'static [&'static str];

const QUEUES: [Names; 4] = [&["tech"], &["sales", "bill*"], &["?ales"], &["*e*"]];
const CHANNELS: [Names; 3] = [&["email", "voice"], &["chat"], &["email"]];
const PRIORITIES: [Names; 4] = [&["high", "urgent"], &["low"], &["normal"], &["urgent", "low"]];
const TAGS: [Names; 3] = [&["complaint"], &["refund", "invoice"], &["complaint", "complaints"]];

const ANSWERS: [i64; 6] = [SECOND, 5 * SECOND, 10 * SECOND, 45 * SECOND, MINUTE, 2 * MINUTE];
const OTHERS: [i64; 6] = [MINUTE, 10 * MINUTE, 20 * MINUTE, HOUR, 4 * HOUR, 4 * DAY];

/// None in half of the streams.
pub fn some_policies(dice: &mut Dice) -> Vec<Policy> {
    let many = if dice.chance(50) { 0 } else { dice.pick(&[1, 2, 3, 4, 4]) };
    let mut policies: Vec<Policy> = POLICIES.into_iter().take(many).map(|name| policy(name, dice)).collect();
    if let Some(last) = policies.last_mut().filter(|_| dice.chance(80)) {
        let Policy { name, hours, ref promises, .. } = *last;
        *last = Policy { name, hours, promises: promises.clone(), ..Policy::default() };
    }
    policies
}

/// Mostly of one part of a case.
fn policy(name: &'static str, dice: &mut Dice) -> Policy {
    let (hours, promises) = (dice.pick(&[None, Some(CALENDARS[0]), Some(CALENDARS[1])]), promises(dice));
    let mut policy = Policy { name, hours, promises, ..Policy::default() };
    for _ in 0..dice.pick(&[1, 1, 1, 2]) {
        match dice.below(9) {
            0..2 => policy.queues = dice.pick(&QUEUES).to_vec(),
            2 => policy.channels = dice.pick(&CHANNELS).to_vec(),
            3..8 => policy.priorities = dice.pick(&PRIORITIES).to_vec(),
            _ => policy.tags = dice.pick(&TAGS).to_vec(),
        }
    }
    policy
}

fn promises(dice: &mut Dice) -> Vec<Promise> {
    let targets: Vec<&str> = TARGETS.into_iter().filter(|_| dice.chance(70)).collect();
    targets.into_iter().map(|target| promise(target, dice)).collect()
}

fn promise(target: &'static str, dice: &mut Dice) -> Promise {
    let within = dice.pick(if target == "answer" { &ANSWERS } else { &OTHERS });
    Promise { target, within, in_hours: dice.chance(40), warn_before: within / dice.pick(&[1, 1, 2, 5]) }
}
