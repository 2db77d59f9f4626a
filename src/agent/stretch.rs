//! A state from a moment on, and what time in it counts for.
//!
//! Busy is who has at least one contact in hand: by `active` where that is told, else by the states on_contact and
//! after_contact. Idle is who is not busy, and available. Contacts in hand are `active` where told, else one while busy. Slots
//! are the contacts that one may have in hand, while busy or idle and where `capacity` is known.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use crate::limits::OWN_STATES_MAX;
use crate::rules::{AgentRules, STATES, StateId};
use crate::time::{EventTime, Span};
use crate::window::{Cell, Cells, Field, Tally};

/// A small number that may not be told; two bytes, since there are very many of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known(Option<NonZeroU16>);

/// What an agent does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Doing {
    pub state: StateId,
    pub active: Known,
    pub capacity: Known,
}

/// What an agent does from a moment until the next stretch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub from: EventTime,
    pub doing: Doing,
}

/// There is one for every change of every agent.
const _: () = assert!(size_of::<Stretch>() == 16);

const STATES_MAX: usize = STATES.len() + OWN_STATES_MAX + 1;

/// What time counts for, beside its state.
const USES: [Field; 7] = [
    Field::BusyTime,
    Field::IdleTime,
    Field::InHandTime,
    Field::LoggedInTime,
    Field::UsefulTime,
    Field::SlotInHandTime,
    Field::SlotTime,
];

/// Milliseconds, by state and by what they count for.
pub(super) struct Sums {
    states: [i64; STATES_MAX],
    uses: [i64; USES.len()],
}

impl Known {
    /// The number, which is below 65,535.
    pub fn of(number: Option<u16>) -> Self {
        Self(number.and_then(|number| NonZeroU16::new(number.saturating_add(1))))
    }

    pub fn get(self) -> Option<u16> {
        self.0.map(|number| number.get() - 1)
    }
}

impl Doing {
    /// Not logged in, as far as anybody knows.
    pub const OFFLINE: Self = Self { state: StateId::OFFLINE, active: Known(None), capacity: Known(None) };

    /// What a millisecond of it counts for, in the order of [`USES`].
    fn uses(self, rules: &AgentRules) -> [i64; USES.len()] {
        let works = [StateId::ON_CONTACT, StateId::AFTER_CONTACT].contains(&self.state);
        let busy = self.active.get().map_or(works, |active| active >= 1);
        let idle = !busy && self.state == StateId::AVAILABLE;
        let in_hand = self.active.get().map_or(i64::from(busy), i64::from);
        let capacity = self.capacity.get().filter(|_| busy || idle).map_or(0, i64::from);
        let is_logged_in = self.state != StateId::OFFLINE;
        [
            busy.into(),
            idle.into(),
            in_hand,
            is_logged_in.into(),
            (is_logged_in && (busy || rules.is_productive(self.state))).into(),
            if capacity > 0 { in_hand } else { 0 },
            capacity,
        ]
    }
}

impl Sums {
    /// No time.
    pub fn new() -> Self {
        Self { states: [0; STATES_MAX], uses: [0; USES.len()] }
    }

    /// Adds this much time.
    pub fn add(&mut self, doing: Doing, time: Span, rules: &AgentRules) {
        let ms = time.as_millis();
        self.states[usize::from(doing.state.0)] += ms;
        self.uses.iter_mut().zip(doing.uses(rules)).for_each(|(sum, times)| *sum += ms * times);
    }

    /// Adds the time that each stretch has until the next, and the last until `to`; none before `from`.
    pub fn add_all(
        &mut self,
        stretches: impl Iterator<Item = Stretch>,
        (from, to): (EventTime, EventTime),
        rules: &AgentRules,
    ) {
        let mut stretches = stretches.peekable();
        while let Some(stretch) = stretches.next() {
            let end = stretches.peek().map_or(to, |next| next.from.min(to));
            let begin = stretch.from.max(from);
            if begin < end {
                self.add(stretch.doing, end - begin, rules);
            }
        }
    }

    /// Adds them to a tally.
    pub fn add_to(&self, tally: &mut Tally) {
        for (state, ms) in (0..).zip(self.states) {
            tally.add(Cell::part(Field::StateTime, state), ms);
        }
        for (field, ms) in USES.into_iter().zip(self.uses) {
            tally.add(Cell::of(field), ms);
        }
    }
}
