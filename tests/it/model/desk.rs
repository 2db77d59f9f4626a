//! How one ticket lives: what a helpdesk tells when all goes well, and what it tells when not. Over hours or weeks.

use serde_json::{Value, json};

use super::policies::TARGETS;
use super::script::{Kind, Script};
use super::tickets::figures::PRIORITIES;
use super::{DAY, HOUR, MINUTE, SECOND};

/// The kinds of life, and how many of a hundred are of each; what is left is a *soup*, anything in any order.
pub const KINDS: [Kind; 13] = [
    (12, "solved", |script| script.is_solved()),
    (12, "comes back", |script| script.comes_back()),
    (8, "given by a bot", |script| script.is_given_by_a_bot()),
    (8, "begun by an agent", |script| script.is_begun_by_an_agent()),
    (9, "moves", |script| script.is_moved()),
    (9, "pauses", |script| script.pauses()),
    (8, "complains", |script| script.complains()),
    (9, "deleted", |script| script.is_deleted()),
    (6, "of a stranger", |script| script.is_a_strangers()),
    (9, "known before", |script| script.was_known_before()),
    (24, "reconsidered", |script| script.is_reconsidered()),
    (4, "forgotten", |script| script.is_forgotten()),
    (14, "soup", |script| script.ticket_soup()),
];

const STATUSES: [&str; 6] = ["open", "pending", "on_hold", "waiting", "third_party", "unheard"];
const TRAITS: [&str; 4] = ["complaint", "refund", "invoice", "complaints"];

impl Script<'_> {
    pub(super) fn is_opened(&mut self) {
        let queue = self.queue();
        let by = if self.dice.chance(85) { "customer" } else { "agent" };
        let mut fields = self.some_traits(60);
        (fields["queue"], fields["by"]) = (json!(queue), json!(by));
        self.tell("created", fields);
        self.began = self.now;
    }

    /// Priority, reason and tags, each left out in so many of a hundred.
    fn some_traits(&mut self, without_percent: i64) -> Value {
        let tags: Vec<&str> = (0..self.dice.below(3)).map(|_| self.dice.pick(&TRAITS)).collect();
        let (priority, reason) = (self.dice.pick(&PRIORITIES), self.dice.pick(&TRAITS));
        self.perhaps_without(json!({ "priority": priority, "reason": reason, "tags": tags }), without_percent)
    }

    /// Minutes to days, often to the second of a limit.
    pub(super) fn lasts(&mut self) {
        let (h, due) = (self.settings.response_within, self.settings.complaint_due);
        let edge =
            self.began + self.dice.pick(&[h, h, due, HOUR, 4 * HOUR, DAY]) + self.dice.pick(&[-SECOND, 0, 0, SECOND]);
        match self.dice.below(10) {
            0 => {}
            1..4 if edge > self.now => self.now = edge,
            1..6 => self.pass(0, 3 * HOUR / SECOND),
            6 => self.now += self.dice.below(2 * DAY / MINUTE) * MINUTE,
            7 if self.now % HOUR != 0 => self.now += HOUR - self.now % HOUR,
            8 => self.now += self.until_the_end_of_a_promise(&TARGETS[..7]).unwrap_or(MINUTE),
            _ => self.pass(0, 20 * MINUTE / SECOND),
        }
    }

    pub(super) fn writes(&mut self, author: &str) {
        let agent = self.agent();
        let mut fields = if author == "agent" { self.perhaps(agent) } else { json!({}) };
        fields["author"] = json!(author);
        if self.dice.chance(15) {
            fields["public"] = json!(self.dice.chance(50));
        }
        self.tell("replied", fields);
    }

    fn is_assigned(&mut self) {
        let (agent, queue) = (self.agent(), self.queue());
        match self.dice.below(6) {
            0 => self.tell("assigned", json!({ "queue": queue })),
            1 => self.tell("assigned", json!({ "queue": queue, "agent": agent })),
            2 if self.dice.chance(30) => self.tell("assigned", json!({})),
            _ => self.tell("assigned", json!({ "agent": agent })),
        }
    }

    fn is_resolved(&mut self) {
        let agent = self.agent();
        let fields = self.perhaps(agent);
        let what = if self.dice.chance(80) { "resolved" } else { "closed" };
        self.tell(what, fields);
    }

    fn is_talked_about(&mut self) {
        for _ in 0..self.dice.below(4) {
            self.lasts();
            let author = self.dice.pick(&["agent", "agent", "customer", "bot"]);
            self.writes(author);
        }
    }

    fn is_solved(&mut self) {
        self.is_opened();
        if self.dice.chance(60) {
            self.pass(0, 600);
            self.is_assigned();
        }
        self.is_talked_about();
        if self.dice.chance(20) {
            self.is_escalated();
        }
        self.lasts();
        self.is_resolved();
        if self.dice.chance(40) {
            self.lasts();
            self.tell("closed", json!({}));
        }
    }

    fn is_escalated(&mut self) {
        self.tell("escalated", json!({ "from_tier": "1", "to_tier": "2" }));
    }

    fn comes_back(&mut self) {
        self.is_solved();
        for _ in 0..1 + self.dice.below(2) {
            self.lasts();
            if self.dice.chance(30) {
                self.changes_status();
            }
            self.writes("customer");
            self.tell("reopened", json!({}));
            self.is_talked_about();
            self.lasts();
            self.is_resolved();
        }
    }

    fn is_given_by_a_bot(&mut self) {
        self.is_opened();
        self.writes("bot");
        for _ in 0..1 + self.dice.below(2) {
            self.lasts();
            let queue = self.queue();
            let fields = self.perhaps_without(json!({ "queue": queue }), 50);
            self.tell("handed_over", fields);
        }
        self.is_talked_about();
        if self.dice.chance(60) {
            self.is_resolved();
            self.is_talked_about();
        }
    }

    fn is_begun_by_an_agent(&mut self) {
        let queue = self.queue();
        self.tell("created", json!({ "queue": queue, "by": "agent" }));
        self.began = self.now;
        if self.dice.chance(50) {
            self.writes("agent");
        }
        if self.dice.chance(30) {
            self.tell("handed_over", json!({}));
        }
        if self.dice.chance(25) {
            self.is_resolved();
        }
        if self.dice.chance(80) {
            self.lasts();
            self.writes("customer");
            self.began = self.now;
        }
        self.is_talked_about();
        self.lasts();
        self.is_resolved();
    }

    fn is_moved(&mut self) {
        self.is_opened();
        for _ in 0..1 + self.dice.below(4) {
            self.lasts();
            self.is_assigned();
        }
        self.is_talked_about();
        if self.dice.chance(70) {
            self.is_resolved();
        }
    }

    fn changes_status(&mut self) {
        let status = self.dice.pick(&STATUSES);
        self.tell("status_changed", json!({ "status": status }));
    }

    fn pauses(&mut self) {
        self.is_opened();
        for _ in 0..1 + self.dice.below(4) {
            self.lasts();
            self.changes_status();
        }
        self.lasts();
        self.is_resolved();
        if self.dice.chance(40) {
            self.changes_status();
            self.tell("reopened", json!({}));
            self.lasts();
            self.is_resolved();
        }
    }

    /// Other terms hold again and again, before and after what is promised is over.
    fn is_reconsidered(&mut self) {
        self.is_opened();
        if self.dice.chance(75) {
            self.pass(0, 60);
            self.writes("agent");
        }
        if self.dice.chance(70) {
            self.pass(0, 60);
            self.writes("customer");
        }
        for _ in 0..2 + self.dice.below(5) {
            self.now += self.until_the_end_of_a_promise(&TARGETS[..7]).unwrap_or(10 * MINUTE);
            self.is_told_otherwise();
        }
        if self.dice.chance(70) {
            self.is_resolved();
        }
        if self.dice.chance(40) {
            self.lasts();
            self.tell("reopened", json!({}));
            self.is_told_otherwise();
            self.lasts();
            self.is_resolved();
        }
    }

    fn is_told_otherwise(&mut self) {
        match self.dice.below(10) {
            0 => self.is_assigned(),
            1 => self.changes_status(),
            2 => self.writes("customer"),
            _ => {
                let traits = self.some_traits(10);
                self.tell("updated", traits);
            }
        }
    }

    fn complains(&mut self) {
        self.is_opened();
        self.pass(0, 3_600);
        self.tell("updated", json!({ "tags": ["complaint"] }));
        self.is_talked_about();
        let due = self.began + self.settings.complaint_due + self.dice.pick(&[-SECOND, 0, 0, SECOND, HOUR]);
        self.now = if self.dice.chance(60) { due.max(self.now) } else { self.now + HOUR };
        if self.dice.chance(20) {
            let traits = self.some_traits(20);
            self.tell("updated", traits);
        }
        if self.dice.chance(70) {
            self.is_resolved();
        }
    }

    fn is_deleted(&mut self) {
        if self.dice.chance(50) {
            self.is_opened();
        } else {
            self.is_solved();
        }
        self.lasts();
        let cause = self.dice.pick(&["merged", "merged", "spam", "deleted", "of its own"]);
        let fields = self.perhaps_without(json!({ "cause": cause, "into": "t-other" }), 30);
        self.tell("deleted", fields);
        for _ in 0..self.dice.below(3) {
            self.now += self.dice.pick(&[0, SECOND, MINUTE, HOUR]);
            self.anything_of_a_ticket();
        }
    }

    fn is_a_strangers(&mut self) {
        self.began = self.now;
        self.anything_of_a_ticket();
        if self.dice.chance(60) {
            self.writes("customer");
        }
        self.is_talked_about();
        if self.dice.chance(60) {
            self.is_resolved();
        }
    }

    /// A life that is known from a snapshot on, or that a snapshot tells of on its way.
    fn was_known_before(&mut self) {
        self.began = self.now - self.dice.below(40 * DAY / HOUR) * HOUR;
        if self.dice.chance(40) {
            self.is_opened();
            self.is_talked_about();
            self.lasts();
        }
        self.ticket_snapshot();
        self.is_talked_about();
        if self.dice.chance(30) {
            self.ticket_snapshot();
        }
        if self.dice.chance(60) {
            self.is_resolved();
        }
        if self.dice.chance(30) {
            self.lasts();
            self.tell("reopened", json!({}));
        }
    }

    fn ticket_snapshot(&mut self) {
        let (queue, agent) = (self.queue(), self.agent());
        let status = self.dice.pick(&["open", "pending", "on_hold", "waiting", "resolved", "closed", "unheard"]);
        let by = if self.dice.chance(80) { "customer" } else { "agent" };
        let created = self.began.min(self.now);
        let between =
            |dice: &mut super::dice::Dice, now: i64| created + dice.below((now - created) / SECOND + 1) * SECOND;
        let (first_reply, awaiting) = (between(self.dice, self.now), between(self.dice, self.now));
        let resolved = between(self.dice, self.now);
        let rare = json!({ "first_reply_at": first_reply, "awaiting_since": awaiting, "replies": 3, "by": by });
        let mut fields = self.perhaps_without(rare, 60);
        let often = json!({ "queue": queue, "agent": agent, "created_at": created, "status": status });
        let often = self.perhaps_without(often, 25);
        let traits = self.some_traits(80);
        for more in [often, traits] {
            fields.as_object_mut().expect("fields").extend(more.as_object().expect("fields").clone());
        }
        if self.dice.chance(10) {
            fields["resolved_at"] = json!(resolved);
        }
        self.tell("snapshot", fields);
    }

    /// Given up to the second, or told of again as if by a stranger.
    fn is_forgotten(&mut self) {
        if self.dice.chance(70) {
            self.is_opened();
        } else {
            self.is_solved();
        }
        self.now += self.settings.ticket_ttl + self.dice.pick(&[-SECOND, 0, SECOND, HOUR]);
        self.anything_of_a_ticket();
        self.is_talked_about();
    }

    fn ticket_soup(&mut self) {
        self.began = self.now;
        for _ in 0..3 + self.dice.below(10) {
            self.anything_of_a_ticket();
            match self.dice.below(3) {
                0 => {}
                1 => self.now += self.dice.pick(&[SECOND, MINUTE, HOUR]),
                _ => self.lasts(),
            }
        }
    }

    fn anything_of_a_ticket(&mut self) {
        match self.dice.below(24) {
            0 | 1 => self.is_opened(),
            2 | 3 => self.is_assigned(),
            4 => {
                let queue = self.queue();
                self.tell("handed_over", json!({ "queue": queue }));
            }
            5 => self.tell("handed_over", json!({})),
            6..9 => self.writes("agent"),
            9..12 => self.writes("customer"),
            12 => self.writes("bot"),
            13 | 14 => self.changes_status(),
            15 => {
                let traits = self.some_traits(40);
                self.tell("updated", traits);
            }
            16 => self.is_escalated(),
            17..19 => self.is_resolved(),
            19 | 20 => self.tell("reopened", json!({})),
            21 => self.tell("closed", json!({})),
            22 if self.dice.chance(30) => self.tell("deleted", json!({})),
            _ => self.ticket_snapshot(),
        }
    }
}
