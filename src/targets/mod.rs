//! Targets held against figures: which figure of which queue keeps what was promised of it.
//!
//! **Words.** *Subject*: the KPI that a target is about. *Verdict*: one target held against one queue and channel at one moment.
//! *State*: `ok`, `warning`, `critical`, or `no_data`.
//!
//! **What is remembered, and why it is no part of the log's state.** Of the last moment judged: the moment, and which figures were
//! in warning or critical then. A figure that hovers at its limit would flicker without it. It hangs on when somebody looked, which
//! no log tells; so it is in no shard and no hash, a restart forgets it, and a replay begins with none. All else in a verdict is a
//! function of the view.
//!
//! **Invariant.** A verdict depends on the whole view and the memory only: whoever shows a part of the figures judges all of them
//! first and leaves out verdicts then. A moment that is not later than the last one changes no memory.

mod figure;
mod state;

use std::collections::BTreeMap;

pub use figure::{Subject, Unit};
pub use state::State;

use crate::rules::{Rules, Stat, Target, Window};
use crate::time::EventTime;
use crate::view::{Series, View};

/// Holds targets against figures, moment by moment.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    last: Option<EventTime>,
    bad: BTreeMap<Place, State>, // in warning or critical at that moment
}

/// One target held against one queue and channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict<'a> {
    /// The queue.
    pub queue: String,
    /// The channel.
    pub channel: String,
    /// What is promised.
    pub target: &'a Target,
    /// What the numbers of the KPI are.
    pub unit: Unit,
    /// The figure in that unit; `None` where there is none.
    pub value: Option<f64>,
    /// What it rests on: the denominator of a ratio, the count of durations; `None` of counts and of what is so now.
    pub samples: Option<i64>,
    /// How it stands.
    pub state: State,
}

/// One figure of one queue and channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    queue: String,
    channel: String,
    kpi: String,
    stat: Option<Stat>,
    window: Option<Window>,
}

impl Judge {
    /// Judges every target of every queue and channel of a view that is as of `at`, and remembers the states where that is later
    /// than the last moment judged. The view has every window of [`Rules::with_target_windows`].
    pub fn judge<'a>(&mut self, view: &View, rules: &'a Rules, at: EventTime) -> Vec<Verdict<'a>> {
        let verdicts = self.look(view, rules);
        if self.last.is_none_or(|last| last < at) {
            self.last = Some(at);
            let bad = verdicts.iter().filter(|verdict| verdict.state >= State::Warning);
            self.bad = bad.map(|verdict| (verdict.place(), verdict.state)).collect();
        }
        verdicts
    }

    /// The same without remembering: of figures that are not those of the whole centre.
    pub fn look<'a>(&self, view: &View, rules: &'a Rules) -> Vec<Verdict<'a>> {
        if rules.targets.is_empty() {
            return Vec::new();
        }
        let pairs = view.queues.iter().flat_map(|(queue, channels)| {
            channels.iter().map(move |(channel, series)| (queue.as_str(), channel.as_str(), series))
        });
        pairs.flat_map(|(queue, channel, series)| self.pair(queue, channel, series, view, rules)).collect()
    }

    fn pair<'a>(&self, queue: &str, channel: &str, series: &Series, view: &View, rules: &'a Rules) -> Vec<Verdict<'a>> {
        let targets = rules.targets_of(queue, channel).into_iter();
        let subjects = targets.filter_map(|target| Some((target, Subject::named(&target.kpi)?)));
        let shown = subjects.filter(|(target, subject)| !target.channels.is_empty() || subject.fits(channel, series));
        let verdict = |(target, subject): (&'a Target, Subject)| {
            let place = target.window.and_then(|window| view.windows.iter().position(|own| *own == window));
            let read = subject.read(target, series, place);
            let (queue, channel) = (queue.to_owned(), channel.to_owned());
            let (unit, value, samples) = (subject.unit(), read.value, read.samples);
            self.judged(Verdict { queue, channel, target, unit, value, samples, state: State::NoData })
        };
        shown.map(verdict).collect()
    }

    /// A verdict with the state of its figure.
    fn judged<'a>(&self, verdict: Verdict<'a>) -> Verdict<'a> {
        Verdict { state: self.state(&verdict), ..verdict }
    }

    fn state(&self, verdict: &Verdict<'_>) -> State {
        let is_enough = verdict.samples.is_none_or(|samples| samples >= verdict.target.min_samples);
        match verdict.value.filter(|_| is_enough) {
            Some(value) => {
                let was = self.bad.get(&verdict.place()).copied().unwrap_or(State::Ok);
                State::of(value, was, verdict.target, verdict.unit)
            }
            None => State::NoData,
        }
    }
}

impl Verdict<'_> {
    fn place(&self) -> Place {
        let (kpi, stat, window) = self.target.figure();
        Place { queue: self.queue.clone(), channel: self.channel.clone(), kpi: kpi.to_owned(), stat, window }
    }
}

#[cfg(test)]
mod tests;
