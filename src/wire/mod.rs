//! The door: bytes of one record → an [`Event`], or the reason why not.
//!
//! **Why a door.** Whoever can write to the topic can write anything. What passes here has bounded size, depth and fields, so that
//! nothing behind it looks at a length again.
//!
//! **Words.** *Rejected*: the record breaks the contract; counted by reason and sent on as it came. *Unknown*: it keeps the
//! contract, but is of a type or version that is not handled here; counted and skipped, so that producers may be newer.
//!
//! **Invariant.** Every record is exactly one of event, unknown and rejected, whatever its bytes; none panics.

mod agents;
mod cloud_events;
mod contacts;
mod feedback;
mod fields;
mod keys;
mod native;
mod rejected;
mod scan;
#[cfg(test)]
mod tests;
mod tickets;
mod value;

use serde::Deserialize;

pub use cloud_events::Headers;
pub use rejected::Rejected;

use crate::event::Event;
use crate::limits::{JSON_DEPTH_MAX, RECORD_BYTES_MAX};
use value::Value;

/// What a record turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every record is an event; a box would be an allocation for each")]
pub enum Decoded<'a> {
    /// An event of a type that is handled.
    Event(Event<'a>),
    /// Of a type or version that is not handled: counted, not an error.
    Unknown,
}

impl<'a> Decoded<'a> {
    /// The event, if it is one.
    pub fn event(&self) -> Option<&Event<'a>> {
        match self {
            Self::Event(event) => Some(event),
            Self::Unknown => None,
        }
    }
}

/// One record as its broker hands it out; of a line of a file it is the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    /// The bytes; `None` for a record without a value.
    pub value: Option<&'a [u8]>,
    /// The headers that can tell of an event.
    pub headers: Headers<'a>,
}

impl<'a> From<Option<&'a [u8]>> for Record<'a> {
    fn from(value: Option<&'a [u8]>) -> Self {
        Self { value, headers: Headers::default() }
    }
}

/// Reads one record, or one line of a file: the event's fields flat, or in a CloudEvents envelope, or in part in headers. The
/// event's text borrows from the record wherever no escape is in it. Size is checked first, then what the headers tell of type
/// and version, then whether there is anything, then UTF-8, depth and JSON, then type and version, and the fields only of what is
/// handled.
pub fn decode<'a>(record: impl Into<Record<'a>>) -> Result<Decoded<'a>, Rejected> {
    let Record { value, headers } = record.into();
    let headers = headers.of_event();
    check_size(value.map_or(0, <[u8]>::len) + headers.bytes())?;
    if headers.tell_unknown() {
        return Ok(Decoded::Unknown);
    }
    match value.filter(|value| !is_nothing(value)) {
        Some(value) => native::decode(text(value)?, &headers),
        None if headers.kind.is_some() => native::decode("{}", &headers),
        None => Err(Rejected::Tombstone),
    }
}

/// The key by which files and tests route a record: `contact_id`, else `ticket_id`, else `agent`, else `customer_id`, each where
/// it is text and not empty. Also of types that are not handled; `None` where there is no such field, or no JSON object. Of a
/// CloudEvents envelope the fields are those in `data`.
pub fn route_key(record: &[u8]) -> Option<String> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Keys<'a> {
        #[serde(borrow)]
        specversion: Value<'a>,
        #[serde(borrow)]
        contact_id: Value<'a>,
        #[serde(borrow)]
        ticket_id: Value<'a>,
        #[serde(borrow)]
        agent: Value<'a>,
        #[serde(borrow)]
        customer_id: Value<'a>,
    }
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        data: Keys<'a>,
    }
    let mut keys: Keys<'_> = serde_json::from_slice(record).ok()?;
    if !matches!(keys.specversion, Value::Absent | Value::Null) {
        keys = serde_json::from_slice::<Envelope<'_>>(record).ok()?.data;
    }
    [keys.contact_id, keys.ticket_id, keys.agent, keys.customer_id].into_iter().find_map(|key| match key {
        Value::Text(key) if !key.is_empty() => Some(key.into_owned()),
        _ => None,
    })
}

fn check_size(bytes: usize) -> Result<(), Rejected> {
    if bytes > RECORD_BYTES_MAX { Err(Rejected::TooLarge { bytes }) } else { Ok(()) }
}

/// Whether a value is as good as none.
fn is_nothing(value: &[u8]) -> bool {
    !value.starts_with(b"{") && matches!(value.trim_ascii(), b"" | b"null")
}

fn text(value: &[u8]) -> Result<&str, Rejected> {
    std::str::from_utf8(value).map_err(|error| Rejected::NotUtf8 { from: error.valid_up_to() })
}

/// Fails where brackets nest so deep that a parser could run out of stack.
#[cold]
fn check_depth(text: &str) -> Result<(), Rejected> {
    let json = text.as_bytes();
    let is_deep = opens_more_than(JSON_DEPTH_MAX, json) && depth(json) > JSON_DEPTH_MAX;
    if is_deep { Err(Rejected::TooDeep) } else { Ok(()) }
}

/// Whether there are more opening brackets than `max`, in strings or out of them: without, it cannot nest deeper, which spares
/// nearly every record the careful scan.
fn opens_more_than(max: usize, json: &[u8]) -> bool {
    // `[` is `{`, too, with that bit; so few at a time that their number is a byte, as the sum of which many are added at once.
    let opening = |part: &[u8]| part.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>();
    json.chunks(u8::MAX.into()).map(|part| usize::from(opening(part))).sum::<usize>() > max
}

/// How deep brackets outside of strings nest. Never less than what a parser meets, though the text may turn out not to be JSON.
fn depth(json: &[u8]) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            b'"' => skip_string(&mut bytes),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest
}

/// Goes on behind the quote that ends a string.
fn skip_string(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => drop(bytes.next()),
            b'"' => return,
            _ => {}
        }
    }
}
