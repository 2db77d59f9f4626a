//! The state of one partition: contacts, windows, counters. Single-threaded, without a clock.
//!
//! **State is a fold of the log.** `apply` is the only way in; what is shown is a function of what was applied and the moment it
//! is read at. So a replay gives the same figures to the bit.
//!
//! **Words.** *Watermark*: the greatest min(event time, record time) that was applied. *Line*: watermark - `lateness`; what is
//! before it is sealed. Sealing is lazy: an event seals its own contact first, and a sweep seals the rest now and then; no
//! figure depends on when.
//!
//! **Invariant.** A ring holds exactly what its contacts' events were worth, up to deadlines that no sweep has reached; a view
//! adds those. While several events are applied one by one, some of it waits to be booked, and nothing is read.

mod acts;
mod agents;
mod closed;
pub mod explain;
mod intake;
mod notices;
mod read;
mod resting;
mod rings;
mod state;
mod table;

use std::collections::HashMap;
use std::mem::Discriminant;
use std::sync::Arc;

use foldhash::fast::FixedState;

pub use closed::Closed;
pub use intake::Outcome;
pub use state::Unreadable;

use agents::Agents;
use notices::{Changes, Feed};
use rings::Rings;
use table::{Fold, Sweep, Table};

use crate::budget::{Budget, Kind, Limits};
use crate::contact;
use crate::counters::{AgentsCounters, Counters, PairName};
use crate::id::{AgentId, ChannelId, Names, PriorityId, QueueId, SourceId};
use crate::kpi::service_level;
use crate::measure::{Booking, Measure, Scope};
use crate::rules::Rules;
use crate::terms::Terms;
use crate::ticket;
use crate::time::EventTime;
use crate::timeline::{Bookings, Lines, Sealing, Taken};
use crate::window::{Cells, Level, Reach, Sums, Tally};

/// The state of one partition.
#[derive(Debug)]
pub struct Shard {
    rules: Arc<Rules>,
    reach: Reach,
    names: KnownNames,
    terms: Terms,
    contacts: Table<contact::Life>,
    tickets: Table<ticket::Life>,
    agents: Agents,
    closed: Closed,
    rings: Rings,
    books: Tally,
    queue_states: HashMap<QueueId, Changes, FixedState>,
    feeds: HashMap<SourceId, Feed, FixedState>,
    watermark: Option<EventTime>,
    counters: Counters<(QueueId, ChannelId)>,
    agent_counters: AgentsCounters<AgentId>,
    counted_to: EventTime,
    is_muted: bool,
    applied_since_sweep: usize,
    sweeps_of_some: usize, // since everything was swept
    changes: Bookings,     // to be booked
    taken: Taken,          // to be counted
    sums: Sums,            // to add up in
    left_out: Option<Discriminant<Measure>>,
    journal: Option<Bookings>,
}

/// The tables of a shard, and what they need of the rest of it.
struct Parts<'a> {
    contacts: &'a mut Table<contact::Life>,
    tickets: &'a mut Table<ticket::Life>,
    fold: Fold<'a>,
}

/// Names and their numbers.
#[derive(Debug)]
struct KnownNames {
    queues: Names<QueueId>,
    channels: Names<ChannelId>,
    agents: Names<AgentId>,
    sources: Names<SourceId>,
    priorities: Names<PriorityId>,
}

impl Shard {
    /// An empty state under these rules, with a budget of its own.
    pub fn new(rules: Arc<Rules>) -> Self {
        Self::within(rules, &Budget::new(&Limits::default()))
    }

    /// An empty state under these rules, which shares a budget with the other partitions of the process.
    pub fn within(rules: Arc<Rules>, budget: &Arc<Budget>) -> Self {
        let (terms, queues, channels, priorities) = Terms::new(&rules, budget);
        let (agents, sources) = (Names::new(budget), Names::new(budget));
        Self {
            reach: rules.windows.reach(),
            names: KnownNames { queues, channels, agents, sources, priorities },
            terms,
            contacts: Table::new(budget.room(Kind::Contact), 0),
            tickets: Table::new(budget.room(Kind::Ticket), 1),
            agents: Agents::new(budget.room(Kind::AgentState)),
            closed: Closed::new(budget),
            rings: Rings::default(),
            books: Tally::default(),
            queue_states: HashMap::default(),
            feeds: HashMap::default(),
            watermark: None,
            counters: Counters::new(&rules),
            agent_counters: AgentsCounters::default(),
            counted_to: EventTime::MIN,
            is_muted: false,
            applied_since_sweep: 0,
            sweeps_of_some: 0,
            changes: Bookings::default(),
            taken: Taken::default(),
            sums: Sums::default(),
            left_out: None,
            journal: None,
            rules,
        }
    }

    /// Makes the shard wrong in one way: what is booked as this kind of measure is left out from here on. With it, tests show
    /// that they would see the mistake.
    pub fn leave_out(&mut self, kind: &Measure) {
        self.left_out = Some(std::mem::discriminant(kind));
    }

    /// The greatest min(event time, record time) applied so far.
    pub fn watermark(&self) -> Option<EventTime> {
        self.watermark
    }

    /// Folds without a word to the counters from here on: an earlier owner has counted.
    pub fn mute_counters(&mut self) {
        self.is_muted = true;
    }

    /// Lets the counters take what comes from here on. The earlier owner has taken what was final at `until`.
    pub fn unmute_counters(&mut self, until: EventTime) {
        self.settle(until);
        self.is_muted = false;
    }

    /// Lets the counters take what is final once time has come to `until`: the watermark, or where the feed is quiet the
    /// reader's clock.
    pub fn settle(&mut self, until: EventTime) {
        self.sweep(Sweep::All);
        let line = until - self.rules.lateness;
        if line <= self.counted_to {
            return;
        }
        self.counted_to = line;
        self.in_parts(|parts, from| parts.contacts.settle(from, line, &mut parts.fold));
        self.in_parts(|parts, from| parts.tickets.settle(from, line, &mut parts.fold));
        self.settle_agents(line);
    }

    /// What the counters have taken, by this shard's numbers.
    pub fn counters(&self) -> &Counters<(QueueId, ChannelId)> {
        &self.counters
    }

    /// What the counters of agents have taken, by this shard's numbers.
    pub fn agent_counters(&self) -> &AgentsCounters<AgentId> {
        &self.agent_counters
    }

    /// The name of an agent.
    pub fn agent_name(&self, agent: AgentId) -> &str {
        self.names.agents.name(agent)
    }

    /// Agents whose states are followed.
    pub fn agents(&self) -> usize {
        self.agents.len()
    }

    /// The names of a counters' key.
    pub fn names_of(&self, (queue, channel): (QueueId, ChannelId)) -> PairName {
        (self.names.queues.shared(queue), self.names.channels.shared(channel))
    }

    /// Contacts that are held in memory, open ones and those that may still change.
    pub fn contacts(&self) -> usize {
        self.contacts.len()
    }

    /// Tickets that are held in memory: until `ticket_ttl` after their last event.
    pub fn tickets(&self) -> usize {
        self.tickets.len()
    }

    /// Looks up what holds for names that are new.
    fn learn(&mut self) {
        let KnownNames { queues, channels, priorities, .. } = &mut self.names;
        if !self.terms.knows(queues, channels, priorities) {
            self.terms.learn(&self.rules, queues, channels, priorities);
        }
    }

    /// What is before this is sealed.
    fn line(&self) -> EventTime {
        self.watermark.map_or(EventTime::MIN, |watermark| watermark - self.rules.lateness)
    }

    /// The tables, and what they need to fold events.
    fn parts(&mut self) -> Parts<'_> {
        let lines = Lines { sealed: self.line(), counted: self.counted_to };
        let Self { contacts, tickets, terms, closed, changes, taken, .. } = self;
        Parts { contacts, tickets, fold: Fold { sealing: Sealing { terms, lines, changes, taken }, closed } }
    }

    /// Seals every contact and ticket, or those that are over; lets go of these, and of slots that no window reaches.
    fn sweep(&mut self, sweep: Sweep) {
        self.applied_since_sweep = 0;
        self.sweeps_of_some = if sweep == Sweep::All { 0 } else { self.sweeps_of_some + 1 };
        let line = self.line();
        self.in_parts(|parts, from| parts.contacts.sweep(sweep, from, &mut parts.fold));
        self.in_parts(|parts, from| parts.tickets.sweep(sweep, from, &mut parts.fold));
        self.sweep_agents();
        self.closed.retain(line);
        let past = self.reach.past(line);
        self.rings.values_mut().for_each(|ring| ring.roll(&past, &self.reach, &mut self.sums));
    }

    /// Does work on a table from its first place on, and books what comes of it as often as there is much.
    fn in_parts(&mut self, mut work: impl FnMut(&mut Parts<'_>, usize) -> Option<usize>) {
        let mut from = Some(0);
        while let Some(place) = from {
            from = work(&mut self.parts(), place);
            self.book();
        }
    }

    /// Books what changed into rings and books.
    fn book_changes(&mut self) {
        for (booking, times) in self.changes.iter().filter(|(booking, _)| stands(self.left_out, booking)) {
            let level = level(&self.terms, booking);
            match self.rings.ring(booking.scope) {
                Some(ring) => ring.book(booking.at, &booking.measure, level, times, &self.reach),
                None => self.books.book(&booking.measure, level, times),
            }
        }
        self.journal.iter_mut().for_each(|journal| journal.add_all(self.changes.since(0)));
        self.changes.clear();
    }

    /// Lets the counters take what became final.
    fn count(&mut self) {
        let Self { terms, taken, counters, agent_counters, .. } = self;
        if !self.is_muted {
            counters.take(taken, |scope| match scope {
                Scope::Queue(queue, channel) => Some(((*queue, *channel), terms.wait((*queue, *channel)).preset)),
                Scope::Complaints(..) | Scope::Agent(_) | Scope::Books => None,
            });
            agent_counters.take(taken, |scope| if let Scope::Agent(agent) = scope { Some(*agent) } else { None });
        }
        taken.clear();
    }
}

/// What a booking adds to the service level of its queue.
fn level(terms: &Terms, booking: &Booking) -> Level {
    match booking.scope {
        Scope::Queue(queue, channel) if service_level::decides(&booking.measure) => {
            service_level::level(&booking.measure, terms.wait((queue, channel)).preset)
        }
        Scope::Queue(..) | Scope::Complaints(..) | Scope::Agent(_) | Scope::Books => Level::default(),
    }
}

/// Whether a booking is of a kind that is not left out.
fn stands(left_out: Option<Discriminant<Measure>>, booking: &Booking) -> bool {
    left_out.is_none_or(|kind| kind != std::mem::discriminant(&booking.measure))
}
