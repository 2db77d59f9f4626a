//! What holds of an agent after the last change.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::change::{Change, Order};
use super::stretch::{Doing, Known, Stretch};
use crate::id::QueueId;
use crate::limits::LIST_MAX;
use crate::rules::{Rules, StateId};
use crate::time::EventTime;

/// What holds after the last change.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Standing {
    pub last: Option<Order>,
    pub doing: Doing,
    pub queues: Arc<[QueueId]>,
    pub queue_states: Arc<[(QueueId, StateId)]>,
    is_lapsed: bool,
}

/// Nothing is known.
impl Default for Standing {
    fn default() -> Self {
        let (queues, queue_states) = (Arc::new([]), Arc::new([]));
        Self { last: None, doing: Doing::OFFLINE, queues, queue_states, is_lapsed: false }
    }
}

impl Standing {
    /// Takes a change in, and gives the stretches that begin with it and before it. `from`: when it holds, where that is not its
    /// own to say.
    pub fn apply(&mut self, change: &Change, from: Option<EventTime>, rules: &Rules, mut emit: impl FnMut(Stretch)) {
        self.lapse(change.instant.at, rules, &mut emit);
        let before = self.last.as_ref().map(|last| last.at);
        let from = from.unwrap_or_else(|| change.from(before, rules.lateness));
        let capacity = change.capacity.map_or(self.doing.capacity, |capacity| Known::of(Some(capacity)));
        self.doing = Doing { state: change.state, active: Known::of(change.active), capacity };
        self.take_queues(change);
        self.last = Some(change.instant.clone());
        self.is_lapsed = false;
        emit(Stretch { from, doing: self.doing });
    }

    /// Takes the agent to be offline, if nothing was heard for too long before this moment. True: so it is now.
    pub fn lapse(&mut self, before: EventTime, rules: &Rules, mut emit: impl FnMut(Stretch)) -> bool {
        let Some(deadline) = self.deadline(rules).filter(|deadline| *deadline < before) else { return false };
        self.doing = Doing { capacity: self.doing.capacity, ..Doing::OFFLINE };
        self.queue_states = Arc::new([]);
        self.is_lapsed = true;
        emit(Stretch { from: deadline, doing: self.doing });
        true
    }

    /// When the agent will be taken to be offline.
    pub fn deadline(&self, rules: &Rules) -> Option<EventTime> {
        self.last.as_ref().filter(|_| !self.is_lapsed).map(|last| last.at + rules.agents.ttl)
    }

    /// The state in each of the agent's queues.
    pub fn in_queues(&self) -> impl Iterator<Item = (QueueId, StateId)> {
        let own = |queue: QueueId| self.queue_states.iter().find(|(told, _)| *told == queue).map(|(_, state)| *state);
        let is_offline = self.doing.state == StateId::OFFLINE;
        let state = move |queue| own(queue).filter(|_| !is_offline).unwrap_or(self.doing.state);
        self.queues.iter().map(move |queue| (*queue, state(*queue)))
    }

    /// Queues that states are told of are the agent's too. Past the limit a further one is left out.
    fn take_queues(&mut self, change: &Change) {
        let told = change.queue_states.iter().map(|(queue, _)| *queue);
        let known = change.queues.as_deref().unwrap_or(&self.queues);
        if change.queues.is_some() || told.clone().any(|queue| !known.contains(&queue)) {
            let mut queues: Vec<QueueId> = known.iter().copied().chain(told).collect();
            queues.sort_unstable();
            queues.dedup();
            queues.truncate(LIST_MAX);
            self.queues = queues.into();
        }
        if !(change.queue_states.is_empty() && self.queue_states.is_empty()) {
            self.queue_states = change.queue_states.as_ref().into();
        }
    }
}
