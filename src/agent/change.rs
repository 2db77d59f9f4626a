//! What one event told of an agent.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::QueueId;
use crate::rules::StateId;
use crate::time::{EventTime, Span};

/// The place of a change among those of its agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Order {
    /// When the event was.
    pub at: EventTime,
    /// Order among changes of one time.
    pub seq: i64,
    /// The event's id.
    pub id: Arc<str>,
}

/// What one event told, with names as a shard's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its place.
    pub instant: Order,
    /// Since when it is so; the time of the event without.
    pub since: Option<EventTime>,
    /// The state.
    pub state: StateId,
    /// The queues that the agent works for; unchanged without.
    pub queues: Option<Box<[QueueId]>>,
    /// States in single queues, until the next change.
    pub queue_states: Box<[(QueueId, StateId)]>,
    /// How many contacts the agent may have in hand; unchanged without.
    pub capacity: Option<u16>,
    /// How many the agent has in hand, until the next change; not told without.
    pub active: Option<u16>,
}

impl Change {
    /// The queues that it names.
    pub fn told_queues(&self) -> impl Iterator<Item = QueueId> {
        let listed = self.queues.iter().flatten().copied();
        listed.chain(self.queue_states.iter().map(|(queue, _)| *queue))
    }

    /// From when on it holds, given when the change before it was: not before that, not in the future of its own event, and not
    /// before what is sealed when its event comes in time.
    pub(super) fn from(&self, before: Option<EventTime>, lateness: Span) -> EventTime {
        let at = self.instant.at;
        let earliest = (at - lateness).max(before.unwrap_or(EventTime::MIN));
        self.since.unwrap_or(at).max(earliest).min(at)
    }
}
