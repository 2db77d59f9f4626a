//! A log that is read again: lines into shards, figures at moments of the log's own time.
//!
//! **Why event time only.** A replay of last month gives last month's figures, at any speed. Figures as of T need what arrives
//! up to `lateness` after T, so they are read when an event passes T + `lateness`, and leave out what happened after T.
//!
//! **Where intervals begin.** With the one that holds the earliest event that is not late, wherever in the file it stands; they end
//! with the one that holds the latest.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use crate::books::{self, Books, Entry};
use crate::budget::{Budget, Limits, Overflowed};
use crate::counters::{ByPair, Counters};
use crate::event::Event;
use crate::id::hash;
use crate::intervals::Intervals;
use crate::kpi::Now;
use crate::measure::Measure;
use crate::rules::{Rules, Window};
use crate::shard::{Shard, Unreadable};
use crate::targets::{Judge, Verdict};
use crate::time::{EventTime, Span};
use crate::view::{Ask, View};
use crate::wire::{self, Decoded, Rejected};

/// When figures are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At these moments, whatever their order.
    At(Vec<EventTime>),
    /// At the end of every interval of a span, in all windows that the rules keep.
    Every(Span),
    /// At the end of every interval of a span, a whole number of slots: only what was booked in it, and what was so just before its
    /// end, of the queues and channels that are configured or were seen by then.
    Intervals(Span),
    /// At the greatest event time.
    End,
}

/// A replay under way.
#[derive(Debug)]
pub struct Replay {
    rules: Arc<Rules>,
    shards: Vec<Shard>,
    budget: Arc<Budget>,
    books: Books,
    pending: Pending,
    latest: Option<EventTime>,
    judge: Judge,
    alone: Option<Vec<Window>>, // these windows are read, and nothing beside figures of queues
}

/// Figures at one moment.
#[derive(Debug)]
pub struct Reading<'a> {
    /// As of when.
    pub at: EventTime,
    /// The interval that ends there, where figures are read by intervals.
    pub interval: Option<Range<EventTime>>,
    /// Every window, and what is open; of [`When::Intervals`] the interval alone.
    pub view: View,
    /// What became of the lines so far.
    pub books: &'a Books,
    /// The rules it was read under.
    pub rules: &'a Rules,
    /// How figures stand against targets, after all moments read before; none of [`When::Intervals`].
    pub verdicts: Vec<Verdict<'a>>,
    /// What the counters have taken up to then.
    pub counters: ByPair,
    /// What a bound refused, by kind.
    pub overflowed: Overflowed,
}

/// Moments still to be read.
#[derive(Debug)]
enum Pending {
    At(VecDeque<EventTime>),
    Every(Every),
    End,
}

/// Intervals still to be read.
#[derive(Debug)]
struct Every {
    intervals: Intervals,
    next: Option<Range<EventTime>>,
    is_alone: bool, // only what was booked in it is read
}

/// What is to be read.
#[derive(Debug)]
struct Due {
    at: EventTime,
    interval: Option<Range<EventTime>>,
    is_alone: bool,
}

impl Due {
    fn at(at: EventTime) -> Self {
        Self { at, interval: None, is_alone: false }
    }
}

impl Replay {
    /// A replay over `shards` empty shards, at least one.
    pub fn new(mut rules: Arc<Rules>, shards: usize, when: When) -> Self {
        let every = |span, is_alone| {
            Pending::Every(Every { intervals: Intervals::new(span, &rules.day), next: None, is_alone })
        };
        let pending = match when {
            When::At(mut moments) => {
                moments.sort_unstable();
                moments.dedup();
                Pending::At(moments.into())
            }
            When::Every(span) => every(span, false),
            When::Intervals(span) => {
                let pending = every(span, true);
                // An interval of a clock change is up to two spans long.
                Arc::make_mut(&mut rules).windows.kept = vec![Window::Sliding(span + span)];
                pending
            }
            When::End => Pending::End,
        };
        let budget = Budget::new(&Limits::default());
        let shards = (0..shards.max(1)).map(|_| Shard::within(rules.clone(), &budget)).collect();
        let (books, judge) = (Books::default(), Judge::default());
        Self { rules, shards, budget, books, pending, latest: None, judge, alone: None }
    }

    /// Reads these windows alone, which the rules keep, and neither counters nor figures of agents nor what is open: for whoever looks
    /// often.
    #[must_use]
    pub fn only(self, windows: Vec<Window>) -> Self {
        Self { alone: Some(windows), ..self }
    }

    /// Makes every shard wrong in one way, for tests: see [`Shard::leave_out`].
    pub fn leave_out(&mut self, kind: &Measure) {
        self.shards.iter_mut().for_each(|shard| shard.leave_out(kind));
    }

    /// Goes on with what is read of the written state of each shard, as the next owner of a partition does, so that tests see whether
    /// that makes a difference.
    ///
    /// # Errors
    /// A state that cannot be read, which is a bug.
    pub fn hand_over(&mut self) -> Result<(), Unreadable> {
        for shard in &mut self.shards {
            shard.book();
            let mut state = Vec::new();
            shard.write_to(&mut state).expect("there is room");
            // What was kept is given back first: a budget that is used up would take it for a second time.
            *shard = Shard::within(self.rules.clone(), &self.budget);
            (*shard, _) = Shard::read_from(&state, self.rules.clone(), &self.budget)?;
        }
        Ok(())
    }

    /// Reads one line. Figures that are due before it are shown first.
    ///
    /// # Errors
    /// Why the line was rejected. It is counted.
    pub fn line(&mut self, line: &[u8], show: &mut dyn FnMut(Reading<'_>)) -> Result<Option<EventTime>, Rejected> {
        self.take(wire::decode(Some(line)), show)
    }

    /// Fetches from memory what the events of the next lines will look at; nothing changes.
    pub fn fetch<'e>(&self, events: impl Iterator<Item = &'e Event<'e>> + Clone) {
        for (number, shard) in self.shards.iter().enumerate() {
            shard.fetch(events.clone().filter(|event| self.shard_of(event) == number));
        }
    }

    /// Takes what a line was found to hold, as [`Replay::line`] does.
    ///
    /// # Errors
    /// Why the line was rejected. It is counted.
    pub fn take(
        &mut self,
        decoded: Result<Decoded<'_>, Rejected>,
        show: &mut dyn FnMut(Reading<'_>),
    ) -> Result<Option<EventTime>, Rejected> {
        let event = match decoded {
            Ok(Decoded::Event(event)) => event,
            Ok(Decoded::Unknown) => {
                self.books.enter(Entry::Unknown);
                return Ok(None);
            }
            Err(rejected) => return Err(self.reject(rejected)),
        };
        self.note(event.at);
        while let Some(due) = self.due(event.at - self.rules.lateness) {
            show(self.read(due));
        }
        self.apply(&event)?;
        Ok(Some(event.at))
    }

    /// Enters a line that was refused before it could be read.
    pub fn reject(&mut self, rejected: Rejected) -> Rejected {
        self.books.enter(Entry::Rejected(rejected.reason()));
        rejected
    }

    /// Shows the figures that are still to be shown at the end of the log, and gives what became of its lines. At the end of a log
    /// without an event there are none.
    pub fn finish(&mut self, show: &mut dyn FnMut(Reading<'_>)) -> Books {
        if let (Pending::End, Some(latest)) = (&self.pending, self.latest) {
            show(self.read(Due::at(latest)));
        }
        while let Some(due) = self.due(EventTime::MAX) {
            show(self.read(due));
        }
        std::mem::take(&mut self.books)
    }

    /// What is to be read next, of what lies before this moment.
    fn due(&mut self, before: EventTime) -> Option<Due> {
        match &mut self.pending {
            Pending::At(moments) => moments.pop_front_if(|at| *at < before).map(Due::at),
            Pending::Every(every) => {
                let latest = self.latest?;
                let interval = every.next.take_if(|next| next.end < before && next.start <= latest)?;
                every.next = Some(every.intervals.after(interval.end));
                Some(Due { at: interval.end, interval: Some(interval), is_alone: every.is_alone })
            }
            Pending::End => None,
        }
    }

    /// Takes note of an event's time: of the interval to begin with, and of the latest.
    fn note(&mut self, at: EventTime) {
        let is_late = self.latest.is_some_and(|latest| at < latest - self.rules.lateness);
        if let (Pending::Every(every), false) = (&mut self.pending, is_late)
            && every.next.as_ref().is_none_or(|next| at < next.start)
        {
            every.next = Some(every.intervals.around(at));
        }
        self.latest = self.latest.max(Some(at));
    }

    fn shard_of(&self, event: &Event<'_>) -> usize {
        match self.shards.len() {
            1 => 0,
            count => usize::try_from(hash(event.key()) % count as u64).expect("less than their number"),
        }
    }

    fn apply(&mut self, event: &Event<'_>) -> Result<(), Rejected> {
        let shard = self.shard_of(event);
        let (entry, result) = books::apply(&mut self.shards[shard], event, None);
        self.books.enter(entry);
        result
    }

    fn read(&mut self, due: Due) -> Reading<'_> {
        let Due { at, interval, is_alone } = due;
        self.shards.iter_mut().for_each(Shard::book);
        let view = match &interval {
            Some(interval) if is_alone => self.view_of(interval),
            _ => self.view(&self.ask(at)),
        };
        let counters = match self.alone {
            Some(_) => Counters::new(&self.rules),
            None => self.counters(at),
        };
        let overflowed = self.budget.overflowed();
        let verdicts = if is_alone { Vec::new() } else { self.judge.judge(&view, &self.rules, at) };
        Reading { at, interval, view, books: &self.books, rules: &self.rules, verdicts, counters, overflowed }
    }

    fn ask(&self, at: EventTime) -> Ask {
        match &self.alone {
            Some(windows) => Ask { at, windows: windows.clone(), open: false, agents: false },
            None => Ask { at, windows: self.rules.windows.kept.clone(), open: true, agents: true },
        }
    }

    fn view(&self, ask: &Ask) -> View {
        let mut view = View::new(&self.rules, &ask.windows);
        self.shards.iter().for_each(|shard| view.merge(shard.view(ask)));
        view
    }

    /// What was booked in an interval, and what was so just before its end: what happens at the end is the next one's.
    fn view_of(&self, interval: &Range<EventTime>) -> View {
        let ask = |at, window| Ask { at, windows: vec![window], open: false, agents: false };
        let mut view = self.view(&ask(interval.end, Window::Sliding(interval.end - interval.start)));
        let before = self.view(&ask(interval.end - Span::from_millis(1), Window::All));
        for (queue, channels) in &mut view.queues {
            let configured = self.rules.queues.get(queue).map_or(&[][..], |own| &own.channels);
            channels.retain(|channel, series| {
                let seen = before.queues.get(queue).and_then(|channels| channels.get(channel));
                series.now = seen.map_or(Now::default(), |seen| seen.now.clone());
                series.now.longest_wait = series.now.oldest.map(|oldest| interval.end - oldest);
                seen.is_some_and(|seen| !seen.is_zero()) || configured.contains(channel)
            });
        }
        view
    }

    /// What the counters have taken of what lies before a moment; the figures hold what happened at it, too.
    fn counters(&mut self, at: EventTime) -> ByPair {
        let mut counters = Counters::new(&self.rules);
        for shard in &mut self.shards {
            shard.settle(at + self.rules.lateness + Span::from_millis(1));
            counters.merge(shard.counters(), |key| shard.names_of(*key));
        }
        counters
    }
}
