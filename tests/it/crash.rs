//! Crashes, sleeps and a broker that dies, one after another, while events and garbage go on: what three instances show in the end is what
//! a replay of the log shows, and every piece of garbage is among the dead letters.
//!
//! And a storm: members that come and go every few seconds, for minutes.
//!
//! `make crash` runs the campaign of ARCHITECTURE.md; `make test` a short one. `CRASH_KILLS`, `CRASH_PAUSES`, `CRASH_BROKER_KILLS` and
//! `CRASH_STOPS` say how many of each there are, `CRASH_SEED` in which order and of whom, `CRASH_SESSION_MS` how long the group waits for a
//! member, `STORM_SECONDS` how long the storm lasts. It prints what it measured as a table.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use contactpulse::config::Config;
use contactpulse::rules::Rules;
use contactpulse::simulate::{Settings, centre};
use contactpulse::time::EventTime;
use rdkafka::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};

use crate::kafka::{await_read, config, replayed, sums};
use crate::letters::{Origin, origin};
use crate::model::dice::Dice;
use crate::replay_laws::reports;
use crate::support::{KafkaBroker, PATIENCE, Service, eventually, scrape::Scraped};

const TOPIC: &str = "crash";
const PARTITIONS: usize = 24;
const INSTANCES: usize = 3;
/// How much longer than the session of the instances one sleeps.
const OVERSLEEP: Duration = Duration::from_secs(3);
/// One line in so many is garbage.
const GARBAGE_EVERY: usize = 20;
/// A partition that no instance has by then is stuck.
const RECOVERY_MAX: Duration = Duration::from_secs(120);
/// What is promised of the centre's contacts and tickets: deadlines that pass while faults go on.
const PROMISES: &str = "
[[calendar]]
name = \"mornings\"
hours = { mon-fri = [\"07:00-12:30\"] }
[[sla]]
name = \"letters\"
channels = [\"email\"]
clock = \"business\"
calendar = \"mornings\"
targets = { first_reply = \"10m\", next_reply = \"15m\", requester_wait = \"1h\", resolution = \"2h\", queue_time = \"90m\" }
[[sla]]
name = \"calls\"
targets = { answer = \"15s\" }
";
/// Records are written in portions, and so often.
const PORTION: usize = 40;
const PORTION_EVERY: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Kill,
    Pause,
    BrokerKill,
    Stop,
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// The faults in the order of their seed.
fn faults(dice: &mut Dice) -> Vec<Fault> {
    let counts = [
        (Fault::Kill, number("CRASH_KILLS", 4)),
        (Fault::Pause, number("CRASH_PAUSES", 1)),
        (Fault::BrokerKill, number("CRASH_BROKER_KILLS", 1)),
        (Fault::Stop, number("CRASH_STOPS", 1)),
    ];
    let mut left: Vec<Fault> = counts.into_iter().flat_map(|(fault, count)| vec![fault; count]).collect();
    let mut faults = Vec::new();
    while !left.is_empty() {
        faults.push(left.swap_remove(dice.below(left.len() as i64) as usize));
    }
    faults
}

/// The log of a centre: enough that records come for as long as the faults last.
fn lines(faults: usize) -> Vec<Vec<u8>> {
    let start = EventTime::parse("2026-03-02T08:00:00Z").unwrap();
    let settings =
        Settings { contacts: Some(400 * faults as u64 + 1_000), repeats: 0.0, ..Settings::new(5, start, 0.5) };
    let mut lines = Vec::new();
    for (number, sent) in centre(settings).enumerate() {
        if number % GARBAGE_EVERY == 0 {
            lines.push(format!("garbage {number}").into_bytes());
        }
        lines.push(sent.record.into_bytes());
    }
    lines
}

fn is_garbage(line: &[u8]) -> bool {
    line.starts_with(b"garbage")
}

/// A contact's events in one partition, garbage in any.
fn key_of(line: &[u8]) -> String {
    contactpulse::wire::route_key(line).unwrap_or_else(|| String::from_utf8_lossy(line).into_owned())
}

/// Where garbage lies in the input, and the dead letters, once there is one of each, of nothing else.
fn await_letters(broker: &KafkaBroker, topic: &str) -> (BTreeSet<Origin>, Vec<Origin>) {
    let garbage = broker.records(topic).into_iter().filter(|record| is_garbage(record.payload().unwrap_or_default()));
    let garbage: BTreeSet<Origin> = garbage.map(|record| (record.partition(), record.offset())).collect();
    eventually("a dead letter of every piece of garbage", PATIENCE, || {
        let letters: Vec<Origin> = broker.records(&format!("{topic}.dead-letters")).iter().map(origin).collect();
        let distinct: BTreeSet<Origin> = letters.iter().copied().collect();
        assert!(distinct.is_subset(&garbage), "and of nothing else");
        (distinct == garbage).then(|| (garbage.clone(), letters))
    })
}

/// Writes the log, slowly until told to be quick. A broker that is away is waited for, and nothing is written twice.
fn write(broker: &str, lines: &[Vec<u8>], quick: &AtomicBool) {
    let mut config = rdkafka::ClientConfig::new();
    config.set("bootstrap.servers", broker).set("enable.idempotence", "true").set("partitioner", "murmur2_random");
    let producer: ThreadedProducer<DefaultProducerContext> = config.create().expect("a producer can be made");
    for portion in lines.chunks(PORTION) {
        for line in portion {
            let key = key_of(line);
            let mut unsent = Some(BaseRecord::to(TOPIC).key(&key).payload(line));
            eventually("room in the producer's queue", PATIENCE, || {
                unsent = producer.send(unsent.take()?).err().map(|(_, refused)| refused);
                unsent.is_none().then_some(())
            });
        }
        if !quick.load(Ordering::Relaxed) {
            thread::sleep(PORTION_EVERY);
        }
    }
    producer.flush(PATIENCE).expect("the broker takes the records");
}

/// The instances, and what was seen of them.
struct Centre {
    address: String,
    instances: Vec<Service>,
    counted: f64, // by those that were killed, as far as they were seen
    seen: Vec<f64>,
    overlaps: usize,
    looks: usize,
}

impl Centre {
    fn start(address: String) -> Self {
        let instances: Vec<Service> = (0..INSTANCES).map(|_| service(&address)).collect();
        Self { address, instances, counted: 0.0, seen: vec![0.0; INSTANCES], overlaps: 0, looks: 0 }
    }

    /// Looks at all instances that answer: whether every partition is shown once, and what they have counted.
    fn look(&mut self, but: Option<usize>) -> bool {
        let (mut shown, mut twice) = (BTreeSet::new(), 0);
        for (number, instance) in self.instances.iter().enumerate().filter(|(number, _)| Some(*number) != but) {
            let scraped = Scraped::of(instance);
            self.seen[number] = scraped.sum("contactpulse_contacts_offered_total");
            let ready = scraped.series().filter(|series| {
                series.starts_with("contactpulse_partition_ready") && scraped.value(series) == Some(1.0)
            });
            twice += ready.filter(|series| !shown.insert((*series).to_owned())).count();
        }
        self.looks += 1;
        self.overlaps += usize::from(twice > 0);
        shown.len() == PARTITIONS && twice == 0
    }

    /// How long it takes until every partition is shown once.
    fn await_whole(&mut self, but: Option<usize>, since: Instant) -> Duration {
        while !self.look(but) {
            let logs = || self.instances.iter().map(Service::stderr).collect::<Vec<_>>().join("\n\n");
            assert!(since.elapsed() < RECOVERY_MAX, "a partition is stuck:\n{}", logs());
            thread::sleep(Duration::from_millis(100));
        }
        since.elapsed()
    }

    fn kill(&mut self, number: usize) -> Duration {
        self.look(None);
        self.instances[number].kill();
        let since = Instant::now();
        self.counted += std::mem::take(&mut self.seen[number]);
        let took = self.await_whole(Some(number), since);
        self.instances[number] = service(&self.address);
        took
    }

    /// The orderly end: what it has counted it keeps, and its last word is taken.
    fn stop(&mut self, number: usize) -> Duration {
        self.look(None);
        self.instances[number].sigterm();
        let since = Instant::now();
        self.counted += std::mem::take(&mut self.seen[number]);
        let took = self.await_whole(Some(number), since);
        assert_eq!(self.instances[number].wait_exit(PATIENCE), Some(0), "{}", self.instances[number].stderr());
        self.instances[number] = service(&self.address);
        took
    }

    fn pause(&mut self, number: usize) -> Duration {
        self.instances[number].pause();
        let since = Instant::now();
        let took = self.await_whole(Some(number), since);
        thread::sleep((session() + OVERSLEEP).saturating_sub(since.elapsed()));
        self.instances[number].resume();
        self.look(None);
        took
    }

    fn counted(&self) -> f64 {
        self.counted + self.seen.iter().sum::<f64>()
    }
}

fn service(address: &str) -> Service {
    let session = format!("\"session.timeout.ms\" = {}", session().as_millis());
    let config = config(address, TOPIC).replace("\"session.timeout.ms\" = 6000", &session) + PROMISES;
    Service::start(&config, &["--set", "kafka.snapshot_interval=2s"])
}

fn rules() -> Rules {
    let config = config("127.0.0.1:9", TOPIC) + PROMISES;
    Config::parse("crash.toml", &config, &[]).expect("a config that is right").rules
}

fn session() -> Duration {
    Duration::from_millis(number("CRASH_SESSION_MS", 6_000) as u64)
}

fn row(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].as_secs_f64();
    if !times.is_empty() {
        println!("| {what} | {} | {:.1} s | {:.1} s | {:.1} s |", times.len(), at(0.5), at(0.99), at(1.0));
    }
}

#[test]
fn after_crashes_sleeps_and_a_dead_broker_every_figure_is_what_a_replay_shows() {
    let mut dice = Dice::new(number("CRASH_SEED", 1) as u64);
    let faults = faults(&mut dice);
    let lines = lines(faults.len());
    let mut broker = KafkaBroker::start();
    broker.create_topic(TOPIC, PARTITIONS);
    let (address, quick) = (broker.bootstrap(), AtomicBool::new(false));
    let mut times = [const { Vec::new() }; 4];
    let mut centre = Centre::start(address.clone());
    thread::scope(|scope| {
        let writing = scope.spawn(|| write(&address, &lines, &quick));
        centre.await_whole(None, Instant::now());
        for fault in &faults {
            centre.await_whole(None, Instant::now());
            thread::sleep(Duration::from_millis(dice.below(4_000) as u64));
            let number = dice.below(INSTANCES as i64) as usize;
            let took = match fault {
                Fault::Kill => centre.kill(number),
                Fault::Pause => centre.pause(number),
                Fault::Stop => centre.stop(number),
                Fault::BrokerKill => {
                    broker.kill();
                    thread::sleep(Duration::from_millis(dice.below(3_000) as u64));
                    broker.restart();
                    centre.await_whole(None, Instant::now())
                }
            };
            times[*fault as usize].push(took);
        }
        quick.store(true, Ordering::Relaxed);
        writing.join().expect("everything is written");
    });
    let instances: Vec<&Service> = centre.instances.iter().collect();
    let expected = reports(&lines, rules(), 1, &[EventTime::parse("2027-01-01T00:00:00Z").unwrap()]).remove(0);
    let decided = expected["total"]["windows"]["all"]["sla_attainment"].clone();
    let (met, all) = (decided["numerator"].as_f64().unwrap(), decided["denominator"].as_f64().unwrap());
    assert!(met > 0.0 && met < all, "promises are kept and broken: {decided}");
    assert_eq!(sums(&await_read(&instances, lines.len())), sums([&expected]));

    let offered = expected["total"]["windows"]["all"]["offered"].as_f64().unwrap();
    // What the killed counted after they were last looked at is not seen, and a second of each end may be counted twice.
    eventually("everything to be counted", PATIENCE, || {
        centre.look(None);
        (centre.counted() >= offered * 0.9).then_some(())
    });
    assert!(centre.counted() <= offered * 1.3, "{} of {offered} were counted", centre.counted());
    assert!(centre.overlaps * 50 <= centre.looks, "in {} of {} looks", centre.overlaps, centre.looks);
    // One instance alone has it all: the same state, to the bit.
    let last = centre.instances.pop().expect("there are three");
    for mut instance in std::mem::take(&mut centre.instances) {
        instance.sigterm();
        instance.wait_exit(PATIENCE);
    }
    let alone = await_read(&[&last], lines.len()).remove(0);
    let at = EventTime::parse(alone["at"].as_str().expect("a report has a time")).expect("an RFC 3339 time");
    let undisturbed = reports(&lines, rules(), 1, &[at]).remove(0);
    assert_eq!(alone["state_hash"], undisturbed["state_hash"]);
    let (garbage, letters) = await_letters(&broker, TOPIC);

    println!("\n{} records over {PARTITIONS} partitions, {INSTANCES} instances\n", lines.len());
    println!("| until every partition is shown again, after | times | p50 | p99 | max |\n|---|---|---|---|---|");
    for (what, times) in
        ["a kill -9", "a SIGSTOP", "a broker's kill -9 and restart", "a SIGTERM"].iter().zip(&mut times)
    {
        row(what, times);
    }
    println!("\n{met} of {all} promises were kept, as in the replay");
    println!("{} records were garbage, and {} dead letters were delivered", garbage.len(), letters.len());
    println!(
        "{} of {offered} contacts were counted as offered by all processes, as far as they were seen; in {} of {} looks a partition was \
         shown twice",
        centre.counted(),
        centre.overlaps,
        centre.looks,
    );
}

/// How often a member joins or leaves.
const STORM_EVERY: Duration = Duration::from_secs(3);

/// Threads, open files and memory of a process, which must not grow with the number of rebalances.
#[derive(Clone, Copy, Debug)]
struct Holds {
    threads: usize,
    files: usize,
    memory_kb: usize,
}

impl Holds {
    fn of(service: &Service) -> Self {
        let process = format!("/proc/{}", service.id());
        let entries = |name: &str| std::fs::read_dir(format!("{process}/{name}")).expect("a process that runs").count();
        let status = std::fs::read_to_string(format!("{process}/status")).expect("a process that runs");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
        let memory_kb = memory.trim().trim_end_matches(" kB").parse().expect("a number of kB");
        Self { threads: entries("task"), files: entries("fd"), memory_kb }
    }
}

#[test]
fn members_that_come_and_go_leave_no_partition_stuck_and_nothing_behind() {
    let name = "storm";
    let broker = KafkaBroker::shared();
    broker.create_topic(name, PARTITIONS);
    let start = || Service::start(&config(&broker.bootstrap(), name), &["--set", "kafka.snapshot_interval=2s"]);
    let lines = lines(8);
    let keyed: Vec<(String, &str)> =
        lines.iter().map(|line| (key_of(line), std::str::from_utf8(line).expect("a text"))).collect();
    broker.produce(name, keyed.iter().map(|(key, line)| (key.as_str(), *line)));
    let stays = start();
    await_read(&[&stays], lines.len());

    let (storm, begun) = (Duration::from_secs(number("STORM_SECONDS", 30) as u64), Instant::now());
    let (mut guests, mut changes, mut before) = (Vec::new(), 0, None);
    while begun.elapsed() < storm {
        if changes % 4 < 2 {
            guests.push(start());
        } else {
            let mut guest: Service = guests.remove(0);
            guest.sigterm();
            assert_eq!(guest.wait_exit(PATIENCE), Some(0), "{}", guest.stderr());
        }
        changes += 1;
        thread::sleep(STORM_EVERY);
        if changes % 4 == 0 {
            await_read(&[&stays], lines.len());
            let holds = Holds::of(&stays); // it is alone, and everything went and came
            println!("after {changes} changes: {holds:?}");
            before = before.or(Some(holds));
        }
    }
    let all: Vec<&Service> = guests.iter().chain([&stays]).collect();
    assert_eq!(sums(&await_read(&all, lines.len())), sums([&replayed(&lines)]));
    for mut guest in guests {
        guest.sigterm();
        guest.wait_exit(PATIENCE);
    }
    await_read(&[&stays], lines.len());
    await_letters(broker, name);
    let before = before.expect("there were four changes");
    // What taking over from all guests at once took goes back to the system by and by; what leaks does not.
    let after = eventually(&format!("memory as before: {before:?}"), PATIENCE, || {
        let holds = Holds::of(&stays);
        (holds.memory_kb <= 2 * before.memory_kb).then_some(holds)
    });
    println!("{changes} changes in {} s: {before:?}, then {after:?}", begun.elapsed().as_secs());
    assert!(after.threads <= before.threads + 2, "{before:?} {after:?}");
    assert!(after.files <= before.files + 8, "{before:?} {after:?}");
}
