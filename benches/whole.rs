//! The whole service against what librdkafka alone costs, on a real broker: `make bench`.
//!
//! **How.** Apache Kafka runs in a process of its own. *R* is a loop over `BaseConsumer::poll` that drops every record, in a process of
//! its own with the system's allocator; ours is the program as it is shipped. They take turns over the same topic, so that a busy
//! minute of the machine meets both. CPU time is the operating system's, of the whole process from its start until it has read and
//! applied everything; the rate is that between the first and the last record, or between the first commit and the last that came while
//! there was still something to read. Snapshots that are due in that time are part of it: each partition writes one every 30 seconds, by
//! turns, so one every four seconds. What one costs says `restore`.
//!
//! *Consuming* is our consume path alone (`consume`): it fetches, takes batches, copies and hands over, and nothing is done to the
//! records. Built by cargo, and run in a process of its own with the service's allocator.
//!
//! **What to compare.** Only ratios of one run. `PARTS` names those that are run, all unless it is there: a topic (`calls`, `tickets`,
//! `mixed`, `calls-zstd`), `scraped`, `idle`, `freshness`. That is looked at at half the highest rate, or at `RATE` where there is one: who
//! writes the events, the broker and the service share the machine, and where one of them finds no time figures are late.

#[allow(dead_code, reason = "another benchmark takes the records at once")]
mod load;
#[path = "load/process.rs"]
mod process;

#[path = "../tests/it/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the test kit has more than a benchmark needs")]
#[allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "the test kit waits for the world")]
mod support;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use contactpulse::clock;
use contactpulse::time::Span;
use load::{Load, Mix, Size};
use process::{cpu, memory};
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Offset, TopicPartitionList};
use support::{KafkaBroker, Service};

const PARTITIONS: i32 = 8;
/// What a process gets to read it all.
const PATIENCE: Duration = Duration::from_secs(600);
/// How long events are written live, and before it until the broker has compiled what it does often.
const LIVE: Duration = Duration::from_secs(20);
const WARM: Duration = Duration::from_secs(10);
/// Events that this program makes in a millisecond at the least.
const MADE_A_MILLISECOND: i64 = 400;
/// How long the service is watched while nothing happens, and how often it is scraped.
const STILL: Duration = Duration::from_secs(30);
const SCRAPED_EVERY: Duration = Duration::from_secs(15);
/// Calls that are still open then, and events before.
const STILL_OPEN: usize = 1_000;
const STILL_EVENTS: usize = 200_000;
/// A topic and what is in it.
struct Topic {
    name: &'static str,
    mix: Mix,
    compression: &'static str,
}

const TOPICS: [Topic; 4] = [
    Topic { name: "calls", mix: Mix::Calls, compression: "none" },
    Topic { name: "tickets", mix: Mix::Tickets, compression: "none" },
    Topic { name: "mixed", mix: Mix::Mixed, compression: "none" },
    Topic { name: "calls-zstd", mix: Mix::Calls, compression: "zstd" },
];

/// What one process took.
#[derive(Clone, Copy, Default)]
struct Run {
    /// Seconds of CPU for a million records.
    cpu: f64,
    /// Records a second.
    rate: f64,
    /// Resident memory in the end, in MB.
    memory: f64,
}

/// What was run by turns over one topic.
struct Turn {
    raw: Run,
    consuming: Run,
    ours: Run,
}

fn main() {
    if let Ok(broker) = std::env::var("RAW_BROKER") {
        return raw(&broker, &std::env::var("RAW_TOPIC").expect("the topic is told"));
    }
    let events = number("EVENTS", 2_000_000);
    let pairs = number("PAIRS", 5);
    let consumer = consumer();
    let broker = KafkaBroker::start();
    let wanted = |name: &str| {
        let parts = std::env::var("PARTS");
        parts.map_or(true, |parts| parts.split(',').any(|part| part == name))
    };
    println!("{events} events of {:?}, {pairs} pairs of runs each\n", Size::LARGE);
    let topics: Vec<&Topic> = TOPICS.iter().filter(|topic| wanted(topic.name)).collect();
    if !topics.is_empty() {
        println!(
            "| topic | R: CPU-s/M | ours: CPU-s/M | ours / R | consuming / R | R: events/s | ours: events/s | ours / R | memory |"
        );
        println!("|---|---|---|---|---|---|---|---|---|");
    }
    let is_filled = |topic: &Topic| topics.iter().any(|own| own.name == topic.name);
    for topic in &topics {
        broker.create_topic(topic.name, PARTITIONS as usize);
        fill(&broker, topic, Size { mix: topic.mix, ..Size::LARGE }, events);
        let turn = |pair| Turn {
            raw: run_reader(std::env::current_exe().expect("this program"), &broker, topic, events),
            consuming: run_reader(&consumer, &broker, topic, events),
            ours: run_ours(&broker, topic, events, pair, false),
        };
        let runs: Vec<Turn> = (0..pairs).map(turn).collect();
        tell(topic, &runs);
    }
    let calls = &TOPICS[0];
    let rate = number("RATE", 0);
    if (wanted("scraped") || wanted("freshness") && rate == 0) && !is_filled(calls) {
        broker.create_topic(calls.name, PARTITIONS as usize);
        fill(&broker, calls, Size::LARGE, events);
    }
    if wanted("scraped") {
        while_scraped(&broker, events, pairs);
    }
    if wanted("idle") {
        idle(&broker);
    }
    if wanted("freshness") {
        let highest = || {
            let rates = (0..pairs).map(|pair| run_ours(&broker, calls, events, 3 * pairs + pair, false).rate);
            Spread::of(rates.collect()).median
        };
        freshness(&broker, if rate > 0 { rate as f64 } else { highest() / 2.0 });
    }
}

/// The rate with a scrape every second, and without.
fn while_scraped(broker: &KafkaBroker, events: usize, pairs: usize) {
    let lost = (0..pairs).map(|pair| {
        let [quiet, scraped] = [false, true].map(|scraped| run_ours(broker, &TOPICS[0], events, pairs + pair, scraped));
        1.0 - scraped.rate / quiet.rate
    });
    println!("\nLost of the rate of `calls` while scraped every second: {}", Spread::of(lost.collect()).text(3));
}

/// What the service costs while nothing happens: all queues are configured and were seen, nearly every call is over, and everything is
/// read.
fn idle(broker: &KafkaBroker) {
    let topic = Topic { name: "still", mix: Mix::Calls, compression: "none" };
    broker.create_topic(topic.name, PARTITIONS as usize);
    fill(broker, &topic, Size { open: STILL_OPEN, ..Size::LARGE }, STILL_EVENTS);
    let queues: String =
        (0..Size::LARGE.queues).map(|queue| format!("[[queue]]\nname = \"queue-{queue:04}\"\n")).collect();
    for scraped in [false, true] {
        let service = Service::start(
            &format!("{}[export]\nseries_max = 500000\n{queues}", config(broker, &topic, &format!("idle-{scraped}"))),
            &[],
        );
        service.await_ready();
        await_caught_up(&service);
        let read = clock::monotonic();
        while !is_saved_since(&service.get("/metrics").body, clock::monotonic() - read) {
            assert!(clock::monotonic() - read < PATIENCE, "what was read is not saved:\n{}", service.stderr());
            thread::sleep(Duration::from_secs(1));
        }
        let (begun, before) = (clock::monotonic(), cpu(service.id()));
        while clock::monotonic() - begun < STILL {
            if scraped {
                drop(service.get("/metrics"));
            }
            thread::sleep(SCRAPED_EVERY);
        }
        let share = (cpu(service.id()) - before) / (clock::monotonic() - begun).as_secs_f64();
        let how = if scraped { "scraped every 15 s" } else { "not scraped" };
        println!("\nIdle, {} queues, {how}: {:.2} % of a core", Size::LARGE.queues, share * 100.0);
    }
}

/// Whether each partition's snapshot was written in a time that is over now.
fn is_saved_since(metrics: &str, time: Duration) -> bool {
    let ages = metrics.lines().filter_map(|line| line.strip_prefix("contactpulse_snapshot_age_seconds{"));
    let ages: Vec<f64> = ages.map(|line| line.rsplit(' ').next().expect("a value").parse().expect("seconds")).collect();
    ages.len() == PARTITIONS as usize && ages.iter().all(|age| *age < time.as_secs_f64())
}

/// Waits until it has read all that there is.
fn await_caught_up(service: &Service) {
    let begun = clock::monotonic();
    while service.get("/metrics").body.lines().any(|line| is_lag(line) && !line.ends_with(" 0")) {
        assert!(clock::monotonic() - begun < PATIENCE, "it did not read everything:\n{}", service.stderr());
        thread::sleep(Duration::from_secs(1));
    }
}

fn is_lag(line: &str) -> bool {
    line.starts_with("contactpulse_consumer_lag_records{")
}

/// How old events are when they are visible, at a steady rate: from the broker's time of the record, which it notes when it appends it.
/// The events are made before, so that who writes them takes no more of the machine than that.
fn freshness(broker: &KafkaBroker, rate: f64) {
    let topic = Topic { name: "live", mix: Mix::Calls, compression: "none" };
    broker.create_topic(topic.name, PARTITIONS as usize);
    broker.configure_topic(topic.name, "message.timestamp.type", "LogAppendTime");
    let service = start(broker, &topic, "live");
    service.await_ready();
    let events = (rate * (WARM + LIVE).as_secs_f64()) as usize;
    let begins = clock::now() + Span::from_millis(events as i64 / MADE_A_MILLISECOND + 1_000);
    let records = Made::new(Load::new(Size::LARGE, 7, begins).at_rate(rate), events);
    while clock::now() < begins {
        thread::sleep(Duration::from_millis(1));
    }
    let producer: BaseProducer = broker.client().set("linger.ms", "5").create().expect("a producer can be made");
    let (begun, mut sent, mut before) = (clock::monotonic(), 0, None);
    for (partition, record) in records.iter() {
        if sent as f64 >= rate * (clock::monotonic() - begun).as_secs_f64() {
            producer.poll(Duration::ZERO);
            thread::sleep(Duration::from_millis(1));
        }
        if before.is_none() && clock::monotonic() - begun >= WARM {
            before = Some(ages(&service));
        }
        send(&producer, BaseRecord::<(), [u8]>::to(topic.name).partition(partition).payload(record));
        sent += 1;
    }
    let took = (clock::monotonic() - begun).as_secs_f64();
    producer.flush(PATIENCE).expect("the broker takes the records");
    await_caught_up(&service);
    let before = before.expect("it goes on for longer than it gets warm");
    let counts: Vec<_> =
        ages(&service).into_iter().zip(&before).map(|((edge, now), (_, old))| (edge, now - old)).collect();
    let all = counts.last().expect("it has a histogram").1;
    let share = |(edge, count): &(String, f64)| format!("{edge} s: {:.2} %", count / all * 100.0);
    let p99 = counts.iter().find(|(_, count)| *count >= all * 0.99).expect("the last has all");
    println!("\nFreshness at {:.0} events a second: p99 at most {} s, of {all} events", events as f64 / took, p99.0);
    println!("{}", counts.iter().map(share).collect::<Vec<_>>().join(", "));
}

/// How many events were visible within which age.
fn ages(service: &Service) -> Vec<(String, f64)> {
    let bucket = |text: &str| {
        let (edge, count) = text.strip_prefix("contactpulse_freshness_seconds_bucket{le=\"")?.split_once("\"} ")?;
        Some((edge.to_owned(), count.parse::<f64>().ok()?))
    };
    service.get("/metrics").body.lines().filter_map(bucket).collect()
}

/// Records that were made, one after the other, each with its partition.
struct Made {
    bytes: Vec<u8>,
    records: Vec<(i32, usize)>, // where each ends
}

impl Made {
    fn new(mut load: Load, events: usize) -> Self {
        let mut made = Self { bytes: Vec::new(), records: Vec::with_capacity(events) };
        let mut record = Vec::new();
        for _ in 0..events {
            let partition = load.next(&mut record) % PARTITIONS as u64;
            made.bytes.extend_from_slice(&record);
            made.records.push((partition as i32, made.bytes.len()));
        }
        made
    }

    fn iter(&self) -> impl Iterator<Item = (i32, &[u8])> {
        let mut begins = 0;
        self.records
            .iter()
            .map(move |(partition, ends)| (*partition, &self.bytes[std::mem::replace(&mut begins, *ends)..*ends]))
    }
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn tell(topic: &Topic, runs: &[Turn]) {
    let of = |read: &dyn Fn(&Turn) -> f64| Spread::of(runs.iter().map(read).collect());
    println!(
        "| {} | {} | {} | {} | {} | {} | {} | {} | {} MB |",
        topic.name,
        of(&|run| run.raw.cpu).text(2),
        of(&|run| run.ours.cpu).text(2),
        of(&|run| run.ours.cpu / run.raw.cpu).text(2),
        of(&|run| run.consuming.cpu / run.raw.cpu).text(2),
        of(&|run| run.raw.rate).text(0),
        of(&|run| run.ours.rate).text(0),
        of(&|run| run.ours.rate / run.raw.rate).text(2),
        of(&|run| run.ours.memory).text(0),
    );
}

/// A median and what it lies between.
struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        Self { least: numbers[0], median: numbers[numbers.len() / 2], most: numbers[numbers.len() - 1] }
    }

    fn text(&self, digits: usize) -> String {
        let Self { least, median, most } = self;
        format!("**{median:.digits$}** ({least:.digits$}–{most:.digits$})")
    }
}

/// Writes the load, each life to a partition of its own.
fn fill(broker: &KafkaBroker, topic: &Topic, size: Size, events: usize) {
    let mut config = broker.client();
    config.set("compression.type", topic.compression).set("linger.ms", "50").set("batch.size", "1000000");
    let producer: BaseProducer = config.create().expect("a producer can be made");
    let mut load = Load::new(size, 7, clock::now() - size.lasts(events));
    let mut record = Vec::new();
    for _ in 0..events {
        let partition = load.next(&mut record) % PARTITIONS as u64;
        let to = BaseRecord::<(), [u8]>::to(topic.name).partition(partition as i32);
        send(&producer, to.timestamp(load.now().as_millis()).payload(&record));
    }
    producer.flush(PATIENCE).expect("the broker takes the records");
}

fn send(producer: &BaseProducer, record: BaseRecord<'_, (), [u8]>) {
    let mut unsent = Some(record);
    while let Some(next) = unsent.take() {
        if let Err((_, refused)) = producer.send(next) {
            producer.poll(Duration::from_millis(10)); // its queue is full
            unsent = Some(refused);
        }
    }
}

fn ends(consumer: &BaseConsumer, topic: &str) -> Vec<i64> {
    let end =
        |partition| consumer.fetch_watermarks(topic, partition, Duration::from_secs(30)).expect("the broker answers").1;
    (0..PARTITIONS).map(end).collect()
}

/// R, in this process: reads everything and does nothing with it.
fn raw(broker: &str, topic: &str) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker).set("group.id", "raw").set("enable.auto.commit", "false");
    let consumer: BaseConsumer = config.create().expect("a consumer can be made");
    let total: i64 = ends(&consumer, topic).iter().sum();
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        all.add_partition_offset(topic, partition, Offset::Beginning).expect("an offset");
    }
    consumer.assign(&all).expect("partitions can be assigned");
    let (mut left, mut bytes, mut start) = (total, 0, None);
    while left > 0 {
        if let Some(message) = consumer.poll(Duration::from_millis(100)) {
            bytes += message.expect("a record").payload_len();
            start.get_or_insert_with(clock::monotonic);
            left -= 1;
        }
    }
    let rate = total as f64 / (clock::monotonic() - start.expect("there are records")).as_secs_f64();
    let me = std::process::id();
    println!("{} {rate} {} {bytes}", cpu(me) * 1e6 / total as f64, memory(me));
}

/// What reads everything and says what that took: R, or our consume path alone.
fn run_reader(program: impl AsRef<OsStr>, broker: &KafkaBroker, topic: &Topic, events: usize) -> Run {
    let output = Command::new(program)
        .env("RAW_BROKER", broker.bootstrap())
        .env("RAW_TOPIC", topic.name)
        .env("RAW_RECORDS", events.to_string())
        .stderr(Stdio::inherit())
        .output()
        .expect("it starts");
    let text = String::from_utf8(output.stdout).expect("text");
    let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().expect("a number")).collect();
    Run { cpu: numbers[0], rate: numbers[1], memory: numbers[2] }
}

/// The program of our consume path alone, which cargo builds if it is not there.
fn consumer() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["bench", "--no-run", "--message-format=json", "--bench", "consume"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo starts");
    let messages = String::from_utf8(output.stdout).expect("cargo writes text");
    let program = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let program = message.get("executable")?.as_str().filter(|_| message["target"]["name"] == "consume")?;
        Some(Path::new(program).to_owned())
    };
    messages.lines().find_map(program).expect("cargo builds the benchmark `consume`")
}

/// Ours, as it is shipped, until it has applied everything.
fn run_ours(broker: &KafkaBroker, topic: &Topic, events: usize, pair: usize, scraped: bool) -> Run {
    let group = format!("ours-{}-{pair}-{scraped}", topic.name);
    let service = start(broker, topic, &group);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        if scraped {
            scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    drop(service.get("/metrics"));
                    thread::sleep(Duration::from_secs(1));
                }
            });
        }
        let run = watch(broker, topic, events, &group, &service);
        is_over.store(true, Ordering::Release);
        run
    })
}

fn start(broker: &KafkaBroker, topic: &Topic, group: &str) -> Service {
    Service::start(&config(broker, topic, group), &[])
}

fn config(broker: &KafkaBroker, topic: &Topic, group: &str) -> String {
    let (brokers, topic) = (broker.bootstrap(), topic.name);
    format!("[kafka]\nbrokers = [\"{brokers}\"]\ntopics = [\"{topic}\"]\ngroup = \"{group}\"\n")
}

/// Waits until commits say that everything was applied, and says what that took.
fn watch(broker: &KafkaBroker, topic: &Topic, events: usize, group: &str, service: &Service) -> Run {
    let watcher: BaseConsumer =
        broker.client().set("group.id", group).set("enable.auto.commit", "false").create().expect("a consumer");
    let mut all = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        all.add_partition(topic.name, partition);
    }
    let (begun, mut commits) = (clock::monotonic(), Vec::new());
    loop {
        std::thread::sleep(Duration::from_millis(20));
        assert!(clock::monotonic() - begun < PATIENCE, "it did not read everything:\n{}", service.stderr());
        let Ok(committed) = watcher.committed_offsets(all.clone(), Duration::from_secs(10)) else { continue };
        let done: i64 = committed.elements().iter().map(|own| seen(own.metadata())).sum();
        if done == 0 {
            continue;
        }
        if commits.last().is_none_or(|(_, last)| *last < done) {
            commits.push((clock::monotonic(), done));
        }
        if done == events as i64 {
            let rate = rate(&commits);
            let process = service.id();
            let an_event = 1e6 / events as f64;
            return Run { cpu: cpu(process) * an_event, rate, memory: memory(process) };
        }
    }
}

/// How far a partition was read, by what the commit says besides its offset, which is that of the last snapshot.
fn seen(metadata: &str) -> i64 {
    let seen = metadata.split(';').find_map(|part| part.strip_prefix("seen="));
    seen.map_or(0, |offset| offset.parse().expect("an offset"))
}

/// Records a second between the first commit and the last but one: the last may come long after the last record was read.
fn rate(commits: &[(Instant, i64)]) -> f64 {
    let (Some((begun, before)), Some((ended, after))) = (commits.first(), commits.iter().rev().nth(1)) else {
        return 0.0;
    };
    (after - before) as f64 / (*ended - *begun).as_secs_f64().max(f64::EPSILON)
}
