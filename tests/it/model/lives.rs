//! Random streams of contacts, tickets, agents, surveys and reviews that make trouble: ties, edges of every limit, odd lives, lost events, disorder, repeats.
//!
//! **How.** A contact lives a script (`script.rs`), a ticket one of `desk.rs`, or does anything at all (a *soup*). Then events are lost, fall into one
//! second, get a `seq`, or come after the end. Times are mostly whole seconds, so that they meet limits and slot edges exactly.
//!
//! **Left out on purpose**, because the contract leaves it open: an event of a contact that may be forgotten, a
//! blocked outbound contact, an outbound contact whose first queueing is lost, and a snapshot that tells of the future.

use serde_json::{Value, json};

use super::asked::ask;
use super::desk;
use super::dice::Dice;
use super::event::time_of;
use super::pledges;
use super::script::{self, Script};
use super::shifts;
use super::spoil::{cut_where_it_is_forgotten, fall_into_one_second, spoil, spoil_order};
use super::{DAY, HOUR, MINUTE, PRESETS, SECOND, Scale, Settings, Window};

pub const QUEUES: [&str; 3] = ["sales", "tech", "billing"];
pub const AGENTS: [&str; 4] = ["ana", "bob", "cem", "dora"];

/// Where all streams begin, give or take: two hours before a midnight, so that some cross it.
const EVENING: i64 = 20_514 * DAY - 2 * HOUR;

/// How long after an event its stream is read: soon, and when a ticket is a class older.
const AFTER: [i64; 6] = [MINUTE, MINUTE, 6 * MINUTE, HOUR, 4 * HOUR, 3 * DAY];

/// The most contacts, tickets and agents of a stream.
#[derive(Clone, Copy)]
struct Mix {
    contacts: i64,
    tickets: i64,
    agents: i64,
}

const MIXES: [Mix; 6] = [
    Mix { contacts: 8, tickets: 0, agents: 0 },
    Mix { contacts: 6, tickets: 0, agents: 1 },
    Mix { contacts: 1, tickets: 4, agents: 0 },
    Mix { contacts: 1, tickets: 4, agents: 0 },
    Mix { contacts: 1, tickets: 1, agents: 3 },
    Mix { contacts: 3, tickets: 3, agents: 2 },
];

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
    /// The stream of a seed: contacts within half an hour to three, tickets from then on for weeks, agents for some shifts.
    pub fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let settings = settings(&mut dice);
        let begin = EVENING + dice.below(180) * MINUTE;
        let span = dice.pick(&[HOUR / 2, HOUR, 3 * HOUR]);
        let Mix { contacts, tickets, agents } = dice.pick(&MIXES);
        let mut lines = Vec::new();
        for n in 0..dice.below(contacts + 1) {
            lines.extend(contact_life(n, begin, span, &settings, &mut dice));
        }
        for n in 0..dice.below(tickets + 1) {
            lines.extend(ticket_life(n, begin, span, &settings, &mut dice));
        }
        for n in 0..dice.below(agents + 1) {
            lines.extend(agent_life(n, begin, &settings, &mut dice));
        }
        if lines.is_empty() {
            lines.extend(contact_life(0, begin, span, &settings, &mut dice));
        }
        lines.extend(noise(begin, span, &mut dice));
        lines.sort_by_key(moment);
        Self { settings, lines, dice }
    }

    /// One life of that kind, told without a fault.
    pub fn of_one_life(kind: usize, seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let settings = settings(&mut dice);
        let mut script = Script::of_contact("c".to_owned(), EVENING, &settings, &mut dice);
        script::live(&mut script, kind);
        let mut lines = script.events;
        name_events(&mut lines, "c-00", &mut dice);
        Self { settings, lines, dice }
    }

    /// Some whole minutes in the stream, in order, and one after everything is given up.
    pub fn whole_minutes(&mut self, n: usize) -> Vec<i64> {
        let begin = self.lines.iter().map(moment).min().unwrap_or(EVENING);
        let begin = begin - begin % MINUTE;
        let last = self.lines.iter().map(moment).max().unwrap_or(EVENING);
        let minutes = (last - begin) / MINUTE + 2;
        let mut at: Vec<i64> = (0..n).map(|_| self.some_minute(begin, minutes)).collect();
        at.push(self.end());
        at.sort_unstable();
        at.dedup();
        at
    }

    /// In the stream, or soon after one of its events: weeks have many minutes, and little happens in most.
    fn some_minute(&mut self, begin: i64, minutes: i64) -> i64 {
        if self.dice.chance(40) || self.lines.is_empty() {
            return begin + self.dice.below(minutes) * MINUTE;
        }
        let near = moment(&self.lines[self.dice.below(self.lines.len() as i64) as usize]) + self.dice.pick(&AFTER);
        near - near.rem_euclid(MINUTE)
    }

    /// A whole minute when everything is given up.
    pub fn end(&self) -> i64 {
        let due_at = self.lines.iter().filter_map(|line| time_of(&line["due_at"]));
        let last = self.lines.iter().map(moment).chain(due_at).max().unwrap_or(EVENING);
        let Settings { channel_ttls, contact_ttl, ticket_ttl, agent_ttl, .. } = &self.settings;
        let ttl = channel_ttls.values().chain([contact_ttl, ticket_ttl, agent_ttl]).max().expect("some");
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
        ticket_ttl: dice.pick(&[2 * DAY, 9 * DAY]),
        first_response_from_handover: dice.chance(50),
        response_within: dice.pick(&[HOUR, 4 * HOUR, DAY]),
        statuses: [("waiting".to_owned(), "pending"), ("third_party".to_owned(), "on_hold")].into(),
        complaint_reasons: ["complaint", "refund"].map(str::to_owned).into(),
        complaint_due: dice.pick(&[2 * HOUR, DAY]),
        agent_ttl: dice.pick(&[2 * HOUR, 16 * HOUR]),
        own_states: vec!["training", "lunch"],
        productive: vec!["training", "break"],
        survey_ttl: dice.pick(&[6 * HOUR, 14 * DAY]),
        remembers_served: dice.chance(60),
        csat: dice.pick(&[Settings::default().csat, Scale { all: (0, 10_000), good: Some((7_500, 9_000)) }]),
        policies: pledges::some_policies(dice),
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

fn first_moment(begin: i64, span: i64, dice: &mut Dice) -> i64 {
    let in_whole_minutes = dice.chance(25);
    let first =
        begin + if in_whole_minutes { dice.below(span / MINUTE) * MINUTE } else { dice.below(span / SECOND) * SECOND };
    first + if dice.chance(12) { dice.below(SECOND) } else { 0 }
}

fn contact_life(n: i64, begin: i64, span: i64, settings: &Settings, dice: &mut Dice) -> Vec<Value> {
    let (id, first) = (format!("c-{n:02}"), first_moment(begin, span, dice));
    let mut script = Script::of_contact(id.clone(), first, settings, dice);
    let is_outbound = script::write(&mut script);
    let mut events = script.events;
    if dice.chance(10) {
        fall_into_one_second(&mut events);
    }
    spoil(&mut events, is_outbound, settings, dice);
    if dice.chance(25) {
        ask(&mut events, settings, dice);
    }
    name_events(&mut events, &id, dice);
    cut_where_it_is_forgotten(&mut events, settings);
    events
}

fn ticket_life(n: i64, begin: i64, span: i64, settings: &Settings, dice: &mut Dice) -> Vec<Value> {
    let (id, first) = (format!("t-{n:02}"), first_moment(begin, span, dice));
    let mut script = Script::of_ticket(id.clone(), first, settings, dice);
    script::live_any(&mut script, &desk::KINDS);
    let mut events = script.events;
    if dice.chance(10) {
        fall_into_one_second(&mut events);
    }
    spoil_order(&mut events, dice);
    if dice.chance(30) {
        ask(&mut events, settings, dice);
    }
    name_events(&mut events, &id, dice);
    cut_where_it_is_forgotten(&mut events, settings);
    events
}

fn agent_life(n: i64, begin: i64, settings: &Settings, dice: &mut Dice) -> Vec<Value> {
    let agent = AGENTS[n as usize];
    let mut events = shifts::write(agent, begin + dice.below(30) * MINUTE, settings, dice);
    spoil_order(&mut events, dice);
    name_events(&mut events, agent, dice);
    events
}

/// What no figure depends on.
fn noise(begin: i64, span: i64, dice: &mut Dice) -> Vec<Value> {
    let mut lines = Vec::new();
    for _ in 0..dice.below(3) {
        let queue = dice.pick(&QUEUES);
        let mut line = match dice.below(3) {
            0 => json!({ "type": "queue.state_changed", "queue": queue, "state": "degraded" }),
            1 => json!({ "type": "source.heartbeat", "source": "crm" }),
            _ => json!({ "type": "weather.changed", "customer_id": "k-1" }),
        };
        line["time"] = json!(begin + dice.below(span / SECOND) * SECOND);
        lines.push(line);
    }
    name_events(&mut lines, "noise", dice);
    lines
}

/// Unique ids in no order, and now and then the other way to write a time.
fn name_events(events: &mut [Value], whose: &str, dice: &mut Dice) {
    for (n, event) in events.iter_mut().enumerate() {
        event["id"] = json!(format!("e-{:03}-{whose}-{n}", dice.below(1_000)));
        if dice.chance(30) {
            event["time"] = json!(super::time_text(moment(event)));
        }
    }
}
