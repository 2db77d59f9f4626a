//! Ids of a subject's events, so that a repeat is known.
//!
//! **Why hashes.** Eight bytes of hash tell a million ids of one subject apart for as long as anybody runs a service; the ids
//! themselves are several times as long. Four bytes say in which second the event was, so that those of the newest events stay.

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::time::EventTime;

/// So many events a subject has at the most, usually: those of a call that rings, is answered, held once, ended and wrapped up.
const USUAL: usize = 7;

/// Ids of the newest events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ids {
    known: SmallVec<[Known; USUAL]>,
    has_forgotten: bool,
}

/// The hash of one id in two halves, and the second of its event: 12 bytes, not 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    high: u32,
    low: u32,
    second: u32,
}

impl Ids {
    /// Reads a little of them, so that they lie near the processor. The number means nothing.
    pub fn touch(&self) -> usize {
        self.known.first().zip(self.known.last()).map_or(0, |(first, last)| (first.low ^ last.low) as usize)
    }

    /// Remembers the id of an event, at most `ids_max` of them. False: it was known.
    pub fn add(&mut self, id: u64, at: EventTime, ids_max: usize) -> bool {
        let new = Known { high: (id >> 32) as u32, low: id as u32, second: second(at) };
        if self.known.iter().any(|known| (known.high, known.low) == (new.high, new.low)) {
            return false;
        }
        if self.known.len() >= ids_max {
            self.forget_oldest();
        }
        if self.known.len() == self.known.capacity() {
            self.known.reserve_exact(USUAL); // a list that grows by itself doubles
        }
        self.known.push(new);
        true
    }

    /// Whether an event of that time may be one whose id was forgotten: it is not newer than the oldest that is remembered.
    pub fn may_have_known(&self, at: EventTime) -> bool {
        self.has_forgotten && self.known.iter().all(|known| second(at) <= known.second)
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

    #[test]
    fn the_ids_of_the_newest_events_stay() {
        let mut ids = Ids::default();
        assert!(ids.add(1, at(30), 2) && ids.add(2, at(10), 2));
        assert!(!ids.may_have_known(at(5)), "nothing was forgotten yet");
        assert!(ids.add(3, at(20), 2));
        assert!(!ids.add(1, at(30), 2) && !ids.add(3, at(20), 2));
        assert!(ids.may_have_known(at(10)) && !ids.may_have_known(at(21)));
    }
}
