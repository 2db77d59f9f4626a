//! Contacts: calls, chats, callbacks, served from a queue.
//!
//! **A contact is its sorted events.** What is older than `lateness` is *sealed*: folded into a life that no sorting changes any
//! more. The rest is kept as steps. In order: fold on. Out of order: take back what the unsealed steps were worth, sort, fold
//! again. A list of timestamps with "first wins" rules would be smaller, and wrong for every transfer.
//!
//! **Invariant.** `live` is `sealed` with `unsealed` folded in; what the windows hold of this contact is what the sealed steps
//! and that fold were worth, and nothing else.

mod bookings;
mod leg;
mod life;
mod step;
mod terms;

use std::borrow::Cow;

pub use bookings::Bookings;
pub use leg::{Leg, Phase};
pub use life::{Callback, Life, Stay};
pub use step::{Act, Step, Told};
pub use terms::{Terms, VOICE, WaitTerms};

use crate::limits::{EVENT_IDS_PER_CONTACT_MAX, UNSEALED_PER_CONTACT_MAX};
use crate::measure::Anomaly;
use crate::time::EventTime;

/// One contact, with what may still be sorted.
#[derive(Clone, Debug, Default)]
pub struct Contact {
    sealed: Life,
    unsealed: Vec<Step>, // sorted; none before the line that was last sealed
    live: Life,
    ids: Vec<u64>,
    counted: Bookings, // what the counters took of the unsealed steps and deadlines
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
    /// It is over since then: its key is kept, so that a stray event opens nothing.
    Close(EventTime),
    /// It left no trace, and a repeat of its events would be known as too old.
    Forget,
}

/// What the counters may take now, and how much of what they took was corrected since.
#[derive(Debug, Default)]
pub struct Taken {
    /// Bookings that are final.
    pub bookings: Bookings,
    /// Bookings that were taken and are true no more.
    pub corrections: u64,
}

impl Contact {
    /// Remembers an event's id. False: it was known.
    pub fn remember(&mut self, id: u64) -> bool {
        if self.ids.contains(&id) {
            return false;
        }
        if self.ids.len() == EVENT_IDS_PER_CONTACT_MAX {
            self.ids.remove(0);
        }
        self.ids.push(id);
        true
    }

    /// Sorts a step in that is not late, and says what changes.
    ///
    /// # Errors
    /// There are more steps than are kept; this one is refused.
    pub fn add(&mut self, step: Step, terms: &Terms, changes: &mut Bookings) -> Result<(), Anomaly> {
        if self.unsealed.len() == UNSEALED_PER_CONTACT_MAX {
            return Err(Anomaly::TooManyEvents);
        }
        if self.unsealed.last().is_none_or(|last| last.instant() < step.instant()) {
            self.live.apply(&step, terms, changes);
            self.unsealed.push(step);
        } else {
            changes.withdraw(&self.unsealed_worth(terms));
            step::insert(&mut self.unsealed, step);
            self.refold(terms, changes);
        }
        Ok(())
    }

    /// Applies a step that lies before the sealed line, and says what changes.
    pub fn add_late(&mut self, step: &Step, lines: Lines, terms: &Terms, changes: &mut Bookings, taken: &mut Taken) {
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
        let mut worth = Bookings::default();
        step::fold(&mut self.sealed, &self.unsealed[..sealable], terms, &mut worth);
        self.sealed.advance(line, terms, &mut worth);
        self.unsealed.drain(..sealable);
        if self.unsealed.is_empty() {
            self.live.advance(line, terms, changes);
        }
        self.take_sealed(worth, lines.counted.max(lines.sealed), terms, taken);
    }

    /// Lets the counters take what is booked before the line, which may lie past the sealed one where the feed is quiet.
    pub fn settle(&mut self, line: EventTime, terms: &Terms, taken: &mut Taken) {
        let is_quiet = self.unsealed.first().is_none_or(|step| step.at >= line);
        if is_quiet && self.counted.is_empty() && self.live.next_deadline(terms) >= line {
            return;
        }
        let worth = self.worth_before(line, terms);
        taken.reconcile(&worth, &self.counted);
        self.counted = worth;
    }

    /// The life as of a moment not before the sealed line, and what that changes against what is booked.
    pub fn as_of(&self, at: EventTime, terms: &Terms, changes: &mut Bookings) -> Cow<'_, Life> {
        let told = self.unsealed.partition_point(|step| step.at <= at);
        if told == self.unsealed.len() && self.live.next_deadline(terms) >= at {
            return Cow::Borrowed(&self.live);
        }
        let mut life = if told == self.unsealed.len() {
            self.live.clone()
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
        if !self.unsealed.is_empty() {
            return Fate::Keep;
        }
        match self.sealed.over_since() {
            Some(over) if over + terms.lateness < line => Fate::Close(over),
            None if self.sealed.is_forgotten(line, terms) => Fate::Forget,
            _ => Fate::Keep,
        }
    }

    /// How long it is remembered after its end.
    pub fn ttl(&self, terms: &Terms) -> crate::time::Span {
        self.sealed.ttl(terms)
    }

    fn unsealed_worth(&self, terms: &Terms) -> Bookings {
        let mut worth = Bookings::default();
        step::fold(&mut self.sealed.clone(), &self.unsealed, terms, &mut worth);
        worth
    }

    fn refold(&mut self, terms: &Terms, changes: &mut Bookings) {
        self.live = self.sealed.clone();
        step::fold(&mut self.live, &self.unsealed, terms, changes);
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
        self.live.clone().advance(line, terms, &mut worth);
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
        for (booking, times) in difference.iter() {
            match u64::try_from(times) {
                Ok(_) => self.bookings.add(*booking, times),
                Err(_) => self.corrections += times.unsigned_abs(),
            }
        }
    }
}
