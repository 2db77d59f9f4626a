//! Settings for queues from the outside: by name, by alias and by pattern, and which of them holds.

use std::collections::BTreeSet;

use contactpulse::config::{self, Config, ConfigError};
use contactpulse::limits::{ALIASES_MAX, CHANNELS_MAX, PATTERNS_MAX, QUEUES_MAX};
use contactpulse::rules::{QueueRules, Rules, ServiceLevel};
use contactpulse::time::Span;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn load(text: &str) -> Result<Config, ConfigError> {
    Config::parse("centre", text, &[])
}

fn rules(text: &str) -> Rules {
    load(text).unwrap_or_else(|error| panic!("{error}\n{text}")).rules
}

fn seconds(seconds: i64) -> Span {
    Span::from_seconds(seconds)
}

#[test]
fn a_setting_of_one_channel_wins_over_one_of_all_wherever_either_stands() {
    let rules = rules(
        r#"
        service_level.threshold = "30s"
        [[queue]]
        name = "uk-sales"
        service_level.threshold = "10s"
        [[queue]]
        match = "uk-*"
        service_level.target = 0.7
        channel.chat.service_level.threshold = "60s"
        "#,
    );
    let on = |queue: &str, channel: &str| rules.service_level(queue, channel);
    assert_eq!(
        [on("uk-sales", "voice"), on("uk-sales", "chat")].map(|level| level.threshold),
        [seconds(10), seconds(60)]
    );
    assert_eq!([on("uk-new", "voice"), on("uk-new", "chat")].map(|level| level.threshold), [seconds(30), seconds(60)]);
    assert_eq!(on("uk-sales", "chat").target.to_bits(), 0.7_f64.to_bits());
    assert_eq!(on("de-new", "chat"), ServiceLevel { threshold: seconds(30), ..ServiceLevel::default() });
}

#[test]
fn a_later_pattern_lies_over_an_earlier_one_and_the_queue_s_own_block_over_both() {
    let rules = rules(
        r#"
        [[queue]]
        name = "uk-vip"
        site = "York"
        [[queue]]
        match = "uk-*"
        site = "Leeds"
        team = "Gold"
        time_zone = "Europe/London"
        [[queue]]
        match = "*-vip"
        team = "Platinum"
        day_start = "06:00"
        "#,
    );
    let labels = |queue: &str| {
        let QueueRules { team, site, tenant, owner, .. } = rules.queue(queue).into_owned();
        [team, site, tenant, owner].map(Option::unwrap_or_default)
    };
    assert_eq!(labels("uk-vip"), ["Platinum", "York", "", ""]);
    assert_eq!(labels("uk-new"), ["Gold", "Leeds", "", ""]);
    assert_eq!(labels("fr-vip"), ["Platinum", "", "", ""]);
    let day = rules.day("uk-vip");
    assert_eq!((day.zone.iana_name(), day.start), (Some("Europe/London"), seconds(6 * 3_600)));
    assert_eq!(rules.day("other"), rules.day);
}

#[test]
fn a_queue_is_found_by_each_of_its_names() {
    let rules = rules("[[queue]]\nname = \"vip\"\naliases = [\"7f3c\", \"VIP Voice\"]\n[[queue]]\nmatch = \"uk-*\"\n");
    assert_eq!(["7f3c", "VIP Voice", "vip", "other"].map(|told| rules.canonical(told)), ["vip", "vip", "vip", "other"]);
    let configured = ["vip", "uk-new", "7f3c", "other"].map(|queue| rules.is_configured(queue));
    assert_eq!(configured, [true, true, false, false]);
}

#[test]
fn a_queue_has_the_channels_that_it_names_or_else_voice_and_those_with_settings() {
    let own = "channel.chat.service_level.threshold = \"60s\"\nchannel.voice.service_level.target = 0.9\n";
    let channels = |text: &str| rules(&format!("[[queue]]\nname = \"vip\"\n{text}")).queues["vip"].channels.clone();
    assert_eq!(channels(""), ["voice"]);
    assert_eq!(channels(own), ["voice", "chat"]);
    assert_eq!(channels(&format!("channels = [\"email\"]\n{own}")), ["email"]);
    assert!(rules("").queue("vip").channels.is_empty(), "a queue that nobody named shows nothing from the start");
}

#[test]
fn every_threshold_that_is_set_anywhere_is_known() {
    let rules = rules(
        r#"
        [[queue]]
        name = "vip"
        service_level.threshold = "10s"
        channel.chat.service_level.threshold = "45s"
        [[queue]]
        match = "uk-*"
        service_level.threshold = "15s"
        channel.chat.service_level.threshold = "90s"
        "#,
    );
    assert_eq!(rules.thresholds(), [10, 15, 20, 45, 90].map(seconds).into());
}

#[test]
fn settings_under_a_text_of_its_own_are_told_by_its_name() {
    assert_eq!(Config::parse("centre", "lateness = \"5s\"", &[]).unwrap().rules.lateness, seconds(5));
    let set = ["lateness=7s".to_owned()];
    assert_eq!(Config::parse("centre", "lateness = \"5s\"", &set).unwrap().rules.lateness, seconds(7));
    let error = load("\nlateness = 5\n").unwrap_err().to_string();
    assert!(error.starts_with("centre:2:12: lateness: found integer `5`"), "{error}");
}

#[test]
fn the_ticked_list_tells_patterns_aliases_labels_and_channels_in_plain_words() {
    let config = load(
        r#"
        [[queue]]
        name = "vip"
        aliases = ["v1", "7f3c"]
        team = "Gold"
        owner = "pat"
        channel.chat.service_level.threshold = "60s"
        channel.chat.service_level.short_abandon = "0s"
        [[queue]]
        match = "uk-*"
        service_level.threshold = "30s"
        channel.chat.service_level.target = 0.7
        channel.email.service_level = {}
        time_zone = "Europe/London"
        site = "Leeds"
        [[queue]]
        match = "*-vip"
        service_level = { target = 0.9, threshold = "10s", short_abandon = "2s", preset = "answered_only" }
        day_start = "06:00"
        [[queue]]
        match = "*"
        "#,
    );
    let ticked = config::ticked(&config.unwrap());
    let queues: Vec<&str> = ticked.iter().map(String::as_str).filter(|line| line.starts_with("queue")).collect();
    let expected = "\
queues         all that match uk-*: in 30s; on chat 70 %; Europe/London; site Leeds
queues         all that match *-vip: 90 % in 10s, abandons up to 2s are short, answered_only; from 06:00
queues         all that match *: nothing of their own
queue          vip (voice chat): 80 % in 20s, abandons up to 5s are short, standard; \
on chat 80 % in 1m, every abandon counts, standard; also called 7f3c v1; team Gold, owner pat";
    assert_eq!(queues.join("\n"), expected);
}

/// So many blocks, told apart by this key.
fn blocks(key: &str, count: usize) -> String {
    let room = "[export]\nseries_max = 10000000\n".to_owned();
    room + &(0..count).map(|n| format!("[[queue]]\n{key} = \"{n}\"\n")).collect::<String>()
}

/// A queue with so many entries in one of its lists.
fn list(key: &str, count: usize) -> String {
    let items: Vec<String> = (0..count).map(|n| format!("\"a{n}\"")).collect();
    format!("[[queue]]\nname = \"vip\"\n{key} = [{}]\n", items.join(", "))
}

fn assert_bounded(what: &str, max: usize, text: impl Fn(usize) -> String) {
    assert!(load(&text(max)).is_ok(), "{what}");
    let Err(ConfigError::Invalid { mistakes }) = load(&text(max + 1)) else { panic!("{what}") };
    let told: Vec<(&str, &str)> = mistakes.iter().map(|told| (told.what.as_str(), told.right.as_str())).collect();
    assert_eq!(told, [("too many", format!("at most {max} {what}").as_str())]);
}

#[test]
fn more_than_the_service_tells_apart_is_refused() {
    assert_bounded("queues", QUEUES_MAX, |count| blocks("name", count));
    assert_bounded("blocks with `match`", PATTERNS_MAX, |count| blocks("match", count));
    assert_bounded("aliases over all queues", ALIASES_MAX, |count| list("aliases", count));
    assert_bounded("channels over all queues", CHANNELS_MAX, |count| list("channels", count));
}

/// The settings of one block that the slow resolution looks at.
#[derive(Clone, Debug, Default)]
struct Level {
    threshold: Option<i64>,
    target: Option<f64>,
    short_abandon: Option<i64>,
}

#[derive(Clone, Debug)]
struct Block {
    /// The name or the pattern; which of the two is where it stands.
    text: &'static str,
    level: Level,
    chat: Option<Level>,
    team: Option<String>,
    start: Option<u8>,
}

impl Level {
    fn lines(&self, before: &str) -> String {
        let threshold = self.threshold.map(|s| format!("{before}.threshold = \"{s}s\"\n"));
        let target = self.target.map(|share| format!("{before}.target = {share}\n"));
        let short = self.short_abandon.map(|s| format!("{before}.short_abandon = \"{s}s\"\n"));
        [threshold, target, short].into_iter().flatten().collect()
    }
}

impl Block {
    fn toml(&self, key: &str) -> String {
        let team = self.team.as_ref().map(|team| format!("team = \"{team}\"\n")).unwrap_or_default();
        let start = self.start.map(|hour| format!("day_start = \"{hour:02}:00\"\n")).unwrap_or_default();
        let chat = self.chat.as_ref().map(|level| level.lines("channel.chat.service_level")).unwrap_or_default();
        let level = self.level.lines("service_level");
        format!("[[queue]]\n{key} = \"{}\"\n{team}{start}{level}{chat}", self.text)
    }
}

/// Every short_abandon is below every threshold, so that nothing is refused and nothing is cut.
fn level() -> impl Strategy<Value = Level> {
    let target = option::of(prop::sample::select(vec![0.5, 0.75, 0.9]));
    (option::of(20..60_i64), target, option::of(0..20_i64)).prop_map(|(threshold, target, short_abandon)| Level {
        threshold,
        target,
        short_abandon,
    })
}

fn block(texts: &'static [&'static str]) -> impl Strategy<Value = Block> {
    let rest = (level(), option::of(level()), option::of("[a-c]"), option::of(0..24_u8));
    (prop::sample::select(texts), rest).prop_map(|(text, (level, chat, team, start))| Block {
        text,
        level,
        chat,
        team,
        start,
    })
}

const QUEUES: [&str; 5] = ["uk-vip", "uk-sales", "de-vip", "x", "uk-"];

/// Whether the pattern is for this name, one character at a time.
fn is_for(pattern: &str, name: &str) -> bool {
    let (mut rest, mut left) = (pattern.chars(), name.chars());
    match rest.next() {
        None => name.is_empty(),
        Some('*') => is_for(rest.as_str(), name) || left.next().is_some() && is_for(pattern, left.as_str()),
        Some(wanted) => {
            left.next().is_some_and(|c| wanted == '?' || wanted == c) && is_for(rest.as_str(), left.as_str())
        }
    }
}

/// The blocks that are for a queue, that which wins first.
fn winners<'a>(queue: &str, named: &'a [Block], patterns: &'a [Block]) -> Vec<&'a Block> {
    let own = named.iter().filter(|block| block.text == queue);
    own.chain(patterns.iter().rev().filter(|block| is_for(block.text, queue))).collect()
}

/// The first that says anything: on the channel, then on all, then the centre's.
fn looked_up<T: Copy>(blocks: &[&Block], channel: &str, read: impl Fn(&Level) -> Option<T>, centre: T) -> T {
    let on_channel = blocks.iter().filter(|_| channel == "chat").filter_map(|block| read(block.chat.as_ref()?));
    on_channel.chain(blocks.iter().filter_map(|block| read(&block.level))).next().unwrap_or(centre)
}

proptest! {
    #[test]
    fn what_holds_for_a_queue_is_what_looking_it_up_block_by_block_gives(
        mut named in vec(block(&QUEUES), 0..4),
        patterns in vec(block(&["*", "uk-*", "*-vip", "??-*", "uk-vip", "uk-?*", "X"]), 0..5),
        named_first in any::<bool>(),
    ) {
        let mut seen = BTreeSet::new();
        named.retain(|block| seen.insert(block.text));
        let of_named: String = named.iter().map(|block| block.toml("name")).collect();
        let of_patterns: String = patterns.iter().map(|block| block.toml("match")).collect();
        let rules = rules(&if named_first { of_named + &of_patterns } else { of_patterns + &of_named });
        for queue in QUEUES {
            let blocks = winners(queue, &named, &patterns);
            for channel in ["voice", "chat"] {
                let expected = ServiceLevel {
                    threshold: looked_up(&blocks, channel, |level| level.threshold.map(seconds), seconds(20)),
                    target: looked_up(&blocks, channel, |level| level.target, 0.8),
                    short_abandon: looked_up(&blocks, channel, |level| level.short_abandon.map(seconds), seconds(5)),
                    ..ServiceLevel::default()
                };
                prop_assert_eq!(rules.service_level(queue, channel), expected, "{} {}", queue, channel);
                prop_assert!(rules.thresholds().contains(&expected.threshold));
            }
            let found = rules.queue(queue);
            prop_assert_eq!(&found.team, &blocks.iter().find_map(|block| block.team.clone()));
            let hour = blocks.iter().find_map(|block| block.start).unwrap_or(0);
            prop_assert_eq!(rules.day(queue).start, seconds(3_600 * i64::from(hour)));
            prop_assert_eq!(rules.is_configured(queue), !blocks.is_empty());
        }
    }

    #[test]
    fn in_no_queue_and_on_no_channel_a_short_abandon_is_above_its_threshold(
        blocks in vec((block(&["*", "uk-*", "*-vip", "??-*", "uk-?*"]), 1..20_i64), 0..5),
    ) {
        let low = |(mut block, s): (Block, i64)| {
            block.level.threshold = block.level.threshold.map(|_| s);
            block
        };
        let text: String = blocks.into_iter().map(low).map(|block| block.toml("match")).collect();
        if let Ok(config) = load(&text) {
            for queue in QUEUES {
                for level in ["voice", "chat"].map(|channel| config.rules.service_level(queue, channel)) {
                    prop_assert!(level.short_abandon <= level.threshold, "{} {:?}", queue, level);
                }
            }
        }
    }
}
