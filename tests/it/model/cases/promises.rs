//! What is promised of tickets and contacts, by when, and how that went.

use crate::model::hours::OFFICE;
use crate::model::policies::{Policy, Promise};
use crate::model::telling::{NINE, clock, gives_under};
use crate::model::{HOUR, MINUTE, Settings};

fn promise(target: &'static str, within: i64) -> Promise {
    Promise { target, within, in_hours: false, warn_before: within / 5 }
}

fn policy(name: &'static str, promises: &[Promise]) -> Policy {
    Policy { name, promises: promises.to_vec(), ..Policy::default() }
}

fn under(policies: &[Policy]) -> Settings {
    Settings { policies: policies.to_vec(), ..Settings::default() }
}

#[test]
fn what_comes_at_the_deadline_is_met_and_what_comes_later_was_broken_at_the_deadline() {
    let settings = under(&[policy("gold", &[promise("first_reply", HOUR)])]);
    let events = "
        00:00 t1 ticket.created queue=help
        00:00 t2 ticket.created queue=help
        1:00:00 t1 ticket.replied author=agent
        1:00:01 t2 ticket.replied author=agent";
    gives_under(
        &settings,
        events,
        "1:00:00",
        "
        help all sla_attainment.numerator 1
        help all sla_attainment.denominator 1
        help now sla.gold.first_reply.open 1
        help now sla.gold.first_reply.at_risk 1
        help now sla.gold.first_reply.next_deadline 0",
    );
    gives_under(
        &settings,
        events,
        "1:30:00",
        "
        help all sla_attainment.ratio 0.5
        help all sla_attainment_by.policy.gold.denominator 2
        help all sla_attainment_by.target.first_reply.numerator 1
        help 30m sla_attainment.denominator 2
        help now sla.gold.first_reply.breached_open 0",
    );
}

#[test]
fn a_breach_shows_while_the_ticket_waits_and_a_pause_moves_the_deadline() {
    let settings = under(&[policy("gold", &[promise("resolution", HOUR), promise("requester_wait", HOUR)])]);
    let events = "
        00:00 t1 ticket.created queue=help
        20:00 t1 ticket.status_changed status=pending
        1:20:00 t1 ticket.status_changed status=open";
    gives_under(
        &settings,
        events,
        "1:50:00",
        "
        help all sla_attainment.numerator 0
        help all sla_attainment.denominator 1
        help now sla.gold.resolution.breached_open 1
        help now sla.gold.requester_wait.open 1
        help now sla.gold.requester_wait.at_risk 1
        help now sla.gold.requester_wait.next_deadline 600",
    );
}

#[test]
fn business_time_stands_still_at_night() {
    let in_hours = Promise { in_hours: true, ..promise("resolution", 10 * HOUR) };
    let settings = under(&[Policy { hours: Some(OFFICE), ..policy("gold", &[in_hours]) }]);
    gives_under(
        &settings,
        "00:00 t1 ticket.created queue=help",
        "20:00:00",
        "help now sla.gold.resolution.open 1\nhelp now sla.gold.resolution.next_deadline 21600",
    );
    gives_under(
        &settings,
        "00:00 t1 ticket.created queue=help",
        "1d02:00:05",
        "help now sla.gold.resolution.breached_open 1\nhelp 5m sla_attainment.denominator 1",
    );
}

#[test]
fn another_priority_counts_what_has_run_and_a_breach_that_would_be_none_is_reversed_once() {
    let high = Policy { priorities: vec!["high"], ..policy("gold", &[promise("resolution", HOUR)]) };
    let settings = under(&[high, policy("rest", &[promise("resolution", 3 * HOUR)])]);
    let events = "
        00:00 t1 ticket.created queue=help
        2:00:00 t1 ticket.updated priority=high
        2:10:00 t1 ticket.updated priority=low
        2:20:00 t1 ticket.updated priority=high
        2:30:00 t1 ticket.updated priority=low
        4:00:00 t1 ticket.resolved";
    gives_under(
        &settings,
        events,
        "2:05:00",
        "help 5m sla_attainment_by.policy.gold.denominator 1\nhelp all breach_reversed 0",
    );
    gives_under(
        &settings,
        events,
        "5:00:00",
        "
        help all breach_reversed 1
        help all sla_attainment.numerator 0
        help all sla_attainment.denominator 1",
    );
}

#[test]
fn a_reopened_ticket_runs_on_from_where_it_stood_and_is_broken_once() {
    let settings = under(&[policy("gold", &[promise("resolution", HOUR), promise("queue_time", HOUR)])]);
    let events = "
        00:00 t1 ticket.created queue=help
        30:00 t1 ticket.resolved
        2:00:00 t1 ticket.reopened
        2:20:00 t1 ticket.assigned queue=tech
        2:40:00 t1 ticket.resolved
        2:50:00 t1 ticket.reopened
        3:00:00 t1 ticket.resolved";
    gives_under(
        &settings,
        events,
        "4:00:00",
        "
        help all sla_attainment_by.target.resolution.numerator 1
        help all sla_attainment_by.target.resolution.denominator 1
        tech all sla_attainment_by.target.resolution.numerator 0
        tech all sla_attainment_by.target.resolution.denominator 1
        help all sla_attainment_by.target.queue_time.numerator 2
        tech all sla_attainment_by.target.queue_time.numerator 2",
    );
}

#[test]
fn replies_keep_what_was_asked_and_begin_the_next_update() {
    let promises = [promise("next_reply", 10 * MINUTE), promise("periodic_update", HOUR)];
    let settings = under(&[policy("gold", &promises)]);
    let events = "
        00:00 t1 ticket.created queue=help
        10:00 t1 ticket.replied author=agent
        20:00 t1 ticket.replied author=customer
        25:00 t1 ticket.replied author=customer
        30:00 t1 ticket.replied author=agent
        2:00:00 t1 ticket.deleted";
    gives_under(
        &settings,
        events,
        "3:00:00",
        "
        help all sla_attainment_by.target.next_reply.numerator 1
        help all sla_attainment_by.target.next_reply.denominator 1
        help all sla_attainment_by.target.periodic_update.numerator 1
        help all sla_attainment_by.target.periodic_update.denominator 2
        help now sla.gold.periodic_update.breached_open 0",
    );
}

#[test]
fn what_had_passed_before_a_snapshot_is_booked_nowhere() {
    let settings = under(&[policy("gold", &[promise("resolution", HOUR), promise("answer", MINUTE)])]);
    let events = format!(
        "2:00:00 t1 ticket.snapshot queue=help created_at={}
         2:00:00 t2 ticket.assigned queue=help agent=ann
         2:00:00 c1 snapshot queue=help queued_at={}
         2:00:00 c2 snapshot queue=help queued_at={}",
        NINE,
        NINE + clock("1:58:00"),
        NINE + clock("1:59:30"),
    );
    gives_under(
        &settings,
        &events,
        "2:10:00",
        "
        help now sla.gold.resolution.breached_open 1
        help now sla.gold.resolution.open 0
        help now sla.gold.answer.breached_open 2
        help all sla_attainment.denominator 1
        help all sla_attainment_by.target.answer.denominator 1",
    );
}

#[test]
fn an_answer_is_promised_of_each_stay_and_other_ends_leave_without_a_word() {
    let settings = under(&[Policy { queues: vec!["s*"], ..policy("gold", &[promise("answer", MINUTE)]) }]);
    let events = "
        00:00 c1 queued queue=sales
        01:00 c1 answered agent=ann
        00:00 c2 queued queue=sales
        00:30 c2 queued queue=support
        01:31 c2 answered agent=ann
        00:00 c3 queued queue=sales
        00:50 c3 abandoned
        00:00 c4 queued queue=tech
        05:00 c4 answered agent=ann";
    gives_under(
        &settings,
        events,
        "10:00",
        "
        sales all sla_attainment.numerator 1
        sales all sla_attainment.denominator 1
        support all sla_attainment.numerator 0
        support all sla_attainment.denominator 1
        tech all sla_attainment.denominator 0",
    );
}

#[test]
fn a_first_reply_is_not_broken_twice_nor_before_the_event_that_tells_of_it() {
    let settings = under(&[policy("gold", &[promise("first_reply", HOUR)])]);
    let events = "
        00:00 t1 ticket.created queue=help
        2:00:00 t1 ticket.snapshot queue=help status=resolved
        3:00:00 t1 ticket.reopened
        00:00 t2 ticket.created queue=tech by=agent
        10:00 t2 ticket.resolved
        20:00 t2 ticket.replied author=customer
        3:00:00 t2 ticket.reopened";
    gives_under(
        &settings,
        events,
        "3:04:00",
        "
        help all sla_attainment.denominator 1
        help 5m sla_attainment.denominator 0
        tech all sla_attainment.denominator 0",
    );
}
