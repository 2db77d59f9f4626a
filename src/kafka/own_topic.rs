//! Topics of ours, of snapshots and of dead letters: that they are there, and how to make them where we may not.
//!
//! **Why we make them.** That of snapshots needs as many partitions as the input and must be compacted; a topic that a broker makes on its
//! own has one partition and forgets after a week. And what is missing is told at the start, not when it is needed.

use std::thread;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use tracing::info;

/// How long to wait for a broker's answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// Why a topic is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unprepared {
    /// No broker answers; later one may.
    Away(String),
    /// A broker says no.
    Refused(String),
}

impl Unprepared {
    pub fn into_reason(self) -> String {
        match self {
            Self::Away(reason) | Self::Refused(reason) => reason,
        }
    }
}

/// Whoever needs a topic of ours, and sees to it on a thread of its own.
pub(super) trait Prepares {
    /// Sees to it that the topic is there, for an input of so many partitions; [`Prepares::prepared`] tells when.
    fn prepare(&self, partitions: i32);
    /// Whether the topic is there, once that is known.
    fn prepared(&self) -> Option<Result<(), Unprepared>>;
}

/// A topic of ours.
#[derive(Clone, Debug)]
pub(super) struct OwnTopic {
    pub name: String,
    pub kind: Kind,
}

/// What is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In the partition of the same number, and of each key the newest.
    Snapshots,
    /// In any partition, for as long as the broker keeps records by default.
    DeadLetters,
}

impl Kind {
    /// How the topic is kept: of snapshots the newest record of each key, and what it overwrote not for long.
    fn properties(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Snapshots => &[
                ("cleanup.policy", "compact"),
                ("segment.ms", "600000"),
                ("min.cleanable.dirty.ratio", "0.1"),
                ("delete.retention.ms", "3600000"),
            ],
            Self::DeadLetters => &[],
        }
    }

    fn are_enough(self, there: i32, partitions: i32) -> bool {
        match self {
            Self::Snapshots => there >= partitions,
            Self::DeadLetters => there > 0,
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Snapshots => "snapshots",
            Self::DeadLetters => "dead letters",
        }
    }
}

/// Sees to it that the topic is there, with at least so many partitions where it needs them.
///
/// # Errors
/// No broker answers; or the topic is not there, is too small, and we may not change that: then it tells the command to run.
pub(super) fn ensure<C: ConsumerContext>(
    config: &ClientConfig,
    consumer: &BaseConsumer<C>,
    topic: &OwnTopic,
    partitions: i32,
) -> Result<(), Unprepared> {
    let there = count(consumer, &topic.name).map_err(Unprepared::Away)?;
    if there.is_some_and(|there| topic.kind.are_enough(there, partitions)) {
        return Ok(());
    }
    let tell = |says: &str| {
        let (what, name) = (topic.kind.what(), &topic.name);
        let how = how_to(topic, partitions, there.is_some());
        format!("the topic of {what} {name} {}, and the broker says: {says}; {how}", told(there))
    };
    let changed = change(config, topic, partitions, there.is_some());
    changed
        .map_err(|error| Unprepared::Away(tell(&error)))?
        .map_err(|code| Unprepared::Refused(tell(&code.to_string())))?;
    wait(consumer, topic, partitions).map_err(Unprepared::Away)
}

fn told(there: Option<i32>) -> String {
    there.map_or("is not there".to_owned(), |there| format!("has {there} partitions, which is too few"))
}

/// How many partitions the topic has, if it is there. A consumer asks, because a question of a producer might make the topic.
fn count<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str) -> Result<Option<i32>, String> {
    let metadata = consumer.fetch_metadata(Some(topic), ANSWER_LIMIT).map_err(|error| error.to_string())?;
    let answer = metadata.topics().first().ok_or("no broker tells of it")?;
    match answer.error() {
        None => Ok(i32::try_from(answer.partitions().len()).ok()),
        Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) => Ok(None),
        Some(error) => Err(RDKafkaErrorCode::from(error).to_string()),
    }
}

/// Makes the topic, or makes it larger. The outer error: no broker answers; the inner: what it says instead.
fn change(
    config: &ClientConfig,
    topic: &OwnTopic,
    partitions: i32,
    is_there: bool,
) -> Result<Result<(), RDKafkaErrorCode>, String> {
    let admin: AdminClient<DefaultClientContext> = config.create().map_err(|error| error.to_string())?;
    let options = AdminOptions::new().operation_timeout(Some(ANSWER_LIMIT)).request_timeout(Some(ANSWER_LIMIT));
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let results = runtime.block_on(async {
        if is_there {
            let partitions = usize::try_from(partitions).unwrap_or(0);
            admin.create_partitions([&NewPartitions::new(&topic.name, partitions)], &options).await
        } else {
            let new = NewTopic::new(&topic.name, partitions, TopicReplication::Fixed(-1));
            let new = topic.kind.properties().iter().fold(new, |new, (property, value)| new.set(property, value));
            admin.create_topics([&new], &options).await
        }
    });
    let results = match results {
        Ok(results) => results,
        Err(error) => match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::UnsupportedFeature) => return Ok(Err(RDKafkaErrorCode::UnsupportedFeature)),
            _ => return Err(error.to_string()),
        },
    };
    Ok(match results.into_iter().next() {
        Some(Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()), // another instance was faster
        Some(Err((_, code))) => Err(code),
        Some(Ok(_)) | None => {
            info!(topic = topic.name, partitions, "topic of {} made", topic.kind.what());
            Ok(())
        }
    })
}

/// A topic that was just made is not known to every broker at once.
fn wait<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &OwnTopic, partitions: i32) -> Result<(), String> {
    for _ in 0..50 {
        if count(consumer, &topic.name)?.is_some_and(|there| topic.kind.are_enough(there, partitions)) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("it was made, and no broker knows it yet".to_owned())
}

/// The command that makes the topic, or makes it large enough.
fn how_to(topic: &OwnTopic, partitions: i32, is_there: bool) -> String {
    let (name, verb) = (&topic.name, if is_there { "--alter" } else { "--create" });
    let command = format!("kafka-topics.sh --bootstrap-server BROKER {verb} --topic {name} --partitions {partitions}");
    let properties = topic.kind.properties().iter().filter(|_| !is_there);
    let properties: String = properties.map(|(property, value)| format!(" --config {property}={value}")).collect();
    format!("run `{command}{properties}`")
}
