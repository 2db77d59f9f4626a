//! Agents: their states in reports and metrics, time in them, and counters that take it once.

use std::io::Write;
use std::sync::Arc;

use contactpulse::budget::{Budget, Kind, Limits};
use contactpulse::counters::{AgentCounters, AgentsCounters};
use contactpulse::export::{self, AgentNames, AgentsScrape, Pseudonyms};
use contactpulse::rules::{AgentRules, Rules, Window};
use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::view::{Ask, View};
use contactpulse::window::{Cell, Field};
use contactpulse::wire::{Decoded, decode};
use serde_json::{Value, json};

use crate::replay_laws::{figures, reports};
use crate::support::noise::{Dice, doubled, shuffled};
use crate::support::{contactpulse, scrape::Scraped, tools};

const START: &str = "2026-03-02T09:00:00Z";

fn at(second: i64) -> EventTime {
    EventTime::parse(START).unwrap() + Span::from_seconds(second)
}

fn rules() -> Rules {
    let own = ["training".to_owned()];
    Rules { agents: AgentRules::new(Span::from_seconds(3_600), &own, &own), ..Rules::default() }
}

/// A change of an agent's state, in seconds after nine.
fn line(second: i64, agent: &str, state: &str, more: &str) -> Vec<u8> {
    let (id, time) = (format!("{agent}-{second}-{state}"), at(second).as_millis());
    format!(r#"{{"id":"{id}","type":"agent.state_changed","time":{time},"agent":"{agent}","state":"{state}"{more}}}"#)
        .into_bytes()
}

/// Time goes on to this second.
fn tick(second: i64) -> Vec<u8> {
    let time = at(second).as_millis();
    format!(r#"{{"id":"tick-{second}","type":"source.heartbeat","time":{time},"source":"acd"}}"#).into_bytes()
}

fn report(lines: &[Vec<u8>], second: i64) -> Value {
    reports(lines, rules(), 1, &[at(second)]).remove(0)
}

#[test]
fn an_agent_s_state_and_the_time_in_each_are_in_the_report() {
    let lines = [
        line(0, "ann", "available", r#","queues":["sales","tech"],"capacity":2"#),
        line(100, "ann", "on_contact", r#","active":1,"queue_states":{"tech":"break"}"#),
        line(160, "ann", "on_contact", r#","active":2"#),
        line(220, "ann", "training", ""),
        line(280, "ann", "break", ""),
    ];
    let ann = |second: i64| report(&lines, second)["agents"]["ann"].clone();
    let now = |state: &str, seconds: f64, in_hand: Value, tech: &str| {
        let queues = json!({ "sales": state, "tech": tech });
        json!({ "state": state, "seconds_in_state": seconds, "contacts_in_hand": in_hand, "capacity": 2, "queues": queues })
    };
    assert_eq!(ann(130)["now"], now("on_contact", 30.0, json!(1), "break"));
    assert_eq!(ann(200)["now"], now("on_contact", 100.0, json!(2), "on_contact"));
    assert_eq!(ann(290)["now"], now("break", 10.0, Value::Null, "break"));
    let all = ann(290)["windows"]["all"].clone();
    let share = |numerator: f64, denominator: f64| json!({ "numerator": numerator, "denominator": denominator, "ratio": numerator / denominator });
    let seconds = json!({ "available": 100.0, "on_contact": 120.0, "training": 60.0, "break": 10.0 });
    assert_eq!(all["state_seconds"], seconds);
    assert_eq!(all["occupancy"], share(120.0, 220.0));
    assert_eq!(all["concurrency"], share(180.0, 120.0));
    assert_eq!(all["slot_use"], share(180.0, 440.0));
    assert_eq!(all["utilization"], share(180.0, 290.0));
    assert_eq!(ann(50)["windows"]["5m"]["concurrency"], json!({ "numerator": 0.0, "denominator": 0.0, "ratio": null }));
    let last_minutes = ann(400)["windows"]["5m"]["state_seconds"].clone();
    assert_eq!(last_minutes, json!({ "on_contact": 120.0, "training": 60.0, "break": 120.0 }));
}

#[test]
fn agents_are_counted_by_state_in_each_of_their_queues_and_once_in_the_centre() {
    let lines = [
        line(0, "ann", "available", r#","queues":["sales","tech"],"queue_states":{"tech":"away"}"#),
        line(0, "bob", "available", r#","queues":["sales"]"#),
        line(0, "cid", "offline", r#","queues":["tech"],"queue_states":{"tech":"available"}"#),
        line(5, "dan", "break", ""),
    ];
    let report = report(&lines, 10);
    let counted = |queue: &str| report["queues"][queue]["now"]["agents"].clone();
    assert_eq!(counted("sales"), json!({ "available": 2 }));
    assert_eq!(counted("tech"), json!({ "offline": 1, "away": 1 }));
    let centre = json!({ "offline": 1, "available": 2, "break": 1 });
    assert_eq!(report["total"]["now"]["agents"], centre);
    assert_eq!(self::report(&lines, -1)["total"]["now"]["agents"], json!({}), "before anything was told");
}

#[test]
fn an_agent_of_whom_only_contacts_tell_has_no_state() {
    let contact = |id: &str, second: i64, kind: &str, more: &str| {
        let time = at(second).as_millis();
        format!(r#"{{"id":"{id}","type":"contact.{kind}","time":{time},"contact_id":"c"{more}}}"#).into_bytes()
    };
    let lines = [contact("1", 0, "queued", r#","queue":"sales""#), contact("2", 5, "answered", r#","agent":"eve""#)];
    let eve = report(&lines, 10)["agents"]["eve"].clone();
    assert_eq!(eve["now"]["state"], Value::Null);
    assert_eq!(eve["windows"]["all"]["answered"], 1);
    assert_eq!(eve["windows"]["all"]["state_seconds"], json!({}));
}

#[test]
fn an_unknown_state_is_an_anomaly_and_called_other_and_a_repeat_counts_once() {
    let odd = line(0, "ann", "meditating", r#","queues":["sales"],"queue_states":{"sales":"dreaming"}"#);
    let report = report(&[odd.clone(), odd], 60);
    assert_eq!(report["events"]["anomalies"], json!({ "unknown_state": 1 }));
    assert_eq!((&report["events"]["applied"], &report["events"]["duplicate"]), (&1.into(), &1.into()));
    assert_eq!(report["queues"]["sales"]["now"]["agents"], json!({ "__other__": 1 }));
    let all = &report["agents"]["ann"]["windows"]["all"];
    assert_eq!(all["state_seconds"], json!({ "__other__": 60.0 }));
    assert_eq!(all["utilization"], json!({ "numerator": 0.0, "denominator": 60.0, "ratio": 0.0 }));
}

#[test]
fn who_is_not_heard_of_for_agent_ttl_is_offline_and_stays_in_the_queues() {
    let lines = [line(0, "ann", "available", r#","queues":["sales"],"active":1"#)];
    let report = report(&lines, 3_660);
    let now = &report["agents"]["ann"]["now"];
    assert_eq!((&now["state"], &now["seconds_in_state"]), (&json!("offline"), &json!(60.0)));
    assert_eq!((&now["contacts_in_hand"], &now["queues"]), (&Value::Null, &json!({ "sales": "offline" })));
    let all = &report["agents"]["ann"]["windows"]["all"];
    assert_eq!(all["state_seconds"], json!({ "offline": 60.0, "available": 3600.0 }));
    assert_eq!(all["concurrency"]["denominator"], 3600.0);
}

#[test]
fn a_late_change_holds_from_the_line_on_and_one_before_a_sealed_change_not_at_all() {
    let lines = [
        line(0, "ann", "available", ""),
        line(40, "ann", "break", ""),
        tick(100),
        line(30, "ann", "away", ""),
        line(50, "ann", "on_contact", ""),
        line(50, "ann", "on_contact", ""),
    ];
    let report = report(&lines, 100);
    assert_eq!((&report["events"]["late"], &report["events"]["duplicate"]), (&1.into(), &2.into()));
    let all = &report["agents"]["ann"]["windows"]["all"];
    assert_eq!(all["state_seconds"], json!({ "available": 40.0, "on_contact": 30.0, "break": 30.0 }));
}

#[test]
fn since_reaches_back_to_the_change_before_and_no_further_than_lateness() {
    let since = |second: i64| format!(r#","since":{}"#, at(second).as_millis());
    let seconds = |own: i64, told: i64| {
        let lines = [line(100, "ann", "available", ""), line(own, "ann", "break", &since(told))];
        report(&lines, own + 10)["agents"]["ann"]["now"]["seconds_in_state"].as_f64().unwrap() as i64 - 10
    };
    assert_eq!(seconds(120, 105), 15);
    assert_eq!(seconds(120, 90), 20, "not before the change before");
    assert_eq!(seconds(200, 105), 30, "not more than lateness before its own time");
    assert_eq!(seconds(120, 130), 0, "not after it");
}

/// Two hours of six agents who change at random, in order.
fn story(seed: u64) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(seed);
    let states = ["offline", "available", "on_contact", "after_contact", "break", "training", "unheard_of"];
    let mut second = 0;
    let mut lines = Vec::new();
    while second < 7_200 {
        second += dice.roll(60) as i64;
        let (agent, state) = (format!("agent-{}", dice.roll(6)), states[dice.roll(7) as usize]);
        let mut more = String::new();
        if dice.roll(3) == 0 {
            more += &format!(r#","since":{}"#, at(second - dice.roll(40) as i64).as_millis());
        }
        if dice.roll(2) == 0 {
            more += &format!(r#","active":{},"capacity":{}"#, dice.roll(4), dice.roll(4));
        }
        if dice.roll(4) == 0 {
            more += &format!(r#","queues":["q{}","q{}"],"queue_states":{{"q1":"away"}}"#, dice.roll(3), dice.roll(3));
        }
        lines.push(line(second, &agent, state, &more));
    }
    lines
}

#[test]
fn order_repeats_and_shards_leave_agents_as_they_are() {
    for seed in 0..3 {
        let lines = story(seed);
        let moments = [600, 1_799, 3_600, 7_300].map(at);
        let plain = reports(&lines, rules(), 1, &moments);
        assert!(plain[2]["agents"].as_object().unwrap().len() == 6);
        let disorder = Span::from_seconds(25);
        for (name, variant) in [
            ("shuffled", reports(&shuffled(&lines, disorder, seed), rules(), 1, &moments)),
            ("doubled", reports(&doubled(&lines), rules(), 1, &moments)),
            ("in four shards", reports(&lines, rules(), 4, &moments)),
            ("all of it", reports(&shuffled(&doubled(&lines), disorder, seed + 1), rules(), 3, &moments)),
        ] {
            for (variant, plain) in variant.iter().zip(&plain) {
                assert_eq!(figures(variant), figures(plain), "{name}, seed {seed}");
            }
        }
    }
}

fn tell(shard: &mut Shard, line: &[u8]) {
    match decode(Some(line)) {
        Ok(Decoded::Event(event)) => drop(shard.apply(&event, None)),
        other => panic!("{other:?}"),
    }
}

/// What the counters have taken of an agent.
fn counted(shard: &Shard, agent: &str) -> AgentCounters {
    let own = shard.agent_counters().iter().find(|(own, _)| shard.agent_name(**own) == agent);
    own.map(|(_, counters)| counters.clone()).unwrap_or_default()
}

/// Milliseconds available, on contact, busy and idle.
fn times(counters: &AgentCounters) -> [i64; 4] {
    let state = |state: u16| Cell::part(Field::StateTime, state);
    [state(1), state(2), Cell::of(Field::BusyTime), Cell::of(Field::IdleTime)].map(|cell| counters.time.get(cell))
}

#[test]
fn counters_take_time_once_it_is_final_whoever_is_heard_of() {
    let mut shard = Shard::new(Arc::new(rules()));
    tell(&mut shard, &line(0, "ann", "available", ""));
    shard.settle(at(30));
    assert_eq!(times(&counted(&shard, "ann")), [0; 4]);
    shard.settle(at(90) + Span::from_millis(1));
    assert_eq!(times(&counted(&shard, "ann")), [60_000, 0, 0, 60_000]);
    shard.settle(at(60));
    assert_eq!(times(&counted(&shard, "ann")), [60_000, 0, 0, 60_000], "an earlier word takes nothing back");
    tell(&mut shard, &line(100, "ann", "on_contact", ""));
    shard.settle(at(160) + Span::from_millis(1));
    assert_eq!(times(&counted(&shard, "ann")), [100_000, 30_000, 30_000, 100_000]);
    assert_eq!(shard.counters().corrections(), 0);
}

#[test]
fn a_change_that_tells_of_time_that_counters_have_taken_is_a_correction_and_lowers_nothing() {
    let mut shard = Shard::new(Arc::new(rules()));
    tell(&mut shard, &line(0, "ann", "available", ""));
    shard.settle(at(100) + Span::from_millis(1));
    tell(&mut shard, &line(50, "ann", "on_contact", ""));
    assert_eq!(times(&counted(&shard, "ann")), [70_000, 20_000, 20_000, 70_000], "the contact is taken at once");
    assert_eq!(shard.counters().corrections(), 1);
    shard.settle(at(130) + Span::from_millis(1));
    assert_eq!(times(&counted(&shard, "ann")), [70_000, 50_000, 50_000, 70_000]);
}

#[test]
fn counters_are_the_whole_time_wherever_the_pulses_fall() {
    let lines = story(3);
    let end = at(7_300);
    let mut dice = Dice::new(8);
    for _ in 0..20 {
        let mut shard = Shard::new(Arc::new(rules()));
        for line in &lines {
            tell(&mut shard, line);
            if dice.roll(4) == 0 {
                shard.settle(shard.watermark().unwrap());
            }
        }
        shard.settle(end + Span::from_seconds(30) + Span::from_millis(1));
        let view = shard.view(&Ask { at: end, windows: vec![Window::All], open: false, agents: true });
        assert_eq!(view.agents.len(), 6);
        for (agent, tallies) in &view.agents {
            assert_eq!(counted(&shard, agent).time, tallies[0], "{agent}");
        }
        assert_eq!(shard.counters().corrections(), 0);
    }
}

#[test]
fn a_muted_shard_takes_no_time_and_goes_on_where_the_earlier_owner_was() {
    let mut shard = Shard::new(Arc::new(rules()));
    shard.mute_counters();
    tell(&mut shard, &line(0, "ann", "available", ""));
    tell(&mut shard, &tick(100));
    shard.unmute_counters(at(100));
    assert_eq!(times(&counted(&shard, "ann")), [0; 4]);
    shard.settle(at(110));
    assert_eq!(times(&counted(&shard, "ann")), [10_000, 0, 0, 10_000]);
}

/// What `/metrics/agents` says of the story, with agents called by these names.
fn agent_metrics(names: &AgentNames) -> String {
    let rules = rules();
    let mut shard = Shard::new(Arc::new(rules.clone()));
    story(1).iter().for_each(|line| tell(&mut shard, line));
    shard.settle(at(7_300));
    let view = shard.view(&Ask { at: at(7_300), windows: Vec::new(), open: false, agents: true });
    let mut counters = AgentsCounters::default();
    counters.merge(shard.agent_counters(), |agent| shard.agent_name(*agent).to_owned());
    export::agents::text(&AgentsScrape { rules: &rules.agents, view: &view, counters: &counters, names })
}

#[test]
fn the_metrics_of_agents_name_the_state_that_each_is_in_and_count_the_time_in_each() {
    let metrics = agent_metrics(&AgentNames::Real);
    let scraped = Scraped::parse(&metrics);
    assert_eq!(scraped.sum("contactpulse_agent_state"), 6.0);
    let total = scraped.sum("contactpulse_agent_state_seconds_total");
    assert!(total > 6.0 * 6_000.0 && total < 6.0 * 7_300.0, "{total}");
    let known: Vec<_> = export::agents::families().into_iter().map(|family| family.name.into_owned()).collect();
    let shown = scraped.families();
    assert!(shown.iter().all(|family| known.iter().any(|name| name == family)), "{shown:?}");
    assert!(metrics.contains("agent=\"agent-0\""));
}

#[test]
fn promtool_finds_nothing_to_say_about_the_metrics_of_agents() {
    let output = tools::run_with_input(tools::promtool().args(["check", "metrics"]), &agent_metrics(&AgentNames::Real));
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success() && said.iter().all(String::is_empty), "{said:?}");
}

#[test]
fn pseudonyms_tell_neither_names_nor_their_order_and_change_no_figure() {
    let names = AgentNames::Pseudonyms(Pseudonyms::new("a secret of more than 16 bytes"));
    let (real, pseudonyms) = (agent_metrics(&AgentNames::Real), agent_metrics(&names));
    assert!(!pseudonyms.contains("agent-"));
    let figures = |metrics: &str| {
        let values = metrics.lines().filter(|line| !line.starts_with('#'));
        let mut values: Vec<&str> = values.filter_map(|line| line.rsplit_once(' ')).map(|(_, value)| value).collect();
        values.sort_unstable();
        values.join(" ")
    };
    assert_eq!(figures(&pseudonyms), figures(&real));
    let agents: Vec<&str> = pseudonyms
        .lines()
        .filter(|line| line.starts_with("contactpulse_agent_state{"))
        .map(|line| &line[32..48])
        .collect();
    assert_eq!(agents.len(), 6);
    assert!(agents.is_sorted(), "{agents:?}");
    assert_eq!(agent_metrics(&AgentNames::Off).lines().filter(|line| !line.starts_with('#')).count(), 0);
}

/// What `/metrics` says at the end of these lines.
fn metrics(lines: &[Vec<u8>]) -> String {
    let mut log = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
    lines.iter().for_each(|line| writeln!(log, "{}", String::from_utf8_lossy(line)).unwrap());
    let mut command = contactpulse();
    command.args(["replay", "--format", "prometheus", "--set", r#"agents.states=["training"]"#, "--input"]);
    let output = command.arg(log.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn metrics_count_agents_by_state_and_a_state_that_is_left_falls_to_zero() {
    let first = line(0, "ann", "available", r#","queues":["sales"]"#);
    let metrics = metrics(&[first, line(10, "ann", "break", ""), tick(20)]);
    for sample in [
        r#"contactpulse_queue_agents{queue="sales",state="available"} 0"#,
        r#"contactpulse_queue_agents{queue="sales",state="break"} 1"#,
        r#"contactpulse_centre_agents{state="offline"} 0"#,
        r#"contactpulse_centre_agents{state="training"} 0"#,
        r#"contactpulse_centre_agents{state="break"} 1"#,
    ] {
        assert!(metrics.lines().any(|line| line == sample), "{sample}\n{metrics}");
    }
    assert!(!metrics.contains(r#"queue="sales",state="away""#) && !metrics.contains("__other__"), "{metrics}");
    assert!(!metrics.contains(r#""ann""#), "single agents are on a page of their own");
}

#[test]
fn agents_past_the_bound_are_counted_and_nobody_s_time_is_made_up_of_theirs() {
    let budget = Budget::new(&Limits::default().with(Kind::Agent, 3));
    let mut shard = Shard::within(Arc::new(rules()), &budget);
    for agent in 0..10 {
        tell(&mut shard, &line(agent, &format!("agent-{agent}"), "available", r#","queues":["sales"]"#));
    }
    assert_eq!((shard.agents(), budget.overflowed().of(Kind::Agent)), (3, 7));
    let view = shard.view(&Ask { at: at(60), windows: vec![Window::All], open: false, agents: true });
    assert_eq!((view.agents.len(), view.presence.len()), (3, 3));
}

#[test]
fn past_the_bound_of_changes_the_oldest_leave_the_windows_and_stay_in_all() {
    let budget = Budget::new(&Limits::default().with(Kind::AgentState, 10));
    let mut shard = Shard::within(Arc::new(rules()), &budget);
    for second in 0..100 {
        tell(&mut shard, &line(second * 10, "ann", ["available", "on_contact"][second as usize % 2], ""));
    }
    shard.settle(at(1_000));
    assert!(budget.overflowed().of(Kind::AgentState) > 0);
    assert!(budget.taken(Kind::AgentState) <= 10);
    let windows = vec![Window::Sliding(Span::from_seconds(1_800)), Window::All];
    let view = shard.view(&Ask { at: at(1_000), windows, open: false, agents: true });
    let time = |place: usize| view.agents["ann"][place].total(Field::StateTime);
    assert_eq!(time(1), 1_000_000);
    assert!(time(0) < 200_000, "{}", time(0));
    assert_eq!(counted(&shard, "ann").time.total(Field::StateTime), 969_999);
}

#[test]
fn a_view_without_agents_still_counts_them() {
    let mut shard = Shard::new(Arc::new(rules()));
    story(2).iter().for_each(|line| tell(&mut shard, line));
    let look = |agents: bool| shard.view(&Ask { at: at(7_300), windows: vec![Window::All], open: false, agents });
    let (with, without): (View, View) = (look(true), look(false));
    assert_eq!((with.agents.len(), without.agents.len()), (6, 0));
    assert_eq!(with.presence, without.presence);
    assert_eq!(with.presence.len(), 6);
}
