//! The books: what became of every record.
//!
//! **Invariant.** read = applied + duplicate + late + unknown + rejected, at every moment.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::event::{Event, TYPES};
use crate::shard::{Outcome, Shard};
use crate::time::EventTime;
use crate::wire::{Decoded, Rejected};

/// What became of the records of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    events: [[u64; RESULTS.len()]; TYPES.len()],
    unknown: u64,
    rejected: [u64; Rejected::REASONS.len()],
}

impl Default for Books {
    fn default() -> Self {
        Self { events: [[0; RESULTS.len()]; TYPES.len()], unknown: 0, rejected: [0; Rejected::REASONS.len()] }
    }
}

/// As the list of its numbers.
impl Serialize for Books {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { events, unknown, rejected } = self;
        serializer.collect_seq(events.iter().flatten().chain([unknown]).chain(rejected))
    }
}

impl<'de> Deserialize<'de> for Books {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (numbers, mut books) = (Vec::<u64>::deserialize(deserializer)?, Self::default());
        let Self { events, unknown, rejected } = &mut books;
        let mut places: Vec<&mut u64> = events.iter_mut().flatten().chain([unknown]).chain(rejected).collect();
        if places.len() != numbers.len() {
            return Err(D::Error::invalid_length(numbers.len(), &"the numbers of books"));
        }
        places.iter_mut().zip(numbers).for_each(|(place, number)| **place = number);
        Ok(books)
    }
}

/// What can become of an event, as a label value.
pub const RESULTS: [&str; 3] = ["applied", "duplicate", "late"];
/// The label value of types that this version does not handle, and of their result.
pub const UNKNOWN: &str = "unknown";

/// What became of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An event of this rank, with this place in [`RESULTS`].
    Event(u8, usize),
    /// Of a type that this version does not handle.
    Unknown,
    /// No event, for this reason.
    Rejected(&'static str),
}

/// Applies the event that a record was found to hold, one of several: before anything is read, [`Shard::book`] is called. The error says
/// why it was rejected.
pub fn take(
    shard: &mut Shard,
    decoded: Result<Decoded<'_>, Rejected>,
    recorded_at: Option<EventTime>,
) -> (Entry, Result<(), Rejected>) {
    match decoded {
        Ok(Decoded::Event(event)) => apply(shard, &event, recorded_at),
        Ok(Decoded::Unknown) => (Entry::Unknown, Ok(())),
        Err(rejected) => (Entry::Rejected(rejected.reason()), Err(rejected)),
    }
}

/// Applies one event, likewise.
pub fn apply(shard: &mut Shard, event: &Event<'_>, recorded_at: Option<EventTime>) -> (Entry, Result<(), Rejected>) {
    let result = match shard.apply_one(event, recorded_at) {
        Outcome::Applied => 0,
        Outcome::Duplicate => 1,
        Outcome::Late => 2,
        Outcome::BadTime => {
            let rejected = Rejected::FromTheFuture { at: event.at };
            return (Entry::Rejected(rejected.reason()), Err(rejected));
        }
    };
    (Entry::Event(event.rank(), result), Ok(()))
}

impl Books {
    /// Enters what became of a record.
    pub fn enter(&mut self, entry: Entry) {
        match entry {
            Entry::Event(rank, result) => self.events[usize::from(rank)][result] += 1,
            Entry::Unknown => self.unknown += 1,
            Entry::Rejected(reason) => self.rejected[place_of(reason)] += 1,
        }
    }

    /// All records.
    pub fn read(&self) -> u64 {
        self.events.iter().flatten().sum::<u64>() + self.unknown + self.rejected.iter().sum::<u64>()
    }

    /// Events that were applied in their place.
    pub fn applied(&self) -> u64 {
        self.result(0)
    }

    /// Events that were known.
    pub fn duplicate(&self) -> u64 {
        self.result(1)
    }

    /// Events that came after their time was sealed.
    pub fn late(&self) -> u64 {
        self.result(2)
    }

    /// Events of types that this version does not handle.
    pub fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Rejected records, by reason; reasons that occurred.
    pub fn rejected(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Rejected::REASONS.into_iter().zip(self.rejected).filter(|(_, count)| *count > 0)
    }

    /// Rejected records by reason, also those that never occurred.
    pub fn reasons(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Rejected::REASONS.into_iter().zip(self.rejected)
    }

    /// Events by type and result, those of types that this version does not handle last.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, &'static str, u64)> {
        let by_type = TYPES.into_iter().zip(self.events);
        let handled =
            by_type.flat_map(|(kind, counts)| RESULTS.into_iter().zip(counts).map(move |(r, n)| (kind, r, n)));
        handled.chain([(UNKNOWN, UNKNOWN, self.unknown)])
    }

    /// Adds the books of others.
    pub fn merge(&mut self, other: &Self) {
        let own = self.events.iter_mut().flatten().chain(&mut self.rejected);
        own.zip(other.events.iter().flatten().chain(&other.rejected)).for_each(|(own, other)| *own += other);
        self.unknown += other.unknown;
    }

    fn result(&self, result: usize) -> u64 {
        self.events.iter().map(|counts| counts[result]).sum()
    }
}

fn place_of(reason: &str) -> usize {
    Rejected::REASONS.iter().position(|known| *known == reason).expect("REASONS holds every reason")
}
