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
//! adds those.

mod intake;
mod notices;
mod read;

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::mem::Discriminant;
use std::sync::Arc;

use foldhash::fast::FixedState;

pub use intake::Outcome;

use notices::{Changes, Feed};

use crate::contact::{Bookings, Contact, Fate, Lines, Taken, Terms};
use crate::counters::Counters;
use crate::id::{AgentId, ChannelId, Names, QueueId, SourceId};
use crate::kpi::service_level;
use crate::limits::{AGENTS_MAX, CLOSED_CONTACTS_MAX, SOURCES_MAX};
use crate::measure::{Booking, Measure, Scope};
use crate::rules::Rules;
use crate::time::EventTime;
use crate::window::{Level, Reach, Ring, Tally};

/// The state of one partition.
#[derive(Debug)]
pub struct Shard {
    rules: Arc<Rules>,
    reach: Reach,
    names: KnownNames,
    terms: Terms,
    contacts: HashMap<Box<str>, Contact, FixedState>,
    closed: HashMap<u64, EventTime, FixedState>, // hash of the contact's id → until when its key is kept
    rings: HashMap<Scope, Ring, FixedState>,
    books: Tally,
    queue_states: HashMap<QueueId, Changes, FixedState>,
    feeds: HashMap<SourceId, Feed, FixedState>,
    watermark: Option<EventTime>,
    counters: Counters<(QueueId, ChannelId)>,
    counted_to: EventTime,
    is_muted: bool,
    applied_since_sweep: usize,
    changes: Bookings, // scratch
    overflowed: u64,
    left_out: Option<Discriminant<Measure>>,
}

/// Names and their numbers.
#[derive(Debug)]
struct KnownNames {
    queues: Names<QueueId>,
    channels: Names<ChannelId>,
    agents: Names<AgentId>,
    sources: Names<SourceId>,
}

impl Shard {
    /// An empty state under these rules.
    pub fn new(rules: Arc<Rules>) -> Self {
        let (terms, queues, channels) = Terms::new(&rules);
        Self {
            reach: rules.windows.reach(),
            names: KnownNames { queues, channels, agents: Names::new(AGENTS_MAX), sources: Names::new(SOURCES_MAX) },
            terms,
            contacts: HashMap::default(),
            closed: HashMap::default(),
            rings: HashMap::default(),
            books: Tally::default(),
            queue_states: HashMap::default(),
            feeds: HashMap::default(),
            watermark: None,
            counters: Counters::new(&rules),
            counted_to: EventTime::MIN,
            is_muted: false,
            applied_since_sweep: 0,
            changes: Bookings::default(),
            overflowed: 0,
            left_out: None,
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
        self.sweep();
        let line = until - self.rules.lateness;
        if line <= self.counted_to {
            return;
        }
        self.counted_to = line;
        let mut taken = Taken::default();
        for contact in self.contacts.values_mut() {
            contact.settle(line, &self.terms, &mut taken);
        }
        self.count(&taken);
    }

    /// What the counters have taken, by this shard's numbers.
    pub fn counters(&self) -> &Counters<(QueueId, ChannelId)> {
        &self.counters
    }

    /// The names of a counters' key.
    pub fn names_of(&self, (queue, channel): (QueueId, ChannelId)) -> (&str, &str) {
        (self.names.queues.name(queue), self.names.channels.name(channel))
    }

    /// How often a table was full: a name became `__other__`, or a contact or key was not kept.
    pub fn overflowed(&self) -> u64 {
        let KnownNames { queues, channels, agents, sources } = &self.names;
        let names = [queues.overflowed(), channels.overflowed(), agents.overflowed(), sources.overflowed()];
        self.overflowed + names.iter().sum::<u64>()
    }

    /// Contacts that are held in memory, open ones and those that may still change.
    pub fn contacts(&self) -> usize {
        self.contacts.len()
    }

    /// What is before this is sealed.
    fn line(&self) -> EventTime {
        self.watermark.map_or(EventTime::MIN, |watermark| watermark - self.rules.lateness)
    }

    /// Seals every contact, lets go of those that are over, and of slots that no window reaches.
    fn sweep(&mut self) {
        self.applied_since_sweep = 0;
        let line = self.line();
        let lines = Lines { sealed: line, counted: self.counted_to };
        let mut taken = Taken::default();
        for contact in self.contacts.values_mut() {
            contact.seal(lines, &self.terms, &mut self.changes, &mut taken);
        }
        self.count(&taken);
        self.book_changes();
        self.retire_contacts(line);
        self.closed.retain(|_, until| *until >= line);
        for ring in self.rings.values_mut() {
            ring.roll(line, &self.reach);
        }
    }

    fn retire_contacts(&mut self, line: EventTime) {
        let mut over = Vec::new();
        self.contacts.retain(|key, contact| match contact.fate(line, &self.terms) {
            Fate::Keep => true,
            Fate::Forget => false,
            Fate::Close(since) => {
                over.push((hash(key), since + contact.ttl(&self.terms)));
                false
            }
        });
        for (key, until) in over {
            self.close(key, until);
        }
    }

    fn close(&mut self, key: u64, until: EventTime) {
        if self.closed.len() < CLOSED_CONTACTS_MAX {
            self.closed.insert(key, until);
        } else {
            self.overflowed += 1;
        }
    }

    /// Books what changed into rings and books.
    fn book_changes(&mut self) {
        for (booking, times) in self.changes.iter().filter(|(booking, _)| stands(self.left_out, booking)) {
            match booking.scope {
                Scope::Books => self.books.book(&booking.measure, Level::default(), times),
                scope => {
                    let level = level(&self.terms, booking);
                    let ring = self.rings.entry(scope).or_default();
                    ring.book(booking.at, &booking.measure, level, times, &self.reach);
                }
            }
        }
        self.changes.clear();
    }

    fn count(&mut self, taken: &Taken) {
        if self.is_muted {
            return;
        }
        let terms = &self.terms;
        self.counters.take(taken, |scope| match scope {
            Scope::Queue(queue, channel) => Some(((*queue, *channel), terms.wait((*queue, *channel)).preset)),
            Scope::Agent(_) | Scope::Books => None,
        });
    }
}

/// What a booking adds to the service level of its queue.
fn level(terms: &Terms, booking: &Booking) -> Level {
    match booking.scope {
        Scope::Queue(queue, channel) => service_level::level(&booking.measure, terms.wait((queue, channel)).preset),
        Scope::Agent(_) | Scope::Books => Level::default(),
    }
}

/// Whether a booking is of a kind that is not left out.
fn stands(left_out: Option<Discriminant<Measure>>, booking: &Booking) -> bool {
    left_out.is_none_or(|kind| kind != std::mem::discriminant(&booking.measure))
}

/// A hash that is the same on every machine and in every run.
pub(crate) fn hash(text: &str) -> u64 {
    FixedState::default().hash_one(text)
}
