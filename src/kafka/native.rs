//! The calls that go to librdkafka directly, where rdkafka has none that would do. All unsafe code of this crate is here.
//!
//! **Safety.** A client's native handle is valid while the client is borrowed, and librdkafka may be called from any thread. What a
//! call returns is used and given back within the function; no pointer leaves this module.
#![expect(unsafe_code, reason = "rdkafka 0.39 answers no asynchronous commit, and hides its mock cluster's pointer")]

use std::ptr;

use rdkafka::bindings::{
    rd_kafka_commit_queue, rd_kafka_handle_mock_cluster, rd_kafka_mock_group_initial_rebalance_delay_ms,
    rd_kafka_queue_destroy, rd_kafka_queue_get_consumer,
};
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, TopicPartitionList};

/// Commits without waiting, so that the answer comes to `commit_callback`. rdkafka's own asynchronous commit names no queue for the
/// answer, and the callback is never called (rust-rdkafka #856).
pub(super) fn commit_async<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    offsets: &TopicPartitionList,
) -> KafkaResult<()> {
    let client = consumer.client().native_ptr();
    // SAFETY: `client` is a live consumer's handle. The queue, if there is one, is a new reference to the consumer's own, and is given
    // back once; librdkafka takes its own reference for the answer and copies the list. Without a callback the opaque is not used.
    let code = unsafe {
        let queue = rd_kafka_queue_get_consumer(client);
        if queue.is_null() {
            return Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::UnknownGroup));
        }
        let code = rd_kafka_commit_queue(client, offsets.ptr(), queue, None, ptr::null_mut());
        rd_kafka_queue_destroy(queue);
        code
    };
    match code {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(KafkaError::ConsumerCommit(code.into())),
    }
}

/// Sets how long a new group of the client's mock cluster waits for more members. Does nothing where the client has no such cluster.
pub(super) fn set_initial_rebalance_delay<C: ClientContext>(client: &Client<C>, delay_ms: i32) {
    // SAFETY: the client's handle is live; a cluster that it owns lives as long, and the setting is handed to the cluster's thread.
    unsafe {
        let cluster = rd_kafka_handle_mock_cluster(client.native_ptr());
        if !cluster.is_null() {
            rd_kafka_mock_group_initial_rebalance_delay_ms(cluster, delay_ms);
        }
    }
}
