//! Dead letters: records that were rejected, on their way to a topic of their own.
//!
//! **Why a ledger.** Whoever folds finds out that a record is none, a thread of its own delivers it, and the consumer thread must know
//! which were not delivered: nothing that the group is told may pass them. So letters lie here, those of each partition in the order of
//! their offsets, until the broker has them.
//!
//! **Bounds.** A letter holds at most [`VALUE_BYTES_MAX`] of the value and as much of key and headers together. While the topic cannot be
//! written to, a partition whose tray is full is not read on ([`Letters::is_full`]), and the others are.
//!
//! Letters that stick, because the topic cannot be written to in part, leave room for those that do not.
//!
//! **Invariant.** A letter leaves its tray once it is delivered, or with its partition: then whoever reads it next finds it again.

mod post;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub(super) use post::Post;

use super::header_list::{HeaderList, pack};
use super::own_topic::Unprepared;
use super::{Place, Record};
use crate::wire::Rejected;

/// A value is cut here; what a real event takes is under 1 kB.
const VALUE_BYTES_MAX: usize = 64 * 1024;
/// Headers that do not fit beside the key are left out, from the first such on.
const REST_BYTES_MAX: usize = 64 * 1024;
/// A partition with so many letters is not read on.
const TRAY_LETTERS_MAX: usize = 2_000;
/// Nor one with so many bytes of them.
const TRAY_BYTES_MAX: usize = 1 << 20;
/// Nor any that has letters, where those of all partitions take so much.
const BYTES_MAX: usize = 24 << 20;
/// What a letter takes beside its content, about.
const LETTER_BYTES: usize = 256;

/// How much of a record is in its letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Key, value and headers, as they came.
    Whole,
    /// Only where it lies and why it was rejected.
    Redacted,
}

/// Where dead letters go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSettings {
    /// The topic.
    pub topic: String,
    /// How much of a record is in its letter.
    pub content: Content,
}

/// A record that was rejected, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    place: Place,
    offset: i64,
    reason: &'static str,
    message: String,
    key: Option<Box<[u8]>>,
    value: Option<Box<[u8]>>,
    value_bytes: usize, // before it was cut
    headers: Vec<u8>,   // packed
}

/// All letters that are not delivered, shared by who writes, who delivers and who commits.
#[derive(Clone, Debug)]
pub struct Letters(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    content: Content,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    trays: BTreeMap<Place, Tray>,
    bytes: usize,
    last: Option<Place>, // whose letters were the first that were taken
    wanted: Option<i32>, // partitions of the input, to make the topic for
    prepared: Option<Result<(), Unprepared>>,
    is_over: bool,
}

impl State {
    fn is_busy_otherwise(&self) -> bool {
        self.is_over || self.wanted.is_some()
    }
}

/// The letters of a partition, in rising order of offset.
#[derive(Debug, Default)]
struct Tray {
    letters: VecDeque<Arc<Letter>>,
    bytes: usize,
}

impl Tray {
    fn is_full(&self, bytes_of_all: usize) -> bool {
        let is_full = self.letters.len() >= TRAY_LETTERS_MAX || self.bytes >= TRAY_BYTES_MAX;
        is_full || (bytes_of_all >= BYTES_MAX && !self.letters.is_empty())
    }
}

impl Letter {
    fn new(place: &Place, record: &Record<'_>, rejected: &Rejected, content: Content) -> Self {
        let mut letter = Self {
            place: place.clone(),
            offset: record.offset,
            reason: rejected.reason(),
            message: rejected.to_string(),
            key: None,
            value: None,
            value_bytes: record.payload.map_or(0, <[u8]>::len),
            headers: Vec::new(),
        };
        if content == Content::Whole {
            letter.copy(record);
        }
        letter
    }

    fn copy(&mut self, record: &Record<'_>) {
        self.key = record.key.map(|key| cut(key, REST_BYTES_MAX).into());
        self.value = record.payload.map(|value| cut(value, VALUE_BYTES_MAX).into());
        let mut room = REST_BYTES_MAX - self.key.as_deref().map_or(0, <[u8]>::len);
        record.all_headers.for_each(|name, value| {
            let bytes = name.len() + value.map_or(0, <[u8]>::len) + 2 * size_of::<u32>();
            room = room.saturating_sub(bytes);
            if room > 0 {
                pack(&mut self.headers, name, value);
            }
        });
    }

    /// The same without anything of the record, as for a topic that takes no record of its size.
    fn redacted(&self) -> Self {
        Self { key: None, value: None, headers: Vec::new(), ..self.clone() }
    }

    /// Of its record.
    #[cfg(test)]
    pub(super) fn offset(&self) -> i64 {
        self.offset
    }

    fn is_cut(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.len() < self.value_bytes)
    }

    fn headers(&self) -> HeaderList<'_> {
        HeaderList::Packed(&self.headers)
    }

    fn bytes(&self) -> usize {
        let length = |part: &Option<Box<[u8]>>| part.as_deref().map_or(0, <[u8]>::len);
        LETTER_BYTES + self.message.len() + length(&self.key) + length(&self.value) + self.headers.len()
    }
}

fn cut(bytes: &[u8], max: usize) -> &[u8] {
    &bytes[..bytes.len().min(max)]
}

impl Letters {
    /// None yet.
    pub fn new(content: Content) -> Self {
        Self(Arc::new(Shared { content, state: Mutex::default(), changed: Condvar::new() }))
    }

    /// A record was rejected. The records of a partition come in rising order of offset.
    pub fn put(&self, place: &Place, record: &Record<'_>, rejected: &Rejected) {
        let letter = Letter::new(place, record, rejected, self.0.content);
        let mut state = self.lock();
        let bytes = letter.bytes();
        state.bytes += bytes;
        let tray = match state.trays.get_mut(place) {
            Some(tray) => tray,
            None => state.trays.entry(place.clone()).or_default(),
        };
        tray.bytes += bytes;
        tray.letters.push_back(Arc::new(letter));
        drop(state);
        self.0.changed.notify_all();
    }

    /// The partition is not ours any more, or is begun anew: its letters are for who reads it next.
    pub fn close(&self, place: &Place) {
        let mut state = self.lock();
        let bytes = state.trays.remove(place).map_or(0, |tray| tray.bytes);
        state.bytes -= bytes;
    }

    /// The offset of the first letter of a partition that is not delivered.
    pub fn first(&self, place: &Place) -> Option<i64> {
        self.lock().trays.get(place)?.letters.front().map(|letter| letter.offset)
    }

    /// How many are not delivered, of all partitions.
    pub fn waiting(&self) -> usize {
        self.lock().trays.values().map(|tray| tray.letters.len()).sum()
    }

    /// Whether a partition has so many letters that it is not to be read on.
    pub(super) fn is_full(&self, place: &Place) -> bool {
        let state = self.lock();
        state.trays.get(place).is_some_and(|tray| tray.is_full(state.bytes))
    }

    /// The letters that are to be delivered next, at most so many and hardly more bytes: partitions take turns in being the first.
    pub(super) fn next(&self, max: usize, bytes_max: usize) -> Vec<Arc<Letter>> {
        let mut state = self.lock();
        let State { trays, last, .. } = &mut *state;
        let is_later = |place: &Place| last.as_ref().is_none_or(|last| place > last);
        let filled = trays.iter().filter(|(_, tray)| !tray.letters.is_empty());
        let (later, earlier): (Vec<_>, Vec<_>) = filled.partition(|(place, _)| is_later(place));
        let each = max / (later.len() + earlier.len()).max(1); // so that letters that stick leave room for others
        let letters = later.into_iter().chain(earlier).flat_map(|(_, tray)| tray.letters.iter().take(each.max(1)));
        let mut bytes = 0;
        let fits = |letter: &&Arc<Letter>| {
            let has_room = bytes < bytes_max;
            bytes += letter.bytes();
            has_room
        };
        let next: Vec<Arc<Letter>> = letters.take(max).take_while(fits).cloned().collect();
        *last = next.first().map(|letter| letter.place.clone());
        next
    }

    /// The broker has these, which [`Letters::next`] gave.
    pub(super) fn delivered(&self, letters: &[Arc<Letter>]) {
        let mut state = self.lock();
        let State { trays, bytes, .. } = &mut *state;
        // By where they lie in memory: the partition may have come anew in the meantime, with letters of its own.
        let gone: HashSet<*const Letter> = letters.iter().map(Arc::as_ptr).collect();
        let places: BTreeSet<&Place> = letters.iter().map(|letter| &letter.place).collect();
        for place in places {
            let Some(tray) = trays.get_mut(place) else { continue };
            let before = tray.bytes;
            tray.letters.retain(|letter| !gone.contains(&Arc::as_ptr(letter)));
            tray.bytes = tray.letters.iter().map(|letter| letter.bytes()).sum();
            *bytes -= before - tray.bytes;
        }
    }

    /// Waits until there is something to deliver or to prepare, or it is over.
    fn wait_for_some(&self) {
        let is_idle =
            |state: &mut State| !state.is_busy_otherwise() && state.trays.values().all(|tray| tray.letters.is_empty());
        drop(self.0.changed.wait_while(self.lock(), is_idle));
    }

    /// Waits for so long, unless there is something to prepare, or it is over.
    fn pause(&self, limit: Duration) {
        drop(self.0.changed.wait_timeout_while(self.lock(), limit, |state| !state.is_busy_otherwise()));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
