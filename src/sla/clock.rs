//! One clock: how long it has run towards what is promised, and how that went.

use serde::{Deserialize, Serialize};

use super::{Case, Terms};
use crate::id::PolicyId;
use crate::measure::{SlaResult, SlaTarget};
use crate::time::{EventTime, Span};

/// A clock of one target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    target: SlaTarget,
    began: EventTime,
    calendar: Span, // run by `since`, or while it stands at all
    business: Span, // the same, in the hours that held meanwhile
    since: Option<EventTime>,
    policy: Option<PolicyId>, // that holds; none: nothing is promised
    due: EventTime,           // the last moment that keeps the promise, while it runs
    verdict: Verdict,
}

/// How a promise went so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Verdict {
    Open,
    Met,
    Broken,
    Reversed, // broken, and nothing more is to be booked of it
}

/// How a clock stands for those who look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It runs, and there is time until then.
    Runs {
        /// The last moment that keeps the promise.
        due: EventTime,
    },
    /// It stands still, and there is time left.
    Pauses,
    /// The deadline passed, and what was promised did not come yet.
    Breached,
}

impl Clock {
    /// A clock that runs from then on.
    pub fn start(target: SlaTarget, began: EventTime) -> Self {
        Self {
            target,
            began,
            calendar: Span::ZERO,
            business: Span::ZERO,
            since: Some(began),
            policy: None,
            due: EventTime::MAX,
            verdict: Verdict::Open,
        }
    }

    /// What it is a clock of.
    pub fn target(&self) -> SlaTarget {
        self.target
    }

    /// When it began.
    pub fn began(&self) -> EventTime {
        self.began
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.since.is_some()
    }

    /// By which policy something is promised.
    pub fn policy(&self) -> Option<PolicyId> {
        self.policy
    }

    /// How long it has run by a moment: in calendar and in business time.
    pub fn run(&self, at: EventTime, case: &Case, terms: &Terms) -> (Span, Span) {
        let Some(since) = self.since else { return (self.calendar, self.business) };
        let further = (at - since).at_least_zero();
        let in_hours = terms.calendar(case).map_or(further, |hours| hours.between(since, at));
        (self.calendar + further, self.business + in_hours)
    }

    /// The next moment after which it acts by itself.
    pub fn deadline(&self) -> Option<EventTime> {
        (self.verdict == Verdict::Open && self.due < EventTime::MAX).then_some(self.due)
    }

    /// Adds up what it has run by then: from here on other hours may hold.
    pub fn settle(&mut self, at: EventTime, case: &Case, terms: &Terms) {
        if self.since.is_some() {
            (self.calendar, self.business) = self.run(at, case, terms);
            self.since = self.since.max(Some(at));
        }
    }

    /// Stands still from then on.
    pub fn pause(&mut self, at: EventTime, case: &Case, terms: &Terms) {
        self.settle(at, case, terms);
        self.since = None;
        if matches!(self.verdict, Verdict::Open | Verdict::Met) {
            self.due = EventTime::MAX; // what is broken was due when it broke
        }
    }

    /// Runs again from then on.
    pub fn resume(&mut self, at: EventTime) {
        self.since.get_or_insert(at);
    }

    /// What was kept is owed again, with the time that was left.
    pub fn reopen(&mut self) {
        if self.verdict == Verdict::Met {
            self.verdict = Verdict::Open;
        }
    }

    /// Looks up what is promised in a case, and when that is due. What is broken was due when it broke.
    pub fn look_up(&mut self, case: &Case, terms: &Terms) {
        let pledge = terms.pledge(case, self.target);
        self.policy = pledge.map(|pledge| pledge.policy);
        if self.verdict == Verdict::Open {
            let due = pledge.zip(self.since).map(|(pledge, since)| pledge.due(self.calendar, self.business, since));
            self.due = due.unwrap_or(EventTime::MAX);
        }
    }

    /// The same where other terms may hold than before, of a clock that is settled. Says what that is worth: what is broken would
    /// have time left under these.
    pub fn reconsider(&mut self, case: &Case, terms: &Terms) -> Option<SlaResult> {
        self.look_up(case, terms);
        let left = terms.pledge(case, self.target).map(|pledge| pledge.left(self.calendar, self.business));
        let has_time = left.is_some_and(|left| left > Span::ZERO);
        (self.verdict == Verdict::Broken && has_time).then(|| self.reverse()).flatten()
    }

    /// What had passed by then, when somebody told of it for the first time, counts as broken and is booked nowhere.
    pub fn pass_silently(&mut self, at: EventTime) {
        if self.verdict == Verdict::Open && self.due < at {
            self.verdict = Verdict::Reversed;
        }
    }

    /// The deadline passed. Says what that is worth.
    pub fn breach(&mut self) -> Option<SlaResult> {
        self.verdict = Verdict::Broken;
        self.policy.map(|_| SlaResult::Breached)
    }

    /// What was promised came. Says what that is worth: where it was called broken before a late event told better, that is counted.
    pub fn keep(&mut self, at: EventTime) -> Option<SlaResult> {
        match self.verdict {
            Verdict::Open => {
                self.verdict = Verdict::Met;
                self.policy.map(|_| SlaResult::Met)
            }
            Verdict::Broken if at <= self.due => self.reverse(),
            _ => None,
        }
    }

    fn reverse(&mut self) -> Option<SlaResult> {
        self.verdict = Verdict::Reversed;
        self.policy.map(|_| SlaResult::Reversed)
    }

    /// Takes over how another clock of the same went: what is broken stays so. Whether it is.
    pub fn inherit(&mut self, earlier: &Self) -> bool {
        let is_broken = matches!(earlier.verdict, Verdict::Broken | Verdict::Reversed);
        if is_broken {
            (self.verdict, self.due) = (earlier.verdict, earlier.due);
        }
        is_broken
    }

    /// How it stands, where something is promised and it is not met.
    pub fn standing(&self) -> Option<Standing> {
        self.policy?;
        match self.verdict {
            Verdict::Met => None,
            Verdict::Broken | Verdict::Reversed => Some(Standing::Breached),
            Verdict::Open if self.since.is_none() => Some(Standing::Pauses),
            Verdict::Open => Some(Standing::Runs { due: self.due }),
        }
    }
}
