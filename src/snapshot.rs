//! Snapshots: the state of a partition, packed into pieces that fit into records of Kafka, and the manifest that makes them one.
//!
//! **Why a manifest.** A writer may die between any two records. A snapshot is there once its manifest is, which is written last, when
//! the broker has all pieces; it tells how many these are and what each hashes to. So of a snapshot there is all or nothing, and a bit
//! that was turned anywhere makes it none.
//!
//! **Words.** *Chunk*: a piece of the packed state, at most [`CHUNK_BYTES_MAX`] long. *Next*: the first offset of the input that is not
//! in the state. *Writer*: one ownership of a partition by one process. *Slot*: a writer writes its snapshots under two sets of keys
//! in turn, so that the last one stays whole while the next is being written.
//!
//! **Invariant.** What is unpacked is what was packed, byte by byte, or an error.

use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

mod origin;

pub use origin::{Origin, TopicId};

/// The form of the bytes. It is another one whenever a type of the state changes; `tests/it/snapshot_form.rs` tells when that is so.
pub const FORMAT: u32 = 3;
/// What the fold makes of events. It is another one whenever the same events are folded into a state that means something else.
pub const FOLD: u32 = 1;

/// Bytes of a chunk, at the most: Kafka's own limit for a batch is 1 MiB by default.
pub const CHUNK_BYTES_MAX: usize = 900_000;

/// The fastest: packing holds the partition.
const ZSTD_LEVEL: i32 = 1;

/// A state that is packed, and what is to be known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The first offset that is not in the state.
    pub next: i64,
    /// The rules it was folded under: [`crate::rules::Rules::meaning`].
    pub rules: String,
    /// The last record that is in the state.
    pub last: Option<LastRecord>,
    /// The log that it was folded from. Whoever reads the log knows, and says so before it is written.
    pub origin: Origin,
    /// Bytes of the state before they were packed.
    pub bytes: u64,
    /// The pieces.
    pub chunks: Vec<Vec<u8>>,
}

/// The last record that is in a state: by it is known whether a log is still the one that the state was folded from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastRecord {
    /// Its offset.
    pub offset: i64,
    /// What its value hashes to: [`hash`].
    pub hash: String,
}

/// What makes the pieces one snapshot. Written as JSON, so that everybody can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// [`FOLD`] of the writer.
    pub fold: u32,
    /// The topic whose partition it is the state of.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The first offset that is not in the state.
    pub next: i64,
    /// The rules it was folded under: [`crate::rules::Rules::meaning`].
    pub rules: String,
    /// The last record that is in the state.
    pub last: Option<LastRecord>,
    /// The id of the topic, where a broker told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<TopicId>,
    /// The epoch of the leader that wrote the last record, where a broker told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leader_epoch: Option<i32>,
    /// Bytes of the state before they were packed.
    pub bytes: u64,
    /// Where the first chunk lies in the partition of snapshots.
    pub first: i64,
    /// What its chunks hash to, in order.
    pub chunks: Vec<String>,
}

/// Why records are no snapshot that can be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// A record is no manifest, or was changed.
    #[error("its manifest is damaged")]
    Manifest,
    /// Written by another version.
    #[error("it has format {format} and fold {fold}; this version reads format {FORMAT} and fold {FOLD}")]
    Version {
        /// Its form.
        format: u32,
        /// Its fold.
        fold: u32,
    },
    /// Folded under other rules.
    #[error("it was folded under other rules ({theirs}, not {ours})")]
    Rules {
        /// The rules it was folded under.
        theirs: String,
        /// Those of this process.
        ours: String,
    },
    /// Of another partition.
    #[error("it is of {topic}/{partition}")]
    Place {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
    },
    /// Of a moment that was not asked for.
    #[error("it is the state at offset {next}, and one from {from} to {to} is needed")]
    Offset {
        /// Its offset.
        next: i64,
        /// The first that would do.
        from: i64,
        /// The last.
        to: i64,
    },
    /// Of a topic that had the same name.
    #[error("it was folded from the topic with the id {theirs}, and the input has the id {ours}: it was made anew")]
    OtherTopic {
        /// The topic that it was folded from.
        theirs: TopicId,
        /// The input.
        ours: TopicId,
    },
    /// The log is not the one that it was folded from.
    #[error(
        "the record at offset {offset} of the input is not the one that it was folded from: the topic was made anew or truncated"
    )]
    OtherLog {
        /// Of the last record that is in the state.
        offset: i64,
    },
    /// A chunk is not there.
    #[error("chunk {0} is missing")]
    Missing(usize),
    /// A chunk is not what was written.
    #[error("chunk {0} is damaged")]
    Chunk(usize),
    /// The chunks are what was written, and yet no state.
    #[error("its state cannot be read: {0}")]
    State(String),
}

impl Packed {
    /// Packs what `write` writes, best in large pieces: each call of the packer costs more than a few bytes.
    ///
    /// # Errors
    /// Those of `write`.
    pub fn pack(
        next: i64,
        rules: String,
        last: Option<LastRecord>,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<Self> {
        let mut counting = Counting { inner: zstd::Encoder::new(Chunks::default(), ZSTD_LEVEL)?, bytes: 0 };
        write(&mut counting)?;
        let Counting { inner, bytes } = counting;
        Ok(Self { next, rules, last, origin: Origin::default(), bytes, chunks: inner.finish()?.0 })
    }

    /// Bytes of all chunks.
    pub fn packed_bytes(&self) -> u64 {
        self.chunks.iter().map(|chunk| chunk.len() as u64).sum()
    }

    /// The manifest of these chunks, of which the first lies at `first`.
    pub fn manifest(&self, topic: &str, partition: i32, first: i64) -> Manifest {
        Manifest {
            format: FORMAT,
            fold: FOLD,
            topic: topic.to_owned(),
            partition,
            next: self.next,
            rules: self.rules.clone(),
            last: self.last.clone(),
            topic_id: self.origin.topic_id,
            leader_epoch: self.origin.leader_epoch,
            bytes: self.bytes,
            first,
            chunks: self.chunks.iter().map(|chunk| hash(chunk)).collect(),
        }
    }
}

impl Manifest {
    /// The manifest as a record: the hash of the JSON, and the JSON.
    pub fn to_record(&self) -> Vec<u8> {
        let json = serde_json::to_string(self).expect("numbers and texts");
        format!("{} {json}", hash(json.as_bytes())).into_bytes()
    }

    /// The manifest that a record holds.
    ///
    /// # Errors
    /// The record was changed, or is no manifest.
    pub fn from_record(record: &[u8]) -> Result<Self, Unusable> {
        let text = std::str::from_utf8(record).map_err(|_| Unusable::Manifest)?;
        let (told, json) = text.split_once(' ').ok_or(Unusable::Manifest)?;
        if told != hash(json.as_bytes()) {
            return Err(Unusable::Manifest);
        }
        serde_json::from_str(json).map_err(|_| Unusable::Manifest)
    }

    /// Whether its state can be read by this version, under these rules, as the state of this partition.
    ///
    /// # Errors
    /// Why not.
    pub fn check(&self, topic: &str, partition: i32, rules: &str) -> Result<(), Unusable> {
        let Self { format, fold, .. } = *self;
        if (format, fold) != (FORMAT, FOLD) {
            return Err(Unusable::Version { format, fold });
        }
        if self.rules != rules {
            return Err(Unusable::Rules { theirs: self.rules.clone(), ours: rules.to_owned() });
        }
        if (&*self.topic, self.partition) != (topic, partition) {
            return Err(Unusable::Place { topic: self.topic.clone(), partition: self.partition });
        }
        Ok(())
    }

    /// Whether it is of the topic with this id; of one that is not known it may be.
    ///
    /// # Errors
    /// It is not.
    pub fn check_topic(&self, id: Option<TopicId>) -> Result<(), Unusable> {
        match self.topic_id.zip(id) {
            Some((theirs, ours)) if theirs != ours => Err(Unusable::OtherTopic { theirs, ours }),
            _ => Ok(()),
        }
    }

    /// The state that the chunks hold; `None` stands for one that is not there.
    ///
    /// # Errors
    /// A chunk is missing or was changed.
    pub fn unpack(&self, chunks: &[Option<Vec<u8>>]) -> Result<Vec<u8>, Unusable> {
        let mut packed = Vec::new();
        for (number, told) in self.chunks.iter().enumerate() {
            let chunk = chunks.get(number).and_then(Option::as_ref).ok_or(Unusable::Missing(number))?;
            if hash(chunk) != *told {
                return Err(Unusable::Chunk(number));
            }
            packed.extend_from_slice(chunk);
        }
        let unreadable = |error: io::Error| Unusable::State(error.to_string());
        let mut state = Vec::new();
        let unpacked = zstd::Decoder::new(&packed[..]).map_err(unreadable)?;
        unpacked.take(self.bytes.saturating_add(1)).read_to_end(&mut state).map_err(unreadable)?;
        if state.len() as u64 != self.bytes {
            return Err(Unusable::State(format!("it has not the {} bytes that its manifest tells", self.bytes)));
        }
        Ok(state)
    }
}

/// What bytes hash to, in hex.
pub fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// Bytes, cut into pieces as they come.
#[derive(Debug, Default)]
struct Chunks(Vec<Vec<u8>>);

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.last().is_none_or(|last| last.len() == CHUNK_BYTES_MAX) {
            self.0.push(Vec::new());
        }
        let last = self.0.last_mut().expect("there is one by now");
        let taken = bytes.len().min(CHUNK_BYTES_MAX - last.len());
        last.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Counts what goes through.
struct Counting<W> {
    inner: W,
    bytes: u64,
}

impl<W: Write> Write for Counting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(state: &[u8]) -> Packed {
        Packed::pack(7, "0123".to_owned(), None, |out| out.write_all(state)).unwrap()
    }

    fn chunks(packed: &Packed) -> Vec<Option<Vec<u8>>> {
        packed.chunks.iter().cloned().map(Some).collect()
    }

    /// Bytes that cannot be packed, so that there are several chunks.
    fn noise(length: usize) -> Vec<u8> {
        let mut output = vec![0; length];
        blake3::Hasher::new().update(b"noise").finalize_xof().fill(&mut output);
        output
    }

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        for length in [0, 1, 1_000, CHUNK_BYTES_MAX, 3 * CHUNK_BYTES_MAX + 5] {
            let state = noise(length);
            let packed = packed(&state);
            assert!(packed.chunks.iter().all(|chunk| chunk.len() <= CHUNK_BYTES_MAX));
            let manifest = Manifest::from_record(&packed.manifest("events", 3, 40).to_record()).unwrap();
            assert_eq!(manifest.unpack(&chunks(&packed)).unwrap(), state);
            assert_eq!(manifest.check("events", 3, "0123"), Ok(()));
        }
    }

    #[test]
    fn a_chunk_that_is_missing_or_out_of_its_place_is_told() {
        let packed = packed(&noise(3 * CHUNK_BYTES_MAX));
        let manifest = packed.manifest("events", 3, 40);
        let whole = chunks(&packed);
        for missing in 0..whole.len() {
            let mut chunks = whole.clone();
            chunks[missing] = None;
            assert_eq!(manifest.unpack(&chunks), Err(Unusable::Missing(missing)));
        }
        assert_eq!(manifest.unpack(&whole[..1]), Err(Unusable::Missing(1)));
        let mut swapped = whole;
        swapped.swap(0, 1);
        assert_eq!(manifest.unpack(&swapped), Err(Unusable::Chunk(0)));
    }

    #[test]
    fn what_others_wrote_is_not_used() {
        let manifest = packed(b"state").manifest("events", 3, 40);
        assert!(matches!(manifest.check("events", 4, "0123"), Err(Unusable::Place { .. })));
        assert!(matches!(manifest.check("other", 3, "0123"), Err(Unusable::Place { .. })));
        assert!(matches!(manifest.check("events", 3, "4567"), Err(Unusable::Rules { .. })));
        let newer = Manifest { format: FORMAT + 1, ..manifest.clone() };
        assert!(matches!(newer.check("events", 3, "0123"), Err(Unusable::Version { .. })));
        let newer = Manifest { fold: FOLD + 1, ..manifest };
        assert!(matches!(newer.check("events", 3, "0123"), Err(Unusable::Version { .. })));
    }

    #[test]
    fn a_manifest_without_a_word_of_the_log_is_read_and_fits_any_topic() {
        let old = packed(b"state").manifest("events", 3, 40);
        let record = String::from_utf8(old.to_record()).unwrap();
        assert!(
            !record.contains("topic_id") && !record.contains("leader_epoch"),
            "as older versions wrote it: {record}"
        );
        assert_eq!(Manifest::from_record(record.as_bytes()), Ok(old.clone()));
        let (one, other) = (TopicId::of(1), TopicId::of(2));
        assert_eq!((old.check_topic(None), old.check_topic(one)), (Ok(()), Ok(())));
        let new = Packed { origin: Origin { topic_id: one, leader_epoch: Some(7) }, ..packed(b"state") };
        let new = Manifest::from_record(&new.manifest("events", 3, 40).to_record()).unwrap();
        assert_eq!((new.topic_id, new.leader_epoch), (one, Some(7)));
        assert_eq!((new.check_topic(None), new.check_topic(one)), (Ok(()), Ok(())));
        assert!(matches!(new.check_topic(other), Err(Unusable::OtherTopic { .. })));
    }

    proptest! {
        #[test]
        fn a_bit_that_is_turned_anywhere_is_told(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let packed = packed(&noise(2_000));
            let manifest = packed.manifest("events", 3, 40);
            let (mut record, mut chunk) = (manifest.to_record(), packed.chunks[0].clone());
            *place.get_mut(&mut record) ^= 1 << bit;
            prop_assert!(Manifest::from_record(&record).is_err());
            *place.get_mut(&mut chunk) ^= 1 << bit;
            prop_assert_eq!(manifest.unpack(&[Some(chunk)]), Err(Unusable::Chunk(0)));
        }

        #[test]
        fn no_record_makes_a_panic(record in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Manifest::from_record(&record).is_err());
        }
    }
}
