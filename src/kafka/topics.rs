//! Which of the configured topics exist, and with how many partitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaResult;
use rdkafka::types::RDKafkaRespErr;

use super::Place;

/// What a broker says about the topics.
#[derive(Debug, Default)]
pub(super) struct Topics {
    /// How many partitions each has.
    pub partitions: BTreeMap<Arc<str>, usize>,
    /// Those that do not exist.
    pub missing: BTreeSet<Arc<str>>,
}

/// Asks a broker about each topic; creates none. At most `limit` a topic. Fails where no broker answers.
pub(super) fn find_topics<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topics: &[String],
    limit: Duration,
) -> KafkaResult<Topics> {
    let mut found = Topics::default();
    for topic in topics {
        let metadata = consumer.fetch_metadata(Some(topic), limit)?;
        for answer in metadata.topics().iter().filter(|answer| answer.name() == topic) {
            match answer.error() {
                None => drop(found.partitions.insert(topic.as_str().into(), answer.partitions().len())),
                Some(RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) => {
                    found.missing.insert(topic.as_str().into());
                }
                // Known but not ready, as while its leaders are elected: the consumer waits for it on its own.
                Some(_) => {}
            }
        }
    }
    Ok(found)
}

/// Those of the partitions that a leader can be asked about now. One question without a leader keeps all others waiting.
pub(super) fn with_leader<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    places: &[Place],
    limit: Duration,
) -> KafkaResult<Vec<Place>> {
    let mut led = Vec::new();
    for topic in places.iter().map(|place| &place.topic).collect::<BTreeSet<_>>() {
        let metadata = consumer.fetch_metadata(Some(topic), limit)?;
        let partitions =
            metadata.topics().iter().filter(|answer| answer.name() == &**topic).flat_map(|t| t.partitions());
        let leaders: BTreeSet<i32> = partitions.filter(|p| p.leader() >= 0).map(|p| p.id()).collect();
        led.extend(places.iter().filter(|place| place.topic == *topic && leaders.contains(&place.partition)).cloned());
    }
    Ok(led)
}
