//! Dead letters: every record that is rejected arrives as it came, with what is wrong with it, whatever happens; with a real broker.

use std::collections::BTreeMap;

use contactpulse::kafka::EmbeddedBroker;
use rdkafka::message::{Header, Headers, OwnedHeaders, OwnedMessage};
use rdkafka::producer::BaseRecord;
use rdkafka::{Message, Offset};
use serde_json::json;

use crate::kafka::{Scene, config};
use crate::support::{KafkaBroker, PATIENCE, Service, eventually, noise, scrape::Scraped};

/// The longest value that a letter has.
const VALUE_BYTES_MAX: usize = 64 * 1024;
const WAITING: &str = "not read on before its dead letters can be delivered";

/// Headers as text, by name.
fn texts<H: Headers>(headers: Option<&H>) -> BTreeMap<String, String> {
    let text = |header: Header<'_, &[u8]>| {
        (header.key.to_owned(), String::from_utf8_lossy(header.value.unwrap_or_default()).into_owned())
    };
    headers.into_iter().flat_map(Headers::iter).map(text).collect()
}

/// A partition, and an offset in it.
pub type Origin = (i32, i64);

/// Where the record of a letter lies.
pub fn origin(letter: &OwnedMessage) -> Origin {
    let headers = texts(letter.headers());
    let number = |name: &str| headers[&format!("__streams.errors.{name}")].parse::<i64>().expect("a number");
    (number("partition") as i32, number("offset"))
}

fn letters_of(broker: &KafkaBroker, topic: &str) -> Vec<OwnedMessage> {
    broker.records(&format!("{topic}.dead-letters"))
}

fn call(number: usize) -> String {
    json!({
        "id": format!("e{number}"), "type": "contact.queued", "time": 1_772_000_000_000_i64 + number as i64,
        "contact_id": format!("c{number}"), "queue": "sales",
    })
    .to_string()
}

fn start(broker: &str, name: &str, more: &[&str]) -> Service {
    let own = ["--set", "kafka.snapshot_interval=1s"];
    Service::start(&config(broker, name), &[&own[..], more].concat())
}

fn read(service: &Service) -> u64 {
    service.report()["events"]["read"].as_u64().unwrap()
}

#[test]
fn a_rejected_record_is_delivered_as_it_came_with_where_it_lies_and_what_is_wrong() {
    let scene = Scene::new("letters", &[]);
    let broker = scene.broker;
    let garbage = noise::garbage();
    let events: Vec<String> = (0..100).map(call).collect();
    let header = || OwnedHeaders::new().insert(Header { key: "trace", value: Some("7") });
    let keys: Vec<String> = (0..garbage.len()).map(|number| format!("key-{number}")).collect();
    broker.send(events.iter().map(|event| BaseRecord::to("letters").key(event.as_str()).payload(event.as_str())));
    broker.send(
        keys.iter().zip(&garbage).map(|(key, garbage)| {
            BaseRecord::to("letters").key(key.as_bytes()).payload(&garbage[..]).headers(header())
        }),
    );
    let service = start(&broker.bootstrap(), "letters", &[]);
    eventually("all letters", PATIENCE, || {
        (Scraped::of(&service).sum("contactpulse_dead_letters_total") == garbage.len() as f64).then_some(())
    });
    let read_by_us = broker.records("letters");
    let letters = letters_of(broker, "letters");
    assert_eq!(letters.len(), garbage.len(), "each once, and no event");
    for letter in &letters {
        let number = keys.iter().position(|key| Some(key.as_bytes()) == letter.key()).expect("a letter has its key");
        let (headers, value) = (texts(letter.headers()), letter.payload().unwrap_or_default());
        let whole = &garbage[number][..];
        assert_eq!(value, &whole[..whole.len().min(VALUE_BYTES_MAX)]);
        assert_eq!(headers.contains_key("contactpulse.value.bytes"), whole.len() > VALUE_BYTES_MAX);
        let rejected = contactpulse::wire::decode(Some(whole)).unwrap_err();
        assert_eq!(headers["__streams.errors.exception"], rejected.reason());
        assert_eq!(headers["__streams.errors.message"], rejected.to_string());
        assert_eq!((&*headers["__streams.errors.topic"], &*headers["trace"]), ("letters", "7"));
        let lies = |record: &&OwnedMessage| (record.partition(), record.offset()) == origin(letter);
        assert_eq!(read_by_us.iter().find(lies).expect("where the letter says").key(), letter.key());
    }
    let scraped = Scraped::of(&service);
    assert_eq!(scraped.sum("contactpulse_rejected_total"), garbage.len() as f64);
    assert_eq!(scraped.value("contactpulse_dead_letters_waiting"), Some(0.0));
    eventually("all records in the report", PATIENCE, || {
        (read(&service) == (events.len() + garbage.len()) as u64).then_some(())
    });
}

#[test]
fn a_redacted_letter_says_where_its_record_lies_and_nothing_of_it() {
    let broker = EmbeddedBroker::start("events", 1).unwrap();
    broker.add_topic("redacted.dead-letters").unwrap();
    let config = config(&broker.bootstrap_servers(), "events").replace("group = \"events\"", "group = \"redacted\"");
    let set = ["--set", "kafka.snapshot_interval=off", "--set", "kafka.dead_letters=redacted"];
    let producer = contactpulse::kafka::Producer::new(&broker.bootstrap_servers(), "events", &BTreeMap::new()).unwrap();
    producer.send(b"Pat", b"{\"name\":\"Pat\"}", None).unwrap();
    producer.flush(PATIENCE).unwrap();
    let service = Service::start(&config, &set);
    eventually("the letter", PATIENCE, || {
        (Scraped::of(&service).sum("contactpulse_dead_letters_total") == 1.0).then_some(())
    });
    let letter = first_record(&broker, "redacted.dead-letters");
    assert_eq!((letter.key(), letter.payload()), (None, None));
    let told = texts(letter.headers());
    assert_eq!((&*told["__streams.errors.exception"], &*told["__streams.errors.offset"]), ("missing_field", "0"));
    assert!(!format!("{told:?}").contains("Pat"));
}

fn first_record(broker: &EmbeddedBroker, topic: &str) -> OwnedMessage {
    use rdkafka::consumer::{BaseConsumer, Consumer};
    let mut client = rdkafka::ClientConfig::new();
    let client = client.set("bootstrap.servers", broker.bootstrap_servers()).set("group.id", "test-kit");
    let consumer: BaseConsumer = client.create().unwrap();
    let mut from = rdkafka::TopicPartitionList::new();
    from.add_partition_offset(topic, 0, Offset::Beginning).unwrap();
    consumer.assign(&from).unwrap();
    consumer.poll(PATIENCE).unwrap().unwrap().detach()
}

/// More garbage than a tray holds in partition 0, good calls around it and in the other partitions; and a topic of dead letters that
/// takes nothing: every record is too large for it.
#[test]
fn while_letters_cannot_be_delivered_only_their_partition_stands_and_none_is_lost_with_the_process() {
    const GARBAGE: usize = 200_000;
    let scene = Scene::new("undelivered", &[]);
    let broker = scene.broker;
    broker.create_topic("undelivered.dead-letters", 1);
    broker.configure_topic("undelivered.dead-letters", "max.message.bytes", "10");
    let calls: Vec<String> = (0..3_000).map(call).collect();
    let record = |payload: &'static str| BaseRecord::<str, str>::to("undelivered").payload(payload).partition(0);
    broker.send((0..GARBAGE).map(|_| record("garbage")));
    broker.send(calls.iter().map(|call| BaseRecord::to("undelivered").key(call.as_str()).payload(call.as_str())));
    let elsewhere = broker.records("undelivered").iter().filter(|record| record.partition() != 0).count();

    let mut first = start(&broker.bootstrap(), "undelivered", &[]);
    eventually("a partition that waits, and the others read", PATIENCE, || {
        let ready = first.get("/readyz");
        let is_told = ready.status == 503 && ready.body.contains(&format!("undelivered/0: {WAITING}"));
        (is_told && read(&first) >= elsewhere as u64).then_some(())
    });
    let (scraped, first_read) = (Scraped::of(&first), read(&first));
    let waiting = scraped.value("contactpulse_dead_letters_waiting").unwrap();
    assert!((1_000.0..GARBAGE as f64).contains(&waiting), "so many are enough to wait, and not all: {waiting}");
    assert!(first_read < (GARBAGE + calls.len()) as u64, "the rest of the partition is not read: {first_read}");
    eventually("failures that are counted", PATIENCE, || {
        (Scraped::of(&first).sum("contactpulse_dead_letter_failures_total") > 0.0).then_some(())
    });
    eventually("a commit that says which letter is missing", PATIENCE, || {
        let committed = broker.committed("undelivered", "undelivered");
        let of_first = committed.find_partition("undelivered", 0).unwrap();
        let is_told = of_first.metadata().contains(";letters=0");
        assert!(!is_told || of_first.offset() == Offset::Offset(0), "{of_first:?}");
        is_told.then_some(())
    });
    first.kill();

    let second = start(&broker.bootstrap(), "undelivered", &[]);
    eventually("the same again", PATIENCE, || {
        second.get("/readyz").body.contains(&format!("undelivered/0: {WAITING}")).then_some(())
    });
    eventually("the partition to be shown while it waits", PATIENCE, || {
        let ready = "contactpulse_partition_ready{topic=\"undelivered\",partition=\"0\"}";
        (Scraped::of(&second).value(ready) == Some(1.0)).then_some(())
    });
    broker.configure_topic("undelivered.dead-letters", "max.message.bytes", "1000000");
    eventually("everything", PATIENCE, || {
        let is_read = read(&second) == (GARBAGE + calls.len()) as u64;
        let is_delivered = Scraped::of(&second).value("contactpulse_dead_letters_waiting") == Some(0.0);
        (is_read && is_delivered && second.get("/readyz").status == 200).then_some(())
    });
    let origins: std::collections::BTreeSet<_> = letters_of(broker, "undelivered").iter().map(origin).collect();
    assert_eq!(origins, (0..GARBAGE as i64).map(|offset| (0, offset)).collect());
    let report = second.report();
    assert_eq!(
        report["total"]["now"]["waiting"],
        json!(0),
        "calls of so long ago are over: {}",
        report["total"]["now"]
    );
    assert_eq!(report["events"]["rejected"]["not_json"], json!(GARBAGE));
}

#[test]
fn a_partition_whose_letters_wait_is_given_up_and_taken_over_like_any_other() {
    let scene = Scene::new("handed", &[]);
    let broker = scene.broker;
    broker.create_topic("handed.dead-letters", 1);
    broker.configure_topic("handed.dead-letters", "max.message.bytes", "10");
    broker.send((0..9_000).map(|_| BaseRecord::<str, str>::to("handed").payload("garbage").partition(0)));
    let is_waiting = |service: &Service| service.get("/readyz").body.contains(&format!("handed/0: {WAITING}"));
    let mut first = start(&broker.bootstrap(), "handed", &[]);
    eventually("a partition that waits", PATIENCE, || is_waiting(&first).then_some(()));
    first.sigterm();
    assert_eq!(first.wait_exit(PATIENCE), Some(0), "{}", first.stderr());
    let told = first.stderr().replace("dead letters cannot be delivered", "");
    assert!(!told.contains("cannot be"), "{told}");
    let second = start(&broker.bootstrap(), "handed", &[]);
    eventually("the next owner to wait", PATIENCE, || is_waiting(&second).then_some(()));
    broker.configure_topic("handed.dead-letters", "max.message.bytes", "1000000");
    eventually("all letters", PATIENCE, || {
        let origins: std::collections::BTreeSet<_> = letters_of(broker, "handed").iter().map(origin).collect();
        (origins.len() == 9_000).then_some(())
    });
    eventually("nothing that waits", PATIENCE, || (second.get("/readyz").status == 200).then_some(()));
}

/// A topic that takes small records and no large ones, and letters of both kinds in one portion, of several partitions.
#[test]
fn a_letter_that_is_too_large_for_its_topic_goes_without_its_content_and_the_others_as_they_are() {
    const SMALL: usize = 4_000;
    let scene = Scene::new("mixed-sizes", &[]);
    let broker = scene.broker;
    broker.create_topic("mixed-sizes.dead-letters", 3);
    broker.configure_topic("mixed-sizes.dead-letters", "max.message.bytes", "200000");
    let large = "x".repeat(VALUE_BYTES_MAX);
    let keys: Vec<String> = (0..SMALL).map(|number| format!("key-{number}")).collect();
    broker.send(keys.iter().enumerate().map(|(number, key)| {
        let payload = if number % 100 == 0 { &*large } else { "small" };
        BaseRecord::<str, str>::to("mixed-sizes").key(key).payload(payload)
    }));
    let service = start(&broker.bootstrap(), "mixed-sizes", &[]);
    let await_letters = |count: usize| {
        eventually("all letters", PATIENCE, || {
            (Scraped::of(&service).sum("contactpulse_dead_letters_total") == count as f64).then_some(())
        });
    };
    await_letters(SMALL);
    assert!(letters_of(broker, "mixed-sizes").iter().all(|letter| letter.payload().is_some()), "200 kB are enough");
    broker.configure_topic("mixed-sizes.dead-letters", "max.message.bytes", "2000");
    broker.send(keys.iter().take(400).enumerate().map(|(number, key)| {
        let payload = if number % 100 == 0 { &*large } else { "small" };
        BaseRecord::<str, str>::to("mixed-sizes").key(key).payload(payload)
    }));
    await_letters(SMALL + 400);
    let letters = letters_of(broker, "mixed-sizes");
    let without = letters.iter().filter(|letter| letter.payload().is_none()).count();
    assert_eq!(without, 4, "the large ones of the second portion");
    let origins: std::collections::BTreeSet<_> = letters.iter().map(origin).collect();
    assert_eq!((origins.len(), letters.len()), (SMALL + 400, SMALL + 400), "each once");
}
