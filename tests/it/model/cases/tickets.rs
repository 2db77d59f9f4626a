//! The life of a ticket: who has it, what it is counted for, and how long it took.

use crate::model::telling::{gives, gives_under};
use crate::model::{DAY, HOUR, Settings};

#[test]
fn a_ticket_is_backlog_from_its_creation_to_its_resolve() {
    let created = "00:00 t1 ticket.created queue=help priority=high";
    gives(
        created,
        "30:00",
        "
        help all created 1
        help all volume 1
        help all created_by.channel.email 1
        help now backlog 1
        help now backlog_by.priority.high 1
        help now backlog_by.status.open 1
        help now backlog_by.age.under_1h 1
        help now unassigned 1
        help now awaiting_reply 1
        help now oldest_awaiting 1800",
    );
    let resolved = format!("{created}\n2:00:00 t1 ticket.assigned agent=ann\n3:00:00 t1 ticket.resolved");
    gives(
        &resolved,
        "4:00:00",
        "
        help all resolved 1
        help all resolved_by.attempt.first 1
        help all resolution_time.sum 10800
        help all resolution_time_by.attempt.first.sum 10800
        help all resolution_time_by.attempt.again.count 0
        help all resolution_time_by.clock.active.sum 10800
        help all resolution_rate.ratio 1
        help all resolved_unreplied 1
        help now backlog 0
        help now awaiting_reply 0
        help 1h resolved 1
        help 30m resolved 0
        help all reopen_rate.denominator 1
        @ann all resolved 1
        @ann all resolution_rate.ratio 1",
    );
}

#[test]
fn a_ticket_that_comes_back_is_resolved_again_and_both_times_count_from_its_creation() {
    let events = "
        00:00 t1 ticket.created queue=help
        10:00 t1 ticket.replied author=agent agent=ann
        1:00:00 t1 ticket.resolved agent=ann
        1:30:00 t1 ticket.resolved agent=bob
        2:00:00 t1 ticket.reopened
        2:30:00 t1 ticket.reopened
        3:00:00 t1 ticket.replied author=agent agent=bob
        4:00:00 t1 ticket.closed agent=bob
        5:00:00 t1 ticket.closed
        6:00:00 t1 ticket.reopened";
    gives(
        events,
        "6:30:00",
        "
        help all resolved 2
        help all resolved_by.attempt.first 1
        help all resolved_by.attempt.again 1
        help all resolution_time.sum 18000
        help all resolution_time_by.attempt.again.max 14400
        help all closed 2
        help all reopened 2
        help all reopen_rate.numerator 1
        help all reopen_rate.denominator 1
        help all replies_per_resolution.numerator 3
        help all replies_per_resolution.denominator 2
        help now backlog 1
        @ann all resolved 1
        @bob all resolved 1",
    );
}

#[test]
fn the_active_clock_stands_still_in_pending_and_runs_on_hold() {
    let settings = Settings { statuses: [("waiting".to_owned(), "pending")].into(), ..Settings::default() };
    let events = "
        00:00 t1 ticket.created queue=help
        10:00 t1 ticket.status_changed status=waiting
        30:00 t1 ticket.status_changed status=on_hold
        40:00 t1 ticket.status_changed status=asleep
        60:00 t1 ticket.resolved
        70:00 t1 ticket.status_changed status=pending
        80:00 t1 ticket.reopened
        95:00 t1 ticket.resolved";
    gives_under(&settings, events, "20:00", "help now backlog_by.status.pending 1");
    gives_under(&settings, events, "50:00", "help now backlog_by.status.on_hold 1\nodd all unknown_status 1");
    gives_under(&settings, events, "90:00", "help now backlog_by.status.pending 1");
    gives_under(
        &settings,
        events,
        "100:00",
        "
        help all resolution_time.sum 9300
        help all resolution_time_by.clock.active.min 2400
        help all resolution_time_by.clock.active.max 3600",
    );
}

#[test]
fn a_move_takes_an_unresolved_ticket_out_of_one_queue_into_another_and_from_whoever_had_it() {
    let events = "
        00:00 t1 ticket.created queue=help
        01:00 t1 ticket.assigned agent=ann
        02:00 t1 ticket.assigned queue=tech
        03:00 t1 ticket.assigned queue=tech agent=bob
        04:00 t1 ticket.assigned agent=ann
        05:00 t1 ticket.resolved
        06:00 t1 ticket.assigned queue=help
        07:00 t1 ticket.reopened";
    gives(events, "02:30", "tech now unassigned 1");
    gives(events, "03:30", "tech now unassigned 0");
    gives(
        events,
        "08:00",
        "
        help all moved_out 1
        help all moved_in 0
        tech all moved_in 1
        tech all moved_out 0
        tech all resolved 1
        help all reopened 1
        help now backlog 1
        help now unassigned 1
        tech now backlog 0
        @ann all resolved 1
        @ann all resolution_rate.denominator 1
        @bob all resolution_rate.denominator 1",
    );
}

#[test]
fn escalations_count_each_time_and_a_ticket_once() {
    let events = "00:00 t1 ticket.created queue=help\n01:00 t1 ticket.escalated\n02:00 t1 ticket.escalated";
    gives(
        events,
        "03:00",
        "help all escalated 2\nhelp all escalation_rate.numerator 1\nhelp all escalation_rate.ratio 1",
    );
}

#[test]
fn a_deleted_ticket_is_gone_and_whatever_comes_after_is_odd() {
    let events = "
        00:00 t1 ticket.created queue=help
        01:00 t1 ticket.deleted cause=merged into=t2
        01:00 t1 ticket.snapshot queue=help
        02:00 t1 ticket.created queue=help
        00:00 t3 ticket.deleted cause=boredom
        00:00 t4 ticket.deleted";
    gives(
        events,
        "1d00:00:00",
        "
        help all created 1
        help all deleted 1
        help all deleted_by.cause.merged 1
        help all deleted_open 1
        help all response_rate.denominator 0
        help now backlog 0
        __direct__ all opened_before 2
        __direct__ all deleted_by.cause.other 1
        __direct__ all deleted_by.cause.deleted 1
        odd all after_the_end 2",
    );
}

#[test]
fn a_stranger_was_opened_before_and_has_no_duration() {
    let events = "
        00:00 t1 ticket.resolved agent=ann
        00:00 t2 ticket.reopened
        00:00 t3 ticket.assigned queue=tech channel=social
        10:00 t3 ticket.replied author=customer
        15:00 t3 ticket.replied author=agent
        20:00 t3 ticket.resolved";
    gives(
        events,
        "30:00",
        "
        __direct__ all opened_before 2
        __direct__ all resolved 1
        __direct__ all resolved_by.attempt.first 1
        __direct__ all resolution_time.count 0
        __direct__ all reopened 0
        __direct__ now backlog 1
        @ann all resolved 1
        tech all opened_before_by.channel.social 1
        tech all moved_in 0
        tech all first_response_time.count 0
        tech all response_rate.denominator 0
        tech all reply_time.sum 300
        tech all replies_per_resolution.denominator 0
        tech all reopen_rate.denominator 1",
    );
}

#[test]
fn a_ticket_is_created_once() {
    let events = "00:00 t1 ticket.created queue=help\n01:00 t1 ticket.created queue=tech priority=high";
    gives(events, "02:00", "help now backlog_by.priority.normal 1\ntech all created null\nodd all created_twice 1");
}

#[test]
fn an_unresolved_ticket_expires_after_its_last_event_and_a_resolved_one_is_forgotten() {
    let settings = Settings { ticket_ttl: 2 * DAY, ..Settings::default() };
    let events = "
        00:00 t1 ticket.created queue=help
        1d00:00:00 t1 ticket.replied author=agent
        00:00 t2 ticket.created queue=help
        01:00 t2 ticket.resolved
        3d00:00:00 t2 ticket.reopened";
    gives_under(&settings, events, "3d00:00:00", "help now backlog 1\nhelp all tickets_expired 0");
    gives_under(
        &settings,
        events,
        "3d00:01:00",
        "
        help now backlog 0
        help all tickets_expired 1
        help all reopened 0
        __direct__ all opened_before 1",
    );
}

#[test]
fn an_age_at_an_edge_is_of_the_older_class() {
    let events = "00:00 t1 ticket.created queue=help";
    for (at, class) in [
        ("59:59", "under_1h"),
        ("1:00:00", "1h_to_4h"),
        ("4:00:00", "4h_to_1d"),
        ("1d00:00:00", "1d_to_3d"),
        ("3d00:00:00", "3d_to_7d"),
        ("7d00:00:00", "7d_to_30d"),
        ("29d23:59:59", "7d_to_30d"),
        ("30d00:00:00", "over_30d"),
    ] {
        gives(events, at, &format!("help now backlog_by.age.{class} 1\ntotal now backlog 1"));
    }
}

#[test]
fn bulk_changes_state_and_rates_and_neither_durations_nor_agents() {
    let events = "
        00:00 t1 ticket.created queue=help bulk=true
        01:00 t1 ticket.assigned agent=ann bulk=true
        02:00 t1 ticket.replied author=agent bulk=true
        03:00 t1 ticket.resolved bulk=true";
    gives(
        events,
        "04:00",
        "
        help all created 1
        help all resolved 1
        help all resolution_time.count 0
        help all first_response_time.count 0
        help all response_rate.ratio 1
        help all replies_per_resolution.ratio 1
        @ann all resolved null",
    );
}

#[test]
fn today_holds_a_weeks_old_ticket_only_by_what_happened_today() {
    let events = "00:00 t1 ticket.created queue=help\n9d00:00:00 t1 ticket.resolved";
    let settings = Settings { day_start: 8 * HOUR, ..Settings::default() };
    gives_under(&settings, events, "9d00:05:00", "help today created 0\nhelp today resolution_time.sum 777600");
}
