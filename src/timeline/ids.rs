//! Ids of a subject's events, so that a repeat is known.
//!
//! **Why hashes.** Eight bytes of hash tell a million ids of one subject apart for as long as anybody runs a service; the ids
//! themselves are several times as long. Four bytes say in which second the event was, so that those of the newest events stay.

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use smallvec::SmallVec;

use crate::limits::{EVENT_IDS_PER_CONTACT_MAX, EVENT_IDS_PER_TICKET_MAX};
use crate::time::EventTime;

/// So many events a subject has at the most, usually: those of a call that rings, is answered, held once, ended and wrapped up.
const USUAL: usize = 7;

/// Where few are known none was forgotten.
const _: () = assert!(USUAL < EVENT_IDS_PER_CONTACT_MAX && USUAL < EVENT_IDS_PER_TICKET_MAX);

/// Ids of the newest events.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Read")]
pub(super) enum Ids {
    /// The first so many of these.
    Few(u8, [Known; USUAL]),
    /// More than are usual.
    Many(Box<Many>),
}

/// All that are known, and whether there were more.
#[derive(Clone, Debug, Default)]
pub(super) struct Many {
    known: Vec<Known>,
    has_forgotten: bool,
}

/// As all of them are written.
#[derive(Deserialize)]
#[serde(rename = "Ids")]
struct Read {
    known: SmallVec<[Known; USUAL]>,
    has_forgotten: bool,
}

/// The hash of one id in two halves, and the second of its event: 12 bytes, not 16.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    high: u32,
    low: u32,
    second: u32,
}

impl Default for Ids {
    fn default() -> Self {
        Self::Few(0, [Known::default(); USUAL])
    }
}

impl From<Read> for Ids {
    fn from(Read { known, has_forgotten }: Read) -> Self {
        let mut few = [Known::default(); USUAL];
        match few.get_mut(..known.len()) {
            Some(own) if !has_forgotten => {
                own.copy_from_slice(&known);
                Self::Few(own.len() as u8, few)
            }
            _ => Self::Many(Box::new(Many { known: known.into_vec(), has_forgotten })),
        }
    }
}

/// As [`Read`].
impl Serialize for Ids {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Ids", 2)?;
        fields.serialize_field("known", self.known())?;
        fields.serialize_field("has_forgotten", &self.has_forgotten())?;
        fields.end()
    }
}

impl Ids {
    fn known(&self) -> &[Known] {
        match self {
            Self::Few(count, known) => &known[..usize::from(*count)],
            Self::Many(many) => &many.known,
        }
    }

    fn has_forgotten(&self) -> bool {
        matches!(self, Self::Many(many) if many.has_forgotten)
    }

    /// Reads a little of them, so that they lie near the processor. The number means nothing.
    pub fn touch(&self) -> usize {
        match self {
            Self::Few(_, [first, .., last]) => (first.low ^ last.low) as usize,
            Self::Many(many) => many.known.len(),
        }
    }

    /// Remembers the id of an event, at most `ids_max` of them. False: it was known.
    pub fn add(&mut self, id: u64, at: EventTime, ids_max: usize) -> bool {
        let new = Known { high: (id >> 32) as u32, low: id as u32, second: second(at) };
        if self.known().iter().any(|known| (known.high, known.low) == (new.high, new.low)) {
            return false;
        }
        match self {
            Self::Few(count, known) if usize::from(*count) < USUAL => {
                known[usize::from(*count)] = new;
                *count += 1;
            }
            Self::Few(_, few) => {
                let known = few.iter().copied().chain([new]).collect();
                *self = Self::Many(Box::new(Many { known, has_forgotten: false }));
            }
            Self::Many(many) => many.add(new, ids_max),
        }
        true
    }

    /// Whether an event of that time may be one whose id was forgotten: it is not newer than the oldest that is remembered.
    pub fn may_have_known(&self, at: EventTime) -> bool {
        self.has_forgotten() && self.known().iter().all(|known| second(at) <= known.second)
    }
}

impl Many {
    fn add(&mut self, new: Known, ids_max: usize) {
        if self.known.len() >= ids_max {
            self.forget_oldest();
        }
        if self.known.len() == self.known.capacity() {
            self.known.reserve_exact(USUAL); // a list that grows by itself doubles
        }
        self.known.push(new);
    }

    fn forget_oldest(&mut self) {
        let oldest = self.known.iter().enumerate().min_by_key(|(_, known)| known.second);
        if let Some((place, _)) = oldest {
            self.known.remove(place);
            self.has_forgotten = true;
        }
    }
}

/// Seconds since 1970; event times end with the year 2100, and 32 bits with 2106.
fn second(at: EventTime) -> u32 {
    u32::try_from(at.as_millis().div_euclid(1_000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> EventTime {
        EventTime::from_millis(second * 1_000)
    }

    const MAX: usize = USUAL + 2;

    #[test]
    fn the_ids_of_the_newest_events_stay() {
        let mut ids = Ids::default();
        assert!((0..MAX as u64).all(|id| ids.add(id, at(if id == 1 { 10 } else { 30 }), MAX)));
        assert!(!ids.may_have_known(at(5)), "nothing was forgotten yet");
        assert!(ids.add(99, at(20), MAX), "the second is forgotten for it");
        assert!(!ids.add(0, at(30), MAX) && !ids.add(99, at(20), MAX));
        assert!(ids.may_have_known(at(10)) && !ids.may_have_known(at(21)));
    }

    #[test]
    fn few_and_many_are_written_and_read_again() {
        let mut ids = Ids::default();
        for id in 0..2 * MAX as u64 {
            let written = postcard::to_stdvec(&ids).unwrap();
            let read: Ids = postcard::from_bytes(&written).unwrap();
            assert_eq!((read.known(), read.has_forgotten()), (ids.known(), ids.has_forgotten()));
            assert!(ids.add(id, at(id as i64), MAX));
            assert_eq!(ids.known().len(), MAX.min(id as usize + 1));
        }
        assert!(ids.has_forgotten());
    }
}
