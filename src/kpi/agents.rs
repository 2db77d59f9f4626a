//! `agents`: agents in each state at a moment, in each of their queues and, once each, in the centre. Who is offline is so in all
//! queues, whatever was told of single ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::rules::StateId;
use crate::time::{EventTime, Span};

/// What is so of one agent at a moment, by the latest change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AgentNow {
    /// When that change was.
    pub at: EventTime,
    /// Its order among changes of one time.
    pub seq: i64,
    /// The id of its event.
    pub id: Arc<str>,
    /// The state.
    pub state: StateId,
    /// Since when that lasts.
    pub since: EventTime,
    /// For how long.
    pub lasts: Span,
    /// Contacts in hand, where they are told.
    pub in_hand: Option<u16>,
    /// How many of them there may be, where that is told.
    pub capacity: Option<u16>,
    /// The state in each of the agent's queues.
    pub queues: Vec<(Arc<str>, StateId)>,
}

/// Agents by state.
pub type ByState = BTreeMap<StateId, u64>;

/// How many agents are in each state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Floor {
    /// In the whole centre, each agent once.
    pub centre: ByState,
    /// In each queue.
    pub queues: BTreeMap<Arc<str>, ByState>,
}

/// States that agents were seen in, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct States(u64);

/// The states that agents were seen in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Anywhere.
    pub centre: States,
    /// In each queue.
    pub queues: BTreeMap<Arc<str>, States>,
}

impl Floor {
    /// Counts agents.
    pub fn of<'a>(agents: impl Iterator<Item = &'a AgentNow>) -> Self {
        let mut floor = Self::default();
        for agent in agents {
            *floor.centre.entry(agent.state).or_default() += 1;
            for (queue, state) in &agent.queues {
                *floor.queues.entry(queue.clone()).or_default().entry(*state).or_default() += 1;
            }
        }
        floor
    }
}

impl States {
    /// These states and one more.
    pub fn add(&mut self, state: StateId) {
        self.0 |= 1 << state.0;
    }

    /// These states and others.
    pub fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The states, in order.
    pub fn iter(self) -> impl Iterator<Item = StateId> {
        (0..64).map(StateId).filter(move |state| self.0 & 1 << state.0 != 0)
    }
}

impl Seen {
    /// Notes that an agent is in this state.
    pub fn add(&mut self, agent: &AgentNow) {
        self.centre.add(agent.state);
        for (queue, state) in &agent.queues {
            self.queues.entry(queue.clone()).or_default().add(*state);
        }
    }

    /// These states and others.
    pub fn merge(&mut self, other: Self) {
        self.centre.merge(other.centre);
        for (queue, states) in other.queues {
            self.queues.entry(queue).or_default().merge(states);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_states_holds_each_once_in_order() {
        let mut states = States::default();
        for number in [38, 2, 38, 0] {
            states.add(StateId(number));
        }
        assert_eq!(states.iter().collect::<Vec<_>>(), [0, 2, 38].map(StateId));
    }
}
