//! The fields of one record as they were written, each judged only when it is asked for.
//!
//! **Why not a derived struct.** A derived struct stops at the first value of a wrong shape, without its name. Here the type must
//! be known first: a record of an unknown type is no error, whatever its fields hold. So every value of a known name is kept as it
//! is, in one pass and without a tree, and a value of any other name is skipped.
//!
//! **Invariant.** A field is taken at most once; `null` is as good as absent; a name that comes twice is never guessed at.

use std::fmt;
use std::mem;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use smallvec::SmallVec;

use super::keys::{Key, Keys};
use super::rejected::{Rejected, excerpt};
use super::value::{InPlace, Value};
use crate::event::{Text, Thousandths};
use crate::limits::LIST_MAX;
use crate::time::EventTime;

/// So many fields a record has at the most, usually.
const USUAL: usize = 12;

/// The known fields of one record. Values lie in the order that they came in: most of the names are in no record.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    values: SmallVec<[Value<'a>; USUAL]>,
    places: [u8; Key::COUNT], // of values, one more than they are; 0: absent
    /// Those of the object in `data`, where that is kept.
    data: Option<Box<Self>>,
    kept: Kept,
    /// Whose values come from a header, or would.
    in_headers: Keys,
    at: Option<Key>,
}

/// Which fields are kept; the others are read past, whatever JSON they hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    /// Of the record's object.
    pub own: Keys,
    /// Of the object in its `data`.
    pub data: Keys,
}

/// Where and why reading stopped.
pub(super) struct Stopped {
    /// The known field whose value could not be read, if it was one.
    pub at: Option<Key>,
    /// What the parser said.
    pub error: serde_json::Error,
}

impl<'a> Fields<'a> {
    /// The fields of a text that is one JSON object.
    pub fn read(text: &'a str, kept: Kept) -> Result<Self, Stopped> {
        let mut fields = Self::none(kept);
        let mut json = serde_json::Deserializer::from_str(text);
        match json.deserialize_map(&mut fields).and_then(|()| json.end()) {
            Ok(()) => Ok(fields),
            Err(error) => Err(Stopped { at: fields.at, error }),
        }
    }

    /// Nothing yet.
    pub fn none(kept: Kept) -> Self {
        let (values, places) = (SmallVec::new(), [0; Key::COUNT]);
        Self { values, places, data: None, kept, in_headers: Keys::NONE, at: None }
    }

    /// Puts the value of a field, unless there is one.
    pub fn put(&mut self, key: Key, value: Value<'a>) {
        let value = if matches!(self.value(key), Value::Absent) { value } else { Value::Twice };
        self.set(key, value);
    }

    fn value(&self, key: Key) -> &Value<'a> {
        match self.places[key as usize] {
            0 => &Value::Absent,
            place => &self.values[usize::from(place) - 1],
        }
    }

    /// Every field with its value.
    #[cfg(test)]
    pub fn all(&self) -> Vec<(Key, &Value<'a>)> {
        Keys::ALL.iter().map(|key| (key, self.value(key))).collect()
    }

    fn set(&mut self, key: Key, value: Value<'a>) {
        match self.places[key as usize] {
            0 => {
                self.values.push(value);
                self.places[key as usize] = u8::try_from(self.values.len()).expect("there are fewer names");
            }
            place => self.values[usize::from(place) - 1] = value,
        }
    }

    fn remove(&mut self, key: Key) -> Value<'a> {
        match self.places[key as usize] {
            0 => Value::Absent,
            place => mem::take(&mut self.values[usize::from(place) - 1]),
        }
    }

    /// What the next value is; the fields of an object go to `data`.
    fn next_data<A: MapAccess<'a>>(&mut self, map: &mut A) -> Result<Value<'a>, A::Error> {
        let kept = Kept { own: self.kept.data, data: Keys::NONE };
        let inside = self.data.insert(Box::new(Self::none(kept)));
        map.next_value_seed(InPlace(inside)).inspect_err(|_| self.at = inside.at.or(self.at))
    }

    /// Puts the fields in `data` in place of its own, but for those of the envelope.
    pub fn open(&mut self, envelope: &[Key]) {
        let mut inside = self.data.take().map_or_else(|| Self::none(self.kept), |inside| *inside);
        for key in envelope {
            inside.set(*key, self.remove(*key));
        }
        *self = inside;
    }

    /// Puts what a header holds in place of the field; `Absent` leaves it. Where neither holds anything, the header is what is missing.
    pub fn put_header(&mut self, key: Key, value: Value<'a>) {
        if self.has(key) && matches!(value, Value::Absent) {
            return;
        }
        self.set(key, value);
        self.in_headers = self.in_headers.with(key);
    }

    /// As good as absent.
    pub fn forget(&mut self, key: Key) {
        self.remove(key);
    }

    /// Whether there is a value.
    pub fn has(&self, key: Key) -> bool {
        !matches!(self.value(key), Value::Absent | Value::Null)
    }

    /// Whether it holds this text, or says nothing that could be trusted.
    pub fn may_be(&self, key: Key, text: &str) -> bool {
        match self.value(key) {
            Value::Absent | Value::Null | Value::Twice => true,
            Value::Text(told) => told == text,
            _ => false,
        }
    }

    /// Whether the record says that it is of another version than this one.
    pub fn is_of_other_version(&self, version: i64) -> bool {
        match self.value(Key::V) {
            Value::Absent | Value::Null | Value::Twice => false,
            Value::Integer(told) => *told != version,
            _ => true,
        }
    }

    /// What the field is called where it stands, or should.
    pub fn called(&self, key: Key) -> &'static str {
        if self.in_headers.has(key) { key.header_name() } else { key.name() }
    }

    /// That it is not there.
    pub fn missing(&self, key: Key) -> Rejected {
        Rejected::MissingField { field: self.called(key) }
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
                field: self.called(key),
                found: format!("text of {} bytes", name.len()).into(),
                expected: format!("1 to {}", key.bytes_max()).into(),
            }),
            _ => Ok(name),
        }
    }

    /// A name that must be there.
    pub fn required(&mut self, key: Key) -> Result<Text<'a>, Rejected> {
        self.name(key)?.ok_or_else(|| self.missing(key))
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

    /// An integer in a range.
    pub fn integer_in(&mut self, key: Key, range: RangeInclusive<i64>) -> Result<Option<i64>, Rejected> {
        let Some(integer) = self.integer(key)? else { return Ok(None) };
        if range.contains(&integer) {
            return Ok(Some(integer));
        }
        let expected = format!("{} to {}", range.start(), range.end()).into();
        Err(Rejected::BadValue { field: self.called(key), found: integer.to_string().into(), expected })
    }

    /// A number of points.
    pub fn points(&mut self, key: Key) -> Result<Option<Thousandths>, Rejected> {
        let expected = "a number of at most a million";
        self.pick(key, expected, |value| match value {
            Value::Integer(integer) => Thousandths::of(integer as f64).ok_or(Value::Odd("a number too large")),
            Value::Number(number) => Thousandths::of(number).ok_or(Value::Odd("a number too large")),
            other => Err(other),
        })
    }

    /// An object of text: its names and values, each as long as the field's may be, at most [`LIST_MAX`].
    pub fn texts(&mut self, key: Key) -> Result<Option<Vec<(Text<'a>, Text<'a>)>>, Rejected> {
        let texts = self.pick(key, "an object whose values are text", |value| match value {
            Value::Texts(texts) => Ok(texts),
            other => Err(other),
        })?;
        let Some(texts) = texts else { return Ok(None) };
        self.check_names(key, texts.iter().flat_map(|(name, text)| [name, text]), texts.len())?;
        Ok(Some(texts))
    }

    /// Names in an array, each as long as the field's may be, at most [`LIST_MAX`].
    pub fn names(&mut self, key: Key) -> Result<Option<Vec<Text<'a>>>, Rejected> {
        let names = self.pick(key, "an array of text", |value| match value {
            Value::List(texts) => Ok(texts),
            other => Err(other),
        })?;
        let Some(names) = names else { return Ok(None) };
        self.check_names(key, names.iter(), names.len())?;
        Ok(Some(names))
    }

    fn check_names<'n>(
        &self,
        key: Key,
        mut names: impl Iterator<Item = &'n Text<'a>>,
        count: usize,
    ) -> Result<(), Rejected>
    where
        'a: 'n,
    {
        let refuse = |found: String, expected: String| {
            Err(Rejected::BadValue { field: self.called(key), found: found.into(), expected: expected.into() })
        };
        if count > LIST_MAX {
            return refuse(format!("{count} of them"), format!("at most {LIST_MAX}"));
        }
        match names.find(|name| name.is_empty() || name.len() > key.bytes_max()) {
            Some(bad) => refuse(format!("text of {} bytes", bad.len()), format!("1 to {} each", key.bytes_max())),
            None => Ok(()),
        }
    }

    /// Fails on anything but an object whose fields were kept.
    pub fn check_fields(&mut self, key: Key) -> Result<(), Rejected> {
        let check = |value| if matches!(value, Value::Fields) { Ok(()) } else { Err(value) };
        self.pick(key, "an object", check).map(drop)
    }

    /// One word of a closed set, given with how each word is called.
    pub fn choice<T: Copy>(
        &mut self,
        key: Key,
        choices: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<Option<T>, Rejected> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        match choices.iter().find(|choice| name(**choice) == text) {
            Some(choice) => Ok(Some(*choice)),
            None => Err(Rejected::BadValue {
                field: self.called(key),
                found: excerpt(&text).into(),
                expected: choices.iter().map(|choice| name(*choice)).collect::<Vec<_>>().join(" or ").into(),
            }),
        }
    }

    /// One word of a closed set that must be there.
    pub fn required_choice<T: Copy>(
        &mut self,
        key: Key,
        choices: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Result<T, Rejected> {
        self.choice(key, choices, name)?.ok_or_else(|| self.missing(key))
    }

    /// A moment, in either of the two ways to write it.
    pub fn time(&mut self, key: Key) -> Result<Option<EventTime>, Rejected> {
        let Some(value) = self.take(key)? else { return Ok(None) };
        let time = match &value {
            Value::Text(text) => EventTime::parse(text),
            Value::Integer(ms) => EventTime::accept(*ms),
            _ => None,
        };
        time.map(Some).ok_or_else(|| Rejected::BadTime { field: self.called(key), found: value.shown() })
    }

    fn pick<T>(
        &mut self,
        key: Key,
        expected: &'static str,
        pick: impl FnOnce(Value<'a>) -> Result<T, Value<'a>>,
    ) -> Result<Option<T>, Rejected> {
        let Some(value) = self.take(key)? else { return Ok(None) };
        pick(value).map(Some).map_err(|value| Rejected::BadValue {
            field: self.called(key),
            found: value.kind().into(),
            expected: expected.into(),
        })
    }

    fn take(&mut self, key: Key) -> Result<Option<Value<'a>>, Rejected> {
        match self.remove(key) {
            Value::Absent | Value::Null => Ok(None),
            Value::Twice => Err(Rejected::BadValue {
                field: self.called(key),
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
            match key.filter(|key| self.kept.own.has(*key)) {
                Some(key) => {
                    self.at = Some(key);
                    let value = if key == Key::Data { self.next_data(&mut map)? } else { map.next_value()? };
                    self.put(key, value);
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
