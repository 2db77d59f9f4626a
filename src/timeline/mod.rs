//! Contacts and tickets as a shard keeps them: what is sealed, and what may still be sorted.
//!
//! **A subject is its sorted events.** What is older than `lateness` is *sealed*: folded into a life that no sorting changes any
//! more. The rest is kept as steps. In order: fold on. Out of order: take back what the unsealed steps were worth, sort, fold
//! again. A list of timestamps with "first wins" rules would be smaller, and wrong for every transfer.
//!
//! **Invariant.** What the windows hold of a subject is what its sealed steps were worth and what its open steps are, folded one after
//! the other into the sealed life, and nothing else.

mod bookings;
mod ids;
mod open;
mod state;
mod step;
mod subject;
mod timed;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use bookings::Bookings;
pub use open::Spares;
pub use state::{AtRest, SubjectState, WrittenSubject};
pub use step::{EventId, Step};
pub use subject::{Due, Subject};

use crate::id::{AgentId, ChannelId, QueueId};
use crate::terms::Terms;
use crate::time::EventTime;

/// What a contact or a ticket is: everything that is true of it now.
pub trait Life: Clone + Default + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned {
    /// What can happen to it, with names as this shard's numbers.
    type Act: Clone + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned;
    /// How many ids of events one of it remembers, those that are not sealed aside.
    const IDS_MAX: usize;

    /// One that is over: its key is kept until then. Nothing is known of it but whose it was. Without `until`, one that nobody knows.
    fn over(until: Option<EventTime>, memory: Option<Memory>, terms: &Terms) -> Self;

    /// Whose it was, once it is over.
    fn memory(&self, terms: &Terms) -> Option<Memory>;

    /// Applies one step; the deadlines that came before it have acted.
    fn apply(&mut self, step: &Step<Self::Act>, terms: &Terms, bookings: &mut Bookings);

    /// Applies a step that came too late to be sorted in, after later ones: it may end what was open then, and begins nothing.
    fn apply_late(&mut self, step: &Step<Self::Act>, terms: &Terms, bookings: &mut Bookings);

    /// Lets the deadlines before a moment act, each at its own time.
    fn advance(&mut self, line: EventTime, terms: &Terms, bookings: &mut Bookings);

    /// When the next deadline is.
    fn next_deadline(&self, terms: &Terms) -> EventTime;

    /// Looks up what is promised of it under terms that it may not have been folded under: what is open moves, what is decided stays.
    fn look_up_promises(&mut self, terms: &Terms);

    /// Reads a little of each part of it; see [`Subject::touch`].
    fn touch(&self) -> usize;

    /// The time of the latest event that counted.
    fn last_event(&self) -> Option<EventTime>;

    /// What to do with it, given that it is sealed up to this line and nothing is unsealed.
    fn fate(&self, line: EventTime, terms: &Terms) -> Fate;

    /// Up to which line `fate` surely is to keep it, given that no deadline comes before.
    fn kept_until(&self, terms: &Terms) -> EventTime;

    /// Whether nothing more is expected of it for long, and nothing of it is so now that anybody would be shown: what may still be sorted of
    /// it is sealed as soon as it can be.
    fn rests(&self) -> bool;

    /// Since when nothing was heard of what is kept although nothing of it is open, so sealed as for `fate`: a resolved ticket, the
    /// answers to surveys. Where there is no room for others it is given up. One that rests is idle once `lateness` has passed since its
    /// last event.
    fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime>;

    /// What to do with it before its time.
    fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate;

    /// Whether `act` comes before `first`, the first by rank of those that are left of an instant.
    fn jumps(&self, act: &Self::Act, first: &Self::Act) -> bool;
}

/// Whose a contact or ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Served {
    /// In which queue, on which channel.
    pub queue: (QueueId, ChannelId),
    /// By whom.
    pub agent: Option<AgentId>,
}

/// Whose a contact or ticket was that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// What sealing needs, and what comes of it.
#[derive(Debug)]
pub struct Sealing<'a> {
    /// What lives are judged by.
    pub terms: &'a Terms,
    /// How far the shard has come.
    pub lines: Lines,
    /// What changes in the windows.
    pub changes: &'a mut Bookings,
    /// What the counters may take.
    pub taken: &'a mut Taken,
}

/// So many bookings are gathered before they are booked.
const GATHERED_MAX: usize = 4_096;

impl Sealing<'_> {
    /// Whether so much came of it that it is to be booked.
    pub fn is_full(&self) -> bool {
        self.changes.len() >= GATHERED_MAX || self.taken.is_full()
    }
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
pub fn fate_of_forgotten(memory: Option<&Memory>, line: EventTime, terms: &Terms) -> Fate {
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

/// Up to which line what is forgotten but for whose it was is kept.
pub fn forgotten_kept_until(memory: Option<&Memory>, terms: &Terms) -> EventTime {
    memory.filter(|_| !terms.is_served_remembered).map_or(EventTime::MIN, |memory| memory.until)
}

impl Taken {
    /// Takes what is wanted, of which nothing was counted before.
    fn take(&mut self, wanted: &mut Bookings) {
        if wanted.has_withdrawals() {
            wanted.net();
        }
        self.take_net(wanted);
    }

    /// Whether there is so much that it is to be counted.
    pub fn is_full(&self) -> bool {
        self.bookings.len() >= GATHERED_MAX
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.bookings.clear();
        self.corrections = 0;
    }

    /// Takes what is wanted and not yet counted; what was counted and is wanted no more is a correction.
    fn reconcile(&mut self, wanted: &Bookings, counted: Option<&Bookings>) {
        let mut difference = wanted.clone();
        counted.into_iter().for_each(|counted| difference.withdraw(counted));
        difference.net();
        self.take_net(&difference);
    }

    fn take_net(&mut self, difference: &Bookings) {
        for (booking, times) in difference.iter().filter(|(booking, _)| !booking.measure.is_replaceable()) {
            match u64::try_from(times) {
                Ok(_) => self.bookings.add(*booking, times),
                Err(_) => self.corrections += times.unsigned_abs(),
            }
        }
    }
}
