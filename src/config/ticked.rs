//! What a good configuration means, in a list to be read by whoever wrote it.

use std::collections::BTreeMap;

use super::{Bootstrap, Config, Kafka};
use crate::rules::{AfterContact, ByChannel, Day, QueueRules, Rules, ServiceLevel, Window};
use crate::time::Span;

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
        ("windows", windows(rules)),
        ("service level", service_level(&rules.service_level)),
    ];
    lines.extend(rules.queues.iter().map(|(name, own)| ("queue", queue(name, own, rules))));
    lines.extend(kafka(&config.kafka));
    lines.push(("http", config.http.listen.to_string()));
    lines.push(("export", format!("gauges of {}", names(&config.export.windows))));
    lines.into_iter().map(|(subject, meaning)| format!("{subject:<14} {meaning}")).collect()
}

fn day(day: &Day) -> String {
    let minutes = day.start.as_millis() / 60_000;
    let zone = day.zone.iana_name().unwrap_or("UTC");
    format!("{zone}, from {:02}:{:02}", minutes / 60, minutes % 60)
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
    let percent = (level.target * 1e6).round() / 1e4;
    let short = match level.short_abandon {
        Span::ZERO => "every abandon counts".to_owned(),
        short => format!("abandons up to {short} are short"),
    };
    format!("{percent} % in {}, {short}, {}", level.threshold, level.preset.name())
}

fn queue(name: &str, own: &QueueRules, rules: &Rules) -> String {
    let mut parts = vec![format!("{name} ({}): {}", own.channels.join(" "), service_level(&own.service_level))];
    parts.extend((own.day != rules.day).then(|| day(&own.day)));
    parts.extend(own.display.as_ref().map(|display| format!("shown as {display}")));
    parts.join("; ")
}

fn kafka(kafka: &Kafka) -> [(&'static str, String); 4] {
    let since = match kafka.bootstrap {
        Bootstrap::Earliest => "from the first record".to_owned(),
        Bootstrap::Span(span) => format!("from {span} before now"),
    };
    [
        ("kafka brokers", kafka.brokers.join(" ")),
        ("kafka topics", topics(&kafka.feed_delay)),
        ("kafka group", format!("{}, rebuilt {since}", kafka.group)),
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
