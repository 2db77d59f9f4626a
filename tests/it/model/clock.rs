//! The clock of one promise: when it ran, under which terms, and how that went.
//!
//! **How.** It keeps a plain list of the stretches in which it ran. What has run, and when it is over, is added up from that list
//! whenever somebody asks.

use super::Settings;
use super::contact::{Booking, Pair, Place};
use super::policies::Case;

pub struct Clock {
    pub target: &'static str,
    /// Since when it counts, which may be before anybody told of it.
    pub began: i64,
    told_at: i64,
    case: Case,
    /// Those that are over.
    stretches: Vec<Stretch>,
    /// When the stretch began that goes on.
    since: Option<i64>,
    state: State,
}

#[derive(Clone)]
struct Stretch {
    from: i64,
    to: i64,
    case: Case,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Open,
    Kept,
    Broken,
    /// Broken, and nothing more is to be said of it.
    Settled,
}

/// Something that was decided.
pub struct Decision {
    at: i64,
    pair: Pair,
    policy: &'static str,
    target: &'static str,
    /// What that is by policy, and by target.
    what: [&'static str; 2],
}

const MET: [&str; 2] = ["promise_met_by_policy", "promise_met"];
const BREACHED: [&str; 2] = ["promise_breached_by_policy", "promise_breached"];
const REVERSED: [&str; 2] = ["promise_reversed_by_policy", "promise_reversed"];

/// How a promise stands that is not kept yet.
pub struct Standing {
    pub pair: Pair,
    pub policy: &'static str,
    pub target: &'static str,
    pub due: Option<i64>,
    pub is_broken: bool,
}

impl Clock {
    /// It runs since `began`, as was told at `told_at`.
    pub fn start(target: &'static str, began: i64, told_at: i64, case: Case) -> Self {
        Self { target, began, told_at, case, stretches: Vec::new(), since: Some(began), state: State::Open }
    }

    /// It begins anew, though nothing was kept: what is broken stays so.
    pub fn start_anew(&mut self, began: i64, told_at: i64, case: Case) {
        let state = if self.is_broken() { self.state } else { State::Open };
        *self = Self { state, ..Self::start(self.target, began, told_at, case) };
    }

    pub fn is_broken(&self) -> bool {
        matches!(self.state, State::Broken | State::Settled)
    }

    pub fn is_kept(&self) -> bool {
        self.state == State::Kept
    }

    /// True where it ran, and something is promised and not decided.
    pub fn stand_still(&mut self, at: i64, settings: &Settings) -> bool {
        let mattered = self.due(settings).is_some();
        self.end_stretch(at);
        mattered
    }

    pub fn run_on(&mut self, at: i64) {
        self.since = self.since.or(Some(at));
        self.is_open_again();
    }

    /// What was kept is to be kept once more.
    pub fn is_open_again(&mut self) {
        if self.state == State::Kept {
            self.state = State::Open;
        }
    }

    fn end_stretch(&mut self, at: i64) {
        if let Some(from) = self.since.take() {
            self.stretches.push(Stretch { from, to: at.max(from), case: self.case.clone() });
        }
    }

    /// From then on other terms hold.
    pub fn is_in(&mut self, at: i64, case: &Case) {
        if self.case != *case {
            if self.since.is_some() {
                self.end_stretch(at);
                self.since = Some(at);
            }
            self.case = case.clone();
        }
    }

    /// How long it ran by then.
    fn run(&self, by: i64, in_hours: bool, settings: &Settings) -> i64 {
        let going_on = self.since.map(|from| Stretch { from, to: by.max(from), case: self.case.clone() });
        self.stretches.iter().chain(&going_on).map(|stretch| stretch.length(in_hours, settings)).sum()
    }

    /// The last moment that keeps the promise, as if it had always been known.
    fn deadline(&self, settings: &Settings) -> Option<i64> {
        let since = self.since.filter(|_| self.state == State::Open)?;
        let (policy, promise) = settings.promised(&self.case, self.target)?;
        let left = (promise.within - self.run(since, promise.in_hours, settings)).max(0);
        let hours = policy.hours.filter(|_| promise.in_hours);
        Some(hours.map_or(since + left, |hours| hours.after(since, left)))
    }

    /// The last moment that keeps the promise, while it runs; nothing is decided before anybody told of it.
    pub fn due(&self, settings: &Settings) -> Option<i64> {
        self.deadline(settings).map(|due| due.max(self.told_at))
    }

    /// What was promised came.
    pub fn keep(&mut self, at: i64, settings: &Settings) -> Option<Decision> {
        if self.state != State::Open {
            return None;
        }
        self.state = State::Kept;
        self.decision(at, MET, settings)
    }

    /// Time passes until before then.
    pub fn pass(&mut self, before: i64, settings: &Settings) -> Option<Decision> {
        let due = self.due(settings).filter(|due| *due < before)?;
        self.state = State::Broken;
        self.decision(due, BREACHED, settings)
    }

    /// What had passed before anybody told of it is no news.
    pub fn pass_silently(&mut self, before: i64, settings: &Settings) -> bool {
        let has_passed = self.deadline(settings).is_some_and(|due| due < before);
        if has_passed {
            self.state = State::Settled;
        }
        has_passed
    }

    /// Other terms hold: what is broken may have time left under these.
    pub fn reconsider(&mut self, at: i64, settings: &Settings) -> Option<Decision> {
        let (_, promise) = settings.promised(&self.case, self.target).filter(|_| self.state == State::Broken)?;
        if self.run(at, promise.in_hours, settings) >= promise.within {
            return None;
        }
        self.state = State::Settled;
        self.decision(at, REVERSED, settings)
    }

    fn decision(&self, at: i64, what: [&'static str; 2], settings: &Settings) -> Option<Decision> {
        let (policy, _) = settings.promised(&self.case, self.target)?;
        Some(Decision { at, pair: self.case.pair.clone(), policy: policy.name, target: self.target, what })
    }

    pub fn standing(&self, settings: &Settings) -> Option<Standing> {
        let (policy, _) = settings.promised(&self.case, self.target).filter(|_| self.state != State::Kept)?;
        let (pair, due) = (self.case.pair.clone(), self.due(settings));
        Some(Standing { pair, policy: policy.name, target: self.target, due, is_broken: self.is_broken() })
    }
}

impl Stretch {
    fn length(&self, in_hours: bool, settings: &Settings) -> i64 {
        let hours = settings.hours_of(&self.case).filter(|_| in_hours);
        hours.map_or(self.to - self.from, |hours| hours.between(self.from, self.to))
    }
}

impl Decision {
    /// Once by policy and once by target.
    pub fn bookings(&self) -> [Booking; 2] {
        let booking = |what, part| Booking { at: self.at, place: Place::Queue(self.pair.clone()), what, part, ms: 0 };
        [booking(self.what[0], self.policy), booking(self.what[1], self.target)]
    }
}
