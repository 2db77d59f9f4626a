//! Writing to a topic of ours, and knowing when the broker has it.
//!
//! **Why all is waited for.** What follows from a record, a manifest or a commit, may only follow once the broker has it.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use tracing::debug;

use crate::clock;

/// How long all records of an order may take to be delivered; the client itself gives up on one after `message.timeout.ms`.
const DELIVERY_LIMIT: Duration = Duration::from_secs(25);
/// A poll takes all of its time, whatever comes.
const POLL: Duration = Duration::from_millis(5);

/// A producer whose records are all waited for.
pub(super) struct Writer {
    client: BaseProducer<Deliveries>,
    topic: String,
}

/// A record to be written.
#[derive(Debug, Default)]
pub(super) struct Outgoing<'a> {
    /// `None`: the key chooses.
    pub partition: Option<i32>,
    pub key: Option<&'a [u8]>,
    /// `None` deletes what has that key, where the topic is compacted.
    pub value: Option<&'a [u8]>,
    pub headers: Option<OwnedHeaders>,
}

/// What became of each record, in their order: its offset, or why it was not written.
pub(super) type Outcomes = Vec<Result<i64, KafkaError>>;

/// Whether a record is larger than the client or the topic allows.
pub(super) fn is_too_large(error: &KafkaError) -> bool {
    let too_large = [RDKafkaErrorCode::MessageSizeTooLarge, RDKafkaErrorCode::InvalidMessageSize];
    error.rdkafka_error_code().is_some_and(|code| too_large.contains(&code))
}

/// What became of the records that are waited for: the offset of each, by its number.
#[derive(Debug, Default)]
struct Deliveries(Mutex<Vec<(usize, Result<i64, KafkaError>)>>);

impl Writer {
    pub fn new(config: &ClientConfig, topic: &str) -> Result<Self, String> {
        let client = config.create_with_context(Deliveries::default()).map_err(|error| error.to_string())?;
        Ok(Self { client, topic: topic.to_owned() })
    }

    /// Writes records, and returns when it is known of each what became of it.
    ///
    /// # Errors
    /// It is not known of all. Then the writer is to be thrown away, since what it says later is of this time.
    pub fn write<'a>(&self, records: impl Iterator<Item = Outgoing<'a>>) -> Result<Outcomes, String> {
        let mut outcomes = Vec::new();
        for (number, record) in records.enumerate() {
            outcomes.push(self.send(number, record).err().map(Err));
        }
        self.wait(outcomes)
    }

    fn send(&self, number: usize, outgoing: Outgoing<'_>) -> Result<(), KafkaError> {
        let Outgoing { partition, key, value, headers } = outgoing;
        let mut record = BaseRecord::<[u8], [u8], _>::with_opaque_to(&self.topic, Box::new(number));
        (record.partition, record.key, record.payload, record.headers) = (partition, key, value, headers);
        let deadline = clock::monotonic() + DELIVERY_LIMIT;
        while let Err((error, refused)) = self.client.send(record) {
            let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            if !is_full || clock::monotonic() >= deadline {
                return Err(error);
            }
            self.client.poll(POLL);
            record = refused;
        }
        Ok(())
    }

    fn wait(&self, mut outcomes: Vec<Option<Result<i64, KafkaError>>>) -> Result<Outcomes, String> {
        let deadline = clock::monotonic() + DELIVERY_LIMIT;
        let mut missing = outcomes.iter().filter(|outcome| outcome.is_none()).count();
        while missing > 0 {
            self.client.poll(POLL);
            for (number, outcome) in self.client.context().take() {
                let place = outcomes.get_mut(number).ok_or("an answer to what was not asked")?;
                missing -= usize::from(place.replace(outcome).is_none());
            }
            if let Some((error, reason)) = self.client.client().fatal_error() {
                return Err(format!("{error}: {reason}"));
            }
            if clock::monotonic() >= deadline {
                return Err("the broker does not confirm in time".to_owned());
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }
}

impl Deliveries {
    fn take(&self) -> Vec<(usize, Result<i64, KafkaError>)> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ClientContext for Deliveries {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, line: &str) {
        debug!(target: "librdkafka", facility, "{line}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        debug!(target: "librdkafka", %error, reason, "a client that writes to a topic of ours");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<usize>;

    fn delivery(&self, result: &DeliveryResult<'_>, number: Box<usize>) {
        let outcome = match result {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.clone()),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((*number, outcome));
    }
}
