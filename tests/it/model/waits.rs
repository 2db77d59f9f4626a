//! What begins and ends waiting.

use super::contact::{Contact, Place};
use super::event::Event;
use super::leg::{Leg, Phase};
use super::stay::{Began, End, Exit, Stay};

/// Why a contact leaves a queue unanswered without hanging up.
pub const FLOW_CAUSES: [&str; 8] =
    ["callback", "voicemail", "overflow", "timeout", "key", "no_agents", "served_elsewhere", "other"];

/// Why a contact hangs up, or is hung up.
pub const ABANDON_CAUSES: [&str; 4] = ["customer", "system", "inactivity", "other"];

impl Contact<'_> {
    pub(super) fn queued(&mut self, event: &Event) {
        if self.open_stay_in(&event.queue()).is_some() {
            return;
        }
        if !self.was_queued {
            self.first_queued(event);
        }
        if !self.outbound {
            self.queued_here = self.queued_here.or(Some(event.time));
        }
        self.latest_queue = Some(event.queue());
        self.closing = false;
        if self.outbound {
            return;
        }
        if event.fields["also"] != true {
            self.flow_out_all(event.time, "overflow");
        }
        let (pair, began) = (self.pair(event.text("queue")), Began::Queued(event.time));
        let promise = self.promise(&pair, event.time, event.time);
        self.stays.push(Stay { pair, since: event.time, began, passed: None, end: None, promise });
    }

    fn first_queued(&mut self, event: &Event) {
        self.was_queued = true;
        self.outbound = event.text("direction") == Some("outbound");
        if self.outbound {
            return;
        }
        let since = event.moment("first_queued_at").unwrap_or(event.time);
        self.customer_since = (!self.served).then_some(since);
        self.first_is_known = true;
        if event.text("root_contact_id").is_none_or(|root| Some(root) == event.text("contact_id")) {
            self.book(event.time, Place::Queue(self.pair(event.text("queue"))), "volume", "", 0);
        }
    }

    pub(super) fn answered(&mut self, event: &Event) {
        let agent = event.text("agent").expect("an answer names its agent");
        let role = event.text("role").unwrap_or("primary");
        let stay = self.answered_stay(event.text("queue")).filter(|_| role != "monitor");
        let pair = stay.map_or_else(|| self.latest_pair(), |i| self.stays[i].pair.clone());
        self.stops_ringing(agent);
        if role != "monitor" {
            self.end_stays_by_answer(event.time, stay);
            self.customer_answered(event.time, pair.clone());
        }
        if self.talks_as(agent, role) {
            return self.note(event.time, "answered_twice");
        }
        self.closing = false;
        if role == "primary" {
            self.book_agent(event.time, agent, "answered", "", 0);
        }
        let (agent, role, since) = (agent.to_owned(), role.to_owned(), event.time);
        self.legs.push(Leg { pair, agent, role, since, hold: 0, was_held: false, phase: Phase::Talking });
    }

    /// Whether the agent talks already, in that role.
    fn talks_as(&self, agent: &str, role: &str) -> bool {
        self.latest_leg(Some(agent), |leg| leg.role == role && leg.talks()).is_some()
    }

    /// The stay that an answer ends: in the named queue, else the oldest.
    fn answered_stay(&self, queue: Option<&str>) -> Option<usize> {
        queue.and_then(|queue| self.open_stay_in(queue)).or_else(|| self.open_stays().next())
    }

    fn end_stays_by_answer(&mut self, at: i64, answered: Option<usize>) {
        if let Some(stay) = answered {
            self.promise_is_kept(stay, at);
            self.end_stay(at, stay, Exit::Answered);
            self.ringing.clear();
        }
        self.flow_out_all(at, "served_elsewhere");
    }

    /// The first answer since the customer was first queued.
    fn customer_answered(&mut self, at: i64, pair: super::contact::Pair) {
        if let Some(since) = self.customer_since.take() {
            self.measure(at, Place::Queue(pair), "customer_wait", (at - since).max(0));
        }
    }

    pub(super) fn flowed_out(&mut self, event: &Event) {
        let cause = event.word("cause", &FLOW_CAUSES, "other");
        if let Some(open) = self.open_stay_in(&event.queue()) {
            self.end_stay(event.time, open, Exit::FlowedOut { cause, by_overflow: false });
            if self.open_stays().next().is_none() {
                self.ringing.clear();
            }
        } else if let Some(told) = self.cause_of_overflow(&event.queue()) {
            *told = cause;
            self.note(event.time, "cause_told_later");
        }
    }

    /// The cause of the latest stay in the queue that an overflow ended.
    fn cause_of_overflow(&mut self, queue: &str) -> Option<&mut &'static str> {
        let latest_first = self.stays.iter_mut().rev().filter(|stay| stay.pair.0 == queue);
        let mut exits = latest_first.filter_map(|stay| stay.end.as_mut());
        exits.find_map(|end| match &mut end.exit {
            Exit::FlowedOut { cause, by_overflow: true } => Some(cause),
            _ => None,
        })
    }

    pub(super) fn abandoned(&mut self, event: &Event) {
        self.closing = true;
        self.ringing.clear();
        let cause = event.word("cause", &ABANDON_CAUSES, "customer");
        self.end_all_stays(event.time, &Exit::Abandoned { cause });
    }

    pub(super) fn blocked(&mut self, event: &Event) {
        self.closing = true;
        self.ringing.clear();
        self.book(event.time, Place::Queue(self.pair(event.text("queue"))), "blocked", "", 0);
    }

    fn flow_out_all(&mut self, at: i64, cause: &'static str) {
        self.end_all_stays(at, &Exit::FlowedOut { cause, by_overflow: cause == "overflow" });
    }

    pub(super) fn end_all_stays(&mut self, at: i64, exit: &Exit) {
        for stay in self.open_stays().collect::<Vec<_>>() {
            self.end_stay(at, stay, exit.clone());
        }
    }

    fn end_stay(&mut self, at: i64, stay: usize, exit: Exit) {
        self.stays[stay].end = Some(End { at, exit, is_measured: !self.in_bulk });
    }
}
