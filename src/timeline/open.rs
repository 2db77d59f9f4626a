//! What may still be sorted of a subject.
//!
//! **Why apart, and why so little.** A service has hundreds of thousands of contacts, of nearly all of which something may still be
//! sorted, and waits for memory more than for anything else. So the steps are kept and not what they lead to: whoever needs the life as
//! it is now folds them again, which are one or two, in less time than another copy of it takes to come. Where they are many, the life
//! is kept beside them.
//!
//! **Why spare ones.** An event takes what the one before gave back, so that it allocates nothing.
//!
//! **Invariant.** Steps are sorted, and none is before the line that was last sealed. A life that is kept is the sealed one with all steps
//! folded in.

use std::hint::black_box;
use std::ops::BitXor;

use smallvec::SmallVec;

use super::timed::Timed;
use super::{Bookings, Life, Step, step};
use crate::terms::Terms;

/// What may still be sorted of a subject.
#[derive(Clone, Debug)]
pub(super) struct Open<L: Life> {
    pub steps: Steps<L>,
    pub counted: Bookings, // what the counters took of the steps and deadlines
    pub live: Option<Box<Timed<L>>>,
}

/// One step lies in the list itself.
pub(super) type Steps<L> = SmallVec<[Step<<L as Life>::Act>; 1]>;

/// So many steps of a subject are usual. Lists of so many are kept for others, longer ones are not.
const STEPS_USUAL: usize = 4;

/// With more steps than this the life is kept that they lead to.
const STEPS_MANY: usize = 8;

/// Memory that is kept for what will be open, and some to write on.
#[derive(Debug)]
pub struct Spares<L: Life> {
    boxes: Vec<Box<Open<L>>>,
    pub(super) lists: Vec<Vec<Step<L::Act>>>,
    pub(super) live: Timed<L>,
    pub(super) worth: Bookings,
}

impl<L: Life> Open<L> {
    /// Puts a step at its place, which is nearly always behind all others.
    pub fn insert(&mut self, step: Step<L::Act>, lists: &mut Vec<Vec<Step<L::Act>>>) {
        let Self { steps, .. } = self;
        if steps.len() == steps.inline_size() && !steps.spilled() {
            let mut list = lists.pop().unwrap_or_else(|| Vec::with_capacity(STEPS_USUAL));
            list.extend(steps.drain(..));
            *steps = SmallVec::from_vec(list);
        }
        let is_before = |other: &Step<L::Act>| other.is_before(&step);
        let place = if steps.last().is_none_or(is_before) { steps.len() } else { steps.partition_point(is_before) };
        steps.insert(place, step);
    }

    /// Takes out so many of the first steps, which were sealed.
    pub fn take_out(&mut self, steps: usize) {
        self.steps.drain(..steps);
        if self.steps.is_empty() {
            self.live = None;
        }
    }

    /// Folds the steps into a copy of the sealed life. Says how it is now, and what the steps are worth.
    pub fn fold(&self, sealed: &Timed<L>, terms: &Terms, live: &mut Timed<L>, worth: &mut Bookings) {
        live.clone_from(sealed);
        worth.clear();
        step::fold(live, &self.steps, terms, worth);
    }

    /// Keeps the life that the steps lead to, where they are many.
    pub fn keep_live(&mut self, live: &Timed<L>) {
        self.live = (self.steps.len() > STEPS_MANY).then(|| Box::new(live.clone()));
    }

    /// Whether nothing is kept of it.
    pub fn is_idle(&self) -> bool {
        self.steps.is_empty() && self.counted.is_empty()
    }
}

impl<L: Life> Default for Spares<L> {
    fn default() -> Self {
        let live = Timed::new(L::default());
        Self { boxes: Vec::new(), lists: Vec::new(), live, worth: Bookings::default() }
    }
}

impl<L: Life> Spares<L> {
    /// A box in which nothing is.
    pub(super) fn open(&mut self) -> Box<Open<L>> {
        let new = || Box::new(Open { steps: Steps::<L>::new(), counted: Bookings::default(), live: None });
        self.boxes.pop().unwrap_or_else(new)
    }

    /// Keeps a box in which nothing is any more.
    pub(super) fn take_back(&mut self, open: Option<Box<Open<L>>>) {
        let Some(mut open) = open else { return };
        open.live = None;
        if open.steps.spilled() {
            let mut list = std::mem::take(&mut open.steps).into_vec();
            list.clear();
            if list.capacity() == STEPS_USUAL {
                self.lists.push(list);
            }
        }
        self.boxes.push(open);
    }

    /// Reads a little of the boxes that are taken next; see [`super::Subject::touch`].
    pub fn touch(&self, boxes: usize) {
        black_box(self.boxes.iter().rev().take(boxes).map(|open| open.steps.len()).fold(0, BitXor::bitxor));
    }

    /// Keeps at most so many boxes: what a sweep frees, the next events fill.
    pub fn truncate(&mut self, boxes: usize) {
        self.boxes.truncate(boxes);
        self.lists.truncate(boxes);
    }
}
