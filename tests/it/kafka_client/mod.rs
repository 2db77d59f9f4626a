//! The Kafka client against the embedded broker: what is read, who owns it, what is committed, and how it ends.

mod member;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use contactpulse::kafka::{Brokers, EmbeddedBroker, KafkaFailure, Place, Producer, Resume, Settings};
use contactpulse::time::EventTime;
use member::{Member, PATIENCE, Recorder, TOPIC, Told, producer, settings, until};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};

fn produce(broker: &EmbeddedBroker, numbers: std::ops::Range<u32>) {
    let producer = producer(broker);
    for number in numbers.clone() {
        producer.send(format!("key-{number}").as_bytes(), number.to_string().as_bytes(), None).unwrap();
    }
    assert_eq!(producer.flush(PATIENCE).unwrap().delivered, u64::from(numbers.end - numbers.start));
}

fn place(partition: i32) -> Place {
    Place { topic: TOPIC.into(), partition }
}

fn places(partitions: i32) -> BTreeSet<Place> {
    (0..partitions).map(place).collect()
}

#[test]
fn everything_produced_is_delivered_once_and_in_order() {
    let broker = EmbeddedBroker::start(TOPIC, 3).unwrap();
    produce(&broker, 0..2_000);
    let member = Member::start(&settings(&broker, &[]));
    member.sink.wait("what was there before", |told| told.count() == 2_000);
    produce(&broker, 2_000..5_000);
    member.sink.wait("what came later", |told| told.count() == 5_000);
    member.sink.wait("ends that say so", |told| {
        told.ends.len() == 3
            && told
                .ends
                .iter()
                .all(|(place, ends)| ends.read == ends.high && ends.high == told.records[place].len() as i64)
    });
    let health = member.health.snapshot();
    member.wait_health("a commit that was answered", |health| health.commits > 0);
    assert_eq!((health.gaps, health.repeats, health.brokers), (0, 0, Brokers::Reachable));
    assert_eq!((health.partitions[TOPIC], health.opened.len(), health.joined, health.running), (3, 3, true, true));
    let told = member.stop();
    let mut numbers = BTreeSet::new();
    for records in told.records.values() {
        assert!(records.iter().enumerate().all(|(at, (offset, _))| *offset == at as i64), "in order, without holes");
        numbers.extend(records.iter().map(|(_, text)| text.parse::<u32>().unwrap()));
    }
    assert_eq!(numbers, (0..5_000).collect());
    assert!(told.opened.iter().all(|(_, resume)| resume.committed.is_none()), "everything counts");
}

/// How a partition is resumed after `before` was read and committed.
fn resume_after(before: &Told, place: &Place) -> Resume {
    let next = before.records[place].len() as i64;
    Resume { start: 0, committed: Some(next), counted_until: Some(until(next)), letters_from: next }
}

#[test]
fn two_members_share_and_the_other_takes_over_from_what_was_committed() {
    let broker = EmbeddedBroker::start(TOPIC, 4).unwrap();
    let sink = Recorder { silent_below: 1_000, ..Recorder::default() };
    let first = Member::start_with(&settings(&broker, &[]), sink);
    produce(&broker, 0..1_000);
    first.wait_health("a commit, which is of everything", |health| health.commits > 0);
    let second = Member::start(&settings(&broker, &[]));
    let share = second.sink.wait("its share", |told| told.holds().len() == 2).holds();
    first.sink.wait("the rest", |told| told.holds() == &places(4) - &share);
    let told = first.stop();
    let after = second.sink.wait("all partitions", |told| told.holds() == places(4));
    for place in places(4) {
        assert_eq!(after.resume(&place), resume_after(&told, &place), "{place}");
    }
    second.sink.wait("the whole log again, to rebuild", |told| told.count() == 1_000);
    second.stop();
}

#[test]
fn the_last_word_of_a_member_that_stops_is_committed() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    produce(&broker, 0..100);
    let sink = Recorder { reticent: true, ..Recorder::default() };
    let first = Member::start_with(&settings(&broker, &[]), sink);
    first.sink.wait("all records", |told| told.count() == 100);
    let told = first.stop();
    let second = Member::start(&settings(&broker, &[]));
    let after = second.sink.wait("all partitions", |told| told.holds() == places(2));
    for place in places(2) {
        assert_eq!(after.resume(&place), resume_after(&told, &place), "{place}");
    }
    second.stop();
}

#[test]
fn a_start_that_cannot_be_found_keeps_no_other_member_from_joining() {
    let broker = EmbeddedBroker::start(TOPIC, 4).unwrap();
    produce(&broker, 0..100);
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_INVALID_REQUEST; 2_000];
    broker.cluster().request_errors(RDKafkaApiKey::ListOffsets, &refused);
    let first = Member::start(&settings(&broker, &[]));
    first.wait_health("all partitions, none opened", |health| health.owned.len() == 4 && health.starts_failing);
    let second = Member::start(&settings(&broker, &[]));
    second.wait_health("its share", |health| health.owned.len() == 2);
    first.wait_health("the rest", |health| health.owned.len() == 2);
    assert!(first.health.snapshot().opened.is_empty() && second.health.snapshot().opened.is_empty());
    broker.cluster().clear_request_errors(RDKafkaApiKey::ListOffsets);
    let theirs = second.sink.wait("two opened", |told| told.holds().len() == 2).holds();
    first.sink.wait("the other two opened", |told| told.holds() == &places(4) - &theirs);
    first.stop();
    second.stop();
}

#[test]
fn records_that_are_there_and_do_not_come_are_read_by_another_client() {
    let broker = EmbeddedBroker::start(TOPIC, 3).unwrap();
    produce(&broker, 0..100);
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT; 50_000];
    broker.cluster().request_errors(RDKafkaApiKey::Fetch, &refused);
    let settings = Settings { stall_after: Duration::from_secs(2), ..settings(&broker, &[]) };
    let member = Member::start(&settings);
    member.wait_health("a stall", |health| health.stalls > 0);
    assert_eq!(member.sink.now().count(), 0);
    broker.cluster().clear_request_errors(RDKafkaApiKey::Fetch);
    let told = member.sink.wait("everything", |told| told.count() == 100 && told.holds() == places(3));
    assert!(
        told.opened.len() > 3 && !told.closed.is_empty(),
        "the partitions were given back and taken again: {told:?}"
    );
    member.stop();
}

#[test]
fn a_partition_whose_state_is_lost_is_closed_and_read_again_and_the_others_go_on() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    produce(&broker, 0..1_000);
    let member = Member::start(&settings(&broker, &[]));
    member.sink.wait("all of it", |told| told.count() == 1_000);
    member.wait_health("a commit that was answered", |health| health.commits > 0);
    member.sink.broken.lock().unwrap().push(place(0));
    let before = member.sink.now().records[&place(0)].len();
    member.sink.wait("the same again", |told| told.records[&place(0)].len() == 2 * before);
    let resume = member.sink.now().resume(&place(0));
    assert_eq!((resume.start, resume.committed), (0, Some(before as i64)), "silently up to what was counted");
    produce(&broker, 1_000..1_500);
    let told = member.sink.wait("what came later", |told| told.count() == 1_500 + before);
    assert_eq!((&*told.closed, told.opened.len()), (&[place(0)][..], 3));
    member.stop();
}

/// As after a log was cut off and has grown again: what lies behind the offset now may be something else.
#[test]
fn an_offset_that_is_refused_and_lies_in_the_log_is_told_and_its_partition_looked_up_anew() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    produce(&broker, 0..100);
    let member = Member::start(&settings(&broker, &[]));
    member.sink.wait("all of it", |told| told.count() == 100);
    member.wait_health("a commit that was answered", |health| health.commits > 0);
    broker.cluster().request_errors(RDKafkaApiKey::Fetch, &[RDKafkaRespErr::RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE]);
    let told = member.sink.wait("the same again", |told| told.count() == 200);
    assert_eq!((&*told.closed, told.opened.len()), (&[place(0)][..], 2));
    assert_eq!(told.resume(&place(0)).committed, Some(100));
    assert_eq!(member.health.snapshot().truncations, 1);
    member.stop();
}

#[test]
fn a_partition_without_a_leader_does_not_hold_up_the_others() {
    let broker = EmbeddedBroker::start(TOPIC, 3).unwrap();
    produce(&broker, 0..100);
    broker.cluster().partition_leader(TOPIC, 1, None).unwrap();
    let member = Member::start(&settings(&broker, &[]));
    let led = BTreeSet::from([place(0), place(2)]);
    member.sink.wait("those with a leader", |told| told.holds() == led && told.count() > 0);
    assert!(member.health.snapshot().owned.contains(&place(1)) && member.health.snapshot().starts_failing);
    broker.cluster().partition_leader(TOPIC, 1, Some(1)).unwrap();
    member.sink.wait("all", |told| told.holds() == places(3) && told.count() == 100);
    member.wait_health("nothing amiss", |health| !health.starts_failing);
    member.stop();
}

#[test]
fn the_brokers_own_group_protocol_works_where_it_is_asked_for() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    produce(&broker, 0..100);
    let mut settings = settings(&broker, &[("group.protocol", "consumer")]);
    settings
        .properties
        .retain(|property, _| !["session.timeout.ms", "heartbeat.interval.ms"].contains(&property.as_str()));
    let first = Member::start(&settings);
    first.sink.wait("all records", |told| told.count() == 100);
    first.stop();
    let second = Member::start(&settings);
    let told = second.sink.wait("all partitions", |told| told.holds() == places(2));
    assert!(told.opened.iter().all(|(_, resume)| resume.committed.is_some()), "{told:?}");
    second.stop();
}

#[test]
fn a_missing_topic_is_named_and_ends_the_thread() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let mut settings = settings(&broker, &[]);
    settings.topics.push("no-such-topic".to_owned());
    let member = Member::start(&settings);
    let failure = member.thread.join().unwrap().unwrap_err();
    assert!(
        matches!(&failure, KafkaFailure::MissingTopics { topics, .. } if topics == &["no-such-topic"]),
        "{failure}"
    );
    assert!(!member.health.snapshot().running);
}

#[test]
fn a_broker_that_is_away_is_told_and_reading_goes_on_when_it_is_back() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    broker.cluster().broker_down(-1).unwrap();
    let member = Member::start(&settings(&broker, &[("reconnect.backoff.max.ms", "500")]));
    member.wait_health("away at the start", |health| matches!(health.brokers, Brokers::Away { .. }));
    broker.cluster().broker_up(-1).unwrap();
    member.sink.wait("both partitions", |told| told.holds() == places(2));
    produce(&broker, 0..50);
    member.sink.wait("records", |told| told.count() == 50);
    broker.cluster().broker_down(-1).unwrap();
    member.wait_health("away again", |health| matches!(health.brokers, Brokers::Away { .. }));
    broker.cluster().broker_up(-1).unwrap();
    member.wait_health("back", |health| health.brokers == Brokers::Reachable);
    produce(&broker, 50..100);
    let all = (0..100).map(|number: u32| number.to_string()).collect();
    member.sink.wait("all records", |told| {
        told.records.values().flatten().map(|(_, text)| text.clone()).collect::<BTreeSet<_>>() == all
    });
    member.stop();
}

#[test]
fn stopping_takes_a_bounded_time_without_a_broker() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    produce(&broker, 0..50);
    let member = Member::start(&settings(&broker, &[]));
    member.sink.wait("records", |told| told.count() == 50);
    drop(broker);
    let asked = Instant::now();
    member.stop();
    assert!(asked.elapsed() < Duration::from_secs(20), "took {:?}", asked.elapsed());
}

#[test]
fn stopping_takes_a_bounded_time_with_a_broker_that_does_not_answer() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    let member = Member::start(&settings(&broker, &[]));
    member.sink.wait("both partitions", |told| told.holds() == places(2));
    produce(&broker, 0..50);
    member.sink.wait("records", |told| told.count() == 50);
    broker.cluster().broker_round_trip_time(-1, PATIENCE).unwrap();
    let asked = Instant::now();
    member.stop();
    assert!(asked.elapsed() < Duration::from_secs(20), "took {:?}", asked.elapsed());
}

#[test]
fn a_panic_in_the_sink_is_the_threads_panic_and_leaves_the_group() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let member = Member::start_with(&settings(&broker, &[]), Recorder { panics: true, ..Recorder::default() });
    member.wait_health("the partition", |health| health.opened.len() == 1);
    produce(&broker, 0..1);
    assert!(member.thread.join().is_err());
    assert!(!member.health.snapshot().running);
    let next = Member::start(&settings(&broker, &[]));
    next.sink.wait("the record", |told| told.count() == 1);
    next.stop();
}

/// More than the embedded broker keeps of a partition.
fn produce_until_the_log_is_cut(broker: &EmbeddedBroker) {
    let producer = producer(broker);
    for _ in 0..12 {
        producer.send(b"key", &vec![b'x'; 900_000], None).unwrap();
        producer.flush(PATIENCE).unwrap();
    }
}

#[test]
fn a_log_cut_below_what_was_committed_is_told_and_read_from_its_beginning() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let member = Member::start(&settings(&broker, &[]));
    produce(&broker, 0..10);
    member.sink.wait("records", |told| told.count() == 10);
    member.stop();
    produce_until_the_log_is_cut(&broker);
    let member = Member::start(&settings(&broker, &[]));
    let resume = member.sink.wait("the partition", |told| told.holds() == places(1)).resume(&place(0));
    assert!(resume.start > 10 && resume.committed == Some(10), "{resume:?}");
    let health = member.health.snapshot();
    assert_eq!((health.truncations, health.missed_offsets), (1, (resume.start - 10) as u64));
    member.sink.wait("the rest", |told| told.records.get(&place(0)).is_some_and(|r| r.last().unwrap().0 == 21));
    member.stop();
}

#[test]
fn a_log_cut_under_a_slow_reader_is_told_and_read_on_from_its_beginning() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let sink = Recorder::default();
    sink.held.store(true, Ordering::Release);
    let narrow =
        [("queued.min.messages", "1"), ("queued.max.messages.kbytes", "1"), ("fetch.message.max.bytes", "1000")];
    let member = Member::start_with(&settings(&broker, &narrow), sink);
    produce(&broker, 0..1);
    member.sink.wait("a first record, and the reader held", |told| told.count() == 1);
    produce_until_the_log_is_cut(&broker);
    member.sink.held.store(false, Ordering::Release);
    let told = member.sink.wait("the last record", |told| told.records[&place(0)].last().unwrap().0 == 12);
    let health = member.health.snapshot();
    assert!(health.truncations >= 1 && health.missed_offsets >= 1, "{health:?}");
    assert_eq!((told.opened.len(), told.closed.len()), (1, 0), "what was read before stays");
    member.stop();
}

/// Where one partition's offset is outside the log, all are read anew, in the midst of what is on its way of the others.
#[test]
fn a_log_cut_under_a_slow_reader_costs_the_other_partitions_no_record() {
    let broker = EmbeddedBroker::start(TOPIC, 3).unwrap();
    let sink = Recorder::default();
    sink.held.store(true, Ordering::Release);
    let narrow =
        [("queued.min.messages", "1"), ("queued.max.messages.kbytes", "1"), ("fetch.message.max.bytes", "10000")];
    let member = Member::start_with(&settings(&broker, &narrow), sink);
    produce(&broker, 0..6_000);
    member.sink.wait("first records, and the reader held", |told| told.count() >= 1);
    produce_until_the_log_is_cut(&broker);
    member.sink.held.store(false, Ordering::Release);
    let missed = || member.health.snapshot().missed_offsets;
    let told = member.sink.wait("every record that is left", |told| told.count() as u64 + missed() == 6_012);
    let is_whole = |records: &&Vec<(i64, String)>| (0..).zip(*records).all(|(place, (offset, _))| place == *offset);
    assert_eq!(told.records.values().filter(is_whole).count(), 2, "one log was cut");
    assert!(missed() > 0);
    member.stop();
}

#[test]
fn a_full_queue_makes_the_producer_wait_and_loses_nothing() {
    let broker = EmbeddedBroker::start(TOPIC, 2).unwrap();
    let small = BTreeMap::from([("queue.buffering.max.messages".to_owned(), "10".to_owned())]);
    let producer = Producer::new(&broker.bootstrap_servers(), TOPIC, &small).unwrap();
    for number in 0..500 {
        producer.send(b"key", format!("{number}").as_bytes(), Some(EventTime::from_millis(number))).unwrap();
    }
    assert_eq!(producer.flush(PATIENCE).unwrap().delivered, 500);
}

#[test]
fn records_that_cannot_be_delivered_are_counted() {
    let broker = EmbeddedBroker::start(TOPIC, 1).unwrap();
    let producer = producer(&broker);
    drop(broker);
    producer.send(b"key", b"lost", None).unwrap();
    let failure = producer.flush(Duration::from_millis(200)).unwrap_err().to_string();
    assert!(failure.starts_with("1 of 1 records were not delivered"), "{failure}");
}
