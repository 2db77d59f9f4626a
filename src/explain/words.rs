//! What counted, in words: each kind of booking as people say it.

use crate::measure::{Measure, Mood, Patience, SlaResult, TicketTime};
use crate::rules::Rules;
use crate::time::Span;

/// A length of time as people say it: `45s`, `1h 2m 5s`, `1.25s`.
pub(super) fn length(span: Span) -> String {
    let ms = span.as_millis().max(0);
    let (days, hours, minutes) = (ms / 86_400_000, ms / 3_600_000 % 24, ms / 60_000 % 60);
    let seconds = (ms % 60_000) as f64 / 1_000.0;
    let mut parts: Vec<String> = [(days, "d"), (hours, "h"), (minutes, "m")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number}{unit}"))
        .collect();
    if seconds > 0.0 || parts.is_empty() {
        parts.push(format!("{seconds}s"));
    }
    parts.join(" ")
}

fn waited(wait: Option<Span>) -> String {
    wait.map_or_else(|| "in no distribution".to_owned(), |wait| format!("after {}", length(wait)))
}

fn within(within: bool) -> &'static str {
    if within { "within the threshold" } else { "past the threshold" }
}

/// What a booking is, in the words of the KPIs.
pub(super) fn measure(measure: &Measure, rules: &Rules) -> String {
    match *measure {
        Measure::Offered => "offered".to_owned(),
        Measure::Volume => "volume".to_owned(),
        Measure::Adopted => "adopted".to_owned(),
        Measure::Disowned => "adopted no more".to_owned(),
        Measure::Answered { wait, within: own } => format!("answered {}, {}", waited(wait), within(own)),
        Measure::CustomerWait(wait) => format!("customer_wait {}", length(wait)),
        Measure::Abandoned { wait, patience, cause } => {
            let patience = match patience {
                Patience::Short => "short",
                Patience::Within => within(true),
                Patience::Past => within(false),
            };
            format!("abandoned {}, {patience}, cause {}", waited(wait), cause.name())
        }
        Measure::FlowedOut { cause, within: own } => format!("flowed_out, cause {}, {}", cause.name(), within(own)),
        Measure::PastThreshold => "service_level missed: past the threshold".to_owned(),
        Measure::Blocked => "blocked".to_owned(),
        Measure::StayExpired | Measure::TalkExpired => "expired".to_owned(),
        Measure::AnsweredByAgent => "answered".to_owned(),
        Measure::Talk(talk) => format!("talk_time {}", length(talk)),
        Measure::Hold(hold) => format!("hold_time {}", length(hold)),
        Measure::LegEnded { transferred: true } => "a leg ended in a transfer".to_owned(),
        Measure::LegEnded { transferred: false } => "a leg ended".to_owned(),
        Measure::Handle(handle) => format!("handle_time {}", length(handle)),
        Measure::AfterContact(after) => format!("after_contact_time {}", length(after)),
        Measure::WrapTimeout => "wrap_timeout".to_owned(),
        Measure::MissedAlert(cause) => format!("missed_alerts, cause {}", cause.name()),
        Measure::ChatFirstResponse(wait) => format!("chat_first_response_time {}", length(wait)),
        Measure::ChatReply(wait) => format!("chat_reply_time {}", length(wait)),
        Measure::CallbackRequested => "callbacks_requested".to_owned(),
        Measure::CallbackAttempted(result) => format!("callbacks_attempted, result {}", result.name()),
        Measure::CallbackReached { wait } => format!("called back {}", waited(wait)),
        Measure::CallbackGivenUp => "callback given up".to_owned(),
        Measure::TicketCreated => "created, volume".to_owned(),
        Measure::TicketAdopted => "opened_before".to_owned(),
        Measure::TicketDisowned => "opened_before no more".to_owned(),
        Measure::MovedIn => "moved_in".to_owned(),
        Measure::MovedOut => "moved_out".to_owned(),
        Measure::Resolved { again: false } => "resolved".to_owned(),
        Measure::Resolved { again: true } => "resolved, again".to_owned(),
        Measure::ResolutionTime { calendar, active, again } => {
            let attempt = if again { "again" } else { "first" };
            format!("resolution_time {} ({} active), attempt {attempt}", length(calendar), length(active))
        }
        Measure::RepliesAtResolve(replies) => format!("replies_per_resolution {replies}"),
        Measure::ResolvedUnreplied => "resolved_unreplied".to_owned(),
        Measure::Reopened { first: true } => "reopened, for the first time".to_owned(),
        Measure::Reopened { first: false } => "reopened".to_owned(),
        Measure::TicketClosed => "closed".to_owned(),
        Measure::TicketDeleted { cause, .. } => format!("deleted, cause {}", cause.name()),
        Measure::TicketExpired => "tickets_expired".to_owned(),
        Measure::Escalated { first: true } => "escalated, for the first time".to_owned(),
        Measure::Escalated { first: false } => "escalated".to_owned(),
        Measure::FirstResponse(wait) => format!("first_response_time {}", length(wait)),
        Measure::TicketReply(wait) => format!("reply_time {}", length(wait)),
        Measure::BusinessTime(of, time) => {
            let name = match of {
                TicketTime::FirstResponse => "first_response_time",
                TicketTime::Reply => "reply_time",
                TicketTime::Resolution => "resolution_time",
            };
            format!("{name} in business hours {}", length(time))
        }
        Measure::ResponseDecided { within } => {
            format!("response_rate: {}", if within { "in time" } else { "not in time" })
        }
        Measure::ComplaintDecided { overdue } => {
            format!("overdue_rate: {}", if overdue { "overdue" } else { "in time" })
        }
        Measure::AssignedToAgent => "assigned, for the first time".to_owned(),
        Measure::SurveySent(kind) => format!("surveys_sent {}", kind.map_or("of no kind", |kind| kind.name())),
        Measure::SurveyAnswered(kind, rating) => format!("{} answered: {}", kind.name(), rating.score.points()),
        Measure::Rated(kind, rating) => {
            let mood = match rating.mood {
                Mood::Good => "good",
                Mood::Neutral => "neutral",
                Mood::Bad => "bad",
            };
            format!("{} {} ({mood})", kind.name(), rating.score.points())
        }
        Measure::Reviewed => "reviewed".to_owned(),
        Measure::Scored { points, max_points } => {
            format!("quality_score {} of {}", points.points(), max_points.points())
        }
        Measure::Promise { policy, target, result } => {
            let how = match result {
                SlaResult::Met => "kept",
                SlaResult::Breached => "broken",
                SlaResult::Reversed => "need not have been called broken",
            };
            format!("sla {} of {}: {how}", target.name(), rules.policy_name(policy))
        }
        Measure::Odd(anomaly) => format!("anomaly {}", anomaly.name()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        let of = |ms| length(Span::from_millis(ms));
        assert_eq!([of(0), of(45_000), of(1_250), of(3_725_000)], ["0s", "45s", "1.25s", "1h 2m 5s"]);
        assert_eq!([of(86_400_000), of(90_000_000)], ["1d", "1d 1h"]);
    }
}
