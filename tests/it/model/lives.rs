//! Random streams of contacts that make trouble: ties, edges of every limit, odd lives, lost events, disorder, repeats.
//!
//! **How.** A contact lives a script (`script.rs`), or does anything at all (a *soup*). Then events are lost, fall into one
//! second, get a `seq`, or come after the end. Times are mostly whole seconds, so that they meet limits and slot edges exactly.
//!
//! **Left out on purpose**, because the contract leaves it open: an event of a contact that may be forgotten, a
//! blocked outbound contact, an outbound contact whose first queueing is lost, and a snapshot that tells of the future.

use serde_json::{Value, json};

use super::dice::Dice;
use super::event::time_of;
use super::script::{self, Script};
use super::spoil::{cut_where_it_is_forgotten, fall_into_one_second, spoil};
use super::{DAY, HOUR, MINUTE, PRESETS, SECOND, Settings, Window};

pub const QUEUES: [&str; 3] = ["sales", "tech", "billing"];
pub const AGENTS: [&str; 4] = ["ana", "bob", "cem", "dora"];

/// Where all streams begin, give or take: two hours before a midnight, so that some cross it.
const EVENING: i64 = 20_514 * DAY - 2 * HOUR;

/// How many windows a stream is read in, besides `all`: every one of them takes as long.
const WINDOWS: usize = 3;

/// One stream and the settings that it is read under.
pub struct Stream {
    pub settings: Settings,
    /// In order of time.
    pub lines: Vec<Value>,
    dice: Dice,
}

impl Stream {
    /// The stream of a seed; from 1 to 8 contacts within half an hour to three.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let settings = settings(&mut dice);
        let begin = EVENING + dice.below(180) * MINUTE;
        let (contacts, span) = (1 + dice.below(8), dice.pick(&[HOUR / 2, HOUR, 3 * HOUR]));
        let mut lines: Vec<Value> = (0..contacts).flat_map(|n| life(n, begin, span, &settings, &mut dice)).collect();
        lines.sort_by_key(moment);
        Self { settings, lines, dice }
    }

    /// One life of that kind, told without a fault.
    pub fn of_one_life(kind: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let settings = settings(&mut dice);
        let mut script = Script::new("c".to_owned(), EVENING, &settings, &mut dice);
        script::live(&mut script, kind);
        let mut lines = script.events;
        name_events(&mut lines, 0, &mut dice);
        Self { settings, lines, dice }
    }

    /// Some whole minutes in the stream, in order, and one after everything is given up.
    pub fn whole_minutes(&mut self, n: usize) -> Vec<i64> {
        let begin = self.lines.iter().map(moment).min().unwrap_or(EVENING);
        let begin = begin - begin % MINUTE;
        let last = self.lines.iter().map(moment).max().unwrap_or(EVENING);
        let minutes = (last - begin) / MINUTE + 2;
        let mut at: Vec<i64> = (0..n).map(|_| begin + self.dice.below(minutes) * MINUTE).collect();
        at.push(self.end());
        at.sort_unstable();
        at.dedup();
        at
    }

    /// A whole minute when everything is given up.
    pub fn end(&self) -> i64 {
        let due_at = self.lines.iter().filter_map(|line| time_of(&line["due_at"]));
        let last = self.lines.iter().map(moment).chain(due_at).max().unwrap_or(EVENING);
        let ttl = self.settings.channel_ttls.values().max().copied().unwrap_or(0).max(self.settings.contact_ttl);
        last - last % MINUTE + ttl + 2 * MINUTE
    }

    /// The same lines as they may arrive: each less than `lateness` out of order, some told again.
    pub fn in_disorder(&mut self, told_again_percent: i64) -> Vec<Value> {
        let lateness = self.settings.lateness;
        self.arriving(told_again_percent, |_| lateness)
    }

    /// The same lines as they may arrive on a bad day: some hours after the others, some told again.
    pub fn with_late_lines(&mut self, late_percent: i64) -> Vec<Value> {
        let lateness = self.settings.lateness;
        let delays = [lateness, 2 * lateness, 5 * MINUTE, HOUR];
        self.arriving(20, |dice| if dice.chance(late_percent) { dice.pick(&delays) + 1 } else { lateness })
    }

    fn arriving(&mut self, told_again_percent: i64, delay_below: impl Fn(&mut Dice) -> i64) -> Vec<Value> {
        let mut arriving = Vec::new();
        for line in &self.lines {
            let times = if self.dice.chance(told_again_percent) { 2 } else { 1 };
            for _ in 0..times {
                let below = delay_below(&mut self.dice) - SECOND;
                arriving.push((moment(line) + self.dice.below(below.max(1)), line.clone()));
            }
        }
        arriving.sort_by_key(|(arrival, _)| *arrival);
        arriving.into_iter().map(|(_, line)| line).collect()
    }
}

pub fn moment(line: &Value) -> i64 {
    time_of(&line["time"]).expect("the script sets a time")
}

/// Small limits, so that an hour holds every deadline.
fn settings(dice: &mut Dice) -> Settings {
    let thresholds = [("tech".to_owned(), 10 * SECOND), ("billing".to_owned(), 60 * SECOND)].into();
    let channel_thresholds = [(("tech".to_owned(), "chat".to_owned()), 45 * SECOND)].into();
    Settings {
        thresholds,
        channel_thresholds,
        short_abandon: dice.pick(&[5 * SECOND, 5 * SECOND, 0]),
        preset: dice.pick(&PRESETS),
        contact_ttl: 20 * MINUTE,
        channel_ttls: [("chat".to_owned(), 27 * MINUTE)].into(),
        after_contact_max: 5 * MINUTE,
        wraps_are_told: !dice.chance(20),
        windows: some_windows(dice),
        ..Settings::default()
    }
}

fn some_windows(dice: &mut Dice) -> Vec<(String, Window)> {
    let mut windows = Settings::default().windows;
    while windows.len() > WINDOWS + 1 {
        windows.remove(dice.below(windows.len() as i64 - 1) as usize);
    }
    windows
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
    spoil(&mut events, is_outbound, settings, dice);
    name_events(&mut events, n, dice);
    cut_where_it_is_forgotten(&mut events, settings);
    events
}

/// Unique ids in no order, and now and then the other way to write a time.
fn name_events(events: &mut [Value], contact: i64, dice: &mut Dice) {
    for (n, event) in events.iter_mut().enumerate() {
        event["id"] = json!(format!("e-{:03}-{contact}-{n}", dice.below(1_000)));
        if dice.chance(30) {
            event["time"] = json!(super::time_text(moment(event)));
        }
    }
}
