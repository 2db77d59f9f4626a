//! A broker inside the process, for the demo and for tests: librdkafka's mock cluster, on loopback only.
//!
//! **What it is not.** It keeps records in memory (5 MB a partition, then the oldest go), finds no offsets by time (a bootstrap by
//! age begins at the end), tells no ids of topics, and is no evidence for durability.

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, DefaultProducerContext, Producer as _};

use super::native::set_initial_rebalance_delay;

/// How long a new group waits for more members; the mock's own 3 s would keep the demo blank.
const REBALANCE_DELAY_MS: i32 = 1;

/// A broker that lives as long as this value. Its group coordinator and one topic are ready when `start` returns.
pub struct EmbeddedBroker {
    /// Owns the cluster and ends it when dropped.
    client: BaseProducer,
}

impl EmbeddedBroker {
    /// Starts a broker with one topic of `partitions` partitions (at least 1).
    pub fn start(topic: &str, partitions: u16) -> Result<Self, KafkaError> {
        let client: BaseProducer =
            ClientConfig::new().set("test.mock.num.brokers", "1").set_log_level(RDKafkaLogLevel::Emerg).create()?;
        let broker = Self { client };
        set_initial_rebalance_delay(broker.client.client(), REBALANCE_DELAY_MS);
        broker.cluster().create_topic(topic, i32::from(partitions.max(1)), 1)?;
        Ok(broker)
    }

    /// Adds a topic of one partition: this broker makes none when it is asked to.
    pub fn add_topic(&self, topic: &str) -> Result<(), KafkaError> {
        self.cluster().create_topic(topic, 1, 1)
    }

    /// Where clients connect: `host:port` on loopback.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster().bootstrap_servers()
    }

    /// The cluster itself, for tests that break it.
    pub fn cluster(&self) -> MockCluster<'_, DefaultProducerContext> {
        self.client.client().mock_cluster().expect("the client was made with a mock cluster")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_broker_listens_on_loopback_only() {
        let broker = EmbeddedBroker::start("events", 2).unwrap();
        let address = broker.bootstrap_servers();
        assert!(address.starts_with("127.0.0.1:") || address.starts_with("localhost:"), "{address}");
    }
}
