//! Callbacks: asked for, tried, reached or given up.

use crate::model::telling::{gives, gives_under};
use crate::model::{MINUTE, Settings};

const ASKED: &str = "
    00:00 c1 queued queue=sales
    00:30 c1 callback_requested queue=sales
    00:30 c1 flowed_out queue=sales cause=callback\n";

#[test]
fn a_callback_waits_from_the_request_until_somebody_is_reached() {
    gives(ASKED, "02:00", "sales now callbacks_waiting 1\nsales now oldest_callback 90\ntotal now oldest_callback 90");
    let tried = format!("{ASKED}05:00 c1 callback_attempted result=no_answer");
    gives(&tried, "06:00", "sales now callbacks_waiting 1\nsales all callback_success.denominator 0");
    let reached = format!("{tried}\n09:00 c1 callback_attempted result=reached agent=ann");
    gives(
        &reached,
        "10:00",
        "
        sales now callbacks_waiting 0
        sales now oldest_callback null
        sales all callbacks_requested 1
        sales all callbacks_attempted 2
        sales all callbacks_attempted_by.result.no_answer 1
        sales all callbacks_attempted_by.result.reached 1
        sales all callbacks_attempted_by.result.failed 0
        sales all callback_wait.sum 510
        sales all callback_success.numerator 1
        sales all callback_success.denominator 1
        sales all callback_success.ratio 1.0
        sales 5m callbacks_attempted 2
        sales 5m callbacks_requested 0",
    );
}

#[test]
fn a_callback_that_failed_is_given_up() {
    let failed = format!("{ASKED}05:00 c1 callback_attempted result=failed");
    gives(
        &failed,
        "06:00",
        "
        sales now callbacks_waiting 0
        sales all callback_success.numerator 0
        sales all callback_success.denominator 1
        sales all callback_wait.count 0
        sales all callbacks_attempted_by.result.failed 1",
    );
    let again = format!("{failed}\n05:30 c1 callback_attempted result=reached");
    gives(&again, "06:00", "odd all callback_not_requested 1\nsales all callbacks_attempted 1");
}

#[test]
fn a_second_request_counts_nothing_and_moves_only_the_due_time() {
    let settings = Settings { contact_ttl: 20 * MINUTE, ..Settings::default() };
    let twice = format!("{ASKED}01:00 c1 callback_requested queue=tech");
    gives_under(&settings, &twice, "21:00", "sales now callbacks_waiting 1\nsales all callbacks_requested 1");
    gives_under(&settings, &twice, "21:00", "tech all callbacks_requested null");
    gives_under(&settings, &twice, "21:01", "sales now callbacks_waiting 0\nsales all callback_success.denominator 1");
    // Due at 09:40, so given up at 10:00.
    let moved = format!("{twice} due_at=1772444400000");
    gives_under(&settings, &moved, "59:00", "sales now callbacks_waiting 1");
    gives_under(&settings, &moved, "60:00", "sales now callbacks_waiting 1");
    gives_under(&settings, &moved, "60:01", "sales now callbacks_waiting 0\nsales all expired 0");
}

#[test]
fn a_callback_that_the_time_to_live_closes_is_given_up_then_and_is_not_expired() {
    let settings = Settings { contact_ttl: 20 * MINUTE, ..Settings::default() };
    gives_under(&settings, ASKED, "20:30", "sales now callbacks_waiting 1");
    gives_under(
        &settings,
        ASKED,
        "20:35",
        "
        sales now callbacks_waiting 0
        sales 5m callback_success.denominator 1
        sales all callback_success.ratio 0.0
        sales all expired 0",
    );
}

#[test]
fn a_callback_belongs_to_the_queue_of_its_request_else_where_the_contact_waits_or_was() {
    let waits = "00:00 c1 queued queue=sales\n00:05 c1 queued queue=tech also=true\n00:10 c1 callback_requested";
    gives(
        waits,
        "01:00",
        "sales all callbacks_requested 1\nsales now callbacks_waiting 1\ntech now callbacks_waiting 0",
    );
    gives(&format!("{waits} queue=billing"), "01:00", "billing now callbacks_waiting 1\nsales now waiting 1");
    let gone = "00:00 c1 queued queue=sales\n00:05 c1 flowed_out queue=sales\n00:10 c1 callback_requested";
    gives(gone, "01:00", "sales now callbacks_waiting 1");
    gives("00:10 c1 callback_requested", "01:00", "__direct__ now callbacks_waiting 1");
}

#[test]
fn later_bookings_of_a_callback_stay_on_the_channel_of_its_request() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 callback_requested channel=chat
        00:20 c1 callback_attempted result=reached channel=voice";
    gives(
        events,
        "01:00",
        "
        sales all callbacks_requested_by.channel.chat 1
        sales all callbacks_attempted_by.channel.chat 1
        sales all callback_wait_by.channel.chat.sum 10
        sales all callbacks_requested_by.channel.voice 0",
    );
}

#[test]
fn callbacks_of_outbound_contacts_count() {
    let events = "00:00 c1 queued queue=sales direction=outbound\n00:10 c1 callback_requested";
    gives(events, "01:00", "sales now callbacks_waiting 1\nsales all callbacks_requested 1");
}

#[test]
fn an_open_callback_keeps_a_contact_from_being_over() {
    let hung_up = "
        00:00 c1 queued queue=sales
        00:30 c1 callback_requested
        00:40 c1 abandoned
        05:00 c1 callback_attempted result=reached\n";
    gives(hung_up, "05:10", "odd all after_the_end 0\nsales all callback_wait.sum 270\nsales all abandoned 1");
    let soon = format!("{hung_up}05:30 c1 answered agent=ann");
    gives(&soon, "06:00", "odd all after_the_end 0\n@ann all answered 1");
    let after = format!("{hung_up}05:31 c1 answered agent=ann");
    gives(&after, "06:00", "odd all after_the_end 1\n@ann all answered null");
}
