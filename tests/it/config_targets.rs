//! Targets from the outside: what may be said of a KPI, whose it is then, and what is refused.

use contactpulse::config::{self, Config, ConfigError};
use contactpulse::limits::{SENTENCE_BYTES_MAX, TARGETS_MAX};
use contactpulse::rules::{Direction, Queues, Rules, Stat, Target, Window};
use contactpulse::targets::Subject;
use contactpulse::time::Span;

fn load(text: &str) -> Result<Config, ConfigError> {
    Config::parse("centre", text, &[])
}

fn rules(text: &str) -> Rules {
    load(text).unwrap_or_else(|error| panic!("{error}\n{text}")).rules
}

/// The only target of a block with these lines.
fn target(lines: &str) -> Target {
    rules(&format!("[[kpi]]\nqueues = [\"*\"]\n{lines}")).targets.remove(0)
}

#[test]
fn every_mistake_in_a_target_is_told_with_its_place_and_the_way_out() {
    crate::config::assert_refused("tests/it/config_targets_refused.txt", 15);
}

#[test]
fn who_names_a_kpi_that_does_not_exist_is_told_which_there_are() {
    let said = load("[[kpi]]\nkpi = \"happiness\"\nqueues = [\"*\"]\n").unwrap_err().to_string();
    let known: Vec<&str> = Subject::all().map(Subject::name).collect();
    assert!(said.ends_with(&format!("one of {}", known.join(", "))), "{said}");
}

#[test]
fn a_target_that_says_no_more_than_it_must_has_the_defaults_of_the_reference() {
    let target = target("kpi = \"speed_of_answer\"\nwindow = \"30m\"\ntarget = \"30s\"");
    let expected = Target {
        kpi: "speed_of_answer".to_owned(),
        stat: Some(Stat::Mean),
        window: Some(Window::Sliding(Span::from_seconds(1_800))),
        queues: Queues::Matching(vec![wildmatch::WildMatch::new("*")]),
        channels: Vec::new(),
        target: 30.0,
        warning: 30.0,
        critical: 30.0,
        direction: Direction::Lower,
        margin: None,
        min_samples: 1,
        owner: None,
        runbook: None,
        review: None,
        why: None,
    };
    assert_eq!(target, expected);
}

#[test]
fn a_duration_may_be_typed_as_seconds_or_as_a_length_of_time() {
    let limits = |lines: &str| {
        let target = target(&format!("kpi = \"longest_wait\"\n{lines}"));
        (target.target, target.warning, target.critical, target.margin)
    };
    let expected = (90.0, 120.5, 300.0, Some(3.0));
    assert_eq!(limits("target = 90\nwarning = 120.5\ncritical = 300\nmargin = 3"), expected);
    assert_eq!(limits("target = \"90s\"\nwarning = \"120500ms\"\ncritical = \"5m\"\nmargin = \"3s\""), expected);
}

#[test]
fn what_is_left_out_is_as_good_as_what_stands_above_it() {
    let limits = |lines: &str| {
        let target = target(&format!("kpi = \"waiting\"\ntarget = 10\n{lines}"));
        (target.warning, target.critical)
    };
    assert_eq!(limits(""), (10.0, 10.0));
    assert_eq!(limits("warning = 20"), (20.0, 20.0));
    assert_eq!(limits("critical = 30"), (10.0, 30.0));
}

#[test]
fn counts_and_what_is_so_now_rest_on_no_samples_and_all_else_on_one_at_least() {
    let samples = |lines: &str| target(&format!("{lines}\ntarget = 1")).min_samples;
    assert_eq!(samples("kpi = \"waiting\""), 0);
    assert_eq!(samples("kpi = \"blocked\"\nwindow = \"5m\""), 0);
    assert_eq!(samples("kpi = \"service_level\"\nwindow = \"5m\""), 1);
    assert_eq!(samples("kpi = \"service_level\"\nwindow = \"5m\"\nmin_samples = 0"), 0);
}

#[test]
fn a_target_without_queues_is_that_of_every_queue_that_is_named_or_matches_a_block() {
    let rules = rules(
        "[[queue]]\nname = \"sales\"\n[[queue]]\nmatch = \"uk-*\"\n[[kpi]]\nkpi = \"waiting\"\ntarget = 5\nchannels = [\"voice\"]\n",
    );
    let targets = |queue: &str, channel: &str| rules.targets_of(queue, channel).len();
    assert_eq!([targets("sales", "voice"), targets("uk-new", "voice"), targets("de-new", "voice")], [1, 1, 0]);
    assert_eq!(targets("sales", "chat"), 0);
}

#[test]
fn figures_that_differ_in_stat_window_or_channel_may_have_a_target_each() {
    let block = |lines: &str| format!("[[kpi]]\nkpi = \"speed_of_answer\"\nqueues = [\"*\"]\ntarget = 1\n{lines}\n");
    let all = [
        block("window = \"30m\"\nchannels = [\"voice\"]"),
        block("window = \"30m\"\nchannels = [\"chat\"]"),
        block("window = \"30m\"\nstat = \"p90\""),
        block("window = \"5m\""),
    ];
    assert_eq!(rules(&all.concat()).targets_of("sales", "voice").len(), 3);
}

#[test]
fn the_windows_of_targets_are_read_besides_those_that_are_shown() {
    let rules = rules("[[kpi]]\nkpi = \"service_level\"\nqueues = [\"*\"]\nwindow = \"1h\"\ntarget = 0.8\n");
    assert_eq!(rules.with_target_windows(&[Window::All]), [Window::All, Window::Sliding(Span::from_seconds(3_600))]);
    assert_eq!(rules.with_target_windows(&rules.windows.kept), rules.windows.kept);
}

#[test]
fn more_targets_than_the_bound_and_longer_sentences_are_refused() {
    let blocks = |count: usize| -> String {
        (0..count)
            .map(|n| format!("[[kpi]]\nkpi = \"waiting\"\ntarget = 5\nqueues = [\"{n}*\"]\nchannels = [\"c{n}\"]\n"))
            .collect()
    };
    assert_eq!(rules(&blocks(TARGETS_MAX)).targets.len(), TARGETS_MAX);
    let said = load(&blocks(TARGETS_MAX + 1)).unwrap_err().to_string();
    assert!(said.contains("too many") && said.contains("at most 1000 targets"), "{said}");

    let why = |bytes: usize| {
        load(&format!("[[kpi]]\nkpi = \"waiting\"\nqueues = [\"*\"]\ntarget = 5\nwhy = \"{}\"\n", "a".repeat(bytes)))
    };
    assert!(why(SENTENCE_BYTES_MAX).is_ok());
    let said = why(SENTENCE_BYTES_MAX + 1).unwrap_err().to_string();
    assert!(said.contains("kpi \"waiting\" why: a name of 513 bytes") && said.ends_with("1 to 512 bytes"), "{said}");
}

#[test]
fn the_ticked_list_tells_each_target_in_plain_words() {
    let config = load(
        r#"
        [[queue]]
        name = "vip"
        [[kpi]]
        kpi = "service_level"
        window = "30m"
        target = 0.8
        critical = 0.7
        min_samples = 20
        owner = "pat"
        why = "We said so."
        [[kpi]]
        kpi = "speed_of_answer"
        stat = "p90"
        queues = ["uk-*", "vip"]
        channels = ["voice"]
        window = "today"
        target = "30s"
        margin = 2.5
        [[kpi]]
        kpi = "waiting"
        target = 10
        "#,
    );
    let ticked = config::ticked(&config.unwrap());
    let targets: Vec<&str> = ticked.iter().map(String::as_str).filter(|line| line.starts_with("target")).collect();
    let expected = "\
target         service_level over 30m of every configured queue: 80 %, warning below 80 %, critical below 70 %; of at least 20 samples; owner pat; why We said so.
target         speed_of_answer.p90 over today of uk-* vip on voice: 30s, warning above 30s, critical above 30s; left by 2500ms
target         waiting now of every configured queue: 10, warning above 10, critical above 10";
    assert_eq!(targets.join("\n"), expected);
}
