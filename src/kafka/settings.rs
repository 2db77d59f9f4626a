//! What the consumer is told: brokers, topics, group, and any property of librdkafka that is not ours.
//!
//! **Why some properties are ours.** Committing offsets on its own, or jumping to the end when an offset is gone, would make
//! figures wrong without a word; whoever could set those could not trust the rest.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

use super::{KafkaFailure, LetterSettings};
use crate::clock;
use crate::time::Span;

/// What to read, from whom, and as which group.
#[derive(Clone)]
pub struct Settings {
    /// `host:port` of some brokers; the rest are learned.
    pub brokers: Vec<String>,
    /// Topics to read; all must exist at the start.
    pub topics: Vec<String>,
    /// The consumer group, which spreads the partitions over its members.
    pub group: String,
    /// How far back an assigned partition is read.
    pub bootstrap: Bootstrap,
    /// Where snapshots of the partitions' states are kept. `None`: there are none.
    pub snapshots: Option<SnapshotSettings>,
    /// Where dead letters go. `None`: records that are rejected are counted, and no more.
    pub letters: Option<LetterSettings>,
    /// For how long nothing may come of a partition that has more, before the client is made anew; [`STALL_AFTER`] in the service.
    pub stall_after: Duration,
    /// Further properties of librdkafka; those of [`is_owned_property`] have no effect.
    pub properties: BTreeMap<String, String>,
}

/// A fetch that comes to nothing is repeated within a second or so; whoever has read nothing of what is there for this long has stopped.
pub const STALL_AFTER: Duration = Duration::from_secs(30);

/// Where snapshots are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotSettings {
    /// The topic.
    pub topic: String,
    /// How often each partition's is written.
    pub every: Duration,
}

/// How far back an assigned partition is read; further where the group's committed offset lies before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrap {
    /// From the first record that is at most this old, by the broker's record time.
    Back(Span),
    /// From the first record that the broker has.
    Earliest,
    /// Not at all: where the group has committed a partition is read from a snapshot or not at all, and from its end where it has not.
    Refuse,
}

/// Properties that keep offsets honest and the loop informed.
const OWNED: [(&str, &str); 6] = [
    ("auto.offset.reset", "error"),
    ("enable.auto.commit", "false"),
    ("enable.auto.offset.store", "false"),
    ("enable.partition.eof", "false"),
    ("partition.assignment.strategy", "cooperative-sticky"),
    ("statistics.interval.ms", "1000"),
];

/// Set from settings of their own.
const OWNED_ELSEWHERE: [&str; 4] = ["bootstrap.servers", "metadata.broker.list", "group.id", "log.queue"];

/// What we think best; the settings may say otherwise.
///
/// While more waits than `queued.max.messages.kbytes`, a fetcher pauses. With librdkafka's pause of a second, whoever catches up would
/// wait for records most of the time. And answers of the size that it asks for are too large for an allocator to keep at hand: the
/// system would fill their pages with zeros again and again.
///
/// A broker answers the requests of one connection one after the other, and a fetch waits for records as long as it may. So who asks
/// where a partition begins, when it comes to us beside others that are quiet, waits for that; a fifth of a second is soon enough.
///
/// A member hears of a rebalance at its next heartbeat: that is how long a partition that was given up waits for its next owner.
const DEFAULTS: [(&str, &str); 10] = [
    ("check.crcs", "true"),
    ("fetch.queue.backoff.ms", "5"),
    ("fetch.wait.max.ms", "200"),
    ("max.partition.fetch.bytes", "131072"),
    ("heartbeat.interval.ms", "500"),
    ("isolation.level", "read_committed"),
    ("max.poll.interval.ms", "60000"),
    ("queued.max.messages.kbytes", "16384"),
    ("session.timeout.ms", "10000"),
    ("topic.metadata.refresh.interval.ms", "30000"),
];

/// The session's timeout that a broker uses by default where it runs the group's protocol (`group.consumer.session.timeout.ms`).
const BROKERS_SESSION: Duration = Duration::from_secs(45);

/// What the names of properties begin with that every client needs.
const CONNECTING: [&str; 8] =
    ["security.", "sasl.", "ssl.", "enable.ssl.", "enable.sasl.", "socket.", "broker.address.", "client.dns."];

/// Properties that librdkafka refuses where the broker runs the group's protocol (`group.protocol=consumer`).
const CLASSIC_ONLY: [&str; 3] = ["heartbeat.interval.ms", "partition.assignment.strategy", "session.timeout.ms"];

/// Whether a property is set by us alone.
pub fn is_owned_property(property: &str) -> bool {
    OWNED.iter().any(|(owned, _)| *owned == property) || OWNED_ELSEWHERE.contains(&property)
}

impl Settings {
    /// Whether librdkafka knows the properties and accepts their values; asks no broker.
    pub fn check(&self) -> Result<(), KafkaFailure> {
        self.client_config().create_native_config().map(drop).map_err(KafkaFailure::creating)
    }

    /// The consumer's whole configuration.
    pub(super) fn client_config(&self) -> ClientConfig {
        let mut config: ClientConfig =
            DEFAULTS.into_iter().map(|(property, value)| (property.to_owned(), value.to_owned())).collect();
        config.set("client.id", unique_client_id());
        config.extend(self.properties.iter().filter(|(property, _)| !is_owned_property(property)).map(owned_pair));
        config.extend(OWNED.into_iter().map(|(property, value)| (property.to_owned(), value.to_owned())));
        config.set("bootstrap.servers", self.brokers.join(",")).set("group.id", &self.group);
        if self.properties.get("group.protocol").is_some_and(|protocol| protocol == "consumer") {
            self.leave_to_the_broker(&mut config);
        }
        config.set_log_level(log_level(&self.properties));
        config
    }

    /// How long the group waits for a member that is not heard of. Where the broker runs the group's protocol it is the broker's to say,
    /// and this its usual answer.
    pub(super) fn session(&self) -> Duration {
        let told = self.client_config().get("session.timeout.ms").and_then(|text| text.parse().ok());
        told.map_or(BROKERS_SESSION, Duration::from_millis)
    }

    /// The configuration of the client that reads snapshots. It joins no group: that it names one is only for who may read by group.
    pub(super) fn store_reader_config(&self) -> ClientConfig {
        let mut config = self.store_config();
        for (property, value) in [
            ("auto.offset.reset", "error"),
            ("check.crcs", "true"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("enable.partition.eof", "true"),
            ("fetch.queue.backoff.ms", "5"),
            ("fetch.wait.max.ms", "10"),
            ("isolation.level", "read_committed"),
            ("queued.max.messages.kbytes", "16384"),
        ] {
            config.set(property, value);
        }
        config.set("group.id", &self.group);
        config
    }

    /// The configuration of the client that writes them.
    pub(super) fn store_writer_config(&self) -> ClientConfig {
        let mut config = self.store_config();
        config.set("enable.idempotence", "true").set("linger.ms", "0").set("message.timeout.ms", "20000");
        config
    }

    /// What connects: brokers, and those properties that are about connections.
    fn store_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        let connects = |property: &str| CONNECTING.iter().any(|beginning| property.starts_with(beginning));
        config.extend(self.properties.iter().filter(|(property, _)| connects(property)).map(owned_pair));
        config.set("client.id", unique_client_id()).set("bootstrap.servers", self.brokers.join(","));
        config.set_log_level(log_level(&self.properties));
        config
    }

    fn leave_to_the_broker(&self, config: &mut ClientConfig) {
        for property in CLASSIC_ONLY.into_iter().filter(|property| !self.properties.contains_key(*property)) {
            config.remove(property);
        }
    }
}

impl fmt::Debug for Settings {
    /// Without the properties' values: some are passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("brokers", &self.brokers)
            .field("topics", &self.topics)
            .field("group", &self.group)
            .field("bootstrap", &self.bootstrap)
            .field("snapshots", &self.snapshots)
            .field("letters", &self.letters)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

/// Without this librdkafka takes its level from the `log` crate, which is off here, and says nothing at all.
pub(super) fn log_level(properties: &BTreeMap<String, String>) -> RDKafkaLogLevel {
    if properties.contains_key("debug") { RDKafkaLogLevel::Debug } else { RDKafkaLogLevel::Info }
}

pub(super) fn owned_pair((property, value): (&String, &String)) -> (String, String) {
    (property.clone(), value.clone())
}

/// Members of a group need names of their own: process numbers repeat between containers, so the time goes in too.
fn unique_client_id() -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    format!("contactpulse-{}-{:x}-{made}", std::process::id(), clock::now().as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(properties: &[(&str, &str)]) -> Settings {
        Settings {
            brokers: vec!["a:1".to_owned(), "b:2".to_owned()],
            topics: vec!["events".to_owned()],
            group: "g".to_owned(),
            bootstrap: Bootstrap::Earliest,
            snapshots: None,
            letters: None,
            stall_after: STALL_AFTER,
            properties: properties.iter().map(|(p, v)| ((*p).to_owned(), (*v).to_owned())).collect(),
        }
    }

    #[test]
    fn a_property_overrides_a_default_but_not_what_is_ours() {
        let config = settings(&[("session.timeout.ms", "6000"), ("auto.offset.reset", "latest")]).client_config();
        assert_eq!(config.get("session.timeout.ms"), Some("6000"));
        assert_eq!(config.get("auto.offset.reset"), Some("error"));
        assert_eq!(config.get("bootstrap.servers"), Some("a:1,b:2"));
    }

    #[test]
    fn an_unknown_property_is_named_and_its_value_is_not() {
        let failure = settings(&[("sesion.timeout", "s3cret")]).check().unwrap_err();
        let text = failure.to_string();
        assert!(text.contains("sesion.timeout") && !text.contains("s3cret"), "{text}");
        assert!(settings(&[]).check().is_ok());
    }

    #[test]
    fn settings_never_print_a_password() {
        let text = format!("{:?}", settings(&[("sasl.password", "s3cret")]));
        assert!(text.contains("sasl.password") && !text.contains("s3cret"), "{text}");
    }

    #[test]
    fn two_members_have_two_names() {
        assert_ne!(settings(&[]).client_config().get("client.id"), settings(&[]).client_config().get("client.id"));
    }

    #[test]
    fn the_brokers_group_protocol_gets_no_classic_timeouts() {
        let config = settings(&[("group.protocol", "consumer")]).client_config();
        assert_eq!(config.get("session.timeout.ms"), None);
        assert_eq!(config.get("partition.assignment.strategy"), None);
    }
}
