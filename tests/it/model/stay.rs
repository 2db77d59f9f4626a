//! One contact in one queue once, and what that counts for.

use super::Settings;
use super::clock::Clock;
use super::contact::{Booking, Pair, Place};

pub struct Stay {
    pub pair: Pair,
    pub since: i64,
    pub began: Began,
    /// The threshold that was passed before a snapshot moved `since`, or before one opened the stay.
    pub passed: Option<Passed>,
    pub end: Option<End>,
    /// Of an answer.
    pub promise: Clock,
}

#[derive(Clone, Copy)]
pub enum Began {
    Queued(i64),
    Adopted(i64),
}

#[derive(Clone, Copy)]
pub enum Passed {
    /// A miss, at that time.
    Counted(i64),
    /// Before anything was known of the stay.
    Untold,
}

pub struct End {
    pub at: i64,
    pub exit: Exit,
    /// Whether distributions take the wait.
    pub is_measured: bool,
}

/// How a stay ended.
#[derive(Clone)]
pub enum Exit {
    Answered,
    Abandoned {
        cause: &'static str,
    },
    FlowedOut {
        cause: &'static str,
        by_overflow: bool,
    },
    Expired,
    /// A snapshot does not know of it.
    Gone,
}

impl Stay {
    /// What became of the threshold by `t`, or by the end before that.
    fn passed_by(&self, settings: &Settings, t: i64) -> Option<Passed> {
        let limit = self.since + settings.threshold_of(&self.pair);
        let left = self.end.as_ref().map_or(t, |end| end.at);
        self.passed.or((limit < left).then_some(Passed::Counted(limit)))
    }

    /// A snapshot at `at` says when it began. A threshold that was passed before anybody knew is not counted.
    pub fn is_moved(&mut self, since: i64, settings: &Settings, at: i64) {
        let told = self.passed_by(settings, at);
        self.since = since;
        self.passed = told.or(self.passed_by(settings, at).map(|_| Passed::Untold));
    }

    /// What it counts for at `t`. The letters are those of KPIS.md; `past` is A+, B+, F+ or w.
    pub fn counts(&self, settings: &Settings, t: i64) -> Vec<Booking> {
        let mut counts = Vec::new();
        let mut count = |at: i64, what: &'static str, part: &'static str, ms: i64| {
            counts.push(Booking { at, place: Place::Queue(self.pair.clone()), what, part, ms });
        };
        match self.began {
            Began::Queued(at) => count(at, "offered", "", 0),
            Began::Adopted(at) => count(at, "adopted", "", 1),
        }
        let passed = self.passed_by(settings, t);
        if let Some(Passed::Counted(limit)) = passed {
            count(limit, "past", "", 0);
        }
        if let Some(end) = &self.end {
            self.count_end(end, passed.is_none(), settings, &mut count);
        }
        counts
    }

    fn count_end(
        &self,
        &End { at, ref exit, is_measured }: &End,
        within: bool,
        settings: &Settings,
        count: &mut impl FnMut(i64, &'static str, &'static str, i64),
    ) {
        let wait = at - self.since;
        let is_short = 0 < settings.short_abandon && wait <= settings.short_abandon;
        let classes: &[&'static str] = match exit {
            Exit::Answered => &["a"],
            Exit::Abandoned { .. } if is_short => &["s"],
            Exit::Abandoned { .. } => &["b"],
            Exit::FlowedOut { cause: "callback", .. } => &["f", "c"],
            Exit::FlowedOut { .. } => &["f"],
            Exit::Expired | Exit::Gone => &[],
        };
        classes.iter().filter(|_| within).for_each(|class| count(at, class, "", 0));
        let (what, part, ms, duration) = match *exit {
            Exit::Answered => ("answered", "", 0, Some("speed_of_answer")),
            Exit::Abandoned { cause } => ("abandoned", cause, 0, Some("time_to_abandon")),
            Exit::FlowedOut { cause, .. } => ("flowed_out", cause, 0, None),
            Exit::Expired => ("expired", "", 0, None),
            Exit::Gone => ("adopted", "", -1, None),
        };
        count(at, what, part, ms);
        if what == "abandoned" && is_short {
            count(at, "short_abandoned", "", 0);
        }
        if let Some(duration) = duration.filter(|_| is_measured) {
            count(at, duration, "", wait);
        }
    }
}
