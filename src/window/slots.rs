//! The numbers of a series by slot, in one list.
//!
//! **Why one list.** A slot of five seconds holds a handful of numbers, and there are thousands of series: a list for each slot would be
//! mostly headers, and allocate with every slot that begins. In one list that is sorted by slot and cell, what happens now is at its
//! end, and what leaves, leaves from its front.
//!
//! **Why the newest slot is apart.** To look for the place of each number costs more than all else of a booking, and nearly everything
//! is booked in the newest slot. So its numbers are put down as they come, and are sorted, and equal ones added up, when the next slot
//! begins: then they only have to be put behind the others. Where one slot has many numbers they are added up in between.
//!
//! **Why the oldest are packed.** See [`super::packed`]. What is late unpacks its slot and those after it, until they are packed again.
//!
//! **Invariant.** What is sorted is so by slot and cell, each pair once, no number zero. A slot holds what is packed, or what is sorted
//! and what is fresh; nothing that is not packed is of a slot as early as what is. Nothing sorted is of a later slot than what is fresh,
//! but in a state that an earlier version wrote: no figure depends on it.

use std::collections::VecDeque;
use std::ops::Range;

use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};

use super::cells::Cells;
use super::packed::Packed;
use super::tally::Cell;

/// So many numbers of the newest slot are put down at the least before equal ones are added up.
const FRESH_MIN: usize = 32;

/// Numbers by slot and cell.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(from = "Read")]
pub(super) struct Slots {
    packed: Packed,
    sorted: VecDeque<Number>,
    fresh: Vec<Number>, // of the newest slot, as they came, some cells more than once
}

/// What is written of slots: whether they are packed is not.
#[derive(Deserialize)]
#[serde(rename = "Slots")]
struct Read {
    sorted: VecDeque<Number>,
    fresh: Vec<Number>,
}

/// What is packed and what is sorted, as it is written: one list.
struct Sorted<'a>(&'a Slots);

/// The number of a cell in one slot.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Number {
    key: Key,
    count: i64,
}

/// A slot, counted from 1970, and a cell: one number, so that to compare two is one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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

impl From<Read> for Slots {
    fn from(Read { sorted, fresh }: Read) -> Self {
        Self { packed: Packed::default(), sorted, fresh }
    }
}

/// As [`Read`].
impl Serialize for Slots {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Slots", 2)?;
        fields.serialize_field("sorted", &Sorted(self))?;
        fields.serialize_field("fresh", &self.fresh)?;
        fields.end()
    }
}

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Slots { packed, sorted, .. } = self.0;
        let packed = || packed.iter().flat_map(|(slot, numbers)| numbers.map(move |number| Number::new(slot, number)));
        let mut list = serializer.serialize_seq(Some(packed().count() + sorted.len()))?;
        packed().try_for_each(|number| list.serialize_element(&number))?;
        sorted.iter().try_for_each(|number| list.serialize_element(number))?;
        list.end()
    }
}

impl Number {
    fn new(slot: u32, (cell, count): (Cell, i64)) -> Self {
        Self { key: Key::new(slot, cell), count }
    }
}

/// One slot, to add to.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    slots: &'a mut Slots,
    slot: u32,
}

impl Slots {
    /// Reads what is written next. The number means nothing.
    pub fn touch(&self) -> usize {
        let touch = |number: &Number| usize::from(number.count > 0);
        self.fresh.last().map_or(0, touch) ^ self.sorted.back().map_or(0, touch)
    }

    /// How many numbers there are that are not packed, some of them of the same cell.
    pub fn len(&self) -> usize {
        self.sorted.len() + self.fresh.len()
    }

    /// The slot with that number, to add to.
    pub fn slot(&mut self, slot: u32) -> Slot<'_> {
        Slot { slots: self, slot }
    }

    /// What is in some slots, in no order, each cell at least as often as it is in a slot.
    pub fn range(&self, slots: Range<u32>) -> impl Iterator<Item = (Cell, i64)> {
        let from = self.sorted.partition_point(|number| number.key.slot() < slots.start);
        let to = self.sorted.partition_point(|number| number.key.slot() < slots.end).max(from);
        let packed = self.packed.range(slots.clone());
        let fresh = self.fresh.iter().filter(move |number| slots.contains(&number.key.slot()));
        packed.chain(self.sorted.range(from..to).chain(fresh).map(|number| (number.key.cell(), number.count)))
    }

    /// Takes out what was booked in slots before this one, in order.
    pub fn take_before(&mut self, slot: u32, mut take: impl FnMut(u32, Cell, i64)) {
        self.close_before(slot);
        self.packed.take_before(slot, &mut take);
        while let Some(Number { key, count }) = self.sorted.pop_front_if(|number| number.key.slot() < slot) {
            take(key.slot(), key.cell(), count);
        }
    }

    /// Packs what was booked in slots before this one: little will change of it.
    pub fn pack_before(&mut self, slot: u32) {
        self.close_before(slot);
        let old = self.sorted.partition_point(|number| number.key.slot() < slot);
        if old > 0 {
            let old = self.sorted.drain(..old);
            self.packed.extend(old.map(|Number { key, count }| (key.slot(), key.cell(), count)));
        }
    }

    /// Puts down what was booked in a slot before this one in its place.
    fn close_before(&mut self, slot: u32) {
        if self.fresh.iter().any(|number| number.key.slot() < slot) {
            self.close();
        }
    }

    /// Sees to it that neither that slot nor a later one is packed.
    fn unpack_from(&mut self, slot: u32) {
        if !self.packed.is_free_from(slot) {
            let Self { packed, sorted, .. } = self;
            packed.take_from(slot, |own, numbers| {
                let numbers: Vec<_> = numbers.map(|number| Number::new(own, number)).collect();
                numbers.into_iter().rev().for_each(|number| sorted.push_front(number));
            });
        }
    }

    /// Puts what is fresh in its place: nearly always behind all others.
    fn close(&mut self) {
        self.add_up();
        let Self { sorted, fresh, .. } = self;
        if sorted.back().zip(fresh.first()).is_none_or(|(last, first)| last.key < first.key) {
            sorted.extend(fresh.drain(..));
        } else {
            fresh.drain(..).for_each(|number| add(sorted, number));
        }
    }

    /// Sorts what is fresh, and adds up what is equal.
    fn add_up(&mut self) {
        self.fresh.sort_unstable_by_key(|number| number.key);
        self.fresh.dedup_by(|later, earlier| {
            let same = later.key == earlier.key;
            if same {
                earlier.count += later.count;
            }
            same
        });
        self.fresh.retain(|number| number.count != 0);
    }

    /// Makes room for one more number, if by adding up what is equal.
    #[cold]
    fn make_room(&mut self) {
        if self.fresh.len() >= FRESH_MIN {
            self.add_up();
        }
        self.fresh.reserve(self.fresh.len().max(1)); // so that adding up is worth its while
    }
}

/// Adds a number to sorted ones.
fn add(sorted: &mut VecDeque<Number>, number: Number) {
    let place = place(sorted, number.key);
    match sorted.get_mut(place) {
        Some(known) if known.key == number.key => {
            known.count += number.count;
            if known.count == 0 {
                sorted.remove(place);
            }
        }
        _ if number.count == 0 => {}
        _ => sorted.insert(place, number),
    }
}

/// Where a cell of a slot is, or would be: nearly always among the last.
fn place(sorted: &VecDeque<Number>, key: Key) -> usize {
    let is_before = |number: &Number| number.key < key;
    let (mut from, mut to, mut step) = (sorted.len(), sorted.len(), 1);
    while from > 0 && !is_before(&sorted[from - 1]) {
        to = from - 1;
        from = from.saturating_sub(step);
        step *= 2;
    }
    while from < to {
        let middle = (from + to) / 2;
        if is_before(&sorted[middle]) {
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    from
}

impl Cells for Slot<'_> {
    #[inline]
    fn add(&mut self, cell: Cell, count: i64) {
        if count == 0 {
            return;
        }
        let number = Number::new(self.slot, (cell, count));
        let newest = self.slots.fresh.first().map(|first| first.key.slot());
        if newest != Some(self.slot) {
            self.slots.unpack_from(self.slot);
            let Slots { sorted, .. } = &mut *self.slots;
            match newest {
                Some(newest) if self.slot < newest => return add(sorted, number),
                None if sorted.back().is_some_and(|last| self.slot < last.key.slot()) => return add(sorted, number),
                Some(_) => self.slots.close(),
                None => {}
            }
        }
        if self.slots.fresh.len() == self.slots.fresh.capacity() {
            self.slots.make_room();
        }
        self.slots.fresh.push(number);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::super::tally::{Field, Tally};
    use super::*;

    proptest! {
        #[test]
        fn one_list_is_a_map_by_slot_and_cell(
            deeds in proptest::collection::vec((0..9_u32, 0..6_u16, -2..3_i64, 0..20_u32), 0..240),
            from in 0..9_u32,
            more in 0..9_u32,
            read in 0..31_usize, // a state that an earlier version wrote has what was fresh of several slots
        ) {
            let (mut slots, mut map) = (Slots::default(), BTreeMap::<(u32, Cell), i64>::new());
            for (step, (slot, part, count, pack)) in deeds.into_iter().enumerate() {
                let (slot, cell) = (slot + step as u32 / 8, Cell::part(Field::FlowedOut, part));
                if step < read {
                    slots.fresh.push(Number { key: Key::new(slot, cell), count });
                } else {
                    slots.slot(slot).add(cell, count);
                }
                *map.entry((slot, cell)).or_default() += count;
                map.retain(|_, count| *count != 0);
                if step >= read && pack == 0 {
                    slots.pack_before(slot);
                }
                if step >= read && pack == 1 {
                    let (gone, stays) = map.into_iter().partition(|((own, _), _)| own + 3 < slot);
                    map = stays;
                    let mut taken = BTreeMap::new();
                    let mut take = |slot, cell, count| assert_eq!(taken.insert((slot, cell), count), None);
                    slots.take_before(slot.saturating_sub(3), &mut take);
                    prop_assert_eq!(taken, gone);
                }
            }
            let (mut ranged, mut found) = (Tally::default(), Tally::default());
            let in_range = map.range((from, Cell::of(Field::Offered))..(from + more, Cell::of(Field::Offered)));
            in_range.for_each(|((_, cell), count)| ranged.add(*cell, *count));
            slots.range(from..from + more).for_each(|(cell, count)| found.add(cell, count));
            prop_assert_eq!(found, ranged);
            slots.close_before(u32::MAX);
            let written = postcard::to_stdvec(&slots).unwrap();
            let read: Slots = postcard::from_bytes(&written).unwrap();
            let held: Vec<_> =
                read.sorted.iter().map(|number| ((number.key.slot(), number.key.cell()), number.count)).collect();
            prop_assert_eq!(held, map.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(postcard::to_stdvec(&read).unwrap(), written);
            let mut taken = Vec::new();
            slots.take_before(from, |slot, cell, count| taken.push(((slot, cell), count)));
            prop_assert_eq!(taken, map.into_iter().filter(|((slot, _), _)| *slot < from).collect::<Vec<_>>());
        }
    }
}
