//! A life with the moment of its next deadline.
//!
//! **Why.** Whoever seals, settles, reads or sweeps asks first whether a deadline has passed. It is looked up once for each step, and
//! not whenever somebody asks.

use serde::{Deserialize, Serialize};

use super::{Bookings, Life, Step};
use crate::terms::Terms;
use crate::time::EventTime;

/// A life with the moment of its next deadline.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Timed<L> {
    life: L,
    next: EventTime, // never later than it is
}

impl<L: Life> Timed<L> {
    /// A life whose deadlines are not looked up yet.
    pub fn new(life: L) -> Self {
        Self { life, next: EventTime::MIN }
    }

    /// What is true now.
    pub fn life(&self) -> &L {
        &self.life
    }

    /// The same, and nothing else is wanted.
    pub fn into_life(self) -> L {
        self.life
    }

    /// When the next deadline is; never too late.
    pub fn next_deadline(&self) -> EventTime {
        self.next
    }

    /// Applies a step, after the deadlines that came before it.
    pub fn apply(&mut self, step: &Step<L::Act>, terms: &Terms, bookings: &mut Bookings) {
        if self.next < step.at {
            self.life.advance(step.at, terms, bookings);
        }
        self.life.apply(step, terms, bookings);
        self.next = self.life.next_deadline(terms);
    }

    /// Applies a step that came too late to be sorted in.
    pub fn apply_late(&mut self, step: &Step<L::Act>, terms: &Terms, bookings: &mut Bookings) {
        self.life.apply_late(step, terms, bookings);
        self.next = self.life.next_deadline(terms);
    }

    /// Lets the deadlines before a moment act.
    pub fn advance(&mut self, line: EventTime, terms: &Terms, bookings: &mut Bookings) {
        if self.next < line {
            self.life.advance(line, terms, bookings);
            self.next = self.life.next_deadline(terms);
        }
    }

    /// Looks up what is promised of it; see [`Life::look_up_promises`].
    pub fn look_up_promises(&mut self, terms: &Terms) {
        self.life.look_up_promises(terms);
        self.next = self.life.next_deadline(terms);
    }

    /// Gives it up before its time.
    pub fn give_up(&mut self, line: EventTime, terms: &Terms) -> super::Fate {
        self.next = EventTime::MIN;
        self.life.give_up(line, terms)
    }

    /// Whether `act` comes before `first`; see [`Life::jumps`].
    pub fn jumps(&self, act: &L::Act, first: &L::Act) -> bool {
        self.life.jumps(act, first)
    }
}
