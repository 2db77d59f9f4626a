//! CloudEvents 1.0, in both modes in which Kafka carries them: the same event, with its fields elsewhere.
//!
//! **Structured mode.** An object with `specversion` is an envelope: `id`, `type`, `time` and `source` are its own, all other fields
//! of the event are in its `data`, and what else either holds is ignored. The envelope may say what it is after its `data`, so
//! `data` is read field by field wherever it comes, and dropped where the object turns out to be the event itself.
//!
//! **Binary mode.** `id`, `type`, `time` and `source` are headers, and win over fields of the value; the others are in the value.
//! A producer may send an envelope and these headers together; the value then still is an envelope. What the headers tell is
//! not handled is not looked into: its value may be of any format.
//!
//! **Invariant.** The fields that are handed on are those of the native shape, so that every check is made in one place.

use super::fields::{Fields, Kept, Stopped};
use super::keys::{Key, Keys};
use super::native;
use super::rejected::Rejected;
use super::scan;
use super::value::Value;

/// The version of CloudEvents that is read here.
const SPEC_VERSION: &str = "1.0";

/// What an envelope holds itself.
const ENVELOPE: [Key; 7] = [Key::Id, Key::Type, Key::Time, Key::Source, Key::SpecVersion, Key::Data, Key::DataBase64];

/// The headers that tell of an event: CloudEvents attributes in Kafka's binary mode. They do where type or version is among them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    /// `ce_id`.
    pub id: Option<&'a [u8]>,
    /// `ce_type`.
    pub kind: Option<&'a [u8]>,
    /// `ce_time`: an RFC 3339 time with an offset, or Unix milliseconds in digits.
    pub time: Option<&'a [u8]>,
    /// `ce_source`.
    pub source: Option<&'a [u8]>,
    /// `ce_specversion`.
    pub specversion: Option<&'a [u8]>,
}

impl<'a> Headers<'a> {
    /// These, where they tell of an event; else none.
    pub(super) fn of_event(self) -> Self {
        if self.is_there() { self } else { Self::default() }
    }

    fn is_there(&self) -> bool {
        self.kind.is_some() || self.specversion.is_some()
    }

    /// How large their values are together.
    pub(super) fn bytes(&self) -> usize {
        [self.id, self.kind, self.time, self.source, self.specversion].into_iter().flatten().map(<[u8]>::len).sum()
    }

    /// Whether they tell a version or type that is not handled.
    pub(super) fn tell_unknown(&self) -> bool {
        let is_handled = |kind: &[u8]| std::str::from_utf8(kind).map_or(true, native::handles);
        self.specversion.is_some_and(|version| version != SPEC_VERSION.as_bytes())
            || self.kind.is_some_and(|kind| !is_handled(kind))
    }

    /// The fields that they stand for.
    fn fields(&self) -> [(Key, Option<&'a [u8]>); 4] {
        [(Key::Id, self.id), (Key::Type, self.kind), (Key::Time, self.time), (Key::Source, self.source)]
    }

    /// The fields that they tell.
    fn told(&self) -> Keys {
        let told = self.fields().into_iter().filter(|(_, header)| header.is_some());
        told.fold(Keys::NONE, |keys, (key, _)| keys.with(key))
    }

    fn put_into(&self, fields: &mut Fields<'a>) {
        for (key, header) in self.fields() {
            fields.put_header(key, header.map_or(Value::Absent, |bytes| value(key, bytes)));
        }
    }
}

/// What a header holds. It has no type of its own: a time in digits is one in milliseconds.
fn value(key: Key, header: &[u8]) -> Value<'_> {
    match std::str::from_utf8(header) {
        Ok(text) if key == Key::Time => text.parse().map_or(Value::Text(text.into()), Value::Integer),
        Ok(text) => Value::Text(text.into()),
        Err(_) => Value::Odd("bytes that are not UTF-8"),
    }
}

/// The same as [`read`] of all fields, where the text is of the usual shape and no envelope. False: it is not, and what was put into
/// `fields`, which were none, is to be thrown away.
#[inline]
pub(super) fn scan<'a>(headers: &Headers<'a>, fields: &mut Fields<'a>) -> bool {
    let is_usual = scan::scan(fields).is_some();
    if is_usual && headers.is_there() {
        headers.put_into(fields);
    }
    is_usual
}

/// The fields of the event in a text, as the native shape has them, with what the headers tell; of those only these. And with
/// them those of the envelope, for `check`.
#[cold]
pub(super) fn read<'a>(text: &'a str, headers: &Headers<'a>, only: Keys) -> Result<Fields<'a>, Stopped> {
    let only = only.without(headers.told());
    let mut fields = Fields::read(text, either_shape(only))
        .or_else(|stopped| Fields::read(text, one_shape(text, only, stopped)?))?;
    if fields.has(Key::SpecVersion) {
        fields.open(&ENVELOPE);
    } else {
        fields.forget(Key::Data);
        fields.forget(Key::DataBase64);
    }
    if headers.is_there() {
        headers.put_into(&mut fields);
    }
    Ok(fields)
}

/// What is kept before it is known whether the object is an envelope.
fn either_shape(only: Keys) -> Kept {
    Kept { own: only, data: only.without(Keys::of(&ENVELOPE)) }
}

/// What is kept once it is: a value that stopped the reading is no fault where the shape ignores it.
fn one_shape(text: &str, only: Keys, stopped: Stopped) -> Result<Kept, Stopped> {
    if stopped.at.is_none() {
        return Err(stopped);
    }
    let version = Kept { own: Keys::of(&[Key::SpecVersion]), data: Keys::NONE };
    match Fields::read(text, version) {
        Ok(fields) if fields.has(Key::SpecVersion) => {
            Ok(Kept { own: only.within(Keys::of(&ENVELOPE)), ..either_shape(only) })
        }
        Ok(_) => Ok(Kept { own: only.without(Keys::of(&[Key::Data, Key::DataBase64])), data: Keys::NONE }),
        Err(_) => Err(stopped),
    }
}

/// Whether an envelope says that it is of another version.
pub(super) fn is_of_other_version(fields: &Fields<'_>) -> bool {
    !fields.may_be(Key::SpecVersion, SPEC_VERSION)
}

/// Fails where an envelope holds its data in a way that no field can be read from, or says twice what it is.
pub(super) fn check(fields: &mut Fields<'_>) -> Result<(), Rejected> {
    fields.check_single(Key::SpecVersion)?;
    if fields.has(Key::DataBase64) {
        return Err(Rejected::BadValue {
            field: Key::Data.name(),
            found: "given as `data_base64`".into(),
            expected: "an object".into(),
        });
    }
    fields.check_fields(Key::Data)
}
