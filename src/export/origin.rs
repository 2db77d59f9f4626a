//! What a scrape was written from, and which of its parts are as they were.
//!
//! **Why.** At rest a scrape shows what the last one showed, but for ages. To compare merged figures takes far less than to write
//! and pack them, and under load the first queue or the second is another, so that it takes nothing.
//! **Invariant.** Where a part is the same, writing it gives the text that it gave then. Whatever a part reads of a scrape is
//! compared here; rules stay the same while the process lives.

use super::pairs::Shown;
use super::{Part, Scrape, Sight};
use crate::counters::ByPair;
use crate::kpi::Floor;
use crate::targets::{State, Verdict};
use crate::view::{Series, View};
use crate::window::Tally;

/// What a scrape was written from.
#[derive(Debug)]
pub struct Origin {
    view: View,
    counters: ByPair,
    outline: Outline,
}

/// What is so of a scrape beside its figures and counters.
#[derive(Debug, PartialEq)]
pub struct Outline {
    shown: Vec<Shown>,
    floor: Floor,
    open: Vec<Option<bool>>, // of each queue of the view, and of each that was opened or closed by hand
    is_whole: bool,
    marks: Vec<Mark>,
}

/// Which parts of a scrape are the same as they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Same {
    counters: bool,
    now: bool,
    agreed: bool,
    windows: bool,
}

/// How one figure stands: the queue, the channel, what is judged, and its state.
type Mark = (String, String, String, State);

/// Numbers of tallies that are kept: 16 MB of them. A centre with more is not at rest.
const CELLS_MAX: usize = 1_000_000;

impl Origin {
    /// That of a scrape of these figures and counters. `None`: there are too many to be kept.
    pub fn new(view: View, counters: ByPair, outline: Outline) -> Option<Self> {
        let series = view.queues.values().flat_map(|channels| channels.values());
        let cells: usize =
            series.flat_map(|series| series.tallies.iter().chain(&series.complaints)).map(Tally::len).sum();
        (cells <= CELLS_MAX).then_some(Self { view, counters, outline })
    }

    /// Which parts of a scrape with that outline are the same.
    pub fn same(&self, scrape: &Scrape<'_>, outline: &Outline) -> Same {
        let (own, view) = (&self.view, scrape.view);
        let names = |counters: &ByPair| counters.queues().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let counters = self.counters.queues().eq(scrape.counters.queues());
        let has_same_names =
            all(own, view, |_, _| true) && (counters || names(&self.counters) == names(scrape.counters));
        if !has_same_names || self.outline.shown != outline.shown || own.windows != view.windows {
            return Same::default();
        }
        let is_agreed = || own.states == view.states && own.seen == view.seen && self.outline == *outline;
        let (was, is) = (&self.outline, outline);
        let is_staffed_alike = || was.floor == is.floor && was.is_whole == is.is_whole;
        Same {
            counters,
            now: is_staffed_alike()
                && own.priorities == view.priorities
                && all(own, view, |own, other| own.now == other.now),
            agreed: counters && is_agreed(),
            windows: self.outline.is_whole == outline.is_whole && all(own, view, has_same_windows),
        }
    }
}

impl Outline {
    pub(super) fn new(sight: &Sight<'_>) -> Self {
        let scrape = sight.scrape;
        Self {
            shown: sight.pairs.iter().map(|pair| pair.shown).collect(),
            floor: Floor::of(scrape.view.presence.values()),
            open: open(scrape),
            is_whole: scrape.is_whole,
            marks: scrape.verdicts.iter().map(mark).collect(),
        }
    }
}

impl Same {
    /// Whether this part is.
    pub const fn has(self, part: Part) -> bool {
        match part {
            Part::Counters | Part::TicketCounters => self.counters,
            Part::Now | Part::TicketsNow => self.now,
            Part::Agreed => self.agreed,
            Part::Windows => self.windows,
        }
    }

    /// Whether every part is.
    pub fn is_all(self) -> bool {
        Part::ALL.into_iter().all(|part| self.has(part))
    }
}

fn open(scrape: &Scrape<'_>) -> Vec<Option<bool>> {
    let queues = scrape.view.queues.keys().chain(scrape.view.states.keys());
    queues.map(|queue| scrape.view.is_open(queue, scrape.rules)).collect()
}

/// Whether two views have the same queues and channels, and that holds for the series of each.
fn all(own: &View, other: &View, is_same: impl Fn(&Series, &Series) -> bool) -> bool {
    let pairs = |view: &View| view.queues.values().map(|channels| channels.len()).sum::<usize>();
    let series = own.queues.iter().zip(&other.queues).all(|((queue, own), (name, other))| {
        let is_same = |((channel, own), (name, other)): (_, (_, &_))| channel == name && is_same(own, other);
        queue == name && own.len() == other.len() && own.iter().zip(other).all(is_same)
    });
    series && own.queues.len() == other.queues.len() && pairs(own) == pairs(other)
}

fn has_same_windows(own: &Series, other: &Series) -> bool {
    own.tallies == other.tallies && own.complaints == other.complaints
}

fn mark(verdict: &Verdict<'_>) -> Mark {
    let target = verdict.target;
    let judged = format!("{} {}", target.label(), target.window_name());
    (verdict.queue.clone(), verdict.channel.clone(), judged, verdict.state)
}
