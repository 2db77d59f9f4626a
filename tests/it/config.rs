//! Configuration from the outside: what is accepted, what it means, and what is said about the rest.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use contactpulse::config::{self, Bootstrap, Config, ConfigError, REFERENCE};
use contactpulse::rules::{Scale, SurveyRules, Window};
use contactpulse::time::Span;
use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;

fn load(text: &str, set: &[&str]) -> Result<Config, ConfigError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bad.toml");
    fs::write(&path, text).unwrap();
    fs::copy("config/examples/holidays.ics", folder.path().join("holidays.ics")).unwrap();
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    Config::load(Some(&path), &set)
}

fn set(set: &[&str]) -> Config {
    load("", set).unwrap()
}

/// What is said about a file `bad.toml`, without the folder that it is in.
fn message(text: &str, set: &[&str]) -> String {
    let said = load(text, set).expect_err(text).to_string();
    said.split_inclusive('\n').map(without_folder).collect()
}

fn without_folder(line: &str) -> &str {
    let name = line.starts_with('/').then(|| line.find("bad.toml:")).flatten();
    &line[name.unwrap_or(0)..]
}

/// The reference with its commented-out settings switched on.
fn full_reference() -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    REFERENCE.lines().map(on).collect::<Vec<_>>().join("\n")
}

/// One case of `config_refused.txt`: a file, `--set`s, and what is said.
struct Case<'a> {
    title: &'a str,
    file: String,
    set: Vec<&'a str>,
    says: &'a str,
}

/// Holds every case of a file of that kind, at least so many, against what is said.
pub fn assert_refused(file: &str, cases_min: usize) {
    let script = fs::read_to_string(file).unwrap();
    let cases: Vec<Case<'_>> = script.split("\n=== ").skip(1).map(read_case).collect();
    assert!(cases.len() >= cases_min, "only {} cases were read", cases.len());
    let wrong = cases.iter().filter_map(|case| {
        let says = message(&case.file, &case.set);
        (says != case.says).then(|| format!("=== {}\n{says}\n--- and not\n{}\n", case.title, case.says))
    });
    let wrong: String = wrong.collect();
    assert!(wrong.is_empty(), "\n{wrong}");
}

fn read_case(block: &str) -> Case<'_> {
    let (title, rest) = block.split_once('\n').unwrap();
    let (given, says) = rest.split_once("--- says\n").unwrap_or((rest, ""));
    let set = given.lines().filter_map(|line| line.strip_prefix("--set ")).collect();
    let file = given.lines().filter(|line| !line.starts_with("--set ")).map(|line| format!("{line}\n")).collect();
    Case { title, file, set, says: says.trim_end() }
}

#[test]
fn every_mistake_is_told_with_its_place_and_the_way_out() {
    assert_refused("tests/it/config_refused.txt", 70);
}

#[test]
fn the_whole_reference_is_accepted_with_every_setting_on() {
    let config = load(&full_reference(), &[]).unwrap();
    assert_eq!(config.rules.queues.keys().collect::<Vec<_>>(), ["vip"]);
}

/// Every key of the reference, and another value for it.
const OTHER_VALUES: [(&str, &str); 91] = [
    ("time_zone", r#""Asia/Tokyo""#),
    ("day_start", r#""05:00""#),
    ("lateness", r#""10s""#),
    ("max_skew", r#""1m""#),
    ("contact_ttl", r#""4h""#),
    ("ticket_ttl", r#""3650d""#),
    ("after_contact", r#""none""#),
    ("after_contact_max", r#""10m""#),
    ("agent_ttl", r#""8h""#),
    ("agents.states", r#"["training"]"#),
    ("agents.productive", r#"["break"]"#),
    ("export.agents", r#""on""#),
    ("windows.slot", r#""10s""#),
    ("windows.sizes", r#"["5m", "30m", "today", "2h"]"#),
    ("windows.intervals", r#"["15m"]"#),
    ("service_level.threshold", r#""30s""#),
    ("service_level.target", "1"),
    ("service_level.short_abandon", r#""0s""#),
    ("service_level.preset", r#""answered_only""#),
    ("calendar.time_zone", r#""Asia/Tokyo""#),
    ("calendar.hours.mon-fri", r#"["08:00-18:00"]"#),
    ("calendar.hours.sat", "[]"),
    ("calendar.holidays", r#"["2027-01-06"]"#),
    ("calendar.special.2026-12-24", "[]"),
    ("calendar.ics", "[]"),
    ("queue.name", r#""gold""#),
    ("queue.channels", r#"["chat"]"#),
    ("queue.aliases", r#"["1234"]"#),
    ("queue.display", r#""Gold""#),
    ("queue.team", r#""Silver""#),
    ("queue.site", r#""York""#),
    ("queue.tenant", r#""Other Bank""#),
    ("queue.owner", r#""sam""#),
    ("queue.time_zone", r#""Asia/Tokyo""#),
    ("queue.day_start", r#""05:00""#),
    ("queue.service_level.threshold", r#""11s""#),
    ("queue.service_level.target", "0.5"),
    ("queue.service_level.short_abandon", r#""0s""#),
    ("queue.service_level.preset", r#""standard""#),
    ("queue.channel.chat.service_level.threshold", r#""45s""#),
    ("queue.channel.chat.service_level.target", "0.5"),
    ("queue.channel.chat.service_level.short_abandon", r#""0s""#),
    ("queue.channel.chat.service_level.preset", r#""answered_only""#),
    ("queue.match", r#""de-*""#),
    ("tickets.first_response_from", r#""handed_over""#),
    ("tickets.response_within", r#""8h""#),
    ("tickets.statuses", r#"{ waiting = "pending" }"#),
    ("tickets.complaints.reasons", r#"["anger"]"#),
    ("tickets.complaints.tags", "[]"),
    ("tickets.complaint_due", r#""14d""#),
    ("surveys.survey_ttl", r#""7d""#),
    ("surveys.csat.scale", "[0, 5]"),
    ("surveys.csat.satisfied", "[5, 5]"),
    ("surveys.ces.scale", "[0, 7]"),
    ("surveys.ces.easy", "[6, 7]"),
    ("surveys.cx.scale", "[1, 10]"),
    ("kpi.kpi", r#""customer_wait""#),
    ("kpi.stat", r#""max""#),
    ("kpi.window", r#""5m""#),
    ("kpi.queues", r#"["fr-*"]"#),
    ("kpi.channels", r#"["chat"]"#),
    ("kpi.target", "20"),
    ("kpi.warning", r#""40s""#),
    ("kpi.critical", r#""2m""#),
    ("kpi.margin", "1.5"),
    ("kpi.min_samples", "0"),
    ("kpi.owner", r#""sam""#),
    ("kpi.runbook", r#""Call Sam.""#),
    ("kpi.review", r#""never""#),
    ("kpi.why", r#""Because.""#),
    ("kpi.direction", r#""higher""#),
    ("sla.queues", r#"["fr-*"]"#),
    ("sla.channels", r#"["chat"]"#),
    ("sla.priorities", r#"["low"]"#),
    ("sla.tags", r#"["silver"]"#),
    ("sla.clock", r#""calendar""#),
    ("sla.warn_before", r#""1m""#),
    ("sla.targets.first_reply", r#""2h""#),
    ("sla.targets.resolution.within", r#""17h""#),
    ("sla.targets.resolution.warn_before", r#""1h""#),
    ("kafka.brokers", r#"["a:1"]"#),
    ("kafka.topics", r#"["calls"]"#),
    ("kafka.feed_delay", r#"{ contact-events = "10s" }"#),
    ("kafka.group", r#""blue""#),
    ("kafka.bootstrap", r#""earliest""#),
    ("kafka.snapshot_interval", r#""off""#),
    ("kafka.dead_letters", r#""redacted""#),
    ("kafka.properties", r#"{ "client.id" = "a" }"#),
    ("http.listen", r#""127.0.0.1:0""#),
    ("export.windows", r#"["15m"]"#),
    ("export.series_max", "100_000"),
];

/// The keys of a table under their dotted names, those of all calendars under `calendar`, and so on.
fn keys_of(value: &toml::Value, name: &str) -> BTreeSet<String> {
    match value {
        toml::Value::Table(section) if !section.is_empty() => {
            section.iter().flat_map(|(key, value)| keys_of(value, &format!("{name}.{key}"))).collect()
        }
        toml::Value::Array(items) if !items.is_empty() && items.iter().all(toml::Value::is_table) => {
            items.iter().flat_map(|item| keys_of(item, name)).collect()
        }
        _ => [name.trim_start_matches('.').to_owned()].into(),
    }
}

/// The place of a dotted key, in the first block that has it for `calendar`, `queue`, `kpi` and `sla`.
fn place<'a>(value: &'a mut toml::Value, key: &str) -> &'a mut toml::Value {
    let blocks = ["calendar", "queue", "kpi", "sla"].into_iter();
    let block = blocks.clone().find_map(|block| Some((block, key.strip_prefix(block)?.strip_prefix('.')?)));
    let Some((name, inside)) = block else {
        return key.split('.').fold(value, |value, name| &mut value[name]);
    };
    let first = inside.split('.').next().unwrap();
    let blocks = value[name].as_array_mut().unwrap();
    let block = blocks.iter_mut().find(|block| block.get(first).is_some()).unwrap();
    inside.split('.').fold(block, |value, name| &mut value[name])
}

#[test]
fn every_key_of_the_reference_is_known_to_these_tests() {
    let reference: toml::Value = toml::from_str(&full_reference()).unwrap();
    let of_their_own = [
        "export.pseudonym_key",
        "surveys.ces.better",
        "calendar.name",
        "queue.calendar",
        "sla.name",
        "sla.calendar",
        "sla.targets.resolution.clock",
    ];
    let of_their_own = of_their_own.map(str::to_owned);
    let known = OTHER_VALUES.map(|(key, _)| key.to_owned()).into_iter().chain(of_their_own);
    assert_eq!(keys_of(&reference, ""), known.collect());
}

#[test]
fn another_key_gives_agents_other_pseudonyms_and_is_shown_to_nobody() {
    let config = |key: &str| set(&["export.agents=pseudonym", &format!("export.pseudonym_key={key}")]);
    let (one, other) = (config("sixteen bytes..1"), config("sixteen bytes..2"));
    assert_ne!(one.export.agents, other.export.agents);
    assert_eq!(one.export.agents, config("sixteen bytes..1").export.agents);
    assert!(!format!("{one:?}").contains("sixteen") && !config::ticked(&one).join("\n").contains("sixteen"));
}

#[test]
fn a_key_of_pseudonyms_that_is_no_text_is_not_shown_either() {
    for secret in ["1234567890123456", "1_234_567_890_123_456", "0x1234567890123456"] {
        let told = load(&format!("[export]\npseudonym_key = {secret}\n"), &[]).unwrap_err().to_string();
        assert!(told.contains("found integer") && told.contains("a text in quotes"), "{told}");
        assert!(!told.contains("12345") && !told.contains("234_567"), "{told}");
    }
}

#[test]
fn agents_are_off_and_saying_so_changes_nothing() {
    assert_eq!(set(&["export.agents=off"]), Config::load(None, &[]).unwrap());
}

#[test]
fn a_section_of_surveys_turns_on_that_is_remembered_who_served_what_is_over() {
    let rules = |text: &str, sets: &[&str]| load(text, sets).unwrap().rules;
    assert!(!rules("", &[]).surveys.is_served_remembered);
    let defaults = SurveyRules { is_served_remembered: true, ..SurveyRules::default() };
    assert_eq!(rules("[surveys]\n", &[]).surveys, defaults);
    assert!(rules("", &["surveys.survey_ttl=7d"]).surveys.is_served_remembered);
    assert_eq!(load(&full_reference(), &[]).unwrap().rules.surveys, defaults, "the reference tells the defaults");
}

#[test]
fn where_less_effort_is_a_lower_score_the_easy_ones_are_low() {
    let rules = set(&[r#"surveys.ces={ scale = [1, 5], easy = [1, 2], better = "lower" }"#]).rules.surveys;
    assert!(!rules.is_high_ces_better);
    assert_eq!(rules.ces, Scale::new(1, 5, Some((1, 2))));
}

#[test]
fn a_ticket_may_live_for_ten_years_and_a_bit_of_a_table_leaves_the_rest() {
    let rules = load("[tickets]\ncomplaints.tags = [\"anger\"]\n", &["ticket_ttl=3650d"]).unwrap().rules.tickets;
    assert_eq!(rules.ttl, Span::from_seconds(3_650 * 86_400));
    assert!(rules.complaints.tags.contains("anger") && !rules.complaints.tags.contains("complaint"));
    assert!(rules.complaints.reasons.contains("complaint"));
}

#[test]
fn no_key_is_dead_changing_any_changes_the_configuration() {
    let reference: toml::Value = toml::from_str(&full_reference()).unwrap();
    let unchanged = load(&toml::to_string(&reference).unwrap(), &[]).unwrap();
    for (key, other) in OTHER_VALUES {
        let mut changed = reference.clone();
        let other: toml::Table = toml::from_str(&format!("value = {other}")).unwrap();
        *place(&mut changed, key) = other["value"].clone();
        assert_ne!(load(&toml::to_string(&changed).unwrap(), &[]).unwrap(), unchanged, "{key}");
    }
}

#[test]
fn an_empty_file_and_no_file_give_the_defaults() {
    assert_eq!(load("", &[]).unwrap(), Config::load(None, &[]).unwrap());
}

#[test]
fn a_set_goes_over_the_file_and_the_last_one_wins() {
    let file = "lateness = \"10s\"\n[service_level]\nthreshold = \"15s\"\n";
    let config = load(file, &["lateness=20s", "lateness=40s", "service_level.short_abandon=0s"]).unwrap();
    assert_eq!(config.rules.lateness, Span::from_seconds(40));
    assert_eq!(config.rules.service_level.threshold, Span::from_seconds(15));
    assert_eq!(config.rules.service_level.short_abandon, Span::ZERO);
}

#[test]
fn a_set_value_is_toml_or_else_text() {
    let config = set(&[
        r#"kafka.brokers=["a:1", "b:2"]"#,
        "kafka.group=night-shift",
        "service_level.target = 0.9",
        "lateness = 10s",
        "day_start=06:30",
        "http.listen=127.0.0.1:0",
    ]);
    assert_eq!(config.kafka.brokers, ["a:1", "b:2"]);
    assert_eq!(config.kafka.group, "night-shift");
    assert_eq!(config.rules.lateness, Span::from_seconds(10));
    assert_eq!(config.rules.service_level.target.to_bits(), 0.9_f64.to_bits());
    assert_eq!(config.rules.day.start, Span::from_seconds(23_400));
    assert_eq!(config.http.listen.port(), 0);
}

#[test]
fn a_set_over_a_broken_value_mends_it() {
    assert!(load("lateness = 5\n", &["lateness=5s"]).is_ok());
}

#[test]
fn a_span_for_one_channel_leaves_the_others_what_they_had() {
    let config = load("contact_ttl = \"6h\"\n", &["contact_ttl.voice=2h"]).unwrap();
    assert_eq!(config.rules.contact_ttl.of("voice"), Span::from_seconds(7_200));
    assert_eq!(config.rules.contact_ttl.of("chat"), Span::from_seconds(21_600));
}

#[test]
fn a_queue_takes_what_it_does_not_set_from_the_centre() {
    let file = r#"
        time_zone = "Asia/Tokyo"
        service_level.target = 0.9
        [[queue]]
        name = "vip"
        day_start = "06:00"
        service_level.threshold = "10s"
    "#;
    let rules = load(file, &[]).unwrap().rules;
    let vip = &rules.queues["vip"];
    assert_eq!(vip.channels, ["voice"]);
    assert_eq!(vip.day.zone, rules.day.zone);
    assert_eq!(vip.day.start, Span::from_seconds(21_600));
    assert_eq!(vip.service_level.threshold, Span::from_seconds(10));
    assert_eq!(vip.service_level.short_abandon, rules.service_level.short_abandon);
    assert_eq!(vip.service_level.target.to_bits(), 0.9_f64.to_bits());
}

#[test]
fn unnamed_export_windows_are_those_of_the_defaults_that_are_kept() {
    let minutes = |n: i64| Window::Sliding(Span::from_seconds(60 * n));
    assert_eq!(set(&[r#"windows.sizes=["30m", "2h"]"#]).export.windows, [minutes(30)]);
    let none_of_them = set(&[r#"windows.sizes=["2h"]"#, "windows.intervals=[]"]);
    assert_eq!(none_of_them.export.windows, [minutes(120)]);
    assert_eq!(set(&[r#"export.windows=["60m"]"#]).export.windows, [minutes(60)]);
}

#[test]
fn properties_may_be_typed_as_one_name_or_as_tables_and_the_last_one_wins() {
    let file = "[kafka.properties]\n\"client.id\" = \"a\"\nfetch.min.bytes = 5\nisolation.level = \"read_committed\"\n";
    let properties = load(file, &["kafka.properties.client.id=b"]).unwrap().kafka.properties;
    let expected = [("client.id", "b"), ("fetch.min.bytes", "5"), ("isolation.level", "read_committed")];
    assert_eq!(properties, expected.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
}

#[test]
fn every_topic_has_a_feed_delay() {
    let config = load("[kafka]\ntopics = [\"calls\", \"chats\"]\nfeed_delay.chats = \"1m\"\n", &[]).unwrap();
    let expected = [("calls", 0), ("chats", 60)].map(|(topic, s)| (topic.to_owned(), Span::from_seconds(s)));
    assert_eq!(config.kafka.feed_delay, expected.into());
}

#[test]
fn a_missing_file_is_told_from_a_bad_one() {
    let missing = Config::load(Some(Path::new("no/such/file.toml")), &[]).unwrap_err();
    assert!(missing.is_missing_file());
    assert_eq!(missing.reason(), "unreadable");
    assert!(missing.to_string().starts_with("cannot read the configuration no/such/file.toml: "), "{missing}");
    let bad = load("lateness = 5\n", &[]).unwrap_err();
    assert!(!bad.is_missing_file());
    assert_eq!(bad.reason(), "invalid");
}

#[test]
fn a_file_that_is_not_text_is_refused_at_its_line() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("latin1.toml");
    fs::write(&path, b"# fine\n# Stra\xdfe\n").unwrap();
    let error = Config::load(Some(&path), &[]).unwrap_err();
    assert_eq!(error.to_string(), format!("{}:2: not UTF-8; save the file as UTF-8 text", path.display()));
    assert_eq!(error.reason(), "not_text");
}

#[test]
fn a_byte_order_mark_is_no_mistake() {
    assert_eq!(load("\u{feff}lateness = \"5s\"\n", &[]).unwrap().rules.lateness, Span::from_seconds(5));
}

#[test]
fn passwords_show_neither_in_debug_output_nor_in_the_ticked_list() {
    let config = set(&["kafka.properties.sasl.password=secret-word"]);
    assert_eq!(config.kafka.properties["sasl.password"], "secret-word");
    assert!(!format!("{config:?}").contains("secret-word"));
    assert!(!config::ticked(&config).join("\n").contains("secret-word"));
}

fn examples() -> Vec<PathBuf> {
    let files = fs::read_dir("config/examples").unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == "toml")).collect()
}

#[test]
fn every_example_is_accepted() {
    let examples = examples();
    assert!(examples.len() >= 3);
    for path in examples {
        let config = Config::load(Some(&path), &[]).unwrap_or_else(|error| panic!("{error}"));
        assert_ne!(config, Config::load(None, &[]).unwrap(), "{}", path.display());
    }
}

#[test]
fn the_backfill_example_begins_at_the_first_record() {
    let config = Config::load(Some(Path::new("config/examples/backfill.toml")), &[]).unwrap();
    assert_eq!(config.kafka.bootstrap, Bootstrap::Earliest);
}

#[test]
fn the_ticked_list_says_what_the_configuration_means() {
    let config = Config::load(Some(Path::new("config/examples/voice.toml")), &[]).unwrap();
    let expected = "\
day            Europe/Berlin, from 00:00
lateness       events are sorted in up to 30s late, refused beyond 5m ahead of the broker's time
contacts       given up after 12h without an event
after contact  ends with contact.wrapped, or is left out after 15m
tickets        a first response within 1d of the creation is in time; given up after 365d without an event
complaints     reason complaint, tag complaint; due in 10d
surveys        csat 1 to 5, satisfied 4 to 5; ces 1 to 7, easy 5 to 7; cx 1 to 5; who served what is over is not remembered
agents         offline after 16h without an event, not shown one by one
windows        5m 15m 30m 1h today, intervals of 30m, slots of 5s
service level  80 % in 20s, abandons up to 5s are short, standard
queue          sales (voice): 80 % in 20s, abandons up to 5s are short, standard
queue          service (voice): 80 % in 20s, abandons up to 5s are short, standard
queue          vip (voice): 90 % in 10s, abandons up to 5s are short, standard; shown as Priority customers
kafka brokers  kafka-1:9092 kafka-2:9092 kafka-3:9092
kafka topics   contact-events
kafka group    contactpulse, rebuilt from 1d before now
snapshots      every 30s, in topic contactpulse.snapshots
dead letters   rejected records go to topic contactpulse.dead-letters as they came
kafka client   sets security.protocol ssl.ca.location
http           127.0.0.1:9898
export         gauges of 5m 30m today";
    let ticked = config::ticked(&config);
    let (series, others) = ticked.split_last().unwrap();
    assert_eq!(others.join("\n"), expected);
    let costs = config.series_costs();
    let (configured, further) = (costs.configured(), costs.queue() + costs.pair("voice"));
    let told = format!("series         up to {configured} for what is configured, {further} for each further queue, ");
    assert!(series.starts_with(&told) && series.ends_with("at most 250000"), "{series}");
}

#[test]
fn the_ticked_list_tells_a_queue_s_own_day_and_a_late_feed() {
    let config = Config::load(Some(Path::new("config/examples/follow-the-sun.toml")), &[]).unwrap();
    let ticked = config::ticked(&config).join("\n");
    for part in [
        "support-apac (voice chat): ",
        "; Asia/Singapore, from 06:00",
        "chat-events (1m late)",
        "12h, chat 3d, voice 4h",
    ] {
        assert!(ticked.contains(part), "{part} in\n{ticked}");
    }
}

#[test]
fn the_ticked_list_tells_what_tickets_and_surveys_are_judged_by() {
    let config = set(&[
        "tickets.first_response_from=handed_over",
        r#"tickets.statuses={ waiting = "pending", vendor = "on_hold" }"#,
        "tickets.complaints={ reasons = [], tags = [] }",
        "surveys.csat={ scale = [1, 10], satisfied = [9, 10] }",
    ]);
    let ticked = config::ticked(&config).join("\n");
    for part in [
        "within 1d of the handover from a bot is in time; ",
        "; vendor is on_hold; waiting is pending\n",
        "complaints     none\n",
        "csat 1 to 10, satisfied 9 to 10; ",
        "; who served what is over is remembered for 14d\n",
    ] {
        assert!(ticked.contains(part), "{part} in\n{ticked}");
    }
}

proptest! {
    #[test]
    fn a_mangled_file_is_accepted_or_told_but_never_a_panic(
        edits in vec((any::<prop::sample::Index>(), "[a-z0-9ä€\\[\\]{}=\"'#.,\n\t -]{0,3}", 0..4_usize), 1..6),
    ) {
        let mut text: Vec<char> = full_reference().chars().collect();
        for (place, inserted, removed) in edits {
            let from = place.index(text.len());
            let to = (from + removed).min(text.len());
            text.splice(from..to, inserted.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(ConfigError::Invalid { mistakes }) = load(&text, &[]) {
            prop_assert!(!mistakes.is_empty());
            prop_assert!(mistakes.iter().all(|mistake| mistake.to_string().contains("bad.toml:")), "{mistakes:?}");
        }
    }
}
