//! The promise of an answer: its clock runs with a stay, and is kept by the answer that ends it.
//!
//! **Why by stay.** Who is passed on to another queue is promised what that queue promises; what the customer waited in all is
//! `customer_wait`. A stay that ends otherwise, by a hang-up or an overflow, before its deadline leaves without a word: nothing was
//! kept, and nothing broken.

use super::{Life, Stay};
use crate::id::{ChannelId, PriorityId, QueueId};
use crate::measure::{Measure, SlaResult, SlaTarget};
use crate::rules::Tags;
use crate::sla::{Case, Clock};
use crate::terms::Terms;
use crate::time::EventTime;
use crate::timeline::Bookings;

impl Stay {
    /// Until when the answer that was promised is in time, while that is not decided.
    pub(super) fn promise_due(&self) -> Option<EventTime> {
        self.promise.as_ref().and_then(|clock| clock.deadline())
    }

    /// Nobody answered in time.
    pub(super) fn break_promise(&mut self, at: EventTime, bookings: &mut Bookings) {
        let broken = self.promise.as_mut().and_then(|clock| clock.breach());
        self.book_promise(at, broken, bookings);
    }

    /// Somebody answered.
    pub(super) fn keep_promise(&mut self, at: EventTime, bookings: &mut Bookings) {
        let kept = self.promise.as_mut().and_then(|clock| clock.keep(at));
        self.book_promise(at, kept, bookings);
    }

    fn book_promise(&self, at: EventTime, result: Option<SlaResult>, bookings: &mut Bookings) {
        let policy = self.promise.as_ref().and_then(|clock| clock.policy());
        if let (Some(policy), Some(result)) = (policy, result) {
            bookings.queue(at, self.queue, Measure::Promise { policy, target: SlaTarget::Answer, result });
        }
    }
}

/// Promises.
impl Life {
    /// What a policy is chosen by for a wait in a queue.
    pub fn case(&self, place: (QueueId, ChannelId), terms: &Terms) -> Case {
        Case { place, priority: self.priority.unwrap_or(terms.normal), tags: Tags::default() }
    }

    /// The clock of a stay that begins, where any answer is promised at all.
    pub(super) fn promise(&self, place: (QueueId, ChannelId), since: EventTime, terms: &Terms) -> Option<Box<Clock>> {
        terms.sla.promises(SlaTarget::Answer).then(|| {
            let mut clock = Clock::start(SlaTarget::Answer, since);
            clock.look_up(&self.case(place, terms), &terms.sla);
            Box::new(clock)
        })
    }

    /// The clock of a stay of which it is told that it began at another time: what was broken stays so.
    pub(super) fn promise_instead(&self, stay: &Stay, since: EventTime, terms: &Terms) -> Option<Box<Clock>> {
        let mut clock = self.promise(stay.queue, since, terms)?;
        if let Some(earlier) = &stay.promise {
            clock.inherit(earlier);
        }
        Some(clock)
    }

    /// Another priority may mean another policy, for those who wait already, too.
    pub(super) fn set_priority(
        &mut self,
        at: EventTime,
        told: Option<PriorityId>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        if told.is_none() || told == self.priority {
            return;
        }
        let mut stays = std::mem::take(&mut self.stays);
        for stay in stays.iter_mut() {
            let case = self.case(stay.queue, terms);
            stay.promise.iter_mut().for_each(|clock| clock.settle(at, &case, &terms.sla));
        }
        self.priority = told;
        for stay in stays.iter_mut() {
            let case = self.case(stay.queue, terms);
            let reversed = stay.promise.as_mut().and_then(|clock| clock.reconsider(&case, &terms.sla));
            stay.book_promise(at, reversed, bookings);
        }
        self.stays = stays;
    }

    /// Looks up what is promised under other rules than those that the life was folded under.
    pub(super) fn look_up_promises(&mut self, terms: &Terms) {
        let mut stays = std::mem::take(&mut self.stays);
        for stay in stays.iter_mut() {
            let case = self.case(stay.queue, terms);
            match &mut stay.promise {
                Some(clock) => clock.look_up(&case, &terms.sla),
                None => stay.promise = self.promise(stay.queue, stay.since, terms),
            }
        }
        self.stays = stays;
    }
}
