//! The thread that delivers dead letters.
//!
//! **Words.** A letter has the key, the value and the headers of its record, and headers that say where that lies and what is wrong with
//! it, named as Kafka Streams names them (KIP-1034), so that tools for dead letters know them.
//!
//! **Invariant.** What is not confirmed is sent again: a letter may come twice, and is never missing.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};

use super::{Letter, Letters};
use crate::kafka::own_topic::{self, Kind, OwnTopic, Prepares, Unprepared};
use crate::kafka::store::Log;
use crate::kafka::writer::{Outgoing, Writer, is_too_large};
use crate::kafka::{Health, KafkaFailure, Settings};

/// Letters that are sent before one is waited for.
const LETTERS_MAX: usize = 5_000;
/// Bytes of them, about.
const BYTES_MAX: usize = 4 << 20;
/// Letters that are written singly before others have their turn: each takes some milliseconds.
const SINGLY_MAX: usize = 200;
/// Bytes that are written at a time, unless a single letter has more: a topic bounds what is written together.
const WRITTEN_BYTES_MAX: usize = 128 * 1024;
/// How long to wait before sending again what was not delivered.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The consumer thread's end.
#[derive(Debug)]
pub(in crate::kafka) struct Post {
    letters: Letters,
    thread: JoinHandle<()>,
}

impl Post {
    /// Starts the thread. It ends when this is dropped, after what it is at.
    pub fn start(
        settings: &Settings,
        topic: &str,
        letters: Letters,
        health: Arc<Health>,
    ) -> Result<Self, KafkaFailure> {
        let log = Log::new(&settings.store_reader_config()).map_err(KafkaFailure::Refused)?;
        let topic = OwnTopic { name: topic.to_owned(), kind: Kind::DeadLetters };
        let mut writing = settings.store_writer_config();
        writing.set("batch.size", WRITTEN_BYTES_MAX.to_string());
        let carrier = Carrier {
            letters: letters.clone(),
            health,
            log,
            writing,
            topic,
            partitions: 1,
            is_there: false,
            writer: None,
        };
        let thread = thread::Builder::new().name("letters".to_owned()).spawn(move || carrier.run())?;
        Ok(Self { letters, thread })
    }

    /// Whether the thread ended, which it does only by a fault.
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }

    /// The letters that it delivers.
    pub fn letters(&self) -> &Letters {
        &self.letters
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.letters.lock().is_over = true;
        self.letters.0.changed.notify_all();
    }
}

impl Prepares for Post {
    fn prepare(&self, partitions: i32) {
        self.letters.lock().wanted = Some(partitions);
        self.letters.0.changed.notify_all();
    }

    fn prepared(&self) -> Option<Result<(), Unprepared>> {
        self.letters.lock().prepared.take()
    }
}

/// The thread's state.
struct Carrier {
    letters: Letters,
    health: Arc<Health>,
    log: Log,
    writing: ClientConfig,
    topic: OwnTopic,
    partitions: i32,        // to make the topic with
    is_there: bool,         // the topic, as far as is known
    writer: Option<Writer>, // made anew after a failure
}

impl Carrier {
    fn run(mut self) {
        loop {
            let (is_over, wanted) = {
                let mut state = self.letters.lock();
                (state.is_over, state.wanted.take())
            };
            if is_over {
                return;
            }
            if let Some(partitions) = wanted {
                self.partitions = partitions;
                let outcome = self.ensure();
                self.letters.lock().prepared = Some(outcome);
            }
            let letters = self.letters.next(LETTERS_MAX, BYTES_MAX);
            if letters.is_empty() {
                self.letters.wait_for_some();
                continue;
            }
            let (delivered, failed) = self.deliver(&letters);
            self.letters.delivered(&delivered);
            if let Some(reason) = failed {
                (self.writer, self.is_there) = (None, false);
                self.health.letters_failed(&format!("{}: {reason}", self.topic.name));
                self.letters.pause(RETRY_AFTER);
            } else {
                self.health.letters_delivered_all();
            }
            self.health.letters_delivered(delivered.len());
        }
    }

    fn ensure(&mut self) -> Result<(), Unprepared> {
        own_topic::ensure(&self.writing, &self.log.consumer, &self.topic, self.partitions)?;
        self.is_there = true;
        Ok(())
    }

    /// Those that were delivered, and why others were not, if there are any.
    fn deliver(&mut self, letters: &[Arc<Letter>]) -> (Vec<Arc<Letter>>, Option<String>) {
        let mut delivered = Vec::new();
        let failed = self.deliver_into(&mut delivered, letters).unwrap_or_else(Some);
        (delivered, failed)
    }

    fn deliver_into(
        &mut self,
        delivered: &mut Vec<Arc<Letter>>,
        letters: &[Arc<Letter>],
    ) -> Result<Option<String>, String> {
        if !self.is_there {
            self.ensure().map_err(Unprepared::into_reason)?;
        }
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => none.insert(Writer::new(&self.writing, &self.topic.name)?),
        };
        let (mut failed, mut large) = (None, Vec::new());
        for (letter, outcome) in letters.iter().zip(writer.write(letters.iter().map(|letter| outgoing(letter)))?) {
            match outcome {
                Ok(_) => delivered.push(letter.clone()),
                Err(error) if is_too_large(&error) => large.push(letter),
                Err(error) => failed = Some(error.to_string()),
            }
        }
        // The rest is tried again with the next.
        for letter in large.into_iter().take(SINGLY_MAX) {
            match deliver_singly(writer, letter)? {
                Ok(()) => delivered.push(letter.clone()),
                Err(error) => failed = Some(error.to_string()),
            }
        }
        Ok(failed)
    }
}

/// A letter that was too large, or was written with others that were together: alone and, if it is too large, without what it holds of its
/// record.
fn deliver_singly(writer: &Writer, letter: &Letter) -> Result<Result<(), KafkaError>, String> {
    let write = |letter: &Letter| {
        let outcomes = writer.write([outgoing(letter)].into_iter())?;
        outcomes.into_iter().next().ok_or_else(|| "no answer".to_owned())
    };
    match write(letter)? {
        Err(error) if is_too_large(&error) => Ok(write(&letter.redacted())?.map(drop)),
        outcome => Ok(outcome.map(drop)),
    }
}

fn outgoing(letter: &Letter) -> Outgoing<'_> {
    Outgoing {
        partition: None,
        key: letter.key.as_deref(),
        value: letter.value.as_deref(),
        headers: Some(headers(letter)),
    }
}

/// The headers of the record, and behind them those that tell of it.
fn headers(letter: &Letter) -> OwnedHeaders {
    let mut headers = OwnedHeaders::new();
    letter.headers().for_each(|name, value| {
        let key = String::from_utf8_lossy(name);
        headers = std::mem::take(&mut headers).insert(Header { key: &key, value });
    });
    let (partition, offset) = (letter.place.partition.to_string(), letter.offset.to_string());
    let told = [
        ("__streams.errors.topic", &*letter.place.topic),
        ("__streams.errors.partition", &partition),
        ("__streams.errors.offset", &offset),
        ("__streams.errors.exception", letter.reason),
        ("__streams.errors.message", &letter.message),
    ];
    let bytes = letter.value_bytes.to_string();
    let cut = letter.is_cut().then_some(("contactpulse.value.bytes", &*bytes));
    told.into_iter()
        .chain(cut)
        .fold(headers, |headers, (key, value)| headers.insert(Header { key, value: Some(value) }))
}
