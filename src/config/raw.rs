//! Settings as typed: texts and numbers with their places, before anybody asks what they mean.
//!
//! **Invariant.** The defaults lie under every tree, so only the settings of a block, those of surveys and those that are off in the
//! reference can be absent.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::Spanned;

/// A text with its place.
pub(super) type Typed = Spanned<String>;

/// The whole.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Raw {
    pub time_zone: Typed,
    pub day_start: Typed,
    pub lateness: Typed,
    pub max_skew: Typed,
    pub contact_ttl: Spanned<ByChannel>,
    pub ticket_ttl: Typed,
    pub after_contact: Typed,
    pub after_contact_max: Typed,
    pub agent_ttl: Typed,
    pub agents: Agents,
    pub windows: Windows,
    pub service_level: ServiceLevel,
    /// Each with the place of its `[[calendar]]`.
    #[serde(default)]
    pub calendar: Vec<Spanned<Calendar>>,
    /// Each with the place of its `[[queue]]`.
    #[serde(default)]
    pub queue: Vec<Spanned<Queue>>,
    pub tickets: Tickets,
    /// That it is there says something, so no default lies under it.
    pub surveys: Option<Surveys>,
    /// Each with the place of its `[[kpi]]`.
    #[serde(default)]
    pub kpi: Vec<Spanned<Kpi>>,
    /// Each with the place of its `[[sla]]`.
    #[serde(default)]
    pub sla: Vec<Spanned<Sla>>,
    pub kafka: Kafka,
    pub http: Http,
    pub export: Export,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Windows {
    pub slot: Typed,
    pub sizes: Spanned<Vec<Typed>>,
    pub intervals: Spanned<Vec<Typed>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Agents {
    pub states: Spanned<Vec<Typed>>,
    pub productive: Spanned<Vec<Typed>>,
}

/// The centre's, or what a block has of its own.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct ServiceLevel {
    pub threshold: Option<Typed>,
    pub target: Option<Spanned<f64>>,
    pub short_abandon: Option<Typed>,
    pub preset: Option<Typed>,
}

/// A block of business hours.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Calendar {
    pub name: Option<Typed>,
    pub time_zone: Option<Typed>,
    /// By weekday, or by the first and the last of several.
    pub hours: Option<BTreeMap<Typed, Hours>>,
    pub holidays: Option<Spanned<Vec<Typed>>>,
    /// By date.
    pub special: BTreeMap<Typed, Hours>,
    pub ics: Option<Spanned<Vec<Typed>>>,
}

/// Hours of a day, each from and to.
pub(super) type Hours = Spanned<Vec<Typed>>;

/// A block of settings for one queue, or for those that match.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Queue {
    pub name: Option<Typed>,
    #[serde(rename = "match")]
    pub pattern: Option<Typed>,
    pub aliases: Option<Spanned<Vec<Typed>>>,
    pub channels: Option<Spanned<Vec<Typed>>>,
    pub display: Option<Typed>,
    pub team: Option<Typed>,
    pub site: Option<Typed>,
    pub tenant: Option<Typed>,
    pub owner: Option<Typed>,
    pub time_zone: Option<Typed>,
    pub day_start: Option<Typed>,
    pub calendar: Option<Typed>,
    pub service_level: ServiceLevel,
    pub channel: BTreeMap<Typed, Channel>,
}

/// What a block says of one channel.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Channel {
    pub service_level: ServiceLevel,
}

/// A block of a target.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Kpi {
    pub kpi: Option<Typed>,
    pub stat: Option<Typed>,
    pub window: Option<Typed>,
    pub queues: Option<Spanned<Vec<Typed>>>,
    pub channels: Option<Spanned<Vec<Typed>>>,
    pub target: Option<Spanned<Amount>>,
    pub warning: Option<Spanned<Amount>>,
    pub critical: Option<Spanned<Amount>>,
    pub margin: Option<Spanned<Amount>>,
    pub direction: Option<Typed>,
    pub min_samples: Option<Spanned<i64>>,
    pub owner: Option<Typed>,
    pub runbook: Option<Typed>,
    pub review: Option<Typed>,
    pub why: Option<Typed>,
}

/// A block of a policy.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Sla {
    pub name: Option<Typed>,
    pub queues: Option<Spanned<Vec<Typed>>>,
    pub channels: Option<Spanned<Vec<Typed>>>,
    pub priorities: Option<Spanned<Vec<Typed>>>,
    pub tags: Option<Spanned<Vec<Typed>>>,
    pub calendar: Option<Typed>,
    pub clock: Option<Typed>,
    pub warn_before: Option<Typed>,
    pub targets: BTreeMap<Typed, Spanned<Promise>>,
}

/// A length of time, or one with what else is said of it.
pub(super) enum Promise {
    Within(String),
    Told(Told),
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Told {
    pub within: Option<Typed>,
    pub clock: Option<Typed>,
    pub warn_before: Option<Typed>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Tickets {
    pub first_response_from: Typed,
    pub response_within: Typed,
    pub statuses: BTreeMap<Typed, Typed>,
    pub complaints: Complaints,
    pub complaint_due: Typed,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Complaints {
    pub reasons: Spanned<Vec<Typed>>,
    pub tags: Spanned<Vec<Typed>>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Surveys {
    pub survey_ttl: Option<Typed>,
    pub csat: Csat,
    pub ces: Ces,
    pub cx: Cx,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Csat {
    pub scale: Option<Scores>,
    pub satisfied: Option<Scores>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Ces {
    pub scale: Option<Scores>,
    pub easy: Option<Scores>,
    pub better: Option<Typed>,
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Cx {
    pub scale: Option<Scores>,
}

/// The least and the greatest of some scores.
pub(super) type Scores = Spanned<Vec<Spanned<i64>>>;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Kafka {
    pub brokers: Spanned<Vec<Typed>>,
    pub topics: Spanned<Vec<Typed>>,
    pub feed_delay: BTreeMap<Typed, Typed>,
    pub group: Typed,
    pub bootstrap: Typed,
    pub snapshot_interval: Typed,
    pub dead_letters: Typed,
    pub properties: Properties,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Http {
    pub listen: Typed,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Export {
    pub windows: Spanned<Vec<Typed>>,
    pub agents: Typed,
    pub series_max: Spanned<i64>,
    /// Off in the reference.
    pub pseudonym_key: Option<Typed>,
}

/// One text for all channels, or a table by channel.
pub(super) enum ByChannel {
    One(String),
    Each(BTreeMap<Typed, Typed>),
}

/// A number, or a length of time.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Amount {
    Number(f64),
    Text(String),
}

/// librdkafka's properties: dotted names, which TOML may read as tables in tables.
pub(super) type Properties = BTreeMap<Typed, Spanned<Property>>;

/// The value of a property, or those whose names go on.
pub(super) enum Property {
    Value(String),
    Further(Properties),
}

impl<'de> Deserialize<'de> for ByChannel {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ByChannelVisitor)
    }
}

struct ByChannelVisitor;

impl<'de> Visitor<'de> for ByChannelVisitor {
    type Value = ByChannel;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time or a table of them by channel")
    }

    fn visit_str<E>(self, text: &str) -> Result<ByChannel, E> {
        Ok(ByChannel::One(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ByChannel, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(ByChannel::Each)
    }
}

impl<'de> Deserialize<'de> for Promise {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PromiseVisitor)
    }
}

struct PromiseVisitor;

impl<'de> Visitor<'de> for PromiseVisitor {
    type Value = Promise;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time or a table with `within`")
    }

    fn visit_str<E>(self, text: &str) -> Result<Promise, E> {
        Ok(Promise::Within(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Promise, A::Error> {
        Told::deserialize(MapAccessDeserializer::new(map)).map(Promise::Told)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AmountVisitor)
    }
}

struct AmountVisitor;

impl Visitor<'_> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or a length of time")
    }

    fn visit_str<E>(self, text: &str) -> Result<Amount, E> {
        Ok(Amount::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Amount, E> {
        Ok(Amount::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Amount, E> {
        Ok(Amount::Number(value))
    }
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PropertyVisitor)
    }
}

struct PropertyVisitor;

impl<'de> Visitor<'de> for PropertyVisitor {
    type Value = Property;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or a boolean")
    }

    fn visit_str<E>(self, text: &str) -> Result<Property, E> {
        Ok(Property::Value(text.to_owned()))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Property, E> {
        Ok(Property::Value(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Property, E> {
        Ok(Property::Value(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Property, E> {
        Ok(Property::Value(value.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Property, A::Error> {
        BTreeMap::deserialize(MapAccessDeserializer::new(map)).map(Property::Further)
    }
}
