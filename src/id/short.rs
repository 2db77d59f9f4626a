//! Ids as bytes, which nearly always are as long as a UUID.
//!
//! **Why of our own.** Every contact has one, and every step that may still be sorted. A list of a crate for short lists takes a fifth
//! more for the same bytes, for it keeps its length in eight.

use std::fmt;
use std::ops::Deref;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many bytes lie in it: those of a UUID, and two more.
const INLINE: usize = 38;

/// Bytes that do not change; few of them lie in it.
#[derive(Clone, Debug)]
pub enum Short {
    /// The first so many of these.
    Inline(u8, [u8; INLINE]),
    /// More.
    Apart(Box<[u8]>),
}

impl From<&[u8]> for Short {
    fn from(bytes: &[u8]) -> Self {
        let mut own = [0; INLINE];
        match own.get_mut(..bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                Self::Inline(bytes.len() as u8, own)
            }
            None => Self::Apart(bytes.into()),
        }
    }
}

impl Deref for Short {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Inline(count, own) => &own[..usize::from(*count)],
            Self::Apart(bytes) => bytes,
        }
    }
}

impl PartialEq for Short {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Short {}

impl PartialOrd for Short {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Short {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (**self).cmp(other)
    }
}

/// As any other list of bytes.
impl Serialize for Short {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Short {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Reads a list of bytes, which lies in one piece where they come from.
struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Short;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Short, E> {
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn short_or_not_it_is_its_bytes(one in proptest::collection::vec(any::<u8>(), 0..80), other in "[0-1]{36,40}") {
            let (a, b) = (Short::from(&one[..]), Short::from(other.as_bytes()));
            prop_assert_eq!(&*a, &one[..]);
            prop_assert_eq!(a.cmp(&b), one.as_slice().cmp(other.as_bytes()));
            let written = postcard::to_stdvec(&a).unwrap();
            prop_assert_eq!(&written, &postcard::to_stdvec(&one).unwrap());
            prop_assert_eq!(postcard::from_bytes::<Short>(&written).unwrap(), a);
        }
    }

    #[test]
    fn it_takes_forty_bytes() {
        assert_eq!(size_of::<Short>(), 40);
    }
}
