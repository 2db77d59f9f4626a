//! What a snapshot of a ticket sets, and that it counts nothing.

use crate::model::Settings;
use crate::model::telling::{NINE, clock, gives, gives_under};

/// The moment as an event tells it.
fn at(text: &str) -> i64 {
    NINE + clock(text)
}

#[test]
fn open_work_was_opened_before_and_has_the_age_that_is_told() {
    let created = at("00:00");
    let events = format!(
        "5:00:00 t1 ticket.snapshot queue=help created_at={created} agent=ann priority=high status=pending
         5:00:00 t2 ticket.snapshot queue=help status=resolved
         5:00:00 t3 ticket.snapshot queue=help"
    );
    gives(
        &events,
        "5:30:00",
        "
        help all opened_before 2
        help all created 0
        help all resolved 0
        help now backlog 2
        help now backlog_by.priority.high 1
        help now backlog_by.status.pending 1
        help now backlog_by.age.4h_to_1d 1
        help now backlog_by.age.under_1h 1
        help now unassigned 1
        help now awaiting_reply 2
        help now oldest_awaiting 19800
        @ann all resolution_rate.denominator null",
    );
}

#[test]
fn the_durations_of_known_work_count_from_the_creation_that_is_told() {
    let created = at("00:00");
    let events = format!(
        "1:00:00 t1 ticket.snapshot queue=help created_at={created}
         2:00:00 t1 ticket.replied author=agent
         3:00:00 t1 ticket.resolved"
    );
    gives(
        &events,
        "4:00:00",
        "help all first_response_time.sum 7200\nhelp all resolution_time.sum 10800\nhelp all response_rate.ratio 1",
    );
}

#[test]
fn what_was_decided_before_the_snapshot_is_booked_nowhere() {
    let created = at("00:00");
    let events = format!(
        "1d00:00:01 t1 ticket.snapshot queue=help created_at={created}
         1d00:00:00 t2 ticket.snapshot queue=help created_at={created}
         1d00:10:00 t3 ticket.snapshot queue=help created_at={created} first_reply_at={created} awaiting_since={}
         1d00:20:00 t3 ticket.replied author=agent",
        at("1d00:05:00")
    );
    gives(
        &events,
        "1d01:00:00",
        "
        help all response_rate.numerator 0
        help all response_rate.denominator 1
        help all first_response_time.count 0
        help all reply_time.sum 900",
    );
}

#[test]
fn a_snapshot_of_known_work_moves_opens_and_ends_it_without_counting() {
    let events = format!(
        "00:00 t1 ticket.created queue=help
         10:00 t1 ticket.snapshot queue=tech
         00:00 t2 ticket.created queue=help
         10:00 t2 ticket.snapshot resolved_at={}
         20:00 t2 ticket.reopened
         30:00 t2 ticket.resolved",
        at("05:00")
    );
    gives(
        &events,
        "15:00",
        "
        help all opened_before -2
        tech all opened_before 1
        help all moved_out 0
        help now backlog 0
        tech now backlog 1",
    );
    gives(&events, "40:00", "help all resolved_by.attempt.again 1\nhelp all reopen_rate.denominator 0");
}

#[test]
fn a_complaint_that_is_known_already_is_overdue_in_time() {
    let settings = Settings { complaint_due: clock("2:00:00"), ..Settings::default() };
    let events = format!(
        "1:00:00 t1 ticket.snapshot queue=help reason=complaint created_at={}
         3:00:00 t2 ticket.snapshot queue=help reason=complaint created_at={}",
        at("00:00"),
        at("00:00")
    );
    gives_under(
        &settings,
        &events,
        "4:00:00",
        "help all complaints.created 0\nhelp all complaints.overdue_rate.numerator 1\nhelp all complaints.overdue_rate.ratio 1",
    );
}
