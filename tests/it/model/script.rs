//! How one contact lives: what a telephone system tells when all goes well, and what it tells when not.

use serde_json::{Value, json};

use super::dice::Dice;
use super::lives::{AGENTS, QUEUES};
use super::tickets::figures::PRIORITIES;
use super::{SECOND, Settings};

const CAUSES: [&str; 8] =
    ["callback", "voicemail", "overflow", "timeout", "key", "no_agents", "callback", "of its own"];

/// The events of a contact or ticket while they are written down.
pub struct Script<'a> {
    pub events: Vec<Value>,
    family: &'static str,
    id: String,
    /// When a ticket was created, which its limits count from.
    pub(super) began: i64,
    pub(super) now: i64,
    pub(super) settings: &'a Settings,
    pub(super) dice: &'a mut Dice,
}

/// The kinds of life, and how many of a hundred are of each; what is left is a *soup*, anything in any order.
pub type Kind = (i64, &'static str, fn(&mut Script));
pub const KINDS: [Kind; 12] = [
    (22, "served", |script| script.is_served()),
    (6, "gives up", |script| script.gives_up()),
    (8, "overflows", |script| script.overflows()),
    (7, "waits in two queues", |script| script.waits_in_two_queues()),
    (5, "flows out", |script| script.flows_out()),
    (3, "blocked", |script| script.is_blocked()),
    (7, "called", |script| script.is_called()),
    (6, "calls an agent", |script| script.calls_an_agent()),
    (9, "chats", |script| script.chats()),
    (8, "wants a callback", |script| script.wants_a_callback()),
    (6, "was there before", |script| script.was_there_before()),
    (13, "soup", |script| script.soup()),
];

/// Writes a life of a contact; true where it is an outbound one.
pub fn write(script: &mut Script) -> bool {
    live_any(script, &KINDS) == "called"
}

/// Writes a life of one of the kinds, and names it.
pub fn live_any(script: &mut Script, kinds: &[Kind]) -> &'static str {
    let mut chosen = script.dice.below(kinds.iter().map(|(share, ..)| share).sum());
    let kind = kinds.iter().find(|(share, ..)| {
        chosen -= share;
        chosen < 0
    });
    let (_, name, write) = kind.expect("the shares add up");
    write(script);
    name
}

/// Writes a contact's life of that kind, and names it.
pub fn live(script: &mut Script, kind: usize) -> &'static str {
    live_any(script, &KINDS[kind..=kind])
}

impl<'a> Script<'a> {
    pub fn of_contact(id: String, now: i64, settings: &'a Settings, dice: &'a mut Dice) -> Self {
        Self { events: Vec::new(), family: "contact", id, began: now, now, settings, dice }
    }

    pub fn of_ticket(id: String, now: i64, settings: &'a Settings, dice: &'a mut Dice) -> Self {
        Self { family: "ticket", ..Self::of_contact(id, now, settings, dice) }
    }

    pub(super) fn tell(&mut self, what: &str, fields: Value) {
        let mut event = fields;
        event["type"] = json!(format!("{}.{what}", self.family));
        event["time"] = json!(self.now);
        event[format!("{}_id", self.family)] = json!(self.id);
        if self.dice.chance(4) && event["channel"].is_null() {
            event["channel"] = json!(self.dice.pick(&["voice", "chat"]));
        }
        if self.dice.chance(3) {
            event["bulk"] = json!(true);
        }
        self.events.push(event);
    }

    /// Drops the fields that are told in so many of a hundred only.
    pub(super) fn perhaps_without(&mut self, mut fields: Value, percent: i64) -> Value {
        let told = fields.as_object_mut().expect("fields are an object");
        told.retain(|_, _| !self.dice.chance(percent));
        fields
    }

    pub(super) fn pass(&mut self, from_seconds: i64, to_seconds: i64) {
        self.now += (from_seconds + self.dice.below(to_seconds - from_seconds + 1)) * SECOND;
    }

    /// A moment so many seconds before, at the most.
    pub(super) fn before(&mut self, seconds: i64) -> i64 {
        self.now - self.dice.below(seconds + 1) * SECOND
    }

    pub(super) fn agent(&mut self) -> &'static str {
        self.dice.pick(&AGENTS)
    }

    pub(super) fn queue(&mut self) -> &'static str {
        self.dice.pick(&QUEUES)
    }

    /// The agent, where the platform tells whose leg it is.
    pub(super) fn perhaps(&mut self, agent: &str) -> Value {
        if self.dice.chance(60) { json!({ "agent": agent }) } else { json!({}) }
    }

    pub(super) fn first_queued(&mut self) -> &'static str {
        let queue = self.queue();
        let mut fields = json!({ "queue": queue });
        match self.dice.below(10) {
            0 => fields["first_queued_at"] = json!(self.before(600)),
            1 => fields["root_contact_id"] = json!(self.id),
            2 => fields["root_contact_id"] = json!("c-of-before"),
            3 => fields["channel"] = json!("chat"),
            4 => fields["priority"] = json!(self.dice.pick(&PRIORITIES)),
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
    pub(super) fn wait(&mut self, queue: &str) {
        let channel = self.dice.pick(&["voice", "voice", "chat"]);
        let threshold = self.settings.threshold_of(&(queue.to_owned(), channel.to_owned()));
        let short = self.settings.short_abandon;
        let edge = self.dice.pick(&[0, short, short + SECOND, threshold - SECOND, threshold, threshold + SECOND]);
        let wait = if self.dice.chance(60) { edge } else { self.dice.below(180) * SECOND };
        let wait = self.until_the_end_of_a_promise(&["answer"]).unwrap_or(wait);
        let until_another_priority = if self.dice.chance(35) { self.dice.below(wait / SECOND + 1) * SECOND } else { 0 };
        self.now += until_another_priority;
        if until_another_priority > 0 {
            let priority = self.dice.pick(&PRIORITIES);
            self.tell("updated", json!({ "priority": priority }));
        }
        self.now += wait - until_another_priority;
    }

    /// Now and then, how long one of these is promised, give or take a second.
    pub(super) fn until_the_end_of_a_promise(&mut self, targets: &[&str]) -> Option<i64> {
        let promises = self.settings.policies.iter().flat_map(|policy| &policy.promises);
        let meant = promises.filter(|promise| targets.contains(&promise.target));
        let lengths: Vec<i64> = meant.map(|promise| promise.within).collect();
        let is_meant = !lengths.is_empty() && self.dice.chance(50);
        is_meant.then(|| self.dice.pick(&lengths) + self.dice.pick(&[-SECOND, 0, 0, SECOND]))
    }

    pub(super) fn cause(&mut self) -> &'static str {
        self.dice.pick(&CAUSES)
    }

    pub(super) fn is_served(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        if self.dice.chance(8) {
            self.tell("queued", json!({ "queue": queue }));
            self.wait(queue);
        }
        self.rings(queue);
        self.is_answered(json!({}));
    }

    pub(super) fn hangs_up(&mut self) {
        let cause = self.dice.pick(&["customer", "system", "inactivity", "of its own"]);
        let fields = self.perhaps_without(json!({ "cause": cause }), 50);
        self.tell("abandoned", fields);
    }

    fn gives_up(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        self.rings(queue);
        if self.dice.chance(75) { self.hangs_up() } else { self.tell("ended", json!({})) }
    }

    fn overflows(&mut self) {
        let queue = self.first_queued();
        self.wait(queue);
        let (next, cause, told) = (self.other_queue(queue), self.cause(), self.dice.below(4));
        if told == 0 {
            self.tell("flowed_out", json!({ "queue": queue, "cause": cause }));
        }
        self.tell("queued", json!({ "queue": next }));
        if told == 1 {
            self.pass(0, 40);
            self.tell("flowed_out", json!({ "queue": queue, "cause": cause }));
        }
        self.wait(next);
        if self.dice.chance(70) { self.is_answered(json!({})) } else { self.hangs_up() }
    }

    fn waits_in_two_queues(&mut self) {
        let queue = self.first_queued();
        self.now += self.dice.pick(&[0, 0, 10 * SECOND]);
        let also = self.other_queue(queue);
        self.tell("queued", json!({ "queue": also, "also": true }));
        self.wait(queue);
        self.rings(also);
        let named = self.dice.pick(&[queue, also]);
        match self.dice.below(5) {
            0 | 1 => self.is_answered(json!({ "queue": named })),
            2 => self.is_answered(json!({})),
            3 => self.hangs_up(),
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
        let cause = self.cause();
        let without_cause = self.dice.chance(10);
        let fields = if without_cause { json!({ "queue": queue }) } else { json!({ "queue": queue, "cause": cause }) };
        self.tell("flowed_out", fields);
        if self.dice.chance(20) {
            self.pass(10, 300);
            self.is_answered(json!({}));
        }
    }

    fn is_blocked(&mut self) {
        let queue = self.queue();
        self.tell("blocked", json!({ "queue": queue, "cause": "full" }));
    }

    /// The centre calls the customer.
    fn is_called(&mut self) {
        let queue = self.queue();
        self.tell("queued", json!({ "queue": queue, "direction": "outbound" }));
        self.pass(0, 30);
        self.rings(queue);
        if self.dice.chance(85) { self.is_answered(json!({})) } else { self.hangs_up() }
    }
}
