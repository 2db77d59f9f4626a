//! One JSON value as it was written, as far as a field of the contract could hold it.
//!
//! **Why not a tree.** No field holds more than text, a number, a flag, an array of text or an object of text. All else is read past, and only its
//! kind is remembered, for the message.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::fields::Fields;
use super::rejected::excerpt;
use crate::event::Text;

/// The value of one field.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    #[default]
    Absent,
    Null,
    Text(Text<'a>),
    Integer(i64),
    /// A number with a fraction or exponent.
    Number(f64),
    Flag(bool),
    /// An object whose values are all text.
    Texts(Vec<(Text<'a>, Text<'a>)>),
    /// An array of text.
    List(Vec<Text<'a>>),
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
            Self::Number(_) => "a number with a fraction or exponent",
            Self::Flag(_) => "a boolean",
            Self::Texts(_) | Self::Fields => "an object",
            Self::List(_) => "an array",
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

    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value<'de>, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value<'de>, A::Error> {
        let mut texts = Some(Vec::new());
        while let Some(item) = items.next_element::<Value<'de>>()? {
            match item {
                Value::Text(text) => texts.iter_mut().for_each(|texts| texts.push(text.clone())),
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Value::Odd("an array"), Value::List))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        if let Some(fields) = self.inside {
            return fields.visit_map(map).map(|()| Value::Fields);
        }
        let mut texts = Some(Vec::new());
        while let Some((name, value)) = map.next_entry::<Name<'de>, Value<'de>>()? {
            match value {
                Value::Text(text) => texts.iter_mut().for_each(|texts| texts.push((name.0.clone(), text.clone()))),
                Value::Null => {}
                _ => texts = None,
            }
        }
        Ok(texts.map_or(Value::Odd("an object"), Value::Texts))
    }
}

/// The name of a field of an inner object.
struct Name<'a>(Text<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        match Value::deserialize(json)? {
            Value::Text(name) => Ok(Self(name)),
            _ => Ok(Self(Text::default())), // JSON has no other names than text
        }
    }
}
