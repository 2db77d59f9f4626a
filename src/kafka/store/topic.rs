//! The topic of snapshots: that it is there, and how to make it where we may not.
//!
//! **Why we make it.** It needs as many partitions as the input and must be compacted; a topic that a broker makes on its own has one
//! partition and forgets after a week.

use std::thread;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use tracing::info;

use super::Unprepared;

/// How long to wait for a broker's answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How the topic is kept: the newest record of each key, and what it overwrote not for long.
const PROPERTIES: [(&str, &str); 4] = [
    ("cleanup.policy", "compact"),
    ("segment.ms", "600000"),
    ("min.cleanable.dirty.ratio", "0.1"),
    ("delete.retention.ms", "3600000"),
];

/// Sees to it that the topic is there with at least so many partitions.
///
/// # Errors
/// No broker answers; or the topic is not there, is too small, and we may not change that: then it tells the command to run.
pub(super) fn ensure<C: ConsumerContext>(
    config: &ClientConfig,
    consumer: &BaseConsumer<C>,
    topic: &str,
    partitions: i32,
) -> Result<(), Unprepared> {
    let there = count(consumer, topic).map_err(Unprepared::Away)?;
    if there.is_some_and(|there| there >= partitions) {
        return Ok(());
    }
    let tell = |says: &str| {
        let how = how_to(topic, partitions, there.is_some());
        format!("the topic of snapshots {topic} {}, and the broker says: {says}; {how}", told(there))
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
    topic: &str,
    partitions: i32,
    is_there: bool,
) -> Result<Result<(), RDKafkaErrorCode>, String> {
    let admin: AdminClient<DefaultClientContext> = config.create().map_err(|error| error.to_string())?;
    let options = AdminOptions::new().operation_timeout(Some(ANSWER_LIMIT)).request_timeout(Some(ANSWER_LIMIT));
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    let results = runtime.block_on(async {
        if is_there {
            let partitions = usize::try_from(partitions).unwrap_or(0);
            admin.create_partitions([&NewPartitions::new(topic, partitions)], &options).await
        } else {
            let new = PROPERTIES
                .iter()
                .fold(NewTopic::new(topic, partitions, TopicReplication::Fixed(-1)), |new, (property, value)| {
                    new.set(property, value)
                });
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
            info!(topic, partitions, "topic of snapshots made");
            Ok(())
        }
    })
}

/// A topic that was just made is not known to every broker at once.
fn wait<C: ConsumerContext>(consumer: &BaseConsumer<C>, topic: &str, partitions: i32) -> Result<(), String> {
    for _ in 0..50 {
        if count(consumer, topic)?.is_some_and(|there| there >= partitions) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(100));
    }
    Err("it was made, and no broker knows it yet".to_owned())
}

/// The command that makes the topic, or makes it large enough.
fn how_to(topic: &str, partitions: i32, is_there: bool) -> String {
    if is_there {
        return format!(
            "run `kafka-topics.sh --bootstrap-server BROKER --alter --topic {topic} --partitions {partitions}`"
        );
    }
    let properties: Vec<String> =
        PROPERTIES.iter().map(|(property, value)| format!("--config {property}={value}")).collect();
    format!(
        "run `kafka-topics.sh --bootstrap-server BROKER --create --topic {topic} --partitions {partitions} {}`",
        properties.join(" ")
    )
}
