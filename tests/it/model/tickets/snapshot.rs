//! What a snapshot says is so, and nothing else is.

use super::super::event::Event;
use super::{Asked, First, Stage, Ticket};

impl Ticket<'_> {
    pub(super) fn snapshot(&mut self, event: &Event) {
        let is_new = self.stage == Stage::Unknown;
        if is_new {
            self.begins(event);
        }
        let (was_open, before) = (!is_new && self.stage == Stage::Unresolved, self.pair.clone());
        if let Some(queue) = event.text("queue") {
            let is_moved = !is_new && self.pair.0 != "__direct__" && self.pair.0 != queue;
            self.in_queue_since = if is_moved { Some(event.time) } else { self.in_queue_since };
            queue.clone_into(&mut self.pair.0);
        }
        self.learns_stage(event);
        self.recounts_backlog(event.time, was_open.then_some(before));
        self.learns_traits(event);
        self.was_complaint |= self.is_complaint();
        self.assignee = event.text("agent").map(str::to_owned);
        self.created = event.moment("created_at").or(self.created);
        if let Some(replies) = event.fields["replies"].as_i64() {
            self.replies = replies;
        }
        self.learns_first_response(event);
        self.learns_who_waits(event);
        self.leaves_past_deadlines_alone(event.time);
        self.promises_are_told(event.time);
    }

    fn learns_stage(&mut self, event: &Event) {
        let word = event.text("status");
        let known = word.and_then(|word| self.status_named(word));
        match (event.moment("resolved_at"), word) {
            (Some(_), _) | (_, Some("resolved" | "closed")) => self.is_told_over(known),
            (None, None) => (self.stage, self.status) = (Stage::Unresolved, "open"),
            (None, Some(_)) => {
                if let Some(status) = known {
                    (self.stage, self.status) = (Stage::Unresolved, status);
                }
            }
        }
        if word.is_some_and(|word| known.is_none() && !["resolved", "closed"].contains(&word)) {
            self.note(event.time, "unknown_status");
        }
    }

    /// `status`: for when it is reopened.
    fn is_told_over(&mut self, status: Option<&'static str>) {
        (self.stage, self.status, self.was_resolved) = (Stage::Resolved, status.unwrap_or("open"), true);
        self.is_due_decided = true;
    }

    /// `before`: the place where it was unresolved.
    fn recounts_backlog(&mut self, at: i64, before: Option<super::Pair>) {
        let now = (self.stage == Stage::Unresolved).then(|| self.pair.clone());
        if before == now {
            return;
        }
        for (pair, many) in [(before, -1), (now, 1)] {
            let Some(pair) = pair else { continue };
            let here = std::mem::replace(&mut self.pair, pair);
            self.book(at, "opened_before", "", many);
            self.pair = here;
        }
    }

    fn learns_first_response(&mut self, event: &Event) {
        let is_unknown = self.first == First::Unknown && self.created.is_some();
        if event.moment("first_reply_at").is_some() || is_unknown && self.stage == Stage::Resolved {
            self.first = First::Decided;
            self.is_rate_decided = true;
        } else if is_unknown {
            let by_agent = event.text("by") == Some("agent");
            self.first_asked = if by_agent { event.moment("awaiting_since") } else { self.created };
            self.first = if self.first_asked.is_some() { First::Awaited } else { First::NotAsked };
        }
    }

    fn learns_who_waits(&mut self, event: &Event) {
        self.is_replied |= event.moment("first_reply_at").is_some();
        self.answered_at = self.answered_at.max(event.moment("first_reply_at"));
        let by_agent = event.text("by") == Some("agent");
        let is_creation = |since| !by_agent && Some(since) == self.created;
        let told = event.moment("awaiting_since").map(|since| Asked { since, is_creation: is_creation(since) });
        let creation = Asked { since: self.created.unwrap_or(event.time), is_creation: true };
        let waits_since_creation = !by_agent && !self.is_replied;
        self.asked = told.or(waits_since_creation.then_some(creation));
    }

    /// What was decided before anybody told of it is decided, and booked nowhere.
    fn leaves_past_deadlines_alone(&mut self, at: i64) {
        self.is_rate_decided |= self.response_due().is_some_and(|due| due < at);
        self.is_due_decided |= self.complaint_due().is_some_and(|due| due < at);
    }
}
