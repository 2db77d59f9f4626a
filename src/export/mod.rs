//! Figures as Prometheus text.
//!
//! **What slides is a gauge.** A sliding histogram exported as a Prometheus histogram would read as counter resets. Counts of
//! windows add up over instances; quantiles, means and ratios do not, so they are shown only while one instance owns every
//! partition, and recording rules make fleet-wide ratios from the counts.

pub mod agents;
mod budget;
pub mod catalog;
mod origin;
mod pairs;
mod promises;
mod pseudonym;
mod queues;
mod service;
mod surveys;
mod targets;
mod text;
mod tickets;
mod windows;

use hdrhistogram::Histogram;

pub use agents::AgentsScrape;
pub use budget::{Costs, SeriesBudget};
pub use origin::{Origin, Outline, Same};
use pairs::{Pair, Queue};
pub use pseudonym::{AgentNames, Pseudonyms};
pub use text::{Labels, Number, Text};
use windows::Windows;
pub use windows::{Column, column, number};

use crate::books::Books;
use crate::budget::Overflowed;
use crate::counters::{ByPair, QueueCounters};
use crate::estimates::Estimates;
use crate::kpi::Group;
use crate::rules::Rules;
use crate::targets::Verdict;
use crate::time::{EventTime, Span};
use crate::view::{Series, View};

/// Everything that one scrape shows.
#[derive(Debug)]
pub struct Scrape<'a> {
    /// The settings, for targets.
    pub rules: &'a Rules,
    /// Figures as of now, of the exported windows and `all`.
    pub view: &'a View,
    /// What the counters have taken, by queue and channel.
    pub counters: &'a ByPair,
    /// Whether this instance owns every partition.
    pub is_whole: bool,
    /// How figures stand against targets.
    pub verdicts: &'a [Verdict<'a>],
    /// How far off estimated waits were; an instance that owns a part knows none.
    pub estimates: Option<&'a Estimates>,
    /// What became of the records, by topic.
    pub books: &'a [(String, Books)],
    /// How many partitions each topic has.
    pub topics: &'a [(String, usize)],
    /// The partitions that this instance owns.
    pub partitions: &'a [PartitionVitals],
    /// From the broker's record time to being visible, in milliseconds.
    pub freshness: Option<&'a Histogram<u64>>,
    /// What a bound refused, by kind.
    pub overflowed: Overflowed,
}

/// How one partition is doing.
#[derive(Clone, Debug)]
pub struct PartitionVitals {
    /// Its topic.
    pub topic: String,
    /// Its number.
    pub partition: i32,
    /// Whether its state is rebuilt.
    pub is_ready: bool,
    /// Records between the last applied and the end; `None` while the end is not known.
    pub lag_records: Option<u64>,
    /// How far behind it is; zero when caught up.
    pub lag: Option<Span>,
    /// The greatest event time applied.
    pub watermark: Option<EventTime>,
    /// The last snapshot of its state, if there is any of this ownership.
    pub snapshot: Option<SnapshotVitals>,
}

/// A snapshot of a partition's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotVitals {
    /// How old it is; nothing was to be written since while nothing came.
    pub age: Span,
    /// Bytes in the topic.
    pub bytes: u64,
    /// How long it took to pack and to write.
    pub took: Span,
}

impl<'a> Scrape<'a> {
    /// Figures and counters of the whole centre, and nothing about targets or the service.
    pub fn of(rules: &'a Rules, view: &'a View, counters: &'a ByPair) -> Self {
        Self {
            rules,
            view,
            counters,
            is_whole: true,
            verdicts: &[],
            estimates: None,
            books: &[],
            topics: &[],
            partitions: &[],
            freshness: None,
            overflowed: Overflowed::default(),
        }
    }
}

/// The parts of a scrape about queues, in the order of the text. Each may be as it was while others are not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Counters and histograms of contacts.
    Counters,
    /// What is so now of contacts.
    Now,
    /// Counters and histograms of tickets.
    TicketCounters,
    /// What is so now of tickets.
    TicketsNow,
    /// Surveys, what is known and agreed of queues, how targets stand, and agents by state.
    Agreed,
    /// Figures of windows.
    Windows,
}

impl Part {
    /// Every part, in order.
    pub const ALL: [Self; 6] =
        [Self::Counters, Self::Now, Self::TicketCounters, Self::TicketsNow, Self::Agreed, Self::Windows];
}

/// A scrape with its queues and channels, and what each of them shows.
pub struct Sight<'a> {
    scrape: &'a Scrape<'a>,
    queues: Vec<Queue<'a>>,
    pairs: Vec<Pair<'a>>,
}

impl<'a> Sight<'a> {
    /// That of a scrape. `nothing`: the counters of a queue and channel of which nothing was taken.
    pub fn new(scrape: &'a Scrape<'a>, nothing: &'a QueueCounters) -> Self {
        let queues = pairs::queues(scrape);
        let pairs = pairs::pairs(scrape, &queues, nothing);
        Self { scrape, queues, pairs }
    }

    /// What is so of it beside figures and counters.
    pub fn outline(&self) -> Outline {
        Outline::new(self)
    }
}

/// What writes scrapes, one after the other: what all of them have is made once, and the room for their numbers is kept.
#[derive(Debug)]
pub struct Exposition {
    windows: Windows,
}

impl Default for Exposition {
    fn default() -> Self {
        Self { windows: Windows::new() }
    }
}

impl Exposition {
    /// Writes a part of a scrape.
    pub fn part(&mut self, part: Part, sight: &Sight<'_>, text: &mut Text) {
        let Sight { scrape, queues, pairs } = sight;
        match part {
            Part::Counters => queues::write_counters(scrape, pairs, text),
            Part::Now => queues::write_now(scrape, pairs, text),
            Part::TicketCounters => tickets::write_counters(scrape, pairs, text),
            Part::TicketsNow => tickets::write_now(scrape, pairs, text),
            Part::Agreed => {
                surveys::write(pairs, scrape.rules, text);
                promises::write(scrape, pairs, text);
                queues::write_agreed(scrape, queues, pairs, text);
                agents::write_floor(scrape, text);
            }
            Part::Windows => self.windows.write(scrape, pairs, text),
        }
    }

    /// Writes a whole scrape.
    pub fn write(&mut self, scrape: &Scrape<'_>, text: &mut Text) {
        let nothing = scrape.counters.at_zero();
        let sight = Sight::new(scrape, &nothing);
        Part::ALL.into_iter().for_each(|part| self.part(part, &sight, text));
        service(scrape, text);
    }
}

/// Writes what the service tells of itself in a scrape; it follows the parts.
pub fn service(scrape: &Scrape<'_>, text: &mut Text) {
    service::write(scrape, text);
}

/// The text of a scrape.
pub fn text(scrape: &Scrape<'_>) -> String {
    let mut text = Text::default();
    Exposition::default().write(scrape, &mut text);
    text.into_string()
}

/// Whether a queue and channel with these figures shows those of a group.
pub fn shows(group: Group, channel: &str, series: &Series, rules: &Rules) -> bool {
    pairs::is_usual(group, channel, rules) || pairs::has(series, group)
}

#[cfg(test)]
mod tests;
