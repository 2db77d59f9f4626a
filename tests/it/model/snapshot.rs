//! What a snapshot says is so, and nothing else is.

use super::callbacks::Callback;
use super::contact::Contact;
use super::event::Event;
use super::leg::{Leg, Phase};
use super::stay::{Began, End, Exit, Passed, Stay};

impl Contact<'_> {
    pub(super) fn snapshot(&mut self, event: &Event) {
        self.closing = event.text("agent").is_some() && event.moment("ended_at").is_some();
        self.ringing.clear();
        self.asked_since = None;
        self.learns_direction(event);
        if let Some(queue) = event.text("queue") {
            self.latest_queue = Some(queue.to_owned());
        }
        self.learns_first_queueing(event);
        self.only_stay(event);
        self.only_leg(event);
        let pair = self.pair_of_callback(event);
        let due_at = event.moment("due_at");
        self.callback = event.moment("callback_requested_at").map(|since| Callback { pair, since, due_at });
    }

    fn learns_direction(&mut self, event: &Event) {
        if let Some(direction) = event.text("direction").filter(|_| !self.was_queued) {
            self.outbound = direction == "outbound";
            self.was_queued |= self.outbound;
        }
    }

    fn learns_first_queueing(&mut self, event: &Event) {
        let here = event.moment("queued_at");
        let first = event.moment("first_queued_at").or(here);
        if self.outbound {
            return;
        }
        if !self.first_is_known && first.is_some() {
            self.first_is_known = true;
            self.customer_since = first.filter(|_| !self.served);
        }
        self.was_queued |= event.text("queue").is_some() || event.text("agent").is_some() || first.is_some();
        self.queued_here = self.queued_here.or(here);
        if event.text("agent").is_some() {
            self.served = true;
            self.customer_since = None;
        }
    }

    fn only_stay(&mut self, event: &Event) {
        let at = event.time;
        let names_only_the_callbacks =
            event.moment("callback_requested_at").is_some() && event.moment("queued_at").is_none();
        let waits = event.text("agent").is_none() && !self.outbound && !names_only_the_callbacks;
        let queue = event.text("queue").filter(|_| waits);
        let kept = queue.and_then(|queue| self.open_stay_in(queue));
        for stay in self.open_stays().filter(|stay| Some(*stay) != kept).collect::<Vec<_>>() {
            self.stays[stay].end = Some(End { at, exit: Exit::Gone, is_measured: false });
        }
        match (queue, kept) {
            (_, Some(kept)) => {
                if let Some(since) = event.moment("queued_at") {
                    self.is_in_question(kept, since, at);
                    self.stays[kept].is_moved(since, self.settings, at);
                    self.promise_is_told(kept, at);
                }
            }
            (Some(queue), None) => self.adopt(queue, event.moment("queued_at").unwrap_or(at), at),
            (None, None) => {}
        }
    }

    fn adopt(&mut self, queue: &str, since: i64, at: i64) {
        let pair = self.pair(Some(queue));
        let passed = (since + self.settings.threshold_of(&pair) < at).then_some(Passed::Untold);
        let promise = self.promise(&pair, since, at);
        self.stays.push(Stay { pair, since, began: Began::Adopted(at), passed, end: None, promise });
        self.promise_is_told(self.stays.len() - 1, at);
    }

    /// The one of the same phase stays; of several, the one longest in it, as `wrapped` would take it. It is the latest then.
    fn only_leg(&mut self, event: &Event) {
        let told = self.told_leg(event);
        let same = |leg: &Leg, told: &Leg| {
            leg.agent == told.agent
                && leg.role == told.role
                && std::mem::discriminant(&leg.phase) == std::mem::discriminant(&told.phase)
        };
        let kept = told.as_ref().and_then(|told| self.legs.iter().position(|leg| leg.is_open() && same(leg, told)));
        let kept = kept.map(|place| self.legs.remove(place));
        for leg in &mut self.legs {
            leg.phase = Phase::Over;
        }
        self.legs.extend(kept.or(told));
    }

    fn told_leg(&self, event: &Event) -> Option<Leg> {
        let agent = event.text("agent")?.to_owned();
        let role = event.text("role").unwrap_or("primary").to_owned();
        let (held_at, ended_at) = (event.moment("held_at"), event.moment("ended_at"));
        let phase = match (held_at, ended_at) {
            (_, Some(since)) => Phase::AfterContact { since },
            (Some(since), None) => Phase::Held { since },
            (None, None) => Phase::Talking,
        };
        let since = event.moment("answered_at").unwrap_or(event.time);
        let is_given_up = |ended_at: i64| ended_at + self.settings.after_contact_max < event.time;
        let is_over = ended_at.is_some_and(|ended_at| !self.settings.wraps_are_told || is_given_up(ended_at));
        let was_held = held_at.is_some();
        (!is_over).then(|| Leg { pair: self.latest_pair(), agent, role, since, hold: 0, was_held, phase })
    }
}
