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
use smallvec::SmallVec;

use super::keys::{Key, Keys};
use super::rejected::{Rejected, excerpt};
use super::value::{InPlace, Value};
use crate::event::{Text, Thousandths};
use crate::limits::LIST_MAX;
use crate::time::EventTime;

/// The known fields of one record.
///
/// **Why in two parts.** Nearly every value is plain: text without escapes, an integer, a flag. Of those only the kind and the place in
/// the record is noted, which costs a few stores, and few to begin with; the others are kept as what they are.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    text: &'a str,
    kinds: [Kind; Key::COUNT],
    places: [Place; Key::COUNT], // of plain values in the text
    others: SmallVec<[(Key, Value<'a>); OTHERS]>,
    /// Those of the object in `data`, where that is kept.
    data: Option<Box<Self>>,
    kept: Kept,
    /// Whose values come from a header, or would.
    in_headers: Keys,
    at: Option<Key>,
}

/// Values that are not plain and need no memory of their own: as many as headers may hold.
const OTHERS: usize = 4;

/// Where a plain value is written: behind which byte (no record begins with a value, so there is one) and up to which. Of text that
/// is what is between the quotes.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    behind: u16,
    end: u16,
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

impl Kept {
    /// No field.
    pub const NONE: Self = Self { own: Keys::NONE, data: Keys::NONE };
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
        let mut fields = Self::none(text, kept);
        let mut json = serde_json::Deserializer::from_str(text);
        match json.deserialize_map(&mut fields).and_then(|()| json.end()) {
            Ok(()) => Ok(fields),
            Err(error) => Err(Stopped { at: fields.at, error }),
        }
    }

    /// Nothing yet of that text.
    #[inline]
    pub fn none(text: &'a str, kept: Kept) -> Self {
        let (kinds, places, others) = ([Kind::Absent; Key::COUNT], [Place::default(); Key::COUNT], SmallVec::new());
        Self { text, kinds, places, others, data: None, kept, in_headers: Keys::NONE, at: None }
    }

    /// The text that holds them.
    pub fn record(&self) -> &'a str {
        self.text
    }

    /// Whether there are signs of an envelope: fields whose values are not for [`Fields::put_plain`].
    #[inline]
    pub fn may_be_envelope(&self) -> bool {
        [Key::SpecVersion, Key::Data, Key::DataBase64].iter().any(|key| self.kinds[*key as usize] != Kind::Absent)
    }

    /// Puts a plain value that is written behind this byte and up to that one, unless there is one.
    #[inline]
    pub fn put_plain(&mut self, key: Key, kind: Kind, (behind, end): (u32, u32)) {
        if self.kinds[key as usize] == Kind::Absent {
            self.kinds[key as usize] = kind;
            self.places[key as usize] = Place { behind: behind as u16, end: end as u16 };
        } else {
            self.set(key, Value::Twice);
        }
    }

    /// A plain value as it was written.
    #[inline]
    fn plain(&self, key: Key) -> &'a str {
        let Place { behind, end } = self.places[key as usize];
        self.text.get(usize::from(behind) + 1..usize::from(end)).expect("a plain value is part of the text")
    }

    /// Puts the value of a field, unless there is one.
    fn put(&mut self, key: Key, value: Value<'a>) {
        let is_first = self.kinds[key as usize] == Kind::Absent;
        self.set(key, if is_first { value } else { Value::Twice });
    }

    fn set(&mut self, key: Key, value: Value<'a>) {
        if self.kinds[key as usize] == Kind::Other {
            self.others.retain(|(other, _)| *other != key);
        }
        self.kinds[key as usize] = match value {
            Value::Absent => Kind::Absent,
            Value::Null => Kind::Null,
            Value::Text(Cow::Borrowed(text)) if self.note_place(key, text).is_some() => Kind::Text,
            Value::Flag(true) => Kind::True,
            Value::Flag(false) => Kind::False,
            other => {
                self.others.push((key, other));
                Kind::Other
            }
        };
    }

    /// Notes where in the record this text is. `None`: it is no part of it, or too far behind. Its address tells, and no byte is read.
    fn note_place(&mut self, key: Key, text: &'a str) -> Option<()> {
        let begin = text.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        let behind = begin.checked_sub(1)?.try_into().ok()?;
        let place = Place { behind, end: (begin + text.len()).try_into().ok()? };
        self.text.get(begin..begin + text.len())?;
        self.places[key as usize] = place;
        Some(())
    }

    fn remove(&mut self, key: Key) -> Value<'a> {
        match mem::replace(&mut self.kinds[key as usize], Kind::Absent) {
            Kind::Absent => Value::Absent,
            Kind::Null => Value::Null,
            Kind::Text => Value::Text(self.plain(key).into()),
            Kind::Integer => Value::Integer(self.plain(key).parse().expect("so few digits fit")),
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
        let inside = self.data.insert(Box::new(Self::none(self.text, kept)));
        map.next_value_seed(InPlace(inside)).inspect_err(|_| self.at = inside.at.or(self.at))
    }

    /// Puts the fields in `data` in place of its own, but for those of the envelope.
    pub fn open(&mut self, envelope: &[Key]) {
        let mut inside = self.data.take().map_or_else(|| Self::none(self.text, self.kept), |inside| *inside);
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
    #[inline]
    pub fn may_be(&self, key: Key, text: &str) -> bool {
        !self.has(key) || self.told_may_be(key, text)
    }

    fn told_may_be(&self, key: Key, text: &str) -> bool {
        match self.kinds[key as usize] {
            Kind::Absent | Kind::Null => true,
            Kind::Text => self.plain(key) == text,
            Kind::Other => match self.other(key) {
                Some(Value::Twice) => true,
                Some(Value::Text(told)) => told == text,
                _ => false,
            },
            Kind::Integer | Kind::True | Kind::False => false,
        }
    }

    /// Whether the record says that it is of another version than this one.
    #[inline]
    pub fn is_of_other_version(&self, version: i64) -> bool {
        self.has(Key::V) && self.tells_other_version(version)
    }

    fn tells_other_version(&self, version: i64) -> bool {
        match self.kinds[Key::V as usize] {
            Kind::Absent | Kind::Null => false,
            Kind::Integer => self.plain(Key::V).parse() != Ok(version),
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
    #[inline]
    pub fn check_single(&mut self, key: Key) -> Result<(), Rejected> {
        if self.has(key) { self.take(key).map(drop) } else { Ok(()) }
    }

    /// Text of any length.
    #[inline]
    pub fn text(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        match self.kinds[key as usize] {
            Kind::Absent | Kind::Null => Ok(None),
            Kind::Text => {
                self.kinds[key as usize] = Kind::Absent;
                Ok(Some(Cow::Borrowed(self.plain(key))))
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
    #[inline(always)]
    pub fn name(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
        if !self.has(key) {
            return Ok(None);
        }
        if self.kinds[key as usize] == Kind::Text {
            let name = self.plain(key);
            if (1..=key.bytes_max()).contains(&name.len()) {
                self.kinds[key as usize] = Kind::Absent;
                return Ok(Some(Cow::Borrowed(name)));
            }
        }
        self.unusual_name(key)
    }

    /// Fails where [`Fields::name`] would, for a field that nobody asks for.
    #[inline]
    pub fn check_name(&mut self, key: Key) -> Result<(), Rejected> {
        if !self.has(key) || self.has_plain_name(key) { Ok(()) } else { self.unusual_name(key).map(drop) }
    }

    #[inline]
    fn has_plain_name(&self, key: Key) -> bool {
        let Place { behind, end } = self.places[key as usize];
        let bytes = usize::from(end).wrapping_sub(usize::from(behind) + 1);
        self.kinds[key as usize] == Kind::Text && (1..=key.bytes_max()).contains(&bytes)
    }

    #[cold]
    fn unusual_name(&mut self, key: Key) -> Result<Option<Text<'a>>, Rejected> {
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
    #[inline(always)]
    pub fn required(&mut self, key: Key) -> Result<Text<'a>, Rejected> {
        self.name(key)?.ok_or_else(|| self.missing(key))
    }

    /// An integer.
    #[inline]
    pub fn integer(&mut self, key: Key) -> Result<Option<i64>, Rejected> {
        if !self.has(key) {
            return Ok(None);
        }
        self.pick(key, "an integer of at most 64 bits", |value| match value {
            Value::Integer(integer) => Ok(integer),
            other => Err(other),
        })
    }

    /// `true` or `false`.
    #[inline]
    pub fn flag(&mut self, key: Key) -> Result<Option<bool>, Rejected> {
        if !self.has(key) {
            return Ok(None);
        }
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
    #[inline]
    pub fn texts(&mut self, key: Key) -> Result<Option<Vec<(Text<'a>, Text<'a>)>>, Rejected> {
        if !self.has(key) {
            return Ok(None);
        }
        self.told_texts(key)
    }

    fn told_texts(&mut self, key: Key) -> Result<Option<Vec<(Text<'a>, Text<'a>)>>, Rejected> {
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
    #[inline]
    pub fn check_fields(&mut self, key: Key) -> Result<(), Rejected> {
        if !self.has(key) {
            return Ok(());
        }
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
    #[inline]
    pub fn time(&mut self, key: Key) -> Result<Option<EventTime>, Rejected> {
        if self.has(key) { self.told_time(key).map(Some) } else { Ok(None) }
    }

    fn told_time(&mut self, key: Key) -> Result<EventTime, Rejected> {
        let is_text = self.kinds[key as usize] == Kind::Text;
        let time = if is_text { EventTime::parse(self.plain(key)) } else { None };
        time.map_or_else(|| self.unusual_time(key), Ok)
    }

    #[cold]
    fn unusual_time(&mut self, key: Key) -> Result<EventTime, Rejected> {
        let value = self.remove(key);
        let time = match &value {
            Value::Text(text) => EventTime::parse(text),
            Value::Integer(ms) => EventTime::accept(*ms),
            Value::Twice => return Err(self.twice(key)),
            _ => None,
        };
        time.ok_or_else(|| Rejected::BadTime { field: self.called(key), found: value.shown() })
    }

    #[cold]
    fn twice(&self, key: Key) -> Rejected {
        let (found, expected) = (Value::Twice.kind().into(), "one value".into());
        Rejected::BadValue { field: self.called(key), found, expected }
    }

    #[inline(never)]
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
            Value::Twice => Err(self.twice(key)),
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
        Ok(KnownKey(Key::named(name.as_bytes())))
    }
}
