//! What the figures of a scrape were written from.
//!
//! **Why.** At rest a scrape shows what the last one showed. To compare merged figures takes a hundredth of the time of writing and
//! packing them, and under load the first queue or the second is another, so that it takes nothing.
//! **Invariant.** Where an origin gives the figures of a scrape, writing them gives the same text as it gave then. Whatever
//! [`super::Exposition::figures`] reads of a scrape is compared here; rules stay the same while the process lives.

use super::Scrape;
use crate::counters::ByPair;
use crate::kpi::Floor;
use crate::targets::{State, Verdict};
use crate::view::{Series, View};
use crate::window::Tally;

/// What the figures of a scrape were written from.
#[derive(Debug)]
pub struct Origin {
    view: View,
    floor: Floor,
    counters: ByPair,
    is_whole: bool,
    marks: Vec<Mark>,
}

/// How one figure stands: the queue, the channel, what is judged, and its state.
type Mark = (String, String, String, State);

/// Numbers of tallies that are kept: 16 MB of them. A centre with more is not at rest.
const CELLS_MAX: usize = 1_000_000;

impl Origin {
    /// That of a scrape of these figures and counters. `None`: there are too many to be kept.
    pub fn new(view: View, counters: ByPair, is_whole: bool, verdicts: &[Verdict<'_>]) -> Option<Self> {
        let series = view.queues.values().flat_map(|channels| channels.values());
        let cells: usize = series.flat_map(tallies).map(Tally::len).sum();
        (cells <= CELLS_MAX).then(|| {
            let floor = Floor::of(view.presence.values());
            Self { view, floor, counters, is_whole, marks: verdicts.iter().map(mark).collect() }
        })
    }

    /// Whether the figures of a scrape are the same.
    pub fn gives(&self, scrape: &Scrape<'_>) -> bool {
        let (own, view) = (&self.view, scrape.view);
        self.is_whole == scrape.is_whole
            && own.windows == view.windows
            && own.states == view.states
            && own.seen == view.seen
            && own.priorities == view.priorities
            && own.queues == view.queues
            && self.counters.queues().eq(scrape.counters.queues())
            && self.floor == Floor::of(view.presence.values())
            && self.marks.len() == scrape.verdicts.len()
            && self.marks.iter().eq(&scrape.verdicts.iter().map(mark).collect::<Vec<_>>())
    }
}

fn tallies(series: &Series) -> impl Iterator<Item = &Tally> {
    series.tallies.iter().chain(&series.complaints)
}

fn mark(verdict: &Verdict<'_>) -> Mark {
    let target = verdict.target;
    let judged = format!("{} {}", target.label(), target.window_name());
    (verdict.queue.clone(), verdict.channel.clone(), judged, verdict.state)
}
