//! What agents do: talk, hold, advice, after-contact work.

use crate::model::Settings;
use crate::model::telling::{gives, gives_under};

#[test]
fn consult_counts_in_the_agents_handle_time_only_and_monitor_nowhere() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 answered agent=ann
        01:00 c1 answered agent=bob role=consult
        01:30 c1 answered agent=cem role=monitor
        02:00 c1 ended agent=bob
        02:20 c1 wrapped agent=bob
        03:00 c1 ended agent=cem
        03:10 c1 wrapped agent=cem";
    gives(events, "04:00", "@bob all answered 0\n@bob all handle_time.sum 80\n@cem all handle_time.count null");
    gives(
        events,
        "04:00",
        "sales all handle_time.count 0\nsales all talk_time.count 0\nsales all transfer_rate.denominator 0",
    );
    gives(events, "04:00", "sales now in_service 1\nsales all answered 1\nsales now in_after_contact 0");
}

#[test]
fn a_second_answer_by_who_talks_already_ends_the_stay_and_opens_no_second_leg() {
    let events = "
        00:00 c1 answered agent=ann
        01:00 c1 queued queue=sales
        01:10 c1 answered agent=ann
        02:00 c1 ended
        02:10 c1 wrapped";
    gives(
        events,
        "03:00",
        "sales all answered 1\n@ann all answered 1\n@ann all handle_time.count 1\n@ann all handle_time.sum 130",
    );
}

#[test]
fn an_adviser_who_takes_over_is_the_primary_agent_from_then_on() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 answered agent=ann
        01:00 c1 answered agent=bob role=consult
        01:20 c1 answered agent=bob role=consult
        01:55 c1 ended agent=bob
        02:00 c1 transferred agent=ann
        02:00 c1 answered agent=bob
        03:00 c1 ended agent=bob";
    gives(events, "03:30", "@bob all answered 1\nsales all talk_time.sum 170\nsales all transfer_rate.ratio 0.5");
    gives(events, "30:00", "@bob all handle_time.count 2\n@bob all handle_time.sum 115\nsales all handle_time.sum 170");
    let while_asked = "00:00 c1 answered agent=bob role=monitor\n00:30 c1 answered agent=bob";
    gives(while_asked, "01:00", "@bob all answered 1\n__direct__ now in_service 1");
}

#[test]
fn a_wrap_that_does_not_come_counts_for_no_queue_where_nobody_served() {
    let events = "00:00 c1 answered agent=ann role=monitor\n00:00 c2 answered agent=bob role=consult\n";
    gives(
        &format!("{events}01:00 c1 ended\n01:00 c2 ended"),
        "30:00",
        "total all wrap_timeout 0\n@bob all handle_time.sum 60",
    );
}

#[test]
fn hold_is_in_handle_time_and_not_in_talk_time() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 answered agent=ann
        01:00 c1 held
        01:30 c1 resumed agent=ann
        02:00 c1 held agent=ann
        02:05 c1 resumed
        03:00 c1 held agent=bob
        03:10 c1 ended
        04:10 c1 wrapped";
    gives(
        events,
        "05:00",
        "
        sales all talk_time.sum 145
        sales all hold_time.sum 35
        sales all after_contact_time.sum 60
        sales all handle_time.sum 240
        sales all transfer_rate.numerator 0
        sales all transfer_rate.denominator 1",
    );
    let still_held = "00:00 c1 answered agent=ann\n01:00 c1 held\n01:40 c1 ended";
    gives(still_held, "02:00", "__direct__ all hold_time.sum 40\n__direct__ all talk_time.sum 60");
}

#[test]
fn after_contact_work_is_over_for_whom_the_event_names_else_who_is_longest_in_it() {
    let events = "
        00:00 c1 answered agent=ann
        01:00 c1 transferred
        01:00 c1 answered agent=bob
        02:00 c1 ended
        02:30 c1 wrapped";
    gives(
        events,
        "03:00",
        "@ann all handle_time.sum 150\n@bob all handle_time.count 0\n__direct__ now in_after_contact 1",
    );
    let by_name = format!("{events} agent=bob");
    gives(&by_name, "03:00", "@bob all handle_time.sum 90\n@ann all handle_time.count 0");
}

#[test]
fn wrapped_while_the_leg_talks_ends_talk_as_well() {
    let events = "00:00 c1 answered agent=ann\n01:00 c1 wrapped";
    gives(events, "02:00", "__direct__ all talk_time.sum 60\n__direct__ all after_contact_time.count 1");
    gives(events, "02:00", "__direct__ all handle_time.sum 60\n__direct__ all after_contact_time.sum 0");
}

#[test]
fn a_wrap_that_does_not_come_is_given_up_after_the_limit_of_that_moment() {
    let events = "00:00 c1 answered agent=ann\n01:00 c1 ended\n";
    gives(events, "16:00", "__direct__ now in_after_contact 1\n__direct__ all handle_time.count 0");
    gives(events, "16:01", "__direct__ now in_after_contact 0\n__direct__ all handle_time.sum 60");
    gives(events, "16:05", "__direct__ 5m handle_time.count 1\n__direct__ all after_contact_time.count 0");
    let at_the_limit = format!("{events}16:00 c1 wrapped");
    gives(&at_the_limit, "16:01", "__direct__ all handle_time.sum 960\n__direct__ all after_contact_time.sum 900");
}

#[test]
fn without_wrap_events_a_leg_is_booked_when_its_talk_ends() {
    let settings = Settings { wraps_are_told: false, ..Settings::default() };
    let events = "00:00 c1 answered agent=ann\n01:00 c1 transferred\n01:30 c1 wrapped agent=ann";
    gives_under(
        &settings,
        events,
        "02:00",
        "__direct__ all handle_time.sum 60\n__direct__ all after_contact_time.count 0",
    );
    gives_under(&settings, events, "02:00", "__direct__ now in_after_contact 0\n@ann all handle_time.sum 60");
}

#[test]
fn outbound_contacts_count_in_handle_time_and_agents_only() {
    let events = "
        00:00 c1 queued queue=sales direction=outbound
        00:10 c1 answered agent=ann
        01:10 c1 ended
        01:20 c1 wrapped";
    gives(events, "01:00", "sales now in_service null\nsales now waiting null\n@ann all answered 1");
    gives(
        events,
        "02:00",
        "
        sales all offered 0
        sales all volume 0
        sales all answered 0
        sales all customer_wait.count 0
        sales all transfer_rate.denominator 0
        sales all talk_time.sum 60
        sales all handle_time.sum 70
        sales all after_contact_time.sum 10
        @ann all handle_time.sum 70",
    );
}
