//! What was agreed on agents and their states.
//!
//! **Invariant.** The states are the same for every shard, in the same order: a state's number may leave a shard.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// A state of agents: its place in [`AgentRules::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StateId(pub u8);

/// The states that the contract names, in order; those of the config follow, and `__other__` for words that nobody knows.
pub const STATES: [&str; 6] = ["offline", "available", "on_contact", "after_contact", "break", "away"];

impl StateId {
    /// Not logged in.
    pub const OFFLINE: Self = Self(0);
    /// Ready for a contact.
    pub const AVAILABLE: Self = Self(1);
    /// Talks or writes with a customer.
    pub const ON_CONTACT: Self = Self(2);
    /// In after-contact work.
    pub const AFTER_CONTACT: Self = Self(3);
}

/// What holds for every agent.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentRules {
    /// After this long without an event of its own, an agent is taken to be offline. In [1 m, 30 d].
    pub ttl: Span,
    states: Vec<State>,
}

/// One state.
#[derive(Clone, Debug, PartialEq)]
struct State {
    name: String,
    is_productive: bool,
}

impl AgentRules {
    /// Rules with these own states beside the contract's; `productive` are the names of those that count as use of paid time.
    pub fn new(ttl: Span, own: &[String], productive: &[String]) -> Self {
        let names = STATES.into_iter().chain(own.iter().map(String::as_str)).chain([crate::id::OTHER]);
        let state =
            |name: &str| State { name: name.to_owned(), is_productive: productive.iter().any(|own| own == name) };
        Self { ttl, states: names.map(state).collect() }
    }

    /// The state of that name; `None`: nobody knows it.
    pub fn state(&self, name: &str) -> Option<StateId> {
        let known = &self.states[..self.states.len() - 1];
        known.iter().position(|state| state.name == name).map(Self::id)
    }

    /// The state that stands for all words that nobody knows.
    pub fn other(&self) -> StateId {
        Self::id(self.states.len() - 1)
    }

    /// Every state, in order.
    pub fn states(&self) -> impl Iterator<Item = StateId> {
        (0..self.states.len()).map(Self::id)
    }

    /// The name of a state.
    pub fn name(&self, state: StateId) -> &str {
        &self.states[usize::from(state.0)].name
    }

    /// Whether time in it is use of paid time, though no contact is in hand.
    pub fn is_productive(&self, state: StateId) -> bool {
        self.states[usize::from(state.0)].is_productive
    }

    fn id(place: usize) -> StateId {
        StateId(u8::try_from(place).expect("the config allows at most 32 own states"))
    }
}

impl Default for AgentRules {
    fn default() -> Self {
        Self::new(Span::from_seconds(16 * 3_600), &[], &[])
    }
}
