//! The numbers of a series by slot, in one list.
//!
//! **Why one list.** A slot of five seconds holds a handful of numbers, and there are thousands of series: a list for each slot would be
//! mostly headers, and allocate with every slot that begins. In one list that is sorted by slot and cell, what happens now is at its
//! end, and what leaves, leaves from its front.
//!
//! **Invariant.** Sorted by slot and cell, each pair once, no number zero.

use std::collections::VecDeque;
use std::ops::Range;

use super::cells::Cells;
use super::tally::Cell;

/// Numbers by slot and cell.
#[derive(Clone, Debug, Default)]
pub(super) struct Slots(VecDeque<Number>);

/// The number of a cell in one slot.
#[derive(Clone, Copy, Debug)]
struct Number {
    key: Key,
    count: i64,
}

/// A slot, counted from 1970, and a cell: one number, so that to compare two is one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64);

impl Key {
    fn new(slot: u32, cell: Cell) -> Self {
        Self(u64::from(slot) << 32 | u64::from(cell.code()))
    }

    fn slot(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn cell(self) -> Cell {
        Cell::coded(self.0 as u32)
    }
}

/// One slot, to add to.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    slots: &'a mut Slots,
    slot: u32,
}

impl Slots {
    /// The slot with that number, to add to.
    pub fn slot(&mut self, slot: u32) -> Slot<'_> {
        Slot { slots: self, slot }
    }

    /// What is in some slots, cell by cell, each as often as it is in a slot.
    pub fn range(&self, slots: Range<u32>) -> impl ExactSizeIterator<Item = (Cell, i64)> {
        let from = self.0.partition_point(|number| number.key.slot() < slots.start);
        let to = self.0.partition_point(|number| number.key.slot() < slots.end).max(from);
        self.0.range(from..to).map(|number| (number.key.cell(), number.count))
    }

    /// Takes the first number out, if it is in a slot before that one.
    pub fn pop_before(&mut self, slot: u32) -> Option<(u32, Cell, i64)> {
        let Number { key, count } = self.0.pop_front_if(|number| number.key.slot() < slot)?;
        Some((key.slot(), key.cell(), count))
    }

    /// Where a cell of a slot is, or would be: nearly always among the last.
    fn place(&self, key: Key) -> usize {
        let is_before = |number: &Number| number.key < key;
        let (mut from, mut to, mut step) = (self.0.len(), self.0.len(), 1);
        while from > 0 && !is_before(&self.0[from - 1]) {
            to = from - 1;
            from = from.saturating_sub(step);
            step *= 2;
        }
        while from < to {
            let middle = (from + to) / 2;
            if is_before(&self.0[middle]) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        from
    }
}

impl Cells for Slot<'_> {
    fn add(&mut self, cell: Cell, count: i64) {
        if count == 0 {
            return;
        }
        let (slots, key) = (&mut *self.slots, Key::new(self.slot, cell));
        let place = slots.place(key);
        match slots.0.get_mut(place) {
            Some(known) if known.key == key => {
                known.count += count;
                if known.count == 0 {
                    slots.0.remove(place);
                }
            }
            _ => slots.0.insert(place, Number { key, count }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::tally::Field;
    use super::*;

    proptest! {
        #[test]
        fn one_list_is_a_map_by_slot_and_cell(
            deeds in proptest::collection::vec((0..9_u32, 0..6_u16, -2..3_i64), 0..120), from in 0..9_u32, more in 0..9_u32,
        ) {
            let (mut slots, mut map) = (Slots::default(), BTreeMap::<(u32, Cell), i64>::new());
            for (step, (slot, part, count)) in deeds.into_iter().enumerate() {
                let (slot, cell) = (slot + step as u32 / 8, Cell::part(Field::FlowedOut, part));
                slots.slot(slot).add(cell, count);
                *map.entry((slot, cell)).or_default() += count;
                map.retain(|_, count| *count != 0);
            }
            let held: Vec<_> = slots.0.iter().map(|number| ((number.key.slot(), number.key.cell()), number.count)).collect();
            prop_assert_eq!(held, map.clone().into_iter().collect::<Vec<_>>());
            let ranged = map.range((from, Cell::of(Field::Offered))..(from + more, Cell::of(Field::Offered)));
            let ranged: Vec<_> = ranged.map(|((_, cell), count)| (*cell, *count)).collect();
            prop_assert_eq!(slots.range(from..from + more).collect::<Vec<_>>(), ranged);
            let popped: Vec<_> = std::iter::from_fn(|| slots.pop_before(from)).map(|(slot, cell, _)| (slot, cell)).collect();
            prop_assert_eq!(popped, map.into_keys().filter(|(slot, _)| *slot < from).collect::<Vec<_>>());
        }
    }
}
