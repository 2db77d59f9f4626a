//! From a queue that collapses to somebody's pager, with real parts: Kafka, the service, Prometheus with the generated rules, Alertmanager with
//! the generated routes, and somebody at the end of a webhook.
//!
//! **What is quicker here.** Scrapes and evaluations come every second and alerts wait for seconds instead of minutes, so that a test takes
//! one minute and not ten. `PAGING_EVERY=15s` leaves all of it as shipped, for a measurement.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use contactpulse::time::EventTime;
use tempfile::TempDir;

use crate::support::{
    Alertmanager, KafkaBroker, PATIENCE, Prometheus, Service, Told, Webhook, contactpulse, eventually,
};

/// A centre, and whoever is told of its alerts.
struct Watch {
    service: Service,
    _prometheus: Prometheus,
    _alertmanager: Alertmanager,
    webhook: Webhook,
    topic: String,
    _files: TempDir,
}

/// An event, under the key of its contact or queue.
type Event = (String, String);

/// As often as Prometheus scrapes and evaluates where nothing else is asked for.
const QUICK: &str = "1s";

impl Watch {
    /// Starts all of it. `hold` is the `for` of a lost service level, where rules are made quicker.
    fn start(broker: &KafkaBroker, config: &str, every: &str, hold: &str) -> Self {
        static USED: AtomicUsize = AtomicUsize::new(0);
        let topic = format!("paging-{}", USED.fetch_add(1, Ordering::Relaxed));
        broker.create_topic(&topic, 2);
        let files = TempDir::new().unwrap();
        let path = write(&files, "contactpulse.toml", config);
        let webhook = Webhook::start();
        let address = webhook.address().to_string();
        let (rules, routes) =
            (generated(&path, &[]), generated(&path, &["--alertmanager"]).replace("127.0.0.1:9099", &address));
        let (rules, routes) =
            if every == "15s" { (rules, routes) } else { (quick_rules(&rules, hold), quick_routes(&routes)) };
        let alertmanager = Alertmanager::start(&write(&files, "alertmanager.yml", &routes));
        let own = [
            format!("kafka.brokers=[\"{}\"]", broker.bootstrap()),
            format!("kafka.topics=[\"{topic}\"]"),
            format!("kafka.group=\"{topic}\""),
            "kafka.bootstrap=\"earliest\"".to_owned(),
        ];
        let arguments: Vec<&str> = own.iter().flat_map(|own| ["--set", own]).collect();
        let service = Service::start(config, &arguments);
        service.await_ready();
        let rules = write(&files, "rules.yml", &rules);
        let prometheus = Prometheus::alerting_every(every, &[service.address()], &[&rules], &[alertmanager.address()]);
        Self { service, _prometheus: prometheus, _alertmanager: alertmanager, webhook, topic, _files: files }
    }

    fn tell(&self, broker: &KafkaBroker, events: &[Event]) {
        broker.produce(&self.topic, events.iter().map(|(key, event)| (key.as_str(), event.as_str())));
    }

    /// What the webhook was told, one line an alert: where, whether it fires, and what it says.
    fn told(&self) -> Vec<String> {
        let of_message = |told: &Told| {
            let line = |alert: &serde_json::Value| {
                let text =
                    |place: &str| alert.pointer(place).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
                let [status, name, summary] = ["/status", "/labels/alertname", "/annotations/summary"].map(text);
                format!("{} {status} {name}: {summary}", told.path)
            };
            told.alerts().iter().map(line).collect::<Vec<_>>()
        };
        self.webhook.told().iter().flat_map(of_message).collect()
    }

    /// Waits until the webhook was told a line with these words.
    fn await_told(&self, words: &[&str]) -> String {
        eventually(&format!("a message with {words:?}"), 2 * PATIENCE, || {
            self.told().into_iter().find(|line| words.iter().all(|word| line.contains(word)))
        })
    }
}

fn write(files: &TempDir, name: &str, content: &str) -> PathBuf {
    let path = files.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn generated(config: &Path, arguments: &[&str]) -> String {
    let output = contactpulse().args(["rules", "--config"]).arg(config).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The same rules, whose alerts wait for seconds.
fn quick_rules(rules: &str, hold: &str) -> String {
    let mut text = String::new();
    for line in rules.lines() {
        let line = match line.trim_start().split_once(": ") {
            Some(("for", "30s")) => format!("        for: {hold}"),
            Some(("for", _)) => "        for: 2s".to_owned(),
            Some(("keep_firing_for", _)) => "        keep_firing_for: 2s".to_owned(),
            _ => line.to_owned(),
        };
        writeln!(text, "{line}").unwrap();
    }
    text
}

fn quick_routes(routes: &str) -> String {
    routes.replace("group_wait: 10s", "group_wait: 1s").replace("group_interval: 5m", "group_interval: 3s")
}

/// That many seconds ago, as events tell it.
fn ago(seconds: i64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    EventTime::from_millis(i64::try_from(now.as_millis()).unwrap() - 1_000 * seconds).to_string()
}

fn contact(kind: &str, id: &str, queue: &str, time: &str, more: &str) -> Event {
    let event = format!(
        "{{\"id\":\"{id}-{kind}\",\"type\":\"contact.{kind}\",\"time\":\"{time}\",\"contact_id\":\"{id}\",\"queue\":\"{queue}\"{more}}}"
    );
    (id.to_owned(), event)
}

/// Callers who have waited for that long, and nobody answers.
fn waiting(queue: &str, count: usize, seconds: i64) -> Vec<Event> {
    (0..count).map(|call| contact("queued", &format!("{queue}-w{call}"), queue, &ago(seconds), "")).collect()
}

/// Callers who wait are answered, and many more at once.
fn recovery(queue: &str, waited: usize) -> Vec<Event> {
    let answer = |id: &str| contact("answered", id, queue, &ago(0), ",\"agent\":\"ann\"");
    let end = |id: &str| contact("ended", id, queue, &ago(0), ",\"by\":\"customer\"");
    let late = (0..waited).map(|call| format!("{queue}-w{call}")).flat_map(|id| [answer(&id), end(&id)]);
    let new = (0..8 * waited).map(|call| format!("{queue}-n{call}"));
    late.chain(new.flat_map(|id| [contact("queued", &id, queue, &ago(1), ""), answer(&id), end(&id)])).collect()
}

fn closed(queue: &str) -> Event {
    let time = ago(120);
    let event = format!(
        "{{\"id\":\"shut-{queue}\",\"type\":\"queue.state_changed\",\"time\":\"{time}\",\"queue\":\"{queue}\",\"state\":\"closed\"}}"
    );
    (queue.to_owned(), event)
}

const CENTRE: &str = "
[[queue]]
name = \"sales\"
owner = \"pat@example.com\"
[[queue]]
name = \"shut\"
owner = \"pat@example.com\"
";

/// A queue that is open for an hour a day, which begins six hours from now.
fn out_of_hours(queue: &str) -> String {
    let hour = (EventTime::parse(&ago(0)).unwrap().as_millis() / 3_600_000 + 6) % 24;
    format!(
        "[[calendar]]\nname = \"{queue}\"\ntime_zone = \"UTC\"\nhours = {{ mon-sun = [\"{hour:02}:00-{hour:02}:59\"] }}\n\
         [[queue]]\nname = \"{queue}\"\nowner = \"pat@example.com\"\ncalendar = \"{queue}\"\n"
    )
}

#[test]
fn a_queue_that_collapses_pages_its_owner_and_the_page_ends_when_it_recovers_while_others_page_nobody() {
    let every = std::env::var("PAGING_EVERY").unwrap_or_else(|_| QUICK.to_owned());
    let broker = KafkaBroker::shared();
    let watch = Watch::start(broker, &(out_of_hours("night") + CENTRE), &every, "3s");
    watch.tell(broker, &[closed("shut")]);
    // Their threshold of 20 s passes two seconds from now.
    let collapsed = Instant::now() + Duration::from_secs(2);
    for queue in ["sales", "shut", "night", "wild"] {
        watch.tell(broker, &waiting(queue, 40, 18));
    }
    watch.await_told(&["/pat-example-com/page firing ContactPulseServiceLevelLost"]);
    let told = watch.webhook.told().into_iter().find(|told| told.path.ends_with("/pat-example-com/page")).unwrap();
    let took = told.at.saturating_duration_since(collapsed);
    println!("from the first missed threshold to the webhook, with scrapes every {every}: {:.1} s", took.as_secs_f64());
    let text = watch.await_told(&["ContactPulseServiceLevelLost"]);
    assert!(
        text.ends_with(
            "sales (voice) lost its service level: 0% in 5 minutes, target 80%: move agents here, or offer callbacks"
        ),
        "{text}"
    );
    let metrics = watch.service.get("/metrics").body;
    for line in
        ["queue_open{queue=\"night\",channel=\"voice\"} 0", "contacts_waiting{queue=\"night\",channel=\"voice\"} 40"]
    {
        assert!(metrics.contains(&format!("\ncontactpulse_{line}\n")), "{line}");
    }
    if every != QUICK {
        return;
    }
    watch.tell(broker, &recovery("sales", 40));
    watch.await_told(&["/pat-example-com/page resolved ContactPulseServiceLevelLost", "sales (voice)"]);
    let pages: Vec<String> = watch.told().into_iter().filter(|line| line.contains("/page ")).collect();
    assert!(pages.iter().all(|line| line.contains(": sales (voice)")), "{pages:#?}");
}

#[test]
fn a_collapse_whose_figures_are_stale_pages_nobody_but_for_the_staleness() {
    let mut broker = KafkaBroker::start();
    let watch = Watch::start(&broker, CENTRE, QUICK, "20s");
    watch.tell(&broker, &waiting("sales", 40, 15));
    eventually("a service that has read who waits", PATIENCE, || {
        let line = "\ncontactpulse_contacts_waiting{queue=\"sales\",channel=\"voice\"} 40\n";
        watch.service.get("/metrics").body.contains(line).then_some(())
    });
    broker.kill();
    watch.await_told(&["/platform/page firing ContactPulseKafkaUnreachable"]);
    std::thread::sleep(Duration::from_secs(25));
    let others: Vec<String> = watch.told().into_iter().filter(|line| !line.starts_with("/platform/page ")).collect();
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn three_hundred_queues_that_fail_together_are_at_most_one_page_an_owner() {
    let broker = KafkaBroker::shared();
    let owners = ["pat", "kim", "lee"];
    let mut config = String::new();
    for queue in 0..300 {
        writeln!(config, "[[queue]]\nname = \"q{queue}\"\nowner = \"{}\"", owners[queue % 3]).unwrap();
    }
    let watch = Watch::start(broker, &config, "5s", "10s");
    for queue in 0..300 {
        watch.tell(broker, &waiting(&format!("q{queue}"), 31, 15));
    }
    watch.await_told(&["/contact-centre/page firing ContactPulseCentreLost"]);
    std::thread::sleep(Duration::from_secs(30));
    let told = watch.webhook.told();
    for owner in owners.into_iter().chain(["contact-centre"]) {
        let pages = told.iter().filter(|told| told.path == format!("/{owner}/page")).count();
        assert!(pages <= 1, "{owner} was paged {pages} times: {:#?}", watch.told());
    }
    let paths: Vec<&str> = told.iter().map(|told| told.path.as_str()).filter(|path| path.ends_with("/page")).collect();
    println!("pages for 300 queues: {paths:?}");
}
