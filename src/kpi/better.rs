//! Which figures of a KPI are the better ones, where everybody agrees.
//!
//! **Why not of all.** A low handle time may be quick help or callers who are got rid of, and a low volume is neither good nor bad:
//! of these whoever sets a target says which way is better. A new KPI is in one of the two lists, or a test fails.

use crate::rules::Direction;

/// Of these more is better.
const HIGHER: [&str; 14] = [
    "service_level",
    "sla_attainment",
    "callback_success",
    "resolution_rate",
    "response_rate",
    "survey_response_rate",
    "csat",
    "nps",
    "cx_rating",
    "quality_score",
    "review_coverage",
    "resolved",
    "closed",
    "complaints_resolved",
];

/// Of these less is better.
const LOWER: [&str; 33] = [
    "breach_reversed",
    "abandoned",
    "abandonment_rate",
    "blocked",
    "blockage_rate",
    "expired",
    "wrap_timeout",
    "missed_alerts",
    "transfer_rate",
    "speed_of_answer",
    "customer_wait",
    "hold_time",
    "chat_first_response_time",
    "chat_reply_time",
    "callback_wait",
    "waiting",
    "longest_wait",
    "callbacks_waiting",
    "oldest_callback",
    "first_response_time",
    "reply_time",
    "resolution_time",
    "reopen_rate",
    "escalation_rate",
    "resolved_unreplied",
    "tickets_expired",
    "backlog",
    "unassigned",
    "awaiting_reply",
    "oldest_awaiting",
    "complaints_created",
    "complaints_overdue_rate",
    "complaints_resolution_time",
];

/// Which figures of the KPI of this name are the better ones; `None` where that is a matter of opinion.
pub fn better(kpi: &str) -> Option<Direction> {
    let higher = HIGHER.contains(&kpi).then_some(Direction::Higher);
    higher.or_else(|| LOWER.contains(&kpi).then_some(Direction::Lower))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::{COMPLAINT_WINDOWS, NOW, QUEUE};

    /// Of these nobody can say without knowing the centre.
    const OPINION: [&str; 26] = [
        "offered",
        "adopted",
        "volume",
        "answered",
        "short_abandoned",
        "flowed_out",
        "transferred",
        "callbacks_requested",
        "callbacks_attempted",
        "time_to_abandon",
        "handle_time",
        "talk_time",
        "after_contact_time",
        "in_service",
        "in_after_contact",
        "created",
        "reopened",
        "deleted",
        "deleted_open",
        "escalated",
        "opened_before",
        "moved_in",
        "moved_out",
        "replies_per_resolution",
        "ces",
        "surveys_sent",
    ];

    #[test]
    fn every_kpi_has_a_better_direction_or_is_said_to_have_none() {
        let names = || QUEUE.iter().chain(COMPLAINT_WINDOWS).map(|kpi| kpi.name).chain(NOW.iter().map(|kpi| kpi.name));
        let undecided = |name: &&str| better(name).is_some() == OPINION.contains(name);
        assert_eq!(
            names().filter(undecided).collect::<Vec<_>>(),
            Vec::<&str>::new(),
            "in none of the lists, or in two"
        );
        let listed = HIGHER.into_iter().chain(LOWER).chain(OPINION);
        let gone = listed.filter(|listed| !names().any(|name| name == *listed));
        assert_eq!(gone.collect::<Vec<_>>(), Vec::<&str>::new(), "listed, and no KPI");
    }
}
