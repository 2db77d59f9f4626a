//! The numbers of slots that only a late event changes any more, in a third of their room.
//!
//! **Why.** A window of an hour keeps 720 slots of each queue and agent, which is more than all contacts that are open; and whoever reads
//! it goes through all of them. A number is a slot, a cell and a count, sixteen bytes as they are; nearly every count is small.
//!
//! **Form.** A *run* of words for each slot that holds something, its cells in order. A word has the field in seven bits, the part in
//! thirteen and the count in twelve; where that is too few, a mark stands for the count, and the count or all of the number follows.

use std::collections::VecDeque;
use std::ops::Range;

use super::tally::{Cell, Field, SUM};

/// Numbers by slot and cell; of each cell of a slot one.
#[derive(Clone, Debug, Default)]
pub(super) struct Packed {
    words: Vec<u32>,
    gone: u32, // words in front that are in no run any more
    runs: VecDeque<Run>,
    free_from: u32, // no run is of this slot or a later one
}

/// Where the numbers of one slot end; they begin where those of the slot before end.
#[derive(Clone, Copy, Debug)]
struct Run {
    slot: u32,
    end: u32,
}

/// Numbers of neighbouring runs.
#[derive(Clone, Debug)]
pub(super) struct Numbers<'a>(std::slice::Iter<'a, u32>);

const COUNT_BITS: u32 = 12;
const PART_BITS: u32 = 13;
const FIELD_BITS: u32 = u32::BITS - PART_BITS - COUNT_BITS;
/// Counts from -2,048 on are put down as so much more than that; the last two of those stand for what follows.
const LOWEST: i64 = -(1 << (COUNT_BITS - 1));
const COUNT_FOLLOWS: u32 = (1 << COUNT_BITS) - 2;
const ALL_FOLLOWS: u32 = (1 << COUNT_BITS) - 1;
/// Stands for the part that is the sum of a duration.
const SUM_SHORT: u32 = (1 << PART_BITS) - 1;

const _: () = assert!((Field::LAST as u32) < 1 << FIELD_BITS, "fields fit their bits");

impl Packed {
    /// Whether neither that slot nor a later one is in it; looks at nothing that lies elsewhere.
    pub fn is_free_from(&self, slot: u32) -> bool {
        slot >= self.free_from
    }

    /// Adds numbers of slots later than all others, sorted.
    pub fn extend(&mut self, numbers: impl ExactSizeIterator<Item = (u32, Cell, i64)>) {
        if self.words.capacity() - self.words.len() < 2 * numbers.len() {
            self.words.reserve_exact((4 * numbers.len()).max(self.words.len() / 8)); // a list that grows by itself doubles
        }
        let mut last = None;
        for (slot, cell, count) in numbers {
            if let Some(slot) = last.replace(slot).filter(|last| *last != slot) {
                self.end(slot);
            }
            put(&mut self.words, cell, count);
        }
        last.into_iter().for_each(|slot| self.end(slot));
    }

    fn end(&mut self, slot: u32) {
        let end = u32::try_from(self.words.len()).expect("memory is far below 2^32 words for a series");
        self.runs.push_back(Run { slot, end });
        self.free_from = slot.saturating_add(1);
    }

    /// The numbers in some slots.
    pub fn range(&self, slots: Range<u32>) -> Numbers<'_> {
        let from = self.runs.partition_point(|run| run.slot < slots.start);
        let to = self.runs.partition_point(|run| run.slot < slots.end).max(from);
        Numbers(self.words[self.start_of(from)..self.start_of(to)].iter())
    }

    /// Every slot with its numbers, the earliest first.
    pub fn iter(&self) -> impl Iterator<Item = (u32, Numbers<'_>)> {
        (0..self.runs.len()).map(|place| (self.runs[place].slot, self.run(place)))
    }

    /// Takes out the slots before this one, the earliest first.
    pub fn take_before(&mut self, slot: u32, mut take: impl FnMut(u32, Cell, i64)) {
        while let Some(run) = self.runs.front().filter(|run| run.slot < slot).copied() {
            self.run(0).for_each(|(cell, count)| take(run.slot, cell, count));
            self.gone = run.end;
            self.runs.pop_front();
        }
        if self.gone as usize > self.words.len() / 2 {
            self.words.drain(..self.gone as usize);
            self.runs.iter_mut().for_each(|run| run.end -= self.gone);
            self.gone = 0;
        }
    }

    /// Takes out the slots from this one on, the latest first.
    pub fn take_from(&mut self, slot: u32, mut take: impl FnMut(u32, Numbers<'_>)) {
        while let Some(run) = self.runs.back().filter(|run| run.slot >= slot) {
            let (place, slot) = (self.runs.len() - 1, run.slot);
            take(slot, self.run(place));
            self.words.truncate(self.start_of(place));
            self.runs.pop_back();
            self.free_from = slot;
        }
    }

    fn run(&self, place: usize) -> Numbers<'_> {
        Numbers(self.words[self.start_of(place)..self.start_of(place + 1)].iter())
    }

    /// Where a run starts; of the place behind the last, where that ends.
    fn start_of(&self, place: usize) -> usize {
        place.checked_sub(1).map_or(self.gone, |before| self.runs[before].end) as usize
    }
}

fn put(words: &mut Vec<u32>, cell: Cell, count: i64) {
    let small = u32::try_from(count.wrapping_sub(LOWEST)).ok().filter(|small| *small < COUNT_FOLLOWS);
    match (head(cell), small, i32::try_from(count)) {
        (Some(head), Some(small), _) => words.push(head | small),
        (Some(head), None, Ok(count)) => words.extend([head | COUNT_FOLLOWS, count as u32]),
        _ => words.extend([ALL_FOLLOWS, cell.code(), count as u32, (count >> 32) as u32]),
    }
}

/// The word of a cell, without the count; of parts that nobody has yet there is none.
fn head(cell: Cell) -> Option<u32> {
    let (field, part) = (cell.code() >> 16, cell.code() & 0xFFFF);
    let part = if part == u32::from(SUM) { Some(SUM_SHORT) } else { Some(part).filter(|part| *part < SUM_SHORT) };
    part.filter(|_| field < 1 << FIELD_BITS).map(|part| (field << PART_BITS | part) << COUNT_BITS)
}

impl Iterator for Numbers<'_> {
    type Item = (Cell, i64);

    #[inline]
    fn next(&mut self) -> Option<(Cell, i64)> {
        let word = *self.0.next()?;
        let mut follows = || *self.0.next().expect("a mark stands before what follows");
        let count = match word & ALL_FOLLOWS {
            ALL_FOLLOWS => {
                let (code, low, high) = (follows(), follows(), follows());
                return Some((Cell::coded(code), i64::from(high) << 32 | i64::from(low)));
            }
            COUNT_FOLLOWS => i64::from(follows() as i32),
            small => i64::from(small) + LOWEST,
        };
        let (field, part) = (word >> (PART_BITS + COUNT_BITS), word >> COUNT_BITS & SUM_SHORT);
        let part = if part == SUM_SHORT { u32::from(SUM) } else { part };
        Some((Cell::coded(field << 16 | part), count))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.0.len().div_ceil(4), Some(self.0.len()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_packed_is_read_again(
            numbers in proptest::collection::vec((any::<u32>(), prop_oneof![any::<i64>(), -5_000..5_000_i64, any::<i32>().prop_map(i64::from)]), 0..40),
        ) {
            let numbers: Vec<_> = numbers.into_iter().map(|(code, count)| (Cell::coded(code), count)).collect();
            let mut packed = Packed::default();
            packed.extend(numbers.iter().map(|(cell, count)| (7, *cell, *count)));
            prop_assert_eq!(packed.range(0..u32::MAX).collect::<Vec<_>>(), numbers);
        }
    }

    #[test]
    fn an_ordinary_number_is_one_word_and_a_sum_two() {
        let mut packed = Packed::default();
        let numbers = [(Cell::part(Field::HandleTime, 1_234), 2), (Cell::sum(Field::HandleTime), 184_000)];
        packed.extend(numbers.iter().map(|(cell, count)| (7, *cell, *count)));
        assert_eq!(packed.words.len(), 3);
        assert_eq!(packed.iter().map(|(slot, own)| (slot, own.collect())).collect::<Vec<_>>(), [(7, numbers.to_vec())]);
    }
}
