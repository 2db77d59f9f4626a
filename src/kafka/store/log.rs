//! Reading the topic of snapshots, a stretch of one partition at a time.
//!
//! **Why a client of its own.** A broker answers the requests of one connection one after the other: beside the fetches of the input
//! every question would wait.

use std::time::{Duration, Instant};

use rdkafka::config::{ClientConfig, RDKafkaLogLevel};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tracing::debug;

use super::shelf::{Begin, Entry, Reads, Show};
use crate::clock;
use crate::kafka::Record;
use crate::kafka::native::record_of;

/// How long to wait for the next record before giving up: a broker that is there answers far sooner.
const SILENCE_LIMIT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(100);

/// A consumer in no group.
pub(in crate::kafka) struct Log {
    pub consumer: BaseConsumer<Quiet>,
}

/// Tells nothing but for those who look closely.
#[derive(Debug)]
pub(in crate::kafka) struct Quiet;

impl ClientContext for Quiet {
    fn log(&self, _level: RDKafkaLogLevel, facility: &str, line: &str) {
        debug!(target: "librdkafka", facility, "{line}");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        debug!(target: "librdkafka", %error, reason, "the client that reads snapshots");
    }
}

impl ConsumerContext for Quiet {}

impl Log {
    pub fn new(config: &ClientConfig) -> Result<Self, String> {
        let consumer = config.create_with_context(Quiet).map_err(|error| error.to_string())?;
        Ok(Self { consumer })
    }

    fn read_on(&self, topic: &str, show: &mut Show<'_>) -> Result<(), String> {
        let mut heard: Instant = clock::monotonic();
        while clock::monotonic() < heard + SILENCE_LIMIT {
            let message = match self.consumer.poll(POLL) {
                None => continue,
                // The end; or the log begins after, or ends before, where it was to be read.
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset))) => return Ok(()),
                Some(Err(error)) if is_passing(&error) => continue,
                Some(Err(error)) => return Err(error.to_string()),
                Some(Ok(message)) => message,
            };
            heard = clock::monotonic();
            let Record { offset, key, payload, leader_epoch, .. } = record_of(&message);
            let entry = Entry { offset, key, value: payload, leader_epoch };
            if show(entry).is_break() {
                return Ok(());
            }
        }
        Err(format!("no broker sent anything of {topic} for {} s", SILENCE_LIMIT.as_secs()))
    }
}

impl Reads for Log {
    fn read(&self, topic: &str, partition: i32, from: Begin, show: &mut Show<'_>) -> Result<(), String> {
        let from = match from {
            Begin::Beginning => Offset::Beginning,
            Begin::Offset(offset) => Offset::Offset(offset),
        };
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, partition, from).map_err(|error| error.to_string())?;
        self.consumer.assign(&list).map_err(|error| error.to_string())?;
        let outcome = self.read_on(topic, show);
        self.consumer.unassign().map_err(|error| error.to_string())?;
        outcome
    }
}

/// A connection that failed, now or while nothing was read: the client connects again by itself, or nothing comes for too long. And a
/// record that is damaged where it lies, which is as good as none.
fn is_passing(error: &KafkaError) -> bool {
    let passing = [
        RDKafkaErrorCode::AllBrokersDown,
        RDKafkaErrorCode::BrokerTransportFailure,
        RDKafkaErrorCode::Resolve,
        RDKafkaErrorCode::BadMessage,
        RDKafkaErrorCode::InvalidMessage,
    ];
    error.rdkafka_error_code().is_some_and(|code| passing.contains(&code))
}
