//! Figures as of one moment: what a shard shows, and what merged shards show.
//!
//! **Why by name.** Numbers of queues and agents are private to a shard; a view carries names, so views of any shards merge.
//! **Invariant.** `merge(view of A, view of B)` is the view of A and B read together: every part is a sum, a greatest or a least.

use std::collections::BTreeMap;

use crate::rules::{Rules, Window};
use crate::time::{EventTime, Span};
use crate::window::Tally;

/// Figures as of one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The windows whose tallies every series has, in this order.
    pub windows: Vec<Window>,
    /// By queue, then channel.
    pub queues: BTreeMap<String, BTreeMap<String, Series>>,
    /// By agent: a tally for each window.
    pub agents: BTreeMap<String, Vec<Tally>>,
    /// What was odd about the input, ever.
    pub books: Tally,
    /// Contacts that have something open, as canonical text, where they were asked for.
    pub open: Vec<String>,
}

/// The figures of one queue and channel.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// What is so at this moment.
    pub now: Now,
    /// A tally for each window.
    pub tallies: Vec<Tally>,
}

/// What is so at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Stays that are open.
    pub waiting: u64,
    /// The oldest of them.
    pub oldest: Option<EventTime>,
    /// The age of the oldest.
    pub longest_wait: Option<Span>,
    /// Contacts with an agent who talks or holds.
    pub in_service: u64,
    /// Legs in after-contact work.
    pub in_after_contact: u64,
}

/// What a view is asked for.
#[derive(Clone, Debug)]
pub struct Ask {
    /// As of when.
    pub at: EventTime,
    /// The windows to add up.
    pub windows: Vec<Window>,
    /// Whether open contacts are listed, as the hash of a state needs them.
    pub open: bool,
    /// Whether agents are shown.
    pub agents: bool,
}

impl View {
    /// No figures yet, but the configured queues and channels.
    pub fn new(rules: &Rules, windows: &[Window]) -> Self {
        let mut view = Self { windows: windows.to_vec(), ..Self::default() };
        for (name, queue) in &rules.queues {
            for channel in &queue.channels {
                view.series(name, channel);
            }
        }
        view
    }

    /// The series of a queue and channel, empty if it is new.
    pub fn series(&mut self, queue: &str, channel: &str) -> &mut Series {
        let windows = self.windows.len();
        let channels = self.queues.entry(queue.to_owned()).or_default();
        let new = || Series { now: Now::default(), tallies: vec![Tally::default(); windows] };
        channels.entry(channel.to_owned()).or_insert_with(new)
    }

    /// The same figures, of these windows only, in this order; windows that were not read are left out.
    pub fn only(&self, windows: &[Window]) -> Self {
        let places: Vec<usize> =
            windows.iter().filter_map(|window| self.windows.iter().position(|own| own == window)).collect();
        let chosen = |tallies: &[Tally]| places.iter().map(|place| tallies[*place].clone()).collect::<Vec<_>>();
        let series = |series: &Series| Series { now: series.now, tallies: chosen(&series.tallies) };
        let channels = |channels: &BTreeMap<String, Series>| {
            channels.iter().map(|(channel, own)| (channel.clone(), series(own))).collect::<BTreeMap<_, _>>()
        };
        Self {
            windows: places.iter().map(|place| self.windows[*place]).collect(),
            queues: self.queues.iter().map(|(queue, own)| (queue.clone(), channels(own))).collect(),
            agents: self.agents.iter().map(|(agent, tallies)| (agent.clone(), chosen(tallies))).collect(),
            books: self.books.clone(),
            open: self.open.clone(),
        }
    }

    /// Adds the figures of others, read for the same windows.
    pub fn merge(&mut self, other: Self) {
        for (queue, channels) in other.queues {
            for (channel, series) in channels {
                self.series(&queue, &channel).merge(&series);
            }
        }
        for (agent, tallies) in other.agents {
            match self.agents.get_mut(&agent) {
                Some(own) => merge_all(own, &tallies),
                None => drop(self.agents.insert(agent, tallies)),
            }
        }
        self.books.merge(&other.books);
        self.open.extend(other.open);
    }
}

impl Series {
    /// Adds the figures of others, read for the same windows.
    pub fn merge(&mut self, other: &Self) {
        self.now.merge(&other.now);
        merge_all(&mut self.tallies, &other.tallies);
    }

    /// Whether there is nothing to show.
    pub fn is_zero(&self) -> bool {
        self.now == Now::default() && self.tallies.iter().all(Tally::is_empty)
    }
}

impl Now {
    /// Adds a stay that waits since then.
    pub fn add_waiting(&mut self, since: EventTime, at: EventTime) {
        self.waiting += 1;
        self.oldest = Some(self.oldest.map_or(since, |oldest| oldest.min(since)));
        self.longest_wait = self.longest_wait.max(Some((at - since).at_least_zero()));
    }

    /// Adds what is so elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.waiting += other.waiting;
        self.oldest = [self.oldest, other.oldest].into_iter().flatten().min();
        self.longest_wait = self.longest_wait.max(other.longest_wait);
        self.in_service += other.in_service;
        self.in_after_contact += other.in_after_contact;
    }
}

fn merge_all(own: &mut [Tally], others: &[Tally]) {
    own.iter_mut().zip(others).for_each(|(own, other)| own.merge(other));
}
