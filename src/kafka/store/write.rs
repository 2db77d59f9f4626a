//! Writing to the topic of snapshots, and knowing when the broker has it.
//!
//! **Why all is waited for.** A manifest may only follow chunks that the broker has, and its place is not known before.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use tracing::debug;

use super::key::Key;
use super::shelf::Appends;
use crate::clock;

/// How long all records of a snapshot may take to be delivered; the client itself gives up on one after `message.timeout.ms`.
const DELIVERY_LIMIT: Duration = Duration::from_secs(25);
const POLL: Duration = Duration::from_millis(50);

/// A producer whose records are all waited for.
pub(super) struct Writer {
    client: BaseProducer<Deliveries>,
    topic: String,
}

/// What became of the records that are waited for: the offset of each, by its number.
#[derive(Debug, Default)]
struct Deliveries(Mutex<Vec<(usize, Result<i64, KafkaError>)>>);

impl Writer {
    pub fn new(config: &ClientConfig, topic: &str) -> Result<Self, String> {
        let client = config.create_with_context(Deliveries::default()).map_err(|error| error.to_string())?;
        Ok(Self { client, topic: topic.to_owned() })
    }

    fn send(&self, partition: i32, number: usize, key: &str, value: Option<&[u8]>) -> Result<(), String> {
        let record = BaseRecord::<str, [u8], _>::with_opaque_to(&self.topic, Box::new(number)).partition(partition);
        let mut record = record.key(key);
        record.payload = value;
        let deadline = clock::monotonic() + DELIVERY_LIMIT;
        while let Err((error, refused)) = self.client.send(record) {
            let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
            if !is_full || clock::monotonic() >= deadline {
                return Err(error.to_string());
            }
            self.client.poll(POLL);
            record = refused;
        }
        Ok(())
    }

    fn wait(&self, sent: usize) -> Result<Vec<i64>, String> {
        let deadline = clock::monotonic() + DELIVERY_LIMIT;
        let mut offsets = vec![None; sent];
        while offsets.iter().any(Option::is_none) {
            self.client.poll(POLL);
            for (number, delivered) in self.client.context().take() {
                let offset = delivered.map_err(|error| error.to_string())?;
                *offsets.get_mut(number).ok_or("a record of an earlier attempt came late")? = Some(offset);
            }
            if let Some((error, reason)) = self.client.client().fatal_error() {
                return Err(format!("{error}: {reason}"));
            }
            if clock::monotonic() >= deadline {
                return Err("the broker does not confirm in time".to_owned());
            }
        }
        Ok(offsets.into_iter().flatten().collect())
    }
}

impl Appends for Writer {
    fn append(
        &self,
        partition: i32,
        records: &mut dyn Iterator<Item = (Key, Option<&[u8]>)>,
    ) -> Result<Vec<i64>, String> {
        drop(self.client.context().take());
        let mut sent = 0;
        for (key, value) in records {
            self.send(partition, sent, &key.to_string(), value)?;
            sent += 1;
        }
        self.wait(sent)
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
        debug!(target: "librdkafka", %error, reason, "the client that writes snapshots");
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
