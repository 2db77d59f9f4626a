//! The promise of an answer, which runs with each stay of a contact.

use super::clock::{Clock, Decision, Standing};
use super::contact::{Contact, Pair};
use super::event::Event;
use super::policies::Case;
use super::stay::Stay;

impl Contact<'_> {
    fn case(&self, pair: Pair) -> Case {
        Case { pair, priority: self.priority.clone(), tags: Vec::new() }
    }

    /// The clock of a stay in that place.
    pub(super) fn promise(&self, pair: &Pair, since: i64, told_at: i64) -> Clock {
        Clock::start("answer", since, told_at, self.case(pair.clone()))
    }

    /// Another priority holds for those who wait already, too.
    pub(super) fn learns_priority(&mut self, event: &Event) {
        let Some(priority) = event.text("priority") else { return };
        priority.clone_into(&mut self.priority);
        for stay in self.open_stays().collect::<Vec<_>>() {
            let case = self.case(self.stays[stay].pair.clone());
            let clock = &mut self.stays[stay].promise;
            clock.is_in(event.time, &case);
            let reversed = clock.reconsider(event.time, self.settings);
            self.decide(reversed);
        }
    }

    /// A snapshot at `at` says when the stay began, or told of it for the first time.
    pub(super) fn promise_is_told(&mut self, stay: usize, at: i64) {
        let Stay { pair, since, .. } = &self.stays[stay];
        let (since, case) = (*since, self.case(pair.clone()));
        let clock = &mut self.stays[stay].promise;
        if clock.began != since {
            clock.start_anew(since, at, case);
        }
        if clock.pass_silently(at, self.settings) {
            self.note(at, "promise_passed_before");
        }
    }

    /// Whether somebody who hangs up soon after a snapshot gave the stay a later beginning is a short abandon, though the threshold had
    /// passed before, the contract does not say: no such stream is compared.
    pub(super) fn is_in_question(&mut self, stay: usize, since: i64, at: i64) {
        let Stay { pair, since: known, .. } = &self.stays[stay];
        if since != *known && known + self.settings.threshold_of(pair) < at {
            self.note(at, "in_question");
        }
    }

    pub(super) fn promise_is_kept(&mut self, stay: usize, at: i64) {
        let kept = self.stays[stay].promise.keep(at, self.settings);
        self.decide(kept);
    }

    pub(super) fn break_promises_before(&mut self, t: i64) {
        for stay in self.open_stays().collect::<Vec<_>>() {
            let broken = self.stays[stay].promise.pass(t, self.settings);
            self.decide(broken);
        }
    }

    fn decide(&mut self, decision: Option<Decision>) {
        let bookings = decision.iter().flat_map(Decision::bookings);
        bookings.for_each(|booking| self.book(booking.at, booking.place, booking.what, booking.part, 0));
    }

    /// How the promises of those who wait stand.
    pub fn promises(&self) -> impl Iterator<Item = Standing> {
        self.waiting().filter_map(|stay| stay.promise.standing(self.settings))
    }
}
