//! Settings as typed: texts and numbers with their places, before anybody asks what they mean.
//!
//! **Invariant.** The defaults lie under every tree, so only the settings of a queue's block can be absent.

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
    pub after_contact: Typed,
    pub after_contact_max: Typed,
    pub windows: Windows,
    pub service_level: ServiceLevel,
    /// Each with the place of its `[[queue]]`.
    #[serde(default)]
    pub queue: Vec<Spanned<Queue>>,
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

/// The centre's, or what a block has of its own.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct ServiceLevel {
    pub threshold: Option<Typed>,
    pub target: Option<Spanned<f64>>,
    pub short_abandon: Option<Typed>,
    pub preset: Option<Typed>,
}

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
    pub service_level: ServiceLevel,
    pub channel: BTreeMap<Typed, Channel>,
}

/// What a block says of one channel.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table")]
pub(super) struct Channel {
    pub service_level: ServiceLevel,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct Kafka {
    pub brokers: Spanned<Vec<Typed>>,
    pub topics: Spanned<Vec<Typed>>,
    pub feed_delay: BTreeMap<Typed, Typed>,
    pub group: Typed,
    pub bootstrap: Typed,
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
}

/// One text for all channels, or a table by channel.
pub(super) enum ByChannel {
    One(String),
    Each(BTreeMap<Typed, Typed>),
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
