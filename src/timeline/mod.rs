//! Contacts and tickets as a shard keeps them: what is sealed, and what may still be sorted.
//!
//! **A subject is its sorted events.** What is older than `lateness` is *sealed*: folded into a life that no sorting changes any
//! more. The rest is kept as steps. In order: fold on. Out of order: take back what the unsealed steps were worth, sort, fold
//! again. A list of timestamps with "first wins" rules would be smaller, and wrong for every transfer.
//!
//! **Invariant.** `live` is `sealed` with `unsealed` folded in; what the windows hold of this subject is what the sealed steps
//! and that fold were worth, and nothing else.

mod bookings;
mod ids;
mod step;

use std::borrow::Cow;

pub use bookings::Bookings;
pub use step::Step;

use crate::id::{AgentId, ChannelId, QueueId, hash};
use crate::limits::UNSEALED_PER_SUBJECT_MAX;
use crate::measure::{Anomaly, Scope};
use crate::terms::Terms;
use crate::time::EventTime;
use ids::Ids;

/// What a contact or a ticket is: everything that is true of it now.
pub trait Life: Clone + Default + PartialEq + std::fmt::Debug {
    /// What can happen to it, with names as this shard's numbers.
    type Act: Clone + PartialEq + std::fmt::Debug;
    /// How many ids of events one of it remembers, those that are not sealed aside.
    const IDS_MAX: usize;

    /// One that is over: its key is kept until then. Nothing is known of it but whose it was. Without `until`, one that nobody knows.
    fn over(until: Option<EventTime>, memory: Option<Memory>, terms: &Terms) -> Self;

    /// Whose it was, once it is over.
    fn memory(&self, terms: &Terms) -> Option<Memory>;

    /// Applies one step, after the deadlines that came before it.
    fn apply(&mut self, step: &Step<Self::Act>, terms: &Terms, bookings: &mut Bookings);

    /// Applies a step that came too late to be sorted in, after later ones: it may end what was open then, and begins nothing.
    fn apply_late(&mut self, step: &Step<Self::Act>, terms: &Terms, bookings: &mut Bookings);

    /// Lets the deadlines before a moment act, each at its own time.
    fn advance(&mut self, line: EventTime, terms: &Terms, bookings: &mut Bookings);

    /// When the next deadline is.
    fn next_deadline(&self, terms: &Terms) -> EventTime;

    /// The time of the latest event that counted.
    fn last_event(&self) -> Option<EventTime>;

    /// What to do with it, given that it is sealed up to this line and nothing is unsealed.
    fn fate(&self, line: EventTime, terms: &Terms) -> Fate;

    /// Since when nothing was heard of what is kept although nothing of it is open, so sealed as for `fate`: a resolved ticket, the
    /// answers to surveys. Where there is no room for others it is given up.
    fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime>;

    /// What to do with it before its time.
    fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate;

    /// Whether `act` comes before `first`, the first by rank of those that are left of an instant.
    fn jumps(&self, act: &Self::Act, first: &Self::Act) -> bool;
}

/// One contact or ticket, with what may still be sorted.
#[derive(Clone, Debug)]
pub struct Subject<L: Life> {
    sealed: L,
    unsealed: Vec<Step<L::Act>>, // sorted; none before the line that was last sealed
    live: Option<Box<L>>,        // where it is not `sealed`
    ids: Ids,
    counted: Bookings, // what the counters took of the unsealed steps and deadlines
}

/// Whose a contact or ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Served {
    /// In which queue, on which channel.
    pub queue: (QueueId, ChannelId),
    /// By whom.
    pub agent: Option<AgentId>,
}

/// Whose a contact or ticket was that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Whose it was.
    pub served: Served,
    /// Until when that is known, inclusive.
    pub until: EventTime,
}

impl Memory {
    /// Whose it was, if that is known at a moment; each time it is asked for, it is known for longer.
    pub fn ask(&mut self, at: EventTime, terms: &Terms) -> Option<Served> {
        let is_known = at <= self.until;
        if is_known && terms.is_served_remembered {
            self.until = self.until.max(at + terms.survey_ttl);
        }
        is_known.then_some(self.served)
    }
}

impl Served {
    /// In that queue, by nobody in particular.
    pub const fn by_nobody(queue: (QueueId, ChannelId)) -> Self {
        Self { queue, agent: None }
    }
}

/// How far a shard has come.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// What is before this is sealed.
    pub sealed: EventTime,
    /// What is before this has been offered to the counters.
    pub counted: EventTime,
}

/// What to do with a contact, once nothing can change what is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Something is open, or may still be told.
    Keep,
    /// It is over: until then its key is kept, so that a stray event opens nothing.
    Close {
        /// Before every event where no key is kept.
        until: EventTime,
    },
    /// It left no trace, and a repeat of its events would be known as too old.
    Forget,
}

/// What to do with what is forgotten but for whose it was.
pub fn fate_of_forgotten(memory: Option<Memory>, line: EventTime, terms: &Terms) -> Fate {
    match memory.filter(|memory| memory.until >= line) {
        None => Fate::Forget,
        Some(_) if terms.is_served_remembered => Fate::Close { until: EventTime::MIN },
        Some(_) => Fate::Keep,
    }
}

/// What the counters may take now, and how much of what they took was corrected since.
#[derive(Debug, Default)]
pub struct Taken {
    /// Bookings that are final.
    pub bookings: Bookings,
    /// Bookings that were taken and are true no more.
    pub corrections: u64,
}

impl<L: Life> Subject<L> {
    /// One of which nothing is known but this.
    pub fn new(sealed: L) -> Self {
        Self { sealed, unsealed: Vec::new(), live: None, ids: Ids::default(), counted: Bookings::default() }
    }

    /// Remembers an event's id. False: it was known.
    pub fn remember(&mut self, id: &str, at: EventTime) -> bool {
        let is_new = self.ids.add(hash(id), at, L::IDS_MAX);
        is_new && self.unsealed.iter().all(|step| *step.id != *id)
    }

    /// Whether a late step may be one that was known, and would change nothing anyway.
    pub fn is_idle_repeat(&self, step: &Step<L::Act>, terms: &Terms) -> bool {
        if !self.ids.may_have_known(step.at) || self.sealed.last_event().is_none_or(|last| last <= step.at) {
            return false;
        }
        let (mut life, mut worth) = (self.sealed.clone(), Bookings::default());
        life.apply_late(step, terms, &mut worth);
        life == self.sealed && worth.iter().all(|(booking, _)| booking.scope == Scope::Books)
    }

    /// Sorts a step in that is not late, and says what changes.
    ///
    /// # Errors
    /// There are more steps than are kept; this one is refused.
    pub fn add(&mut self, step: Step<L::Act>, terms: &Terms, changes: &mut Bookings) -> Result<(), Anomaly> {
        if self.unsealed.len() == UNSEALED_PER_SUBJECT_MAX {
            return Err(Anomaly::TooManyEvents);
        }
        if self.unsealed.last().is_none_or(|last| last.instant() < step.instant()) {
            self.live_mut().apply(&step, terms, changes);
            self.unsealed.push(step);
        } else {
            changes.withdraw(&self.unsealed_worth(terms));
            step::insert(&mut self.unsealed, step);
            self.refold(terms, changes);
        }
        Ok(())
    }

    /// Applies a step that lies before the sealed line, and says what changes.
    pub fn add_late(
        &mut self,
        step: &Step<L::Act>,
        lines: Lines,
        terms: &Terms,
        changes: &mut Bookings,
        taken: &mut Taken,
    ) {
        changes.withdraw(&self.unsealed_worth(terms));
        let mut worth = Bookings::default();
        if self.sealed.last_event().is_none_or(|last| last <= step.at) {
            self.sealed.apply(step, terms, &mut worth);
        } else {
            self.sealed.apply_late(step, terms, &mut worth);
        }
        self.sealed.advance(lines.sealed, terms, &mut worth);
        for (booking, times) in worth.iter() {
            changes.add(*booking, times);
        }
        self.refold(terms, changes);
        self.take_sealed(worth, lines.counted.max(lines.sealed), terms, taken);
    }

    /// Seals what lies before the line: it can be taken by the counters, and no event can be sorted before it any more.
    pub fn seal(&mut self, lines: Lines, terms: &Terms, changes: &mut Bookings, taken: &mut Taken) {
        let line = lines.sealed;
        let sealable = self.unsealed.partition_point(|step| step.at < line);
        if sealable == 0 && self.sealed.next_deadline(terms) >= line {
            return;
        }
        if sealable == self.unsealed.len() {
            self.live_mut().advance(line, terms, changes);
        }
        let mut worth = Bookings::default();
        step::fold(&mut self.sealed, &self.unsealed[..sealable], terms, &mut worth);
        self.sealed.advance(line, terms, &mut worth);
        self.unsealed.drain(..sealable);
        if self.unsealed.is_empty() {
            self.live = None; // it is what is sealed
            self.unsealed = Vec::new();
            self.ids.shrink();
        }
        self.take_sealed(worth, lines.counted.max(lines.sealed), terms, taken);
    }

    /// Lets the counters take what is booked before the line, which may lie past the sealed one where the feed is quiet.
    pub fn settle(&mut self, line: EventTime, terms: &Terms, taken: &mut Taken) {
        let is_quiet = self.unsealed.first().is_none_or(|step| step.at >= line);
        if is_quiet && self.counted.is_empty() && self.live().next_deadline(terms) >= line {
            return;
        }
        let worth = self.worth_before(line, terms);
        taken.reconcile(&worth, &self.counted);
        self.counted = worth;
    }

    /// The life as of a moment not before the sealed line, and what that changes against what is booked.
    pub fn as_of(&self, at: EventTime, terms: &Terms, changes: &mut Bookings) -> Cow<'_, L> {
        let told = self.unsealed.partition_point(|step| step.at <= at);
        if told == self.unsealed.len() && self.live().next_deadline(terms) >= at {
            return Cow::Borrowed(self.live());
        }
        let mut life = if told == self.unsealed.len() {
            self.live().clone()
        } else {
            changes.withdraw(&self.unsealed_worth(terms));
            let mut life = self.sealed.clone();
            step::fold(&mut life, &self.unsealed[..told], terms, changes);
            life
        };
        life.advance(at, terms, changes);
        Cow::Owned(life)
    }

    /// What to do with it, given that it is sealed up to this line.
    pub fn fate(&self, line: EventTime, terms: &Terms) -> Fate {
        if self.unsealed.is_empty() { self.sealed.fate(line, terms) } else { Fate::Keep }
    }

    /// Since when it is idle; see [`Life::idle_since`].
    pub fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime> {
        self.sealed.idle_since(line, terms).filter(|_| self.unsealed.is_empty())
    }

    /// What to do with one that is idle, before its time.
    pub fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate {
        self.sealed.give_up(line, terms)
    }

    /// What is true of it, as far as that is sealed.
    pub fn sealed_life(&self) -> &L {
        &self.sealed
    }

    fn live(&self) -> &L {
        self.live.as_deref().unwrap_or(&self.sealed)
    }

    fn live_mut(&mut self) -> &mut L {
        self.live.get_or_insert_with(|| Box::new(self.sealed.clone()))
    }

    fn unsealed_worth(&self, terms: &Terms) -> Bookings {
        let mut worth = Bookings::default();
        step::fold(&mut self.sealed.clone(), &self.unsealed, terms, &mut worth);
        worth
    }

    fn refold(&mut self, terms: &Terms, changes: &mut Bookings) {
        self.live = None;
        if !self.unsealed.is_empty() {
            let mut live = Box::new(self.sealed.clone());
            step::fold(&mut *live, &self.unsealed, terms, changes);
            self.live = Some(live);
        }
    }

    /// Lets the counters take what was sealed, and leaves to them what they took ahead of the line, up to `counted_to`. A later
    /// cause of an overflow is booked at the overflow's time, so both are looked at together.
    fn take_sealed(&mut self, mut wanted: Bookings, counted_to: EventTime, terms: &Terms, taken: &mut Taken) {
        let mut ahead = Bookings::default();
        if !self.counted.is_empty() {
            ahead = self.worth_before(counted_to, terms);
        }
        for (booking, times) in ahead.iter() {
            wanted.add(*booking, times);
        }
        wanted.net();
        taken.reconcile(&wanted, &self.counted);
        self.counted = ahead;
    }

    /// What the unsealed steps and the deadlines are worth before a line.
    fn worth_before(&self, line: EventTime, terms: &Terms) -> Bookings {
        let mut worth = self.unsealed_worth(terms);
        self.live().clone().advance(line, terms, &mut worth);
        worth.keep_before(line);
        worth.net();
        worth
    }
}

impl Taken {
    /// Takes what is wanted and not yet counted; what was counted and is wanted no more is a correction.
    fn reconcile(&mut self, wanted: &Bookings, counted: &Bookings) {
        let mut difference = wanted.clone();
        difference.withdraw(counted);
        difference.net();
        for (booking, times) in difference.iter().filter(|(booking, _)| !booking.measure.is_replaceable()) {
            match u64::try_from(times) {
                Ok(_) => self.bookings.add(*booking, times),
                Err(_) => self.corrections += times.unsigned_abs(),
            }
        }
    }
}
