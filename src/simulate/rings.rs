//! Rings: from the first ring at an agent to the answer. An agent may let it ring or reject it; then another one rings.
//!
//! **Why a pause.** Whoever misses a contact is not offered the next at once: platforms take such an agent out of the line for a while.

use super::floor::{Contact, Errand, Floor, Stage, Step};
use super::plan::{QUEUES, QueueNo, RING};
use super::presence::{AWAY, ON_CONTACT};
use super::record::{Fact, PRIMARY};
use super::staff::AgentNo;
use crate::time::Span;

/// The part of rings that an agent misses, and of these the part that is rejected.
const MISSED: f64 = 0.04;
const REJECTED: f64 = 0.35;
/// How long it rings until an agent has let it ring, at least and at most, or rejects it.
const LET_RING: (Span, Span) = (Span::from_seconds(12), Span::from_seconds(20));
const REJECT: (Span, Span) = (Span::from_seconds(1), Span::from_seconds(4));
/// How long an agent who missed one is out of the line, at least and at most.
const PAUSE: (Span, Span) = (Span::from_seconds(20), Span::from_seconds(90));

impl Floor {
    /// Rings at an agent, for one of the queues that it waits in.
    pub(super) fn ring(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        self.staff.engage(agent);
        self.leave_lines(contact);
        let known = self.contact(contact);
        let Stage::Waiting { since } = known.stage else { unreachable!("only who waits rings") };
        known.stage = Stage::Ringing { agent, at: queue, since };
        let stay = known.stay;
        self.tell(contact, queue, Fact::Alerting { queue: QUEUES[queue].name, agent });
        self.plan_answer(contact, stay);
    }

    fn plan_answer(&mut self, contact: u64, stay: u32) {
        let ((least, most), step) = if !self.chance.happens(MISSED) {
            (RING, Step::PickUp { contact, stay })
        } else if self.chance.happens(REJECTED) {
            (REJECT, Step::Miss { contact, stay, cause: "rejected" })
        } else {
            (LET_RING, Step::Miss { contact, stay, cause: "no_answer" })
        };
        let after = self.chance.between(least, most);
        self.plan(after, step);
    }

    /// The agent did not answer: the contact has its old places again.
    pub(super) fn miss(&mut self, contact: u64, stay: u32, cause: &'static str) {
        let Some(&Contact { stage: Stage::Ringing { agent, at, since }, .. }) = self.in_stay(contact, stay) else {
            return;
        };
        self.tell(contact, at, Fact::Missed { queue: QUEUES[at].name, agent, cause });
        self.turn(agent, AWAY);
        let pause = self.chance.between(PAUSE.0, PAUSE.1);
        self.plan(pause, Step::Back { agent });
        self.contact(contact).stage = Stage::Waiting { since };
        self.stand_in_line(contact);
    }

    /// The agent answers, or the customer who was dialled does, or not.
    pub(super) fn pick_up(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage, .. }) = self.in_stay(contact, stay) else { return };
        match stage {
            Stage::Ringing { agent, at, .. } => self.answer(contact, at, agent),
            Stage::Dialled { agent, errand: Errand::Callback { asked, due, tries } } => {
                self.attempt(contact, agent, (asked, due, tries));
            }
            Stage::Dialled { agent, .. } => self.answer(contact, queue, agent),
            Stage::Waiting { .. } | Stage::ToCall { .. } | Stage::Talking { .. } => {}
        }
    }

    pub(super) fn answer(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        let now = self.now;
        let known = self.contact(contact);
        known.queue = queue;
        known.also = None;
        if let Stage::Ringing { since, .. } = known.stage {
            known.waited += now - since;
        }
        let stay = known.stay;
        self.turn(agent, ON_CONTACT);
        self.tell(contact, queue, Fact::Answered { queue: QUEUES[queue].name, agent, role: PRIMARY });
        self.begin_talk(contact, queue, stay, agent);
        self.plan_first_reply(contact, queue, stay);
    }
}
