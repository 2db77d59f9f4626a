//! The settings of the Kafka connection.
//!
//! **Why some properties are refused.** What a group commits, where a partition begins and what a callback is told are parts of
//! how figures stay right over restarts; a property that changes them would break that silently. All others are the
//! operator's, and librdkafka itself says whether it knows them.

use std::collections::BTreeMap;
use std::ops::Range;

use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use super::raw::{self, Properties, Property, Typed};
use super::read::Reader;
use super::value::{DAY, Wrong, one_of, wrong};
use super::{Bootstrap, DeadLetters, Kafka};
use crate::time::Span;

const HOUR: Span = Span::from_seconds(3_600);
/// Who wants more than a year wants everything.
const YEAR: Span = Span::from_seconds(366 * 24 * 3_600);
/// Kafka's own limit.
const TOPIC_BYTES_MAX: usize = 249;

/// Properties that the service owns, and what to do instead.
const OWNED: [(&str, &str); 10] = [
    ("bootstrap.servers", "set `kafka.brokers` instead"),
    ("metadata.broker.list", "set `kafka.brokers` instead"),
    ("group.id", "set `kafka.group` instead"),
    ("auto.offset.reset", "set `kafka.bootstrap` instead; an offset that is gone must be seen, not skipped"),
    ("enable.auto.commit", "offsets are committed only after what they cover is applied"),
    ("enable.auto.offset.store", "offsets are committed only after what they cover is applied"),
    ("partition.assignment.strategy", "partitions move one by one (cooperative-sticky), so that the others go on"),
    ("enable.partition.eof", "it tells when a partition is caught up"),
    ("statistics.interval.ms", "lag and the state of the brokers are taken from the statistics"),
    ("check.crcs", "damaged records must never be counted"),
];

impl Reader {
    /// The connection.
    pub(super) fn kafka(&mut self, raw: &raw::Kafka) -> Option<Kafka> {
        self.some(&raw.brokers, "at least one broker, such as [\"127.0.0.1:9092\"]");
        self.some(&raw.topics, "at least one topic, such as [\"contact-events\"]");
        let brokers = self.values(&raw.brokers, broker);
        let topics = self.values(&raw.topics, topic);
        let topics_are_told = self.told(&raw.topics.span());
        let feed_delay = self.feed_delay(&raw.feed_delay, &topics, topics_are_told);
        let group = self.value(&raw.group, group);
        let bootstrap = self.bootstrap(&raw.bootstrap);
        let snapshot_interval = self.snapshot_interval(&raw.snapshot_interval);
        let dead_letters = self.value(&raw.dead_letters, dead_letters);
        let properties = self.properties(&raw.properties);
        let kafka = Kafka {
            brokers,
            topics,
            feed_delay,
            group: group?,
            bootstrap: bootstrap?,
            snapshot_interval: snapshot_interval?,
            dead_letters: dead_letters?,
            properties,
        };
        self.snapshots_or_not(raw, &kafka)?;
        self.own_topics(raw, &kafka)?;
        Some(kafka)
    }

    /// `Some(None)`: there are to be none.
    #[expect(clippy::option_option, reason = "a mistake and none must not be mixed up")]
    fn snapshot_interval(&mut self, typed: &Typed) -> Option<Option<Span>> {
        match typed.get_ref().as_str() {
            "off" => Some(None),
            _ => self.span(typed, Span::from_seconds(1)..=HOUR).map(Some),
        }
    }

    /// Without snapshots nothing may be refused.
    fn snapshots_or_not(&mut self, raw: &raw::Kafka, kafka: &Kafka) -> Option<()> {
        if kafka.snapshot_interval.is_none() && kafka.bootstrap == Bootstrap::Refuse {
            let right = "\"earliest\", or how far back to begin, such as \"24h\"";
            return self.refuse(
                raw.bootstrap.span(),
                "\"refuse\" needs snapshots, and snapshot_interval is \"off\"",
                right,
            );
        }
        Some(())
    }

    /// The group names the topics of ours.
    fn own_topics(&mut self, raw: &raw::Kafka, kafka: &Kafka) -> Option<()> {
        let snapshots = kafka.snapshot_interval.map(|_| ("snapshots", kafka.snapshot_topic(), "snapshot_interval"));
        let has_letters = kafka.dead_letters != DeadLetters::Off;
        let letters = has_letters.then(|| ("dead letters", kafka.letter_topic(), "dead_letters"));
        for (what, name, key) in snapshots.into_iter().chain(letters) {
            if topic(&name).is_err() {
                let wrong = format!("{what} are kept in the topic {name}, which is no name of a topic");
                let right = format!("a group of letters, digits, `.`, `_` and `-`; or {key} = \"off\"");
                return self.refuse(raw.group.span(), wrong, right);
            }
            if kafka.topics.contains(&name) {
                let wrong = format!("{name} is the topic of {what}");
                return self.refuse(raw.topics.span(), wrong, "topics that carry events");
            }
        }
        Some(())
    }

    /// Every topic's delay. A topic that is not one may be one of those that could not be read.
    fn feed_delay(
        &mut self,
        raw: &BTreeMap<Typed, Typed>,
        topics: &[String],
        topics_are_told: bool,
    ) -> BTreeMap<String, Span> {
        let mut delays: BTreeMap<String, Span> = topics.iter().map(|topic| (topic.clone(), Span::ZERO)).collect();
        for (topic, delay) in raw {
            let known = topics_are_told || topics.contains(topic.get_ref());
            let delay = self.span(delay, Span::ZERO..=DAY);
            if !known {
                self.refuse::<()>(topic.span(), "not one of `kafka.topics`", format!("one of {}", topics.join(", ")));
            }
            delays.extend(delay.map(|delay| (topic.get_ref().clone(), delay)));
        }
        delays
    }

    fn bootstrap(&mut self, typed: &Typed) -> Option<Bootstrap> {
        match typed.get_ref().as_str() {
            "earliest" => Some(Bootstrap::Earliest),
            "refuse" => Some(Bootstrap::Refuse),
            _ => self.span(typed, Span::ZERO..=YEAR).map(Bootstrap::Span),
        }
    }

    fn properties(&mut self, raw: &Properties) -> BTreeMap<String, String> {
        let mut properties = BTreeMap::new();
        flatten("", raw, &mut properties);
        let good = properties.iter().filter_map(|(name, flat)| {
            if self.told(&flat.value_at) {
                return None;
            }
            match property(name, flat.value) {
                Ok(()) => Some((name.clone(), flat.value.to_owned())),
                Err((what, right)) => self.refuse(flat.name_at.clone(), what, right),
            }
        });
        good.collect()
    }
}

/// A property under its full name.
struct Flat<'a> {
    value: &'a str,
    name_at: Range<usize>,
    value_at: Range<usize>,
}

/// Properties under their full names; of one that came twice, that which was typed over the other.
fn flatten<'a>(before: &str, raw: &'a Properties, flat: &mut BTreeMap<String, Flat<'a>>) {
    for (name, property) in raw {
        let full = if before.is_empty() { name.get_ref().clone() } else { format!("{before}.{name}") };
        match property.get_ref() {
            Property::Further(further) => flatten(&full, further, flat),
            Property::Value(value) => {
                keep_later(flat, full, Flat { value, name_at: name.span(), value_at: property.span() });
            }
        }
    }
}

fn keep_later<'a>(flat: &mut BTreeMap<String, Flat<'a>>, name: String, new: Flat<'a>) {
    if flat.get(&name).is_none_or(|old| old.name_at.start < new.name_at.start) {
        flat.insert(name, new);
    }
}

fn property(name: &str, value: &str) -> Result<(), Wrong> {
    if let Some((_, instead)) = OWNED.iter().find(|(owned, _)| *owned == name) {
        return Err(wrong(format!("the service sets `{name}` itself"), *instead));
    }
    match ClientConfig::new().set(name, value).create_native_config() {
        Ok(_) => Ok(()),
        Err(KafkaError::ClientConfig(_, what, ..)) => Err(wrong(what, "see librdkafka's CONFIGURATION.md")),
        Err(error) => Err(wrong(error.to_string(), "see librdkafka's CONFIGURATION.md")),
    }
}

fn broker(text: &str) -> Result<String, Wrong> {
    let good = |(host, port): (&str, &str)| {
        let host_is_one = !host.is_empty() && !host.contains(|c: char| c == ',' || c.is_whitespace());
        host_is_one && port.parse::<u16>().is_ok_and(|port| port > 0)
    };
    if text.rsplit_once(':').is_some_and(good) {
        return Ok(text.to_owned());
    }
    Err(wrong(format!("\"{text}\" is not a host and a port"), "one broker an entry, such as \"127.0.0.1:9092\""))
}

fn topic(text: &str) -> Result<String, Wrong> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if (1..=TOPIC_BYTES_MAX).contains(&text.len()) && text.chars().all(legal) {
        return Ok(text.to_owned());
    }
    let right = format!("1 to {TOPIC_BYTES_MAX} of a-z, A-Z, 0-9, \".\", \"_\" and \"-\"; patterns are not read");
    Err(wrong(format!("\"{text}\" cannot be a topic"), right))
}

fn dead_letters(text: &str) -> Result<DeadLetters, Wrong> {
    match text {
        "whole" => Ok(DeadLetters::Whole),
        "redacted" => Ok(DeadLetters::Redacted),
        "off" => Ok(DeadLetters::Off),
        other => Err(one_of(other, &["whole", "redacted", "off"])),
    }
}

fn group(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return Err(wrong("an empty name", "instances of one group share the partitions, such as \"contactpulse\""));
    }
    Ok(text.to_owned())
}
