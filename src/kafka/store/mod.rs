//! The store of snapshots: a topic with a partition for each partition of the input, and the thread that writes and reads it.
//!
//! **Why a thread of its own.** To write means to wait for the broker, and to read for some megabytes; the thread that reads the input
//! may wait for neither. It gives orders and takes answers in its turn, each with the *token* of the ownership that it is for, so that
//! an answer for what is no longer owned is known.
//!
//! **Why what is found is never just taken.** A pointer may be of another writer's time, a chunk may be gone, a broker may have lost its
//! disk. So everything is hashed, and what does not fit is passed over for the newest that does: newest by the offset of the input, not
//! by its place in the topic, where a writer that was paused may come last.
//!
//! **Invariant.** What `Found` gives was written whole, under these rules, by this form and fold, and is the state at an offset that was
//! asked for. Nothing is deleted before the group's commit points at what stays.

mod key;
mod log;
mod topic;
mod write;

use std::collections::{BTreeMap, HashMap};
use std::ops::{ControlFlow, RangeInclusive};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use rdkafka::{ClientConfig, Offset};
use tracing::{info, warn};

use super::{KafkaFailure, Place, Settings};
use crate::clock;
use crate::snapshot::{self, LastRecord, Manifest, Packed, Unusable};
use key::{Key, Part, Set};
use log::{Entry, Log};
use write::Writer;

/// Which ownership of a partition an order is for; each is another one.
pub(super) type Token = u64;

/// Where a snapshot lies in its partition of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    /// The offset of its first chunk.
    pub first: i64,
    /// The offset of its manifest.
    pub manifest: i64,
}

/// How a state is read from the bytes of a snapshot.
pub struct Unpacker<T> {
    /// The rules that states are folded under: [`crate::rules::Rules::meaning`].
    pub rules: String,
    /// Reads a state; the error says why the bytes are none.
    pub read: Box<ReadState<T>>,
}

/// Reads a state from bytes.
pub type ReadState<T> = dyn Fn(&[u8]) -> Result<T, String> + Send;

/// A snapshot that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub pointer: Pointer,
    /// The first offset that is not in it.
    pub next: i64,
    /// Bytes in the topic.
    pub bytes: u64,
}

/// A snapshot that was found and read.
#[derive(Debug)]
pub(super) struct Found<T> {
    pub state: T,
    pub written: Written,
}

/// The same before it is known whether the log is still the one that it was folded from.
struct Assembled<T> {
    found: Found<T>,
    last: Option<LastRecord>,
}

/// What became of an order.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    /// Of one to write.
    Written(Result<Written, String>),
    /// Of one to find: `None` where there is none that can be used.
    Found(Result<Option<Found<T>>, String>),
}

/// An outcome, and what it is of.
#[derive(Debug)]
pub(super) struct Answer<T> {
    pub place: Place,
    pub token: Token,
    pub outcome: Outcome<T>,
}

#[derive(Debug)]
enum Order {
    Prepare { partitions: i32 },
    Write { place: Place, token: Token, packed: Packed },
    Find { place: Place, token: Token, pointer: Option<Pointer>, next: RangeInclusive<i64> },
    Tidy { place: Place, token: Token, before: i64 },
}

/// Why the topic is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unprepared {
    /// No broker answers; later one may.
    Away(String),
    /// A broker says no.
    Refused(String),
}

impl Unprepared {
    fn into_reason(self) -> String {
        match self {
            Self::Away(reason) | Self::Refused(reason) => reason,
        }
    }
}

/// The consumer thread's end.
#[derive(Debug)]
pub(super) struct Store<T> {
    orders: Sender<Order>,
    answers: Receiver<Answer<T>>,
    prepared: Receiver<Result<(), Unprepared>>,
}

impl<T: Send + 'static> Store<T> {
    /// Starts the thread. It ends when this is dropped, after the order that it is at.
    pub fn start(settings: &Settings, topic: &str, unpacker: Unpacker<T>) -> Result<Self, KafkaFailure> {
        let failed = |reason: String| KafkaFailure::Refused(reason);
        let (writing, reading) = (settings.store_writer_config(), settings.store_reader_config());
        let log = Log::new(&reading).map_err(failed)?;
        let writer = writing.get("client.id").unwrap_or("contactpulse").to_owned();
        let (orders, received) = channel();
        let (answered, answers) = channel();
        let (is_prepared, prepared) = channel();
        let clerk = Clerk {
            log,
            writing,
            topic: topic.to_owned(),
            writer,
            unpacker,
            is_prepared,
            producer: None,
            partitions: 0,
            slots: HashMap::new(),
        };
        thread::Builder::new().name("snapshots".to_owned()).spawn(move || clerk.run(&received, &answered))?;
        Ok(Self { orders, answers, prepared })
    }

    /// Sees to it that the topic is there with so many partitions; [`Store::prepared`] tells when.
    pub fn prepare(&self, partitions: i32) {
        self.order(Order::Prepare { partitions });
    }

    /// Whether the topic is there, once that is known.
    pub fn prepared(&self) -> Option<Result<(), Unprepared>> {
        self.prepared.try_recv().ok()
    }

    /// Writes a snapshot.
    pub fn write(&self, place: &Place, token: Token, packed: Packed) {
        self.order(Order::Write { place: place.clone(), token, packed });
    }

    /// Finds a snapshot whose next offset lies in a range: the one at the pointer, or else the newest.
    pub fn find(&self, place: &Place, token: Token, pointer: Option<Pointer>, next: RangeInclusive<i64>) {
        self.order(Order::Find { place: place.clone(), token, pointer, next });
    }

    /// Deletes what others wrote for a partition before that offset: the first of a snapshot of ours that the group's commit points at.
    /// Who owns it after us writes behind it, so that nothing of theirs is deleted even if we were stopped in the meantime.
    pub fn tidy(&self, place: &Place, token: Token, before: i64) {
        self.order(Order::Tidy { place: place.clone(), token, before });
    }

    /// The next answer that is there.
    pub fn answer(&self) -> Option<Answer<T>> {
        self.answers.try_recv().ok()
    }

    fn order(&self, order: Order) {
        self.orders.send(order).expect("the thread lives as long as this, unless it panicked");
    }
}

/// The thread's state.
struct Clerk<T> {
    log: Log,
    writing: ClientConfig,
    topic: String,
    writer: String,
    unpacker: Unpacker<T>,
    is_prepared: Sender<Result<(), Unprepared>>,
    producer: Option<Writer>,           // made anew after a failure
    partitions: i32,                    // that the topic is known to have
    slots: HashMap<Place, (Token, u8)>, // last written to
}

impl<T> Clerk<T> {
    fn run(mut self, orders: &Receiver<Order>, answers: &Sender<Answer<T>>) {
        while let Ok(order) = orders.recv() {
            let (place, token, outcome) = match order {
                Order::Prepare { partitions } => {
                    let outcome = self.ensure(partitions - 1);
                    if self.is_prepared.send(outcome).is_err() {
                        return;
                    }
                    continue;
                }
                Order::Write { place, token, packed } => {
                    let written = self.write(&place, token, &packed);
                    (place, token, Outcome::Written(written))
                }
                Order::Find { place, token, pointer, next } => {
                    let found = self.find(&place, pointer, &next);
                    (place, token, Outcome::Found(found))
                }
                Order::Tidy { place, token, before } => {
                    self.tidy(&place, token, before).unwrap_or_else(|reason| {
                        warn!(%place, reason, "what others wrote into the topic of snapshots cannot be deleted");
                    });
                    continue;
                }
            };
            if answers.send(Answer { place, token, outcome }).is_err() {
                return; // nobody waits any more
            }
        }
    }

    /// The topic is there and has this partition.
    fn ensure(&mut self, partition: i32) -> Result<(), Unprepared> {
        if partition >= self.partitions {
            topic::ensure(&self.writing, &self.log.consumer, &self.topic, partition + 1)?;
            self.partitions = partition + 1;
        }
        Ok(())
    }

    fn write(&mut self, place: &Place, token: Token, packed: &Packed) -> Result<Written, String> {
        self.ensure(place.partition).map_err(Unprepared::into_reason)?;
        let last = self.slots.get(place).filter(|(of, _)| *of == token);
        let slot = last.map_or(0, |(_, slot)| 1 - slot);
        let set = Set { place: place.clone(), writer: self.writer_of(token), slot };
        let written = self.write_set(&set, packed);
        match &written {
            Ok(_) => drop(self.slots.insert(place.clone(), (token, slot))),
            Err(_) => (self.producer, self.partitions) = (None, 0),
        }
        written
    }

    /// The chunks, and once the broker has them the manifest.
    fn write_set(&mut self, set: &Set, packed: &Packed) -> Result<Written, String> {
        let Place { topic, partition } = &set.place;
        let chunks = packed.chunks.iter().enumerate();
        let chunks = chunks.map(|(number, chunk)| (set.key(Part::Chunk(number)), Some(&chunk[..])));
        let offsets = self.producer()?.write(*partition, chunks)?;
        let first = *offsets.first().ok_or("a state without a byte")?;
        let manifest = packed.manifest(topic, *partition, first).to_record();
        let record = [(set.key(Part::Manifest), Some(&manifest[..]))];
        let offsets = self.producer()?.write(*partition, record.into_iter())?;
        let manifest = *offsets.first().ok_or("no answer")?;
        Ok(Written { pointer: Pointer { first, manifest }, next: packed.next, bytes: packed.packed_bytes() })
    }

    fn producer(&mut self) -> Result<&Writer, String> {
        if self.producer.is_none() {
            self.producer = Some(Writer::new(&self.writing, &self.topic)?);
        }
        self.producer.as_ref().ok_or_else(|| unreachable!("it was just made"))
    }

    fn writer_of(&self, token: Token) -> String {
        format!("{}-{token}", self.writer)
    }

    fn find(
        &mut self,
        place: &Place,
        pointer: Option<Pointer>,
        next: &RangeInclusive<i64>,
    ) -> Result<Option<Found<T>>, String> {
        self.ensure(place.partition).map_err(Unprepared::into_reason)?;
        let begun = clock::monotonic();
        if let Some(pointer) = pointer {
            match self.load(place, pointer, next)? {
                Ok(found) => return Ok(Some(told(place, begun, found))),
                Err(unusable) => warn!(%place, %unusable, "the last snapshot cannot be used; looking for an older one"),
            }
        }
        for pointer in self.candidates(place, next)? {
            match self.load(place, pointer, next)? {
                Ok(found) => return Ok(Some(told(place, begun, found))),
                Err(unusable) => warn!(%place, %unusable, "an older snapshot cannot be used"),
            }
        }
        Ok(None)
    }

    /// Where the manifests lie that could be used, of the newest state first.
    fn candidates(&self, place: &Place, next: &RangeInclusive<i64>) -> Result<Vec<Pointer>, String> {
        let mut found = BTreeMap::new();
        self.log.read(&self.topic, place.partition, Offset::Beginning, |Entry { offset, key, value }| {
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
            &self.topic,
            place.partition,
            Offset::Offset(pointer.first),
            |Entry { offset, key, value }| {
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
            // Of one that retention took nothing can be told, and what was made anew begins at 0.
            Some(last) if last.offset >= *next.start() && !self.is_in_log(place, last)? => {
                Ok(Err(Unusable::OtherLog { offset: last.offset }))
            }
            _ => Ok(Ok(assembled.found)),
        }
    }

    /// Whether the record is in the input's log.
    fn is_in_log(&self, place: &Place, last: &LastRecord) -> Result<bool, String> {
        let mut is_it = None;
        self.log.read(
            &place.topic,
            place.partition,
            Offset::Offset(last.offset),
            |Entry { offset, value, .. }| {
                is_it = Some(offset == last.offset && snapshot::hash(value.unwrap_or_default()) == last.hash);
                ControlFlow::Break(())
            },
        )?;
        Ok(is_it.unwrap_or(false))
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

    /// Deletes what others wrote for a place before an offset.
    fn tidy(&mut self, place: &Place, token: Token, before: i64) -> Result<(), String> {
        let own = self.writer_of(token);
        let mut others: BTreeMap<Key, bool> = BTreeMap::new(); // whether there is anything
        self.log.read(&self.topic, place.partition, Offset::Beginning, |Entry { offset, key, value }| {
            if let Some(key) = Key::of(key)
                && key.set.place == *place
                && key.set.writer != own
            {
                others.insert(key, value.is_some() && offset < before);
            }
            ControlFlow::Continue(())
        })?;
        let deleted = others.into_iter().filter(|(_, is_there)| *is_there).map(|(key, _)| (key, None));
        let written = self.producer()?.write(place.partition, deleted);
        if written.is_err() {
            self.producer = None;
        }
        written.map(drop)
    }
}

fn told<T>(place: &Place, begun: Instant, found: Found<T>) -> Found<T> {
    let Written { next, bytes, .. } = found.written;
    let took = clock::monotonic() - begun;
    info!(%place, next, bytes, milliseconds = took.as_millis(), "state restored from a snapshot");
    found
}
