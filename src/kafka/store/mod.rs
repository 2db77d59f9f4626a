//! The store of snapshots: a topic with a partition for each partition of the input, and the thread that writes and reads it.
//!
//! **Why a thread of its own.** To write means to wait for the broker, and to read for some megabytes; the thread that reads the input
//! may wait for neither. It gives orders and takes answers in its turn, each with the *token* of the ownership that it is for, so that
//! an answer for what is no longer owned is known.
//!
//! **Invariant.** Nothing is written over or deleted before the group's commit points at what stays.

pub(super) mod key;
mod log;
pub(super) mod shelf;

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use rdkafka::ClientConfig;
use tracing::{info, warn};

use super::own_topic::{self, Kind, OwnTopic, Prepares, Unprepared};
use super::writer::{Outgoing, Writer};
use super::{KafkaFailure, Place, Settings};
use crate::clock;
use crate::snapshot::{Packed, TopicId};
use key::{Key, Set};
pub(super) use log::Log;
use shelf::{Appends, Shelf, write_set};

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
    /// The epoch of the leader that wrote the last record in it, where that is known.
    pub leader_epoch: Option<i32>,
}

/// What came of looking for a snapshot.
#[derive(Debug)]
pub(super) enum Search<T> {
    /// One that can be used.
    Found(Found<T>),
    /// There is none that can be used.
    Nothing,
    /// There was, and the input is another log than it was folded from: what the group has committed is not about this one.
    OtherLog,
}

/// What became of an order.
#[derive(Debug)]
pub(super) enum Outcome<T> {
    /// Of one to write.
    Written(Result<Written, String>),
    /// Of one to find.
    Found(Result<Search<T>, String>),
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
    Find { place: Place, token: Token, pointer: Option<Pointer>, next: RangeInclusive<i64>, topic_id: Option<TopicId> },
    Tidy { place: Place, token: Token, before: i64 },
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
            topic: OwnTopic { name: topic.to_owned(), kind: Kind::Snapshots },
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

    /// Writes a snapshot.
    pub fn write(&self, place: &Place, token: Token, packed: Packed) {
        self.order(Order::Write { place: place.clone(), token, packed });
    }

    /// Finds a snapshot of that topic whose next offset lies in a range: the one at the pointer, or else the newest.
    pub fn find(
        &self,
        place: &Place,
        token: Token,
        pointer: Option<Pointer>,
        next: RangeInclusive<i64>,
        topic_id: Option<TopicId>,
    ) {
        self.order(Order::Find { place: place.clone(), token, pointer, next, topic_id });
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

impl<T: Send + 'static> Prepares for Store<T> {
    fn prepare(&self, partitions: i32) {
        self.order(Order::Prepare { partitions });
    }

    fn prepared(&self) -> Option<Result<(), Unprepared>> {
        self.prepared.try_recv().ok()
    }
}

/// The thread's state.
struct Clerk<T> {
    log: Log,
    writing: ClientConfig,
    topic: OwnTopic,
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
                Order::Find { place, token, pointer, next, topic_id } => {
                    let found = self.find(&place, pointer, &next, topic_id);
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
            own_topic::ensure(&self.writing, &self.log.consumer, &self.topic, partition + 1)?;
            self.partitions = partition + 1;
        }
        Ok(())
    }

    fn write(&mut self, place: &Place, token: Token, packed: &Packed) -> Result<Written, String> {
        self.ensure(place.partition).map_err(Unprepared::into_reason)?;
        let last = self.slots.get(place).filter(|(of, _)| *of == token);
        let slot = last.map_or(0, |(_, slot)| 1 - slot);
        let set = Set { place: place.clone(), writer: self.writer_of(token), slot };
        let written = self.producer().and_then(|producer| write_set(producer, &set, packed));
        match &written {
            Ok(_) => drop(self.slots.insert(place.clone(), (token, slot))),
            Err(_) => (self.producer, self.partitions) = (None, 0),
        }
        written
    }

    fn producer(&mut self) -> Result<&Writer, String> {
        if self.producer.is_none() {
            self.producer = Some(Writer::new(&self.writing, &self.topic.name)?);
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
        topic_id: Option<TopicId>,
    ) -> Result<Search<T>, String> {
        self.ensure(place.partition).map_err(Unprepared::into_reason)?;
        let begun = clock::monotonic();
        let found = Shelf { topic_id, ..self.shelf() }.find(place, pointer, next);
        if found.is_err() {
            self.partitions = 0; // the topic may be gone
        }
        let found = found?;
        if let Search::Found(Found { written: Written { next, bytes, .. }, .. }) = &found {
            let milliseconds = (clock::monotonic() - begun).as_millis();
            info!(%place, next, bytes, milliseconds, "state restored from a snapshot");
        }
        Ok(found)
    }

    /// Deletes what others wrote for a place before an offset.
    fn tidy(&mut self, place: &Place, token: Token, before: i64) -> Result<(), String> {
        let others = self.shelf().of_others(place, &self.writer_of(token), before)?;
        let written = self.producer()?.append(place.partition, &mut others.into_iter().map(|key| (key, None)));
        if written.is_err() {
            self.producer = None;
        }
        written.map(drop)
    }

    fn shelf(&self) -> Shelf<'_, T> {
        Shelf { log: &self.log, topic: &self.topic.name, unpacker: &self.unpacker, topic_id: None }
    }
}

impl Appends for Writer {
    fn append(
        &self,
        partition: i32,
        records: &mut dyn Iterator<Item = (Key, Option<&[u8]>)>,
    ) -> Result<Vec<i64>, String> {
        let (keys, values): (Vec<String>, Vec<_>) = records.map(|(key, value)| (key.to_string(), value)).unzip();
        let records = keys.iter().zip(values).map(|(key, value)| Outgoing {
            partition: Some(partition),
            key: Some(key.as_bytes()),
            value,
            headers: None,
        });
        let outcomes = self.write(records)?;
        outcomes.into_iter().map(|outcome| outcome.map_err(|error| error.to_string())).collect()
    }
}
