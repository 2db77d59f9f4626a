//! Waits: how a contact comes in, and what it does until somebody answers or it is gone.
//!
//! **Words.** *Patience*: how long a customer waits. *Offer*: the voice that proposes to call back. An overflow either moves a contact
//! to another queue, or gives it a second place there while it keeps the first. Whom the centre called itself, and then transferred, is
//! offered no call back and no voicemail.
//!
//! **Invariant.** A contact has a place in a queue's line exactly while it waits: not while it rings, and not once it is gone.

use super::floor::{Contact, Errand, Floor, Stage, Step};
use super::plan::{QUEUES, QueueNo, time_of_day};
use super::record::Fact;
use crate::time::{EventTime, Span};

/// A queue with this many waiting refuses the next, and more where it is staffed for more (see [`FULL_SECONDS`]).
const FULL_MIN: usize = 6;
/// A queue refuses when those who wait are the arrivals of so many seconds.
const FULL_SECONDS: f64 = 90.0;
/// The part of customers known from the start, and how many there are.
const KNOWN: f64 = 0.6;
pub(super) const CUSTOMERS: u64 = 40_000;
/// When a waiting customer hears the offer of a call back, at least and at most.
const OFFER: (Span, Span) = (Span::from_seconds(20), Span::from_seconds(45));
/// The part of those who give up a chat that just falls silent.
const SILENT: f64 = 0.4;
/// No talk, hold, patience or after-contact work is shorter than this.
pub(super) const SHORTEST: Span = Span::from_seconds(1);

impl Contact {
    /// One that has just come, and stands nowhere yet.
    fn new(queue: QueueNo, outbound: bool, customer: Option<u64>) -> Self {
        Self {
            queue,
            also: None,
            stay: 0,
            stage: Stage::ToCall { errand: Errand::Own },
            outbound,
            transfers: 0,
            overflowed: false,
            beside: 0,
            listener: None,
            customer,
            waited: Span::ZERO,
        }
    }
}

impl Floor {
    /// A contact arrives: it waits, is refused, or is to be called.
    pub(super) fn take_in(&mut self, contact: u64, queue: QueueNo) {
        let has_room = self.has_room_to_call(queue);
        let outbound = self.chance.happens(QUEUES[queue].outbound) && has_room;
        let by_form = self.chance.happens(QUEUES[queue].form) && has_room;
        let customer = self.chance.happens(KNOWN).then(|| self.chance.below(CUSTOMERS));
        if outbound {
            self.contacts.insert(contact, Contact::new(queue, outbound, customer));
            self.list(contact, Errand::Own);
        } else if by_form {
            self.contacts.insert(contact, Contact::new(queue, outbound, customer));
            self.take_form(contact, queue);
        } else if let Some(cause) = self.refusal(queue) {
            self.tell(contact, queue, Fact::Blocked { queue: QUEUES[queue].name, cause });
        } else {
            self.contacts.insert(contact, Contact::new(queue, outbound, customer));
            self.wait(contact, queue);
            self.begin_chat(contact, queue);
        }
    }

    fn refusal(&self, queue: QueueNo) -> Option<&'static str> {
        let (is_open, _) = QUEUES[queue].is_open(time_of_day(self.now), self.profile);
        let full = FULL_MIN.max((self.rate * QUEUES[queue].share * FULL_SECONDS) as usize);
        match (is_open, self.queues[queue].waiting.len() >= full) {
            (false, _) => Some("closed"),
            (true, true) => Some("queue_full"),
            (true, false) => None,
        }
    }

    /// A stay begins.
    pub(super) fn wait(&mut self, contact: u64, queue: QueueNo) {
        let since = self.now;
        let known = self.contact(contact);
        known.queue = queue;
        known.also = None;
        known.stay += 1;
        known.stage = Stage::Waiting { since };
        let stay = known.stay;
        self.tell_queued(contact, queue, false);
        self.plan_leaving(contact, queue, stay);
        self.stand_in_line(contact);
    }

    pub(super) fn tell_queued(&mut self, contact: u64, queue: QueueNo, also: bool) {
        let Contact { outbound, customer, .. } = *self.contact(contact);
        let (name, priority) = (QUEUES[queue].name, QUEUES[queue].priority);
        self.tell(contact, queue, Fact::Queued { queue: name, priority, outbound, also, customer });
    }

    fn plan_leaving(&mut self, contact: u64, queue: QueueNo, stay: u32) {
        let Contact { overflowed, outbound, .. } = *self.contact(contact);
        let patience = scaled(QUEUES[queue].patience, self.chance.patience());
        self.plan(patience, Step::GiveUp { contact, stay });
        if self.chance.happens(QUEUES[queue].callback) && !outbound {
            let offer = self.chance.between(OFFER.0, OFFER.1);
            self.plan(offer, Step::Offer { contact, stay });
        }
        if let Some((after, _)) = QUEUES[queue].overflow.filter(|_| !overflowed) {
            self.plan(after, Step::Overflow { contact, stay });
        }
    }

    /// Takes its places, or an agent who is idle. Whoever is idle has found nobody there.
    pub(super) fn stand_in_line(&mut self, contact: u64) {
        let places = self.places(contact);
        for (queue, since) in places.into_iter().flatten() {
            self.queues[queue].waiting.insert((since, contact));
        }
        let idle = |(queue, _)| Some((queue, self.staff.idle_longest(queue)?));
        if let Some((queue, agent)) = places.into_iter().flatten().find_map(idle) {
            self.ring(contact, queue, agent);
        }
    }

    pub(super) fn leave_lines(&mut self, contact: u64) {
        for (queue, since) in self.places(contact).into_iter().flatten() {
            self.queues[queue].waiting.remove(&(since, contact));
        }
    }

    /// Where it waits and since when; also while it rings. None where it does not.
    pub(super) fn places(&self, contact: u64) -> [Option<(QueueNo, EventTime)>; 2] {
        match self.contacts.get(&contact) {
            Some(&Contact { queue, also, stage: Stage::Waiting { since } | Stage::Ringing { since, .. }, .. }) => {
                [Some((queue, since)), also]
            }
            _ => [None, None],
        }
    }

    /// Patience is over, in the line or while it rings.
    pub(super) fn give_up(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage, outbound, .. }) = self.in_stay(contact, stay) else { return };
        let ringing_at = match stage {
            Stage::Waiting { .. } => None,
            Stage::Ringing { agent, at, .. } => {
                self.tell(contact, at, Fact::Missed { queue: QUEUES[at].name, agent, cause: "caller_gone" });
                Some(agent)
            }
            Stage::ToCall { .. } | Stage::Dialled { .. } | Stage::Talking { .. } => return,
        };
        self.leave_lines(contact);
        if self.chance.happens(QUEUES[queue].voicemail) && self.has_room_to_call(queue) && !outbound {
            self.flow_out(contact, "voicemail");
            self.list(contact, Errand::Message);
        } else {
            self.abandon(contact, queue);
        }
        ringing_at.into_iter().for_each(|agent| self.release(agent));
    }

    fn abandon(&mut self, contact: u64, queue: QueueNo) {
        let is_silent = QUEUES[queue].channel == "chat" && self.chance.happens(SILENT);
        self.contacts.remove(&contact);
        self.tell(contact, queue, Fact::Abandoned { cause: if is_silent { "inactivity" } else { "customer" } });
    }

    /// Leaves every queue that it waits in.
    pub(super) fn flow_out(&mut self, contact: u64, cause: &'static str) {
        for (queue, _) in self.places(contact).into_iter().flatten() {
            self.tell(contact, queue, Fact::FlowedOut { queue: QUEUES[queue].name, cause });
        }
    }

    /// Has waited too long here: another queue takes it too, or instead. Once; and a new stay ends the old one.
    pub(super) fn overflow(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage: Stage::Waiting { .. }, .. }) = self.in_stay(contact, stay) else { return };
        let (_, to) = QUEUES[queue].overflow.expect("planned only where there is one");
        self.contact(contact).overflowed = true;
        if QUEUES[queue].keeps_place {
            self.contact(contact).also = Some((to, self.now));
            self.tell_queued(contact, to, true);
            self.stand_in_line(contact);
        } else {
            self.leave_lines(contact);
            self.wait(contact, to);
        }
    }
}

/// So many times this span, and never less than a moment.
pub(super) fn scaled(span: Span, times: f64) -> Span {
    Span::from_millis((span.as_millis() as f64 * times) as i64).max(SHORTEST)
}
