//! Opinions: what customers answer when they are asked, and what reviewers say.
//!
//! **Words.** *Strain*: how much a customer had to bear, from 0 to 1: a long wait, or a ticket that took long. The greater it is, the
//! worse the scores.
//!
//! **Whose they are.** The telephone system asks at the end of a call and tells queue and agent; the other platforms know only the
//! contact or ticket.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::chance::{Chance, Stream};
use super::facts::{Place, Said};
use super::floor::{Floor, Step};
use super::plan::SourceNo;
use super::record::{Fact, Subject};
use super::waits::scaled;
use crate::time::Span;

/// The part of contacts and tickets whose customer is asked, of those asked that answer, and of answers that are given again.
const ASKED: f64 = 0.3;
const ANSWERED: f64 = 0.35;
const ANSWERED_AGAIN: f64 = 0.06;
/// The part that is reviewed, and of reviews that find something critical.
const REVIEWED: f64 = 0.02;
const CRITICAL: f64 = 0.04;
/// How long after the end the customer is asked, at least and at most.
const ASKS_AFTER: (Span, Span) = (Span::from_seconds(5), Span::from_seconds(60));
/// Median time until the answer, and how long its tail is.
const ANSWERS_AFTER: Span = Span::from_seconds(90);
const ANSWER_TAIL: f64 = 0.9;
/// How long after the end a review comes, at least and at most.
const REVIEWED_AFTER: (Span, Span) = (Span::from_seconds(300), Span::from_seconds(1_500));
/// How content somebody is without any strain, what the greatest takes away, and how far people differ. Of 1.
const CONTENT: f64 = 0.88;
const STRAINED: f64 = 0.55;
const MOOD: f64 = 0.9;

/// A survey: its kind, least and greatest score in halves of a point, and the halves that one step has.
type Survey = (&'static str, u8, u8, u8);
/// How many surveys there are.
pub(super) const SURVEY_COUNT: usize = 4;
const SURVEYS: [Survey; SURVEY_COUNT] = [("csat", 2, 10, 2), ("nps", 0, 20, 2), ("ces", 2, 14, 2), ("cx", 2, 10, 1)];

/// What is still to be asked and said.
#[derive(Debug)]
pub(super) struct Opinions {
    chance: Chance,
    pending: HashMap<u64, Asked, FixedState>,
    asked: u64,
}

/// Of whom something is to be said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// The contact or ticket.
    pub(super) subject: Subject,
    /// Who asks.
    pub(super) source: SourceNo,
    /// Queue and agent, where the platform tells them.
    pub(super) place: Place,
    /// In [0, 1].
    pub(super) strain: f64,
    /// Which of the surveys; each queue has its own.
    pub(super) survey: usize,
}

/// What comes next of an opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    Ask,
    Answer,
    AnswerAgain,
    Review,
}

impl Opinions {
    /// Nobody was asked anything yet.
    pub(super) fn new(seed: u64) -> Self {
        Self { chance: Chance::new(seed, Stream::Opinions), pending: HashMap::default(), asked: 0 }
    }

    /// A score in halves of a point.
    fn score(&mut self, strain: f64, (_, least, greatest, step): Survey) -> u8 {
        let mood = self.chance.share() + self.chance.share() - 1.0;
        let content = (CONTENT - STRAINED * strain + MOOD * mood).clamp(0.0, 1.0);
        let steps = (f64::from((greatest - least) / step) * content).round() as u8;
        least + steps * step
    }

    fn points(&mut self, strain: f64) -> u8 {
        (100.0 * (CONTENT - 0.2 * strain + 0.2 * (self.chance.share() - 0.5))).round() as u8
    }
}

impl Floor {
    /// A contact or ticket is done: some customers are asked, and some of it is reviewed.
    pub(super) fn seek_opinions(&mut self, of: Asked) {
        if self.opinions.chance.happens(ASKED) {
            let after = self.opinions.chance.between(ASKS_AFTER.0, ASKS_AFTER.1);
            self.plan_opinion(after, of, Turn::Ask);
        }
        if self.opinions.chance.happens(REVIEWED) {
            let after = self.opinions.chance.between(REVIEWED_AFTER.0, REVIEWED_AFTER.1);
            self.plan_opinion(after, of, Turn::Review);
        }
    }

    fn plan_opinion(&mut self, after: Span, of: Asked, turn: Turn) {
        self.opinions.asked += 1;
        let number = self.opinions.asked;
        self.opinions.pending.insert(number, of);
        self.plan(after, Step::Opinion { number, turn });
    }

    /// Something is asked or said.
    pub(super) fn opine(&mut self, number: u64, turn: Turn) {
        let of = self.opinions.pending.remove(&number).expect("each is planned once");
        let survey = SURVEYS[of.survey];
        let said = match turn {
            Turn::Ask => Said::Sent { kind: survey.0 },
            Turn::Answer | Turn::AnswerAgain => {
                Said::Answered { kind: survey.0, halves: self.opinions.score(of.strain, survey) }
            }
            Turn::Review => Said::Scored {
                points: self.opinions.points(of.strain),
                is_critical_fail: self.opinions.chance.happens(CRITICAL),
            },
        };
        self.tell_of(of.subject, of.source, Fact::Said(said, of.place));
        self.plan_next_opinion(of, turn);
    }

    fn plan_next_opinion(&mut self, of: Asked, turn: Turn) {
        let (next, part) = match turn {
            Turn::Ask => (Turn::Answer, ANSWERED),
            Turn::Answer => (Turn::AnswerAgain, ANSWERED_AGAIN),
            Turn::AnswerAgain | Turn::Review => return,
        };
        if self.opinions.chance.happens(part) {
            let after = scaled(ANSWERS_AFTER, self.opinions.chance.long_tailed(ANSWER_TAIL));
            self.plan_opinion(after, of, next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_stay_on_their_scale_and_are_worse_after_a_strain() {
        for survey in SURVEYS {
            let mut opinions = Opinions::new(1);
            let mut mean = |strain| {
                let scores: Vec<u8> = (0..2_000).map(|_| opinions.score(strain, survey)).collect();
                assert!(scores.iter().all(|score| survey.1 <= *score && *score <= survey.2), "{survey:?}");
                scores.iter().map(|score| f64::from(*score)).sum::<f64>() / 2_000.0
            };
            let (calm, strained) = (mean(0.0), mean(1.0));
            assert!(calm > strained + f64::from(survey.2 - survey.1) / 5.0, "{survey:?}: {calm} and {strained}");
        }
    }
}
