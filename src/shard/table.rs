//! The contacts, or the tickets, of a shard: which are kept, and when they are let go.
//!
//! **Invariant.** Whether an event finds its subject over depends on event times alone: a subject is sealed up to the line before
//! it takes an event, and is let go of only when no event that is not late could still find it.

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::closed::Closed;
use crate::budget::Room;
use crate::id::{hash, hash_bytes};
use crate::measure::Anomaly;
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::{Fate, Life, Sealing, Spares, Subject, Taken};

/// Of those that are idle, one part in so many is given up at a time.
const IDLE_PART: usize = 8;

/// Contacts or tickets, by id.
#[derive(Debug)]
pub(super) struct Table<L: Life> {
    subjects: HashTable<Box<Kept<L>>>, // boxed: a table is up to half empty
    places: Room,
    spares: Spares<L>,
    refused: usize, // since there was nothing to give up
    salt: u64,      // ids of contacts and of tickets are apart
}

/// A contact or ticket with its id, which lies in it where it is of usual length.
#[derive(Debug)]
struct Kept<L: Life> {
    id: SmallVec<[u8; 40]>,
    subject: Subject<L>,
}

/// What a table needs to fold events, and what comes of it.
#[derive(Debug)]
pub(super) struct Fold<'a> {
    pub sealing: Sealing<'a>,
    pub closed: &'a mut Closed,
}

/// An event that asks for its subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    pub id: &'a str,
    pub at: EventTime,
    /// How long a subject is kept without an event, at the least.
    pub ttl: Span,
    /// A survey or review: opens nothing, and is never too late.
    pub is_feedback: bool,
    /// Of a queue that may take the last places.
    pub goes_first: bool,
}

impl<L: Life> Table<L> {
    /// An empty table, with so many places.
    pub fn new(places: Room, salt: u64) -> Self {
        Self { subjects: HashTable::new(), places, spares: Spares::default(), refused: 0, salt }
    }

    /// The subject of an event, sealed up to the line; a new one if it is unknown.
    ///
    /// # Errors
    /// Why there is none: it is over, its time is so long ago that it may have been forgotten, or the table is full.
    pub fn admit(
        &mut self,
        call: &Call<'_>,
        fold: &mut Fold<'_>,
    ) -> Result<(&mut Subject<L>, &mut Spares<L>), Anomaly> {
        let key = hash(call.id);
        let known = self.subjects.find_bucket_index(key, |kept| *kept.id == *call.id.as_bytes());
        let place = match known.filter(|place| self.stays(*place, key, call, fold)) {
            Some(place) => place,
            None => {
                let subject = Subject::new(self.open(call, key, fold)?);
                let kept = Box::new(Kept { id: call.id.as_bytes().into(), subject });
                self.subjects.insert_unique(key, kept, |kept| hash_bytes(&kept.id)).bucket_index()
            }
        };
        let kept = self.subjects.get_bucket_mut(place).expect("it was there or is new");
        Ok((&mut kept.subject, &mut self.spares))
    }

    /// Seals the subject in that place. False: it is over, and gone.
    fn stays(&mut self, place: usize, key: u64, call: &Call<'_>, fold: &mut Fold<'_>) -> bool {
        let Ok(mut entry) = self.subjects.get_bucket_entry(place) else { return false };
        let subject = &mut entry.get_mut().subject;
        if subject.may_wait(call.at, fold.sealing.lines) {
            return true;
        }
        subject.seal(&mut fold.sealing, &mut self.spares);
        let fate = subject.fate(fold.sealing.lines.sealed, fold.sealing.terms);
        if fate != Fate::Keep {
            close(fate, key ^ self.salt, subject, fold);
            entry.remove();
            self.places.keep(self.subjects.len());
        }
        fate == Fate::Keep
    }

    fn open(&mut self, call: &Call<'_>, key: u64, fold: &mut Fold<'_>) -> Result<L, Anomaly> {
        let (key, line) = (key ^ self.salt, fold.sealing.lines.sealed);
        let until = fold.closed.until(key, call.at.max(line));
        if !call.is_feedback && until.is_some() {
            return Err(Anomaly::AfterTheEnd);
        }
        // A subject of that time would be forgotten by now. The event may be new or told again, and nobody can tell.
        if !call.is_feedback && call.at < line && call.at + call.ttl < line {
            return Err(Anomaly::LateBeginning);
        }
        let has_place = self.takes_place(call) || self.makes_room(fold) && self.takes_place(call);
        if !has_place {
            self.places.refuse();
            return Err(Anomaly::TooManyOpen);
        }
        let memory = fold.closed.memory(key, call.at).filter(|_| call.is_feedback);
        Ok(L::over(until, memory, fold.sealing.terms))
    }

    fn takes_place(&mut self, call: &Call<'_>) -> bool {
        self.places.take_or_last(call.goes_first)
    }

    /// Gives up the eighth of those that are idle of which nothing was heard for longest. False: none is idle, which is looked for
    /// only so often that it costs no more than the events themselves.
    fn makes_room(&mut self, fold: &mut Fold<'_>) -> bool {
        self.refused += 1;
        if self.refused > 1 && self.refused < self.subjects.len() / IDLE_PART {
            return false;
        }
        let before = self.subjects.len();
        self.let_all_go(fold);
        let (line, terms) = (fold.sealing.lines.sealed, fold.sealing.terms);
        let mut idle: Vec<EventTime> =
            self.subjects.iter().filter_map(|kept| kept.subject.idle_since(line, terms)).collect();
        self.refused = usize::from(idle.is_empty());
        if idle.is_empty() || self.subjects.len() < before {
            return self.subjects.len() < before;
        }
        let last = idle.len() / IDLE_PART;
        let (_, last, _) = idle.select_nth_unstable(last);
        let Self { subjects, places, salt, .. } = self;
        subjects.retain(|kept| {
            let Kept { id, subject } = &mut **kept;
            let goes = subject.idle_since(line, terms).is_some_and(|since| since <= *last);
            if goes {
                let fate = subject.give_up(line, terms);
                close(fate, hash_bytes(id) ^ *salt, subject, fold);
                places.refuse();
            }
            !goes
        });
        places.keep(subjects.len());
        true
    }

    /// Seals every subject, and lets go of those that are over.
    pub fn sweep(&mut self, fold: &mut Fold<'_>) {
        self.let_all_go(fold);
        if self.places.are_scarce() {
            self.makes_room(fold); // others may need it
        }
    }

    fn let_all_go(&mut self, fold: &mut Fold<'_>) {
        let Self { subjects, places, spares, salt, .. } = self;
        subjects.retain(|kept| {
            let Kept { id, subject } = &mut **kept;
            subject.seal(&mut fold.sealing, spares);
            let fate = subject.fate(fold.sealing.lines.sealed, fold.sealing.terms);
            close(fate, hash_bytes(id) ^ *salt, subject, fold);
            fate == Fate::Keep
        });
        places.keep(subjects.len());
    }

    /// Lets the counters take what is booked before the line.
    pub fn settle(&mut self, line: EventTime, terms: &Terms, taken: &mut Taken) {
        let Self { subjects, spares, .. } = self;
        subjects.iter_mut().for_each(|kept| kept.subject.settle(line, terms, taken, spares));
    }

    /// Every subject with its id.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Subject<L>)> {
        self.subjects.iter().map(|kept| (text_of(&kept.id), &kept.subject))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.subjects.len()
    }
}

/// An id is text, of which the bytes are kept.
fn text_of(id: &[u8]) -> &str {
    std::str::from_utf8(id).expect("it was text")
}

/// Remembers what is over.
fn close<L: Life>(fate: Fate, key: u64, subject: &Subject<L>, fold: &mut Fold<'_>) {
    let Fate::Close { until } = fate else { return };
    let memory = subject.sealed_life().memory(fold.sealing.terms).filter(|_| fold.sealing.terms.is_served_remembered);
    let served_until = memory.map_or(until, |memory| memory.until);
    fold.closed.remember(key, until, memory.map(|memory| memory.served), served_until);
}
