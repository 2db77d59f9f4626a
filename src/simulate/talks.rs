//! Talks: from the answer to the end of the work after it; with holds, advice from a colleague, and somebody who listens in.
//!
//! **Invariant.** One agent talks, as the primary agent. Whoever advises or listens does so within that talk; each of them has
//! after-contact work, and is free when it is over.

use super::floor::{Contact, Floor, Stage, Step};
use super::opinions::{Asked, SURVEY_COUNT};
use super::plan::{HOLD, HOLD_TAIL, QUEUES, Queue, QueueNo, RING, WRAP_TAIL};
use super::presence::{AFTER_CONTACT, ON_CONTACT};
use super::record::{CONSULT, Fact, MONITOR, Subject};
use super::staff::AgentNo;
use super::waits::{CUSTOMERS, SHORTEST, scaled};
use crate::time::Span;

/// A contact is transferred at most this often.
const TRANSFERS_MAX: u32 = 2;
/// The part of talks in which something becomes known.
const UPDATED: f64 = 0.08;
/// The part of talks that somebody listens to, and for how long, at least and at most.
const LISTENED: f64 = 0.01;
const LISTENING: (Span, Span) = (Span::from_seconds(30), Span::from_seconds(180));
/// The part of holds in which a colleague is asked, if one is idle.
const ADVISED: f64 = 0.2;
/// The part of talks that the customer ends, and that solves the matter.
const BY_CUSTOMER: f64 = 0.7;
const RESOLVED: f64 = 0.82;
/// Talk is at most this long, far below the life-time of an open contact.
const TALK_MAX: Span = Span::from_seconds(2 * 3_600);
/// After-contact work is at most this long, below the limit from which on it counts as forgotten.
const WRAP_MAX: Span = Span::from_seconds(600);
/// The part of talks after which the agent opens a ticket.
const TICKET_OPENED: f64 = 0.015;
/// Having waited for this long is the greatest strain.
const STRAIN_MAX: Span = Span::from_seconds(240);
const REASONS: [&str; 5] = ["invoice", "delivery", "outage", "contract", "complaint"];
const DISPOSITIONS: [&str; 4] = ["solved", "follow_up", "sold", "no_action"];

impl Floor {
    pub(super) fn begin_talk(&mut self, contact: u64, queue: QueueNo, stay: u32, agent: AgentNo) {
        let talk = scaled(QUEUES[queue].talk, self.chance.long_tailed(QUEUES[queue].tail)).min(TALK_MAX);
        let is_held = self.chance.happens(QUEUES[queue].held);
        let before_hold = if is_held { self.chance.between(SHORTEST, talk) } else { talk };
        let after_hold = Span::from_millis(talk.as_millis() - before_hold.as_millis()).max(SHORTEST);
        self.contact(contact).stage = Stage::Talking { agent, since: self.now, held: None, after_hold };
        self.plan(before_hold, if is_held { Step::Hold { contact } } else { Step::HangUp { contact } });
        for (part, step) in [(UPDATED, Step::Update { contact, stay }), (LISTENED, Step::Listen { contact, stay })] {
            if self.chance.happens(part) {
                let after = self.chance.between(Span::from_millis(1), before_hold);
                self.plan(after, step);
            }
        }
    }

    fn talker(&mut self, contact: u64) -> (QueueNo, AgentNo, Span) {
        match *self.contact(contact) {
            Contact { queue, stage: Stage::Talking { agent, after_hold, .. }, .. } => (queue, agent, after_hold),
            Contact { .. } => unreachable!("holds and ends are planned for talks, which nothing else ends"),
        }
    }

    fn note_hold(&mut self, contact: u64, is_held: bool) {
        let since = is_held.then_some(self.now);
        if let Stage::Talking { held, .. } = &mut self.contact(contact).stage {
            *held = since;
        }
    }

    pub(super) fn hold(&mut self, contact: u64) {
        let (queue, agent, _) = self.talker(contact);
        self.tell(contact, queue, Fact::Held { agent });
        self.note_hold(contact, true);
        let is_advised = self.chance.happens(ADVISED);
        match self.staff.idle_longest(queue).filter(|_| is_advised) {
            Some(colleague) => self.ask(contact, queue, colleague),
            None => self.plan_end_of_hold(Step::Resume { contact }),
        }
    }

    fn plan_end_of_hold(&mut self, step: Step) {
        let hold = scaled(HOLD, self.chance.long_tailed(HOLD_TAIL));
        self.plan(hold, step);
    }

    pub(super) fn resume(&mut self, contact: u64) {
        let (queue, agent, after_hold) = self.talker(contact);
        self.tell(contact, queue, Fact::Resumed { agent });
        self.note_hold(contact, false);
        self.plan(after_hold, Step::HangUp { contact });
    }

    /// Rings at a colleague for advice.
    fn ask(&mut self, contact: u64, queue: QueueNo, colleague: AgentNo) {
        self.engage_beside(contact, colleague);
        self.tell(contact, queue, Fact::Alerting { queue: QUEUES[queue].name, agent: colleague });
        let ring = self.chance.between(RING.0, RING.1);
        self.plan(ring, Step::Advise { contact, colleague });
    }

    fn engage_beside(&mut self, contact: u64, agent: AgentNo) {
        self.staff.engage(agent);
        self.contact(contact).beside += 1;
    }

    pub(super) fn advise(&mut self, contact: u64, colleague: AgentNo) {
        let (queue, ..) = self.talker(contact);
        self.turn(colleague, ON_CONTACT);
        self.tell(contact, queue, Fact::Answered { queue: QUEUES[queue].name, agent: colleague, role: CONSULT });
        self.plan_end_of_hold(Step::Advised { contact, colleague });
    }

    pub(super) fn end_advice(&mut self, contact: u64, colleague: AgentNo) {
        self.end_beside(contact, colleague);
        self.resume(contact);
    }

    /// A leg ends beside the talk, which goes on.
    fn end_beside(&mut self, contact: u64, agent: AgentNo) {
        let (queue, ..) = self.talker(contact);
        self.begin_wrap(contact, queue, agent);
        self.tell(contact, queue, Fact::Ended { agent, by: "agent", resolved: None });
    }

    /// Whoever is idle listens in.
    pub(super) fn listen(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, .. }) = self.in_stay(contact, stay) else { return };
        let Some(agent) = self.staff.idle_longest(queue) else { return };
        self.engage_beside(contact, agent);
        self.contact(contact).listener = Some(agent);
        self.turn(agent, ON_CONTACT);
        self.tell(contact, queue, Fact::Answered { queue: QUEUES[queue].name, agent, role: MONITOR });
        let listening = self.chance.between(LISTENING.0, LISTENING.1);
        self.plan(listening, Step::Leave { contact, stay });
    }

    pub(super) fn stop_listening(&mut self, contact: u64, stay: u32) {
        if self.in_stay(contact, stay).is_some() {
            self.dismiss_listener(contact);
        }
    }

    fn dismiss_listener(&mut self, contact: u64) {
        if let Some(agent) = self.contact(contact).listener.take() {
            self.end_beside(contact, agent);
        }
    }

    /// Somebody became known, or what it is about did.
    pub(super) fn update(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, customer, .. }) = self.in_stay(contact, stay) else { return };
        let fact = match customer {
            Some(_) => Fact::Classified { reason: self.chance.pick(&REASONS) },
            None => self.identify(contact),
        };
        self.tell(contact, queue, fact);
    }

    fn identify(&mut self, contact: u64) -> Fact {
        let customer = self.chance.below(CUSTOMERS);
        self.contact(contact).customer = Some(customer);
        Fact::Identified { customer }
    }

    /// The talk ends, by a transfer or for good; after-contact work begins.
    pub(super) fn hang_up(&mut self, contact: u64) {
        self.dismiss_listener(contact);
        let (queue, agent, _) = self.talker(contact);
        self.contact(contact).beside += 1;
        self.begin_wrap(contact, queue, agent);
        let transfers = self.contact(contact).transfers;
        match QUEUES[queue].transfer.filter(|(part, _)| transfers < TRANSFERS_MAX && self.chance.happens(*part)) {
            Some((_, to)) => self.transfer(contact, queue, agent, to),
            None => self.end(contact, queue, agent),
        }
    }

    fn transfer(&mut self, contact: u64, from: QueueNo, agent: AgentNo, to: QueueNo) {
        self.tell(contact, from, Fact::Transferred { agent, to_queue: QUEUES[to].name });
        self.contact(contact).transfers += 1;
        self.wait(contact, to);
    }

    fn end(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        let by = if self.chance.happens(BY_CUSTOMER) { "customer" } else { "agent" };
        let resolved = Some(self.chance.happens(RESOLVED));
        let over = self.contacts.remove(&contact);
        self.tell(contact, queue, Fact::Ended { agent, by, resolved });
        self.follow_up(contact, queue, agent, &over.expect("it was talked to until now"));
    }

    /// What comes of a talk that is over: a ticket, or an opinion.
    fn follow_up(&mut self, number: u64, queue: QueueNo, agent: AgentNo, over: &Contact) {
        if self.desk.chance.happens(TICKET_OPENED) {
            self.open_ticket_for(over.customer);
        }
        let Queue { name, channel, source, .. } = QUEUES[queue];
        self.seek_opinions(Asked {
            subject: Subject::Contact { number, channel },
            source,
            place: (channel == "voice").then_some((name, agent)),
            strain: (over.waited.as_seconds() / STRAIN_MAX.as_seconds()).min(1.0),
            survey: queue % SURVEY_COUNT,
        });
    }

    fn begin_wrap(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        self.wrapping += 1;
        self.turn(agent, AFTER_CONTACT);
        let wrap = scaled(QUEUES[queue].wrap, self.chance.long_tailed(WRAP_TAIL)).min(WRAP_MAX);
        self.plan(wrap, Step::Wrap { contact, queue, agent });
    }

    /// After-contact work is over, and the agent is free.
    pub(super) fn wrap(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        self.wrapping -= 1;
        if let Some(known) = self.contacts.get_mut(&contact) {
            known.beside -= 1;
        }
        let disposition = self.chance.pick(&DISPOSITIONS);
        self.tell(contact, queue, Fact::Wrapped { agent, disposition });
        self.release(agent);
    }
}
