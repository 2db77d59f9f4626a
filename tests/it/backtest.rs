//! `replay --alerts`: the alerts of a log, and that Prometheus says the same of the same figures.
//!
//! **How they are compared.** A log is replayed in steps of 15 s; at each step the figures go to the backtest, and as `/metrics` would show
//! them into a file of `promtool test rules`. What the backtest says of each step is what that file expects of Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::sync::Arc;

use contactpulse::alerts::{Backtest, Outcome, RuleBook};
use contactpulse::config::Config;
use contactpulse::export::{self, Scrape};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::rules::Window;
use contactpulse::time::{EventTime, Span};
use serde_json::Value;

use crate::intervals::run;
use crate::shared_data::bank;
use crate::support::contactpulse;
use crate::support::tools::promtool;

const STEP: Span = Span::from_seconds(15);
/// Every queue of the log, and a target of each kind: of sums, and of what only a whole instance tells.
const BANK: &str = "
[[queue]]
match = \"*\"
[[queue]]
match = \"P*\"
owner = \"pat@example.com\"
[[kpi]]
kpi = \"speed_of_answer\"
window = \"30m\"
queues = [\"*\"]
target = \"45s\"
critical = \"90s\"
min_samples = 20
owner = \"kim@example.com\"
[[kpi]]
kpi = \"speed_of_answer\"
stat = \"p90\"
window = \"5m\"
queues = [\"N*\"]
target = \"60s\"
critical = \"120s\"
[[kpi]]
kpi = \"waiting\"
queues = [\"*\"]
target = 5
[[sla]]
name = \"soon\"
targets = { answer = \"60s\" }
";

/// The series of a replay, step by step, and what the backtest says of them.
struct Told {
    series: BTreeMap<String, Vec<Option<String>>>,
    steps: Vec<EventTime>,
    outcome: Outcome,
}

fn config(text: &str) -> Config {
    Config::parse("test.toml", text, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Replays a log under a config; figures of these metrics are kept.
fn told(config: &Config, lines: &[&[u8]], metrics: &BTreeSet<String>) -> Told {
    let book = RuleBook::new(&config.rules, &config.export.windows);
    let mut backtest = Backtest::new(&book, None);
    let windows: Vec<Window> = config.export.windows.iter().copied().chain([Window::All]).collect();
    let read = config.rules.with_target_windows(&windows);
    let mut replay = Replay::new(Arc::new(config.rules.clone()), 1, When::Every(STEP)).only(read);
    let (mut series, mut steps) = (BTreeMap::<String, Vec<Option<String>>>::new(), Vec::new());
    let mut look = |reading: Reading<'_>| {
        backtest.look(&reading);
        let view = reading.view.clone().only(&windows);
        let scrape = Scrape { verdicts: &reading.verdicts, ..Scrape::of(reading.rules, &view, &reading.counters) };
        note(&export::text(&scrape), metrics, steps.len(), &mut series);
        steps.push(reading.at);
    };
    for line in lines {
        replay.line(line, &mut look).unwrap();
    }
    replay.finish(&mut look);
    Told { series, steps, outcome: backtest.finish() }
}

fn note(text: &str, metrics: &BTreeSet<String>, step: usize, series: &mut BTreeMap<String, Vec<Option<String>>>) {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap();
        if metrics.contains(name.split('{').next().unwrap()) {
            let values = series.entry(name.to_owned()).or_default();
            values.resize(step, None);
            values.push(Some(value.to_owned()));
        }
    }
}

/// The values of a series as promtool reads them; a series that is gone is stale, not what it last was.
fn values(values: &[Option<String>], steps: usize) -> String {
    let mut text = String::new();
    let mut was_there = false;
    let padded = values.iter().map(Option::as_deref).chain(std::iter::repeat(None)).take(steps);
    for value in padded {
        let gone = if was_there { "stale" } else { "_" };
        write!(text, "{} ", value.unwrap_or(gone)).unwrap();
        was_there = value.is_some();
    }
    text
}

/// What is to fire at a step.
fn expected(outcome: &Outcome, at: EventTime) -> String {
    let on = outcome.episodes.iter().filter(|own| own.fired <= at && own.ended.is_none_or(|ended| at < ended));
    let samples: Vec<String> = on
        .map(|own| {
            let (queue, channel) = own.place.clone().unwrap_or_default();
            let kpi = own.about.split(' ').next().unwrap();
            let place =
                if queue.is_empty() { String::new() } else { format!("queue=\"{queue}\",channel=\"{channel}\",") };
            let promise = own
                .promise
                .as_ref()
                .map_or_else(String::new, |(policy, target)| format!("policy=\"{policy}\",target=\"{target}\","));
            let labels = format!(
                "alertname=\"{}\",{place}{promise}severity=\"{}\",owner=\"{}\",kpi=\"{kpi}\"",
                own.alert,
                own.severity.name(),
                own.owner
            );
            format!("          - labels: '{{{labels}}}'\n            value: 1\n")
        })
        .collect();
    if samples.is_empty() { " []\n".to_owned() } else { format!("\n{}", samples.concat()) }
}

/// A file for promtool: the series, and what Prometheus must say of each step.
fn test_file(told: &Told) -> String {
    let steps = told.steps.len();
    let mut text =
        "rule_files: [rules.yml]\nevaluation_interval: 15s\ntests:\n  - interval: 15s\n    input_series:\n".to_owned();
    let whole = [
        "contactpulse_topic_partitions{topic=\"replay\"}",
        "contactpulse_partition_owner{topic=\"replay\",partition=\"0\"}",
    ];
    for name in whole {
        writeln!(text, "      - series: '{name}'\n        values: 1x{steps}").unwrap();
    }
    for (name, own) in &told.series {
        writeln!(text, "      - series: '{}'\n        values: {}", name.replace('\'', "''"), values(own, steps))
            .unwrap();
    }
    text.push_str("    promql_expr_test:\n");
    for (step, at) in told.steps.iter().enumerate() {
        let seconds = 15 * step;
        write!(
            text,
            "      - expr: count by (alertname, queue, channel, policy, target, severity, owner, kpi) (ALERTS{{alertstate=\"firing\",kpi!=\"\"}})\n        eval_time: {seconds}s\n        exp_samples:{}",
            expected(&told.outcome, *at)
        )
        .unwrap();
    }
    text
}

/// Holds the backtest of a log against Prometheus, and gives it.
fn hold_against_prometheus(config_text: &str, lines: &[&[u8]]) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let config = config(config_text);
    let rules = RuleBook::new(&config.rules, &config.export.windows).yaml(None);
    let words = rules.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    let metrics: BTreeSet<String> = words.filter(|word| word.starts_with("contactpulse_")).map(str::to_owned).collect();
    let told = told(&config, lines, &metrics);
    fs::write(folder.path().join("rules.yml"), rules).unwrap();
    fs::write(folder.path().join("test.yml"), test_file(&told)).unwrap();
    let output = promtool().args(["test", "rules", "test.yml"]).current_dir(&folder).output().unwrap();
    let said: String = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    assert!(output.status.success(), "{}", said.chars().take(6_000).collect::<String>());
    told.outcome
}

/// Which alerts fired.
fn names(outcome: &Outcome) -> BTreeSet<&str> {
    outcome.episodes.iter().map(|own| own.alert).collect()
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn prometheus_says_of_a_day_of_the_bank_at_every_moment_what_the_backtest_says() {
    let day = b"\"time\":\"1999-02-03T";
    let lines: Vec<&[u8]> =
        bank().iter().map(Vec::as_slice).filter(|line| line.windows(day.len()).any(|part| part == day)).collect();
    let outcome = hold_against_prometheus(BANK, &lines);
    let names = names(&outcome);
    let looked_for = [
        "ContactPulseServiceLevelLost",
        "ContactPulseServiceLevelSlipping",
        "ContactPulseLongestWait",
        "ContactPulseManyAbandon",
        "ContactPulseKpiCritical",
        "ContactPulseKpiWarning",
        "ContactPulsePromiseBroken",
        "ContactPulsePromisesLost",
    ];
    assert!(looked_for.iter().all(|name| names.contains(name)), "{names:?}");
    assert!(outcome.episodes.len() > 50, "{}", outcome.episodes.len());
}

/// A simulated hour in whose middle everybody goes home: no contact is answered any more, and one queue is closed.
fn deserted() -> Vec<Vec<u8>> {
    let log = contactpulse().args(["simulate", "--seed", "3", "--contacts", "900", "--output", "-"]).output().unwrap();
    let events: Vec<Value> =
        String::from_utf8(log.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (before, after) = events.split_at(events.len() / 2);
    let is = |event: &Value, kinds: &[&str]| kinds.iter().any(|kind| event["type"] == *kind);
    let agents: BTreeSet<&str> = events
        .iter()
        .filter(|event| is(event, &["agent.state_changed"]))
        .filter_map(|event| event["agent"].as_str())
        .collect();
    let time = &after[0]["time"];
    let home = agents.iter().map(|agent| {
        let id = format!("home-{agent}");
        serde_json::json!({"id": id, "type": "agent.state_changed", "time": time, "seq": 99, "agent": agent, "state": "offline"})
    });
    let shut = serde_json::json!({"id": "shut", "type": "queue.state_changed", "time": time, "queue": "billing", "state": "closed"});
    let rest = after.iter().filter(|event| !is(event, &["agent.state_changed", "contact.answered", "contact.ended"]));
    let all = before.iter().cloned().chain(home).chain([shut]).chain(rest.cloned());
    all.map(|event| event.to_string().into_bytes()).collect()
}

#[test]
fn prometheus_says_of_a_deserted_centre_at_every_moment_what_the_backtest_says() {
    let centre = fs::read_to_string("config/examples/simulated-centre.toml").unwrap();
    let impatient = ["20s", "30s", "10s", "45s"]
        .iter()
        .fold(centre, |text, threshold| text.replace(&format!("threshold = \"{threshold}\""), "threshold = \"1s\""));
    let impatient = impatient.replace("short_abandon = \"3s\"", "short_abandon = \"1s\"");
    let config = impatient.replace("\ntarget = 0.80\n", "\ntarget = 0.80\nshort_abandon = \"1s\"\n");
    let lines = deserted();
    let outcome = hold_against_prometheus(&config, &lines.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let names = names(&outcome);
    let looked_for = [
        "ContactPulseCentreLost",
        "ContactPulseServiceLevelLost",
        "ContactPulseServiceLevelSlipping",
        "ContactPulseLongestWait",
        "ContactPulseNobodyAvailable",
        "ContactPulseNobodyLoggedIn",
        "ContactPulseClosedQueueWaiting",
        "ContactPulseKpiCritical",
    ];
    assert!(looked_for.iter().all(|name| names.contains(name)), "{names:?}");
}

/// A queue of forty who wait in vain, and one where all are answered at once.
fn collapse(queue: &str) -> String {
    let mut log = String::new();
    for call in 0..40 {
        let (minute, second) = (call / 12, call % 12 * 5);
        for (name, kind, fields) in [("v", queue, ""), ("g", "good", ""), ("g", "good", ",\"agent\":\"ann\"")] {
            let event = if fields.is_empty() { "queued" } else { "answered" };
            writeln!(
                log,
                "{{\"id\":\"{name}{call}{event}\",\"type\":\"contact.{event}\",\"time\":\"2026-03-02T09:0{minute}:{second:02}Z\",\"contact_id\":\"{name}{call}\",\"queue\":\"{kind}\"{fields}}}"
            )
            .unwrap();
        }
    }
    log + "{\"id\":\"z\",\"type\":\"source.heartbeat\",\"time\":\"2026-03-02T09:40:00Z\",\"source\":\"acd\"}\n"
}

/// The backtest of a log, as JSON lines, and what is told beside it.
fn backtest(log: &str, arguments: &[&str]) -> (Vec<Value>, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.jsonl");
    fs::write(&path, log).unwrap();
    let input = ["replay", "--alerts", "--format", "json", "--input", path.to_str().unwrap()];
    let (code, out, err) = run(&[&input, arguments].concat());
    assert_eq!(code, Some(0), "{err}");
    (out.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), err)
}

const SALES: [&str; 2] = ["--set", "queue=[{name=\"sales\",owner=\"pat\"},{name=\"good\"}]"];

#[test]
fn a_queue_that_collapses_is_one_page_with_its_owner_and_its_half_hour_is_named() {
    let (lines, told) = backtest(&collapse("sales"), &SALES);
    let page = lines.iter().find(|line| line["alert"] == "ContactPulseServiceLevelLost").unwrap();
    assert_eq!((&page["queue"], &page["owner"], &page["severity"]), (&"sales".into(), &"pat".into(), &"page".into()));
    assert_eq!(lines.iter().filter(|line| line["queue"] == "good").count(), 0, "{lines:?}");
    let missed: Vec<&Value> = lines.iter().filter(|line| !line["missed"].is_null()).collect();
    assert_eq!(missed.len(), 1, "{missed:?}");
    assert_eq!(missed[0]["missed"]["start"], "2026-03-02T09:00:00Z");
    assert_eq!((&missed[0]["missed"]["met"], &missed[0]["missed"]["counted"]), (&0.into(), &40.into()));
    assert!(told.contains("defaults: "), "{told}");
}

#[test]
fn a_queue_that_the_config_does_not_know_or_that_is_closed_pages_nobody() {
    let (lines, told) = backtest(&collapse("wild"), &SALES);
    assert_eq!(lines, Vec::<Value>::new());
    assert!(told.contains("not configured, and so in no alert: wild"), "{told}");
    let closed = "{\"id\":\"c\",\"type\":\"queue.state_changed\",\"time\":\"2026-03-02T08:59:00Z\",\"queue\":\"sales\",\"state\":\"closed\"}\n";
    let (lines, _) = backtest(&(closed.to_owned() + &collapse("sales")), &SALES);
    let alerts: Vec<&Value> = lines.iter().map(|line| &line["alert"]).collect();
    assert_eq!(alerts, ["ContactPulseClosedQueueWaiting"]);
}

#[test]
fn two_configs_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let patient = folder.path().join("patient.toml");
    fs::write(&patient, "[service_level]\nthreshold = \"6h\"\n").unwrap();
    let against = ["--against", patient.to_str().unwrap()];
    let (lines, told) = backtest(&collapse("sales"), &[&SALES[..], &against].concat());
    let lost = lines.iter().find(|line| line["alert"] == "ContactPulseServiceLevelLost").unwrap();
    assert!(lost["config"]["fired"].is_string() && lost["against"].is_null(), "{lost}");
    assert!(lines.iter().filter(|line| !line["missed"].is_null()).all(|line| line["of"] == "config"), "{lines:?}");
    assert!(told.contains("patient.toml: 0 pages and 0 tickets"), "{told}");
}

#[test]
fn what_does_not_go_with_a_backtest_is_refused() {
    for (arguments, words) in [
        (&["--alerts", "--format", "csv"][..], "as a table or as JSON"),
        (&["--alerts", "--every", "30m"], "cannot be used with"),
        (&["--against", "x.toml"], "required"),
        (&["--alerts", "--against", "x.toml"], "twice"),
    ] {
        let (code, _, err) = run(&[&["replay", "--input", "-"], arguments].concat());
        assert_eq!(code, Some(64), "{arguments:?}: {err}");
        assert!(err.contains(words), "{arguments:?}: {err}");
    }
}

/// One contact of the bank: when it was queued, in which queue, when it was answered or hung up.
#[derive(Default)]
struct Call {
    queue: String,
    queued: i64,
    answered: Option<i64>,
    abandoned: Option<i64>,
}

/// When a call was decided, and whether it was in time; nothing of one that hung up within 5 s.
fn decision(call: &Call) -> Option<(i64, bool)> {
    let late = call.queued + 20_000;
    match (call.answered, call.abandoned) {
        (Some(answered), _) if answered <= late => Some((answered, true)),
        (None, Some(gone)) if gone - call.queued <= 5_000 => None,
        (None, Some(gone)) if gone <= late => Some((gone, false)),
        _ => Some((late, false)),
    }
}

/// Half-hours of queues in which less than 80 % were answered within 20 s, counted from the raw events.
fn recounted() -> BTreeSet<(i64, String, i64, i64)> {
    let mut calls = BTreeMap::<String, Call>::new();
    for line in bank() {
        let event: Value = serde_json::from_slice(line).unwrap();
        let at = EventTime::parse(event["time"].as_str().unwrap()).unwrap().as_millis();
        let call = calls.entry(event["contact_id"].as_str().unwrap().to_owned()).or_default();
        match event["type"].as_str().unwrap() {
            "contact.queued" => (call.queue, call.queued) = (event["queue"].as_str().unwrap().to_owned(), at),
            "contact.answered" => call.answered = Some(at),
            "contact.abandoned" => call.abandoned = Some(at),
            _ => {}
        }
    }
    let mut halves = BTreeMap::<(i64, String), (i64, i64)>::new();
    for call in calls.values() {
        if let Some((at, is_met)) = decision(call) {
            let (met, counted) = halves.entry((at / 1_800_000, call.queue.clone())).or_default();
            *met += i64::from(is_met);
            *counted += 1;
        }
    }
    let missed = halves.into_iter().filter(|(_, (met, counted))| met * 100 < counted * 80);
    missed.map(|((half, queue), (met, counted))| (half, queue, met, counted)).collect()
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn the_half_hours_of_the_banks_february_that_missed_80_in_20_are_those_of_a_recount() {
    let config = config("[[queue]]\nmatch = \"*\"\n");
    let book = RuleBook::new(&config.rules, &config.export.windows);
    let mut backtest = Backtest::new(&book, Some(Span::from_seconds(1_800)));
    let windows = backtest.windows();
    let every = When::Every(Span::from_seconds(300));
    let mut replay = Replay::new(Arc::new(config.rules), 1, every).only(windows);
    for line in bank() {
        replay.line(line, &mut |reading| backtest.look(&reading)).unwrap();
    }
    let mut last = EventTime::MIN;
    replay.finish(&mut |reading| {
        last = reading.at;
        backtest.look(&reading);
    });
    let outcome = backtest.finish();
    let named: BTreeSet<_> = outcome
        .missed
        .iter()
        .map(|own| (own.start.as_millis() / 1_800_000, own.queue.clone(), own.met, own.counted))
        .collect();
    let recounted: BTreeSet<_> =
        recounted().into_iter().filter(|(half, ..)| (half + 1) * 1_800_000 <= last.as_millis()).collect();
    assert!(recounted.len() > 1_000, "{}", recounted.len());
    assert_eq!(named, recounted);
    println!("{} half-hours of {} queues missed 80 % in 20 s", named.len(), 6);
}
