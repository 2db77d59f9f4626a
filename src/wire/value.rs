//! One JSON value as it was written, as far as a field of the contract could hold it.
//!
//! **Why not a tree.** No field holds more than text, a number, a flag or an object of text. All else is read past, and only its
//! kind is remembered, for the message.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::fields::Fields;
use super::rejected::excerpt;
use crate::event::Text;

/// The value of one field.
#[derive(Debug, Default)]
pub(super) enum Value<'a> {
    #[default]
    Absent,
    Null,
    Text(Text<'a>),
    Integer(i64),
    Flag(bool),
    /// An object whose values are all text.
    Texts,
    /// An object whose fields were kept elsewhere.
    Fields,
    /// What no field takes, in words.
    Odd(&'static str),
    /// The name came more than once.
    Twice,
}

impl Value<'_> {
    /// What it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Integer(_) => "an integer",
            Self::Flag(_) => "a boolean",
            Self::Texts | Self::Fields => "an object",
            Self::Odd(kind) => kind,
            Self::Twice => "there twice",
        }
    }

    /// What it holds, as far as a message may quote it; for fields without personal data.
    pub fn shown(&self) -> Cow<'static, str> {
        match self {
            Self::Text(text) => excerpt(text).into(),
            Self::Integer(integer) => integer.to_string().into(),
            other => other.kind().into(),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_any(ValueVisitor { inside: None })
    }
}

/// Reads a value; where it is an object, its fields are put here.
pub(super) struct InPlace<'r, 'a>(pub &'r mut Fields<'a>);

impl<'de> DeserializeSeed<'de> for InPlace<'_, 'de> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Value<'de>, D::Error> {
        json.deserialize_any(ValueVisitor { inside: Some(self.0) })
    }
}

struct ValueVisitor<'r, 'a> {
    inside: Option<&'r mut Fields<'a>>,
}

impl<'de> Visitor<'de> for ValueVisitor<'_, 'de> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(integer))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(integer).map_or(Value::Odd("a number too large"), Value::Integer))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value<'de>, E> {
        Ok(Value::Odd("a number with a fraction or exponent"))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value<'de>, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Odd("an array"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        if let Some(fields) = self.inside {
            return fields.visit_map(map).map(|()| Value::Fields);
        }
        let mut all_text = true;
        while let Some((_, value)) = map.next_entry::<IgnoredAny, Value<'de>>()? {
            all_text &= matches!(value, Value::Text(_) | Value::Null);
        }
        Ok(if all_text { Value::Texts } else { Value::Odd("an object") })
    }
}
