//! Snapshots: the whole state of a contact as its platform tells it. Sets the state, and counts nothing but that it was adopted.
//!
//! **Why adopted.** What waits since before the log began must be in the figures of now, yet nobody saw it offered. So that the
//! books still balance, each stay that a snapshot opens counts as adopted, and each that it takes away as disowned:
//! `offered + adopted = answered + abandoned + flowed_out + expired + waiting`, adopted less disowned.
//!
//! **Invariant.** Nothing is booked before the snapshot's own time: what had passed by then has no part in it.

use super::Life;
use super::callbacks::Callback;
use super::stays::Stay;
use crate::contact::act::Told;
use crate::contact::leg::{Leg, Phase};
use crate::id::{ChannelId, QueueId};
use crate::measure::Measure;
use crate::rules::AfterContact;
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::Bookings;

/// Snapshots.
impl Life {
    pub(super) fn set(&mut self, at: EventTime, told: &Told, terms: &Terms, bookings: &mut Bookings) {
        self.direction = told.direction.or(self.direction);
        self.latest_queue = told.queue.or(self.latest_queue);
        self.set_chain(at, told);
        self.stop_ringing();
        self.chat.clear_question();
        let waits = told.queued_at.is_some() || told.callback_requested_at.is_none();
        let queue = told.queue.filter(|_| waits && told.agent.is_none() && !self.is_outbound());
        self.set_stays(at, queue, told.queued_at, terms, bookings);
        self.set_legs(at, told, terms);
        self.set_callback(at, told, terms);
        self.is_closing = told.agent.is_some() && told.ended_at.is_some();
    }

    fn set_chain(&mut self, at: EventTime, told: &Told) {
        let queued_at = told.queued_at.map(|queued| queued.min(at));
        let chain_at = told.first_queued_at.map(|first| first.min(at));
        self.first_queued = self.first_queued.or(chain_at).or(queued_at);
        self.queued_here = self.queued_here.or(queued_at);
        self.is_adopted |= told.queue.is_some() || told.agent.is_some();
        self.is_served |= told.agent.is_some();
    }

    /// Leaves the stay in that queue, or opens it, and takes all others away.
    fn set_stays(
        &mut self,
        at: EventTime,
        queue: Option<QueueId>,
        queued_at: Option<EventTime>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        let here = |stay: &Stay| Some(stay.queue.0) == queue;
        let kept = self.stays.iter().position(here).map(|stay| self.stays.remove(stay));
        for stay in std::mem::take(&mut self.stays) {
            bookings.queue(at, stay.queue, Measure::Disowned);
        }
        if let Some(queue) = queue {
            let place = (queue, self.channel(terms));
            let mut stay = kept.unwrap_or_else(|| {
                bookings.queue(at, place, Measure::Adopted);
                Stay { queue: place, since: at, is_past: false, promise: self.promise(place, at, terms) }
            });
            let since = queued_at.map_or(stay.since, |queued| queued.min(at));
            if since != stay.since {
                stay.promise = self.promise_instead(&stay, since, terms);
            }
            stay.since = since;
            stay.is_past |= stay.threshold(terms) < at;
            stay.promise.iter_mut().for_each(|clock| clock.pass_silently(at));
            self.stays.push(stay);
        }
    }

    /// Leaves the leg that is told, or opens it, and takes all others away.
    fn set_legs(&mut self, at: EventTime, told: &Told, terms: &Terms) {
        let Some(leg) = self.told_leg(at, told, terms) else { return self.legs.clear() };
        let same = |own: &Leg| {
            let phases = [own.phase, leg.phase].map(|phase| std::mem::discriminant(&phase));
            own.agent == leg.agent && own.role == leg.role && phases[0] == phases[1]
        };
        let kept = self.legs.iter().position(same).map(|own| self.legs.remove(own));
        let leg = kept.unwrap_or(leg);
        self.note_served(leg.agent, leg.queue, leg.role);
        self.legs.clear();
        self.legs.push(leg);
    }

    fn told_leg(&self, at: EventTime, told: &Told, terms: &Terms) -> Option<Leg> {
        let agent = told.agent?;
        let answered = told.answered_at.unwrap_or(at).min(at);
        let phase = match (told.ended_at, told.held_at) {
            (Some(ended), _) => {
                let since = ended.clamp(answered, at);
                Phase::Wrapping { since, worked: since - answered }
            }
            (None, Some(held)) => {
                let since = held.clamp(answered, at);
                Phase::Holding { since, talk: since - answered, hold: Span::ZERO }
            }
            (None, None) => Phase::Talking { since: answered, talk: Span::ZERO, hold: None },
        };
        let leg = Leg {
            agent,
            queue: self.place(terms),
            role: told.role,
            direction: self.direction.unwrap_or_default(),
            phase,
        };
        let is_booked = leg.wrap_deadline(terms).is_some_and(|deadline| deadline < at);
        let is_never_told = leg.is_wrapping() && terms.after_contact == AfterContact::None;
        (!is_booked && !is_never_told).then_some(leg)
    }

    fn set_callback(&mut self, at: EventTime, told: &Told, terms: &Terms) {
        let known = self.callback.take();
        self.callback = told.callback_requested_at.map(|since| {
            let told_place: Option<(QueueId, ChannelId)> = told.queue.map(|queue| (queue, self.channel(terms)));
            let queue = told_place.or(known.map(|known| known.queue)).unwrap_or_else(|| self.present_place(terms));
            Box::new(Callback { queue, since: since.min(at), due_at: told.due_at })
        });
    }
}
