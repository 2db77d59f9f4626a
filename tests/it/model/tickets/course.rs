//! From creation to the end, and who has it meanwhile.

use super::super::contact::Pair;
use super::super::event::Event;
use super::{ASSIGNED_MAX, Asked, First, Stage, Ticket};

/// Why tickets are deleted.
pub const DELETE_CAUSES: [&str; 4] = ["merged", "spam", "deleted", "other"];

impl Ticket<'_> {
    pub(super) fn begins(&mut self, event: &Event) {
        let queue = event.text("queue").unwrap_or("__direct__").to_owned();
        let channel = event.text("channel").unwrap_or("email").to_owned();
        self.pair = Pair::from((queue, channel));
        self.stage = Stage::Unresolved;
        self.began = event.time;
    }

    pub(super) fn created(&mut self, event: &Event) {
        let at = event.time;
        if self.stage != Stage::Unknown {
            return self.note(at, "created_twice");
        }
        self.begins(event);
        self.learns_traits(event);
        self.created = Some(at);
        self.was_complaint = self.is_complaint();
        self.book(at, "created", "", 0);
        self.book(at, "volume", "", 0);
        if event.text("by") == Some("agent") {
            self.first = First::NotAsked;
        } else {
            self.first = First::Awaited;
            self.first_asked = Some(at);
            self.asked = Some(Asked { since: at, is_creation: true });
        }
        self.in_queue_since = Some(at);
        self.promises_begin(at);
    }

    pub(super) fn is_adopted_by(&mut self, event: &Event) {
        self.begins(event);
        self.book(event.time, "opened_before", "", 1);
    }

    pub(super) fn learns_traits(&mut self, event: &Event) {
        if let Some(priority) = event.text("priority") {
            self.priority = priority.to_owned();
        }
        if let Some(reason) = event.text("reason") {
            self.reason = Some(reason.to_owned());
        }
        if let Some(tags) = event.fields["tags"].as_array() {
            self.tags = tags.iter().filter_map(|tag| tag.as_str()).map(str::to_owned).collect();
        }
    }

    pub(super) fn updated(&mut self, event: &Event) {
        self.learns_traits(event);
        let becomes_complaint = self.is_complaint() && !self.was_complaint;
        if becomes_complaint && self.created.is_some() {
            self.was_complaint = true;
            self.book_for_complaints(event.time, "created", "", 0);
        }
    }

    pub(super) fn assigned(&mut self, event: &Event) {
        self.moves(event);
        let Some(agent) = event.text("agent") else { return };
        self.assignee = Some(agent.to_owned());
        let is_new = self.assigned.iter().all(|known| known != agent);
        if is_new && !self.in_bulk && self.assigned.len() < ASSIGNED_MAX {
            self.assigned.push(agent.to_owned());
            self.book_agent(event.time, agent, "assignment", "", 0);
        }
    }

    /// Into the queue that the event names; a new queue's people are yet to pick it up.
    pub(super) fn moves(&mut self, event: &Event) {
        let Some(queue) = event.text("queue").filter(|queue| *queue != self.pair.0) else { return };
        let counts = self.stage == Stage::Unresolved;
        if counts {
            self.book(event.time, "moved_out", "", 0);
            self.leaves_queue(event.time);
        }
        queue.clone_into(&mut self.pair.0);
        self.in_queue_since = Some(event.time);
        if counts {
            self.book(event.time, "moved_in", "", 0);
            self.comes_to_queue(event.time);
        }
        self.assignee = None;
    }

    pub(super) fn status_changed(&mut self, event: &Event) {
        match self.status_named(event.text("status").expect("a change of status names it")) {
            Some(status) => self.status = status,
            None => self.note(event.time, "unknown_status"),
        }
        self.runs_as_it_should(event.time);
    }

    pub(super) fn status_named(&self, word: &str) -> Option<&'static str> {
        let own = || self.settings.statuses.get(word).copied();
        super::figures::STATUSES.into_iter().find(|status| *status == word).or_else(own)
    }

    pub(super) fn escalated(&mut self, at: i64) {
        self.book(at, "escalated", "", 0);
        if !self.was_escalated {
            self.was_escalated = true;
            self.book(at, "escalated_first", "", 0);
        }
    }

    pub(super) fn resolved(&mut self, event: &Event) {
        if self.stage == Stage::Unresolved {
            self.is_resolved(event.time, event.text("agent"));
        }
    }

    fn is_resolved(&mut self, at: i64, agent: Option<&str>) {
        let attempt = if self.was_resolved { "again" } else { "first" };
        self.book(at, "resolved", attempt, 0);
        self.resolver = agent.or(self.assignee.as_deref()).map(str::to_owned);
        if let Some(agent) = self.resolver.clone() {
            self.book_agent(at, &agent, "resolved", attempt, 0);
        }
        self.measures_resolution(at, attempt);
        if self.first == First::Awaited {
            self.first = First::Decided;
            self.book(at, "resolved_unreplied", "", 0);
        }
        self.was_resolved = true;
        self.stage = Stage::Resolved;
        self.status = "open";
        self.is_solved(at);
    }

    fn measures_resolution(&mut self, at: i64, attempt: &'static str) {
        let is_decided = std::mem::replace(&mut self.is_due_decided, true);
        let Some(created) = self.created else { return };
        self.measure(at, "resolution_time", attempt, at - created);
        self.measure(at, "resolution_active", attempt, (at - created - self.pending).max(0));
        self.book(at, "replies_at_resolve", "", self.replies);
        if !is_decided && self.is_complaint() {
            self.book_for_complaints(at, "in_time", "", 0);
        }
    }

    pub(super) fn reopened(&mut self, at: i64) {
        if self.stage != Stage::Resolved {
            return;
        }
        self.book(at, "reopened", "", 0);
        if !self.was_reopened {
            self.was_reopened = true;
            self.book(at, "reopened_first", "", 0);
        }
        self.stage = Stage::Unresolved;
        self.is_back(at);
    }

    pub(super) fn closed(&mut self, event: &Event) {
        self.resolved(event);
        self.book(event.time, "closed", "", 0);
    }

    pub(super) fn deleted(&mut self, event: &Event) {
        let cause = event.word("cause", &DELETE_CAUSES, "deleted");
        self.book(event.time, "deleted", cause, 0);
        if self.stage == Stage::Unresolved {
            self.book(event.time, "deleted_open", "", 0);
        }
        self.stage = Stage::Deleted;
        self.clocks.clear();
        self.is_gone(event.time);
    }
}
