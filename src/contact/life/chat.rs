//! Chat: how long the customer waits for the first word of an agent, and for each answer.
//!
//! A question is the oldest message of the customer that no agent has answered; what a bot writes neither asks nor answers.

use serde::{Deserialize, Serialize};

use super::Life;
use crate::contact::leg::Leg;
use crate::event::Author;
use crate::id::{AgentId, ChannelId, QueueId};
use crate::measure::Measure;
use crate::terms::Terms;
use crate::time::EventTime;
use crate::timeline::Bookings;

/// How far a chat has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Chat {
    has_response: bool, // an agent has written
    asked_since: Option<EventTime>,
}

impl Chat {
    /// Since when a question is unanswered.
    pub(super) fn asked_since(&self) -> Option<EventTime> {
        self.asked_since
    }

    /// Takes out a question that was asked after a moment.
    pub(super) fn split_off_later(&mut self, at: EventTime) -> Self {
        Self { has_response: false, asked_since: self.asked_since.take_if(|since| *since > at) }
    }

    pub(super) fn put_back(&mut self, later: Self) {
        self.asked_since = self.asked_since.or(later.asked_since);
    }

    /// Nothing is asked.
    pub(super) fn clear_question(&mut self) {
        self.asked_since = None;
    }
}

/// Messages.
impl Life {
    pub(super) fn message(
        &mut self,
        at: EventTime,
        author: Author,
        agent: Option<AgentId>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        match author {
            Author::Bot => {}
            Author::Customer => drop(self.chat.asked_since.get_or_insert(at)),
            Author::Agent => self.reply(at, agent, terms, bookings),
        }
    }

    fn reply(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        let place = self.reply_place(agent, terms);
        let queued = self.queued_here.filter(|queued| *queued <= at && !self.chat.has_response);
        let asked = self.chat.asked_since.take();
        self.chat.has_response = true;
        if self.is_outbound() {
            return;
        }
        if let Some(queued) = queued {
            bookings.queue(at, place, Measure::ChatFirstResponse(at - queued));
        }
        if let Some(asked) = asked {
            bookings.queue(at, place, Measure::ChatReply(at - asked));
        }
    }

    /// That agent's latest leg, else the contact's, else where it waits.
    fn reply_place(&self, agent: Option<AgentId>, terms: &Terms) -> (QueueId, ChannelId) {
        let of_agent = self.legs.iter().rfind(|leg| agent == Some(leg.agent));
        let leg: Option<&Leg> = of_agent.or(self.legs.last());
        leg.map_or_else(|| self.present_place(terms), |leg| leg.queue)
    }
}
