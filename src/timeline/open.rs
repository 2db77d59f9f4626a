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
    pub counted: Option<Box<Bookings>>, // what the counters took of the steps and deadlines, where they took any
    pub live: Option<Box<Timed<L>>>,
}

/// One step lies in the list itself.
pub(super) type Steps<L> = SmallVec<[Step<<L as Life>::Act>; 1]>;

/// So many steps of a subject are usual. Lists that are as long are kept for others, longer ones are not.
const STEPS_USUAL: usize = 4;

/// With more steps than this the life is kept that they lead to.
const STEPS_MANY: usize = 8;

/// Memory that is kept for what will be open, and some to write on.
#[derive(Debug)]
pub struct Spares<L: Life> {
    boxes: Vec<Box<Open<L>>>,
    pub(super) lists: Lists<L>,
    pub(super) live: Timed<L>,
    pub(super) worth: Bookings,
}

/// Lists of two steps, of three and so on, each with room for just so many.
#[derive(Debug)]
pub(super) struct Lists<L: Life>([Vec<Vec<Step<L::Act>>>; STEPS_USUAL - 1]);

impl<L: Life> Lists<L> {
    /// A list with room for so many, at least two.
    fn take(&mut self, steps: usize) -> Vec<Step<L::Act>> {
        self.0[steps - 2].pop().unwrap_or_else(|| Vec::with_capacity(steps))
    }

    /// Keeps a list for others, if it is one that lies outside its box.
    fn take_back(&mut self, steps: Steps<L>) {
        if steps.spilled()
            && let Some(own) = self.0.get_mut(steps.capacity() - 2)
        {
            let mut list = steps.into_vec();
            list.clear();
            own.push(list);
        }
    }
}

impl<L: Life> Open<L> {
    /// Puts a step at its place, which is nearly always behind all others.
    pub fn insert(&mut self, step: Step<L::Act>, lists: &mut Lists<L>) {
        let Self { steps, .. } = self;
        if steps.len() == steps.capacity() && steps.len() < STEPS_USUAL {
            let mut list = lists.take(steps.len() + 1);
            list.extend(steps.drain(..));
            lists.take_back(std::mem::replace(steps, SmallVec::from_vec(list)));
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

    /// The counters took this.
    pub fn note_counted(&mut self, counted: Bookings) {
        self.counted = (!counted.is_empty()).then(|| Box::new(counted));
    }

    /// Whether nothing is kept of it.
    pub fn is_idle(&self) -> bool {
        self.steps.is_empty() && self.counted.is_none()
    }
}

impl<L: Life> Default for Spares<L> {
    fn default() -> Self {
        let live = Timed::new(L::default());
        let lists = Lists(std::array::from_fn(|_| Vec::new()));
        Self { boxes: Vec::new(), lists, live, worth: Bookings::default() }
    }
}

impl<L: Life> Spares<L> {
    /// A box in which nothing is.
    pub(super) fn open(&mut self) -> Box<Open<L>> {
        let new = || Box::new(Open { steps: Steps::<L>::new(), counted: None, live: None });
        self.boxes.pop().unwrap_or_else(new)
    }

    /// Keeps a box in which nothing is any more.
    pub(super) fn take_back(&mut self, open: Option<Box<Open<L>>>) {
        let Some(mut open) = open else { return };
        open.live = None;
        self.lists.take_back(std::mem::take(&mut open.steps));
        self.boxes.push(open);
    }

    /// Reads a little of the boxes that are taken next; see [`super::Subject::touch`].
    pub fn touch(&self, boxes: usize) {
        black_box(self.boxes.iter().rev().take(boxes).map(|open| open.steps.len()).fold(0, BitXor::bitxor));
    }

    /// Keeps what so many subjects will usually need, and some more: what a sweep frees, the next events fill. Not all have several steps.
    pub fn truncate(&mut self, subjects: usize, more: usize) {
        self.boxes.truncate(subjects + more);
        self.lists.0.iter_mut().for_each(|lists| lists.truncate(subjects / 4 + more));
    }
}
