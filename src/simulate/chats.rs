//! Chats: who writes what when. The customer asks at the start, a bot greets, and from the answer on agent and customer take turns.
//!
//! **Invariant.** In a talk exactly one turn is planned: whoever wrote waits for the other.

use super::floor::{Contact, Floor, Stage, Step, Turn};
use super::plan::{QUEUES, QueueNo};
use super::record::Fact;
use crate::time::Span;

/// How long after the customer's question the bot greets, at least and at most.
const GREETING: (Span, Span) = (Span::from_millis(600), Span::from_millis(2_500));
/// How long a customer waits until asking again.
const IMPATIENT: (Span, Span) = (Span::from_seconds(35), Span::from_seconds(90));
/// How long an agent reads before the first reply.
const FIRST_REPLY: (Span, Span) = (Span::from_seconds(5), Span::from_seconds(25));
/// Median time of an agent's reply and of a customer's, and how long their tails are.
const AGENT_WRITES: Span = Span::from_seconds(22);
const CUSTOMER_WRITES: Span = Span::from_seconds(28);
const WRITING_TAIL: f64 = 0.6;

impl Floor {
    /// The customer has written something to be in the queue at all.
    pub(super) fn begin_chat(&mut self, contact: u64, queue: QueueNo) {
        if QUEUES[queue].channel != "chat" {
            return;
        }
        let stay = self.contact(contact).stay;
        self.tell(contact, queue, Fact::Message { author: "customer", agent: None });
        self.plan_turn(contact, stay, GREETING, Turn::Bot);
        self.plan_turn(contact, stay, IMPATIENT, Turn::Impatient);
    }

    pub(super) fn plan_first_reply(&mut self, contact: u64, queue: QueueNo, stay: u32) {
        if QUEUES[queue].channel == "chat" {
            self.plan_turn(contact, stay, FIRST_REPLY, Turn::Agent);
        }
    }

    fn plan_turn(&mut self, contact: u64, stay: u32, (least, most): (Span, Span), turn: Turn) {
        let after = self.chance.between(least, most);
        self.plan(after, Step::Write { contact, stay, turn });
    }

    fn plan_answer_of(&mut self, contact: u64, stay: u32, median: Span, turn: Turn) {
        let after = super::waits::scaled(median, self.chance.long_tailed(WRITING_TAIL));
        self.plan(after, Step::Write { contact, stay, turn });
    }

    /// Somebody writes, and the next turn is planned. What was planned for a chat that is over is not written.
    pub(super) fn write(&mut self, contact: u64, stay: u32, turn: Turn) {
        let Some(&Contact { queue, stage, .. }) = self.in_stay(contact, stay) else { return };
        match (turn, stage) {
            (Turn::Bot, _) => self.tell(contact, queue, Fact::Message { author: "bot", agent: None }),
            (Turn::Impatient, Stage::Waiting { .. } | Stage::Ringing { .. }) => {
                self.tell(contact, queue, Fact::Message { author: "customer", agent: None });
                self.plan_turn(contact, stay, IMPATIENT, Turn::Impatient);
            }
            (Turn::Customer, Stage::Talking { .. }) => {
                self.tell(contact, queue, Fact::Message { author: "customer", agent: None });
                self.plan_answer_of(contact, stay, AGENT_WRITES, Turn::Agent);
            }
            (Turn::Agent, Stage::Talking { agent, .. }) => {
                self.tell(contact, queue, Fact::Message { author: "agent", agent: Some(agent) });
                self.plan_answer_of(contact, stay, CUSTOMER_WRITES, Turn::Customer);
            }
            (Turn::Impatient | Turn::Customer | Turn::Agent, _) => {}
        }
    }
}
