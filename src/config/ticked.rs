//! What a good configuration means, in a list to be read by whoever wrote it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::{Bootstrap, Config, DeadLetters, Kafka};
use crate::event::Thousandths;
use crate::rules::{AfterContact, ByChannel, Day, LevelSettings, Pattern, QueueRules, QueueSettings, Rules};
use crate::rules::{Complaints, FirstResponseFrom, Scale, ServiceLevel, SurveyRules, TicketRules, Window};
use crate::time::Span;

/// The channel that a queue has most likely.
const VOICE: &str = "voice";

/// What was checked and what it means, a line each: its subject, two blanks or more, then the meaning.
pub fn ticked(config: &Config) -> Vec<String> {
    let rules = &config.rules;
    let mut lines = vec![
        ("day", day(&rules.day)),
        (
            "lateness",
            format!(
                "events are sorted in up to {} late, refused beyond {} ahead of the broker's time",
                rules.lateness, rules.max_skew
            ),
        ),
        ("contacts", format!("given up after {} without an event", by_channel(&rules.contact_ttl))),
        ("after contact", after_contact(rules)),
        ("tickets", tickets(&rules.tickets)),
        ("complaints", complaints(&rules.tickets.complaints)),
        ("surveys", surveys(&rules.surveys)),
        ("agents", super::agents::ticked(config)),
        ("windows", windows(rules)),
        ("service level", service_level(&rules.service_level)),
    ];
    lines.extend(
        rules.calendars.iter().map(|(name, own)| ("calendar", super::ticked_calendars::calendar(name, own, config))),
    );
    lines.extend(rules.patterns.iter().map(|pattern| ("queues", matching(pattern))));
    lines.extend(rules.queues.iter().map(|(name, own)| ("queue", queue(name, own, rules))));
    lines.extend(rules.targets.iter().map(|target| ("target", super::ticked_targets::target(target))));
    lines.extend(rules.policies.iter().map(|policy| ("promises", super::ticked_targets::policy(policy))));
    lines.extend(kafka(&config.kafka));
    lines.push(("http", config.http.listen.to_string()));
    lines.push(("export", format!("gauges of {}", names(&config.export.windows))));
    lines.push(("series", series(config)));
    lines.into_iter().map(|(subject, meaning)| format!("{subject:<14} {meaning}")).collect()
}

/// How many series `/metrics` has by this config, and what a further queue adds.
pub fn series(config: &Config) -> String {
    let costs = config.series_costs();
    let (configured, further) = (costs.configured(), costs.queue() + costs.pair(VOICE));
    let (partition, max) = (costs.partition(), config.export.series_max);
    format!(
        "up to {configured} for what is configured, {further} for each further queue, {partition} for each partition; \
         at most {max}"
    )
}

fn day(day: &Day) -> String {
    format!("{}, {}", zone(&day.zone), day_start(day.start))
}

fn open_by(calendar: &str) -> String {
    format!("open by {calendar}")
}

pub(super) fn zone(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}

fn day_start(start: Span) -> String {
    let minutes = start.as_millis() / 60_000;
    format!("from {:02}:{:02}", minutes / 60, minutes % 60)
}

fn by_channel(spans: &ByChannel) -> String {
    let named: String = spans.named.iter().map(|(channel, span)| format!(", {channel} {span}")).collect();
    format!("{}{named}", spans.default)
}

fn after_contact(rules: &Rules) -> String {
    match rules.after_contact {
        AfterContact::Events => format!("ends with contact.wrapped, or is left out after {}", rules.after_contact_max),
        AfterContact::None => "never told: a leg is booked when its talk ends".to_owned(),
    }
}

fn tickets(rules: &TicketRules) -> String {
    let from = match rules.first_response_from {
        FirstResponseFrom::Created => "the creation",
        FirstResponseFrom::HandedOver => "the handover from a bot",
    };
    let own = rules.statuses.iter().map(|(word, status)| format!("; {word} is {}", status.name()));
    let own: String = own.collect();
    format!(
        "a first response within {} of {from} is in time; given up after {} without an event{own}",
        rules.response_within, rules.ttl
    )
}

fn complaints(rules: &Complaints) -> String {
    let listed = |words: &BTreeSet<String>, what: &str| {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        (!words.is_empty()).then(|| format!("{what} {}", words.join(" ")))
    };
    let known: Vec<String> =
        [listed(&rules.reasons, "reason"), listed(&rules.tags, "tag")].into_iter().flatten().collect();
    if known.is_empty() { "none".to_owned() } else { format!("{}; due in {}", known.join(", "), rules.due) }
}

fn surveys(rules: &SurveyRules) -> String {
    let scores = |(least, greatest): (Thousandths, Thousandths)| format!("{} to {}", least.points(), greatest.points());
    let scale = |scale: &Scale, word: &str| {
        let good = scale.good.map(|good| format!(", {word} {}", scores(good)));
        format!("{}{}", scores(scale.all), good.unwrap_or_default())
    };
    let served = if rules.is_served_remembered {
        format!("who served what is over is remembered for {}", rules.ttl)
    } else {
        "who served what is over is not remembered".to_owned()
    };
    let (csat, ces) = (scale(&rules.csat, "satisfied"), scale(&rules.ces, "easy"));
    format!("csat {csat}; ces {ces}; cx {}; {served}", scale(&rules.cx, ""))
}

fn windows(rules: &Rules) -> String {
    let sliding = |window: &&Window| matches!(window, Window::Sliding(_) | Window::Today);
    let sizes: Vec<Window> = rules.windows.kept.iter().filter(sliding).copied().collect();
    let interval = |window: &Window| if let Window::This(span) = window { Some(*span) } else { None };
    let intervals: Vec<Span> = rules.windows.kept.iter().filter_map(interval).collect();
    let mut parts =
        vec![names(&sizes), format!("intervals of {}", spans(&intervals)), format!("slots of {}", rules.windows.slot)];
    if intervals.is_empty() {
        parts.remove(1);
    }
    parts.join(", ")
}

fn names(windows: &[Window]) -> String {
    let names: Vec<String> = windows.iter().map(|window| window.name()).collect();
    if names.is_empty() { "no window".to_owned() } else { names.join(" ") }
}

fn spans(spans: &[Span]) -> String {
    spans.iter().map(Span::to_string).collect::<Vec<_>>().join(" ")
}

fn service_level(level: &ServiceLevel) -> String {
    let short = short_abandon(level.short_abandon);
    format!("{} in {}, {short}, {}", percent(level.target), level.threshold, level.preset.name())
}

pub(super) fn percent(share: f64) -> String {
    format!("{} %", (share * 1e6).round() / 1e4)
}

fn short_abandon(short: Span) -> String {
    match short {
        Span::ZERO => "every abandon counts".to_owned(),
        short => format!("abandons up to {short} are short"),
    }
}

fn queue(name: &str, own: &QueueRules, rules: &Rules) -> String {
    let mut parts = vec![format!("{name} ({}): {}", own.channels.join(" "), service_level(&own.service_level))];
    parts.extend(own.by_channel.iter().map(|(channel, level)| format!("on {channel} {}", service_level(level))));
    parts.extend((own.day != rules.day).then(|| day(&own.day)));
    parts.extend(own.calendar.as_deref().map(open_by));
    parts.extend(own.display.as_ref().map(|display| format!("shown as {display}")));
    let aliases: Vec<&str> =
        rules.aliases.iter().filter(|(_, queue)| *queue == name).map(|(alias, _)| alias.as_str()).collect();
    parts.extend((!aliases.is_empty()).then(|| format!("also called {}", aliases.join(" "))));
    parts.extend(labels([&own.team, &own.site, &own.tenant, &own.owner]));
    parts.join("; ")
}

fn matching(pattern: &Pattern) -> String {
    let QueueSettings { service_level, by_channel, zone: own_zone, day_start: start, calendar, .. } = &pattern.settings;
    let QueueSettings { team, site, tenant, owner, .. } = &pattern.settings;
    let mut parts: Vec<String> = level_settings(service_level).into_iter().collect();
    parts.extend(
        by_channel.iter().filter_map(|(channel, level)| Some(format!("on {channel} {}", level_settings(level)?))),
    );
    let day: Vec<String> = own_zone.as_ref().map(zone).into_iter().chain(start.map(day_start)).collect();
    parts.extend((!day.is_empty()).then(|| day.join(", ")));
    parts.extend(calendar.as_deref().map(open_by));
    parts.extend(labels([team, site, tenant, owner]));
    let meaning = if parts.is_empty() { "nothing of their own".to_owned() } else { parts.join("; ") };
    format!("all that match {}: {meaning}", pattern.text())
}

/// What is said of service level, if anything.
fn level_settings(level: &LevelSettings) -> Option<String> {
    let within = match (level.target, level.threshold) {
        (Some(target), Some(threshold)) => Some(format!("{} in {threshold}", percent(target))),
        (Some(target), None) => Some(percent(target)),
        (None, threshold) => threshold.map(|threshold| format!("in {threshold}")),
    };
    let short = level.short_abandon.map(short_abandon);
    let preset = level.preset.map(|preset| preset.name().to_owned());
    let parts: Vec<String> = [within, short, preset].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn labels(values: [&Option<String>; 4]) -> Option<String> {
    let names = ["team", "site", "tenant", "owner"];
    let told = names.into_iter().zip(values).filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn kafka(kafka: &Kafka) -> [(&'static str, String); 6] {
    let since = match kafka.bootstrap {
        Bootstrap::Earliest => "from the first record".to_owned(),
        Bootstrap::Span(span) => format!("from {span} before now"),
        Bootstrap::Refuse => "from snapshots alone".to_owned(),
    };
    let snapshots = match kafka.snapshot_interval {
        Some(every) => format!("every {every}, in topic {}", kafka.snapshot_topic()),
        None => "none".to_owned(),
    };
    let letters = match kafka.dead_letters {
        DeadLetters::Whole => format!("rejected records go to topic {} as they came", kafka.letter_topic()),
        DeadLetters::Redacted => format!("where rejected records lie, and why, goes to topic {}", kafka.letter_topic()),
        DeadLetters::Off => "none".to_owned(),
    };
    [
        ("kafka brokers", kafka.brokers.join(" ")),
        ("kafka topics", topics(&kafka.feed_delay)),
        ("kafka group", format!("{}, rebuilt {since}", kafka.group)),
        ("snapshots", snapshots),
        ("dead letters", letters),
        ("kafka client", properties(&kafka.properties)),
    ]
}

fn topics(feed_delay: &BTreeMap<String, Span>) -> String {
    let topic = |(topic, delay): (&String, &Span)| match *delay {
        Span::ZERO => topic.clone(),
        delay => format!("{topic} ({delay} late)"),
    };
    feed_delay.iter().map(topic).collect::<Vec<_>>().join(" ")
}

/// Names only: values may be passwords.
fn properties(properties: &BTreeMap<String, String>) -> String {
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    if names.is_empty() { "no further properties".to_owned() } else { format!("sets {}", names.join(" ")) }
}
