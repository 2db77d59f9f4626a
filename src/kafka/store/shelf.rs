//! What lies in the store: how a snapshot is put there, and how the one is found that a partition can go on from.
//!
//! **Why what is found is never just taken.** A pointer may be of another writer's time, a chunk may be gone, a broker may have lost its
//! disk. So everything is hashed, and what does not fit is passed over for the newest that does: newest by the offset of the input, not
//! by its place in the topic, where a writer that was paused may come last.
//!
//! **Invariant.** What is found was written whole, under these rules, in this form and fold, from this log, and is the state at an offset
//! that was asked for.

use std::collections::{BTreeMap, HashMap};
use std::ops::{ControlFlow, RangeInclusive};

use tracing::warn;

use super::key::{Key, Part, Set};
use super::{Found, Pointer, Search, Unpacker, Written};
use crate::kafka::Place;
use crate::snapshot::{self, LastRecord, Manifest, Packed, Unusable};

/// One record of a log.
#[derive(Clone, Copy, Debug)]
pub(in crate::kafka) struct Entry<'a> {
    pub offset: i64,
    pub key: Option<&'a [u8]>,
    /// `None`: what had this key is deleted.
    pub value: Option<&'a [u8]>,
}

/// Where to read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kafka) enum Begin {
    Beginning,
    Offset(i64),
}

/// Shows what is looked at, until it says that it has seen enough.
pub(in crate::kafka) type Show<'a> = dyn FnMut(Entry<'_>) -> ControlFlow<()> + 'a;

/// Logs that can be read.
pub(in crate::kafka) trait Reads {
    /// Shows the records of a partition from there on, until one breaks it off or there are no more. From an offset that the log has
    /// not it shows none.
    ///
    /// # Errors
    /// The broker does not answer.
    fn read(&self, topic: &str, partition: i32, from: Begin, show: &mut Show<'_>) -> Result<(), String>;
}

/// The store, to be written to.
pub(in crate::kafka) trait Appends {
    /// Writes records to a partition, and returns when they are there; `None` deletes what has that key. Gives their offsets.
    ///
    /// # Errors
    /// Why one was not written; others may have been.
    fn append(
        &self,
        partition: i32,
        records: &mut dyn Iterator<Item = (Key, Option<&[u8]>)>,
    ) -> Result<Vec<i64>, String>;
}

/// Writes a snapshot: the chunks and, once they are there, the manifest.
///
/// # Errors
/// Why it is not there.
pub(in crate::kafka) fn write_set(store: &impl Appends, set: &Set, packed: &Packed) -> Result<Written, String> {
    let Place { topic, partition } = &set.place;
    let chunks = packed.chunks.iter().enumerate();
    let mut chunks = chunks.map(|(number, chunk)| (set.key(Part::Chunk(number)), Some(&chunk[..])));
    let offsets = store.append(*partition, &mut chunks)?;
    let first = *offsets.first().ok_or("a state without a byte")?;
    let manifest = packed.manifest(topic, *partition, first).to_record();
    let offsets = store.append(*partition, &mut [(set.key(Part::Manifest), Some(&manifest[..]))].into_iter())?;
    let manifest = *offsets.first().ok_or("no answer")?;
    Ok(Written { pointer: Pointer { first, manifest }, next: packed.next, bytes: packed.packed_bytes() })
}

/// The store and the input, to look for a snapshot.
pub(in crate::kafka) struct Shelf<'a, T> {
    pub log: &'a dyn Reads,
    /// Of snapshots.
    pub topic: &'a str,
    pub unpacker: &'a Unpacker<T>,
}

/// The same before it is known whether the log is still the one that it was folded from.
struct Assembled<T> {
    found: Found<T>,
    last: Option<LastRecord>,
}

impl<T> Shelf<'_, T> {
    /// The state at the pointer or, where that cannot be used, the newest that can. `next`: which offsets it may go on from.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn find(
        &self,
        place: &Place,
        pointer: Option<Pointer>,
        next: &RangeInclusive<i64>,
    ) -> Result<Search<T>, String> {
        let mut is_other_log = false;
        let mut unusable = |unusable: &Unusable, what: &str| {
            is_other_log |= matches!(unusable, Unusable::OtherLog { .. });
            warn!(%place, %unusable, "{what}");
        };
        if let Some(pointer) = pointer {
            match self.load(place, pointer, next)? {
                Ok(found) => return Ok(Search::Found(found)),
                Err(why) => unusable(&why, "the last snapshot cannot be used; looking for an older one"),
            }
        }
        for pointer in self.candidates(place, next)? {
            match self.load(place, pointer, next)? {
                Ok(found) => return Ok(Search::Found(found)),
                Err(why) => unusable(&why, "an older snapshot cannot be used"),
            }
        }
        Ok(if is_other_log { Search::OtherLog } else { Search::Nothing })
    }

    /// Where the manifests lie that could be used, of the newest state first.
    fn candidates(&self, place: &Place, next: &RangeInclusive<i64>) -> Result<Vec<Pointer>, String> {
        let mut found = BTreeMap::new();
        self.log.read(self.topic, place.partition, Begin::Beginning, &mut |Entry { offset, key, value }| {
            if let (Some(Key { set, part: Part::Manifest }), Some(value)) = (Key::of(key), value)
                && set.place == *place
                && let Ok(manifest) = Manifest::from_record(value)
                && next.contains(&manifest.next)
                && self.check(&manifest, place).is_ok()
            {
                found.insert((manifest.next, offset), Pointer { first: manifest.first, manifest: offset });
            }
            ControlFlow::Continue(())
        })?;
        Ok(found.into_values().rev().collect())
    }

    fn check(&self, manifest: &Manifest, place: &Place) -> Result<(), Unusable> {
        manifest.check(&place.topic, place.partition, &self.unpacker.rules)
    }

    /// Reads the snapshot at a pointer. The outer error: the broker does not answer; the inner: there is none that can be used.
    fn load(
        &self,
        place: &Place,
        pointer: Pointer,
        next: &RangeInclusive<i64>,
    ) -> Result<Result<Found<T>, Unusable>, String> {
        let mut chunks: HashMap<Key, Vec<u8>> = HashMap::new();
        let mut manifest = None;
        self.log.read(
            self.topic,
            place.partition,
            Begin::Offset(pointer.first),
            &mut |Entry { offset, key, value }| {
                if let (Some(key), Some(value), true) = (Key::of(key), value, offset <= pointer.manifest)
                    && key.set.place == *place
                {
                    match key.part {
                        Part::Chunk(_) => drop(chunks.insert(key, value.to_vec())),
                        Part::Manifest if offset == pointer.manifest => manifest = Some((key.set, value.to_vec())),
                        Part::Manifest => {}
                    }
                }
                if offset >= pointer.manifest { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            },
        )?;
        let assembled = match self.assemble(place, pointer, next, manifest, chunks) {
            Ok(assembled) => assembled,
            Err(unusable) => return Ok(Err(unusable)),
        };
        match &assembled.last {
            // What was made anew begins at 0, so that it has a record there, or ends before it.
            Some(last) if last.offset >= *next.start() && self.is_replaced(place, last)? => {
                Ok(Err(Unusable::OtherLog { offset: last.offset }))
            }
            _ => Ok(Ok(assembled.found)),
        }
    }

    /// Whether another record lies at the offset of this one in the input's log. Where none does, retention or compaction took it, and
    /// nothing can be told.
    fn is_replaced(&self, place: &Place, last: &LastRecord) -> Result<bool, String> {
        let mut is_replaced = false;
        self.log.read(
            &place.topic,
            place.partition,
            Begin::Offset(last.offset),
            &mut |Entry { offset, value, .. }| {
                let lies_there = offset == last.offset;
                is_replaced = lies_there && snapshot::hash(value.unwrap_or_default()) != last.hash;
                ControlFlow::Break(())
            },
        )?;
        Ok(is_replaced)
    }

    fn assemble(
        &self,
        place: &Place,
        pointer: Pointer,
        next: &RangeInclusive<i64>,
        manifest: Option<(Set, Vec<u8>)>,
        mut chunks: HashMap<Key, Vec<u8>>,
    ) -> Result<Assembled<T>, Unusable> {
        let (set, record) = manifest.ok_or(Unusable::Manifest)?;
        let manifest = Manifest::from_record(&record)?;
        self.check(&manifest, place)?;
        if !next.contains(&manifest.next) {
            return Err(Unusable::Offset { next: manifest.next, from: *next.start(), to: *next.end() });
        }
        let numbers = 0..manifest.chunks.len();
        let chunks: Vec<_> = numbers.map(|number| chunks.remove(&set.key(Part::Chunk(number)))).collect();
        let bytes = record.len() + chunks.iter().flatten().map(Vec::len).sum::<usize>();
        let state = manifest.unpack(&chunks)?;
        drop(chunks);
        let state = (self.unpacker.read)(&state).map_err(Unusable::State)?;
        let written = Written { pointer, next: manifest.next, bytes: bytes as u64 };
        Ok(Assembled { found: Found { state, written }, last: manifest.last })
    }

    /// Keys of what others wrote for a place before an offset, and what is not deleted yet.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn of_others(&self, place: &Place, own_writer: &str, before: i64) -> Result<Vec<Key>, String> {
        let mut others: BTreeMap<Key, bool> = BTreeMap::new(); // whether there is anything
        self.log.read(self.topic, place.partition, Begin::Beginning, &mut |Entry { offset, key, value }| {
            if let Some(key) = Key::of(key)
                && key.set.place == *place
                && key.set.writer != own_writer
            {
                others.insert(key, value.is_some() && offset < before);
            }
            ControlFlow::Continue(())
        })?;
        Ok(others.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| key).collect())
    }
}
