//! The fields of one record as they were written, each judged only when it is asked for.
//!
//! **Why not a derived struct.** A derived struct stops at the first value of a wrong shape, without its name. Here the type must
//! be known first: a record of an unknown type is no error, whatever its fields hold. So every value of a known name is kept as it
//! is, in one pass and without a tree, and a value of any other name is skipped.
//!
//! **Invariant.** A field is taken at most once; `null` is as good as absent; a name that comes twice is never guessed at.

use std::borrow::Cow;
use std::fmt;
use std::mem;
use std::ops::RangeInclusive;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

use super::keys::{Key, Keys};
use super::rejected::{Rejected, excerpt};
use super::value::{InPlace, Value};
use crate::event::{Text, Thousandths};
use crate::limits::LIST_MAX;
use crate::time::EventTime;

/// The known fields of one record.
///
/// **Why in two parts.** Nearly every value is plain: text without escapes, an integer, a flag. Of those only the kind and the text is
/// noted, which costs a few stores; the others are kept as what they are.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    kinds: [Kind; Key::COUNT],
    plain: [&'a str; Key::COUNT], // the text of plain values, as it was written
    others: Vec<(Key, Value<'a>)>,
    /// Those of the object in `data`, where that is kept.
    data: Option<Box<Self>>,
    kept: Kept,
    /// Whose values come from a header, or would.
    in_headers: Keys,
    at: Option<Key>,
}

/// What kind of value a field has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Absent,
    Null,
    Text,
    /// Of at most 18 digits.
    Integer,
    True,
    False,
    /// Not plain: among the others.
    Other,
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
        let (kinds, plain, others) = ([Kind::Absent; Key::COUNT], [""; Key::COUNT], Vec::new());
        Self { kinds, plain, others, data: None, kept, in_headers: Keys::NONE, at: None }
    }

    /// Whether this field of the record is kept.
    pub fn keeps(&self, key: Key) -> bool {
        self.kept.own.has(key)
    }

    /// Puts a plain value, as it was written, unless there is one.
    #[inline]
    pub fn put_plain(&mut self, key: Key, kind: Kind, text: &'a str) {
        if self.kinds[key as usize] == Kind::Absent {
            self.kinds[key as usize] = kind;
            self.plain[key as usize] = text;
        } else {
            self.set(key, Value::Twice);
        }
    }

    /// Puts the value of a field, unless there is one.
    fn put(&mut self, key: Key, value: Value<'a>) {
        let is_first = self.kinds[key as usize] == Kind::Absent;
        self.set(key, if is_first { value } else { Value::Twice });
    }

    fn set(&mut self, key: Key, value: Value<'a>) {
        self.others.retain(|(other, _)| *other != key);
        let (kind, text) = match value {
            Value::Absent => (Kind::Absent, ""),
            Value::Null => (Kind::Null, ""),
            Value::Text(Cow::Borrowed(text)) => (Kind::Text, text),
            Value::Flag(flag) => (if flag { Kind::True } else { Kind::False }, ""),
            other => {
                self.others.push((key, other));
                (Kind::Other, "")
            }
        };
        self.kinds[key as usize] = kind;
        self.plain[key as usize] = text;
    }

    fn remove(&mut self, key: Key) -> Value<'a> {
        let (kind, text) = (mem::replace(&mut self.kinds[key as usize], Kind::Absent), self.plain[key as usize]);
        match kind {
            Kind::Absent => Value::Absent,
            Kind::Null => Value::Null,
            Kind::Text => Value::Text(text.into()),
            Kind::Integer => Value::Integer(text.parse().expect("so few digits fit")),
            Kind::True => Value::Flag(true),
            Kind::False => Value::Flag(false),
            Kind::Other => {
                let place = self.others.iter().position(|(other, _)| *other == key);
                place.map_or(Value::Absent, |place| self.others.swap_remove(place).1)
            }
        }
    }

    /// Every field with its value.
    #[cfg(test)]
    pub fn all(mut self) -> Vec<(Key, Value<'a>)> {
        Keys::ALL.iter().map(|key| (key, self.remove(key))).collect()
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
    #[inline]
    pub fn has(&self, key: Key) -> bool {
        !matches!(self.kinds[key as usize], Kind::Absent | Kind::Null)
    }

    /// Whether it holds this text, or says nothing that could be trusted.
    pub fn may_be(&self, key: Key, text: &str) -> bool {
        match self.kinds[key as usize] {
            Kind::Absent | Kind::Null => true,
            Kind::Text => self.plain[key as usize] == text,
            Kind::Other => match self.other(key) {
                Some(Value::Twice) => true,
                Some(Value::Text(told)) => told == text,
                _ => false,
            },
            Kind::Integer | Kind::True | Kind::False => false,
        }
    }

    /// Whether the record says that it is of another version than this one.
    pub fn is_of_other_version(&self, version: i64) -> bool {
        match self.kinds[Key::V as usize] {
            Kind::Absent | Kind::Null => false,
            Kind::Integer => self.plain[Key::V as usize].parse() != Ok(version),
            Kind::Text | Kind::True | Kind::False => true,
            Kind::Other => match self.other(Key::V) {
                Some(Value::Twice) => false,
                Some(Value::Integer(told)) => *told != version,
                _ => true,
            },
        }
    }

    fn other(&self, key: Key) -> Option<&Value<'a>> {
        self.others.iter().find(|(other, _)| *other == key).map(|(_, value)| value)
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
    #[inline]
    pub fn text(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        match self.kinds[key as usize] {
            Kind::Absent | Kind::Null => Ok(None),
            Kind::Text => {
                self.kinds[key as usize] = Kind::Absent;
                Ok(Some(Cow::Borrowed(self.plain[key as usize])))
            }
            _ => self.unusual_text(key),
        }
    }

    #[cold]
    fn unusual_text(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        self.pick(key, "text", |value| match value {
            Value::Text(text) => Ok(text),
            other => Err(other),
        })
    }

    /// Text of at least one byte and at most as many as the field may have.
    #[inline]
    pub fn name(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        let name = self.text(key)?;
        match &name {
            Some(name) if name.is_empty() || name.len() > key.bytes_max() => Err(self.bad_length(key, name.len())),
            _ => Ok(name),
        }
    }

    #[cold]
    fn bad_length(&self, key: Key, bytes: usize) -> Rejected {
        Rejected::BadValue {
            field: self.called(key),
            found: format!("text of {bytes} bytes").into(),
            expected: format!("1 to {}", key.bytes_max()).into(),
        }
    }

    /// A name that must be there.
    #[inline]
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
        if self.kinds[key as usize] == Kind::Text
            && let Some(time) = EventTime::parse(self.plain[key as usize])
        {
            return Ok(Some(time));
        }
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

    #[inline]
    fn take(&mut self, key: Key) -> Result<Option<Value<'a>>, Rejected> {
        if !self.has(key) {
            return Ok(None);
        }
        self.take_told(key)
    }

    fn take_told(&mut self, key: Key) -> Result<Option<Value<'a>>, Rejected> {
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
