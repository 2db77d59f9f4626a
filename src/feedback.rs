//! Surveys and reviews: what customers and reviewers say of one contact or ticket.
//!
//! **Why with the contact.** An answer counts for who served the customer, and that may still be sorted; so surveys are events of
//! their contact or ticket, folded with the others. They are no part of its life: they neither keep it open nor end it.
//!
//! **Invariant.** Of each kind of survey at most one answer stands: that of the latest moment. Counters have all of them.

use serde::{Deserialize, Serialize};

use crate::event::{SurveyKind, Thousandths};
use crate::id::{AgentId, ChannelId, QueueId};
use crate::measure::{Anomaly, Booking, Measure, Rating, Scope};
use crate::terms::Terms;
use crate::time::EventTime;
use crate::timeline::{Bookings, Served};
use crate::window::survey_part;

/// A survey, its answer or a review, with names as this shard's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The queue that it counts for, where it was told.
    pub queue: Option<QueueId>,
    /// The agent that it counts for, where it was told.
    pub agent: Option<AgentId>,
    /// What was said.
    pub said: Said,
}

/// What was asked or said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// The customer was asked.
    Sent(Option<SurveyKind>),
    /// The customer answered; not rated where the score is not on the scale.
    Answered(SurveyKind, Option<Rating>),
    /// Somebody reviewed it: points given and possible.
    Scored(Thousandths, Thousandths),
}

/// What was said of one contact or ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surveys {
    latest: Option<EventTime>,
    sent: u8, // a bit for each kind that was asked
    is_reviewed: bool,
    answers: Vec<Answer>, // at most one of a kind
}

/// The answer that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    at: EventTime,
    kind: SurveyKind,
    rating: Rating,
    place: Served,
}

impl Told {
    /// Whom it counts for: whom it names, else who served the contact or ticket, else nobody knows whom.
    pub fn place(&self, served: Option<Served>, told: Option<ChannelId>, usual: ChannelId, terms: &Terms) -> Served {
        let queue = self.queue.or(served.map(|served| served.queue.0)).unwrap_or(terms.unattributed);
        let channel = served.map(|served| served.queue.1).or(told).unwrap_or(usual);
        Served { queue: (queue, channel), agent: self.agent.or(served.and_then(|served| served.agent)) }
    }
}

impl Surveys {
    /// Takes what was said at a moment.
    pub fn take(&mut self, at: EventTime, told: &Told, place: Served, terms: &Terms, bookings: &mut Bookings) {
        if self.latest.is_some_and(|latest| latest + terms.survey_ttl < at) {
            *self = Self::default();
        }
        self.latest = self.latest.max(Some(at));
        match told.said {
            Said::Sent(kind) => self.sent(at, kind, place, bookings),
            Said::Answered(_, None) => bookings.odd(at, Anomaly::ScoreOutOfScale),
            Said::Answered(kind, Some(rating)) => self.answered(Answer { at, kind, rating, place }, bookings),
            Said::Scored(points, max_points) => self.scored(at, points, max_points, place, bookings),
        }
    }

    /// When the latest was.
    pub fn latest(&self) -> Option<EventTime> {
        self.latest
    }

    /// Whether an event that is not sealed up to this line may still belong to them.
    pub fn are_kept(&self, line: EventTime, terms: &Terms) -> bool {
        self.kept_until(terms).is_some_and(|until| until >= line)
    }

    /// Up to which line.
    pub fn kept_until(&self, terms: &Terms) -> Option<EventTime> {
        self.latest.map(|latest| latest + terms.survey_ttl)
    }

    fn sent(&mut self, at: EventTime, kind: Option<SurveyKind>, place: Served, bookings: &mut Bookings) {
        let bit = 1 << survey_part(kind);
        if self.sent & bit == 0 {
            self.sent |= bit;
            bookings.queue(at, place.queue, Measure::SurveySent(kind));
        }
    }

    fn answered(&mut self, answer: Answer, bookings: &mut Bookings) {
        let Answer { at, kind, rating, place } = answer;
        bookings.queue(at, place.queue, Measure::SurveyAnswered(kind, rating));
        match self.answers.iter_mut().find(|earlier| earlier.kind == kind) {
            Some(later) if at < later.at => {}
            Some(earlier) => {
                earlier.book(-1, bookings);
                *earlier = answer;
                answer.book(1, bookings);
            }
            None => {
                self.answers.push(answer);
                answer.book(1, bookings);
            }
        }
    }

    fn scored(
        &mut self,
        at: EventTime,
        points: Thousandths,
        max_points: Thousandths,
        place: Served,
        bookings: &mut Bookings,
    ) {
        let score = Measure::Scored { points, max_points };
        bookings.queue(at, place.queue, score);
        place.agent.into_iter().for_each(|agent| bookings.agent(at, agent, score));
        if !self.is_reviewed {
            self.is_reviewed = true;
            bookings.queue(at, place.queue, Measure::Reviewed);
        }
    }
}

impl Answer {
    /// Books it for its queue and agent; -1 takes it back.
    fn book(&self, times: i64, bookings: &mut Bookings) {
        let (queue, channel) = self.place.queue;
        let scopes = [Some(Scope::Queue(queue, channel)), self.place.agent.map(Scope::Agent)];
        let measure = Measure::Rated(self.kind, self.rating);
        for scope in scopes.into_iter().flatten() {
            bookings.add(Booking { at: self.at, scope, measure }, times);
        }
    }
}
