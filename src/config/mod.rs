//! Configuration: from what somebody typed to what the service goes by.
//!
//! **Typed twice.** `raw` holds the settings as typed, each with its place in the text; `read`, `value` and `check` turn them into
//! [`Config`], as meant. Past this module a setting is valid, and nobody asks again.
//!
//! **Three layers.** The commented reference `config/contactpulse.toml` is built in as the defaults, so it cannot drift from
//! them; a file lies over it, and each `--set KEY=VALUE` over both. Layers are laid over each other as TOML trees that keep
//! every value's place, so a mistake is shown where it was typed.
//!
//! **All at once.** Whoever fixes a file wants the whole list. What is wrong is told and left out, or replaced by the default,
//! and reading goes on; what one setting demands of another is asked only where both are good by themselves.

mod agents;
mod calendars;
mod check;
mod error;
mod hint;
mod ics;
mod kafka;
mod layers;
mod queues;
mod raw;
mod read;
mod shape;
mod sla;
mod source;
mod surveys;
mod targets;
mod ticked;
mod ticked_calendars;
mod ticked_targets;
mod tickets;
mod value;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use crate::export::{AgentNames, Costs};
use crate::rules::{Rules, Window};
use crate::time::Span;

pub use error::{ConfigError, Excerpt, Mistake};
pub use hint::closest;
pub use ticked::{series, ticked};

use error::Problem;
use read::Reader;
use source::{Sources, Tree};

/// The commented reference: every key with its default.
pub const REFERENCE: &str = include_str!("../../config/contactpulse.toml");

/// Everything that can be configured, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// What figures depend on.
    pub rules: Rules,
    /// How many events with a time of day the ICS files of each calendar have; they are no holidays and are left out.
    pub timed_events: BTreeMap<String, usize>,
    /// Where events come from.
    pub kafka: Kafka,
    /// Where the service answers.
    pub http: Http,
    /// What `/metrics` shows.
    pub export: Export,
}

/// Where events come from.
#[derive(Clone, PartialEq)]
pub struct Kafka {
    /// Brokers to start from, each `host:port`. At least one.
    pub brokers: Vec<String>,
    /// Topics by exact name, each once. At least one.
    pub topics: Vec<String>,
    /// By how much each topic's feed is late as a rule; has an entry for every topic. In [0, 24 h].
    pub feed_delay: BTreeMap<String, Span>,
    /// The consumer group. Not empty.
    pub group: String,
    /// From where a partition is rebuilt.
    pub bootstrap: Bootstrap,
    /// How often a snapshot of each partition's state is written. In [1 s, 1 h]; `None`: there are none.
    pub snapshot_interval: Option<Span>,
    /// How much of a rejected record goes to the topic of dead letters.
    pub dead_letters: DeadLetters,
    /// Further librdkafka properties; none that the service owns, and each known to librdkafka.
    pub properties: BTreeMap<String, String>,
}

/// How much of a rejected record goes to the topic of dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetters {
    /// The record as it came.
    Whole,
    /// Only where it lies and why it was rejected.
    Redacted,
    /// Nothing: it is counted, and no more.
    Off,
}

/// From where a partition is rebuilt that has no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrap {
    /// This long before now. At most 366 days.
    Span(Span),
    /// From its first record.
    Earliest,
    /// Not at all: it is not read, unless the group never committed anything of it. Then it is read from its end.
    Refuse,
}

/// Where the service answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Http {
    /// Address and port to listen on.
    pub listen: SocketAddr,
}

/// What `/metrics` shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// Windows that have gauges, each once: some of those that are kept, never `all`.
    pub windows: Vec<Window>,
    /// How single agents are called, if they are shown at all.
    pub agents: AgentNames,
    /// Series that there are at most. At least what the configured queues need.
    pub series_max: usize,
}

impl Config {
    /// What series cost under this config.
    pub fn series_costs(&self) -> Costs {
        Costs::new(&self.rules, &self.export.windows, self.kafka.topics.len())
    }
}

impl Config {
    /// Lays the file over the defaults and each `KEY=VALUE` over both, in order, and checks the whole.
    ///
    /// A key is dotted (`service_level.target`); a value is read as TOML where it is TOML, else taken as text, so that
    /// `lateness=10s` needs no quotes.
    ///
    /// # Errors
    /// The file cannot be read, a setting is not `KEY=VALUE`, or there are mistakes; all that were found are told.
    pub fn load(file: Option<&Path>, set: &[String]) -> Result<Self, ConfigError> {
        let Some(path) = file else { return Self::of(&Sources::gather(None, set)?) };
        Self::parse(&path.display().to_string(), &source::read(path)?, set)
    }

    /// As [`Config::load`], of a text that is no file of its own; mistakes are told as of a file called `name`,
    /// and other files are named from where that would be.
    ///
    /// # Errors
    /// A setting is not `KEY=VALUE`, or there are mistakes; all that were found are told.
    pub fn parse(name: &str, text: &str, set: &[String]) -> Result<Self, ConfigError> {
        Self::of(&Sources::gather(Some((name, text)), set)?)
    }

    fn of(sources: &Sources) -> Result<Self, ConfigError> {
        let tree = sources.tree().map_err(|problem| sources.tell(vec![problem], None))?;
        Self::resolve(&tree, sources).map_err(|problems| sources.tell(problems, Some(&tree)))
    }

    fn resolve(tree: &Tree<'_>, sources: &Sources) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        match shape::typed(tree, &mut problems) {
            Some(raw) => Reader::new(sources.defaults_end(), sources.folder(), problems).read_all(&raw),
            None => Err(problems),
        }
    }
}

impl Kafka {
    /// The topic of snapshots.
    pub fn snapshot_topic(&self) -> String {
        format!("{}.snapshots", self.group)
    }

    /// The topic of dead letters.
    pub fn letter_topic(&self) -> String {
        format!("{}.dead-letters", self.group)
    }
}

impl std::fmt::Debug for Kafka {
    /// Names of properties only: values may be passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kafka")
            .field("brokers", &self.brokers)
            .field("topics", &self.topics)
            .field("feed_delay", &self.feed_delay)
            .field("group", &self.group)
            .field("bootstrap", &self.bootstrap)
            .field("snapshot_interval", &self.snapshot_interval)
            .field("dead_letters", &self.dead_letters)
            .field("properties", &self.properties.keys())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_reference_gives_the_default_rules() {
        assert_eq!(Config::load(None, &[]).unwrap().rules, Rules::default());
    }
}
