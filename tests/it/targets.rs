//! Targets held against figures: in the report, in `/metrics`, in the table of a replay and in a service that runs.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;

use contactpulse::config::Config;
use contactpulse::export::{self, Scrape};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::{add_verdicts, report, table};
use contactpulse::rules::Rules;
use contactpulse::scenario::Scenario;
use contactpulse::time::{EventTime, Span};
use serde_json::{Value, json};

use crate::support::{PATIENCE, contactpulse, eventually, scrape::Scraped};

/// A target of every kind, and the words of one of them.
const CONFIG: &str = r#"
[[queue]]
name = "sales"
[[queue]]
name = "tech"
[[kpi]]
kpi = "service_level"
queues = ["sales"]
window = "30m"
target = 0.8
warning = 0.75
critical = 0.5
owner = "pat@example.com"
runbook = "Call in the back office."
review = "every quarter"
why = "It is in the contract."
[[kpi]]
kpi = "speed_of_answer"
stat = "p90"
queues = ["sales"]
window = "30m"
target = "20s"
[[kpi]]
kpi = "waiting"
queues = ["sales"]
target = 1
critical = 2.5
margin = 1
[[kpi]]
kpi = "longest_wait"
queues = ["sales"]
target = "90s"
"#;

/// Two of three callers are answered in time; from 09:02 on three wait, and at 09:05 two of them are answered.
const STORY: &[(&str, &str, &str)] = &[
    ("09:00:00", "a", "queued"),
    ("09:00:00", "b", "queued"),
    ("09:00:00", "c", "queued"),
    ("09:00:10", "a", "answered"),
    ("09:00:10", "b", "answered"),
    ("09:00:40", "c", "answered"),
    ("09:02:00", "d", "queued"),
    ("09:02:00", "e", "queued"),
    ("09:02:00", "f", "queued"),
    ("09:05:00", "d", "answered"),
    ("09:05:00", "e", "answered"),
];

fn time(clock: &str) -> EventTime {
    EventTime::parse(&format!("2026-03-02T{clock}Z")).unwrap()
}

fn rules(config: &str) -> Rules {
    Config::parse("centre", config, &[]).unwrap_or_else(|error| panic!("{error}")).rules
}

/// Reads the story at these moments.
fn read<T>(config: &str, shards: usize, clocks: &[&str], show: impl Fn(&Reading<'_>) -> T) -> Vec<T> {
    let mut shown = Vec::new();
    let mut replay = Replay::new(Arc::new(rules(config)), shards, When::At(clocks.iter().map(|at| time(at)).collect()));
    let mut show = |reading: Reading<'_>| shown.push(show(&reading));
    for (number, (clock, contact, kind)) in STORY.iter().enumerate() {
        let line = json!({
            "id": number.to_string(), "type": format!("contact.{kind}"), "time": time(clock).to_string(),
            "contact_id": contact, "queue": "sales", "agent": format!("agent of {contact}"),
        });
        replay.line(line.to_string().as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    shown
}

/// A report with its targets.
pub fn judged(reading: &Reading<'_>) -> Value {
    let mut report = report(&reading.view, reading.books, reading.rules, reading.at);
    add_verdicts(&mut report, &reading.verdicts);
    report
}

/// What `/metrics` shows of a reading, by an instance that owns every partition or not.
fn metrics(reading: &Reading<'_>, is_whole: bool) -> String {
    export::text(&Scrape {
        estimates: None,
        rules: reading.rules,
        view: &reading.view,
        counters: &reading.counters,
        is_whole,
        verdicts: &reading.verdicts,
        books: &[],
        topics: &[],
        partitions: &[],
        freshness: None,
        overflowed: contactpulse::budget::Overflowed::default(),
    })
}

/// What `/metrics` shows of a centre with a target of every kind.
pub fn metrics_with_targets() -> String {
    read(CONFIG, 1, &["09:04:00"], |reading| metrics(reading, true)).remove(0)
}

/// The samples of the families of targets, of one queue.
fn of_targets(metrics: &str, queue: &str) -> Vec<String> {
    let is_own = |line: &&str| line.starts_with("contactpulse_kpi_") && line.contains(&format!("queue=\"{queue}\""));
    metrics.lines().filter(is_own).map(|line| line.replace("contactpulse_kpi_", "")).collect()
}

/// The states of a queue's targets, by what is judged.
fn states(report: &Value) -> Vec<(String, String)> {
    let text = |kpi: &Value, key: &str| kpi[key].as_str().unwrap().to_owned();
    let kpis = report["queues"]["sales"]["kpis"].as_array().unwrap().iter();
    kpis.map(|kpi| (text(kpi, "kpi"), text(kpi, "state"))).collect()
}

#[test]
fn a_queue_with_targets_tells_each_with_its_figure_its_state_and_its_words() {
    let report = read(CONFIG, 1, &["09:01:00"], judged).remove(0);
    let kpis = report["queues"]["sales"]["kpis"].as_array().unwrap();
    let expected = json!({
        "kpi": "service_level", "stat": null, "channel": "voice", "window": "30m", "unit": "share",
        "target": 0.8, "warning": 0.75, "critical": 0.5, "direction": "higher", "min_samples": 1,
        "value": 2.0 / 3.0, "samples": 3, "state": "warning", "owner": "pat@example.com",
        "runbook": "Call in the back office.", "review": "every quarter", "why": "It is in the contract.",
    });
    assert_eq!(kpis[0], expected);
    let expected = json!({
        "kpi": "waiting", "stat": null, "channel": "voice", "window": "now", "unit": "count",
        "target": 1, "warning": 1, "critical": 2.5, "direction": "lower", "min_samples": 0,
        "value": 0, "samples": null, "state": "ok", "owner": null, "runbook": null, "review": null, "why": null,
    });
    assert_eq!(kpis[2], expected);
    assert_eq!((&kpis[3]["value"], &kpis[3]["state"]), (&Value::Null, &json!("no_data")), "nobody waits");
    assert_eq!(kpis.len(), 4);
    assert!(report["queues"]["tech"].get("kpis").is_none(), "nothing was promised of tech");
}

#[test]
fn a_replay_remembers_the_states_of_the_moments_that_it_read_before() {
    let waiting = |clocks: &[&str], shards| -> Vec<String> {
        let reports = read(CONFIG, shards, clocks, judged);
        reports.iter().map(|report| states(report)[2].1.clone()).collect()
    };
    for shards in [1, 4] {
        assert_eq!(waiting(&["09:04:00", "09:06:00"], shards), ["critical", "warning"], "of one waiting, after three");
        assert_eq!(waiting(&["09:01:00", "09:06:00"], shards), ["ok", "ok"], "of one waiting, after nobody");
    }
}

#[test]
fn the_state_hash_knows_no_targets() {
    let hash = |config| read(config, 1, &["09:04:00"], |reading| judged(reading)["state_hash"].clone());
    assert_eq!(hash(CONFIG), hash(CONFIG.split("[[kpi]]").next().unwrap()));
}

#[test]
fn metrics_tell_the_limits_of_each_target_and_which_of_four_states_its_figure_is_in() {
    let shown = read(CONFIG, 1, &["09:01:00"], |reading| of_targets(&metrics(reading, true), "sales")).remove(0);
    let own = |kpi: &str| -> Vec<&str> {
        let kpi = format!("{{kpi=\"{kpi}\",queue=\"sales\",channel=\"voice\",window=\"");
        shown.iter().filter(|line| line.contains(&kpi)).map(String::as_str).collect()
    };
    let p90 = r#"{kpi="speed_of_answer.p90",queue="sales",channel="voice",window="30m""#;
    let expected = [
        format!("target{p90}}} 20"),
        format!("warning{p90}}} 20"),
        format!("critical{p90}}} 20"),
        format!("min_samples{p90}}} 1"),
        format!(r#"info{p90},direction="lower",owner="",runbook="",review="",why=""}} 1"#),
        format!(r#"state{p90},state="ok"}} 0"#),
        format!(r#"state{p90},state="warning"}} 0"#),
        format!(r#"state{p90},state="critical"}} 1"#),
        format!(r#"state{p90},state="no_data"}} 0"#),
    ];
    assert_eq!(own("speed_of_answer.p90"), expected);
    let now = r#"{kpi="waiting",queue="sales",channel="voice",window="now""#;
    assert_eq!(
        own("waiting")[..3],
        [format!("target{now}}} 1"), format!("warning{now}}} 1"), format!("critical{now}}} 2.5")]
    );
    assert_eq!(own("waiting")[5], format!(r#"state{now},state="ok"}} 1"#));
}

#[test]
fn metrics_tell_who_answers_for_a_target_and_what_to_do() {
    let shown = read(CONFIG, 1, &["09:01:00"], |reading| of_targets(&metrics(reading, false), "sales")).remove(0);
    let level = r#"info{kpi="service_level",queue="sales",channel="voice",window="30m",direction="higher""#;
    let words = r#"owner="pat@example.com",runbook="Call in the back office.",review="every quarter""#;
    let why = r#"why="It is in the contract.""#;
    assert!(shown.contains(&format!("{level},{words},{why}}} 1")), "{shown:#?}");
}

#[test]
fn complaints_may_have_targets() {
    let config = "[[queue]]\nname = \"help\"\nchannels = [\"email\"]\n[[kpi]]\nkpi = \"complaints_overdue_rate\"\nqueues = [\"help\"]\nwindow = \"1h\"\ntarget = 0.1\n";
    let mut replay = Replay::new(Arc::new(rules(config)), 1, When::At(vec![time("09:30:00")]));
    let mut states = Vec::new();
    let mut show = |reading: Reading<'_>| {
        states.extend(reading.verdicts.iter().map(|verdict| (verdict.value, verdict.samples, verdict.state.name())));
    };
    let at = time("09:00:00") - Span::from_seconds(10 * 86_400);
    let line = json!({
        "id": "1", "type": "ticket.created", "time": at.to_string(), "ticket_id": "t", "queue": "help", "reason": "complaint",
    });
    replay.line(line.to_string().as_bytes(), &mut show).unwrap();
    replay.finish(&mut show);
    assert_eq!(states, [(Some(1.0), Some(1), "critical")]);
}

#[test]
fn a_target_of_the_service_level_goes_over_that_of_the_queue_in_its_window_and_in_no_other() {
    let config = CONFIG.replace("target = 0.8", "target = 0.9");
    let shown = read(&config, 1, &["09:01:00"], |reading| metrics(reading, true)).remove(0);
    let targets = |queue: &str| -> Vec<String> {
        let own = of_targets(&shown, queue).into_iter().filter(|line| line.starts_with("target{kpi=\"service_level\""));
        own.map(|line| line.split("window=").nth(1).unwrap().to_owned()).collect()
    };
    let centre = [r#""5m"} 0.8"#, r#""15m"} 0.8"#, r#""30m"} 0.8"#, r#""1h"} 0.8"#];
    assert_eq!(targets("tech")[..4], centre);
    assert_eq!(targets("sales")[..3], [centre[0], centre[1], centre[3]]);
    assert_eq!(targets("sales").last().unwrap(), r#""30m"} 0.9"#);
    assert_eq!(targets("sales").len(), targets("tech").len());
    Scraped::parse(&shown); // no series twice
}

#[test]
fn an_instance_that_owns_a_part_of_the_partitions_tells_limits_and_no_states() {
    let shown = read(CONFIG, 1, &["09:01:00"], |reading| of_targets(&metrics(reading, false), "sales")).remove(0);
    assert!(shown.iter().any(|line| line.starts_with("critical{")));
    assert_eq!(shown.iter().filter(|line| line.starts_with("state{")).count(), 0);
}

#[test]
fn the_table_lists_the_targets_that_are_not_met_the_worst_first() {
    let shown = read(CONFIG, 1, &["09:01:00"], |reading| table(&judged(reading), "all")).remove(0);
    let below: Vec<&str> = shown.lines().skip_while(|line| !line.starts_with("total")).skip(1).collect();
    let expected = [
        "CRITICAL  sales/voice  speed_of_answer p90 over 30m: 40.1 s, target 20.0 s",
        "WARNING  sales/voice  service_level over 30m: 66.7 %, target 80.0 %; owner pat@example.com; runbook Call in the back office.",
        "NO DATA  sales/voice  longest_wait now: -, target 90.0 s",
    ];
    assert_eq!(below[..3], expected);
    assert!(below[3].starts_with("events"), "{shown}");
}

/// What is said about a scenario of a queue with two targets on two channels, with these checks.
fn said(checks: &str) -> String {
    let kpi = |kpi: &str, more: &str| format!("[[kpi]]\nkpi = \"{kpi}\"\ntarget = 1\n{more}\n");
    let config = kpi("waiting", "") + &kpi("speed_of_answer", "stat = \"p90\"\nwindow = \"30m\"");
    let above = format!("# So it is.\nqueue sales channels voice,chat\nconfig\n{config}end\nat 00:30\n");
    match Scenario::parse("bad.pulse", &format!("{above}{checks}\n")) {
        Ok(scenario) => scenario.run().to_string(),
        Err(problems) => problems.iter().map(|one| format!("{}: {}\n", one.what, one.right)).collect(),
    }
}

#[test]
fn a_check_of_a_target_that_is_wrong_says_what_would_be_right() {
    assert_eq!(said("  sales/chat kpi.waiting.now ok kpi.speed_of_answer.p90.30m no_data"), "");
    for (checks, expected) in [
        ("  sales kpi.waitin.now ok", "`sales` has no target `kpi.waitin.now`: did you mean `kpi.waiting.now`?\n"),
        (
            "  sales kpi.offered.5m ok",
            "`sales` has no target `kpi.offered.5m`: one of kpi.waiting.now, kpi.speed_of_answer.p90.30m\n",
        ),
        ("  sales kpi.waiting.now.valu 1", "a target has no part `valu`: did you mean `value`?\n"),
        ("  total kpi.waiting.now ok", "targets are those of queues: put it behind the name of a queue\n"),
        (
            "  __other__ kpi.waiting.now ok",
            "`__other__` has no target `kpi.waiting.now`: set one by `config`, [[kpi]] and `end`\n",
        ),
    ] {
        assert_eq!(said(checks), expected);
    }
    let several = said("  sales kpi.waiting.now ok");
    assert!(several.ends_with("expected ok, got several, name the channel\n"), "{several}");
    let wrong = said("  sales/chat kpi.waiting.now critical");
    assert!(wrong.ends_with("kpi.waiting.now  expected critical, got ok\n"), "{wrong}");
}

#[test]
fn figures_by_interval_are_held_against_nothing() {
    let rules = Arc::new(rules(CONFIG));
    let mut replay = Replay::new(rules, 1, When::Intervals(Span::from_seconds(1_800)));
    let mut judged = Vec::new();
    let mut show = |reading: Reading<'_>| judged.push(reading.verdicts.len());
    let line = br#"{"id":"1","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"a","queue":"sales"}"#;
    replay.line(line, &mut show).unwrap();
    replay.finish(&mut show);
    assert_eq!(judged, [0]);
}

#[test]
fn a_service_judges_every_target_whatever_part_of_the_report_is_asked_for() {
    let address: SocketAddr = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut config = tempfile::NamedTempFile::new().unwrap();
    let text = "[[kpi]]\nkpi = \"offered\"\nqueues = [\"*\"]\nwindow = \"1h\"\ndirection = \"lower\"\ntarget = 0\n";
    std::io::Write::write_all(&mut config, text.as_bytes()).unwrap();
    let mut command = contactpulse();
    command.args(["demo", "--seconds", "120", "--set", &format!("http.listen=\"{address}\""), "--config"]);
    let mut demo = command.arg(config.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let get = |path: &str| {
        let mut response = ureq::get(format!("http://{address}{path}")).call().ok()?;
        response.body_mut().read_to_string().ok()
    };
    let metrics = eventually("a centre whose queues had contacts", PATIENCE, || {
        get("/metrics").filter(|text| Scraped::parse(text).sum("contactpulse_kpi_state") > 0.0)
    });
    let filtered = eventually("a report of one window", PATIENCE, || get("/api/v1/report?window=5m"));
    demo.kill().unwrap();
    demo.wait().unwrap();

    let gauges = |line: &&str| line.starts_with("contactpulse_window_") && line.contains("window=\"1h\"");
    assert_eq!(metrics.lines().filter(gauges).count(), 0, "a window that only a target needs has no gauges");
    let states = metrics.lines().filter(|line| line.starts_with("contactpulse_kpi_state{kpi=\"offered\"")).count();
    assert!(states > 0 && states % 4 == 0, "{states}");
    let report: Value = serde_json::from_str(&filtered).unwrap();
    let queues = report["queues"].as_object().unwrap();
    let windows: Vec<&String> = queues.values().flat_map(|own| own["windows"].as_object().unwrap().keys()).collect();
    assert!(windows.iter().all(|window| *window == "5m"), "{windows:?}");
    let judged: Vec<&Value> = queues.values().flat_map(|own| own["kpis"].as_array().into_iter().flatten()).collect();
    assert!(!judged.is_empty() && judged.iter().all(|kpi| kpi["window"] == "1h"));
    assert!(judged.iter().any(|kpi| kpi["state"] == "critical" && kpi["value"].as_i64() > Some(0)), "{judged:?}");
}
