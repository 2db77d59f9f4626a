//! Conduct: what customers and agents do. The life of one contact from its arrival to the end of the work after it.
//!
//! **Invariant.** A contact is in exactly one stage: in a line, ringing, or talking; each change of stage tells its event at that
//! moment, and plans the step that ends it.

use super::floor::{Contact, Floor, Stage, Step};
use super::plan::{DIAL, HOLD, HOLD_TAIL, QUEUES, QueueNo, RING, WRAP_TAIL};
use super::record::Fact;
use super::staff::AgentNo;
use crate::time::{EventTime, Span};

/// A queue with this many waiting refuses the next, and more where it is staffed for more (see [`FULL_SECONDS`]).
const FULL_MIN: usize = 6;
/// A queue refuses when those who wait are the arrivals of so many seconds.
const FULL_SECONDS: f64 = 90.0;
/// Nobody joins a list of this many to be called, and no call out is planned: it would be a day's work.
const TO_CALL_MAX: usize = 50;
/// A contact is transferred at most this often.
const TRANSFERS_MAX: u32 = 2;
/// The part of customers known from the start, and how many there are.
const KNOWN: f64 = 0.6;
const CUSTOMERS: u64 = 40_000;
/// The part of talks in which something becomes known.
const UPDATED: f64 = 0.08;
/// Of those who give up waiting other than by hanging up, the part that wants to be called; the rest leaves a message.
const CALLBACK: f64 = 0.6;
/// The part of talks that the customer ends, and that solves the matter.
const BY_CUSTOMER: f64 = 0.7;
const RESOLVED: f64 = 0.82;
/// No talk, hold, patience or after-contact work is shorter than this.
const SHORTEST: Span = Span::from_seconds(1);
/// Talk is at most this long, far below the life-time of an open contact.
const TALK_MAX: Span = Span::from_seconds(2 * 3_600);
/// After-contact work is at most this long, below the limit from which on it counts as forgotten.
const WRAP_MAX: Span = Span::from_seconds(600);
const REASONS: [&str; 5] = ["invoice", "delivery", "outage", "contract", "complaint"];
const DISPOSITIONS: [&str; 4] = ["solved", "follow_up", "sold", "no_action"];

impl Floor {
    /// A contact arrives: it waits, is refused, or is one to be called.
    pub(super) fn take_in(&mut self, contact: u64, queue: QueueNo) {
        let outbound = self.chance.happens(QUEUES[queue].outbound);
        let customer = self.chance.happens(KNOWN).then(|| self.chance.below(CUSTOMERS));
        let stage = Stage::ToCall { promised: false };
        let new = Contact { queue, stay: 0, stage, transfers: 0, overflowed: false, customer };
        if outbound && self.queues[queue].to_call.len() < TO_CALL_MAX {
            self.contacts.insert(contact, new);
            self.list(contact, false);
        } else if self.queues[queue].waiting.len() >= self.full(queue) {
            self.tell(contact, queue, Fact::Blocked { queue: QUEUES[queue].name });
        } else {
            self.contacts.insert(contact, new);
            self.wait(contact, queue, false);
        }
    }

    fn full(&self, queue: QueueNo) -> usize {
        FULL_MIN.max((self.rate * QUEUES[queue].share * FULL_SECONDS) as usize)
    }

    /// A stay begins.
    fn wait(&mut self, contact: u64, queue: QueueNo, moved: bool) {
        let now = self.now;
        let known = self.contact(contact);
        known.queue = queue;
        known.stay += 1;
        known.stage = Stage::Waiting { since: now };
        let (stay, overflowed) = (known.stay, known.overflowed);
        self.queues[queue].waiting.insert((now, contact));
        self.tell_queued(contact, false, moved);
        self.plan_leaving(contact, queue, stay, overflowed);
        self.seek_agent(contact);
    }

    fn tell_queued(&mut self, contact: u64, outbound: bool, moved: bool) {
        let Contact { queue, customer, .. } = *self.contact(contact);
        let (name, priority) = (QUEUES[queue].name, QUEUES[queue].priority);
        self.tell(contact, queue, Fact::Queued { queue: name, priority, outbound, moved, customer });
    }

    fn plan_leaving(&mut self, contact: u64, queue: QueueNo, stay: u32, overflowed: bool) {
        let patience = scaled(QUEUES[queue].patience, self.chance.patience());
        self.plan(patience, Step::GiveUp { contact, stay });
        if let Some((after, _)) = QUEUES[queue].overflow.filter(|_| !overflowed) {
            self.plan(after, Step::Overflow { contact, stay });
        }
    }

    /// Goes on the list of those to call: promised to a customer, or the centre's own wish.
    fn list(&mut self, contact: u64, promised: bool) {
        let known = self.contact(contact);
        known.stay += 1;
        known.stage = Stage::ToCall { promised };
        let queue = known.queue;
        self.queues[queue].to_call.push_back(contact);
        self.seek_agent(contact);
    }

    /// Patience is over, in the line or while it rings.
    pub(super) fn give_up(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage, .. }) = self.in_stay(contact, stay) else { return };
        let ringing_at = match stage {
            Stage::Waiting { since } => {
                self.unqueue(contact, queue, since);
                None
            }
            Stage::Ringing { agent } => Some(agent),
            Stage::ToCall { .. } | Stage::Dialled { .. } | Stage::Talking { .. } => return,
        };
        if self.chance.happens(QUEUES[queue].deflected) && self.queues[queue].to_call.len() < TO_CALL_MAX {
            self.deflect(contact, queue);
        } else {
            self.contacts.remove(&contact);
            self.tell(contact, queue, Fact::Abandoned);
        }
        ringing_at.into_iter().for_each(|agent| self.release(agent));
    }

    fn unqueue(&mut self, contact: u64, queue: QueueNo, since: EventTime) {
        self.queues[queue].waiting.remove(&(since, contact));
    }

    /// Leaves the queue for a callback or a message; either way an agent calls back.
    fn deflect(&mut self, contact: u64, queue: QueueNo) {
        let cause = if self.chance.happens(CALLBACK) { "callback" } else { "voicemail" };
        self.tell(contact, queue, Fact::FlowedOut { queue: QUEUES[queue].name, cause });
        self.list(contact, true);
    }

    /// Has waited too long here: is moved to another queue, once. The new stay ends the old one.
    pub(super) fn overflow(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage: Stage::Waiting { since }, .. }) = self.in_stay(contact, stay) else { return };
        let (_, to) = QUEUES[queue].overflow.expect("planned only where there is one");
        self.unqueue(contact, queue, since);
        self.contact(contact).overflowed = true;
        self.wait(contact, to, false);
    }

    /// Rings at an agent, or has the agent dial.
    pub(super) fn connect(&mut self, contact: u64, agent: AgentNo) {
        self.staff.engage(agent);
        let Contact { queue, stay, stage, .. } = *self.contact(contact);
        let (stage, (least, most)) = match stage {
            Stage::Waiting { since } => {
                self.unqueue(contact, queue, since);
                (Stage::Ringing { agent }, RING)
            }
            Stage::ToCall { promised } => {
                self.dial(contact, queue, promised);
                (Stage::Dialled { agent }, DIAL)
            }
            Stage::Ringing { .. } | Stage::Dialled { .. } | Stage::Talking { .. } => unreachable!("not in a line"),
        };
        self.contact(contact).stage = stage;
        let ring = self.chance.between(least, most);
        self.plan(ring, Step::PickUp { contact, stay });
    }

    /// Only the centre's own call is queued: a promised callback was, before it flowed out.
    fn dial(&mut self, contact: u64, queue: QueueNo, promised: bool) {
        self.queues[queue].to_call.retain(|listed| *listed != contact);
        if !promised {
            self.tell_queued(contact, true, false);
        }
    }

    /// The talk begins.
    pub(super) fn pick_up(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage, .. }) = self.in_stay(contact, stay) else { return };
        let (Stage::Ringing { agent } | Stage::Dialled { agent }) = stage else { return };
        self.tell(contact, queue, Fact::Answered { queue: QUEUES[queue].name, agent });
        self.plan_talk(contact, queue, stay, agent);
    }

    fn plan_talk(&mut self, contact: u64, queue: QueueNo, stay: u32, agent: AgentNo) {
        let talk = scaled(QUEUES[queue].talk, self.chance.long_tailed(QUEUES[queue].tail)).min(TALK_MAX);
        let held = self.chance.happens(QUEUES[queue].held);
        let before_hold = if held { self.chance.between(SHORTEST, talk) } else { talk };
        let after_hold = Span::from_millis(talk.as_millis() - before_hold.as_millis()).max(SHORTEST);
        self.contact(contact).stage = Stage::Talking { agent, after_hold };
        self.plan(before_hold, if held { Step::Hold { contact } } else { Step::HangUp { contact } });
        if self.chance.happens(UPDATED) {
            let after = self.chance.between(Span::from_millis(1), before_hold);
            self.plan(after, Step::Update { contact, stay });
        }
    }

    fn talker(&mut self, contact: u64) -> (QueueNo, AgentNo, Span) {
        match *self.contact(contact) {
            Contact { queue, stage: Stage::Talking { agent, after_hold }, .. } => (queue, agent, after_hold),
            Contact { .. } => unreachable!("holds and ends are planned for talks, which nothing else ends"),
        }
    }

    pub(super) fn hold(&mut self, contact: u64) {
        let (queue, agent, _) = self.talker(contact);
        self.tell(contact, queue, Fact::Held { agent });
        let hold = scaled(HOLD, self.chance.long_tailed(HOLD_TAIL));
        self.plan(hold, Step::Resume { contact });
    }

    pub(super) fn resume(&mut self, contact: u64) {
        let (queue, agent, after_hold) = self.talker(contact);
        self.tell(contact, queue, Fact::Resumed { agent });
        self.plan(after_hold, Step::HangUp { contact });
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
        let (queue, agent, _) = self.talker(contact);
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
        self.wait(contact, to, true);
    }

    fn end(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        let by = if self.chance.happens(BY_CUSTOMER) { "customer" } else { "agent" };
        let resolved = self.chance.happens(RESOLVED);
        self.contacts.remove(&contact);
        self.tell(contact, queue, Fact::Ended { agent, by, resolved });
    }

    fn begin_wrap(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        self.wrapping += 1;
        let wrap = scaled(QUEUES[queue].wrap, self.chance.long_tailed(WRAP_TAIL)).min(WRAP_MAX);
        self.plan(wrap, Step::Wrap { contact, queue, agent });
    }

    /// After-contact work is over, and the agent is free.
    pub(super) fn wrap(&mut self, contact: u64, queue: QueueNo, agent: AgentNo) {
        self.wrapping -= 1;
        let disposition = self.chance.pick(&DISPOSITIONS);
        self.tell(contact, queue, Fact::Wrapped { agent, disposition });
        self.release(agent);
    }
}

/// So many times this span, and never less than a moment.
fn scaled(span: Span, times: f64) -> Span {
    Span::from_millis((span.as_millis() as f64 * times) as i64).max(SHORTEST)
}
