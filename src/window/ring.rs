//! The slots of one series: what was booked when, as finely as some window still needs it.
//!
//! **Why two grains.** A window that slides needs its slot (5 s) at the far edge; `today` and the clock-aligned intervals begin
//! on whole minutes. So what no sliding window reaches any more is kept by the minute, and what nothing reaches is in `all` only.
//! One grain of 5 s would be 17,280 slots a day.
//!
//! **Words.** *Slot*: one slide of time, [kS, (k+1)S). *Reach*: how far back some window can look. *Absorbed*: added to the sum of
//! all time; what is newer is added to it when somebody reads, so that an event is booked once and not twice.
//!
//! **Invariant.** For every t not before the line that was last rolled to, each window read at t holds exactly the slots that
//! begin in it. The sum of all time and the slots that are not absorbed hold everything that was ever booked.

use std::collections::VecDeque;
use std::ops::Range;

use super::cells::Level;
use super::tally::Tally;
use crate::measure::Measure;
use crate::time::{EventTime, Span};

/// The grain of what only `today` and intervals reach.
pub const MINUTE: Span = Span::from_seconds(60);

/// What was booked when.
#[derive(Clone, Debug, Default)]
pub struct Ring {
    fine: VecDeque<Slot>,
    coarse: VecDeque<Slot>,
    fine_from: Option<EventTime>, // whole minutes; before it, slots are a minute long
    coarse_from: Option<EventTime>,
    absorbed: Tally,
    absorbed_to: EventTime, // slots that begin before it are absorbed
}

#[derive(Clone, Debug)]
struct Slot {
    begins: EventTime,
    tally: Tally,
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

impl Ring {
    /// Books a measure `times` times at a moment; -1 withdraws it.
    pub fn book(&mut self, at: EventTime, measure: &Measure, level: Level, times: i64, reach: &Reach) {
        if floor(at, reach.slot) < self.absorbed_to {
            self.absorbed.book(measure, level, times);
        }
        if let Some(tally) = self.slot(at, reach) {
            tally.book(measure, level, times);
        }
    }

    /// What was booked in the slots that begin in a stretch of time; its start is a whole minute or within the sliding reach.
    pub fn between(&self, window: &Range<EventTime>) -> Tally {
        let mut sum = Tally::default();
        for slots in [&self.coarse, &self.fine] {
            let from = slots.partition_point(|slot| slot.begins < window.start);
            let to = slots.partition_point(|slot| slot.begins < window.end);
            for slot in slots.range(from..to.max(from)) {
                sum.merge(&slot.tally);
            }
        }
        sum
    }

    /// Everything that was ever booked.
    pub fn all(&self) -> Tally {
        let mut sum = self.absorbed.clone();
        for slot in self.fine.range(self.fine.partition_point(|slot| slot.begins < self.absorbed_to)..) {
            sum.merge(&slot.tally);
        }
        sum
    }

    /// Lets go of what no window read at `line` or later reaches.
    pub fn roll(&mut self, line: EventTime, reach: &Reach) {
        let fine_from = floor(line - reach.sliding, MINUTE);
        self.absorb(floor(line, reach.slot).max(fine_from));
        while let Some(slot) = self.fine.pop_front_if(|slot| slot.begins < fine_from) {
            slot_at(&mut self.coarse, floor(slot.begins, MINUTE)).merge(&slot.tally);
        }
        let coarse_from = floor(line - reach.any, MINUTE);
        while self.coarse.pop_front_if(|slot| slot.begins < coarse_from).is_some() {}
        self.fine_from = self.fine_from.max(Some(fine_from));
        self.coarse_from = self.coarse_from.max(Some(coarse_from));
    }

    /// Adds the slots that begin before a moment to the sum of all time.
    fn absorb(&mut self, to: EventTime) {
        let from = self.fine.partition_point(|slot| slot.begins < self.absorbed_to);
        let end = self.fine.partition_point(|slot| slot.begins < to).max(from);
        for slot in self.fine.range(from..end) {
            self.absorbed.merge(&slot.tally);
        }
        self.absorbed_to = self.absorbed_to.max(to);
    }

    fn slot(&mut self, at: EventTime, reach: &Reach) -> Option<&mut Tally> {
        if self.coarse_from.is_some_and(|from| at < from) {
            None
        } else if self.fine_from.is_some_and(|from| at < from) {
            Some(slot_at(&mut self.coarse, floor(at, MINUTE)))
        } else {
            Some(slot_at(&mut self.fine, floor(at, reach.slot)))
        }
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

fn slot_at(slots: &mut VecDeque<Slot>, begins: EventTime) -> &mut Tally {
    let place = match slots.back() {
        Some(last) if last.begins < begins => slots.len(),
        _ => slots.partition_point(|slot| slot.begins < begins),
    };
    if slots.get(place).is_none_or(|slot| slot.begins != begins) {
        slots.insert(place, Slot { begins, tally: Tally::default() });
    }
    &mut slots[place].tally
}
