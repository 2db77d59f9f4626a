//! What can be told of an agent.

use super::Text;
use crate::time::EventTime;

/// What holds of an agent from some moment on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentChange<'a> {
    /// `offline`, `available`, `on_contact`, `after_contact`, `break`, `away`, or one of the config's own.
    pub state: Text<'a>,
    /// The queues that the agent works for; unchanged without.
    pub queues: Option<Vec<Text<'a>>>,
    /// States in single queues, where they differ from the agent's own: queue, state.
    pub queue_states: Vec<(Text<'a>, Text<'a>)>,
    /// How many contacts the agent may have in hand at a time; unchanged without.
    pub capacity: Option<u16>,
    /// How many the agent has in hand, where that is told.
    pub active: Option<u16>,
    /// Since when it is so; the event's own time without.
    pub since: Option<EventTime>,
}
