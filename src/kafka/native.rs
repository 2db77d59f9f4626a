//! The calls that go to librdkafka directly, where rdkafka has none that would do. All unsafe code of this crate is here.
//!
//! **Safety.** A client's native handle is valid while the client is borrowed, and librdkafka may be called from any thread. What a
//! call returns is used and given back within the function, or belongs to what the caller borrows; no pointer leaves this module.
//! [`Records`] holds messages that are its own until it is dropped, and [`Source`] gives its queue back before its consumer.
#![expect(
    unsafe_code,
    reason = "rdkafka 0.39 answers no asynchronous commit, hides its mock cluster's pointer, panics on headers, and knows no batch \
              call, no leader epochs and no ids of topics"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{CStr, CString};
use std::marker::PhantomData;
use std::time::Duration;
use std::{ptr, slice};

use rdkafka::bindings::{
    rd_kafka_AdminOptions_destroy, rd_kafka_AdminOptions_new, rd_kafka_AdminOptions_set_request_timeout,
    rd_kafka_DescribeTopics, rd_kafka_DescribeTopics_result_topics, rd_kafka_TopicCollection_destroy,
    rd_kafka_TopicCollection_of_topic_names, rd_kafka_TopicDescription_name, rd_kafka_TopicDescription_topic_id,
    rd_kafka_Uuid_least_significant_bits, rd_kafka_Uuid_most_significant_bits, rd_kafka_admin_op_t,
    rd_kafka_commit_queue, rd_kafka_consume_batch_queue, rd_kafka_event_DescribeTopics_result, rd_kafka_event_destroy,
    rd_kafka_event_error, rd_kafka_event_t, rd_kafka_handle_mock_cluster, rd_kafka_header_get_all,
    rd_kafka_header_get_last, rd_kafka_headers_t, rd_kafka_message_destroy, rd_kafka_message_errstr,
    rd_kafka_message_headers, rd_kafka_message_leader_epoch, rd_kafka_message_t, rd_kafka_message_timestamp,
    rd_kafka_mock_group_initial_rebalance_delay_ms, rd_kafka_queue_destroy, rd_kafka_queue_forward,
    rd_kafka_queue_get_consumer, rd_kafka_queue_get_partition, rd_kafka_queue_length, rd_kafka_queue_new,
    rd_kafka_queue_poll, rd_kafka_queue_t, rd_kafka_timestamp_type_t, rd_kafka_topic_name,
    rd_kafka_topic_partition_list_find, rd_kafka_topic_partition_set_leader_epoch,
};
use rdkafka::client::Client;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::BorrowedMessage;
use rdkafka::types::{RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{ClientContext, TopicPartitionList};

use super::header_list::HeaderList;
use super::{Place, Record};
use crate::snapshot::TopicId;
use crate::time::EventTime;
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

/// Says of a partition in a list under which leader the record before its offset was written, where that is known: it is committed with
/// the offset, and librdkafka asks a new leader whether its log still has that record.
pub(super) fn set_leader_epoch(list: &mut TopicPartitionList, place: &Place, epoch: Option<i32>) {
    let (Some(epoch), Ok(topic)) = (epoch, CString::new(&*place.topic)) else { return };
    // SAFETY: the list is live and borrowed by us alone, and the name ends in a NUL. What is found is an element of the list, which
    // frees with it what is put there; putting it twice changes the number in place.
    unsafe {
        let element = rd_kafka_topic_partition_list_find(list.ptr(), topic.as_ptr(), place.partition);
        if !element.is_null() {
            rd_kafka_topic_partition_set_leader_epoch(element, epoch);
        }
    }
}

/// A question for the ids of topics, whose answer is on its way to a queue of its own. Other questions may be asked meanwhile.
pub(super) struct TopicIdQuestion<'a> {
    answer: Queue,
    of: PhantomData<&'a ()>, // the consumer: the queue is given back before it
}

impl<'a> TopicIdQuestion<'a> {
    /// Asks, and does not wait. `limit`: when librdkafka gives up.
    pub fn ask<C: ConsumerContext>(consumer: &'a BaseConsumer<C>, topics: &BTreeSet<&str>, limit: Duration) -> Self {
        let client = consumer.client().native_ptr();
        let names: Vec<CString> = topics.iter().filter_map(|topic| CString::new(*topic).ok()).collect();
        let mut pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        let limit_ms = i32::try_from(limit.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the handle is live, the names end in a NUL and live over the calls, which copy them; the collection and the options
        // are ours, are copied, and are given back once. A limit that librdkafka refuses leaves its own.
        unsafe {
            let answer = Queue(rd_kafka_queue_new(client));
            let topics = rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len());
            let options = rd_kafka_AdminOptions_new(client, rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS);
            rd_kafka_AdminOptions_set_request_timeout(options, limit_ms, ptr::null_mut(), 0);
            rd_kafka_DescribeTopics(client, topics, options, answer.0);
            rd_kafka_AdminOptions_destroy(options);
            rd_kafka_TopicCollection_destroy(topics);
            Self { answer, of: PhantomData }
        }
    }

    /// The ids that a broker tells within this time; none where it tells none.
    pub fn answer(self, wait: Duration) -> BTreeMap<String, TopicId> {
        let wait_ms = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the queue is live. The event, if one comes, is ours, and is given back after what is in it was copied.
        unsafe {
            let event = rd_kafka_queue_poll(self.answer.0, wait_ms);
            if event.is_null() {
                return BTreeMap::new();
            }
            let ids = topic_ids(event);
            rd_kafka_event_destroy(event);
            ids
        }
    }
}

/// # Safety
/// The event must be live.
unsafe fn topic_ids(event: *mut rd_kafka_event_t) -> BTreeMap<String, TopicId> {
    let mut count = 0;
    // SAFETY: the event is live; of another kind it has no result, and a failed one has no topics. As many descriptions as are counted
    // lie there, each live with the event, and each has a name that ends in a NUL, and an id.
    unsafe {
        let result = rd_kafka_event_DescribeTopics_result(event);
        if result.is_null() || rd_kafka_event_error(event) != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
            return BTreeMap::new();
        }
        let topics = rd_kafka_DescribeTopics_result_topics(result, &mut count);
        let told = (0..count).filter_map(|index| {
            let topic = *topics.add(index);
            let id = rd_kafka_TopicDescription_topic_id(topic);
            let half = |bits: i64| u128::from(bits.cast_unsigned());
            let (most, least) = (rd_kafka_Uuid_most_significant_bits(id), rd_kafka_Uuid_least_significant_bits(id));
            let name = CStr::from_ptr(rd_kafka_TopicDescription_name(topic)).to_string_lossy().into_owned();
            Some((name, TopicId::of(half(most) << 64 | half(least))?))
        });
        told.collect()
    }
}

/// A consumer whose partitions' records come in batches, past its own queue; in that queue everything else is left to `poll`.
///
/// **Why two queues.** librdkafka's batch call drops what is no record, and rebalances, commits' answers and statistics must not be
/// dropped. So the fetchers of opened partitions write into a queue that holds nothing but records and partitions' errors.
pub(super) struct Source<C: ConsumerContext> {
    records: Queue, // before the consumer: fields are dropped in order
    events: Queue,
    consumer: BaseConsumer<C>,
}

impl<C: ConsumerContext> Source<C> {
    /// Takes a consumer that reads no partition yet. Fails where it is in no group.
    pub fn new(consumer: BaseConsumer<C>) -> KafkaResult<Self> {
        let client = consumer.client().native_ptr();
        // SAFETY: the handle is live; each call gives a reference of our own.
        let (records, events) = unsafe { (rd_kafka_queue_new(client), rd_kafka_queue_get_consumer(client)) };
        let (records, events) = (Queue(records), Queue(events));
        if records.0.is_null() || events.0.is_null() {
            return Err(KafkaError::ClientCreation("the consumer has no queue".to_owned()));
        }
        Ok(Self { records, events, consumer })
    }

    /// The consumer. Its `poll` serves events; the records are here.
    pub fn consumer(&self) -> &BaseConsumer<C> {
        &self.consumer
    }

    /// How many events wait to be polled.
    pub fn events_waiting(&self) -> usize {
        // SAFETY: the queue lives as long as this.
        unsafe { rd_kafka_queue_length(self.events.0) }
    }

    /// Has the records of a partition come here. To be called before the partition is assigned, so that none goes elsewhere.
    pub fn divert(&self, place: &Place) -> KafkaResult<()> {
        let unknown = || KafkaError::MessageConsumption(RDKafkaErrorCode::UnknownPartition);
        let topic = CString::new(&*place.topic).map_err(|_| unknown())?;
        // SAFETY: the handle is live and the name ends in a NUL; the queue is a reference of our own.
        let partition = Queue(unsafe {
            rd_kafka_queue_get_partition(self.consumer.client().native_ptr(), topic.as_ptr(), place.partition)
        });
        if partition.0.is_null() {
            return Err(unknown());
        }
        // SAFETY: both queues are live; librdkafka takes its own reference to the second.
        unsafe { rd_kafka_queue_forward(partition.0, self.records.0) };
        Ok(())
    }

    /// Takes records until there are `max` or `wait` is over.
    pub fn take(&self, max: usize, wait: Duration) -> Records {
        let mut taken = Records(Vec::with_capacity(max));
        let wait_ms = i32::try_from(wait.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the queue is live, and there is room for `max` pointers; as many as are returned are written, and are ours.
        unsafe {
            let count = rd_kafka_consume_batch_queue(self.records.0, wait_ms, taken.0.as_mut_ptr(), max);
            taken.0.set_len(usize::try_from(count).unwrap_or(0));
        }
        taken
    }
}

/// A reference to a queue of librdkafka, given back when dropped. May be null.
struct Queue(*mut rd_kafka_queue_t);

// SAFETY: librdkafka's queues are locked and may be used from any thread.
unsafe impl Send for Queue {}

impl Drop for Queue {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the reference is ours, and given back once.
            unsafe { rd_kafka_queue_destroy(self.0) };
        }
    }
}

/// Messages that were taken; all are given back when this is dropped, also by a panic.
pub(super) struct Records(Vec<*mut rd_kafka_message_t>);

impl Records {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Neighbours of one partition, in order.
    pub fn runs(&self) -> impl Iterator<Item = Run<'_>> {
        // SAFETY: the messages are live as long as this is.
        let all = unsafe { slice::from_raw_parts(self.0.as_ptr().cast::<&rd_kafka_message_t>(), self.0.len()) };
        all.chunk_by(|a, b| a.rkt == b.rkt && a.partition == b.partition && is_record(a) && is_record(b)).map(Run)
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        for message in &self.0 {
            // SAFETY: each is ours, and what was borrowed of it is borrowed no more.
            unsafe { rd_kafka_message_destroy(*message) };
        }
    }
}

fn is_record(message: &rd_kafka_message_t) -> bool {
    message.err == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR
}

/// Records of one partition, or one error; never empty.
#[derive(Clone, Copy)]
pub(super) struct Run<'a>(&'a [&'a rd_kafka_message_t]);

impl<'a> Run<'a> {
    /// The error that this is instead of records, with its text.
    pub fn error(self) -> Option<(RDKafkaErrorCode, String)> {
        let message = self.0.first().filter(|message| !is_record(message))?;
        // SAFETY: the message is live; the text, where there is one, ends in a NUL and is copied at once.
        let reason = unsafe {
            let text = rd_kafka_message_errstr(*message);
            if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
        };
        Some((message.err.into(), reason))
    }

    /// Whether the records are of that partition.
    pub fn is_of(self, place: &Place) -> bool {
        self.0.first().is_some_and(|message| {
            message.partition == place.partition && !message.rkt.is_null() && {
                // SAFETY: a record's topic is live with it, and its name ends in a NUL.
                let topic = unsafe { CStr::from_ptr(rd_kafka_topic_name(message.rkt)) };
                topic.to_bytes() == place.topic.as_bytes()
            }
        })
    }

    /// The records. Of an error: none.
    pub fn records(self) -> impl Iterator<Item = Record<'a>> {
        // SAFETY: the messages are live for as long as they are borrowed.
        self.0.iter().filter(|message| is_record(message)).map(|message| unsafe { record(message) })
    }
}

/// A message that `poll` gave, as a record.
pub(super) fn record_of<'m>(message: &'m BorrowedMessage<'_>) -> Record<'m> {
    // SAFETY: the message is live while it is borrowed.
    unsafe { record(&*message.ptr()) }
}

/// What is in a message.
///
/// # Safety
/// It must be librdkafka's own, not a copy, and live for `'m`.
unsafe fn record(message: &rd_kafka_message_t) -> Record<'_> {
    let payload = (!message.payload.is_null())
        // SAFETY: librdkafka says that these bytes are there, and the message owns them.
        .then(|| unsafe { slice::from_raw_parts(message.payload.cast::<u8>(), message.len) });
    let key = (!message.key.is_null())
        // SAFETY: as the payload.
        .then(|| unsafe { slice::from_raw_parts(message.key.cast::<u8>(), message.key_len) });
    // SAFETY: as the caller promises.
    let (recorded_at, list) = unsafe { (recorded_at(message), header_list(message)) };
    // SAFETY: as the caller promises. Of a broker that does not tell it is -1.
    let leader_epoch = Some(unsafe { rd_kafka_message_leader_epoch(message) }).filter(|epoch| *epoch >= 0);
    let headers = list.map_or_else(Headers::default, NativeHeaders::of_event);
    let all_headers = list.map_or(HeaderList::Empty, HeaderList::Native);
    Record { offset: message.offset, recorded_at, leader_epoch, key, payload, headers, all_headers }
}

/// # Safety
/// As [`record`].
unsafe fn recorded_at(message: &rd_kafka_message_t) -> Option<EventTime> {
    let mut kind = rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    // SAFETY: the message is a live one of librdkafka's, and the kind has a place.
    let millis = unsafe { rd_kafka_message_timestamp(message, &mut kind) };
    let is_told = kind != rd_kafka_timestamp_type_t::RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && millis != -1;
    is_told.then(|| EventTime::from_millis(millis))
}

/// The headers of a message, if it has any. A message without costs one look.
///
/// # Safety
/// As [`record`].
unsafe fn header_list(message: &rd_kafka_message_t) -> Option<NativeHeaders<'_>> {
    let mut list = ptr::null_mut();
    // SAFETY: the message is live while it is borrowed, and it owns the list.
    let code = unsafe { rd_kafka_message_headers(message, &mut list) };
    let is_there = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && !list.is_null();
    is_there.then_some(NativeHeaders { list, of: PhantomData })
}

/// Headers in a message of librdkafka's. rdkafka's own headers panic on a name that is not UTF-8, which anybody may write; here a name is
/// bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NativeHeaders<'a> {
    list: *const rd_kafka_headers_t, // live for 'a
    of: PhantomData<&'a rd_kafka_message_t>,
}

impl<'a> NativeHeaders<'a> {
    /// Those that can tell of an event; of one that comes twice, the last.
    fn of_event(self) -> Headers<'a> {
        Headers {
            id: self.last(c"ce_id"),
            kind: self.last(c"ce_type"),
            time: self.last(c"ce_time"),
            source: self.last(c"ce_source"),
            specversion: self.last(c"ce_specversion"),
        }
    }

    /// The value of the last header of that name, where it has one.
    fn last(self, name: &CStr) -> Option<&'a [u8]> {
        let (mut value, mut size) = (ptr::null(), 0);
        // SAFETY: the list is live, the name ends in a NUL, and both results have a place.
        let code = unsafe { rd_kafka_header_get_last(self.list, name.as_ptr(), &mut value, &mut size) };
        let is_there = code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && !value.is_null();
        // SAFETY: librdkafka says that these bytes are there, and the list owns them.
        is_there.then(|| unsafe { slice::from_raw_parts(value.cast(), size) })
    }

    /// Shows every header in its order.
    pub(super) fn for_each(self, mut show: impl FnMut(&[u8], Option<&[u8]>)) {
        for index in 0.. {
            let (mut name, mut value, mut size) = (ptr::null(), ptr::null(), 0);
            // SAFETY: the list is live, and all results have a place.
            let code = unsafe { rd_kafka_header_get_all(self.list, index, &mut name, &mut value, &mut size) };
            if code != RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
                return;
            }
            // SAFETY: librdkafka says that these bytes are there, and the list owns them; the name ends in a NUL.
            let (name, value) = unsafe {
                let value: Option<&[u8]> = (!value.is_null()).then(|| slice::from_raw_parts(value.cast(), size));
                (CStr::from_ptr(name), value)
            };
            show(name.to_bytes(), value);
        }
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

#[cfg(test)]
mod tests {
    use std::ffi::c_void;
    use std::time::Duration;

    use rdkafka::bindings::{rd_kafka_producev, rd_kafka_vtype_t};
    use rdkafka::producer::{BaseProducer, Producer};
    use rdkafka::{ClientConfig, Offset};

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

    /// This one names a controller that there is not, and the controller is asked. That others do tell, `tests/it/recovery.rs` sees.
    #[test]
    fn a_broker_that_tells_no_ids_of_topics_is_not_waited_for_and_the_epochs_of_records_are_told() {
        let broker = EmbeddedBroker::start("events", 1).unwrap();
        let consumer: BaseConsumer = client(&broker).create().unwrap();
        let topics = BTreeSet::from(["events", "none"]);
        let question = TopicIdQuestion::ask(&consumer, &topics, PATIENCE);
        assert_eq!(question.answer(Duration::from_millis(100)), BTreeMap::new());
        let given_up = TopicIdQuestion::ask(&consumer, &topics, Duration::from_millis(100));
        assert_eq!(given_up.answer(PATIENCE), BTreeMap::new(), "the answer is that there is none");
        produce(&client(&broker).create().unwrap(), [(c"a", None); 3]);
        let place = Place { topic: "events".into(), partition: 0 };
        let mut start = TopicPartitionList::new();
        start.add_partition_offset("events", 0, Offset::Beginning).unwrap();
        [Some(7), None, Some(0)].into_iter().for_each(|epoch| set_leader_epoch(&mut start, &place, epoch));
        consumer.assign(&start).unwrap();
        assert_eq!(record_of(&consumer.poll(PATIENCE).unwrap().unwrap()).leader_epoch, Some(0));
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
        let mut all = Vec::new();
        record_of(&first).all_headers.for_each(|name, value| all.push((name.to_vec(), value.map(<[u8]>::to_vec))));
        let header = |name: &[u8], value: &[u8]| (name.to_vec(), Some(value.to_vec()));
        assert_eq!(all, [header(b"\xff\xfe", b"x"), header(b"ce_id", b"first"), header(b"ce_id", b"\xff")]);
        assert_eq!(record_of(&first).headers, Headers { id: Some(b"\xff"), ..Headers::default() });
        let second = consumer.poll(PATIENCE).unwrap().unwrap();
        assert_eq!(
            (record_of(&second).headers, record_of(&second).payload),
            (Headers { kind: Some(b""), ..Headers::default() }, None)
        );
    }
}
