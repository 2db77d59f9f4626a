//! A broker inside the process, for the demo and for tests: librdkafka's mock cluster, on loopback only.
//!
//! **What it is not.** It keeps records in memory (5 MB a partition, then the oldest go), finds no offsets by time (a bootstrap by
//! age begins at the end), and is no evidence for durability.
//!
//! **Safety.** One call goes to librdkafka directly, because rdkafka hides the cluster's pointer. That pointer comes from the client
//! which owns the cluster, is used at once, and is not kept.
#![expect(unsafe_code, reason = "rdkafka has no safe call for the rebalance delay of its mock cluster")]

use rdkafka::ClientConfig;
use rdkafka::bindings::{rd_kafka_handle_mock_cluster, rd_kafka_mock_group_initial_rebalance_delay_ms};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, DefaultProducerContext, Producer as _};

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
        broker.shorten_rebalance_delay();
        broker.cluster().create_topic(topic, i32::from(partitions.max(1)), 1)?;
        Ok(broker)
    }

    /// Where clients connect: `host:port` on loopback.
    pub fn bootstrap_servers(&self) -> String {
        self.cluster().bootstrap_servers()
    }

    /// The cluster itself, for tests that break it.
    pub fn cluster(&self) -> MockCluster<'_, DefaultProducerContext> {
        self.client.client().mock_cluster().expect("the client was made with a mock cluster")
    }

    fn shorten_rebalance_delay(&self) {
        let client = self.client.client().native_ptr();
        // SAFETY: `client` is a live handle, owned by `self.client` for longer than this call, and was made with a mock cluster, so
        // that the cluster's pointer is its own, valid and not null. librdkafka queues the setting to the cluster's thread, so it
        // may be called from any.
        unsafe {
            rd_kafka_mock_group_initial_rebalance_delay_ms(rd_kafka_handle_mock_cluster(client), REBALANCE_DELAY_MS);
        }
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
