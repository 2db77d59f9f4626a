//! What Prometheus is shown: clean by promtool, without a word about people, and scraped by the real one.

use std::io::Write;

use contactpulse::export::catalog;

use crate::support::scrape::Scraped;
use crate::support::{Prometheus, contactpulse, text_server, tools};

/// The metrics of a simulated day.
pub fn replay_metrics() -> String {
    let simulated = contactpulse().args(["simulate", "--seed", "1", "--contacts", "2000"]).output().unwrap();
    assert!(simulated.status.success(), "{}", String::from_utf8_lossy(&simulated.stderr));
    let mut log = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    log.write_all(&simulated.stdout).unwrap();
    let replayed =
        contactpulse().args(["replay", "--format", "prometheus", "--input"]).arg(log.path()).output().unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    String::from_utf8(replayed.stdout).unwrap()
}

#[test]
fn promtool_finds_nothing_to_say_about_our_metrics() {
    let output = tools::run_with_input(tools::promtool().args(["check", "metrics"]), &replay_metrics());
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success() && said.iter().all(String::is_empty), "{said:?}");
}

#[test]
fn no_contact_and_no_customer_is_a_label() {
    let metrics = replay_metrics();
    let scraped = Scraped::parse(&metrics);
    for series in scraped.series() {
        let is_private = ["contact_id=", "customer", "agent=", "\"k-", "\"s1-"]
            .iter()
            .any(|word| series.split_once('{').is_some_and(|(_, labels)| labels.contains(word)));
        assert!(!is_private, "{series}");
    }
}

#[test]
fn every_family_that_is_shown_is_in_the_catalogue() {
    let metrics = replay_metrics();
    let known: Vec<String> = catalog::families().iter().map(|family| family.name.to_string()).collect();
    for family in Scraped::parse(&metrics).families() {
        let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end)).unwrap_or(family);
        assert!(known.iter().any(|name| name == base || name == family), "{family} is not in the catalogue");
    }
}

#[test]
fn a_real_prometheus_scrapes_a_replay() {
    let prometheus = Prometheus::start(&[text_server(&replay_metrics())], &[]);
    let offered = prometheus.await_answer("sum(contactpulse_contacts_offered_total)");
    assert!(offered[0].value > 1_000.0, "{offered:?}");
    let exact = prometheus.await_answer(r#"sum(contactpulse_answer_wait_seconds_bucket{le="20"})"#);
    let met = prometheus.await_answer("sum(contactpulse_service_level_met_total)");
    assert_eq!(exact[0].value, met[0].value, "who waited 20 s at most was answered within the threshold");
}
