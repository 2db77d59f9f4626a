//! What is under `deploy/`: rules, routes, the dashboard and the config of compose, each tried with the program that will read it.
//!
//! **Why a replay and a service.** A query with a wrong name is no error: it draws an empty panel and says nothing, and so does a
//! rule. So every query runs against a real Prometheus, over a simulated day's figures at a busy moment (a *replay*) and over a
//! service that reads Kafka, which alone knows of lag and partitions. These two are two instances: what adds up wrongly, shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::tools::{amtool, promtool, run_with_input};
use crate::support::{Alertmanager, KafkaBroker, PATIENCE, Prometheus, Service, contactpulse, eventually, text_server};

const RULES: [&str; 2] = ["prometheus/rules/contact-centre.yml", "prometheus/rules/platform.yml"];
const RULE_TESTS: [&str; 2] = ["prometheus/rules.test.yml", "prometheus/rules.week.test.yml"];
const ROUTES: &str = "alertmanager/alertmanager.yml";
const FLOOR: &str = "grafana/dashboards/floor.json";
const CONFIG: &str = "compose/contactpulse.toml";
/// Events that the service reads: those of some minutes, after all who are on shift have logged in.
const LINES_READ: usize = 3_000;

#[test]
fn promtool_finds_no_fault_in_the_rules_and_in_the_config_of_prometheus() {
    succeed(promtool().args(["check", "rules", "--lint=all", "--lint-fatal"]).args(RULES.map(deploy)));
    succeed(promtool().args(["check", "config"]).arg(deploy("prometheus/prometheus.yml")));
}

#[test]
fn every_alert_fires_where_it_should_and_stays_silent_where_it_should() {
    let tests = RULE_TESTS.map(read).concat();
    for alert in alerts() {
        assert!(tests.contains(&format!("alertname: {alert}\n")), "no test expects {alert}");
    }
    assert!(tests.matches("\n  - name: ").count() >= 25);
    succeed(promtool().args(["test", "rules"]).args(RULE_TESTS.map(deploy)));
}

#[test]
fn the_shipped_rules_and_routes_are_those_of_the_default_config() {
    let shipped = [
        (RULES[0], &["--only", "contact-centre"][..]),
        (RULES[1], &["--only", "platform"]),
        (ROUTES, &["--alertmanager"]),
    ];
    for (file, arguments) in shipped {
        let written = stdout(contactpulse().arg("rules").args(arguments), "");
        assert!(written == read(file), "write deploy/{file} again: contactpulse rules {}", arguments.join(" "));
    }
}

#[test]
fn the_rules_of_every_example_are_without_fault_and_of_two_halves() {
    let files = fs::read_dir("config/examples").unwrap().map(|file| file.unwrap().path());
    for example in files.filter(|file| file.extension().is_some_and(|ending| ending == "toml")) {
        let rules = |more: &[&str]| stdout(contactpulse().args(["rules", "--config"]).arg(&example).args(more), "");
        let whole = rules(&[]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rules.yml");
        fs::write(&file, &whole).unwrap();
        succeed(promtool().args(["check", "rules", "--lint=all", "--lint-fatal"]).arg(&file));
        let names = |text: &str| text.matches("\n      - alert: ").count() + text.matches("\n      - record: ").count();
        let halves = ["contact-centre", "platform"].map(|half| names(&rules(&["--only", half])));
        assert_eq!(names(&whole), halves.iter().sum::<usize>());
    }
}

/// What promtool is to see of the rules of one target: a ratio over two instances that is critical, and one with too few samples.
const TARGET_TEST: &str = r#"
rule_files: [rules.yml]
evaluation_interval: 15s
tests:
  - interval: 15s
    input_series:
      - {series: 'contactpulse_topic_partitions{topic="calls"}', values: 1x40}
      - {series: 'contactpulse_partition_owner{topic="calls",partition="0"}', values: 1x40}
      - {series: 'contactpulse_queue_configured{queue="sales",channel="voice"}', values: 1x40}
      - {series: 'contactpulse_queue_configured{queue="vip",channel="voice"}', values: 1x40}
      - {series: 'contactpulse_queue_info{queue="sales",owner="pat"}', values: 1x40}
      - {series: 'contactpulse_queue_info{queue="vip",owner="pat"}', values: 1x40}
      - {series: 'contactpulse_window_transfer_rate_numerator{queue="sales",channel="voice",window="30m",instance="a"}', values: 3x40}
      - {series: 'contactpulse_window_transfer_rate_denominator{queue="sales",channel="voice",window="30m",instance="a"}', values: 8x40}
      - {series: 'contactpulse_window_transfer_rate_numerator{queue="sales",channel="voice",window="30m",instance="b"}', values: 3x40}
      - {series: 'contactpulse_window_transfer_rate_denominator{queue="sales",channel="voice",window="30m",instance="b"}', values: 12x40}
      - {series: 'contactpulse_window_transfer_rate_numerator{queue="vip",channel="voice",window="30m"}', values: 19x40}
      - {series: 'contactpulse_window_transfer_rate_denominator{queue="vip",channel="voice",window="30m"}', values: 19x40}
      - {series: 'contactpulse_kpi_target{kpi="transfer_rate",queue="sales",channel="voice",window="30m"}', values: 0.1x40}
      - {series: 'contactpulse_kpi_warning{kpi="transfer_rate",queue="sales",channel="voice",window="30m"}', values: 0.15x40}
      - {series: 'contactpulse_kpi_critical{kpi="transfer_rate",queue="sales",channel="voice",window="30m"}', values: 0.2x40}
      - {series: 'contactpulse_kpi_min_samples{kpi="transfer_rate",queue="sales",channel="voice",window="30m"}', values: 20x40}
      - {series: 'contactpulse_kpi_critical{kpi="transfer_rate",queue="vip",channel="voice",window="30m"}', values: 0.2x40}
      - {series: 'contactpulse_kpi_min_samples{kpi="transfer_rate",queue="vip",channel="voice",window="30m"}', values: 20x40}
      - series: 'contactpulse_kpi_info{kpi="transfer_rate",queue="sales",channel="voice",window="30m",direction="lower",owner="kim",runbook="Ask the trainers.",why="Each transfer is a wait."}'
        values: 1x40
    alert_rule_test:
      - alertname: ContactPulseKpiCritical
        eval_time: 5m
        exp_alerts:
          - exp_labels: {queue: sales, channel: voice, window: 30m, kpi: transfer_rate, direction: lower, severity: page, owner: kim}
            exp_annotations:
              summary: "sales (voice): transfer_rate over 30m is 30%, critical above 20%, target 10%: Ask the trainers."
              description: "Why it is promised: Each transfer is a wait."
              runbook: Ask the trainers.
      - alertname: ContactPulseKpiWarning
        eval_time: 8m
        exp_alerts:
          - exp_labels: {queue: sales, channel: voice, window: 30m, kpi: transfer_rate, direction: lower, severity: ticket, owner: kim}
            exp_annotations:
              summary: "sales (voice): transfer_rate over 30m is 30%, warning above 15%, target 10%: Ask the trainers."
              description: "Why it is promised: Each transfer is a wait."
              runbook: Ask the trainers.
"#;

#[test]
fn a_target_of_the_config_pages_its_owner_and_says_why_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[[queue]]\nname = \"sales\"\n[[kpi]]\nkpi = \"transfer_rate\"\nwindow = \"30m\"\ndirection = \"lower\"\ntarget = 0.1\n";
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let config = file("contactpulse.toml", config);
    let rules = stdout(contactpulse().args(["rules", "--config"]).arg(config), "");
    file("rules.yml", &rules);
    succeed(promtool().args(["test", "rules"]).arg(file("test.yml", TARGET_TEST)));
}

#[test]
fn an_alert_whose_window_is_not_exported_is_left_out_and_that_is_told() {
    let output = contactpulse().args(["rules", "--set", "export.windows=[\"30m\"]"]).output().unwrap();
    let [rules, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(!rules.contains("ServiceLevelLost") && rules.contains("ContactPulseManyAbandon"), "{rules}");
    assert!(told.contains("ContactPulseServiceLevelLost is left out: it needs 5m in export.windows"), "{told}");
}

#[test]
fn every_alert_leads_to_a_section_of_the_runbook_of_its_name() {
    let (runbook, rules) = (read("RUNBOOK.md"), RULES.map(read).concat() + &rules_of_targets());
    for alert in alerts_in(&rules) {
        assert!(runbook.contains(&format!("\n## {alert}\n")), "the runbook has no section {alert}");
        let link = format!("deploy/RUNBOOK.md#{}", alert.to_lowercase());
        assert!(rules.contains(&link), "{alert} does not lead to its section");
    }
}

#[test]
fn an_alert_goes_to_whom_it_belongs_to() {
    succeed(amtool().arg("check-config").arg(deploy(ROUTES)));
    let table = [
        ("contact-centre-page", ["owner=contact-centre", "severity=page", "kpi=service_level"]),
        ("contact-centre-ticket", ["owner=contact-centre", "severity=ticket", "kpi=service_level"]),
        ("platform-page", ["owner=platform", "severity=page", "figures=unreliable"]),
        ("platform-ticket", ["owner=platform", "severity=ticket", "topic=contact-events"]),
        ("unowned", ["owner=somebody", "severity=page", "job=another"]),
    ];
    for (receiver, labels) in table {
        let mut command = amtool();
        command.args(["config", "routes", "test"]).arg(format!("--config.file={}", deploy(ROUTES).display()));
        succeed(command.arg(format!("--verify.receivers={receiver}")).args(labels));
    }
}

#[test]
fn tickets_of_queues_with_a_calendar_wait_until_they_are_open() {
    let config = ["--config", "config/examples/business-hours.toml"];
    let routes = stdout(contactpulse().args(["rules", "--alertmanager"]).args(config), "");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alertmanager.yml");
    fs::write(&file, &routes).unwrap();
    succeed(amtool().arg("check-config").arg(&file));
    for words in [
        "matchers: [\"queue=~\\\"sales-uk\\\"\"",
        "matchers: [\"queue=~\\\"sales-.*\\\"\"",
        "active_time_intervals: [open-sales-1]\n          mute_time_intervals: [closed-sales-1]",
        "weekdays: [saturday]\n        times: [{start_time: '09:00', end_time: '13:00'}]\n        location: Europe/London",
        "days_of_month: ['24']\n        times: [{start_time: '08:00', end_time: '12:00'}]",
        "days_of_month: ['24']\n        times: [{start_time: '00:00', end_time: '08:00'}, {start_time: '12:00', end_time: '24:00'}]",
        "weekdays: [monday]\n        times: [{start_time: '00:00', end_time: '06:00'}, {start_time: '07:00', end_time: '12:00'}",
    ] {
        assert!(routes.contains(words), "no {words} in\n{routes}");
    }
}

#[test]
fn an_owner_of_the_config_has_routes_and_a_centre_that_fails_silences_its_queues() {
    let folder = tempfile::tempdir().unwrap();
    let owned = ["--set", "queue=[{name=\"sales\",owner=\"Pat (sales)\"},{name=\"vip\",owner=\"pat@sales\"}]"];
    let routes = stdout(contactpulse().args(["rules", "--alertmanager"]).args(owned), "");
    let file = folder.path().join("alertmanager.yml");
    fs::write(&file, &routes).unwrap();
    for (receiver, owner) in [("pat-sales-page", "owner=Pat (sales)"), ("pat-sales-2-page", "owner=pat@sales")] {
        let mut command = amtool();
        command.args(["config", "routes", "test"]).arg(format!("--config.file={}", file.display()));
        succeed(command.arg(format!("--verify.receivers={receiver}")).args([owner, "severity=page"]));
    }
    let alertmanager = Alertmanager::start(&file);
    raise(&alertmanager, "centre", &["severity=page", "scope=centre", "kpi=service_level"]);
    raise(&alertmanager, "lost", &["severity=page", "kpi=service_level", "queue=sales", "channel=voice"]);
    raise(&alertmanager, "nobody", &["severity=page", "kpi=agents", "queue=sales", "channel=voice"]);
    await_suppressed(&alertmanager, 3, &["lost"]);
}

#[test]
fn a_page_silences_the_ticket_of_the_same_queue_or_topic_only() {
    let alertmanager = Alertmanager::start(&deploy(ROUTES));
    let page = ["severity=page", "kpi=service_level", "queue=sales", "channel=voice"];
    let ticket = |queue| ["severity=ticket", "kpi=service_level", queue, "channel=voice"];
    raise(&alertmanager, "lost", &page);
    raise(&alertmanager, "slipping", &ticket("queue=sales"));
    raise(&alertmanager, "slipping_elsewhere", &ticket("queue=vip"));
    raise(&alertmanager, "behind", &["severity=page", "topic=calls"]);
    raise(&alertmanager, "lag", &["severity=ticket", "topic=calls"]);
    raise(&alertmanager, "lag_elsewhere", &["severity=ticket", "topic=chats"]);
    raise(&alertmanager, "drift", &["severity=ticket", "instance=a"]);
    await_suppressed(&alertmanager, 7, &["lag", "slipping"]);
}

#[test]
fn figures_that_cannot_be_believed_silence_every_alert_on_a_kpi_and_no_other() {
    let alertmanager = Alertmanager::start(&deploy(ROUTES));
    raise(&alertmanager, "stuck", &["severity=page", "topic=calls", "figures=unreliable"]);
    raise(&alertmanager, "unowned", &["severity=page", "topic=chats", "figures=unreliable"]);
    raise(&alertmanager, "lost", &["severity=page", "kpi=service_level", "queue=sales"]);
    raise(&alertmanager, "longest", &["severity=page", "kpi=longest_wait", "queue=vip"]);
    raise(&alertmanager, "drift", &["severity=ticket", "instance=a"]);
    await_suppressed(&alertmanager, 5, &["longest", "lost"]);
}

#[test]
fn every_query_of_the_floor_dashboard_and_every_variable_returns_data() {
    let live = live_service();
    let prometheus = Prometheus::start(&[text_server(&replay_metrics()), live.address()], &[]);
    for query in queries() {
        assert!(!query.contains('$'), "a variable that the dashboard lacks: {query}");
        let answer = prometheus.await_answer(&query);
        assert!(answer.iter().all(|sample| !sample.value.is_nan()), "{query}: {answer:?}");
    }
    for (label, query) in variable_queries() {
        let answer = prometheus.await_answer(&query);
        assert!(answer.iter().all(|sample| sample.labels.contains_key(&label)), "{query}: {answer:?}");
    }
}

#[test]
fn every_metric_that_the_rules_and_the_dashboard_name_is_exported() {
    let exported = families(&(replay_metrics() + &live_service().get("/metrics").body));
    let shipped = RULES.into_iter().chain([FLOOR]).map(read).chain([rules_of_targets()]);
    let named: BTreeSet<String> = shipped.flat_map(|text| metrics_in(&text)).collect();
    let missing: Vec<_> = named.difference(&exported).collect();
    assert!(missing.is_empty(), "named but not exported: {missing:?}");
    assert!(named.contains("contactpulse_window_contacts_service_level_met"));
}

#[test]
fn every_panel_says_what_it_shows_and_in_which_unit_and_lets_the_reader_choose_the_prometheus() {
    let floor = floor();
    for panel in list(&floor, "/panels") {
        for place in ["/title", "/description", "/fieldConfig/defaults/unit"] {
            assert!(!text(panel, place).is_empty());
        }
        for asked in list(panel, "/targets").iter().chain([panel]) {
            assert_eq!(text(asked, "/datasource/uid"), "${datasource}");
        }
    }
}

#[test]
fn the_floor_dashboard_belongs_to_no_grafana_and_refreshes_as_often_as_prometheus_scrapes() {
    let floor = floor();
    assert_eq!((&floor["id"], &floor["schemaVersion"]), (&Value::Null, &Value::from(42)));
    let scraped = format!("\n  scrape_interval: {}\n", text(&floor, "/refresh"));
    assert!(read("prometheus/prometheus.yml").contains(&scraped));
}

#[test]
fn the_config_of_compose_is_valid() {
    succeed(contactpulse().arg("validate").arg("--config").arg(deploy(CONFIG)));
}

#[test]
fn the_config_of_compose_is_that_of_the_simulated_centre_but_for_where_kafka_is() {
    let centre = fs::read_to_string("config/examples/simulated-centre.toml").unwrap();
    let (_, settings) = centre.split_once("\n\n").unwrap();
    let compose = read(CONFIG);
    let (_, own) = compose.split_once("\n\n").unwrap();
    assert!(own.starts_with(settings) && own[settings.len()..].starts_with("\n[kafka]\n"), "{own}");
}

fn deploy(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "deploy", file].iter().collect()
}

fn read(file: &str) -> String {
    fs::read_to_string(deploy(file)).unwrap_or_else(|error| panic!("deploy/{file}: {error}"))
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("it starts");
    let told = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&told));
}

/// The names of all alerts that are shipped.
fn alerts() -> Vec<String> {
    alerts_in(&RULES.map(read).concat())
}

/// The rules of a config with targets of its own.
fn rules_of_targets() -> String {
    stdout(contactpulse().args(["rules", "--config"]).arg(deploy(CONFIG)), "")
}

fn alerts_in(rules: &str) -> Vec<String> {
    let names: Vec<String> =
        rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).map(str::to_owned).collect();
    assert!(!names.is_empty(), "there are alerts");
    names
}

fn raise(alertmanager: &Alertmanager, name: &str, labels: &[&str]) {
    let mut command = amtool();
    command.arg(format!("--alertmanager.url=http://{}", alertmanager.address())).args(["alert", "add"]);
    succeed(command.arg(format!("alertname={name}")).args(labels));
}

/// Waits until Alertmanager has weighed that many alerts, and suppresses exactly these.
fn await_suppressed(alertmanager: &Alertmanager, count: usize, suppressed: &[&str]) {
    eventually(&format!("{count} alerts, of which only {suppressed:?} are suppressed"), PATIENCE, || {
        let alerts = alertmanager.alerts();
        let active = in_state(&alerts, "active").len();
        (in_state(&alerts, "suppressed") == suppressed && active == count - suppressed.len()).then_some(())
    });
}

fn in_state(alerts: &[Value], state: &str) -> Vec<String> {
    let found = alerts.iter().filter(|alert| alert["status"]["state"] == state);
    let mut names: Vec<String> = found.map(|alert| text(alert, "/labels/alertname")).collect();
    names.sort();
    names
}

/// A simulated day of the centre that compose runs, as event lines.
fn simulated_day() -> &'static str {
    static DAY: OnceLock<String> = OnceLock::new();
    DAY.get_or_init(|| {
        let mut command = contactpulse();
        command.args(["simulate", "--seed", "1", "--contacts", "2000", "--output", "-"]);
        stdout(&mut command, "")
    })
}

/// The figures of that day at a moment when many contacts are open.
fn replay_metrics() -> String {
    let lines: Vec<&str> = simulated_day().lines().collect();
    let busy = field(lines[lines.len() / 2], "time");
    let mut command = contactpulse();
    command.args(["replay", "--input", "-", "--format", "prometheus", "--at", &busy]);
    stdout(command.arg("--config").arg(deploy(CONFIG)), simulated_day())
}

/// A service that has read the beginning of that day from Kafka, and one record that is no event.
fn live_service() -> Service {
    let (broker, topic) = (KafkaBroker::shared(), fresh_name());
    broker.create_topic(&topic, 2);
    let keyed: Vec<(String, &str)> =
        simulated_day().lines().take(LINES_READ).map(|line| (field(line, "contact_id"), line)).collect();
    broker.produce(&topic, keyed.iter().map(|(key, line)| (key.as_str(), *line)).chain([("none", "no event")]));
    let own = [
        format!("kafka.brokers=[\"{}\"]", broker.bootstrap()),
        format!("kafka.topics=[\"{topic}\"]"),
        format!("kafka.group=\"{topic}\""),
        "kafka.bootstrap=\"earliest\"".to_owned(),
        "kafka.snapshot_interval=\"1s\"".to_owned(),
    ];
    let arguments: Vec<&str> = own.iter().flat_map(|own| ["--set", own]).collect();
    let service = Service::start(&read(CONFIG), &arguments);
    service.await_ready();
    let told = |family: &str| service.get("/metrics").body.contains(&format!("\n{family}{{"));
    let families = [
        "contactpulse_watermark_timestamp_seconds",
        "contactpulse_rejected_total",
        "contactpulse_snapshot_age_seconds",
    ];
    eventually("a service that has read events, refused a record and written a snapshot", PATIENCE, || {
        families.into_iter().all(told).then_some(())
    });
    service
}

fn fresh_name() -> String {
    static USED: AtomicUsize = AtomicUsize::new(0);
    format!("floor-{}", USED.fetch_add(1, Ordering::Relaxed))
}

fn stdout(command: &mut Command, input: &str) -> String {
    let output = run_with_input(command, input);
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it writes UTF-8")
}

fn field(line: &str, name: &str) -> String {
    let event: Value = serde_json::from_str(line).expect("an event is JSON");
    event[name]
        .as_str()
        .or(event["ticket_id"].as_str())
        .or(event["agent"].as_str())
        .or(event["queue"].as_str())
        .or(event["source"].as_str())
        .unwrap_or_else(|| panic!("{name} of {line}"))
        .to_owned()
}

fn floor() -> Value {
    serde_json::from_str(&read(FLOOR)).expect("the dashboard is JSON")
}

/// Every panel's queries, as Grafana sends them.
fn queries() -> Vec<String> {
    let floor = floor();
    let targets = list(&floor, "/panels").iter().flat_map(|panel| list(panel, "/targets"));
    let queries: Vec<String> = targets.map(|target| filled_in(&floor, &text(target, "/expr"))).collect();
    assert!(!queries.is_empty(), "there are queries");
    queries
}

/// What the lists of the variables are filled from: `label_values(SELECTOR, LABEL)`, as the label and a query.
fn variable_queries() -> Vec<(String, String)> {
    let floor = floor();
    let as_query = |definition: String| {
        let inside = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
        let (selector, label) = inside.and_then(|inside| inside.rsplit_once(", ")).expect("a selector and a label");
        (label.to_owned(), filled_in(&floor, &format!("count by ({label}) ({selector})")))
    };
    variables(&floor).map(|variable| as_query(text(variable, "/definition"))).collect()
}

/// The query with what its reader chooses at first.
fn filled_in(floor: &Value, query: &str) -> String {
    let query = query.replace("$__rate_interval", "1m");
    variables(floor).fold(query, |query, variable| {
        let chosen = variable["allValue"].as_str().map_or_else(|| text(variable, "/current/value"), str::to_owned);
        query.replace(&format!("${}", text(variable, "/name")), &chosen)
    })
}

/// Variables whose list comes from Prometheus.
fn variables(floor: &Value) -> impl Iterator<Item = &Value> {
    list(floor, "/templating/list").iter().filter(|variable| variable["type"] == "query")
}

fn list<'a>(value: &'a Value, place: &str) -> &'a [Value] {
    value.pointer(place).and_then(Value::as_array).unwrap_or_else(|| panic!("{place} is no list in {value}"))
}

fn text(value: &Value, place: &str) -> String {
    value.pointer(place).and_then(Value::as_str).unwrap_or_else(|| panic!("{place} is no text in {value}")).to_owned()
}

/// The metrics that rules or a dashboard name. What rules record begins otherwise, with a level.
fn metrics_in(file: &str) -> BTreeSet<String> {
    let words = file.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    words.filter(|word| word.starts_with("contactpulse_")).map(str::to_owned).collect()
}

/// The metrics that have samples in a text of Prometheus's format.
fn families(metrics: &str) -> BTreeSet<String> {
    let samples = metrics.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}
