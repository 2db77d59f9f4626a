//! Random streams of contacts that make trouble: ties, edges of every limit, odd lives, lost events, disorder, repeats.
//!
//! **How.** A contact lives a script (`script.rs`), or does anything at all (a *soup*). Then events are lost, fall into one
//! second, get a `seq`, or come after the end. Times are mostly whole seconds, so that they meet limits and slot edges exactly.
//!
//! **Left out on purpose**, because the contract leaves it open: an event of a contact later than `contact_ttl` after the one
//! before it, a blocked outbound contact, and an outbound contact whose first queueing is lost.

use serde_json::{Value, json};

use super::dice::Dice;
use super::event::time_of;
use super::script::{self, Script};
use super::{DAY, HOUR, MINUTE, SECOND, Settings};

pub const QUEUES: [&str; 3] = ["sales", "tech", "billing"];
pub const AGENTS: [&str; 4] = ["ana", "bob", "cem", "dora"];

/// Where all streams begin, give or take: two hours before a midnight, so that some cross it.
const EVENING: i64 = 20_514 * DAY - 2 * HOUR;

/// One stream and the settings that it is read under.
pub struct Stream {
    pub settings: Settings,
    /// In order of time.
    pub lines: Vec<Value>,
    dice: Dice,
}

impl Stream {
    /// The stream of a seed; from 1 to 30 contacts within one to three hours.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let settings = settings(&mut dice);
        let begin = EVENING + dice.below(180) * MINUTE;
        let (contacts, span) = (1 + dice.below(30), dice.pick(&[HOUR, 3 * HOUR]));
        let mut lines: Vec<Value> = (0..contacts).flat_map(|n| life(n, begin, span, &settings, &mut dice)).collect();
        name_events(&mut lines, &mut dice);
        lines.sort_by_key(moment);
        Self { settings, lines, dice }
    }

    /// Some whole minutes in the stream, in order, and one after everything has expired.
    pub fn whole_minutes(&mut self, n: usize) -> Vec<i64> {
        let moments = || self.lines.iter().map(moment);
        let begin = moments().min().unwrap_or(EVENING);
        let begin = begin - begin % MINUTE;
        let minutes = (moments().max().unwrap_or(EVENING) - begin) / MINUTE + 2;
        let mut at: Vec<i64> = (0..n).map(|_| begin + self.dice.below(minutes) * MINUTE).collect();
        at.push(begin + (minutes + 1) * MINUTE + self.settings.contact_ttl);
        at.sort_unstable();
        at.dedup();
        at
    }

    /// The same lines as they may arrive: each less than `lateness` out of order, some told again.
    pub fn in_disorder(&mut self, told_again_percent: i64) -> Vec<Value> {
        let mut arriving = Vec::new();
        for line in &self.lines {
            let times = if self.dice.chance(told_again_percent) { 2 } else { 1 };
            for _ in 0..times {
                arriving.push((moment(line) + self.dice.below(self.settings.lateness - SECOND), line.clone()));
            }
        }
        arriving.sort_by_key(|(arrival, _)| *arrival);
        arriving.into_iter().map(|(_, line)| line).collect()
    }
}

fn moment(line: &Value) -> i64 {
    time_of(&line["time"]).expect("the script sets a time")
}

/// Small limits, so that an hour holds every deadline.
fn settings(dice: &mut Dice) -> Settings {
    let thresholds = [("tech".to_owned(), 10 * SECOND), ("billing".to_owned(), 60 * SECOND)].into();
    Settings {
        thresholds,
        short_abandon: dice.pick(&[5 * SECOND, 5 * SECOND, 0]),
        contact_ttl: 20 * MINUTE,
        after_contact_max: 5 * MINUTE,
        wraps_are_told: !dice.chance(20),
        ..Settings::default()
    }
}

fn life(n: i64, begin: i64, span: i64, settings: &Settings, dice: &mut Dice) -> Vec<Value> {
    let in_whole_minutes = dice.chance(25);
    let first =
        begin + if in_whole_minutes { dice.below(span / MINUTE) * MINUTE } else { dice.below(span / SECOND) * SECOND };
    let first = first + if dice.chance(12) { dice.below(SECOND) } else { 0 };
    let mut script = Script::new(format!("c-{n:02}"), first, settings, dice);
    let is_outbound = script::write(&mut script);
    let mut events = script.events;
    if dice.chance(10) {
        fall_into_one_second(&mut events);
    }
    if !is_outbound {
        spoil(&mut events, settings, dice);
    }
    cut_where_it_would_have_expired(&mut events, settings.contact_ttl);
    events
}

fn fall_into_one_second(events: &mut [Value]) {
    let first = events[0]["time"].clone();
    for event in events {
        event["time"] = first.clone();
    }
}

fn spoil(events: &mut Vec<Value>, settings: &Settings, dice: &mut Dice) {
    match dice.below(12) {
        0 => set_seq(events, |n, _| n),
        1 => set_seq(events, |_, dice| dice.below(3)),
        2 | 3 => drop(events.remove(dice.below(events.len() as i64) as usize)),
        4 => drop(events.drain(..events.len().min(1 + dice.below(2) as usize))),
        5 => events.truncate(1 + dice.below(events.len() as i64) as usize),
        6 => come_after_the_end(events, settings.lateness, dice),
        _ => {}
    }

    fn set_seq(events: &mut [Value], mut seq: impl FnMut(i64, &mut Dice) -> i64) {
        let mut dice = Dice::new(events.len() as u64);
        for (n, event) in events.iter_mut().enumerate() {
            event["seq"] = json!(seq(n as i64, &mut dice));
        }
    }
}

fn come_after_the_end(events: &mut Vec<Value>, lateness: i64, dice: &mut Dice) {
    let last = events.last().expect("a life has an event").clone();
    let (contact, end) = (&last["contact_id"], moment(&last));
    let after = dice.pick(&[0, lateness - SECOND, lateness, lateness + SECOND, 2 * MINUTE]);
    let time = end + after;
    let (queue, agent) = (dice.pick(&QUEUES), dice.pick(&AGENTS));
    events.push(match dice.below(3) {
        0 => json!({ "type": "contact.queued", "time": time, "contact_id": contact, "queue": queue }),
        1 => json!({ "type": "contact.answered", "time": time, "contact_id": contact, "agent": agent }),
        _ => json!({ "type": "contact.blocked", "time": time, "contact_id": contact, "queue": queue }),
    });
}

fn cut_where_it_would_have_expired(events: &mut Vec<Value>, contact_ttl: i64) {
    let expires = events.windows(2).position(|pair| moment(&pair[1]) - moment(&pair[0]) >= contact_ttl);
    events.truncate(expires.map_or(events.len(), |last| last + 1));
}

/// Unique ids in no order, and now and then the other way to write a time.
fn name_events(lines: &mut [Value], dice: &mut Dice) {
    for (n, line) in lines.iter_mut().enumerate() {
        line["id"] = json!(format!("e-{:03}-{n}", dice.below(1_000)));
        if dice.chance(30) {
            line["time"] = json!(super::time_text(moment(line)));
        }
    }
}
