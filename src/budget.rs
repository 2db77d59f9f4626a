//! What a process may keep, over all its partitions: names, and places for what is open or remembered.
//!
//! **Why shared.** Partitions share nothing else. But memory is the process's, and so are the series that names become: were each
//! partition bounded by itself, the bound would grow with their number. So which of two partitions gets the last place depends on
//! who came first. Until a bound is reached, nothing here changes a figure.
//!
//! **Why no lock when full.** A flood of made-up names must not make partitions wait for each other: a full set of names never
//! changes any more, and is read without a lock.
//!
//! **Words.** To *admit* a name is to tell it apart from others; one that is refused is `__other__`. A *room* is one partition's
//! part of the places of a kind.
//!
//! **Invariant.** No more than the limit of a kind is admitted or taken at a time. A name that was admitted stays so while the
//! process lives, and so do the counters of it. A room gives back what it took, at the latest when it is dropped.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use foldhash::fast::FixedState;

use crate::limits::{
    AGENT_STATES_MAX, AGENTS_MAX, ATTRIBUTIONS_MAX, CHANNELS_MAX, CLOSED_MAX, CONTACTS_MAX, KEPT_PERCENT,
    PRIORITIES_MAX, QUEUES_MAX, SOURCES_MAX, TICKETS_MAX,
};

/// What is bounded for the process. The name is the label of what was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Names of queues.
    Queue,
    /// Names of agents.
    Agent,
    /// Changes of agents' states.
    AgentState,
    /// Names of channels.
    Channel,
    /// Names of priorities.
    Priority,
    /// Names of feeds.
    Source,
    /// Contacts that are held in memory.
    Contact,
    /// Tickets that are held in memory.
    Ticket,
    /// Keys of what is over.
    Closed,
    /// Who served what is over.
    Attribution,
    /// Pairs of queue and channel that are shown on `/metrics`; bounded by the config, in series.
    Pair,
}

/// How much there may be of each kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits([usize; Kind::ALL.len()]);

/// How often each kind was refused: look-ups of names past the limit, and what found no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overflowed([u64; Kind::ALL.len()]);

/// The tables of a process, shared by all its partitions.
#[derive(Debug)]
pub struct Budget([Table; Kind::ALL.len()]);

/// One partition's places of one kind.
#[derive(Debug)]
pub struct Room {
    budget: Arc<Budget>,
    kind: Kind,
    taken: usize,
}

type Names = HashSet<Arc<str>, FixedState>;

#[derive(Debug)]
struct Table {
    limit: usize,
    taken: AtomicUsize,
    refused: AtomicU64,
    admitted: Mutex<Names>, // until it is full
    full: OnceLock<Names>,
}

impl Kind {
    /// Every kind, in order.
    pub const ALL: [Self; 11] = [
        Self::Queue,
        Self::Agent,
        Self::AgentState,
        Self::Channel,
        Self::Priority,
        Self::Source,
        Self::Contact,
        Self::Ticket,
        Self::Closed,
        Self::Attribution,
        Self::Pair,
    ];

    /// The name in labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Agent => "agent",
            Self::AgentState => "agent_state",
            Self::Channel => "channel",
            Self::Priority => "priority",
            Self::Source => "source",
            Self::Contact => "contact",
            Self::Ticket => "ticket",
            Self::Closed => "closed",
            Self::Attribution => "attribution",
            Self::Pair => "pair",
        }
    }

    /// The limit of a process.
    pub const fn max(self) -> usize {
        match self {
            Self::Queue => QUEUES_MAX,
            Self::Agent => AGENTS_MAX,
            Self::AgentState => AGENT_STATES_MAX,
            Self::Channel => CHANNELS_MAX,
            Self::Priority => PRIORITIES_MAX,
            Self::Source => SOURCES_MAX,
            Self::Contact => CONTACTS_MAX,
            Self::Ticket => TICKETS_MAX,
            Self::Closed => CLOSED_MAX,
            Self::Attribution => ATTRIBUTIONS_MAX,
            Self::Pair => usize::MAX,
        }
    }
}

/// Those of a process.
impl Default for Limits {
    fn default() -> Self {
        Self(Kind::ALL.map(Kind::max))
    }
}

impl Limits {
    /// The same but for one kind; at most [`Kind::max`], which others rely on.
    #[must_use]
    pub fn with(mut self, kind: Kind, limit: usize) -> Self {
        self.0[kind as usize] = limit.min(kind.max());
        self
    }
}

impl Overflowed {
    /// How often, by kind.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, u64)> {
        Kind::ALL.into_iter().zip(self.0)
    }

    /// The same, and so often one kind that is bounded elsewhere.
    #[must_use]
    pub fn with(mut self, kind: Kind, refused: u64) -> Self {
        self.0[kind as usize] = refused;
        self
    }

    /// How often one kind was.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }
}

impl Budget {
    /// Tables that are empty.
    pub fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self(limits.0.map(Table::new)))
    }

    /// The name as all partitions share it, if it is or can be told apart. A refusal is counted.
    pub fn admit(&self, kind: Kind, name: &str) -> Option<Arc<str>> {
        let table = self.table(kind);
        let admitted = table.admit(name);
        if admitted.is_none() {
            table.refuse();
        }
        admitted
    }

    /// A partition's places of a kind, none of them taken yet.
    pub fn room(self: &Arc<Self>, kind: Kind) -> Room {
        Room { budget: self.clone(), kind, taken: 0 }
    }

    /// How many names of this kind are admitted, or places taken.
    pub fn taken(&self, kind: Kind) -> usize {
        self.table(kind).taken.load(Ordering::Relaxed)
    }

    /// What was refused so far. Never falls.
    pub fn overflowed(&self) -> Overflowed {
        Overflowed(Kind::ALL.map(|kind| self.table(kind).refused.load(Ordering::Relaxed)))
    }

    fn table(&self, kind: Kind) -> &Table {
        &self.0[kind as usize]
    }
}

impl Room {
    /// Takes a place. False: there is none left, which is counted.
    #[must_use]
    pub fn take(&mut self) -> bool {
        let is_taken = self.take_but(0);
        if !is_taken {
            self.refuse();
        }
        is_taken
    }

    /// Takes a place, if need be one of the last, [`KEPT_PERCENT`] of all. False: there is none left; that counts once it is refused.
    #[must_use]
    pub fn take_or_last(&mut self, may_take_the_last: bool) -> bool {
        self.take_but(if may_take_the_last { 0 } else { self.table().kept() })
    }

    /// Takes places for what was kept before and stays kept, whether there are any left or not.
    pub fn take_again(&mut self, places: usize) {
        self.taken += places;
        self.table().taken.fetch_add(places, Ordering::Relaxed);
    }

    /// Counts what found no place, or gave its own up.
    pub fn refuse(&self) {
        self.table().refuse();
    }

    /// Whether few places are left to those who may not take the last.
    pub fn are_scarce(&self) -> bool {
        let table = self.table();
        let common = table.limit - table.kept();
        table.taken.load(Ordering::Relaxed) > common - common / 16
    }

    fn table(&self) -> &Table {
        self.budget.table(self.kind)
    }

    fn take_but(&mut self, kept: usize) -> bool {
        let is_taken = self.table().take(kept);
        self.taken += usize::from(is_taken);
        is_taken
    }

    /// Gives places back, at most those that were taken.
    pub fn give_back(&mut self, places: usize) {
        let places = places.min(self.taken);
        self.taken -= places;
        self.budget.table(self.kind).taken.fetch_sub(places, Ordering::Relaxed);
    }

    /// Gives back all but as many as are still in use.
    pub fn keep(&mut self, used: usize) {
        self.give_back(self.taken.saturating_sub(used));
    }

    /// Places that are taken.
    pub fn taken(&self) -> usize {
        self.taken
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.keep(0);
    }
}

impl Table {
    fn new(limit: usize) -> Self {
        let (taken, refused) = (AtomicUsize::new(0), AtomicU64::new(0));
        Self { limit, taken, refused, admitted: Mutex::default(), full: OnceLock::new() }
    }

    fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    fn take(&self, kept: usize) -> bool {
        let next = |taken: usize| (taken < self.limit - kept).then_some(taken + 1);
        self.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }

    /// Places that not everybody may take.
    fn kept(&self) -> usize {
        self.limit * KEPT_PERCENT / 100
    }

    fn admit(&self, name: &str) -> Option<Arc<str>> {
        match self.full.get() {
            Some(names) => names.get(name).cloned(),
            None => self.admit_while_open(name),
        }
    }

    fn admit_while_open(&self, name: &str) -> Option<Arc<str>> {
        let mut names = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = self.full.get() {
            return names.get(name).cloned(); // it became full while this one waited
        }
        if !names.contains(name) && names.len() < self.limit {
            names.insert(name.into());
            self.taken.store(names.len(), Ordering::Relaxed);
        }
        let admitted = names.get(name).cloned();
        if names.len() >= self.limit {
            self.full.get_or_init(|| std::mem::take(&mut names));
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn a_name_past_the_limit_is_refused_and_one_that_was_admitted_never_is() {
        let budget = Budget::new(&Limits::default().with(Kind::Queue, 2));
        for name in ["sales", "tech", "sales"] {
            assert!(budget.admit(Kind::Queue, name).is_some());
        }
        assert!(budget.admit(Kind::Queue, "billing").is_none());
        assert!(budget.admit(Kind::Queue, "billing").is_none());
        assert!(budget.admit(Kind::Queue, "tech").is_some());
        assert!(budget.admit(Kind::Agent, "billing").is_some(), "kinds have limits of their own");
        assert_eq!(budget.overflowed().of(Kind::Queue), 2);
        assert_eq!(budget.taken(Kind::Queue), 2);
    }

    #[test]
    fn no_name_fits_into_a_limit_of_none() {
        let budget = Budget::new(&Limits::default().with(Kind::Queue, 0));
        assert!(budget.admit(Kind::Queue, "sales").is_none());
        assert!(budget.admit(Kind::Queue, "sales").is_none());
    }

    #[test]
    fn partitions_that_race_for_names_admit_as_many_as_the_limit_and_all_the_same() {
        let budget = Budget::new(&Limits::default().with(Kind::Agent, 100));
        let admitted = |_| {
            let budget = budget.clone();
            thread::spawn(move || {
                let names = (0..1_000).map(|number| number.to_string());
                names.filter(|name| budget.admit(Kind::Agent, name).is_some()).collect::<Vec<_>>()
            })
        };
        let threads: Vec<_> = (0..4).map(admitted).collect();
        let mut all = Names::default();
        for names in threads.into_iter().map(|thread| thread.join().unwrap()) {
            all.extend(names.into_iter().map(Arc::from));
        }
        assert_eq!(all.len(), 100);
        assert_eq!(budget.taken(Kind::Agent), 100);
        assert!(all.iter().all(|name| budget.admit(Kind::Agent, name).is_some()));
    }

    #[test]
    fn a_partition_that_goes_gives_its_places_back() {
        let budget = Budget::new(&Limits::default().with(Kind::Contact, 3));
        let (mut first, mut second) = (budget.room(Kind::Contact), budget.room(Kind::Contact));
        assert!(first.take() && first.take() && second.take());
        assert!(!second.take());
        first.give_back(1);
        assert!(second.take() && !second.take());
        drop(second);
        assert_eq!(budget.taken(Kind::Contact), 1);
        first.keep(0);
        first.give_back(5);
        assert_eq!((first.taken(), budget.taken(Kind::Contact)), (0, 0));
        assert_eq!(budget.overflowed().of(Kind::Contact), 2);
    }

    #[test]
    fn a_limit_is_never_above_that_of_a_process() {
        assert_eq!(Limits::default().with(Kind::Channel, usize::MAX), Limits::default());
    }
}
