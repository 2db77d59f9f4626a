//! What tests do with the topics of a broker.

use std::sync::atomic::{AtomicUsize, Ordering};

use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, NewPartitions, NewTopic, ResourceSpecifier, TopicReplication,
};
use rdkafka::client::{ClientContext, DefaultClientContext};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{DeliveryResult, OwnedMessage, ToBytes};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::broker::KafkaBroker;
use super::wait::{PATIENCE, eventually};

impl KafkaBroker {
    /// Makes a topic, and returns when every partition has a leader.
    pub fn create_topic(&self, name: &str, partitions: usize) {
        let topic = NewTopic::new(name, partitions as i32, TopicReplication::Fixed(1));
        let made = self.administer(|admin, options| async move { admin.create_topics([&topic], &options).await });
        assert_eq!(made, [Ok(name.to_owned())]);
        eventually(&format!("leaders of {name}"), PATIENCE, || (self.leaders(name) == partitions).then_some(()));
    }

    /// Gives a topic more partitions, and returns when every one has a leader.
    pub fn grow_topic(&self, name: &str, partitions: usize) {
        let new = NewPartitions::new(name, partitions);
        let grown = self.administer(|admin, options| async move { admin.create_partitions([&new], &options).await });
        assert_eq!(grown, [Ok(name.to_owned())]);
        eventually(&format!("leaders of {name}"), PATIENCE, || (self.leaders(name) == partitions).then_some(()));
    }

    /// Sets a property of a topic.
    pub fn configure_topic(&self, name: &str, property: &str, value: &str) {
        let change = AlterConfig::new(ResourceSpecifier::Topic(name)).set(property, value);
        let changed = self.administer(|admin, options| async move { admin.alter_configs([&change], &options).await });
        assert!(changed.iter().all(Result::is_ok), "{changed:?}");
    }

    /// Deletes a topic, and returns when nobody knows it any more.
    pub fn delete_topic(&self, name: &str) {
        let deleted = self.administer(|admin, options| async move { admin.delete_topics(&[name], &options).await });
        assert_eq!(deleted, [Ok(name.to_owned())]);
        eventually(&format!("the end of {name}"), PATIENCE, || (self.leaders(name) == 0).then_some(()));
    }

    /// What a group has committed of a topic.
    pub fn committed(&self, group: &str, topic: &str) -> TopicPartitionList {
        let consumer: BaseConsumer = self.client().set("group.id", group).create().expect("a consumer can be made");
        let mut list = TopicPartitionList::new();
        list.add_partition_range(topic, 0, self.leaders(topic) as i32 - 1);
        consumer.committed_offsets(list, PATIENCE).expect("the coordinator answers")
    }

    /// Commits for a group without members, as Kafka's own tools do.
    pub fn commit(&self, group: &str, offsets: &TopicPartitionList) {
        let consumer: BaseConsumer = self.client().set("group.id", group).create().expect("a consumer can be made");
        eventually("a commit of a group that nobody is in", PATIENCE, || {
            consumer.commit(offsets, CommitMode::Sync).ok()
        });
    }

    fn administer<T, F: Future<Output = KafkaResult<T>>>(
        &self,
        work: impl FnOnce(AdminClient<DefaultClientContext>, AdminOptions) -> F,
    ) -> T {
        let admin = self.client().create().expect("a client can be made");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime can be built");
        runtime.block_on(work(admin, AdminOptions::new())).expect("the broker answers")
    }

    /// Writes records of a key and a payload, in this order, and returns when the broker has them all.
    pub fn produce<'a>(&self, topic: &str, records: impl IntoIterator<Item = (&'a str, &'a str)>) {
        self.send(records.into_iter().map(|(key, payload)| BaseRecord::to(topic).key(key).payload(payload)));
    }

    /// The same with any records.
    pub fn send<'a, B: ToBytes + ?Sized + 'a>(&self, records: impl IntoIterator<Item = BaseRecord<'a, B, B>>) {
        let producer: ThreadedProducer<Losses> =
            self.client().create_with_context(Losses::default()).expect("a producer can be made");
        for record in records {
            let mut unsent = Some(record);
            eventually("room in the producer's queue", PATIENCE, || {
                unsent = producer.send(unsent.take()?).err().map(|(_, refused)| refused);
                unsent.is_none().then_some(())
            });
        }
        producer.flush(PATIENCE).expect("the broker takes the records");
        assert_eq!(producer.context().count.load(Ordering::Relaxed), 0, "records that the broker refused");
    }

    /// All records that a topic holds at this moment: partition after partition is in order, the partitions are not.
    pub fn records(&self, topic: &str) -> Vec<OwnedMessage> {
        let consumer = self.reader();
        let (start, total) = self.extent(&consumer, topic);
        consumer.assign(&start).expect("partitions can be assigned");
        let poll = || consumer.poll(PATIENCE).expect("a record comes").expect("the broker hands it out").detach();
        (0..total).map(|_| poll()).collect()
    }

    fn reader(&self) -> BaseConsumer {
        self.client().set("group.id", "test-kit").create().expect("a consumer can be made")
    }

    /// Where each partition begins, and how many records they hold together.
    fn extent(&self, consumer: &BaseConsumer, topic: &str) -> (TopicPartitionList, i64) {
        let mut start = TopicPartitionList::new();
        let mut total = 0;
        for partition in 0..self.leaders(topic) as i32 {
            let (low, high) = consumer.fetch_watermarks(topic, partition, PATIENCE).expect("the partition exists");
            start.add_partition_offset(topic, partition, Offset::Offset(low)).expect("an offset is valid");
            total += high - low;
        }
        (start, total)
    }

    /// How many partitions of a topic have a leader.
    fn leaders(&self, topic: &str) -> usize {
        let metadata = self.reader().fetch_metadata(Some(topic), PATIENCE).expect("the broker answers");
        let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
        partitions.filter(|partition| partition.leader() >= 0).count()
    }
}

/// Counts the records that did not arrive.
#[derive(Default)]
struct Losses {
    count: AtomicUsize,
}

impl ClientContext for Losses {}

impl ProducerContext for Losses {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        self.count.fetch_add(usize::from(result.is_err()), Ordering::Relaxed);
    }
}
