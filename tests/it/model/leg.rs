//! One agent on a contact.

use super::contact::Pair;

pub struct Leg {
    /// Of the stay that it answered; else the latest queue on the channel of its beginning.
    pub pair: Pair,
    pub agent: String,
    pub role: String,
    pub since: i64,
    pub hold: i64,
    pub was_held: bool,
    pub phase: Phase,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Phase {
    Talking,
    Held { since: i64 },
    AfterContact { since: i64 },
    Over,
}

impl Leg {
    pub fn talks(&self) -> bool {
        matches!(self.phase, Phase::Talking | Phase::Held { .. })
    }

    pub fn wraps_since(&self) -> Option<i64> {
        if let Phase::AfterContact { since } = self.phase { Some(since) } else { None }
    }

    pub fn is_open(&self) -> bool {
        self.phase != Phase::Over
    }

    pub fn is_of(&self, agent: Option<&str>) -> bool {
        agent.is_none_or(|agent| self.agent == agent)
    }
}
