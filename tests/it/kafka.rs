//! The service against a real Kafka broker: shared partitions, hand-over, brokers that go away, topics that are missing.

use std::collections::BTreeMap;
use std::time::Duration;

use contactpulse::rules::Rules;
use contactpulse::simulate::{Settings, centre};
use contactpulse::time::{EventTime, Span};
use serde_json::{Map, Value, json};

use crate::replay_laws::reports;
use crate::shared_data::bank;
use crate::support::{KafkaBroker, PATIENCE, Service, contactpulse, eventually, noise, scrape::Scraped, tools};

pub const PARTITIONS: usize = 6;
/// What the service promises about its end.
const END_MAX: Duration = Duration::from_secs(5);
/// Figures of a window that add up over instances; each contact of the logs below is over, so `all` is the whole of them.
const ADDING: [&str; 6] = ["offered", "answered", "abandoned", "flowed_out", "blocked", "expired"];
const DURATIONS: [&str; 6] =
    ["speed_of_answer", "customer_wait", "time_to_abandon", "handle_time", "talk_time", "after_contact_time"];

/// A topic and a group of its own, and the log that goes into it.
pub struct Scene<'b> {
    pub broker: &'b KafkaBroker,
    pub name: &'static str,
    keyed: Vec<(String, String)>,
}

impl Scene<'static> {
    pub fn new(name: &'static str, lines: &[Vec<u8>]) -> Self {
        let broker = KafkaBroker::shared();
        broker.create_topic(name, PARTITIONS);
        Self::of(broker, name, lines)
    }
}

impl<'b> Scene<'b> {
    /// One in a topic that is there.
    pub fn of(broker: &'b KafkaBroker, name: &'static str, lines: &[Vec<u8>]) -> Self {
        let keyed = |line: &Vec<u8>| {
            let key = contactpulse::wire::route_key(line).unwrap_or_default();
            (key, String::from_utf8_lossy(line).into_owned())
        };
        Self { broker, name, keyed: lines.iter().map(keyed).collect() }
    }

    pub fn produce(&self, lines: std::ops::Range<usize>) {
        let records = self.keyed[lines].iter().map(|(key, line)| (key.as_str(), line.as_str()));
        self.broker.produce(self.name, records);
    }

    pub fn service(&self) -> Service {
        Service::start(&config(&self.broker.bootstrap(), self.name), &[])
    }

    pub fn half(&self) -> usize {
        self.keyed.len() / 2
    }
}

/// Sessions short enough that a member that died is missed soon.
pub fn config(brokers: &str, name: &str) -> String {
    format!(
        "[kafka]\nbrokers = [\"{brokers}\"]\ntopics = [\"{name}\"]\ngroup = \"{name}\"\nbootstrap = \"earliest\"\n\
         [kafka.properties]\n\"session.timeout.ms\" = 6000\n\"heartbeat.interval.ms\" = 500\n"
    )
}

pub fn simulated() -> Vec<Vec<u8>> {
    let start = EventTime::parse("2026-03-02T08:00:00Z").unwrap();
    let settings = Settings { contacts: Some(1_000), repeats: 0.0, ..Settings::new(5, start, 0.5) };
    centre(settings).map(|sent| sent.record.into_bytes()).collect()
}

/// What adds up of the window `all`, by queue: counts, and counts and sums of durations, in milliseconds.
pub fn sums<'a>(reports: impl IntoIterator<Item = &'a Value>) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    for (queue, figures) in reports.into_iter().flat_map(|report| report["queues"].as_object().unwrap()) {
        let all = &figures["windows"]["all"];
        let mut add =
            |name: String, value: f64| *sums.entry(format!("{queue} {name}")).or_default() += value.round() as i64;
        for kpi in ADDING {
            add(kpi.to_owned(), all[kpi].as_f64().unwrap());
        }
        for side in ["met", "counted"] {
            add(format!("service_level {side}"), all["service_level"][side].as_f64().unwrap());
        }
        for side in ["numerator", "denominator"] {
            add(format!("sla_attainment {side}"), all["sla_attainment"][side].as_f64().unwrap());
        }
        for kpi in DURATIONS {
            add(format!("{kpi} count"), all[kpi]["count"].as_f64().unwrap());
            add(format!("{kpi} sum"), all[kpi]["sum"].as_f64().unwrap() * 1_000.0);
        }
    }
    sums
}

pub fn replayed(lines: &[Vec<u8>]) -> Value {
    reports(lines, Rules::default(), 1, &[EventTime::parse("2027-01-01T00:00:00Z").unwrap()]).remove(0)
}

/// Waits until these services have read `records` between them, and gives their reports.
pub fn await_read(services: &[&Service], records: usize) -> Vec<Value> {
    eventually(&format!("{records} records read by {} instances", services.len()), PATIENCE, || {
        let reports: Vec<Value> = services.iter().map(|service| service.report()).collect();
        let read = |report: &Value| report["events"]["read"].as_u64().unwrap();
        let is_ready = |report: &Value| report["sources"]["ready"] == true && report["sources"]["lagging"] == json!([]);
        let total: u64 = reports.iter().map(read).sum();
        (total == records as u64 && reports.iter().all(is_ready)).then_some(reports)
    })
}

/// Waits until both own partitions, and every partition has one owner.
pub fn await_shared(one: &Service, other: &Service) {
    eventually("two instances to share the partitions", PATIENCE, || {
        let (ours, theirs) = (Scraped::of(one).owned(), Scraped::of(other).owned());
        let is_shared = !ours.is_empty() && !theirs.is_empty() && ours.is_disjoint(&theirs);
        (is_shared && ours.len() + theirs.len() == PARTITIONS).then_some(())
    });
}

/// Two instances from the start; one is stopped and another started in the middle. What they show in sum is what a replay shows.
fn two_instances_show_what_a_replay_shows(name: &'static str, lines: &[Vec<u8>]) {
    let scene = Scene::new(name, lines);
    let expected = sums([&replayed(lines)]);
    scene.produce(0..scene.half());
    let (mut first, second) = (scene.service(), scene.service());
    await_shared(&first, &second);
    let halfway = await_read(&[&first, &second], scene.half());
    assert!(halfway.iter().all(|report| report["events"]["read"] != 0), "both instances have partitions");

    first.sigterm();
    assert_eq!(first.wait_exit(END_MAX), Some(0), "{}", first.stderr());
    let third = scene.service();
    await_shared(&second, &third);
    await_read(&[&second, &third], scene.half());
    scene.produce(scene.half()..lines.len());
    let reports = await_read(&[&second, &third], lines.len());
    assert!(reports.iter().all(|report| report["events"]["read"] != 0), "both instances have partitions");
    assert_eq!(sums(&reports), expected);
}

#[test]
fn two_instances_show_in_sum_what_a_replay_shows_also_after_a_hand_over() {
    two_instances_show_what_a_replay_shows("hand-over", &simulated());
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn a_month_of_a_bank_over_six_partitions_and_a_hand_over_is_the_same_month() {
    two_instances_show_what_a_replay_shows("bank", bank());
}

#[test]
fn counters_never_fall_and_count_each_contact_once_over_a_rebalance() {
    let lines = simulated();
    let scene = Scene::new("counters", &lines);
    scene.produce(0..scene.half());
    let first = scene.service();
    await_read(&[&first], scene.half());
    let before = Scraped::of(&first);
    assert_eq!(before.owned().len(), PARTITIONS);

    let second = scene.service();
    await_shared(&first, &second);
    await_read(&[&first, &second], scene.half());
    let after = Scraped::of(&first);
    after.assert_no_counter_fell_since(&before);
    let (ours, theirs) = (after.owned(), Scraped::of(&second).owned());
    assert!(ours.is_disjoint(&theirs) && ours.len() + theirs.len() == PARTITIONS, "{ours:?} {theirs:?}");
    assert!(!theirs.is_empty(), "the second instance owns something");

    scene.produce(scene.half()..lines.len());
    await_read(&[&first, &second], lines.len());
    let expected = replayed(&lines);
    for kpi in ["offered", "answered", "blocked"] {
        let right = expected["total"]["windows"]["all"][kpi].as_f64().unwrap();
        let name = format!("contactpulse_contacts_{kpi}_total");
        eventually(&format!("{name} to be {right}"), PATIENCE, || {
            let counted = [&first, &second].map(|service| Scraped::of(service).sum(&name));
            (counted.iter().sum::<f64>() == right).then_some(())
        });
    }
    Scraped::of(&first).assert_no_counter_fell_since(&after);
}

#[test]
fn figures_of_a_partition_that_left_are_gone_and_its_figures_are_elsewhere() {
    let lines = simulated();
    let scene = Scene::new("leaving", &lines);
    scene.produce(0..lines.len());
    let first = scene.service();
    let alone = sums(&await_read(&[&first], lines.len()));
    let second = scene.service();
    await_shared(&first, &second);
    let shared = await_read(&[&first, &second], lines.len());
    assert_eq!(sums(&shared), alone);
    assert!(sums([&shared[0]]) != alone, "the first instance shows less than the whole");
}

#[test]
fn an_instance_that_was_killed_is_replaced_without_losing_a_contact() {
    let lines = simulated();
    let scene = Scene::new("killed", &lines);
    scene.produce(0..scene.half());
    let mut first = scene.service();
    await_read(&[&first], scene.half());
    first.kill();
    scene.produce(scene.half()..lines.len());
    let second = scene.service();
    assert_eq!(sums(&await_read(&[&second], lines.len())), sums([&replayed(&lines)]));
}

#[test]
fn garbage_on_the_topic_is_counted_and_the_rest_goes_on() {
    let lines = simulated();
    let mut spoilt = noise::with_garbage(&lines, 24, 9);
    spoilt.retain(|line| std::str::from_utf8(line).is_ok());
    let scene = Scene::new("garbage", &spoilt);
    scene.produce(0..spoilt.len());
    let service = scene.service();
    let reports = await_read(&[&service], spoilt.len());
    assert_eq!(sums(&reports), sums([&replayed(&lines)]));
    let rejected: &Map<String, Value> = reports[0]["events"]["rejected"].as_object().unwrap();
    let count: u64 = rejected.values().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(count as usize, spoilt.len() - lines.len());
    let scraped = Scraped::of(&service);
    assert_eq!(scraped.sum("contactpulse_rejected_total") as u64, count);
    assert_eq!(scraped.sum("contactpulse_records_read_total"), scraped.sum("contactpulse_events_total") + count as f64);
    assert!(service.stderr().contains("record rejected"), "the log tells the first: {}", service.stderr());
    let checked = tools::run_with_input(tools::promtool().args(["check", "metrics"]), &service.get("/metrics").body);
    assert!(checked.status.success() && checked.stderr.is_empty(), "{}", String::from_utf8_lossy(&checked.stderr));
}

#[test]
fn a_broker_that_is_away_is_told_and_the_service_carries_on_when_it_is_back() {
    let mut broker = KafkaBroker::start();
    broker.create_topic("away", 2);
    let lines: Vec<(String, String)> = (0..20)
        .map(|n| {
            let time = EventTime::EARLIEST + Span::from_seconds(1_000_000_000 + n);
            let line = json!({"id": n.to_string(), "type": "contact.queued", "time": time.to_string(), "contact_id": n.to_string(), "queue": "sales"});
            (n.to_string(), line.to_string())
        })
        .collect();
    let records = || lines.iter().map(|(key, line)| (key.as_str(), line.as_str()));
    broker.produce("away", records().take(10));
    broker.kill();

    let mut service = Service::start(&config(&broker.bootstrap(), "away"), &[]);
    await_unready(&service);
    assert_eq!(service.get("/livez").status, 200, "waiting for a broker is no reason to be restarted");
    broker.restart();
    service.await_ready();
    await_read(&[&service], 10);

    broker.kill();
    await_unready(&service);
    assert_eq!(service.report()["events"]["read"], 10, "what was read is still shown");
    broker.restart();
    service.await_ready();
    broker.produce("away", records().skip(10));
    await_read(&[&service], 20);

    broker.kill();
    await_unready(&service);
    service.sigterm();
    assert_eq!(service.wait_exit(END_MAX), Some(0), "{}", service.stderr());
    let log = service.stderr();
    let told = |text: &str| log.matches(text).count();
    // A broker that starts may answer, refuse and answer again: what is told once is each time that it was away.
    let (away, back) = (told("no kafka broker can be reached"), told("kafka is back"));
    assert!(away >= 3, "{log}");
    assert_eq!(away, back + 1, "each time once: {log}");
}

fn await_unready(service: &Service) {
    eventually("/readyz to tell that no broker can be reached", PATIENCE, || {
        let reply = service.get("/readyz");
        (reply.status == 503 && reply.body.contains("no broker can be reached")).then_some(())
    });
}

#[test]
fn a_missing_topic_ends_the_start_with_one_clear_message() {
    let broker = KafkaBroker::shared();
    let sets = [
        format!("kafka.brokers=[\"{}\"]", broker.bootstrap()),
        "kafka.topics=[\"no-such-topic\"]".to_owned(),
        "http.listen=\"127.0.0.1:0\"".to_owned(),
    ];
    let output = contactpulse().arg("run").args(sets.iter().flat_map(|set| ["--set", set])).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("contactpulse: kafka topic not found: no-such-topic"), "{told}");
}

#[test]
fn a_stop_with_a_broker_there_ends_at_once_with_everything_committed() {
    let lines = simulated();
    let scene = Scene::new("stopping", &lines);
    scene.produce(0..lines.len());
    let mut service = scene.service();
    await_read(&[&service], lines.len());
    service.sigterm();
    assert_eq!(service.wait_exit(END_MAX), Some(0), "{}", service.stderr());
    let next = scene.service();
    await_read(&[&next], lines.len());
    assert_eq!(Scraped::of(&next).sum("contactpulse_records_read_total"), 0.0, "all of it was counted before");
}
