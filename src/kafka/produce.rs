//! Writing events to Kafka, for the simulator and the demo.
//!
//! **Invariant.** A record is either delivered or counted as failed: a full queue makes `send` wait, and the end reports both numbers.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext};
use rdkafka::types::RDKafkaRespErr;
use tracing::debug;

use super::settings::{log_level, owned_pair};
use crate::clock;
use crate::time::EventTime;

/// How long `new` looks for a broker and the topic.
const REACH_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(1);
/// How long `send` waits before it tries a full queue again.
const FULL_WAIT: Duration = Duration::from_millis(10);

/// What we think best; the properties may say otherwise. The partitioner is that of Java's clients, so that a contact is in the
/// same partition whoever writes.
const DEFAULTS: [(&str, &str); 4] = [
    ("client.id", "contactpulse-simulate"),
    ("enable.idempotence", "true"),
    ("linger.ms", "5"),
    ("partitioner", "murmur2_random"),
];

/// Writes to one topic.
pub struct Producer {
    client: BaseProducer<Deliveries>,
    topic: String,
}

/// What became of the records so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Records that the broker has.
    pub delivered: u64,
    /// Records that it has not, and never will.
    pub failed: u64,
    /// Why the first of them failed.
    pub first_failure: Option<String>,
}

/// Why writing does not work.
#[derive(Debug, thiserror::Error)]
pub enum ProduceFailure {
    /// librdkafka does not accept a property, or made no client of them.
    #[error("kafka producer cannot be made: {0}")]
    Client(String),
    /// No broker answered.
    #[error("no kafka broker answers at {brokers}: {reason}")]
    Away {
        /// Who was asked.
        brokers: String,
        /// What the client says.
        reason: String,
    },
    /// The brokers do not have the topic, and do not make it.
    #[error("kafka topic not found: {topic} (brokers {brokers})")]
    MissingTopic {
        /// Its name.
        topic: String,
        /// Who was asked.
        brokers: String,
    },
    /// The client does not take a record, as when it is too large.
    #[error("kafka does not take a record: {0}")]
    Send(String),
    /// Records were not delivered.
    #[error("{} of {} records were not delivered: {}", .0.failed, .0.failed + .0.delivered, .0.first_failure.as_deref().unwrap_or("no answer in time"))]
    Undelivered(Delivered),
}

impl Producer {
    /// Connects, and checks that the topic is there (or that the broker makes it). Waits ten seconds at most.
    pub fn new(brokers: &str, topic: &str, properties: &BTreeMap<String, String>) -> Result<Self, ProduceFailure> {
        let client = client_config(brokers, properties).create_with_context(Deliveries::default());
        let client = client.map_err(|error: KafkaError| ProduceFailure::Client(error.to_string()))?;
        let producer = Self { client, topic: topic.to_owned() };
        producer.find_topic(brokers)?;
        Ok(producer)
    }

    /// Writes a record; its key decides the partition. Waits while the client's queue is full. `timestamp` is the record's time;
    /// without one it is now.
    pub fn send(&self, key: &[u8], payload: &[u8], timestamp: Option<EventTime>) -> Result<(), ProduceFailure> {
        let mut record = BaseRecord::to(&self.topic).key(key).payload(payload);
        record.timestamp = timestamp.map(EventTime::as_millis);
        while let Err((error, refused)) = self.client.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(ProduceFailure::Send(error.to_string()));
            }
            self.client.poll(FULL_WAIT);
            record = refused;
        }
        self.client.poll(Duration::ZERO);
        Ok(())
    }

    /// What became of the records so far. The rest is on its way.
    pub fn delivered(&self) -> Delivered {
        self.client.context().snapshot()
    }

    /// Waits until every record is delivered, at most for `limit`; what is undelivered by then, or failed before, is a failure.
    pub fn flush(&self, limit: Duration) -> Result<Delivered, ProduceFailure> {
        let flushed = self.client.flush(limit);
        let mut delivered = self.delivered();
        if flushed.is_err() {
            delivered.failed += u64::try_from(self.client.in_flight_count()).unwrap_or(0);
        }
        if delivered.failed == 0 { Ok(delivered) } else { Err(ProduceFailure::Undelivered(delivered)) }
    }

    fn find_topic(&self, brokers: &str) -> Result<(), ProduceFailure> {
        let deadline = clock::monotonic() + REACH_LIMIT;
        loop {
            let failure = match self.look_for_topic(brokers) {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if clock::monotonic() >= deadline {
                return Err(failure);
            }
            self.client.poll(FULL_WAIT * 10);
        }
    }

    fn look_for_topic(&self, brokers: &str) -> Result<(), ProduceFailure> {
        let away = |error: KafkaError| ProduceFailure::Away { brokers: brokers.to_owned(), reason: self.why(&error) };
        let metadata = self.client.client().fetch_metadata(Some(&self.topic), ANSWER_LIMIT).map_err(away)?;
        match metadata.topics().first().and_then(|topic| topic.error()) {
            Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) => {
                Err(ProduceFailure::MissingTopic { topic: self.topic.clone(), brokers: brokers.to_owned() })
            }
            _ => Ok(()),
        }
    }

    fn why(&self, error: &KafkaError) -> String {
        self.client.context().connection_error().unwrap_or_else(|| error.to_string())
    }
}

fn client_config(brokers: &str, properties: &BTreeMap<String, String>) -> ClientConfig {
    let mut config: ClientConfig =
        DEFAULTS.into_iter().map(|(property, value)| (property.to_owned(), value.to_owned())).collect();
    config.extend(properties.iter().map(owned_pair));
    config.set("bootstrap.servers", brokers).set_log_level(log_level(properties));
    config
}

/// Counts delivery reports, and keeps the last reason for which a connection failed.
#[derive(Debug, Default)]
struct Deliveries {
    delivered: Mutex<Delivered>,
    connection_error: Mutex<Option<String>>,
}

impl Deliveries {
    fn snapshot(&self) -> Delivered {
        self.delivered.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn connection_error(&self) -> Option<String> {
        self.connection_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ClientContext for Deliveries {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, line: &str) {
        debug!(target: "librdkafka", facility, "{line}");
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        *self.connection_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        let mut delivered = self.delivered.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(_) => delivered.delivered += 1,
            Err((error, _)) => {
                delivered.failed += 1;
                delivered.first_failure.get_or_insert_with(|| error.to_string());
            }
        }
    }
}
