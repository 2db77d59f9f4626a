//! Callbacks and other calls out: who is to be called, when, and how the attempts go.
//!
//! **Words.** *Place kept*: the customer is called as soon as an agent is free, at the latest when it was promised; without it, from
//! the agreed time on. A callback that is due comes before those who wait, so that no promise grows old.

use super::floor::{Contact, Errand, Floor, Stage, Step};
use super::plan::{DIAL, QUEUES, QueueNo};
use super::presence::ON_CONTACT;
use super::record::Fact;
use super::staff::AgentNo;
use crate::time::{EventTime, Span};

/// Nobody joins a list of this many to be called, and no call out is planned: it would be a day's work.
const TO_CALL_MAX: usize = 50;
/// The part of callbacks that keep their place.
const PLACE_KEPT: f64 = 0.6;
/// In how many minutes a callback is promised, at least and at most.
const PROMISED_MINUTES: (i64, i64) = (10, 40);
/// The part of attempts that reach the customer, and that find a number which cannot be reached.
const REACHED: f64 = 0.55;
const DEAD_NUMBER: f64 = 0.08;
/// After so many attempts a callback is given up.
const TRIES_MAX: u32 = 3;
/// How long after an attempt the next is due, at least and at most.
const RETRY: (Span, Span) = (Span::from_seconds(300), Span::from_seconds(900));

/// When a callback was asked for, when it is due, and how often it was tried.
type Promise = (EventTime, EventTime, u32);

impl Floor {
    pub(super) fn has_room_to_call(&self, queue: QueueNo) -> bool {
        self.queues[queue].to_call.len() + self.queues[queue].due.len() < TO_CALL_MAX
    }

    /// Goes on the list of those to call, or to an agent who is idle.
    pub(super) fn list(&mut self, contact: u64, errand: Errand) {
        let (_, queue) = self.owe(contact, errand);
        self.queues[queue].to_call.push_back(contact);
        self.seek_caller(contact, queue);
    }

    /// The contact is to be called from now on; says which stay that is, and whose call.
    fn owe(&mut self, contact: u64, errand: Errand) -> (u32, QueueNo) {
        let known = self.contact(contact);
        known.stay += 1;
        known.also = None;
        known.stage = Stage::ToCall { errand };
        (known.stay, known.queue)
    }

    fn seek_caller(&mut self, contact: u64, queue: QueueNo) {
        if let Some(agent) = self.staff.idle_longest(queue) {
            self.dial(contact, agent);
        }
    }

    /// Whoever still waits takes the offer, and hangs up to be called.
    pub(super) fn offer_callback(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage: Stage::Waiting { .. }, .. }) = self.in_stay(contact, stay) else { return };
        if self.has_room_to_call(queue) {
            self.ask_for_callback(contact, queue);
        }
    }

    /// A form on the website: in the queue for no time, as nobody waits.
    pub(super) fn take_form(&mut self, contact: u64, queue: QueueNo) {
        self.contact(contact).stage = Stage::Waiting { since: self.now };
        self.tell_queued(contact, queue, false);
        self.ask_for_callback(contact, queue);
    }

    /// The customer wants to be called back, and leaves the queues.
    fn ask_for_callback(&mut self, contact: u64, queue: QueueNo) {
        let place_kept = self.chance.happens(PLACE_KEPT);
        let minute = |minutes| Span::from_seconds(60 * minutes);
        let due = self.now + self.chance.between(minute(PROMISED_MINUTES.0), minute(PROMISED_MINUTES.1));
        self.tell(contact, queue, Fact::CallbackRequested { queue: QUEUES[queue].name, due, place_kept });
        self.flow_out(contact, "callback");
        self.leave_lines(contact);
        self.promise(contact, (self.now, due, 0), due);
        if place_kept {
            self.queues[queue].to_call.push_back(contact);
            self.seek_caller(contact, queue);
        }
    }

    /// The centre owes a call, which comes before others from `first` on.
    fn promise(&mut self, contact: u64, (asked, due, tries): Promise, first: EventTime) {
        let (stay, _) = self.owe(contact, Errand::Callback { asked, due, tries });
        self.plan_at(first, Step::Due { contact, stay });
    }

    /// The promised time has come.
    pub(super) fn fall_due(&mut self, contact: u64, stay: u32) {
        let Some(&Contact { queue, stage: Stage::ToCall { .. }, .. }) = self.in_stay(contact, stay) else { return };
        self.unlist(contact, queue);
        self.queues[queue].due.push_back(contact);
        self.seek_caller(contact, queue);
    }

    fn unlist(&mut self, contact: u64, queue: QueueNo) {
        self.queues[queue].to_call.retain(|listed| *listed != contact);
        self.queues[queue].due.retain(|listed| *listed != contact);
    }

    /// Has an agent dial. Only the centre's own call is queued: others were, before they flowed out.
    pub(super) fn dial(&mut self, contact: u64, agent: AgentNo) {
        self.staff.engage(agent);
        self.turn(agent, ON_CONTACT);
        let known = self.contact(contact);
        let Stage::ToCall { errand } = known.stage else { unreachable!("lists hold those to call") };
        known.stage = Stage::Dialled { agent, errand };
        let (stay, queue) = (known.stay, known.queue);
        self.unlist(contact, queue);
        if matches!(errand, Errand::Own) {
            self.tell_queued(contact, queue, false);
        }
        let ring = self.chance.between(DIAL.0, DIAL.1);
        self.plan(ring, Step::PickUp { contact, stay });
    }

    /// An attempt to call back ends: with the customer, with another attempt to come, or for good.
    pub(super) fn attempt(&mut self, contact: u64, agent: AgentNo, (asked, due, tries): Promise) {
        let queue = self.contact(contact).queue;
        let tries = tries + 1;
        if self.chance.happens(REACHED) {
            self.tell(contact, queue, Fact::CallbackAttempted { agent, result: "reached" });
            return self.answer(contact, queue, agent);
        }
        if tries == TRIES_MAX || self.chance.happens(DEAD_NUMBER) {
            self.contacts.remove(&contact);
            self.tell(contact, queue, Fact::CallbackAttempted { agent, result: "failed" });
        } else {
            self.tell(contact, queue, Fact::CallbackAttempted { agent, result: "no_answer" });
            let again = self.now + self.chance.between(RETRY.0, RETRY.1);
            self.promise(contact, (asked, due, tries), again);
        }
        self.release(agent);
    }
}
