//! What Prometheus is shown: clean by promtool, without a word about people, and scraped by the real one.

use std::io::Write;

use contactpulse::export::catalog;

use crate::estimated_wait::shown_after_an_answer;
use crate::mutants::{STORY, TICKET_STORY};
use crate::support::scrape::Scraped;
use crate::support::{Prometheus, contactpulse, text_server, tools};
use crate::targets::metrics_with_targets;

/// The metrics of a simulated day.
pub fn replay_metrics() -> String {
    let simulated = contactpulse().args(["simulate", "--seed", "1", "--contacts", "2000"]).output().unwrap();
    assert!(simulated.status.success(), "{}", String::from_utf8_lossy(&simulated.stderr));
    metrics_of(&simulated.stdout)
}

/// The metrics of a log.
fn metrics_of(events: &[u8]) -> String {
    let mut log = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    log.write_all(events).unwrap();
    let replayed =
        contactpulse().args(["replay", "--format", "prometheus", "--input"]).arg(log.path()).output().unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    String::from_utf8(replayed.stdout).unwrap()
}

/// The metrics of tickets that come and go in every way, with what is said of one.
fn ticket_metrics() -> String {
    metrics_of(TICKET_STORY.trim_start().as_bytes())
}

/// The same where something is promised of every ticket.
fn promise_metrics() -> String {
    let folder = tempfile::tempdir().unwrap();
    let (log, config) = (folder.path().join("log.jsonl"), folder.path().join("centre.toml"));
    std::fs::write(&log, TICKET_STORY.trim_start()).unwrap();
    let policy = "[[sla]]\nname = \"gold\"\ntargets = { first_reply = \"1h\", requester_wait = \"300d\" }\n";
    std::fs::write(&config, policy).unwrap();
    let mut replay = contactpulse();
    replay.args(["replay", "--format", "prometheus", "--input"]).arg(log).arg("--config").arg(config);
    String::from_utf8(replay.output().unwrap().stdout).unwrap()
}

/// The name of a histogram, from that of one of its series.
fn base(family: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|end| family.strip_suffix(end)).unwrap_or(family)
}

#[test]
fn promtool_finds_nothing_to_say_about_our_metrics() {
    for metrics in
        [replay_metrics(), metrics_with_targets(), ticket_metrics(), promise_metrics(), shown_after_an_answer()]
    {
        let output = tools::run_with_input(tools::promtool().args(["check", "metrics"]), &metrics);
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success() && said.iter().all(String::is_empty), "{said:?}");
    }
}

#[test]
fn every_family_of_a_queue_is_shown_with_a_number_by_one_of_the_logs() {
    let stories = [metrics_of(STORY.trim_start().as_bytes()), promise_metrics(), shown_after_an_answer()];
    let texts = [replay_metrics(), ticket_metrics(), metrics_with_targets()].into_iter().chain(stories);
    let texts: Vec<String> = texts.collect();
    let scraped: Vec<Scraped> = texts.iter().map(|text| Scraped::parse(text)).collect();
    let shown: Vec<&str> = scraped.iter().flat_map(Scraped::families).collect();
    let of_pairs = catalog::families().into_iter().filter(|family| family.group.is_some());
    let unseen = of_pairs.filter(|family| !shown.iter().any(|name| base(name) == family.name || *name == family.name));
    assert_eq!(unseen.map(|family| family.name).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn a_queue_shows_what_its_channel_can_have_and_what_it_has() {
    let text = ticket_metrics();
    let scraped = Scraped::parse(&text);
    let of = |family: &str, queue: &str| {
        scraped.series().any(|series| series.starts_with(&format!("{family}{{queue=\"{queue}\",channel=\"email\"")))
    };
    assert!(of("contactpulse_tickets_created_total", "tech") && of("contactpulse_window_contacts_volume", "tech"));
    for family in ["contactpulse_contacts_offered_total", "contactpulse_contacts_waiting", "contactpulse_kpi_target"] {
        assert!(!of(family, "help"), "nobody waits for an e-mail: {family}");
    }
    assert!(of("contactpulse_window_csat_ratio", "help") && !of("contactpulse_window_csat_ratio", "tech"));
    let calls = Scraped::parse(&metrics_of(STORY.trim_start().as_bytes()));
    for family in ["contactpulse_tickets_created_total", "contactpulse_window_review_coverage_denominator"] {
        assert!(!calls.families().contains(family), "no call was a ticket, and nobody was asked or reviewed: {family}");
    }
}

#[test]
fn the_counters_of_tickets_and_surveys_are_those_of_the_story() {
    let scraped = Scraped::parse(&ticket_metrics());
    let count = |family: &str| scraped.sum(&format!("contactpulse_{family}"));
    let counters = ["created", "resolved", "reopened", "closed", "escalated", "deleted", "expired"];
    let counts = counters.map(|name| count(&format!("tickets_{name}_total")));
    assert_eq!(counts, [6.0, 3.0, 2.0, 1.0, 1.0, 1.0, 1.0]);
    let histograms = ["first_response", "reply", "resolution"];
    let sums = histograms.map(|name| (count(&format!("{name}_seconds_count")), count(&format!("{name}_seconds_sum"))));
    assert_eq!(sums, [(1.0, 600.0), (1.0, 60.0), (3.0, (20.0 + 22.0 + 23.0) * 60.0)]);
    for (kind, score) in [("csat", "5"), ("nps", "promoter"), ("ces", "6"), ("cx", "3")] {
        let labels = format!(r#"queue="help",channel="email",kind="{kind}",score="{score}""#);
        assert_eq!(scraped.value(&format!("contactpulse_surveys_answered_total{{{labels}}}")), Some(1.0), "{kind}");
    }
    assert_eq!(count("surveys_answered_total"), 4.0);
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
        assert!(known.iter().any(|name| name == base(family) || name == family), "{family} is not in the catalogue");
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
