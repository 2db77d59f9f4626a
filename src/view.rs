//! Figures as of one moment: what a shard shows, and what merged shards show.
//!
//! **Why by name.** Numbers of queues and agents are private to a shard; a view carries names, so views of any shards merge.
//! **Invariant.** `merge(view of A, view of B)` is the view of A and B read together: every part is a sum, a greatest or a least.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::event::QueueState;
use crate::kpi::{AgentNow, Groups, Now, Seen};
use crate::rules::{Rules, Window};
use crate::time::{EventTime, Span};
use crate::window::{Sums, Tally};

/// Figures as of one moment.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The moment that they are as of, the latest where partitions differ; `None` of no partition.
    pub at: Option<EventTime>,
    /// The windows whose tallies every series has, in this order.
    pub windows: Vec<Window>,
    /// By queue, then channel.
    pub queues: BTreeMap<String, BTreeMap<String, Series>>,
    /// By agent: a tally for each window.
    pub agents: BTreeMap<String, Vec<Tally>>,
    /// What is so of the agents whose state was told, whether or not agents are asked for.
    pub presence: BTreeMap<Arc<str>, AgentNow>,
    /// The states that agents were seen in.
    pub seen: Seen,
    /// The priorities that tickets were seen to have.
    pub priorities: BTreeSet<Arc<str>>,
    /// What was odd about the input, ever.
    pub books: Tally,
    /// Contacts that have something open, as canonical text, where they were asked for.
    pub open: Vec<String>,
    /// Queues that were opened or closed by hand.
    pub states: BTreeMap<String, Told>,
    /// Feeds that were heard of.
    pub feeds: BTreeMap<String, Feed>,
}

/// What a queue was last told to be, in the order of changes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// When.
    pub at: EventTime,
    /// Order among changes of one instant.
    pub seq: i64,
    /// The event's id.
    pub id: String,
    /// The state from then on.
    pub state: QueueState,
}

/// When a feed was last heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The greatest event time.
    pub last_event: EventTime,
    /// By how much the broker's time of that record was later, where there is a broker.
    pub skew: Option<Span>,
}

/// The figures of one queue and channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    /// What is so at this moment.
    pub now: Now,
    /// A tally for each window.
    pub tallies: Vec<Tally>,
    /// Of the tickets that are complaints, a tally for each window.
    pub complaints: Vec<Tally>,
    /// Groups that are not shown on `/metrics` though there are some: there is no room for them.
    pub withheld: Groups,
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
    /// Whether the windows of agents are added up.
    pub agents: bool,
}

impl View {
    /// No figures yet, but the configured queues and channels.
    pub fn new(rules: &Rules, windows: &[Window]) -> Self {
        let series = |channel: &String| (channel.clone(), Series::empty(windows.len()));
        let with_channels = rules.queues.iter().filter(|(_, queue)| !queue.channels.is_empty());
        let queues = with_channels.map(|(name, queue)| (name.clone(), queue.channels.iter().map(series).collect()));
        Self { windows: windows.to_vec(), queues: queues.collect(), ..Self::default() }
    }

    /// The series of a queue and channel, empty if it is new.
    pub fn series(&mut self, queue: &str, channel: &str) -> &mut Series {
        let windows = self.windows.len();
        let channels = named(&mut self.queues, queue, BTreeMap::new);
        named(channels, channel, || Series::empty(windows))
    }

    /// Notes what a queue is by hand; the later change holds.
    pub fn tell_state(&mut self, queue: &str, told: Told) {
        if self.states.get(queue).is_none_or(|known| *known < told) {
            self.states.insert(queue.to_owned(), told);
        }
    }

    /// Notes what is so of an agent; the later change holds.
    pub fn tell_agent(&mut self, agent: Arc<str>, now: AgentNow) {
        if self.presence.get(&agent).is_none_or(|known| *known < now) {
            self.presence.insert(agent, now);
        }
    }

    /// Whether a queue is open: what it was told to be last; else, where it is configured, what its calendar says, or open without
    /// one. `None`: nobody knows.
    pub fn is_open(&self, queue: &str, rules: &Rules) -> Option<bool> {
        let told = self.states.get(queue).map(|told| told.state != QueueState::Closed);
        let by_calendar = || match rules.calendar_of(queue) {
            Some(calendar) => self.at.map(|at| calendar.is_open(at)),
            None => Some(true),
        };
        told.or_else(|| if rules.is_configured(queue) { by_calendar() } else { None })
    }

    /// Whether a queue of that name was heard of.
    pub fn knows(&self, queue: &str) -> bool {
        let is_staffed = || self.presence.values().any(|agent| agent.queues.iter().any(|(own, _)| **own == *queue));
        self.queues.contains_key(queue) || self.states.contains_key(queue) || is_staffed()
    }

    /// Leaves the queues of these names, and the agents who work for one of them.
    pub fn keep_queues(&mut self, names: &[String]) {
        let is_kept = |queue: &str| names.iter().any(|name| name == queue);
        self.queues.retain(|name, _| is_kept(name));
        self.states.retain(|name, _| is_kept(name));
        self.presence.values_mut().for_each(|agent| agent.queues.retain(|(queue, _)| is_kept(queue)));
        self.presence.retain(|_, agent| !agent.queues.is_empty());
    }

    /// Notes when a feed was heard of; the later holds.
    pub fn tell_feed(&mut self, source: &str, feed: Feed) {
        if self.feeds.get(source).is_none_or(|known| known.last_event < feed.last_event) {
            self.feeds.insert(source.to_owned(), feed);
        }
    }

    /// The same figures, of these windows only, in this order; windows that were not read are left out.
    #[must_use]
    pub fn only(mut self, windows: &[Window]) -> Self {
        if self.windows == windows {
            return self;
        }
        let mut places: Vec<usize> = Vec::new();
        for place in windows.iter().filter_map(|window| self.windows.iter().position(|own| own == window)) {
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let choose = |tallies: &mut Vec<Tally>| {
            *tallies = places.iter().map(|place| std::mem::take(&mut tallies[*place])).collect();
        };
        for series in self.queues.values_mut().flat_map(BTreeMap::values_mut) {
            choose(&mut series.tallies);
            choose(&mut series.complaints);
        }
        self.agents.values_mut().for_each(choose);
        self.windows = places.iter().map(|place| self.windows[*place]).collect();
        self
    }

    /// Adds the figures of others, read for the same windows.
    pub fn merge(&mut self, other: Self) {
        self.at = self.at.max(other.at);
        for (queue, channels) in other.queues {
            let own = named(&mut self.queues, &queue, BTreeMap::new);
            for (channel, series) in channels {
                match own.get_mut(&channel) {
                    Some(own) => own.absorb(series),
                    None => drop(own.insert(channel, series)),
                }
            }
        }
        for (agent, tallies) in other.agents {
            match self.agents.get_mut(&agent) {
                Some(own) => absorb_all(own, tallies),
                None => drop(self.agents.insert(agent, tallies)),
            }
        }
        other.presence.into_iter().for_each(|(agent, now)| self.tell_agent(agent, now));
        self.seen.merge(other.seen);
        self.priorities.extend(other.priorities);
        self.books.merge(&other.books);
        self.open.extend(other.open);
        other.states.into_iter().for_each(|(queue, told)| self.tell_state(&queue, told));
        other.feeds.iter().for_each(|(source, feed)| self.tell_feed(source, *feed));
    }
}

impl Series {
    /// Nothing, in so many windows.
    pub fn empty(windows: usize) -> Self {
        let nothing = vec![Tally::default(); windows];
        Self { now: Now::default(), tallies: nothing.clone(), complaints: nothing, withheld: Groups::default() }
    }

    /// All of these together, read for the same windows, so many. To merge one after the other would copy for each what there is so far.
    pub fn sum<'a>(windows: usize, all: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let (mut sum, mut sums) = (Self::empty(windows), Sums::default());
        all.clone().for_each(|series| sum.now.merge(&series.now));
        let mut add_up = |own: &mut [Tally], of: fn(&Self) -> &[Tally]| {
            for (place, tally) in own.iter_mut().enumerate() {
                let mut others = all.clone().filter_map(|series| of(series).get(place));
                others.next().into_iter().for_each(|first| tally.clone_from(first)); // nearly every queue has one channel
                tally.gather(others.flat_map(Tally::iter), &mut sums);
            }
        };
        add_up(&mut sum.tallies, |series| &series.tallies);
        add_up(&mut sum.complaints, |series| &series.complaints);
        sum
    }

    /// The same with figures that are not needed any more: what only they have is moved, not copied.
    pub fn absorb(&mut self, other: Self) {
        self.now.merge(&other.now);
        absorb_all(&mut self.tallies, other.tallies);
        absorb_all(&mut self.complaints, other.complaints);
    }

    /// Whether there is nothing to show.
    pub fn is_zero(&self) -> bool {
        self.now.is_zero() && self.tallies.iter().chain(&self.complaints).all(Tally::is_empty)
    }
}

fn absorb_all(own: &mut [Tally], others: Vec<Tally>) {
    for (own, other) in own.iter_mut().zip(others) {
        match own.is_empty() {
            true => *own = other,
            false => own.merge(&other),
        }
    }
}

/// What stands under a name, new if nothing does. Only then the name takes memory.
fn named<'m, T>(map: &'m mut BTreeMap<String, T>, name: &str, new: impl FnOnce() -> T) -> &'m mut T {
    if !map.contains_key(name) {
        map.insert(name.to_owned(), new());
    }
    map.get_mut(name).expect("it was put there where it was missing")
}
