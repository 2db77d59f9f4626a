//! Tickets that are complaints, and whether they were resolved when they were due.

use crate::model::telling::{gives, gives_under};
use crate::model::{HOUR, Settings};

#[test]
fn what_is_booked_of_a_complaint_counts_for_complaints_too() {
    let events = r#"
        00:00 t1 ticket.created queue=help tags=["new","complaint"]
        00:00 t2 ticket.created queue=help reason=complaint
        00:00 t3 ticket.created queue=help reason=invoice
        10:00 t1 ticket.replied author=agent
        20:00 t1 ticket.resolved
        20:00 t3 ticket.resolved"#;
    gives(
        events,
        "30:00",
        "
        help all created 3
        help all complaints.created 2
        help all complaints.resolved 1
        help all complaints.resolution_time.sum 1200
        help all complaints.resolution_time_by.attempt.first.count 1
        help all complaints.first_response_time.sum 600
        help all complaints.resolution_rate.ratio 0.5
        help all complaints.overdue_rate.numerator 0
        help all complaints.overdue_rate.denominator 1
        help all complaints_by.channel.email.created 2
        total all complaints.resolved_by.attempt.first 1",
    );
}

#[test]
fn a_ticket_that_becomes_a_complaint_is_created_for_complaints_then_and_once() {
    let events = r#"
        00:00 t1 ticket.created queue=help
        2:00:00 t1 ticket.updated tags=["complaint"]
        2:10:00 t1 ticket.updated tags=[]
        2:20:00 t1 ticket.resolved
        2:30:00 t1 ticket.updated tags=["complaint"]
        00:00 t2 ticket.escalated
        2:00:00 t2 ticket.updated reason=complaint"#;
    gives(
        events,
        "2:45:00",
        "
        help 1h created 0
        help 1h complaints.created 1
        help all complaints.created 1
        help all complaints.resolved 0
        __direct__ all complaints.created 0",
    );
}

#[test]
fn a_complaint_is_overdue_when_its_time_passes_and_not_when_it_is_resolved_at_the_limit() {
    let settings = Settings { complaint_due: 4 * HOUR, ..Settings::default() };
    let events = "
        00:00 t1 ticket.created queue=help reason=complaint
        00:00 t2 ticket.created queue=help reason=complaint
        00:00 t3 ticket.created queue=help reason=complaint
        00:00 t4 ticket.created queue=help reason=complaint
        00:00 t5 ticket.created queue=help
        1:00:00 t3 ticket.updated reason=invoice
        3:00:00 t4 ticket.deleted
        4:00:00 t1 ticket.resolved
        4:00:01 t5 ticket.updated reason=complaint
        5:00:00 t2 ticket.resolved
        5:00:00 t1 ticket.reopened
        6:00:00 t1 ticket.resolved";
    gives_under(&settings, events, "4:00:00", "help all complaints.overdue_rate.denominator 1");
    gives_under(
        &settings,
        events,
        "7:00:00",
        "
        help all complaints.overdue_rate.numerator 1
        help all complaints.overdue_rate.denominator 2
        help all complaints.overdue_rate.ratio 0.5",
    );
}
