//! All headers of a record, as librdkafka has them or packed into bytes of our own.
//!
//! **Why packed.** Hardly any record has headers beside those that tell of an event, and only one that is rejected needs them again: so
//! they are put behind the record in its batch, and looked at no more.

use super::native::NativeHeaders;

/// The length that says that a header has no value.
const NO_VALUE: u32 = u32::MAX;

/// Headers in their order; a name may come twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderList<'a> {
    /// There is none.
    #[default]
    Empty,
    /// In a message of librdkafka's.
    Native(NativeHeaders<'a>),
    /// Packed one behind the other.
    Packed(&'a [u8]),
}

impl HeaderList<'_> {
    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        match self {
            Self::Empty => true,
            Self::Native(_) => false,
            Self::Packed(bytes) => bytes.is_empty(),
        }
    }

    /// Shows each header: its name, which may be any bytes, and its value, if it has one.
    pub fn for_each(self, mut show: impl FnMut(&[u8], Option<&[u8]>)) {
        match self {
            Self::Empty => {}
            Self::Native(headers) => headers.for_each(show),
            Self::Packed(mut bytes) => {
                while let Some((name, value)) = unpack(&mut bytes) {
                    show(name, value);
                }
            }
        }
    }
}

/// Writes a header behind others.
pub(super) fn pack(bytes: &mut Vec<u8>, name: &[u8], value: Option<&[u8]>) {
    let length = |part: &[u8]| u32::try_from(part.len()).unwrap_or(NO_VALUE); // no record is that long
    bytes.extend_from_slice(&length(name).to_le_bytes());
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&value.map_or(NO_VALUE, length).to_le_bytes());
    bytes.extend_from_slice(value.unwrap_or_default());
}

fn unpack<'a>(bytes: &mut &'a [u8]) -> Option<(&'a [u8], Option<&'a [u8]>)> {
    let name = part(bytes)??;
    Some((name, part(bytes)?))
}

/// The outer `None`: the bytes are at their end. The inner: no value.
#[expect(clippy::option_option, reason = "no value and no header must not be mixed up")]
fn part<'a>(bytes: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = u32::from_le_bytes(*length);
    if length == NO_VALUE {
        *bytes = rest;
        return Some(None);
    }
    let (part, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
    *bytes = rest;
    Some(Some(part))
}
