//! Keys of the topic of snapshots.
//!
//! **Why a writer is part of them.** A process that was stopped and wakes may still write when another owns the partition. Under keys
//! of its own it overwrites nothing that others need, and compaction keeps the newest record of each.

use std::fmt;
use std::str::FromStr;

use crate::kafka::Place;

/// The key of one record: `contact-events/3 contactpulse-17-19a3-0 1 0`, the last of it the number of a chunk or `manifest`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::kafka) struct Key {
    pub set: Set,
    pub part: Part,
}

/// The records of one snapshot, and of every second one after it of the same writer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::kafka) struct Set {
    pub place: Place,
    /// Without a space.
    pub writer: String,
    pub slot: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::kafka) enum Part {
    Chunk(usize),
    Manifest,
}

impl Key {
    /// The key that a record has; what others wrote into the topic has none.
    pub fn of(record: Option<&[u8]>) -> Option<Self> {
        std::str::from_utf8(record?).ok()?.parse().ok()
    }
}

impl Set {
    pub fn key(&self, part: Part) -> Key {
        Key { set: self.clone(), part }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Set { place, writer, slot } = &self.set;
        write!(f, "{place} {writer} {slot} ")?;
        match self.part {
            Part::Chunk(number) => write!(f, "{number}"),
            Part::Manifest => f.write_str("manifest"),
        }
    }
}

/// The key that a text is; what others wrote into the topic is none.
impl FromStr for Key {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(());
        let (place, writer, slot, part) = (word()?, word()?, word()?, word()?);
        if words.next().is_some() {
            return Err(());
        }
        let (topic, partition) = place.rsplit_once('/').ok_or(())?;
        let place = Place { topic: topic.into(), partition: partition.parse().map_err(drop)? };
        let set = Set { place, writer: writer.to_owned(), slot: slot.parse().map_err(drop)? };
        let part = if part == "manifest" { Part::Manifest } else { Part::Chunk(part.parse().map_err(drop)?) };
        Ok(Self { set, part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_as_it_was_written() {
        let place = Place { topic: "contact-events".into(), partition: 12 };
        let set = Set { place, writer: "contactpulse-17-19a3-0".to_owned(), slot: 1 };
        for part in [Part::Chunk(0), Part::Chunk(41), Part::Manifest] {
            assert_eq!(set.key(part).to_string().parse(), Ok(set.key(part)));
        }
        assert_eq!(set.key(Part::Chunk(3)).to_string(), "contact-events/12 contactpulse-17-19a3-0 1 3");
    }

    #[test]
    fn what_others_wrote_is_no_key() {
        for text in ["", "t/1 w 0", "t/1 w 0 0 0", "t w 0 0", "t/x w 0 0", "t/1 w 256 0", "t/1 w 0 -1"] {
            assert_eq!(text.parse::<Key>(), Err(()), "{text}");
        }
    }
}
