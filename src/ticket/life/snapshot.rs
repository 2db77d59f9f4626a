//! Snapshots: the whole state of a ticket as its platform tells it. Sets the state, and counts nothing but that it was there.
//!
//! So that the books still balance, an unresolved ticket that a snapshot tells of counts as opened before, and one that it takes
//! away as opened before no more.
//!
//! **Invariant.** Nothing is booked before the snapshot's own time: what had passed by then has no part in it.

use super::talk::{Asked, First};
use super::{Begun, Life};
use crate::event::{Creator, Status};
use crate::measure::{Anomaly, Measure};
use crate::terms::Terms;
use crate::ticket::act::{Stage, Told};
use crate::time::EventTime;
use crate::timeline::Bookings;

/// Snapshots.
impl Life {
    pub(super) fn set(&mut self, at: EventTime, told: &Told, terms: &Terms, bookings: &mut Bookings) {
        let before = self.is_backlog().then(|| self.place(terms));
        self.set_begin(at, told, terms);
        if told.queue.is_some_and(|queue| self.queue.is_some_and(|own| own != queue)) {
            self.promises.in_queue_since = Some(at);
        }
        self.queue = told.queue.or(self.queue);
        self.assignee = told.agent;
        self.set.assignee = at;
        self.set_traits(at, told.traits);
        self.complaint.is_counted |= self.is_complaint();
        self.set_told_stage(at, told, bookings);
        self.set_talk(at, told, terms);
        let after = self.is_backlog().then(|| self.place(terms));
        if before != after {
            self.set.backlog = at;
            before.into_iter().for_each(|place| bookings.queue(at, place, Measure::TicketDisowned));
            after.into_iter().for_each(|place| bookings.queue(at, place, Measure::TicketAdopted));
        }
    }

    fn set_begin(&mut self, at: EventTime, told: &Told, terms: &Terms) {
        let known = self.begun.unwrap_or(Begun { at, created: None });
        let created = told.created_at.map(|created| created.min(at));
        self.begun = Some(Begun { created: created.or(known.created), ..known });
        let is_undecided = known.created.is_none() && !self.is_resolved_once || self.complaint.due.is_some();
        if let Some(created) = created.filter(|_| is_undecided) {
            self.complaint.due = Some(created + terms.complaint_due).filter(|due| *due >= at);
        }
    }

    fn set_told_stage(&mut self, at: EventTime, told: &Told, bookings: &mut Bookings) {
        if told.stage.is_none() {
            bookings.odd(at, Anomaly::UnknownStatus);
        }
        let stage = told.stage.unwrap_or(self.stage);
        let is_resolved = told.resolved_at.is_some() || matches!(stage, Stage::Resolved { .. });
        let stage = match stage {
            Stage::Unresolved(then) if is_resolved => Stage::Resolved { then },
            told => told,
        };
        self.set.status = at;
        self.is_resolved_once |= is_resolved;
        if is_resolved {
            self.complaint.due = None;
        }
        self.set_stage(at, stage);
    }

    fn set_talk(&mut self, at: EventTime, told: &Told, terms: &Terms) {
        self.talk.replies = told.replies.unwrap_or(self.talk.replies);
        if let Some(replied) = told.first_reply_at {
            self.talk.first = First::Decided;
            self.talk.response_due = None;
            self.talk.answered_at = self.talk.answered_at.max(Some(replied.min(at)));
        }
        let is_answered = self.talk.answered_at.is_some();
        let asked_since = told.awaiting_since.map(|since| since.min(at));
        self.talk.asked = match (asked_since, told.by) {
            (Some(since), by) => {
                Some(Asked { since, by_creation: by == Creator::Customer && Some(since) == self.created() })
            }
            (None, Creator::Customer) if !is_answered => {
                Some(Asked { since: self.created().unwrap_or(at), by_creation: true })
            }
            _ => None,
        };
        self.set_first(at, told.by, asked_since, terms);
    }

    /// Where nothing is known of a first response, it is awaited from the start that was told.
    fn set_first(&mut self, at: EventTime, by: Creator, asked_since: Option<EventTime>, terms: &Terms) {
        let (First::Unknown, Some(created)) = (self.talk.first, self.created()) else { return };
        let start = match by {
            Creator::Customer => Some(self.talk.handed_over(terms).map_or(created, |given| given.max(created))),
            Creator::Agent => asked_since,
        };
        if !self.is_unresolved() {
            self.talk.first = First::Decided; // by that it was resolved, at the latest
            return;
        }
        self.talk.first = First::NotAsked;
        if let Some(start) = start {
            self.talk.await_first(start, terms);
            self.talk.response_due = self.talk.response_due.filter(|due| *due >= at);
        }
    }
}

impl Stage {
    /// The stage of that name, where `status` says what is meant by a word for an unresolved ticket.
    pub fn named(word: &str, status: impl Fn(&str) -> Option<Status>) -> Option<Self> {
        match word {
            "resolved" | "closed" => Some(Self::Resolved { then: Status::Open }),
            _ => status(word).map(Self::Unresolved),
        }
    }
}
