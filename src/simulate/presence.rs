//! Presence: what the platforms tell of agents, as their contacts and shifts go.
//!
//! **Words.** *State*: what an agent was last told to do. It follows the floor: a talk is `on_contact`, the work after it
//! `after_contact`, a missed contact `away`; between them the agent is `available`, while it rings too.
//!
//! **Invariant.** An agent is told of only when the state is another one. What is told first tells the queues as well: that the
//! agent is `available`, or on a break that began before the centre did.

use super::chance::{Chance, Stream};
use super::facts::Change;
use super::floor::{Floor, Step};
use super::inboxes::HELPDESK;
use super::plan::{QUEUES, SourceNo};
use super::record::{Fact, Subject};
use super::staff::{AgentNo, Staff};
use crate::time::{EventTime, Span};

/// Logged out.
pub(super) const OFFLINE: &str = "offline";
/// Ready for the next.
pub(super) const AVAILABLE: &str = "available";
/// Talks, writes, or works on a ticket.
pub(super) const ON_CONTACT: &str = "on_contact";
/// In after-contact work.
pub(super) const AFTER_CONTACT: &str = "after_contact";
/// Out of the line after a missed contact.
pub(super) const AWAY: &str = "away";
/// On a break of the shift.
const BREAK: &str = "break";
/// In a class, instead of a break: a state of this centre's own.
const TRAINING: &str = "training";
/// Every so many agents, counted by number, are trained in the second break of a long shift.
const TRAINED_EVERY: u32 = 4;
const TRAINING_BREAK: usize = 1;
/// The part of breaks that is told late, and how late, at least and at most.
const TOLD_LATE: f64 = 0.15;
const TOLD_AFTER: (Span, Span) = (Span::from_seconds(2), Span::from_seconds(9));

/// What was last told of each agent.
#[derive(Debug)]
pub(super) struct Presence {
    chance: Chance,
    told: Vec<&'static str>,
}

impl Presence {
    /// Everybody is logged out.
    pub(super) fn new(seed: u64, staff: &Staff) -> Self {
        Self { chance: Chance::new(seed, Stream::Presence), told: staff.everybody().map(|_| OFFLINE).collect() }
    }
}

impl Floor {
    /// The agent is in this state from now on.
    pub(super) fn turn(&mut self, agent: AgentNo, state: &'static str) {
        let before = std::mem::replace(&mut self.presence.told[agent as usize], state);
        if before != state {
            self.tell_presence(agent, state, before == OFFLINE, None);
        }
    }

    /// The agent leaves, for a break, a class, or home.
    pub(super) fn turn_away(&mut self, agent: AgentNo) {
        let state = match self.staff.pause(agent, self.now) {
            None => OFFLINE,
            Some(TRAINING_BREAK) if agent.is_multiple_of(TRAINED_EVERY) => TRAINING,
            Some(_) => BREAK,
        };
        let is_late = state == BREAK && self.presence.chance.happens(TOLD_LATE);
        if is_late && self.presence.told[agent as usize] == AVAILABLE {
            self.presence.told[agent as usize] = state;
            let after = self.presence.chance.between(TOLD_AFTER.0, TOLD_AFTER.1);
            self.plan(after, Step::TellBreak { agent, since: self.now });
        } else {
            self.turn(agent, state);
        }
    }

    /// The break is told at last, unless it is over.
    pub(super) fn tell_break(&mut self, agent: AgentNo, since: EventTime) {
        if self.presence.told[agent as usize] == BREAK {
            self.tell_presence(agent, BREAK, false, Some(since));
        }
    }

    fn tell_presence(&mut self, agent: AgentNo, state: &'static str, is_log_in: bool, since: Option<EventTime>) {
        let (source, is_chat) = self.platform(agent);
        let is_busy = state == ON_CONTACT || state == AFTER_CONTACT;
        let change = Change {
            state,
            queues: if is_log_in { self.staff.places(agent) } else { Vec::new() },
            capacity: (is_log_in && source != HELPDESK).then_some(1),
            active: is_chat.then_some(u8::from(is_busy)),
            since,
        };
        self.tell_of(Subject::Agent { number: agent }, source, Fact::Present(change));
    }

    /// The platform that tells of an agent, and whether it is one of chats.
    fn platform(&self, agent: AgentNo) -> (SourceNo, bool) {
        let first = self.staff.queues(agent).next();
        (
            first.map_or(HELPDESK, |queue| QUEUES[queue].source),
            first.is_some_and(|queue| QUEUES[queue].channel == "chat"),
        )
    }
}
