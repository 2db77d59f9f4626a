//! What a measure adds to a tally.

use super::histogram;
use super::tally::{Cell, Field};
use crate::event::{FlowCause, SurveyKind};
use crate::id::PolicyId;
use crate::measure::{Measure, Mood, Patience, Rating, SlaResult, SlaTarget, TicketTime};
use crate::time::Span;

/// What one measure adds to the service level of its queue, under the preset of that queue. Booked, not derived: queues with
/// different presets still add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level {
    /// It met the threshold.
    pub met: bool,
    /// It counts.
    pub counted: bool,
}

/// The part of a survey's fields that is of this kind; the last is of no told kind.
pub const fn survey_part(kind: Option<SurveyKind>) -> u16 {
    match kind {
        Some(kind) => kind as u16,
        None => SurveyKind::ALL.len() as u16,
    }
}

/// The part of a field of promises that is of this policy and target.
pub fn promise_part(policy: PolicyId, target: SlaTarget) -> u16 {
    u16::from(policy.0) * SLA_TARGETS + target as u16
}

/// The policy and target of a part of a field of promises.
pub fn promise_of(part: u16) -> (PolicyId, SlaTarget) {
    let policy = u8::try_from(part / SLA_TARGETS).expect("parts are made of policies by `promise_part`");
    (PolicyId(policy), SlaTarget::ALL[usize::from(part % SLA_TARGETS)])
}

const SLA_TARGETS: u16 = SlaTarget::ALL.len() as u16;

/// What takes numbers, cell by cell: a tally, or a slot of a ring.
pub trait Cells {
    /// Adds `count` to a cell.
    fn add(&mut self, cell: Cell, count: i64);

    /// Adds a duration `times` times.
    fn add_duration(&mut self, field: Field, duration: Span, times: i64) {
        self.add(Cell::part(field, histogram::bucket(duration)), times);
        self.add(Cell::sum(field), duration.as_millis() * times);
    }

    /// Adds a duration, where there is one.
    fn add_sample(&mut self, field: Field, duration: Option<Span>, times: i64) {
        if let Some(duration) = duration {
            self.add_duration(field, duration, times);
        }
    }

    /// Books a measure `times` times; -1 withdraws it. `level`: what it adds to the queue's service level.
    fn book(&mut self, measure: &Measure, level: Level, times: i64) {
        self.add(Cell::of(Field::LevelMet), times * i64::from(level.met));
        self.add(Cell::of(Field::LevelCounted), times * i64::from(level.counted));
        match *measure {
            Measure::Offered => self.add(Cell::of(Field::Offered), times),
            Measure::Adopted => self.add(Cell::of(Field::Adopted), times),
            Measure::Disowned => self.add(Cell::of(Field::Disowned), times),
            Measure::Volume => self.add(Cell::of(Field::Volume), times),
            Measure::Answered { wait, within } => {
                self.add(Cell::of(Field::Answered), times);
                self.add(Cell::of(Field::AnsweredWithin), times * i64::from(within));
                self.add_sample(Field::SpeedOfAnswer, wait, times);
            }
            Measure::AnsweredByAgent => self.add(Cell::of(Field::Answered), times),
            Measure::CustomerWait(wait) => self.add_duration(Field::CustomerWait, wait, times),
            Measure::Abandoned { wait, patience, cause } => {
                self.add(Cell::of(Field::Abandoned), times);
                self.add(Cell::of(Field::AbandonedShort), times * i64::from(patience == Patience::Short));
                self.add(Cell::of(Field::AbandonedWithin), times * i64::from(patience == Patience::Within));
                self.add(Cell::part(Field::AbandonedFor, cause as u16), times);
                self.add_sample(Field::TimeToAbandon, wait, times);
            }
            Measure::FlowedOut { cause, within } => {
                self.add(Cell::part(Field::FlowedOut, cause as u16), times);
                let is_callback = cause == FlowCause::Callback;
                let field = if is_callback { Field::CallbackWithin } else { Field::FlowedOutWithin };
                self.add(Cell::of(field), times * i64::from(within));
            }
            Measure::PastThreshold => self.add(Cell::of(Field::PastThreshold), times),
            Measure::Blocked => self.add(Cell::of(Field::Blocked), times),
            Measure::StayExpired => self.add(Cell::of(Field::StayExpired), times),
            Measure::TalkExpired => self.add(Cell::of(Field::TalkExpired), times),
            Measure::Talk(talk) => self.add_duration(Field::TalkTime, talk, times),
            Measure::Hold(hold) => self.add_duration(Field::HoldTime, hold, times),
            Measure::LegEnded { transferred } => {
                self.add(Cell::of(Field::LegEnded), times);
                self.add(Cell::of(Field::Transferred), times * i64::from(transferred));
            }
            Measure::Handle(handle) => self.add_duration(Field::HandleTime, handle, times),
            Measure::AfterContact(after) => self.add_duration(Field::AfterContactTime, after, times),
            Measure::WrapTimeout => self.add(Cell::of(Field::WrapTimeout), times),
            Measure::MissedAlert(cause) => self.add(Cell::part(Field::MissedAlert, cause as u16), times),
            Measure::ChatFirstResponse(wait) => self.add_duration(Field::ChatFirstResponse, wait, times),
            Measure::ChatReply(wait) => self.add_duration(Field::ChatReply, wait, times),
            Measure::CallbackRequested => self.add(Cell::of(Field::CallbackRequested), times),
            Measure::CallbackAttempted(result) => {
                self.add(Cell::part(Field::CallbackAttempted, result as u16), times);
            }
            Measure::CallbackReached { wait } => {
                self.add(Cell::of(Field::CallbackReached), times);
                self.add_sample(Field::CallbackWait, wait, times);
            }
            Measure::CallbackGivenUp => self.add(Cell::of(Field::CallbackGivenUp), times),
            Measure::TicketCreated => {
                self.add(Cell::of(Field::TicketCreated), times);
                self.add(Cell::of(Field::Volume), times);
            }
            Measure::TicketAdopted => self.add(Cell::of(Field::TicketAdopted), times),
            Measure::TicketDisowned => self.add(Cell::of(Field::TicketDisowned), times),
            Measure::MovedIn => self.add(Cell::of(Field::MovedIn), times),
            Measure::MovedOut => self.add(Cell::of(Field::MovedOut), times),
            Measure::Resolved { again } => self.add(Cell::part(Field::Resolved, u16::from(again)), times),
            Measure::ResolutionTime { calendar, active, again } => {
                let field = if again { Field::ResolutionAgain } else { Field::ResolutionFirst };
                self.add_duration(field, calendar, times);
                self.add_duration(Field::ResolutionActive, active, times);
            }
            Measure::RepliesAtResolve(replies) => {
                self.add(Cell::of(Field::RepliesAtResolve), times * i64::from(replies));
                self.add(Cell::of(Field::ResolvesWithReplies), times);
            }
            Measure::ResolvedUnreplied => self.add(Cell::of(Field::ResolvedUnreplied), times),
            Measure::Reopened { first } => {
                self.add(Cell::of(Field::Reopened), times);
                self.add(Cell::of(Field::ReopenedFirst), times * i64::from(first));
            }
            Measure::TicketClosed => self.add(Cell::of(Field::TicketClosed), times),
            Measure::TicketDeleted { cause, open } => {
                self.add(Cell::part(Field::TicketDeleted, cause as u16), times);
                self.add(Cell::of(Field::DeletedOpen), times * i64::from(open));
            }
            Measure::TicketExpired => self.add(Cell::of(Field::TicketExpired), times),
            Measure::Escalated { first } => {
                self.add(Cell::of(Field::Escalated), times);
                self.add(Cell::of(Field::EscalatedFirst), times * i64::from(first));
            }
            Measure::FirstResponse(wait) => self.add_duration(Field::FirstResponse, wait, times),
            Measure::TicketReply(wait) => self.add_duration(Field::TicketReply, wait, times),
            Measure::BusinessTime(of, time) => {
                let field = match of {
                    TicketTime::FirstResponse => Field::FirstResponseBusiness,
                    TicketTime::Reply => Field::TicketReplyBusiness,
                    TicketTime::Resolution => Field::ResolutionBusiness,
                };
                self.add_duration(field, time, times);
            }
            Measure::ResponseDecided { within } => {
                self.add(Cell::of(Field::ResponseDecided), times);
                self.add(Cell::of(Field::ResponseWithin), times * i64::from(within));
            }
            Measure::ComplaintDecided { overdue } => {
                self.add(Cell::of(Field::ComplaintDecided), times);
                self.add(Cell::of(Field::ComplaintOverdue), times * i64::from(overdue));
            }
            Measure::AssignedToAgent => self.add(Cell::of(Field::AssignedToAgent), times),
            Measure::SurveySent(kind) => self.add(Cell::part(Field::SurveySent, survey_part(kind)), times),
            Measure::SurveyAnswered(..) => {}
            Measure::Rated(kind, Rating { score, mood }) => {
                let part = survey_part(Some(kind));
                self.add(Cell::part(Field::Rated, part), times);
                self.add(Cell::part(Field::RatedGood, part), times * i64::from(mood == Mood::Good));
                self.add(Cell::part(Field::RatedBad, part), times * i64::from(mood == Mood::Bad));
                self.add(Cell::part(Field::ScoreSum, part), times * score.0);
            }
            Measure::Reviewed => self.add(Cell::of(Field::Reviewed), times),
            Measure::Scored { points, max_points } => {
                self.add(Cell::of(Field::Scored), times);
                self.add(Cell::of(Field::ScoredPoints), times * points.0);
                self.add(Cell::of(Field::ScoredMax), times * max_points.0);
            }
            Measure::Promise { policy, target, result } => {
                let field = match result {
                    SlaResult::Met => Field::SlaMet,
                    SlaResult::Breached => Field::SlaBreached,
                    SlaResult::Reversed => Field::SlaReversed,
                };
                self.add(Cell::part(field, promise_part(policy, target)), times);
            }
            Measure::Odd(anomaly) => self.add(Cell::part(Field::Odd, anomaly as u16), times),
        }
    }
}
