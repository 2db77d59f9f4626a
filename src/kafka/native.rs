//! The calls that go to librdkafka directly, where rdkafka has none that would do. All unsafe code of this crate is here.
//!
//! **Safety.** A client's native handle is valid while the client is borrowed, and librdkafka may be called from any thread. What a
//! call returns is used and given back within the function, or belongs to what the caller borrows; no pointer leaves this module.
#![expect(
    unsafe_code,
    reason = "rdkafka 0.39 answers no asynchronous commit, hides its mock cluster's pointer, and panics on headers"
)]

use std::ffi::CStr;
use std::{ptr, slice};

use rdkafka::bindings::{
    rd_kafka_commit_queue, rd_kafka_handle_mock_cluster, rd_kafka_header_get_last, rd_kafka_headers_t,
    rd_kafka_message_headers, rd_kafka_mock_group_initial_rebalance_delay_ms, rd_kafka_queue_destroy,
    rd_kafka_queue_get_consumer,
};
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, TopicPartitionList};

use crate::wire::Headers;

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

/// The headers that can tell of an event; of one that comes twice, the last. A message without any costs one look. rdkafka's own
/// headers panic on a name that is not UTF-8, which anybody may write; here no name is read but compared with ours.
pub(super) fn headers<'m>(message: &'m BorrowedMessage<'_>) -> Headers<'m> {
    let mut list = ptr::null_mut();
    // SAFETY: the message is live while it is borrowed, and it owns the list.
    let code = unsafe { rd_kafka_message_headers(message.ptr(), &mut list) };
    if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Headers::default();
    }
    // SAFETY: the list is of a message that is borrowed for as long as what comes back.
    let header = |name| unsafe { last_header(list, name) };
    Headers {
        id: header(c"ce_id"),
        kind: header(c"ce_type"),
        time: header(c"ce_time"),
        source: header(c"ce_source"),
        specversion: header(c"ce_specversion"),
    }
}

/// The value of the last header of that name, where it has one.
///
/// # Safety
/// The list must be a live one, and stay so for `'m`.
unsafe fn last_header<'m>(list: *const rd_kafka_headers_t, name: &CStr) -> Option<&'m [u8]> {
    let (mut value, mut size) = (ptr::null(), 0);
    // SAFETY: the list is live, the name ends in a NUL, and both results have a place.
    let code = unsafe { rd_kafka_header_get_last(list, name.as_ptr(), &mut value, &mut size) };
    if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || value.is_null() {
        return None;
    }
    // SAFETY: librdkafka says that these bytes are there, and the list owns them.
    Some(unsafe { slice::from_raw_parts(value.cast(), size) })
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

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::time::Duration;

    use rdkafka::bindings::{rd_kafka_producev, rd_kafka_vtype_t};
    use rdkafka::producer::{BaseProducer, Producer};
    use rdkafka::{ClientConfig, Message, Offset};

    use super::*;
    use crate::kafka::EmbeddedBroker;

    const PATIENCE: Duration = Duration::from_secs(90);

    fn client(broker: &EmbeddedBroker) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", broker.bootstrap_servers()).set("group.id", "headers");
        config
    }

    /// Writes a record with three headers, whose names may be any bytes, and values any or none.
    fn produce(producer: &BaseProducer, headers: [(&CStr, Option<&[u8]>); 3]) {
        let [a, b, c] = headers.map(|(name, value)| {
            (name.as_ptr(), value.map_or(ptr::null(), <[u8]>::as_ptr).cast::<c_void>(), value.map_or(0, <[u8]>::len))
        });
        // SAFETY: the arguments are as librdkafka lists them for these kinds, and live over the call, which copies them.
        let code = unsafe {
            use rd_kafka_vtype_t::{
                RD_KAFKA_VTYPE_END as END, RD_KAFKA_VTYPE_HEADER as HEADER, RD_KAFKA_VTYPE_TOPIC as TOPIC,
            };
            let client = producer.client().native_ptr();
            rd_kafka_producev(
                client,
                TOPIC,
                c"events".as_ptr(),
                HEADER,
                a.0,
                a.1,
                a.2,
                HEADER,
                b.0,
                b.1,
                b.2,
                HEADER,
                c.0,
                c.1,
                c.2,
                END,
            )
        };
        assert_eq!(code, RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR);
        producer.flush(PATIENCE).unwrap();
    }

    #[test]
    fn headers_are_found_by_name_the_last_of_each_among_names_that_are_no_text() {
        let broker = EmbeddedBroker::start("events", 1).unwrap();
        let producer: BaseProducer = client(&broker).create().unwrap();
        produce(&producer, [(c"\xff\xfe", Some(b"x")), (c"ce_id", Some(b"first")), (c"ce_id", Some(b"\xff"))]);
        produce(&producer, [(c"ce_type", Some(b"")), (c"ce_source", None), (c"CE_TIME", Some(b"x"))]);
        let consumer: BaseConsumer = client(&broker).create().unwrap();
        let mut start = TopicPartitionList::new();
        start.add_partition_offset("events", 0, Offset::Beginning).unwrap();
        consumer.assign(&start).unwrap();
        let first = consumer.poll(PATIENCE).unwrap().unwrap();
        assert_eq!(headers(&first), Headers { id: Some(b"\xff"), ..Headers::default() });
        let second = consumer.poll(PATIENCE).unwrap().unwrap();
        assert_eq!((headers(&second), second.payload()), (Headers { kind: Some(b""), ..Headers::default() }, None));
    }
}
