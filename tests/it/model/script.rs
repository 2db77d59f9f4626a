//! How one contact lives: what a telephone system tells when all goes well, and what it tells when not.

use serde_json::{Value, json};

use super::dice::Dice;
use super::lives::{AGENTS, QUEUES};
use super::{MINUTE, SECOND, Settings};

const CAUSES: [&str; 7] = ["callback", "voicemail", "overflow", "timeout", "key", "no_agents", "callback"];

/// A contact's events while they are written down.
pub struct Script<'a> {
    pub events: Vec<Value>,
    contact: String,
    now: i64,
    settings: &'a Settings,
    dice: &'a mut Dice,
}

/// Writes one life; true where it is an outbound contact.
pub fn write(script: &mut Script) -> bool {
    let kind = script.dice.below(100);
    match kind {
        0..32 => script.is_served(),
        32..42 => script.gives_up(),
        42..56 => script.overflows(),
        56..66 => script.waits_in_two_queues(),
        66..74 => script.flows_out(),
        74..78 => script.is_blocked(),
        78..86 => script.is_called(),
        _ => script.soup(),
    }
    (78..86).contains(&kind)
}

impl<'a> Script<'a> {
    pub fn new(contact: String, now: i64, settings: &'a Settings, dice: &'a mut Dice) -> Self {
        Self { events: Vec::new(), contact, now, settings, dice }
    }

    fn tell(&mut self, what: &str, fields: Value) {
        let mut event = fields;
        event["type"] = json!(format!("contact.{what}"));
        event["time"] = json!(self.now);
        event["contact_id"] = json!(self.contact);
        if self.dice.chance(4) {
            event["channel"] = json!(self.dice.pick(&["voice", "chat"]));
        }
        self.events.push(event);
    }

    fn pass(&mut self, from_seconds: i64, to_seconds: i64) {
        self.now += (from_seconds + self.dice.below(to_seconds - from_seconds + 1)) * SECOND;
    }

    fn agent(&mut self) -> &'static str {
        self.dice.pick(&AGENTS)
    }

    /// The agent, where the platform tells whose leg it is.
    fn perhaps(&mut self, agent: &str) -> Value {
        if self.dice.chance(60) { json!({ "agent": agent }) } else { json!({}) }
    }

    fn first_queued(&mut self) -> &'static str {
        let queue = self.dice.pick(&QUEUES);
        let mut fields = json!({ "queue": queue });
        match self.dice.below(10) {
            0 => fields["first_queued_at"] = json!(self.now - self.dice.below(600) * SECOND),
            1 => fields["root_contact_id"] = json!(self.contact),
            2 => fields["root_contact_id"] = json!("c-of-before"),
            3 => fields["channel"] = json!("chat"),
            _ => {}
        }
        self.tell("queued", fields);
        queue
    }

    fn other_queue(&mut self, queue: &str) -> &'static str {
        let others: Vec<&str> = QUEUES.into_iter().filter(|other| *other != queue).collect();
        self.dice.pick(&others)
    }

    /// A wait, often to the second of a limit.
    fn wait(&mut self, queue: &str) {
        let (threshold, short) = (self.settings.threshold_of(queue), self.settings.short_abandon);
        let edge = self.dice.pick(&[0, short, short + SECOND, threshold - SECOND, threshold, threshold + SECOND]);
        self.now += if self.dice.chance(60) { edge } else { self.dice.below(180) * SECOND };
    }

    fn is_served(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        if self.dice.chance(8) {
            self.tell("queued", json!({ "queue": queue }));
            self.wait(queue);
        }
        self.is_answered(json!({}));
    }

    fn is_answered(&mut self, mut fields: Value) {
        let agent = self.agent();
        fields["agent"] = json!(agent);
        if self.dice.chance(10) {
            self.tell("alerting", json!({ "agent": agent }));
        }
        self.tell("answered", fields);
        self.talks(agent);
        self.leaves(agent);
    }

    fn talks(&mut self, agent: &str) {
        for _ in 0..self.dice.below(4) {
            self.pass(0, 90);
            match self.dice.below(8) {
                0..3 => self.is_held(agent),
                3 => self.asks_for_advice(),
                4 => self.is_listened_to(),
                5 => self.tell("updated", json!({ "priority": "high" })),
                6 => self.tell("answered", json!({ "agent": agent })),
                _ => self.tell("message", json!({ "author": "agent", "agent": agent })),
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
    fn leaves(&mut self, agent: &str) {
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
                self.tell("abandoned", json!({}));
            }
            _ => self.is_served(),
        }
    }

    fn gives_up(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        let how = self.dice.pick(&["abandoned", "abandoned", "abandoned", "ended"]);
        self.tell(how, json!({}));
    }

    fn overflows(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        let next = self.other_queue(queue);
        let cause = self.dice.pick(&CAUSES);
        let told = self.dice.below(4);
        if told == 0 {
            self.tell("flowed_out", json!({ "queue": queue, "cause": cause }));
        }
        self.tell("queued", json!({ "queue": next }));
        if told == 1 {
            self.pass(0, 40);
            self.tell("flowed_out", json!({ "queue": queue, "cause": cause }));
        }
        self.wait(next);
        if self.dice.chance(70) { self.is_answered(json!({})) } else { self.tell("abandoned", json!({})) }
    }

    fn waits_in_two_queues(&mut self) {
        let queue = self.first_queued();
        self.now += self.dice.pick(&[0, 0, 10 * SECOND]);
        let also = self.other_queue(queue);
        self.tell("queued", json!({ "queue": also, "also": true }));
        self.wait(queue);
        let named = self.dice.pick(&[queue, also]);
        match self.dice.below(5) {
            0 | 1 => self.is_answered(json!({ "queue": named })),
            2 => self.is_answered(json!({})),
            3 => self.tell("abandoned", json!({})),
            _ => {
                self.tell("flowed_out", json!({ "queue": named, "cause": "key" }));
                self.wait(also);
                self.is_answered(json!({}));
            }
        }
    }

    fn flows_out(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        let cause = self.dice.pick(&CAUSES);
        let without_cause = self.dice.chance(10);
        self.tell(
            "flowed_out",
            if without_cause { json!({ "queue": queue }) } else { json!({ "queue": queue, "cause": cause }) },
        );
        if self.dice.chance(20) {
            self.pass(10, 300);
            self.is_answered(json!({}));
        }
    }

    fn is_blocked(&mut self) {
        let queue = self.dice.pick(&QUEUES);
        self.tell("blocked", json!({ "queue": queue, "cause": "full" }));
    }

    /// The centre calls the customer.
    fn is_called(&mut self) {
        let queue = self.dice.pick(&QUEUES);
        self.tell("queued", json!({ "queue": queue, "direction": "outbound" }));
        self.pass(0, 30);
        if self.dice.chance(85) { self.is_answered(json!({})) } else { self.tell("abandoned", json!({})) }
    }

    /// Anything, in any order, in less than `contact_ttl`.
    fn soup(&mut self) {
        for _ in 0..3 + self.dice.below(9) {
            self.anything();
            let (short, threshold) = (5 * SECOND, 20 * SECOND);
            self.now += self.dice.pick(&[0, 0, SECOND, short, threshold, threshold + SECOND, MINUTE]);
        }
    }

    fn anything(&mut self) {
        let (queue, agent, cause) = (self.dice.pick(&QUEUES), self.agent(), self.dice.pick(&CAUSES));
        let whose = self.perhaps(agent);
        match self.dice.below(24) {
            0..5 => self.tell("queued", json!({ "queue": queue })),
            5 | 6 => self.tell("queued", json!({ "queue": queue, "also": true })),
            7..11 => self.tell("answered", json!({ "agent": agent })),
            11 => self.tell("answered", json!({ "agent": agent, "queue": queue })),
            12 => self.tell("answered", json!({ "agent": agent, "role": "consult" })),
            13 => self.tell("answered", json!({ "agent": agent, "role": "monitor" })),
            14 => self.tell("held", whose),
            15 => self.tell("resumed", whose),
            16 | 17 => self.tell("transferred", whose),
            18 | 19 => self.tell("flowed_out", json!({ "queue": queue, "cause": cause })),
            20 => self.tell("abandoned", json!({})),
            21 => self.tell("ended", whose),
            22 => self.tell("wrapped", whose),
            _ => self.tell("updated", json!({})),
        }
    }
}
