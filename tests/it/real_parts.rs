//! The test kit itself: that the parts start, work, and end.

use std::fs;
use std::path::{Path, PathBuf};

use rdkafka::message::{Message, OwnedMessage};
use tempfile::TempDir;

use crate::support::{Alertmanager, KafkaBroker, PATIENCE, Prometheus, eventually, text_server, tools};

const METRICS: &str = "# HELP calls_total Calls so far.\n# TYPE calls_total counter\ncalls_total{queue=\"sales\"} 42\n";

#[test]
fn records_of_a_key_come_back_in_order_from_one_partition() {
    let broker = KafkaBroker::shared();
    broker.create_topic("round-trip", 3);
    broker.produce("round-trip", [("c1", "queued"), ("c2", "queued"), ("c1", "answered"), ("c1", "ended")]);
    let records = broker.records("round-trip");
    let c1: Vec<&OwnedMessage> = records.iter().filter(|record| record.key() == Some(b"c1")).collect();
    assert_eq!(records.len(), 4);
    assert_eq!(c1.iter().map(|record| text(record)).collect::<Vec<_>>(), ["queued", "answered", "ended"]);
    assert!(c1.iter().all(|record| record.partition() == c1[0].partition()));
}

#[test]
fn a_broker_that_was_killed_comes_back_with_its_data() {
    let mut broker = KafkaBroker::start();
    let before = broker.bootstrap();
    broker.create_topic("kept", 1);
    broker.produce("kept", [("c1", "queued")]);
    broker.restart();
    broker.produce("kept", [("c1", "answered")]);
    assert_eq!(broker.records("kept").iter().map(text).collect::<Vec<_>>(), ["queued", "answered"]);
    assert_eq!(broker.bootstrap(), before);
}

#[test]
fn prometheus_scrapes_a_text_and_answers_queries_about_it() {
    let prometheus = Prometheus::start(&[text_server(METRICS)], &[]);
    let answer = prometheus.await_answer("calls_total * 2");
    assert_eq!(answer.len(), 1);
    assert_eq!(answer[0].value, 84.0);
    assert_eq!(answer[0].labels["queue"], "sales");
    assert_eq!(prometheus.query("no_such_metric"), []);
}

#[test]
fn an_alert_of_prometheus_reaches_alertmanager() {
    let files = TempDir::new().expect("there is room for temporary files");
    let rules = r#"{groups: [{name: calls, rules: [{alert: ManyCalls, expr: "calls_total > 40"}]}]}"#;
    let rules = write(&files, "rules.yml", rules);
    let alertmanager =
        Alertmanager::start(&write(&files, "alertmanager.yml", "{route: {receiver: none}, receivers: [{name: none}]}"));
    let _prometheus = Prometheus::alerting(&[text_server(METRICS)], &[&rules], &[alertmanager.address()]);
    let alert = eventually("an alert at Alertmanager", PATIENCE, || alertmanager.alerts().pop());
    assert_eq!(alert["labels"]["alertname"], "ManyCalls");
    assert_eq!(alert["labels"]["queue"], "sales");
}

#[test]
fn promtool_takes_good_metrics_and_refuses_bad_ones() {
    assert_eq!(promtool_complaint(METRICS), None);
    let complaint =
        promtool_complaint(&METRICS.replace("calls_total", "calls")).expect("a counter without _total is refused");
    assert!(complaint.contains("_total"), "{complaint}");
}

#[test]
fn amtool_refuses_a_route_to_a_receiver_that_is_not_there() {
    let files = TempDir::new().expect("there is room for temporary files");
    let config = write(&files, "alertmanager.yml", "{route: {receiver: nobody}, receivers: [{name: someone}]}");
    let output = tools::amtool().arg("check-config").arg(&config).output().expect("amtool starts");
    assert!(!output.status.success());
}

fn promtool_complaint(metrics: &str) -> Option<String> {
    let output = tools::run_with_input(tools::promtool().args(["check", "metrics"]), metrics);
    (!output.status.success()).then(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

fn text(record: &OwnedMessage) -> &str {
    record.payload_view().expect("a record has a payload").expect("it is UTF-8")
}

fn write(files: &TempDir, name: &str, content: &str) -> PathBuf {
    let path: &Path = files.path();
    let path = path.join(name);
    fs::write(&path, content).expect("temporary files can be written");
    path
}
