//! What is promised of a ticket: what begins the clock of each target, pauses it and keeps it.

use super::super::clock::{Clock, Decision, Standing};
use super::super::contact::{Booking, Place};
use super::super::policies::Case;
use super::{First, Stage, Ticket};

/// Those that begin with the creation and end with the resolve.
const WHOLE_LIFE: [&str; 3] = ["resolution", "requester_wait", "agent_work"];
/// Those that the next public reply of an agent keeps.
const REPLIES: [&str; 3] = ["first_reply", "next_reply", "periodic_update"];

impl Ticket<'_> {
    pub(super) fn case(&self) -> Case {
        let tags = self.settings.asked_tags(&self.tags);
        Case { pair: self.pair.clone(), priority: self.priority.clone(), tags }
    }

    fn clock(&mut self, target: &str) -> Option<&mut Clock> {
        self.clocks.iter_mut().find(|clock| clock.target == target)
    }

    fn starts(&mut self, target: &'static str, began: i64, at: i64) {
        self.ends(target);
        if !self.settings.policies.is_empty() {
            self.clocks.push(Clock::start(target, began, at, self.case()));
        }
    }

    /// The same, where nothing was kept: what is broken stays so, and may have time left now.
    fn starts_anew(&mut self, target: &'static str, began: i64, at: i64) {
        let (case, settings) = (self.case(), self.settings);
        let Some(clock) = self.clock(target) else { return self.starts(target, began, at) };
        clock.start_anew(began, at, case);
        let reversed = clock.reconsider(at, settings);
        self.decides(reversed);
    }

    fn ends(&mut self, target: &str) {
        self.clocks.retain(|clock| clock.target != target);
    }

    fn keeps(&mut self, target: &str, at: i64) {
        let settings = self.settings;
        let kept = self.clock(target).and_then(|clock| clock.keep(at, settings));
        self.decides(kept);
    }

    fn decides(&mut self, decision: Option<Decision>) {
        self.booked.extend(decision.iter().flat_map(Decision::bookings));
    }

    fn notes_promise(&mut self, at: i64, what: &'static str, target: &'static str) {
        self.booked.push(Booking { at, place: Place::Books, what, part: target, ms: 0 });
    }
}

/// What happens.
impl Ticket<'_> {
    pub(super) fn promises_begin(&mut self, at: i64) {
        WHOLE_LIFE.into_iter().chain(["queue_time"]).for_each(|target| self.starts(target, at, at));
        if self.first == First::Awaited {
            self.starts("first_reply", at, at);
        }
    }

    /// A bot gives it to people: a first response that is measured from there is promised from there.
    pub(super) fn first_reply_begins_anew(&mut self, at: i64) {
        if self.settings.first_response_from_handover && self.first == First::Awaited {
            self.starts_anew("first_reply", at, at);
            self.first_reply_runs_as_it_should(at);
        }
    }

    /// A first reply is owed while it is not resolved.
    fn first_reply_runs_as_it_should(&mut self, at: i64) {
        let (settings, is_open) = (self.settings, self.stage == Stage::Unresolved);
        let Some(clock) = self.clock("first_reply") else { return };
        if is_open {
            clock.run_on(at);
        } else {
            clock.stand_still(at, settings);
        }
    }

    pub(super) fn leaves_queue(&mut self, at: i64) {
        self.keeps("queue_time", at);
    }

    pub(super) fn comes_to_queue(&mut self, at: i64) {
        self.starts("queue_time", at, at);
    }

    /// The customer writes; what was asked before is still as it was.
    pub(super) fn is_asked(&mut self, at: i64) {
        if self.first == First::NotAsked {
            self.starts("first_reply", at, at);
            self.first_reply_runs_as_it_should(at);
        } else if self.stage == Stage::Unresolved && self.asked.is_none() && self.first != First::Awaited {
            self.starts("next_reply", at, at);
        }
    }

    /// An agent writes in public.
    pub(super) fn is_answered(&mut self, at: i64) {
        self.answered_at = Some(at);
        if self.stage == Stage::Resolved {
            self.keeps("first_reply", at); // it was not owed then, and came all the same
            self.ends("first_reply");
        }
        if self.stage == Stage::Unresolved {
            for target in REPLIES {
                self.keeps(target, at);
                self.ends(target);
            }
            self.starts("periodic_update", at, at);
        }
    }

    pub(super) fn is_solved(&mut self, at: i64) {
        for target in WHOLE_LIFE.into_iter().chain(["queue_time"]) {
            self.keeps(target, at);
        }
        self.runs_as_it_should(at);
        REPLIES.into_iter().chain(["queue_time"]).for_each(|target| self.ends(target));
    }

    pub(super) fn is_back(&mut self, at: i64) {
        (self.reopened_at, self.in_queue_since) = (Some(at), Some(at));
        self.runs_as_it_should(at);
        self.starts("queue_time", at, at);
        self.talk_is_promised(at);
    }

    /// Each of a ticket's whole life runs while its status lets it.
    pub(super) fn runs_as_it_should(&mut self, at: i64) {
        let (settings, is_open) = (self.settings, self.is_unresolved());
        for target in WHOLE_LIFE {
            let stands = self.stands(target);
            let Some(clock) = self.clock(target) else { continue };
            let is_kept = clock.is_kept() && is_open;
            if is_kept {
                clock.is_open_again();
            }
            if !stands {
                clock.run_on(at);
                continue;
            }
            let mattered = clock.stand_still(at, settings);
            if mattered && is_open {
                self.notes_promise(at, "promise_paused", target);
            }
        }
    }

    fn stands(&self, target: &str) -> bool {
        match (self.stage, target) {
            (Stage::Unresolved, "requester_wait") => self.status == "pending",
            (Stage::Unresolved, "agent_work") => self.status != "open",
            (stage, _) => stage != Stage::Unresolved,
        }
    }

    /// What a snapshot tells is so; what had passed by then is no news.
    pub(super) fn promises_are_told(&mut self, at: i64) {
        for target in WHOLE_LIFE {
            let known = self.clock(target).map(|clock| clock.began);
            if let Some(created) = self.created.filter(|created| known != Some(*created)) {
                self.starts_anew(target, created, at);
            }
        }
        let in_queue_since = self.in_queue_since.filter(|_| self.is_unresolved());
        self.is_promised_since("queue_time", in_queue_since, at);
        self.talk_is_promised(at);
        self.passes_silently(at);
        self.runs_as_it_should(at);
    }

    /// What is promised of replies, of a ticket that is there again.
    fn talk_is_promised(&mut self, at: i64) {
        let is_open = self.stage == Stage::Unresolved;
        let awaits_first = self.first == First::Awaited;
        let since_open = |since: i64| self.reopened_at.map_or(since, |reopened| reopened.max(since));
        let question = self.asked.filter(|asked| is_open && !awaits_first && !asked.is_creation);
        let question = question.map(|asked| since_open(asked.since));
        let answer = self.answered_at.filter(|_| is_open).map(since_open);
        let first = self.start_of_first_response().filter(|_| awaits_first);
        self.is_promised_since("next_reply", question, at);
        self.is_promised_since("periodic_update", answer, at);
        self.is_promised_since("first_reply", first, at);
        self.first_reply_runs_as_it_should(at);
    }

    fn is_promised_since(&mut self, target: &'static str, since: Option<i64>, at: i64) {
        let known = self.clock(target).map(|clock| clock.began);
        match since {
            None => self.ends(target),
            Some(since) if known != Some(since) => self.starts_anew(target, since, at),
            Some(_) => self.clock(target).into_iter().for_each(|clock| clock.run_on(at)),
        }
    }

    fn passes_silently(&mut self, at: i64) {
        let settings = self.settings;
        let mut clocks = std::mem::take(&mut self.clocks);
        for clock in &mut clocks {
            if clock.pass_silently(at, settings) {
                self.notes_promise(at, "promise_passed_before", "");
            }
        }
        self.clocks = clocks;
    }

    /// After an event: other terms may hold than those of `before`.
    pub(super) fn promises_are_reconsidered(&mut self, at: i64, before: &Case) {
        let (case, settings) = (self.case(), self.settings);
        if case == *before {
            return;
        }
        self.clocks.iter_mut().for_each(|clock| clock.is_in(at, &case));
        let reversed: Vec<_> = self.clocks.iter_mut().map(|clock| clock.reconsider(at, settings)).collect();
        reversed.into_iter().for_each(|decision| self.decides(decision));
    }

    pub(super) fn next_promise_due(&self) -> Option<i64> {
        self.clocks.iter().filter_map(|clock| clock.due(self.settings)).min()
    }

    /// The deadline of some of them passes.
    pub(super) fn breaks_promises(&mut self, at: i64) {
        let settings = self.settings;
        let broken: Vec<_> = self.clocks.iter_mut().map(|clock| clock.pass(at + 1, settings)).collect();
        broken.into_iter().for_each(|decision| self.decides(decision));
    }

    /// How the promises of an unresolved ticket stand.
    pub fn promises(&self) -> impl Iterator<Item = Standing> {
        let clocks = self.clocks.iter().filter(|_| self.is_unresolved());
        clocks.filter_map(|clock| clock.standing(self.settings))
    }
}
