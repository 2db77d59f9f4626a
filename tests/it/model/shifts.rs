//! What one agent does in a shift or three, as a workforce system tells it.

use serde_json::{Value, json};

use super::agents::STATES;
use super::dice::Dice;
use super::lives::QUEUES;
use super::{HOUR, MINUTE, SECOND, Settings};

/// An agent's events while they are written down.
struct Shift<'a> {
    agent: &'a str,
    now: i64,
    settings: &'a Settings,
    dice: &'a mut Dice,
    events: Vec<Value>,
}

/// The changes of that agent, from about `begin` on.
pub fn write(agent: &str, begin: i64, settings: &Settings, dice: &mut Dice) -> Vec<Value> {
    let mut shift = Shift { agent, now: begin, settings, dice, events: Vec::new() };
    for _ in 0..1 + shift.dice.below(10) {
        shift.changes();
        shift.passes();
    }
    shift.events
}

impl Shift<'_> {
    fn changes(&mut self) {
        let (queues, since) = (self.some_queues(), self.since());
        let (capacity, active) = (self.dice.below(4), self.dice.pick(&[0, 0, 1, 1, 2, 5]));
        let queue_states: Value =
            self.some_queues().iter().map(|queue| ((*queue).to_owned(), json!(self.state()))).collect();
        let mut event = json!({ "type": "agent.state_changed", "agent": self.agent, "time": self.now });
        let rare = [
            ("queues", json!(queues), 50),
            ("since", json!(since), 30),
            ("capacity", json!(capacity), 35),
            ("active", json!(active), 40),
            ("queue_states", queue_states, 20),
        ];
        for (name, value, percent) in rare {
            if self.dice.chance(percent) {
                event[name] = value;
            }
        }
        event["state"] = json!(self.state());
        self.events.push(event);
    }

    /// Those that count for something come often.
    fn state(&mut self) -> &'static str {
        match self.dice.below(10) {
            0..3 => "available",
            3..5 => "on_contact",
            5 => self.dice.pick(&["training", "lunch", "unheard"]),
            _ => self.dice.pick(&STATES),
        }
    }

    fn some_queues(&mut self) -> Vec<&'static str> {
        QUEUES.into_iter().filter(|_| self.dice.chance(50)).collect()
    }

    /// Often before the lateness, or what came before.
    fn since(&mut self) -> i64 {
        let lateness = self.settings.lateness;
        self.now - self.dice.pick(&[-SECOND, 0, SECOND, 10 * SECOND, lateness, lateness + SECOND, HOUR])
    }

    fn passes(&mut self) {
        let ttl = self.settings.agent_ttl;
        self.now += match self.dice.below(8) {
            0 => 0,
            1 => self.dice.pick(&[5 * SECOND, 10 * SECOND, 29 * SECOND]),
            2 | 3 => self.dice.below(120) * SECOND,
            4 | 5 => self.dice.below(90) * MINUTE,
            6 => ttl + self.dice.pick(&[-SECOND, 0, SECOND, 20 * SECOND]),
            _ => self.dice.below(5 * MINUTE),
        };
    }
}
