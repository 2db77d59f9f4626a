//! What a change in bulk counts for, and what it leaves alone.

use crate::model::telling::{gives, gives_under};
use crate::model::{MINUTE, Settings};

#[test]
fn an_answer_in_bulk_counts_for_the_queue_and_enters_no_duration_and_no_agent() {
    let events = "00:00 c1 queued queue=sales bulk=true\n00:10 c1 answered agent=ann bulk=true";
    gives(
        events,
        "01:00",
        "
        sales all offered 1
        sales all volume 1
        sales all answered 1
        sales all service_level.met 1
        sales all speed_of_answer.count 0
        sales all customer_wait.count 0
        sales now in_service 1
        @ann all answered null",
    );
    gives(
        &format!("{events}\n01:10 c1 ended\n01:20 c1 wrapped"),
        "02:00",
        "sales all talk_time.sum 60\n@ann all handle_time.sum 70",
    );
}

#[test]
fn an_end_in_bulk_measures_no_talk_and_the_wrap_that_follows_is_measured() {
    let events = "
        00:00 c1 answered agent=ann
        00:10 c1 held
        00:20 c1 ended bulk=true
        00:50 c1 wrapped";
    gives(
        events,
        "01:00",
        "
        __direct__ all talk_time.count 0
        __direct__ all hold_time.count 0
        __direct__ all transfer_rate.denominator 1
        __direct__ all handle_time.sum 50
        __direct__ all after_contact_time.sum 30
        @ann all handle_time.sum 50",
    );
    let wrapped = "00:00 c1 answered agent=ann\n00:20 c1 ended\n00:50 c1 wrapped bulk=true";
    gives(
        wrapped,
        "01:00",
        "
        __direct__ all talk_time.sum 20
        __direct__ all handle_time.count 0
        __direct__ all after_contact_time.count 0
        __direct__ now in_after_contact 0
        @ann all handle_time.count 0",
    );
}

#[test]
fn what_a_deadline_books_is_no_matter_of_bulk() {
    let settings = Settings { after_contact_max: 5 * MINUTE, ..Settings::default() };
    let events = "00:00 c1 answered agent=ann\n01:00 c1 ended bulk=true\n09:00 c1 updated bulk=true";
    gives_under(
        &settings,
        events,
        "10:00",
        "__direct__ all handle_time.sum 60\n__direct__ all wrap_timeout 1\n@ann all handle_time.sum 60",
    );
}

#[test]
fn hang_ups_misses_messages_and_callbacks_in_bulk_count_without_durations() {
    let hung_up = "00:00 c1 queued queue=sales\n00:03 c1 abandoned bulk=true";
    gives(hung_up, "01:00", "sales all abandoned 1\nsales all short_abandoned 1\nsales all time_to_abandon.count 0");
    let missed = "00:00 c1 queued queue=sales\n00:03 c1 alert_missed agent=ann bulk=true";
    gives(missed, "01:00", "sales all missed_alerts 1\n@ann all missed_alerts null\nodd all missed_without_alert 1");
    let wrote = "
        00:00 c1 queued queue=sales
        00:03 c1 message author=customer
        00:05 c1 message author=agent bulk=true
        00:09 c1 message author=agent";
    gives(wrote, "01:00", "sales all chat_first_response_time.count 0\nsales all chat_reply_time.count 0");
    let reached = "00:00 c1 callback_requested queue=sales\n00:03 c1 callback_attempted result=reached bulk=true";
    gives(
        reached,
        "01:00",
        "sales all callback_wait.count 0\nsales all callback_success.numerator 1\nsales all callbacks_attempted 1",
    );
}
