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
use crate::snapshot::{self, LastRecord, Manifest, Packed, TopicId, Unusable};

/// One record of a log.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::kafka) struct Entry<'a> {
    pub offset: i64,
    pub key: Option<&'a [u8]>,
    /// `None`: what had this key is deleted.
    pub value: Option<&'a [u8]>,
    /// Of the leader that wrote it, where the broker tells.
    pub leader_epoch: Option<i32>,
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
    /// Of the input, where the broker tells it.
    pub topic_id: Option<TopicId>,
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
        // What lies there of a topic of before says nothing of the group's commit, unless that points at it.
        let mut is_other_log = false;
        let mut unusable = |unusable: &Unusable, what: &str| {
            is_other_log |= matches!(unusable, Unusable::OtherLog { .. } | Unusable::OtherTopic { .. });
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
        self.log.read(self.topic, place.partition, Begin::Beginning, &mut |Entry { offset, key, value, .. }| {
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
        manifest.check(&place.topic, place.partition, &self.unpacker.rules)?;
        manifest.check_topic(self.topic_id)
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
            &mut |Entry { offset, key, value, .. }| {
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
            Some(last)
                if last.offset >= *next.start() && self.is_replaced(place, last, assembled.found.leader_epoch)? =>
            {
                Ok(Err(Unusable::OtherLog { offset: last.offset }))
            }
            _ => Ok(Ok(assembled.found)),
        }
    }

    /// Whether the input's log is another than the one that had this record under that epoch.
    fn is_replaced(&self, place: &Place, last: &LastRecord, epoch: Option<i32>) -> Result<bool, String> {
        let mut is_replaced = false;
        self.log.read(&place.topic, place.partition, Begin::Offset(last.offset), &mut |entry| {
            is_replaced = is_other_log(&entry, last, epoch);
            ControlFlow::Break(())
        })?;
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
        let found = Found { state, written, leader_epoch: manifest.leader_epoch };
        Ok(Assembled { found, last: manifest.last })
    }

    /// Keys of what others wrote for a place before an offset, and what is not deleted yet.
    ///
    /// # Errors
    /// The broker does not answer.
    pub fn of_others(&self, place: &Place, own_writer: &str, before: i64) -> Result<Vec<Key>, String> {
        let mut others: BTreeMap<Key, bool> = BTreeMap::new(); // whether there is anything
        self.log.read(self.topic, place.partition, Begin::Beginning, &mut |Entry { offset, key, value, .. }| {
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

/// Whether a log whose first record from that one's offset on is `entry` is another than the one that had `last` under that epoch. Where
/// no record lies at the offset, retention or compaction took it; but epochs only rise along a log.
fn is_other_log(entry: &Entry<'_>, last: &LastRecord, epoch: Option<i32>) -> bool {
    let epochs = entry.leader_epoch.zip(epoch);
    if entry.offset != last.offset {
        return epochs.is_some_and(|(theirs, ours)| theirs < ours);
    }
    epochs.is_some_and(|(theirs, ours)| theirs != ours) || snapshot::hash(entry.value.unwrap_or_default()) != last.hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_known_again_by_its_last_record_and_the_epoch_of_the_leader_that_wrote_it() {
        let last = LastRecord { offset: 7, hash: snapshot::hash(b"one") };
        let is_other = |offset, value: &[u8], theirs, ours| {
            let entry = Entry { offset, value: Some(value), leader_epoch: theirs, ..Entry::default() };
            is_other_log(&entry, &last, ours)
        };
        for (theirs, ours) in [(Some(3), Some(3)), (Some(3), None), (None, Some(3)), (None, None)] {
            assert!(!is_other(7, b"one", theirs, ours), "{theirs:?} {ours:?}");
            assert!(is_other(7, b"two", theirs, ours), "{theirs:?} {ours:?}");
            assert!(!is_other(9, b"two", theirs, ours), "it is gone, and nothing speaks against it");
        }
        assert!(is_other(7, b"one", Some(4), Some(3)), "cut off, and sent again");
        assert!(is_other(7, b"one", Some(0), Some(3)));
        assert!(is_other(9, b"two", Some(2), Some(3)), "what was written later has an epoch of before");
        assert!(!is_other(9, b"two", Some(4), Some(3)));
    }
}
