//! Lives in service: who rings, who talks, who is asked, who goes on.

use serde_json::{Value, json};

use super::SECOND;
use super::script::Script;

/// Why somebody who rang did not pick up.
const MISSES: [&str; 6] = ["no_answer", "rejected", "answered_elsewhere", "caller_gone", "of its own", "no_answer"];

impl Script<'_> {
    /// Some agents, or none, ring in vain.
    pub(super) fn rings(&mut self, queue: &str) {
        let times = self.dice.pick(&[0, 0, 0, 1, 2, 3]);
        for _ in 0..times {
            let (agent, cause) = (self.agent(), self.dice.pick(&MISSES));
            let fields = self.perhaps_without(json!({ "queue": queue }), 50);
            self.tell("alerting", with_agent(fields, agent));
            self.pass(0, 20);
            if self.dice.chance(85) {
                let fields = self.perhaps_without(json!({ "queue": queue, "cause": cause }), 40);
                self.tell("alert_missed", with_agent(fields, agent));
            }
        }
    }

    /// Past every queue.
    pub(super) fn calls_an_agent(&mut self) {
        let queue = self.queue();
        self.rings(queue);
        let agent = self.agent();
        self.tell("alerting", json!({ "agent": agent }));
        self.pass(0, 30);
        if self.dice.chance(70) { self.is_answered_by(agent, json!({})) } else { self.hangs_up() }
    }

    pub(super) fn is_answered(&mut self, fields: Value) {
        let agent = self.agent();
        if self.dice.chance(30) {
            self.tell("alerting", json!({ "agent": agent }));
            self.pass(0, 5);
        }
        self.is_answered_by(agent, fields);
    }

    fn is_answered_by(&mut self, agent: &'static str, fields: Value) {
        self.tell("answered", with_agent(fields, agent));
        self.talks(agent);
        self.leaves(agent);
    }

    pub(super) fn talks(&mut self, agent: &'static str) {
        for _ in 0..self.dice.below(4) {
            self.pass(0, 90);
            match self.dice.below(13) {
                0..3 => self.is_held(agent),
                3 => self.asks_for_advice(),
                4 => self.is_listened_to(),
                5 => self.tell("updated", json!({ "priority": "high" })),
                6 => self.tell("answered", json!({ "agent": agent })),
                7 => self.asks_for_a_callback(),
                8 => self.snapshot_in_talk(agent),
                9 => self.tell("alerting", json!({ "agent": agent })),
                _ => self.somebody_writes(agent),
            }
        }
        self.pass(0, 240);
    }

    fn is_held(&mut self, agent: &str) {
        let whose = self.perhaps(agent);
        self.tell("held", whose.clone());
        self.pass(0, 60);
        if self.dice.chance(85) {
            self.tell("resumed", whose);
        }
    }

    fn asks_for_advice(&mut self) {
        let adviser = self.agent();
        self.tell("answered", json!({ "agent": adviser, "role": "consult" }));
        self.pass(5, 60);
        self.tell("ended", json!({ "agent": adviser }));
        if self.dice.chance(70) {
            self.pass(0, 30);
            self.tell("wrapped", json!({ "agent": adviser }));
        }
    }

    fn is_listened_to(&mut self) {
        let listener = self.agent();
        self.tell("answered", json!({ "agent": listener, "role": "monitor" }));
        if self.dice.chance(60) {
            self.pass(5, 60);
            self.tell("ended", json!({ "agent": listener }));
        }
    }

    /// The agent leaves: the contact ends or goes on elsewhere.
    pub(super) fn leaves(&mut self, agent: &'static str) {
        let whose = self.perhaps(agent);
        if self.events.len() < 14 && self.dice.chance(30) {
            self.tell("transferred", whose);
            return self.goes_on(agent);
        }
        if self.dice.chance(92) {
            self.tell("ended", whose);
        }
        self.wraps(agent);
    }

    fn wraps(&mut self, agent: &str) {
        let limit = self.settings.after_contact_max;
        let work = self.dice.pick(&[0, 20 * SECOND, 80 * SECOND, limit - SECOND, limit, limit + SECOND]);
        self.now += work;
        let whose = self.perhaps(agent);
        if self.dice.chance(85) {
            self.tell("wrapped", whose);
        }
    }

    fn goes_on(&mut self, from: &str) {
        self.now += self.dice.pick(&[0, 0, 2 * SECOND]);
        match self.dice.below(4) {
            0 => self.is_answered(json!({})),
            1 => {
                self.first_queued();
                self.pass(0, 40);
                self.tell("wrapped", json!({ "agent": from }));
                self.is_answered(json!({}));
            }
            2 => {
                self.first_queued();
                self.pass(0, 60);
                self.hangs_up();
            }
            _ => self.is_served(),
        }
    }
}

fn with_agent(mut fields: Value, agent: &str) -> Value {
    fields["agent"] = json!(agent);
    fields
}
