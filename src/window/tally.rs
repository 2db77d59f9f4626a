//! A tally: everything that was booked in some stretch of time, as integers.
//!
//! **Why one flat list of cells.** A slot of five seconds holds a handful of numbers, a month holds thousands; both are a sorted
//! list of (cell, count). Merging tallies is adding, withdrawing is subtracting, and equality is equality: there is no running
//! mean, no sketch and no float in it, so the order of additions leaves no trace.
//!
//! **Invariant.** Sorted by cell, each cell once, none of them zero.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::cells::Cells;
use crate::time::Span;

/// What a number in a tally counts. Declared in no particular order; the names stand in `kpi`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "each is documented where it is booked, in crate::measure::Measure")]
pub enum Field {
    Offered,
    Volume,
    Answered,
    AnsweredWithin,
    SpeedOfAnswer,
    CustomerWait,
    Abandoned,
    AbandonedShort,
    AbandonedWithin,
    TimeToAbandon,
    FlowedOut,
    FlowedOutWithin,
    CallbackWithin,
    PastThreshold,
    Blocked,
    StayExpired,
    TalkExpired,
    TalkTime,
    HoldTime,
    LegEnded,
    Transferred,
    HandleTime,
    AfterContactTime,
    WrapTimeout,
    Adopted,
    Disowned,
    AbandonedFor,
    MissedAlert,
    ChatFirstResponse,
    ChatReply,
    CallbackRequested,
    CallbackAttempted,
    CallbackReached,
    CallbackWait,
    CallbackGivenUp,
    LevelMet,
    LevelCounted,
    Odd,
    TicketCreated,
    TicketAdopted,
    TicketDisowned,
    MovedIn,
    MovedOut,
    Resolved,
    ResolutionFirst,
    ResolutionAgain,
    ResolutionActive,
    RepliesAtResolve,
    ResolvesWithReplies,
    ResolvedUnreplied,
    Reopened,
    ReopenedFirst,
    TicketClosed,
    TicketDeleted,
    DeletedOpen,
    TicketExpired,
    Escalated,
    EscalatedFirst,
    FirstResponse,
    FirstResponseBusiness,
    TicketReply,
    TicketReplyBusiness,
    ResolutionBusiness,
    ResponseDecided,
    ResponseWithin,
    ComplaintDecided,
    ComplaintOverdue,
    AssignedToAgent,
    SurveySent,
    Rated,
    RatedGood,
    RatedBad,
    ScoreSum,
    Reviewed,
    Scored,
    ScoredPoints,
    ScoredMax,
    StateTime,
    BusyTime,
    IdleTime,
    InHandTime,
    LoggedInTime,
    UsefulTime,
    SlotInHandTime,
    SlotTime,
    SlaMet,
    SlaBreached,
    SlaReversed,
}

impl Field {
    /// The one that was declared last.
    pub(super) const LAST: Self = Self::SlaReversed;
}

/// One number of a tally: a field, and which part of it (a cause, a bucket).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cell(u32);

/// The part of a duration field that holds the sum of all samples, in milliseconds.
pub(super) const SUM: u16 = u16::MAX;

impl Cell {
    /// The part `part` of a field.
    pub const fn part(field: Field, part: u16) -> Self {
        Self((field as u32) << 16 | part as u32)
    }

    /// The only part of a field that has none.
    pub const fn of(field: Field) -> Self {
        Self::part(field, 0)
    }

    /// The sum of a field of durations.
    pub const fn sum(field: Field) -> Self {
        Self::part(field, SUM)
    }

    /// Whether it is a part of a field.
    pub const fn field_is(self, field: Field) -> bool {
        self.0 >> 16 == field as u32
    }

    /// A stable number of this cell, for hashing.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The cell with that number.
    pub(super) const fn coded(code: u32) -> Self {
        Self(code)
    }

    fn number(self) -> u16 {
        (self.0 & 0xFFFF) as u16
    }
}

/// The numbers of a field's parts, lowest part first.
#[derive(Clone, Debug, Default)]
pub struct Parts<'a>(std::slice::Iter<'a, (Cell, i64)>);

impl Parts<'_> {
    /// Whether there are none left.
    pub fn is_empty(&self) -> bool {
        self.0.as_slice().is_empty()
    }
}

impl Iterator for Parts<'_> {
    type Item = (u16, i64);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(cell, count)| (cell.number(), *count))
    }
}

impl DoubleEndedIterator for Parts<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(cell, count)| (cell.number(), *count))
    }
}

impl PartialEq for Parts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.clone().eq(other.clone())
    }
}

/// Numbers by cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally(Vec<(Cell, i64)>);

/// Room to add numbers up in, to be used again: there are far fewer cells than numbers where there are many.
#[derive(Debug, Default)]
pub struct Sums {
    by_cell: HashMap<Cell, i64, FixedState>,
    sorted: Vec<(Cell, i64)>,
    merged: Vec<(Cell, i64)>,
}

/// Of so many times more cells each is looked for, and they are not gone through.
const FEW: usize = 16;

impl Cells for Tally {
    fn add(&mut self, cell: Cell, count: i64) {
        if count == 0 {
            return;
        }
        match self.0.binary_search_by_key(&cell, |(cell, _)| *cell) {
            Ok(place) => {
                self.0[place].1 += count;
                if self.0[place].1 == 0 {
                    self.0.remove(place);
                }
            }
            Err(place) => self.0.insert(place, (cell, count)),
        }
    }
}

impl Tally {
    /// Adds everything of another tally.
    pub fn merge(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        if other.0.len() * FEW < self.0.len() {
            for (cell, count) in &other.0 {
                self.add(*cell, *count);
            }
            return;
        }
        let mut sum = Vec::with_capacity(self.0.len() + other.0.len());
        merge(&self.0, &other.0, &mut sum);
        *self = Self(sum);
    }

    /// Adds numbers that are in no order, some cells more than once.
    pub fn gather(&mut self, numbers: impl Iterator<Item = (Cell, i64)>, sums: &mut Sums) {
        let (_, at_most) = numbers.size_hint();
        if at_most.is_some_and(|count| count * FEW < self.0.len()) {
            return numbers.for_each(|(cell, count)| self.add(cell, count));
        }
        let Sums { by_cell, sorted, merged } = sums;
        numbers.for_each(|(cell, count)| *by_cell.entry(cell).or_default() += count);
        if by_cell.is_empty() {
            return;
        }
        sorted.clear();
        sorted.extend(by_cell.drain().filter(|(_, count)| *count != 0));
        sorted.sort_unstable_by_key(|(cell, _)| *cell);
        merge(&self.0, sorted, merged);
        self.0.clear();
        self.0.reserve_exact(merged.len());
        self.0.extend_from_slice(merged);
    }

    /// The number in a cell.
    pub fn get(&self, cell: Cell) -> i64 {
        self.0.binary_search_by_key(&cell, |(cell, _)| *cell).map_or(0, |place| self.0[place].1)
    }

    /// The number of a field that has no parts.
    pub fn count(&self, field: Field) -> i64 {
        self.get(Cell::of(field))
    }

    /// The numbers of a field's parts.
    pub fn parts(&self, field: Field) -> Parts<'_> {
        let from = self.0.partition_point(|(cell, _)| *cell < Cell::of(field));
        let rest = &self.0[from..];
        let end = rest.partition_point(|(cell, _)| *cell <= Cell::part(field, SUM));
        Parts(rest[..end].iter())
    }

    /// The sum of a field's parts.
    pub fn total(&self, field: Field) -> i64 {
        self.parts(field).map(|(_, count)| count).sum()
    }

    /// A duration field's samples: (bucket, how many), shortest first, and their sum.
    pub fn samples(&self, field: Field) -> (Parts<'_>, Span) {
        let mut parts = self.parts(field);
        let has_sum = parts.clone().next_back().is_some_and(|(part, _)| part == SUM);
        let sum = if has_sum { parts.next_back().map_or(0, |(_, sum)| sum) } else { 0 };
        (parts, Span::from_millis(sum))
    }

    /// Whether anything is booked in a field from `first` to `last`.
    pub fn has_between(&self, first: Field, last: Field) -> bool {
        let from = self.0.partition_point(|(cell, _)| *cell < Cell::of(first));
        self.0.get(from).is_some_and(|(cell, _)| *cell <= Cell::part(last, SUM))
    }

    /// How many cells hold a number.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is booked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All cells with their numbers, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Cell, i64)> {
        self.0.iter().copied()
    }
}

/// Puts both together in place of what `sum` holds.
fn merge(a: &[(Cell, i64)], b: &[(Cell, i64)], sum: &mut Vec<(Cell, i64)>) {
    sum.clear();
    let (mut from_a, mut from_b) = (0, 0);
    while let (Some((left, x)), Some((right, y))) = (a.get(from_a), b.get(from_b)) {
        let (is_left, is_right) = (left <= right, right <= left);
        from_a += usize::from(is_left);
        from_b += usize::from(is_right);
        let count = x * i64::from(is_left) + y * i64::from(is_right);
        if count != 0 {
            sum.push((*left.min(right), count));
        }
    }
    sum.extend_from_slice(&a[from_a..]);
    sum.extend_from_slice(&b[from_b..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn tally(cells: &[(u8, i64)]) -> Tally {
        let mut tally = Tally::default();
        for (part, count) in cells {
            tally.add(Cell::part(Field::FlowedOut, u16::from(*part)), *count);
        }
        tally
    }

    proptest! {
        #[test]
        fn a_merge_is_the_sum_cell_by_cell(a in proptest::collection::vec((0u8..40, -3i64..4), 0..60),
                                           b in proptest::collection::vec((0u8..40, -3i64..4), 0..60)) {
            let mut sums = BTreeMap::<u8, i64>::new();
            for (part, count) in a.iter().chain(&b) {
                *sums.entry(*part).or_default() += count;
            }
            sums.retain(|_, count| *count != 0);
            let mut merged = tally(&a);
            merged.merge(&tally(&b));
            let read: BTreeMap<u8, i64> = merged.parts(Field::FlowedOut).map(|(part, n)| (part as u8, n)).collect();
            prop_assert_eq!(read, sums);
        }
    }

    proptest! {
        #[test]
        fn to_gather_is_to_add_one_by_one(had in proptest::collection::vec((0u8..40, -3i64..4), 0..60),
                                          others in proptest::collection::vec((0u8..40, -3i64..4), 0..60)) {
            let (mut gathered, mut added) = (tally(&had), tally(&had));
            let cells = others.iter().map(|(part, count)| (Cell::part(Field::FlowedOut, u16::from(*part)), *count));
            gathered.gather(cells.clone(), &mut Sums::default());
            cells.for_each(|(cell, count)| added.add(cell, count));
            prop_assert_eq!(gathered, added);
        }
    }

    #[test]
    fn a_withdrawal_leaves_no_trace() {
        let mut tally = Tally::default();
        tally.add_duration(Field::HandleTime, Span::from_seconds(90), 1);
        tally.add_duration(Field::HandleTime, Span::from_seconds(90), -1);
        assert!(tally.is_empty());
    }
}
