//! Lives that the first telephone systems did not know: chats, callbacks, and what was there before anybody told.

use serde_json::{Value, json};

use super::script::Script;
use super::{MINUTE, SECOND};

impl Script<'_> {
    pub(super) fn chats(&mut self) {
        let queue = self.queue();
        self.tell("queued", json!({ "queue": queue, "channel": "chat" }));
        let agent = self.agent();
        for _ in 0..self.dice.below(3) {
            self.somebody_writes(agent);
            self.pass(0, 20);
        }
        self.wait(queue);
        self.tell("answered", json!({ "agent": agent }));
        for _ in 0..self.dice.below(6) {
            self.somebody_writes(agent);
            self.pass(0, 60);
        }
        self.leaves(agent);
        if self.dice.chance(20) {
            self.somebody_writes(agent);
        }
    }

    pub(super) fn somebody_writes(&mut self, agent: &str) {
        let author = self.dice.pick(&["customer", "customer", "agent", "agent", "bot"]);
        let mut fields = if author == "agent" { self.perhaps(agent) } else { json!({}) };
        fields["author"] = json!(author);
        self.tell("message", fields);
    }

    pub(super) fn asks_for_a_callback(&mut self) {
        let queue = self.queue();
        let ttl = self.settings.contact_ttl;
        let later = self.dice.pick(&[0, MINUTE, ttl, ttl + 7 * MINUTE]);
        let fields = json!({ "queue": queue, "due_at": self.now + later, "place_kept": true });
        let fields = self.perhaps_without(fields, 50);
        self.tell("callback_requested", fields);
    }

    pub(super) fn is_called_back(&mut self) {
        let result = self.dice.pick(&["reached", "reached", "no_answer", "failed"]);
        let agent = self.agent();
        let mut fields = self.perhaps(agent);
        fields["result"] = json!(result);
        self.tell("callback_attempted", fields);
    }

    pub(super) fn wants_a_callback(&mut self) {
        if self.dice.chance(80) {
            let queue = self.first_queued();
            self.wait(queue);
        }
        self.asks_for_a_callback();
        match self.dice.below(5) {
            0 | 1 => {
                let queue = self.queue();
                self.tell("flowed_out", json!({ "queue": queue, "cause": "callback" }));
            }
            2 => self.tell("ended", json!({})),
            3 => self.hangs_up(),
            _ => {}
        }
        if self.dice.chance(10) {
            self.asks_for_a_callback();
        }
        for _ in 0..self.dice.below(4) {
            self.now += self.dice.pick(&[0, 30 * SECOND, 5 * MINUTE, 25 * MINUTE]);
            self.is_called_back();
        }
        if self.dice.chance(50) {
            self.pass(0, 30);
            self.is_answered(json!({}));
        }
    }

    /// A life that is known from a snapshot on.
    pub(super) fn was_there_before(&mut self) {
        let (queue, agent) = (self.queue(), self.agent());
        match self.dice.below(4) {
            0 => {
                self.snapshot_in_queue(queue);
                self.wait(queue);
                if self.dice.chance(70) { self.is_answered(json!({})) } else { self.hangs_up() }
            }
            1 => {
                self.snapshot_in_talk(agent);
                self.talks(agent);
                self.leaves(agent);
            }
            2 => {
                self.snapshot_of_callback(queue);
                self.pass(0, 300);
                self.is_called_back();
            }
            _ => {
                self.first_queued();
                self.pass(0, 120);
                self.snapshot_in_queue(queue);
                self.pass(0, 60);
                self.is_answered(json!({}));
            }
        }
    }

    pub(super) fn snapshot_in_queue(&mut self, queue: &str) {
        let waited = self.dice.pick(&[0, 10, 20, 60, 90]);
        let queued_at = self.before(waited);
        let first = queued_at - self.dice.below(300) * SECOND;
        let fields = json!({ "queued_at": queued_at, "first_queued_at": first, "direction": "inbound" });
        let mut fields = self.perhaps_without(fields, 40);
        fields["queue"] = json!(queue);
        self.tell("snapshot", fields);
    }

    pub(super) fn snapshot_in_talk(&mut self, agent: &str) {
        let (queue, role) = (self.queue(), self.dice.pick(&["primary", "primary", "consult", "monitor"]));
        let limit = self.settings.after_contact_max / SECOND;
        let since = self.dice.pick(&[60, 60, limit - 1, limit, limit + 1]);
        let left_at = self.before(since);
        let answered_at = left_at.min(self.before(300));
        let fields =
            json!({ "queue": queue, "queued_at": answered_at - 30 * SECOND, "role": role, "answered_at": answered_at });
        let mut fields = self.perhaps_without(fields, 40);
        fields["agent"] = json!(agent);
        if !fields["answered_at"].is_null() {
            match self.dice.below(5) {
                0 => fields["held_at"] = json!(left_at),
                1 => fields["ended_at"] = json!(left_at),
                2 => fields["ended_at"] = json!(answered_at.min(self.now - since * SECOND)),
                _ => {}
            }
        }
        if fields["ended_at"].as_i64() < fields["answered_at"].as_i64() && !fields["ended_at"].is_null() {
            fields["answered_at"] = fields["ended_at"].clone();
        }
        self.tell("snapshot", fields);
    }

    fn snapshot_of_callback(&mut self, queue: &str) {
        let requested_at = self.before(600);
        let fields = self.perhaps_without(json!({ "queue": queue, "due_at": self.now + 5 * MINUTE }), 30);
        self.tell("snapshot", with(fields, "callback_requested_at", requested_at));
    }
}

fn with(mut fields: Value, name: &str, at: i64) -> Value {
    fields[name] = json!(at);
    fields
}
