//! How a ticket ends, and how it comes back.

use super::Life;
use super::talk::First;
use crate::event::{DeleteCause, Status};
use crate::id::AgentId;
use crate::measure::{Measure, TicketTime};
use crate::terms::Terms;
use crate::ticket::act::Stage;
use crate::time::{EventTime, Span};
use crate::timeline::Bookings;

/// Resolved, reopened, closed, deleted.
impl Life {
    /// A resolve of a resolved ticket is none.
    pub(super) fn resolved(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        if !self.is_unresolved() {
            return;
        }
        let again = std::mem::replace(&mut self.is_resolved_once, true);
        self.resolver = agent.or(self.assignee);
        self.set.backlog = at;
        self.set_stage(at, Stage::Resolved { then: Status::Open });
        self.book(at, Measure::Resolved { again }, terms, bookings);
        self.resolver.into_iter().for_each(|agent| bookings.agent(at, agent, Measure::Resolved { again }));
        if let Some(created) = self.created() {
            self.book_resolution(at, at - created, again, terms, bookings);
        }
        if let First::Awaited(_) = self.talk.first {
            self.talk.first = First::Decided;
            self.book(at, Measure::ResolvedUnreplied, terms, bookings);
        }
        if self.complaint.due.take().is_some() {
            self.decide_complaint(at, false, terms, bookings);
        }
    }

    fn book_resolution(&self, at: EventTime, taken: Span, again: bool, terms: &Terms, bookings: &mut Bookings) {
        let calendar = taken.at_least_zero();
        let active = (calendar - self.pending.so_far).at_least_zero();
        self.book(at, Measure::ResolutionTime { calendar, active, again }, terms, bookings);
        self.book_business(TicketTime::Resolution, at - taken, at, terms, bookings);
        self.book(at, Measure::RepliesAtResolve(self.talk.replies), terms, bookings);
    }

    /// A reopen of an open ticket is none.
    pub(super) fn reopened(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let Stage::Resolved { then } = self.stage else { return };
        let first = !std::mem::replace(&mut self.is_reopened_once, true);
        self.set.backlog = at;
        self.promises.in_queue_since = Some(at);
        self.promises.reopened = Some(at);
        self.set_stage(at, Stage::Unresolved(then));
        self.book(at, Measure::Reopened { first }, terms, bookings);
    }

    /// A close of an unresolved ticket is a resolve too.
    pub(super) fn closed(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        self.resolved(at, agent, terms, bookings);
        self.book(at, Measure::TicketClosed, terms, bookings);
    }

    /// What was not decided by then leaves without a word.
    pub(super) fn deleted(&mut self, at: EventTime, cause: DeleteCause, terms: &Terms, bookings: &mut Bookings) {
        self.book(at, Measure::TicketDeleted { cause, open: self.is_unresolved() }, terms, bookings);
        let last_event = self.last_event;
        self.let_go(at, terms);
        (self.gone, self.last_event) = (Some(at), last_event);
    }
}
