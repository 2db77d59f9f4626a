//! The slots of one series: what was booked when, as finely as some window still needs it.
//!
//! **Why two grains.** A window that slides needs its slot (5 s) at the far edge; `today` and the clock-aligned intervals begin
//! on whole minutes. So what no sliding window reaches any more is kept by the minute, and what nothing reaches is in `all` only.
//! One grain of 5 s would be 17,280 slots a day.
//!
//! **Words.** *Slot*: one slide of time, [kS, (k+1)S). *Reach*: how far back some window can look. *Absorbed*: added to the sum of
//! all time, which is done when no sliding window reaches it any more; what is newer is added when somebody reads, so that an event is
//! booked once and not twice.
//!
//! **Invariant.** For every t not before the line that was last rolled to, each window read at t holds exactly the slots that
//! begin in it. The sum of all time and the slots that are not absorbed hold everything that was ever booked.

use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::cells::{Cells, Level};
use super::slots::Slots;
use super::tally::{Cell, Sums, Tally};
use crate::measure::Measure;
use crate::time::{EventTime, Span};

/// The grain of what only `today` and intervals reach.
pub const MINUTE: Span = Span::from_seconds(60);

/// What was booked when.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ring {
    fine: Slots,
    coarse: Coarse, // minutes
    absorbed: Tally,
    edges: Edges,
}

/// Slots that are made with the first number: only who is looked at for longer than windows slide has any.
#[derive(Clone, Debug, Default)]
struct Coarse(Option<Box<Slots>>);

/// As the slots.
impl Serialize for Coarse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(slots) => slots.serialize(serializer),
            None => Slots::default().serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Coarse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let slots = Slots::deserialize(deserializer)?;
        Ok(Self((slots.len() > 0).then(|| Box::new(slots))))
    }
}

/// What a ring still keeps: the numbers of slots and minutes, counted from 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edges {
    absorbed_to: u32, // slots before it are absorbed
    fine_from: u32,   // slots before it, of a whole minute, are kept by the minute
    coarse_from: u32, // minutes before it are not kept
}

/// What is over, as of a line.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    edges: Edges,
    late: u32, // slots before it only a late event changes
}

/// How far back windows look, and how finely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The length of a slot.
    pub slot: Span,
    /// The longest sliding window.
    pub sliding: Span,
    /// The farthest that any window looks.
    pub any: Span,
}

impl Reach {
    /// What no window read at `line` or later reaches, and what only late events change.
    pub fn past(&self, line: EventTime) -> Past {
        let fine_from = floor(line - self.sliding, MINUTE);
        let edges = Edges {
            absorbed_to: number(fine_from, self.slot),
            fine_from: number(fine_from, self.slot),
            coarse_from: number(line - self.any, MINUTE),
        };
        Past { edges, late: number(line.max(fine_from), self.slot) }
    }

    fn slots_a_minute(&self) -> u32 {
        u32::try_from(MINUTE.as_millis() / self.slot.as_millis()).expect("slots divide a minute")
    }
}

impl Ring {
    /// Books a measure `times` times at a moment; -1 withdraws it.
    #[inline]
    pub fn book(&mut self, at: EventTime, measure: &Measure, level: Level, times: i64, reach: &Reach) {
        let slot = number(at, reach.slot);
        if slot < self.edges.absorbed_to {
            self.absorbed.book(measure, level, times);
        }
        if slot >= self.edges.fine_from {
            self.fine.slot(slot).book(measure, level, times);
        } else if number(at, MINUTE) >= self.edges.coarse_from {
            self.coarse.0.get_or_insert_default().slot(number(at, MINUTE)).book(measure, level, times);
        }
    }

    /// What was booked in the slots that begin in a stretch of time; its start is a whole minute or within the sliding reach.
    pub fn between(&self, window: &Range<EventTime>, reach: &Reach, sums: &mut Sums) -> Tally {
        let mut sum = Tally::default();
        let coarse = self.coarse.0.as_deref().map(|slots| (slots, MINUTE));
        for (slots, length) in coarse.into_iter().chain([(&self.fine, reach.slot)]) {
            sum.gather(slots.range(first(window.start, length)..first(window.end, length)), sums);
        }
        sum
    }

    /// The same, number by number and in no order, of a stretch within the sliding reach.
    pub fn lately(&self, window: &Range<EventTime>, reach: &Reach) -> impl Iterator<Item = (Cell, i64)> {
        self.fine.range(first(window.start, reach.slot)..first(window.end, reach.slot))
    }

    /// Everything that was ever booked.
    pub fn all(&self, sums: &mut Sums) -> Tally {
        let mut sum = self.absorbed.clone();
        sum.gather(self.fine.range(self.edges.absorbed_to..u32::MAX), sums);
        sum
    }

    /// Lets go of what is over, as of a line that never falls.
    pub fn roll(&mut self, past: &Past, reach: &Reach, sums: &mut Sums) {
        // A state that an earlier version wrote has absorbed more.
        let edges = Edges { absorbed_to: self.edges.absorbed_to.max(past.edges.absorbed_to), ..past.edges };
        if self.edges != edges {
            self.let_go(&edges, reach, sums);
        }
        self.fine.pack_before(past.late);
    }

    fn let_go(&mut self, edges: &Edges, reach: &Reach, sums: &mut Sums) {
        self.absorbed.gather(self.fine.range(self.edges.absorbed_to..edges.absorbed_to), sums);
        let slots_a_minute = reach.slots_a_minute();
        let Self { fine, coarse, .. } = self;
        fine.take_before(edges.fine_from, |slot, cell, count| {
            coarse.0.get_or_insert_default().slot(slot / slots_a_minute).add(cell, count);
        });
        if let Some(coarse) = &mut coarse.0 {
            coarse.take_before(edges.coarse_from, |_, _, _| {});
            coarse.pack_before(edges.fine_from / slots_a_minute);
        }
        self.edges = *edges;
    }

    /// Reads a little of it, so that it lies near the processor when something is booked. The number means nothing.
    pub fn touch(&self) -> usize {
        self.edges.absorbed_to as usize ^ self.fine.len()
    }

    /// The same of what lies elsewhere: where it is booked.
    pub fn touch_slots(&self) -> usize {
        self.fine.touch()
    }
}

/// The start of the stretch of length `span`, counted from 1970, that holds a moment.
pub fn floor(at: EventTime, span: Span) -> EventTime {
    at - Span::from_millis(at.as_millis().rem_euclid(span.as_millis()))
}

/// The first start of a stretch of that length at a moment or after it.
pub fn ceil(at: EventTime, span: Span) -> EventTime {
    floor(at + span - Span::from_millis(1), span)
}

/// The number of the stretch of that length that holds a moment, counted from 1970. Event times end with the year 2100, and 32 bits of
/// seconds with 2106; what is before 1970 counts as the beginning of it.
fn number(at: EventTime, length: Span) -> u32 {
    u32::try_from(at.as_millis().div_euclid(length.as_millis()).max(0)).unwrap_or(u32::MAX)
}

/// The number of the first stretch that begins at a moment or after it.
fn first(at: EventTime, length: Span) -> u32 {
    number(ceil(at, length), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_an_earlier_version_wrote_has_absorbed_more_and_shows_the_same() {
        let reach =
            Reach { slot: Span::from_seconds(5), sliding: Span::from_seconds(600), any: Span::from_seconds(86_400) };
        let at = |seconds: i64| EventTime::from_millis(1_700_000_000_000 + seconds * 1_000);
        let (mut ring, mut earlier, mut sums) = (Ring::default(), Ring::default(), Sums::default());
        for second in 0..3_000 {
            for ring in [&mut ring, &mut earlier] {
                ring.book(at(second), &Measure::Offered, Level::default(), 1, &reach);
                ring.book(at(second - 1_000), &Measure::Blocked, Level::default(), 1, &reach); // late
            }
            if second % 300 == 0 {
                let past = reach.past(at(second));
                [&mut ring, &mut earlier].into_iter().for_each(|ring| ring.roll(&past, &reach, &mut sums));
                let absorbed_to = past.late; // up to the line: so it was done before
                let more = earlier.fine.range(earlier.edges.absorbed_to..absorbed_to);
                earlier.absorbed.gather(more, &mut sums);
                earlier.edges.absorbed_to = absorbed_to;
            }
            assert_eq!(ring.all(&mut sums), earlier.all(&mut sums), "after {second} s");
        }
        assert_ne!(ring.absorbed, earlier.absorbed);
        assert_eq!(ring.all(&mut sums).count(super::super::tally::Field::Offered), 3_000);
    }
}
