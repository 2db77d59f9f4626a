//! The contacts, or the tickets, of a shard: which are kept, and when they are let go.
//!
//! **Invariant.** Whether an event finds its subject over depends on event times alone: a subject is sealed up to the line before
//! it takes an event, and is let go of only when no event that is not late could still find it.
//!
//! **What rests** lies as bytes in [`super::resting`] until it is asked for.
//!
//! **What lies where.** With some hundred thousand subjects an event waits for memory more than for anything else. So what finds a
//! subject is small enough to stay near the processor: the index holds the numbers of places, four bytes each, and a place the hash of
//! the id, what is due, and where the subject lies. Only then one subject is looked at; and whoever has many events fetches the subjects
//! of all of them first (`fetch`), since the processor waits for many as long as for one.

use std::borrow::Cow;
use std::hint::black_box;
use std::ops::BitXor;

use hashbrown::HashTable;
use hashbrown::hash_table::OccupiedEntry;
use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;

use super::closed::Closed;
use super::resting::{Resting, Spot};
use crate::budget::Room;
use crate::id::{Short, hash, hash_bytes};
use crate::measure::Anomaly;
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::{AtRest, Bookings, Due, Fate, Life, Sealing, Spares, Subject, SubjectState, WrittenSubject};

/// Of those that are idle, one part in so many is given up at a time.
const IDLE_PART: usize = 8;

/// Contacts or tickets, by id.
#[derive(Debug)]
pub(super) struct Table<L: Life> {
    index: HashTable<u32>, // places, by the hash of the id
    places: Vec<Place<L>>,
    room: Room,
    spares: Spares<L>,
    resting: Resting,
    gone: Vec<Box<Kept<L>>>, // for those who come
    refused: usize,          // since there was nothing to give up
    salt: u64,               // ids of contacts and of tickets are apart
}

/// Where a subject lies, and when to look at it. These are half a cache line each, side by side.
#[derive(Debug)]
struct Place<L: Life> {
    key: u64, // the hash of its id
    due: Seconds,
    held: Held<L>,
}

/// How a subject is held.
#[derive(Debug)]
enum Held<L: Life> {
    /// As it is. Boxed: a list is up to half empty, and moves when it grows.
    Whole(Box<Kept<L>>),
    /// As bytes: [`Heard`], its id and [`AtRest`].
    Resting(Spot),
}

/// When something was heard of a subject that rests.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Heard {
    /// The last event that counted.
    last: EventTime,
    /// Since when it is idle, once `lateness` has passed since then.
    idle: EventTime,
}

/// A [`Due`] in seconds since 1970, rounded down: that takes half the room. Event times end with the year 2100.
#[derive(Clone, Copy, Debug)]
struct Seconds {
    at: u32,
    over: u32,
}

impl From<Due> for Seconds {
    fn from(Due { at, over }: Due) -> Self {
        let seconds = |at: EventTime| u32::try_from(at.as_millis().div_euclid(1_000).max(0)).unwrap_or(u32::MAX);
        Self { at: seconds(at), over: seconds(over) }
    }
}

/// What is written of a table: its subjects, by id.
#[derive(Debug, Deserialize)]
#[serde(bound = "")]
pub(super) struct TableState<L: Life>(Vec<(Short, SubjectState<L>)>);

/// A table as it is written, in the form of [`TableState`].
pub(super) struct Written<'a, L: Life> {
    table: &'a Table<L>,
    terms: &'a Terms,
}

/// A contact or ticket with its id, which lies in it where it is of usual length.
#[derive(Debug)]
struct Kept<L: Life> {
    id: Short,
    subject: Subject<L>,
}

/// A subject that takes an event.
#[derive(Debug)]
pub(super) struct Admitted<'a, L: Life> {
    pub subject: &'a mut Subject<L>,
    pub spares: &'a mut Spares<L>,
    due: &'a mut Seconds,
}

/// What a sweep is after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sweep {
    /// Whatever is to be sealed, and what is over.
    All,
    /// What is over: what else is due of a subject its own next event does, which has to look at it anyway.
    Over,
    /// What the counters can take ahead of what is sealed.
    Uncounted,
}

impl Sweep {
    /// Whether something that it is after may be due before a line.
    fn finds(self, due: &Seconds, line: EventTime) -> bool {
        let from = match self {
            Self::All => due.at.min(due.over),
            Self::Over => due.over,
            Self::Uncounted => due.at,
        };
        i64::from(from) * 1_000 < line.as_millis()
    }
}

impl<L: Life> Held<L> {
    fn whole(&self) -> Option<&Kept<L>> {
        match self {
            Self::Whole(kept) => Some(kept),
            Self::Resting(_) => None,
        }
    }
}

impl<L: Life> Serialize for Written<'_, L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { table, terms } = self;
        serializer.collect_seq(table.places.iter().map(|place| -> (Cow<'_, Short>, WrittenSubject<'_, L>) {
            match &place.held {
                Held::Whole(kept) => (Cow::Borrowed(&kept.id), kept.subject.written(terms)),
                Held::Resting(spot) => {
                    let (id, subject) = table.at_rest(*spot);
                    (Cow::Owned(id), subject.written())
                }
            }
        }))
    }
}

impl<L: Life> Admitted<'_, L> {
    /// It has taken the event, after which this is due. One that rests is looked at by the next sweep, which puts it down.
    pub fn done(self, due: Due) {
        let over = if self.subject.at_rest().is_some() { EventTime::MIN } else { due.over };
        *self.due = Due { over, ..due }.into();
    }
}

/// Events that are usually fetched for at a time.
const FETCHED_USUAL: usize = 64;

/// So many boxes are kept for what comes next, beside one for each subject that is there, since after a sweep all are free at once; of
/// subjects one for every eighth.
const SPARES_MIN: usize = 1_024;

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
    pub fn new(room: Room, salt: u64) -> Self {
        let (index, places, gone) = (HashTable::new(), Vec::new(), Vec::new());
        Self { index, places, room, spares: Spares::default(), resting: Resting::default(), gone, refused: 0, salt }
    }

    /// Takes subjects over that were written, as if they had come here; what is promised of them is looked up anew, and what changes by
    /// that is said.
    pub fn restore(&mut self, TableState(subjects): TableState<L>, terms: &Terms, changes: &mut Bookings) {
        self.room.take_again(subjects.len());
        for (id, subject) in subjects {
            let subject = subject.restore(terms, changes);
            let due = subject.due(terms, &mut self.spares);
            let place = self.insert(hash_bytes(&id), &id, subject);
            self.places[place].due = due.into();
            self.lay_to_rest(place, terms);
        }
    }

    /// It as it is written, under the terms that it was folded under.
    pub fn written<'a>(&'a self, terms: &'a Terms) -> Written<'a, L> {
        Written { table: self, terms }
    }

    /// The subject of an event, sealed up to the line; a new one if it is unknown.
    ///
    /// # Errors
    /// Why there is none: it is over, its time is so long ago that it may have been forgotten, or the table is full.
    pub fn admit(&mut self, call: &Call<'_>, fold: &mut Fold<'_>) -> Result<Admitted<'_, L>, Anomaly> {
        let key = hash(call.id);
        let known = self.find(key, call.id.as_bytes());
        let place = match known.filter(|place| self.stays(*place, fold)) {
            Some(place) => place,
            None => {
                let life = self.open(call, key, fold)?;
                self.insert(key, call.id.as_bytes(), Subject::new(life))
            }
        };
        let (kept, due, spares) = self.waken(place);
        Ok(Admitted { subject: &mut kept.subject, spares, due })
    }

    /// Fetches what events of these ids will look at, of all of them at once, and shows those that are known. Changes nothing.
    pub fn fetch<'a>(&self, ids: impl Iterator<Item = &'a str>, mut found: impl FnMut(&Subject<L>)) {
        let keys: SmallVec<[u64; FETCHED_USUAL]> = ids.map(hash).collect();
        // A place that it may be, nearly always the right one: whether it is says the place, which is not here yet.
        let may_be = |key: &u64| self.index.find(*key, |_| true).copied();
        let maybe: SmallVec<[Option<u32>; FETCHED_USUAL]> = keys.iter().map(may_be).collect();
        let is_it = |place: &u32, key: u64| self.places[*place as usize].key == key;
        let place = |(key, maybe): (&u64, &Option<u32>)| {
            maybe
                .filter(|place| is_it(place, *key))
                .or_else(|| self.index.find(*key, |place| is_it(place, *key)).copied())
        };
        let places: SmallVec<[u32; FETCHED_USUAL]> = keys.iter().zip(&maybe).filter_map(place).collect();
        let held = places.iter().map(|place| &self.places[*place as usize].held);
        let known: SmallVec<[&Kept<L>; FETCHED_USUAL]> = held.filter_map(Held::whole).collect();
        let new = keys.len() - known.len(); // or to be woken, which takes a box as well
        let gone = self.gone.iter().rev().take(new).map(|kept| &**kept);
        self.fetch_subjects(known.iter().copied().chain(gone));
        known.iter().for_each(|kept| found(&kept.subject));
        self.spares.touch(new + known.iter().filter(|kept| kept.subject.is_sealed()).count());
    }

    /// Reads a little of each, so that the processor waits for all of them at once. It waits for one after the other where it has to
    /// know what it read before it can go on; so each step reads only what was found by the steps before.
    fn fetch_subjects<'a>(&self, subjects: impl Iterator<Item = &'a Kept<L>> + Clone)
    where
        L: 'a,
    {
        let id =
            |kept: &Kept<L>| kept.id.first().zip(kept.id.last()).map_or(0, |(first, last)| usize::from(first ^ last));
        black_box(subjects.clone().map(|kept| id(kept) ^ kept.subject.touch()).fold(0, BitXor::bitxor));
        black_box(subjects.map(|kept| kept.subject.touch_open()).fold(0, BitXor::bitxor));
    }

    /// Fetches the next subjects from that place on of which something is due, and what finds them. Gives the place behind them.
    fn fetch_due(&self, from: usize, line: EventTime, sweep: Sweep) -> usize {
        let mut places = SmallVec::<[usize; FETCHED_USUAL]>::new();
        let mut next = from;
        while let Some(place) = self.next_due(next, line, sweep).filter(|_| places.len() < FETCHED_USUAL) {
            places.push(place);
            next = place + 1;
        }
        self.fetch_subjects(places.iter().filter_map(|place| self.places[*place].held.whole()));
        if sweep == Sweep::Over {
            let last = self.places.iter().rev().take(places.len()); // which take the places of those who go
            let finds = |key| self.index.find(key, |_| false).is_some();
            let all = places.iter().map(|place| &self.places[*place]).chain(last);
            black_box(all.filter(|place| finds(place.key)).count());
        }
        next
    }

    fn find(&self, key: u64, id: &[u8]) -> Option<usize> {
        let is_it = |place: &u32| {
            let place = &self.places[*place as usize];
            place.key == key && *self.id(&place.held) == *id
        };
        self.index.find(key, is_it).map(|place| *place as usize)
    }

    fn id<'a>(&'a self, held: &'a Held<L>) -> &'a [u8] {
        match held {
            Held::Whole(kept) => &kept.id,
            Held::Resting(spot) => self.begins_with::<(Heard, &[u8])>(*spot).1,
        }
    }

    fn idle_since(&self, place: &Place<L>, line: EventTime, terms: &Terms) -> Option<EventTime> {
        match &place.held {
            Held::Whole(kept) => kept.subject.idle_since(line, terms),
            Held::Resting(spot) => {
                let Heard { last, idle } = self.begins_with(*spot);
                (last + terms.lateness < line).then_some(idle)
            }
        }
    }

    fn at_rest(&self, spot: Spot) -> (Short, AtRest<L>) {
        let (_, id, subject) = self.begins_with::<(Heard, Short, AtRest<L>)>(spot);
        (id, subject)
    }

    fn begins_with<'a, T: Deserialize<'a>>(&'a self, spot: Spot) -> T {
        postcard::take_from_bytes(self.resting.bytes(spot)).expect("it was put there").0
    }

    /// The subject in that place as it is at work. Where nothing comes of that, the next sweep puts it down again.
    fn waken(&mut self, place: usize) -> (&mut Kept<L>, &mut Seconds, &mut Spares<L>) {
        if let Held::Resting(spot) = self.places[place].held {
            let (id, subject) = self.at_rest(spot);
            self.resting.free(spot);
            let held = Held::Whole(self.boxed(Kept { id, subject: subject.into() }));
            let place = &mut self.places[place];
            (place.held, place.due.over) = (held, Seconds::from(Due::NOW).over);
        }
        let Place { held, due, .. } = &mut self.places[place];
        let Held::Whole(kept) = held else { unreachable!("it was woken") };
        (kept, due, &mut self.spares)
    }

    /// Puts the subject in that place down as bytes, if it rests.
    fn lay_to_rest(&mut self, place: usize, terms: &Terms) {
        let Place { held, .. } = &mut self.places[place];
        let Held::Whole(kept) = &*held else { return };
        let Kept { id, subject } = &**kept;
        let (last, idle) = (subject.sealed_life().last_event(), subject.idle_since(EventTime::MAX, terms));
        let heard = last.zip(idle).map(|(last, idle)| Heard { last, idle });
        let spot = heard.zip(subject.at_rest()).and_then(|(heard, subject)| self.resting.put(&(heard, id, subject)));
        if let Some(spot) = spot
            && let Held::Whole(kept) = std::mem::replace(held, Held::Resting(spot))
        {
            self.gone.push(kept);
        }
    }

    fn boxed(&mut self, new: Kept<L>) -> Box<Kept<L>> {
        match self.gone.pop() {
            Some(mut kept) => {
                *kept = new;
                kept
            }
            None => Box::new(new),
        }
    }

    fn insert(&mut self, key: u64, id: &[u8], subject: Subject<L>) -> usize {
        let held = Held::Whole(self.boxed(Kept { id: id.into(), subject }));
        let place = self.places.len();
        self.places.push(Place { key, due: Due::NOW.into(), held });
        let places = &self.places;
        let number = u32::try_from(place).expect("limits are far below 2^32");
        self.index.insert_unique(key, number, |place| places[*place as usize].key);
        place
    }

    /// Takes out the subject in a place, which the last one takes.
    fn remove(&mut self, place: usize) {
        let Place { key, held, .. } = self.places.swap_remove(place);
        match held {
            Held::Whole(kept) => self.gone.push(kept),
            Held::Resting(spot) => self.resting.free(spot),
        }
        let entry = self.index.find_entry(key, |own| *own as usize == place);
        entry.map(OccupiedEntry::remove).unwrap_or_else(|_| unreachable!("each place is taken"));
        let was = self.places.len();
        if let Some(moved) = self.places.get(place) {
            let own = self.index.find_mut(moved.key, |own| *own as usize == was).expect("each place is taken");
            *own = u32::try_from(place).expect("limits are far below 2^32");
        }
        self.room.keep(self.places.len());
    }

    /// Seals the subject in that place. False: it is over, and gone.
    fn stays(&mut self, place: usize, fold: &mut Fold<'_>) -> bool {
        let key = self.places[place].key ^ self.salt;
        let (Kept { subject, .. }, _, spares) = self.waken(place);
        subject.seal(&mut fold.sealing, spares);
        let fate = subject.fate(fold.sealing.lines.sealed, fold.sealing.terms);
        if fate != Fate::Keep {
            close(fate, key, subject, fold);
            self.remove(place);
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
            self.room.refuse();
            return Err(Anomaly::TooManyOpen);
        }
        let memory = fold.closed.memory(key, call.at).filter(|_| call.is_feedback);
        Ok(L::over(until, memory, fold.sealing.terms))
    }

    fn takes_place(&mut self, call: &Call<'_>) -> bool {
        self.room.take_or_last(call.goes_first)
    }

    /// Gives up the eighth of those that are idle of which nothing was heard for longest. False: none is idle, which is looked for
    /// only so often that it costs no more than the events themselves.
    fn makes_room(&mut self, fold: &mut Fold<'_>) -> bool {
        self.refused += 1;
        if self.refused > 1 && self.refused < self.places.len() / IDLE_PART {
            return false;
        }
        let before = self.places.len();
        self.let_go(Sweep::All, 0, fold, |_| false);
        let (line, terms) = (fold.sealing.lines.sealed, fold.sealing.terms);
        let mut idle: Vec<EventTime> =
            self.places.iter().filter_map(|place| self.idle_since(place, line, terms)).collect();
        self.refused = usize::from(idle.is_empty());
        if idle.is_empty() || self.places.len() < before {
            return self.places.len() < before;
        }
        let last = idle.len() / IDLE_PART;
        let (_, last, _) = idle.select_nth_unstable(last);
        let mut place = 0;
        while let Some(found) = self.places.get(place) {
            if self.idle_since(found, line, terms).is_some_and(|since| since <= *last) {
                let key = found.key ^ self.salt;
                let (Kept { subject, .. }, ..) = self.waken(place);
                let fate = subject.give_up(line, terms);
                close(fate, key, subject, fold);
                self.room.refuse();
                self.remove(place);
            } else {
                place += 1;
            }
        }
        true
    }

    /// Seals subjects from that place on, and lets go of those that are over. Gives the place to go on from, where so much is to be
    /// booked that this is done first.
    pub fn sweep(&mut self, sweep: Sweep, from: usize, fold: &mut Fold<'_>) -> Option<usize> {
        let next = self.let_go(sweep, from, fold, |sealing| sealing.is_full());
        self.gone.truncate(self.places.len() / 8 + SPARES_MIN);
        self.spares.truncate(self.places.len(), SPARES_MIN);
        if next.is_none() && self.room.are_scarce() {
            self.makes_room(fold); // others may need it
        }
        next
    }

    fn let_go(
        &mut self,
        sweep: Sweep,
        from: usize,
        fold: &mut Fold<'_>,
        rests: fn(&Sealing<'_>) -> bool,
    ) -> Option<usize> {
        let (line, terms) = (fold.sealing.lines.sealed, fold.sealing.terms);
        let (mut place, mut fetched) = (from, from);
        while let Some(due) = self.next_due(place, line, sweep) {
            if rests(&fold.sealing) {
                return Some(due);
            }
            if due >= fetched {
                fetched = self.fetch_due(due, line, sweep);
            }
            place = due;
            let key = self.places[place].key ^ self.salt;
            let (Kept { subject, .. }, due, spares) = self.waken(place);
            subject.seal(&mut fold.sealing, spares);
            match subject.fate(line, terms) {
                Fate::Keep => {
                    *due = subject.due(terms, spares).into();
                    self.lay_to_rest(place, terms);
                    place += 1;
                }
                fate => {
                    close(fate, key, subject, fold);
                    self.remove(place);
                }
            }
        }
        None
    }

    /// The first place from this one on at which something is due before a line.
    fn next_due(&self, place: usize, line: EventTime, sweep: Sweep) -> Option<usize> {
        self.places[place..].iter().position(|place| sweep.finds(&place.due, line)).map(|further| place + further)
    }

    /// Lets the counters take what is booked before the line, from that place on. Gives the place to go on from, likewise.
    pub fn settle(&mut self, from: usize, line: EventTime, fold: &mut Fold<'_>) -> Option<usize> {
        let Sealing { terms, taken, .. } = &mut fold.sealing;
        let (mut place, mut fetched) = (from, from);
        while let Some(place_due) = self.next_due(place, line, Sweep::Uncounted) {
            if taken.is_full() {
                return Some(place_due);
            }
            if place_due >= fetched {
                fetched = self.fetch_due(place_due, line, Sweep::Uncounted);
            }
            let (Kept { subject, .. }, due, spares) = self.waken(place_due);
            *due = subject.settle(line, terms, taken, spares).into();
            place = place_due + 1;
        }
        None
    }

    /// The subject of an id.
    pub fn get(&self, id: &str) -> Option<Cow<'_, Subject<L>>> {
        let place = self.find(hash(id), id.as_bytes())?;
        Some(match &self.places[place].held {
            Held::Whole(kept) => Cow::Borrowed(&kept.subject),
            Held::Resting(spot) => Cow::Owned(self.at_rest(*spot).1.into()),
        })
    }

    /// Shows every subject with its id, but for those that rest and of which nothing is due before this moment: of them nothing is so now.
    /// They are fetched ahead, since whoever goes through all of them would wait for each.
    pub fn look(&self, at: EventTime, mut show: impl FnMut(&str, &Subject<L>)) {
        for places in self.places.chunks(FETCHED_USUAL) {
            let subjects = || places.iter().filter_map(|place| Some(&place.held.whole()?.subject));
            black_box(subjects().map(Subject::touch_life).fold(0, BitXor::bitxor));
            black_box(subjects().map(Subject::touch_open).fold(0, BitXor::bitxor));
            for Place { due, held, .. } in places {
                match held {
                    Held::Whole(kept) => show(text_of(&kept.id), &kept.subject),
                    Held::Resting(spot) if Sweep::All.finds(due, at) => {
                        let (id, subject) = self.at_rest(*spot);
                        show(text_of(&id), &subject.into());
                    }
                    Held::Resting(_) => {}
                }
            }
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.places.len()
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

#[cfg(test)]
mod tests;
