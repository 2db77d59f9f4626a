//! Legs: how an agent's part begins and ends, and which leg an event speaks of.

use super::Life;
use crate::contact::leg::{Goes, Leg, Phase};
use crate::event::{AbandonCause, Role};
use crate::id::{AgentId, ChannelId, QueueId};
use crate::limits::LEGS_MAX;
use crate::measure::{Anomaly, Measure};
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::{Bookings, Served};

/// Legs: how an agent's part begins and ends.
impl Life {
    pub(super) fn answered(
        &mut self,
        at: EventTime,
        agent: AgentId,
        queue: Option<QueueId>,
        role: Role,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        let place = self.end_stays_by_answer(at, queue, role, terms, bookings);
        self.stop_ringing_at(agent);
        let talks_already = |leg: &Leg| leg.agent == agent && leg.role == role && leg.is_talking();
        if self.legs.iter().any(talks_already) {
            return bookings.odd(at, Anomaly::AnsweredTwice);
        }
        if self.legs.len() >= LEGS_MAX {
            return bookings.odd(at, Anomaly::TooManyOpen);
        }
        if role == Role::Primary {
            bookings.agent(at, agent, Measure::AnsweredByAgent);
        }
        self.is_closing = false;
        let queue = place.unwrap_or_else(|| self.place(terms));
        let direction = self.direction.unwrap_or_default();
        let phase = Phase::Talking { since: at, talk: Span::ZERO, hold: None };
        self.note_served(agent, queue, role);
        self.legs.push(Leg { agent, queue, role, direction, phase });
    }

    /// The last primary agent is whom an answer to a survey counts for.
    pub(super) fn note_served(&mut self, agent: AgentId, queue: (QueueId, ChannelId), role: Role) {
        if role == Role::Primary {
            self.served = Some(Served { queue, agent: Some(agent) });
        }
    }

    pub(super) fn held(&mut self, at: EventTime, agent: Option<AgentId>, bookings: &mut Bookings) {
        match self.find_leg(agent, |leg| leg.is_talking() && !leg.is_holding()) {
            Some(leg) => self.legs[leg].hold(at),
            None => bookings.odd(at, Anomaly::HeldWithoutTalk),
        }
    }

    pub(super) fn resumed(&mut self, at: EventTime, agent: Option<AgentId>, bookings: &mut Bookings) {
        match self.find_leg(agent, Leg::is_holding) {
            Some(leg) => self.legs[leg].resume(at),
            None => bookings.odd(at, Anomaly::ResumedWithoutHold),
        }
    }

    pub(super) fn transferred(
        &mut self,
        at: EventTime,
        agent: Option<AgentId>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        match self.find_leg(agent, Leg::is_talking) {
            Some(leg) => {
                self.is_closing = false;
                self.end_talk(leg, at, true, terms, bookings);
            }
            None => bookings.odd(at, Anomaly::TransferredWithoutTalk),
        }
    }

    /// The leg that an event speaks of: that agent's, else the only one that fits, else the latest.
    pub(super) fn find_leg(&self, agent: Option<AgentId>, fits: impl Fn(&Leg) -> bool) -> Option<usize> {
        self.legs.iter().rposition(|leg| agent.is_none_or(|agent| leg.agent == agent) && fits(leg))
    }

    pub(super) fn end_talk(
        &mut self,
        leg: usize,
        at: EventTime,
        transferred: bool,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        if self.legs[leg].end_talk(at, transferred, terms, bookings) == Goes::Away {
            self.legs.remove(leg);
        }
    }

    /// Talk is over: of one leg where an agent is named, else of all, and then whoever waits has hung up.
    pub(super) fn ended(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        let is_one = |leg: &Leg| leg.is_talking() && agent.is_none_or(|agent| leg.agent == agent);
        let nobody_to_end = self.find_leg(agent, Leg::is_talking).is_none();
        let was_waiting = self.stays.len();
        let nobody_waits = was_waiting == 0 && self.callback.is_none();
        if nobody_to_end && (agent.is_some() || nobody_waits) {
            bookings.odd(at, Anomaly::EndedWithoutTalk);
        }
        while let Some(leg) = self.legs.iter().rposition(is_one) {
            self.end_talk(leg, at, false, terms, bookings);
            if agent.is_some() {
                break;
            }
        }
        if agent.is_none() {
            self.stop_ringing();
            for stay in std::mem::take(&mut self.stays) {
                stay.abandon(at, AbandonCause::System, terms, bookings);
            }
        }
        let only_owed = nobody_to_end && was_waiting == 0 && self.callback.is_some();
        self.is_closing |= agent.is_none() && !only_owed || !(nobody_to_end || self.is_talking());
    }

    pub(super) fn wrapped(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        let fits = |leg: &&Leg| agent.is_none_or(|agent| leg.agent == agent) && leg.is_wrapping();
        let longest = self.legs.iter().filter(fits).map(Leg::since).min();
        let wrapping = longest.and_then(|since| self.legs.iter().position(|leg| fits(&leg) && leg.since() == since));
        let Some(leg) = wrapping.or_else(|| self.find_leg(agent, Leg::is_talking)) else {
            return bookings.odd(at, Anomaly::WrappedWithoutLeg);
        };
        let mut leg = self.legs.remove(leg);
        if leg.end_talk(at, false, terms, bookings) == Goes::On {
            leg.wrap(at, bookings);
        }
    }
}
