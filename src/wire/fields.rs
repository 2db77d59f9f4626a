//! The fields of one record as they were written, each judged only when it is asked for.
//!
//! **Why not a derived struct.** A derived struct stops at the first value of a wrong shape, without its name. Here the type must
//! be known first: a record of an unknown type is no error, whatever its fields hold. So every value of a known name is kept as it
//! is, in one pass and without a tree, and a value of any other name is skipped.
//!
//! **Invariant.** A field is taken at most once; `null` is as good as absent; a name that comes twice is never guessed at.

use std::fmt;
use std::mem;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::rejected::{Rejected, excerpt};
use super::value::Value;
use crate::event::Text;
use crate::limits::{CHANNEL_BYTES_MAX, NAME_BYTES_MAX, REASON_BYTES_MAX};
use crate::time::EventTime;

macro_rules! keys {
    ($($key:ident $name:literal),* $(,)?) => {
        /// The names that the contract gives to fields.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Key { $($key),* }

        impl Key {
            const COUNT: usize = [$($name),*].len();

            /// The name on the wire.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$key => $name),* }
            }

            fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$key),)* _ => None }
            }
        }
    };
}

keys! {
    Id "id", Type "type", V "v", Time "time", Seq "seq", Source "source", Contact "contact_id", Queue "queue",
    Channel "channel", Agent "agent", Customer "customer_id", Priority "priority", Reason "reason", Attributes "attributes",
    Direction "direction", Root "root_contact_id", FirstQueuedAt "first_queued_at", Also "also", Role "role", Cause "cause",
}

impl Key {
    /// The most bytes that its text may have.
    const fn bytes_max(self) -> usize {
        match self {
            Self::Channel | Self::Priority => CHANNEL_BYTES_MAX,
            Self::Reason | Self::Source => REASON_BYTES_MAX,
            _ => NAME_BYTES_MAX,
        }
    }
}

/// The known fields of one record.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    values: [Value<'a>; Key::COUNT],
    head_only: bool,
    at: Option<Key>,
}

/// Where and why reading stopped.
pub(super) struct Stopped {
    /// The known field whose value could not be read, if it was one.
    pub at: Option<Key>,
    /// What the parser said.
    pub error: serde_json::Error,
}

impl<'a> Fields<'a> {
    /// The known fields of a text that is one JSON object.
    pub fn read(text: &'a str) -> Result<Self, Stopped> {
        Self::fill(text, false)
    }

    /// Only those that tell type and version; whatever JSON the others hold.
    pub fn read_head(text: &'a str) -> Result<Self, Stopped> {
        Self::fill(text, true)
    }

    fn fill(text: &'a str, head_only: bool) -> Result<Self, Stopped> {
        let mut fields = Self { values: [const { Value::Absent }; Key::COUNT], head_only, at: None };
        let mut json = serde_json::Deserializer::from_str(text);
        match json.deserialize_map(&mut fields).and_then(|()| json.end()) {
            Ok(()) => Ok(fields),
            Err(error) => Err(Stopped { at: fields.at, error }),
        }
    }

    fn wants(&self, key: Key) -> bool {
        !self.head_only || matches!(key, Key::Type | Key::V)
    }

    fn put(&mut self, key: Key, value: Value<'a>) {
        let place = &mut self.values[key as usize];
        *place = if matches!(place, Value::Absent) { value } else { Value::Twice };
    }

    /// Whether the record says that it is of another version than this one.
    pub fn is_of_other_version(&self, version: i64) -> bool {
        match self.values[Key::V as usize] {
            Value::Absent | Value::Null | Value::Twice => false,
            Value::Integer(told) => told != version,
            _ => true,
        }
    }

    /// Fails if the name came twice.
    pub fn check_single(&mut self, key: Key) -> Result<(), Rejected> {
        self.take(key).map(drop)
    }

    /// Text of any length.
    pub fn text(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        self.pick(key, "text", |value| match value {
            Value::Text(text) => Ok(text),
            other => Err(other),
        })
    }

    /// Text of at least one byte and at most as many as the field may have.
    pub fn name(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        let name = self.text(key)?;
        match &name {
            Some(name) if name.is_empty() || name.len() > key.bytes_max() => Err(Rejected::BadValue {
                field: key.name(),
                found: format!("text of {} bytes", name.len()).into(),
                expected: format!("1 to {}", key.bytes_max()).into(),
            }),
            _ => Ok(name),
        }
    }

    /// A name that must be there.
    pub fn required(&mut self, key: Key) -> Result<Text<'a>, Rejected> {
        self.name(key)?.ok_or(Rejected::MissingField { field: key.name() })
    }

    /// An integer.
    pub fn integer(&mut self, key: Key) -> Result<Option<i64>, Rejected> {
        self.pick(key, "an integer of at most 64 bits", |value| match value {
            Value::Integer(integer) => Ok(integer),
            other => Err(other),
        })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: Key) -> Result<Option<bool>, Rejected> {
        self.pick(key, "true or false", |value| match value {
            Value::Flag(flag) => Ok(flag),
            other => Err(other),
        })
    }

    /// Fails on anything but an object of text.
    pub fn check_texts(&mut self, key: Key) -> Result<(), Rejected> {
        let check = |value| if matches!(value, Value::Texts) { Ok(()) } else { Err(value) };
        self.pick(key, "an object whose values are text", check).map(drop)
    }

    /// One word of a closed set, given with what each word means.
    pub fn choice<T: Copy>(&mut self, key: Key, choices: &[(&str, T)]) -> Result<Option<T>, Rejected> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match choices.iter().find(|(word, _)| *word == text) {
            Some((_, choice)) => Ok(Some(*choice)),
            None => Err(Rejected::BadValue {
                field: key.name(),
                found: excerpt(&text).into(),
                expected: choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ").into(),
            }),
        }
    }

    /// A moment, in either of the two ways to write it.
    pub fn time(&mut self, key: Key) -> Result<Option<EventTime>, Rejected> {
        let Some(value) = self.take(key)? else { return Ok(None) };
        let time = match &value {
            Value::Text(text) => EventTime::parse(text),
            Value::Integer(ms) => EventTime::accept(*ms),
            _ => None,
        };
        time.map(Some).ok_or_else(|| Rejected::BadTime { field: key.name(), found: value.shown() })
    }

    fn pick<T>(
        &mut self,
        key: Key,
        expected: &'static str,
        pick: impl FnOnce(Value<'a>) -> Result<T, Value<'a>>,
    ) -> Result<Option<T>, Rejected> {
        let Some(value) = self.take(key)? else { return Ok(None) };
        pick(value).map(Some).map_err(|value| Rejected::BadValue {
            field: key.name(),
            found: value.kind().into(),
            expected: expected.into(),
        })
    }

    fn take(&mut self, key: Key) -> Result<Option<Value<'a>>, Rejected> {
        match mem::take(&mut self.values[key as usize]) {
            Value::Absent | Value::Null => Ok(None),
            Value::Twice => Err(Rejected::BadValue {
                field: key.name(),
                found: Value::Twice.kind().into(),
                expected: "one value".into(),
            }),
            value => Ok(Some(value)),
        }
    }
}

impl<'de> Visitor<'de> for &mut Fields<'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(KnownKey(key)) = map.next_key()? {
            match key.filter(|key| self.wants(*key)) {
                Some(key) => {
                    self.at = Some(key);
                    self.put(key, map.next_value()?);
                    self.at = None;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct KnownKey(Option<Key>);

impl<'de> Deserialize<'de> for KnownKey {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = KnownKey;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<KnownKey, E> {
        Ok(KnownKey(Key::named(name)))
    }
}
