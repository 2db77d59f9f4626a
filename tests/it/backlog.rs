//! A backlog with garbage in it: caught up under a bound on memory, also while the dead letters go nowhere; with a real broker.
//!
//! `BACKLOG_EVENTS` says how many records there are; `make backlog` has twenty million, `make test` some. `MEMORY_CGROUP` names a control
//! group that the instances are put into, whose limit is then the system's to hold; the most that each took is looked at in any case.

use std::time::{Duration, Instant};
use std::{fs, thread};

use contactpulse::simulate::{Profile, Sent, Settings, centre};
use contactpulse::time::EventTime;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::kafka::config;
use crate::support::{KafkaBroker, PATIENCE, Service, eventually, noise, scrape::Scraped};

const PARTITIONS: usize = 24;
/// One record in so many is garbage, and one piece of garbage in so many is of a size that nobody should send.
const GARBAGE_EVERY: usize = 10;
const LARGE_EVERY: usize = 1_000;
/// What resident memory stays under.
const MEMORY_KB_MAX: u64 = 512 * 1_024;
/// What is remembered for weeks, and with reason: twenty million records span eighteen days, of which the tickets and surveyed contacts alone
/// would be a gigabyte. The backlog is of calls, chats and agents.
const REMEMBERED: [&str; 3] = ["\"type\":\"ticket.", "\"type\":\"survey.", "\"type\":\"quality."];
/// Contacts a second: some 2,200 agents.
const RATE: f64 = 1.0;
/// How long twenty million records may take, far beyond what they do.
const LONG: Duration = Duration::from_secs(3_000);

fn events() -> usize {
    std::env::var("BACKLOG_EVENTS").map_or(600_000, |text| text.parse().expect("BACKLOG_EVENTS is a number"))
}

/// Writes that many records, and says how many of them are garbage.
fn fill(broker: &KafkaBroker, topic: &str, records: usize) -> usize {
    let mut client = broker.client();
    client.set("partitioner", "murmur2_random").set("linger.ms", "20").set("queue.buffering.max.kbytes", "65536");
    let producer: ThreadedProducer<DefaultProducerContext> = client.create().expect("a producer can be made");
    let start = EventTime::parse("2026-03-02T08:00:00Z").unwrap();
    let is_wanted = |sent: &Sent| !REMEMBERED.iter().any(|kind| sent.record.contains(kind));
    let mut story = centre(Settings { profile: Profile::Flat, ..Settings::new(7, start, RATE) }).filter(is_wanted);
    let (large, small): (Vec<_>, Vec<_>) = noise::garbage().into_iter().partition(|line| line.len() > 10_000);
    let mut garbage = 0;
    for number in 0..records {
        let (key, payload) = if number % GARBAGE_EVERY == 0 {
            garbage += 1;
            let kind = if garbage % LARGE_EVERY == 0 { &large } else { &small };
            (format!("garbage-{number}"), kind[garbage % kind.len()].clone())
        } else {
            let sent = story.next().expect("the story has no end");
            (sent.key, sent.record.into_bytes())
        };
        let mut unsent = Some(BaseRecord::to(topic).key(&key).payload(&payload));
        while let Some(record) = unsent.take() {
            if let Err((error, refused)) = producer.send(record) {
                assert_eq!(error.rdkafka_error_code(), Some(rdkafka::error::RDKafkaErrorCode::QueueFull));
                unsent = Some(refused);
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
    producer.flush(PATIENCE).expect("the broker takes the records");
    garbage
}

/// An instance, in the control group where one is told.
fn start(broker: &KafkaBroker, topic: &str, group: &str) -> Service {
    let config =
        config(&broker.bootstrap(), topic).replace(&format!("group = {topic:?}"), &format!("group = {group:?}"));
    let service = Service::start(&config, &["--set", "kafka.snapshot_interval=10s"]);
    if let Ok(cgroup) = std::env::var("MEMORY_CGROUP") {
        fs::write(format!("{cgroup}/cgroup.procs"), service.id().to_string()).expect("a control group of ours");
    }
    service
}

fn peak_kb(service: &Service) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", service.id())).expect("a process that runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("it has memory");
    peak.trim().trim_end_matches(" kB").parse().expect("a number of kB")
}

/// Waits until everything is read and every letter delivered; says how long that took.
fn await_caught_up(service: &Service, records: usize, garbage: usize) -> Duration {
    let begun = Instant::now();
    eventually("everything to be caught up", LONG, || {
        let scraped = Scraped::of(service);
        let [read, letters] =
            ["records_read", "dead_letters"].map(|name| scraped.sum(&format!("contactpulse_{name}_total")));
        let is_all = read >= records as f64 && letters >= garbage as f64;
        (is_all && service.get("/readyz").status == 200).then_some(())
    });
    begun.elapsed()
}

#[test]
fn a_backlog_with_garbage_is_caught_up_in_bounded_memory_also_while_dead_letters_go_nowhere() {
    let (topic, records) = ("backlog", events());
    let broker = KafkaBroker::start(); // its own: the data goes with it
    broker.create_topic(topic, PARTITIONS);
    let garbage = fill(&broker, topic, records);

    let mut delivering = start(&broker, topic, "delivering");
    let took = await_caught_up(&delivering, records, garbage);
    let scraped = Scraped::of(&delivering);
    assert_eq!(scraped.sum("contactpulse_records_read_total"), records as f64);
    assert_eq!(scraped.sum("contactpulse_rejected_total"), garbage as f64);
    let delivering_kb = peak_kb(&delivering);
    delivering.sigterm();
    assert_eq!(delivering.wait_exit(PATIENCE), Some(0), "{}", delivering.stderr());

    broker.create_topic("held.dead-letters", 1);
    broker.configure_topic("held.dead-letters", "max.message.bytes", "10");
    let held = start(&broker, topic, "held");
    eventually("every partition to wait", LONG, || {
        let waiting = held.get("/readyz").body.matches("not read on before its dead letters").count();
        (waiting == PARTITIONS).then_some(())
    });
    let failures = || Scraped::of(&held).sum("contactpulse_dead_letter_failures_total");
    let before = failures();
    // Meanwhile nothing may grow.
    eventually("some more attempts", PATIENCE, || (failures() >= before + 3.0).then_some(()));
    let held_kb = peak_kb(&held);
    broker.configure_topic("held.dead-letters", "max.message.bytes", "1000000");
    await_caught_up(&held, records, garbage);
    let after_kb = peak_kb(&held);

    println!(
        "\n{records} records over {PARTITIONS} partitions, {garbage} of them garbage: caught up in {} s",
        took.as_secs()
    );
    println!(
        "most memory: {} MB; {} MB while dead letters went nowhere, {} MB after",
        delivering_kb >> 10,
        held_kb >> 10,
        after_kb >> 10
    );
    for peak in [delivering_kb, held_kb, after_kb] {
        assert!(peak < MEMORY_KB_MAX, "{peak} kB");
    }
}
