//! A log that is read again: lines into shards, figures at moments of the log's own time.
//!
//! **Why event time only.** A replay of last month gives last month's figures, at any speed. Figures as of T need what arrives
//! up to `lateness` after T, so they are read when an event passes T + `lateness`, and leave out what happened after T.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::books::{self, Books, Entry};
use crate::counters::Counters;
use crate::event::Event;
use crate::rules::{Rules, Window};
use crate::shard::{Shard, hash};
use crate::time::{EventTime, Span};
use crate::view::{Ask, View};
use crate::window::floor;
use crate::wire::{self, Decoded, Rejected};

/// When figures are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// At these moments, whatever their order.
    At(Vec<EventTime>),
    /// At every multiple of a span since 1970 after the first event, up to the one at or after the last.
    Every(Span),
    /// At the greatest event time.
    End,
}

/// A replay under way.
#[derive(Debug)]
pub struct Replay {
    rules: Arc<Rules>,
    shards: Vec<Shard>,
    books: Books,
    pending: Pending,
    latest: Option<EventTime>,
}

/// Figures at one moment.
#[derive(Debug)]
pub struct Reading<'a> {
    /// As of when.
    pub at: EventTime,
    /// Every window, and what is open.
    pub view: View,
    /// What became of the lines so far.
    pub books: &'a Books,
    /// The rules it was read under.
    pub rules: &'a Rules,
    /// What the counters have taken up to then.
    pub counters: Counters<(String, String)>,
    /// Look-ups that found a table full.
    pub overflowed: u64,
}

/// Moments still to be read.
#[derive(Debug)]
enum Pending {
    At(VecDeque<EventTime>),
    Every { span: Span, next: Option<EventTime> },
    End,
}

impl Replay {
    /// A replay over `shards` empty shards, at least one.
    pub fn new(rules: Arc<Rules>, shards: usize, when: When) -> Self {
        let pending = match when {
            When::At(mut moments) => {
                moments.sort_unstable();
                moments.dedup();
                Pending::At(moments.into())
            }
            When::Every(span) => Pending::Every { span, next: None },
            When::End => Pending::End,
        };
        let shards = (0..shards.max(1)).map(|_| Shard::new(rules.clone())).collect();
        Self { rules, shards, books: Books::default(), pending, latest: None }
    }

    /// Reads one line. Figures that are due before it are shown first.
    ///
    /// # Errors
    /// Why the line was rejected. It is counted.
    pub fn line(&mut self, line: &[u8], show: &mut dyn FnMut(Reading<'_>)) -> Result<Option<EventTime>, Rejected> {
        let event = match wire::decode(Some(line)) {
            Ok(Decoded::Event(event)) => event,
            Ok(Decoded::Unknown) => {
                self.books.enter(Entry::Unknown);
                return Ok(None);
            }
            Err(rejected) => return Err(self.reject(rejected)),
        };
        while let Some(at) = self.due(event.at - self.rules.lateness) {
            show(self.read(at));
        }
        self.apply(&event)?;
        Ok(Some(event.at))
    }

    /// Enters a line that was refused before it could be read.
    pub fn reject(&mut self, rejected: Rejected) -> Rejected {
        self.books.enter(Entry::Rejected(rejected.reason()));
        rejected
    }

    /// Shows the figures that are still to be shown at the end of the log.
    pub fn finish(mut self, show: &mut dyn FnMut(Reading<'_>)) {
        let latest = self.latest.unwrap_or(EventTime::EARLIEST);
        match self.pending {
            Pending::End => show(self.read(latest)),
            Pending::At(_) => {
                while let Some(at) = self.due(EventTime::MAX) {
                    show(self.read(at));
                }
            }
            Pending::Every { span, .. } => {
                while let Some(at) = self.due(latest + span) {
                    show(self.read(at));
                }
            }
        }
    }

    /// The next moment to read that lies before this one.
    fn due(&mut self, before: EventTime) -> Option<EventTime> {
        match &mut self.pending {
            Pending::At(moments) => moments.pop_front_if(|at| *at < before),
            Pending::Every { span, next } => {
                let at = next.filter(|at| *at < before)?;
                *next = Some(at + *span);
                Some(at)
            }
            Pending::End => None,
        }
    }

    fn apply(&mut self, event: &Event<'_>) -> Result<(), Rejected> {
        if let Pending::Every { span, next: next @ None } = &mut self.pending {
            *next = Some(floor(event.at, *span) + *span);
        }
        self.latest = self.latest.max(Some(event.at));
        let shard = usize::try_from(hash(&event.contact) % self.shards.len() as u64).expect("less than their number");
        let (entry, result) = books::apply(&mut self.shards[shard], event, None);
        self.books.enter(entry);
        result
    }

    fn read(&mut self, at: EventTime) -> Reading<'_> {
        let windows: Vec<Window> = self.rules.windows.kept.clone();
        let ask = Ask { at, windows, open: true, agents: true };
        let mut view = View::new(&self.rules, &ask.windows);
        let mut counters = Counters::new(&self.rules);
        for shard in &mut self.shards {
            view.merge(shard.view(&ask));
            // Counters take what lies before a moment; the figures hold what happened at it, too.
            shard.settle(at + self.rules.lateness + Span::from_millis(1));
            counters.merge(shard.counters(), |key| {
                let (queue, channel) = shard.names_of(*key);
                (queue.to_owned(), channel.to_owned())
            });
        }
        let overflowed = self.shards.iter().map(Shard::overflowed).sum();
        Reading { at, view, books: &self.books, rules: &self.rules, counters, overflowed }
    }
}
