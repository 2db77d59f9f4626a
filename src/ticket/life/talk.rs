//! Who waits for whose word: first response, replies, and questions that are unanswered.
//!
//! A question is the oldest public message of the customer that no agent has answered in public; a ticket that a customer created
//! is one. What a bot writes, and what the customer cannot read, neither asks nor answers.

use serde::{Deserialize, Serialize};

use super::Life;
use crate::event::{Author, Creator};
use crate::id::AgentId;
use crate::measure::{Measure, TicketTime};
use crate::rules::FirstResponseFrom;
use crate::terms::Terms;
use crate::time::EventTime;
use crate::timeline::Bookings;

/// How far the talk on a ticket has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Talk {
    pub(super) first: First,
    pub(super) response_due: Option<EventTime>, // while it is not decided whether the first response is in time
    pub(super) asked: Option<Asked>,
    pub(super) answered_at: Option<EventTime>, // by an agent in public, the last time
    pub(super) replies: u32,
    pub(super) handed_over: Option<EventTime>, // the first time
}

/// The first response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum First {
    /// Nobody knows whether there was one.
    #[default]
    Unknown,
    /// The customer has not written yet.
    NotAsked,
    /// The customer waits for it, since then.
    Awaited(EventTime),
    /// It was given, or the ticket was resolved without it.
    Decided,
}

/// A question that is unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) since: EventTime,
    pub(super) by_creation: bool,
}

impl Talk {
    /// The ticket was created.
    pub(super) fn begin(&mut self, at: EventTime, by: Creator, terms: &Terms) {
        match by {
            Creator::Agent => self.first = First::NotAsked,
            Creator::Customer => {
                self.asked = Some(Asked { since: at, by_creation: true });
                self.await_first(at, terms);
            }
        }
    }

    /// Since when a question is unanswered.
    pub(super) fn asked_since(&self) -> Option<EventTime> {
        self.asked.map(|asked| asked.since)
    }

    /// Until when a first response is in time, while that is not decided.
    pub(super) fn response_due(&self) -> Option<EventTime> {
        self.response_due
    }

    pub(super) fn await_first(&mut self, start: EventTime, terms: &Terms) {
        self.first = First::Awaited(start);
        self.response_due = Some(start + terms.response_within);
    }

    /// A bot gives the ticket to people: the first time, first response may be measured from here.
    pub(super) fn hand_over(&mut self, at: EventTime, terms: &Terms) {
        let is_first = self.handed_over.is_none();
        self.handed_over.get_or_insert(at);
        if is_first && self.handed_over(terms).is_some() {
            if let First::Awaited(_) = self.first {
                self.first = First::Awaited(at);
            }
            self.response_due = self.response_due.map(|_| at + terms.response_within);
        }
    }

    /// When a bot gave it to people, where first response is measured from there.
    pub(super) fn handed_over(&self, terms: &Terms) -> Option<EventTime> {
        self.handed_over.filter(|_| terms.first_response_from == FirstResponseFrom::HandedOver)
    }

    fn ask(&mut self, at: EventTime, terms: &Terms) {
        if self.answered_at.is_some_and(|answered| at < answered) {
            return;
        }
        match &mut self.asked {
            Some(asked) => asked.since = asked.since.min(at),
            None => self.asked = Some(Asked { since: at, by_creation: false }),
        }
        if self.first == First::NotAsked {
            self.await_first(at, terms);
        }
    }
}

/// Messages.
impl Life {
    pub(super) fn replied(
        &mut self,
        at: EventTime,
        author: Author,
        agent: Option<AgentId>,
        is_public: bool,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        match author {
            _ if !is_public => {}
            Author::Bot => {}
            Author::Customer => self.talk.ask(at, terms),
            Author::Agent => self.answer(at, agent.or(self.assignee), terms, bookings),
        }
    }

    fn answer(&mut self, at: EventTime, agent: Option<AgentId>, terms: &Terms, bookings: &mut Bookings) {
        self.talk.replies += 1;
        self.talk.answered_at = self.talk.answered_at.max(Some(at));
        let asked = self.talk.asked.take_if(|asked| asked.since <= at);
        self.decide_response(at, terms, bookings);
        match self.talk.first {
            First::Awaited(start) if start <= at => self.respond_first(at, start, agent, terms, bookings),
            _ => {
                if let Some(asked) = asked.filter(|asked| !asked.by_creation) {
                    self.book(at, Measure::TicketReply(at - asked.since), terms, bookings);
                    self.book_business(TicketTime::Reply, asked.since, at, terms, bookings);
                }
            }
        }
    }

    fn respond_first(
        &mut self,
        at: EventTime,
        start: EventTime,
        agent: Option<AgentId>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        self.talk.first = First::Decided;
        let wait = Measure::FirstResponse(at - start);
        self.book(at, wait, terms, bookings);
        self.book_business(TicketTime::FirstResponse, start, at, terms, bookings);
        agent.into_iter().for_each(|agent| bookings.agent(at, agent, wait));
    }

    /// An answer before the time is over is in time.
    fn decide_response(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let is_asked = |due: &mut EventTime| *due - terms.response_within <= at && at <= *due;
        if self.talk.response_due.take_if(is_asked).is_some() {
            self.book(at, Measure::ResponseDecided { within: true }, terms, bookings);
        }
    }

    pub(super) fn pass_response_due(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        self.talk.response_due = None;
        self.book(at, Measure::ResponseDecided { within: false }, terms, bookings);
    }
}
