//! Kafka away, and who owns what while it is: what the probes, the report and the page say, and that no zero stands for "unknown".

use std::sync::Arc;
use std::time::Duration;

use contactpulse::config::Config;
use contactpulse::http::{Filter, Probe, Site};
use contactpulse::kafka::{EmbeddedBroker, Producer};
use contactpulse::runtime::{self, Running};
use contactpulse::time::EventTime;
use serde_json::{Value, json};

use crate::page::{as_of, cells, is_greyed, look_at, notice};
use crate::support::{KafkaBroker, PATIENCE, Service, eventually};

/// How long the group waits for a member that is silent: for ever, as far as a test goes, and as short as brokers allow.
const PATIENT_MS: u32 = 900_000;
const IMPATIENT_MS: u32 = 6_000;
/// Of the page's own time: it draws several reports in it.
const LOOK_S: u32 = 3;

/// Callers who wait since now, one queue that the config knows and one that it does not.
fn waiting_callers() -> Vec<(String, String)> {
    let now = jiff::Timestamp::now().to_string();
    let queued = |n: u32| {
        let queue = ["sales", "sails"][n as usize % 2];
        let event = json!({ "id": format!("e{n}"), "type": "contact.queued", "time": now, "contact_id": format!("c{n}"), "queue": queue });
        (format!("c{n}"), event.to_string())
    };
    (0..10).map(queued).collect()
}

fn config(brokers: &str, topic: &str, group: &str, session_ms: u32) -> String {
    format!(
        "[kafka]\nbrokers = [\"{brokers}\"]\ntopics = [\"{topic}\"]\ngroup = \"{group}\"\nbootstrap = \"earliest\"\n\
         [kafka.properties]\n\"session.timeout.ms\" = {session_ms}\n\"heartbeat.interval.ms\" = 500\n\
         \"max.poll.interval.ms\" = {PATIENT_MS}\n\"reconnect.backoff.max.ms\" = 500\n[[queue]]\nname = \"sales\"\n"
    )
}

/// The page, and the report that it was drawn beside.
fn see(service: &Service) -> String {
    look_at(&format!("http://{}/", service.address()), LOOK_S).0
}

/// Waits for a report whose sources fit, and gives it.
fn await_sources(what: &str, service: &Service, fit: impl Fn(&Value) -> bool) -> Value {
    eventually(what, PATIENCE, || Some(service.report()).filter(|report| fit(&report["sources"])))
}

fn await_live(service: &Service) -> Value {
    service.await_ready();
    let report = await_sources("figures of now", service, |sources| {
        sources["ready"] == true && sources["as_of"] != Value::Null && sources["lagging"] == json!([])
    });
    assert_eq!(report["total"]["now"]["waiting"], 10);
    report
}

fn moment(value: &Value) -> EventTime {
    EventTime::parse(value.as_str().unwrap()).unwrap()
}

fn assert_no_figures(service: &Service, told: &str) {
    let report = service.report();
    assert_eq!((&report["sources"]["as_of"], &report["total"]["now"]), (&Value::Null, &json!({})));
    assert_eq!(report["queues"]["sales"]["now"], json!({}), "a queue of the config stays, without a zero");
    let page = see(service);
    for figure in ["waiting", "longest", "answered", "abandoned", "service", "level"] {
        assert!(cells(&page, figure).iter().all(|cell| *cell == "–"), "{figure}: {:?}", cells(&page, figure));
    }
    assert!(is_greyed(&page));
    assert_eq!(as_of(&page), ("--:--:--", ""));
    assert!(notice(&page).starts_with("✕ KAFKA IS OUT OF REACH since "), "{}", notice(&page));
    assert!(notice(&page).contains(told), "{}", notice(&page));
}

#[test]
fn a_broker_that_is_away_freezes_the_figures_and_a_session_that_ran_out_takes_them_away() {
    let mut broker = KafkaBroker::start();
    broker.create_topic("outage", 2);
    let callers = waiting_callers();
    broker.produce("outage", callers.iter().map(|(key, line)| (key.as_str(), line.as_str())));
    broker.kill();

    let start = |group, session_ms| Service::start(&config(&broker.bootstrap(), "outage", group, session_ms), &[]);
    let (patient, impatient) = (start("patient", PATIENT_MS), start("impatient", IMPATIENT_MS));
    await_sources("the outage to be known", &patient, |sources| sources["brokers_away_since"] != Value::Null);
    assert_no_figures(&patient, "No figures yet: nothing complete was read since this instance started.");

    broker.restart();
    let before = await_live(&patient);
    await_live(&impatient);
    let page = see(&patient);
    assert!(!is_greyed(&page) && cells(&page, "waiting").contains(&"10"), "{}", notice(&page));

    broker.kill();
    a_patient_member_stands_still(&patient, &before);
    await_sources("the session to run out", &impatient, |sources| sources["partitions_lost_at"] != Value::Null);
    assert_no_figures(&impatient, "No figures: the session of this instance in the consumer group ran out at ");
    let ready = impatient.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(
        ready.body.contains("no broker can be reached since")
            && ready.body.contains("the session in the consumer group ran out at")
    );
    assert_eq!(impatient.get("/api/v1/report?queue=sails").status, 200, "who was there may be there again");

    broker.restart();
    for service in [&patient, &impatient] {
        let sources = &await_live(service)["sources"];
        assert_eq!((&sources["brokers_away_since"], &sources["partitions_lost_at"]), (&Value::Null, &Value::Null));
        assert_eq!(service.stderr().matches("a queue that the config does not know").count(), 1, "told once");
        assert!(service.stderr().contains("queue=\"sails\""), "{}", service.stderr());
    }
    assert_eq!(impatient.get("/api/v1/report?queue=nobody").status, 400);
}

fn a_patient_member_stands_still(service: &Service, before: &Value) {
    let frozen =
        await_sources("the outage to be known", service, |sources| sources["brokers_away_since"] != Value::Null);
    let page = see(service);
    let sources = &frozen["sources"];
    assert_eq!((&sources["ready"], &sources["brokers_reachable"]), (&json!(false), &json!(false)));
    assert!(moment(&sources["as_of"]) <= moment(&sources["brokers_away_since"]), "{sources}");
    assert!(sources["notes"][0].as_str().unwrap().contains("no broker can be reached since"), "{sources}");
    let again = service.report();
    assert!(moment(&again["at"]) > moment(&frozen["at"]), "the clock goes on");
    for part in ["queues", "total"] {
        assert_eq!(again[part], frozen[part], "the figures do not");
    }
    assert_eq!((&again["sources"]["as_of"], &again["total"]["now"]["waiting"]), (&sources["as_of"], &json!(10)));
    assert_eq!(before["total"]["now"]["waiting"], 10);

    assert!(is_greyed(&page));
    assert!(cells(&page, "waiting").contains(&"10"), "{:?}", cells(&page, "waiting"));
    let (time, age) = as_of(&page);
    assert_eq!(time, &sources["as_of"].as_str().unwrap()[11..19]);
    assert!(age.ends_with(" ago"), "{age}");
    assert!(notice(&page).starts_with("✕ KAFKA IS OUT OF REACH since "), "{}", notice(&page));
    let left = format!("Frozen: the last known figures, as of {time}, ");
    assert!(notice(&page).contains(&left), "{}", notice(&page));
}

/// The service in this process, reading an embedded broker.
struct Inside {
    service: runtime::Service,
    running: Running,
    tasks: tokio::runtime::Runtime,
}

impl Inside {
    fn start(broker: &EmbeddedBroker, topic: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("contactpulse.toml");
        let config = config(&broker.bootstrap_servers(), topic, "inside", IMPATIENT_MS);
        // The embedded broker makes no topics, and keeps nothing anyway.
        let settings = "[kafka]\nsnapshot_interval = \"off\"\ndead_letters = \"off\"";
        std::fs::write(&file, config.replace("[kafka]", settings)).unwrap();
        let config = Config::load(Some(&file), &[]).unwrap();
        let (service, running) = runtime::start(Arc::new(config)).unwrap();
        Self { service, running, tasks: tokio::runtime::Runtime::new().unwrap() }
    }

    fn report(&self) -> Value {
        let text = self.tasks.block_on(self.service.report(Filter::default())).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn await_probe(&self, what: &str, fit: impl Fn(&Probe) -> bool) -> Probe {
        eventually(what, PATIENCE, || Some(self.service.ready()).filter(&fit))
    }

    fn stop(self) {
        self.running.stop();
        self.running.join().unwrap();
    }
}

fn says(probe: &Probe, text: &str) -> bool {
    probe.lines.iter().any(|line| line.contains(text))
}

#[test]
fn an_embedded_broker_that_is_away_is_told_like_a_real_one() {
    let broker = EmbeddedBroker::start("events", 2).unwrap();
    broker.cluster().broker_down(-1).unwrap();
    let inside = Inside::start(&broker, "events");
    inside.await_probe("away at the start", |probe| says(probe, "no broker can be reached since"));
    let report = inside.report();
    assert_eq!((&report["sources"]["as_of"], &report["total"]["now"]), (&Value::Null, &json!({})));

    broker.cluster().broker_up(-1).unwrap();
    let producer = Producer::new(&broker.bootstrap_servers(), "events", &Default::default()).unwrap();
    for (key, line) in waiting_callers() {
        producer.send(key.as_bytes(), line.as_bytes(), None).unwrap();
    }
    producer.flush(Duration::from_secs(60)).unwrap();
    inside.await_probe("ready", |probe| probe.ok);
    eventually("ten who wait", PATIENCE, || (inside.report()["total"]["now"]["waiting"] == 10).then_some(()));

    broker.cluster().broker_down(-1).unwrap();
    // The client may see first that its session is over, and a moment later that no broker answers.
    let is_lost = |probe: &Probe| {
        says(probe, "the session in the consumer group ran out at") && says(probe, "no broker can be reached since")
    };
    assert!(!inside.await_probe("a session that ran out, and no broker", is_lost).ok);
    assert_eq!(inside.report()["total"]["now"], json!({}));
    broker.cluster().broker_up(-1).unwrap();
    inside.await_probe("ready again", |probe| probe.ok && says(probe, "ready, 2 partitions"));
    inside.stop();
}

#[test]
fn a_topic_of_snapshots_that_cannot_be_made_is_told_with_the_command_that_makes_it() {
    let broker = EmbeddedBroker::start("events", 2).unwrap(); // which makes no topic, and does not say so
    let service = Service::start(&config(&broker.bootstrap_servers(), "events", "unmade", IMPATIENT_MS), &[]);
    let command = "run `kafka-topics.sh --bootstrap-server BROKER --create --topic unmade.snapshots --partitions 2 ";
    eventually("what to do", PATIENCE, || service.stderr().contains(command).then_some(()));
    assert!(service.stderr().contains("nothing is read before all topics are there"), "{}", service.stderr());
    assert_eq!(service.get("/readyz").status, 503);
}

#[test]
fn an_instance_is_ready_with_its_share_of_the_partitions_and_one_without_any_says_so() {
    let broker = EmbeddedBroker::start("events", 1).unwrap();
    let first = Inside::start(&broker, "events");
    first.await_probe("the partition", |probe| probe.ok && says(probe, "ready, 1 partition"));
    let second = Inside::start(&broker, "events");
    second.await_probe("joining", |probe| !probe.ok);
    second.await_probe("a share of nothing", |probe| probe.ok && says(probe, "ready, but no partition"));
    let report = second.report();
    assert_eq!((&report["sources"]["ready"], &report["sources"]["as_of"]), (&json!(true), &Value::Null));
    assert!(report["sources"]["notes"][0].as_str().unwrap().contains("no partition"));
    first.await_probe("the partition, still", |probe| probe.ok && says(probe, "ready, 1 partition"));
    first.stop();
    second.await_probe("the partition of the one that left", |probe| probe.ok && says(probe, "ready, 1 partition"));
    second.stop();
}
