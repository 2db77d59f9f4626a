//! What a snapshot sets, and that it counts nothing but what it adopts.

use crate::model::telling::{gives, gives_under};
use crate::model::{MINUTE, Settings};

/// 1772442000000 is nine o'clock, 1772442010000 ten seconds past, and so on.
#[test]
fn a_stay_that_a_snapshot_opens_is_adopted_and_waits_since_it_says() {
    let events = "01:00 c1 snapshot queue=sales queued_at=1772442000000";
    gives(
        events,
        "01:10",
        "
        sales now waiting 1
        sales now longest_wait 70
        sales all adopted 1
        sales all offered 0
        sales all volume 0
        sales all service_level.counted 0",
    );
    gives(
        &format!("{events}\n01:20 c1 answered agent=ann"),
        "02:00",
        "
        sales all answered 1
        sales all speed_of_answer.sum 80
        sales all customer_wait.sum 80
        sales all service_level.counted 0
        sales all service_level.presets.answered_only.counted 1
        sales all service_level.presets.answered_only.met 0",
    );
    gives(
        &format!("{events}\n01:20 c1 abandoned"),
        "02:00",
        "sales all time_to_abandon.sum 80\nsales all service_level.counted 0",
    );
}

#[test]
fn a_threshold_that_has_not_passed_at_the_snapshot_goes_on_as_ever() {
    let events = "00:20 c1 snapshot queue=sales queued_at=1772442000000";
    gives(events, "00:20", "sales all service_level.counted 0");
    gives(events, "00:21", "sales all service_level.counted 1\nsales all service_level.met 0");
    let now = "00:20 c1 snapshot queue=sales\n00:40 c1 answered agent=ann";
    gives(now, "01:00", "sales all service_level.met 1\nsales all speed_of_answer.sum 20");
}

#[test]
fn the_same_stay_stays_and_may_learn_when_it_began() {
    let events = "00:30 c1 queued queue=sales\n00:40 c1 snapshot queue=sales";
    gives(events, "00:45", "sales now longest_wait 15\nsales all adopted 0\nsales all offered 1");
    let moved = format!("{events} queued_at=1772442025000\n00:48 c1 answered agent=ann");
    gives(
        &moved,
        "01:00",
        "sales all speed_of_answer.sum 23\nsales all service_level.met 0\nsales all service_level.counted 1",
    );
    gives(&moved, "01:00", "sales all customer_wait.sum 18");
}

#[test]
fn a_stay_that_a_snapshot_does_not_know_goes_without_a_booking() {
    let events = "
        00:00 c1 queued queue=sales
        00:00 c1 queued queue=tech also=true
        00:10 c1 snapshot queue=billing";
    gives(
        events,
        "01:00",
        "
        sales now waiting 0
        sales all adopted -1
        sales all flowed_out 0
        sales all service_level.counted 0
        tech all adopted -1
        billing all adopted 1
        total all adopted -1
        billing now waiting 1",
    );
    let nothing = "00:00 c1 queued queue=sales\n00:30 c1 snapshot";
    gives(nothing, "01:00", "sales now waiting 0\nsales all adopted -1\nsales all service_level.counted 1");
}

#[test]
fn a_leg_that_a_snapshot_tells_of_talks_holds_or_is_in_after_contact_work_since_then() {
    let talks = "05:00 c1 snapshot agent=ann queue=sales answered_at=1772442000000";
    gives(
        talks,
        "05:10",
        "sales now in_service 1\nsales now waiting 0\n@ann all answered null\nsales all answered 0\nsales all adopted 0",
    );
    gives(
        &format!("{talks}\n06:00 c1 ended\n06:30 c1 wrapped"),
        "07:00",
        "sales all talk_time.sum 360\n@ann all handle_time.sum 390",
    );
    let holds = format!("{talks} held_at=1772442240000");
    gives(
        &format!("{holds}\n06:00 c1 resumed\n07:00 c1 ended"),
        "08:00",
        "sales all talk_time.sum 300\nsales all hold_time.sum 120",
    );
    let wraps = format!("{talks} ended_at=1772442240000");
    gives(&wraps, "05:10", "sales now in_after_contact 1\nsales now in_service 0");
    gives(
        &format!("{wraps}\n06:00 c1 wrapped"),
        "07:00",
        "sales all talk_time.count 0\nsales all handle_time.sum 360\nsales all after_contact_time.sum 120",
    );
    let settings = Settings { wraps_are_told: false, ..Settings::default() };
    gives_under(&settings, &wraps, "05:10", "sales now in_after_contact null\nsales all handle_time.count null");
}

#[test]
fn a_leg_in_the_same_phase_stays_as_it_is_and_every_other_goes() {
    let talks = "
        00:00 c1 answered agent=ann
        00:00 c1 answered agent=bob
        01:00 c1 snapshot agent=ann answered_at=1772442030000
        02:00 c1 ended
        02:00 c1 wrapped agent=ann";
    gives(
        talks,
        "03:00",
        "@ann all handle_time.sum 120\n@bob all handle_time.count 0\n__direct__ all talk_time.sum 120",
    );
    let other_role =
        "00:00 c1 answered agent=ann\n01:00 c1 snapshot agent=ann role=consult\n02:00 c1 ended\n02:00 c1 wrapped";
    gives(other_role, "03:00", "@ann all handle_time.sum 60\ntotal all talk_time.count 0");
}

#[test]
fn who_is_found_served_waits_for_no_first_answer_any_more() {
    let events = "
        00:00 c1 snapshot agent=ann queue=sales
        01:00 c1 transferred
        01:00 c1 queued queue=tech
        01:20 c1 answered agent=bob";
    gives(events, "02:00", "tech all answered 1\ntotal all customer_wait.count 0\ntech all speed_of_answer.sum 20");
    let chain = "10:00 c1 snapshot queue=sales queued_at=1772442540000 first_queued_at=1772442000000\n10:20 c1 answered agent=ann";
    gives(chain, "11:00", "sales all customer_wait.sum 620\nsales all speed_of_answer.sum 80");
}

#[test]
fn a_contact_that_a_snapshot_found_waiting_is_no_new_volume_in_its_next_queue() {
    for told in ["", "queued_at=1772442000000", "first_queued_at=1772442000000"] {
        let events = format!("01:00 c1 snapshot queue=sales {told}\n02:00 c1 queued queue=tech");
        gives(&events, "03:00", "total all volume 0\ntech all offered 1\nsales all flowed_out 1");
    }
}

#[test]
fn a_snapshot_tells_of_a_callback_or_that_there_is_none() {
    let open = "05:00 c1 snapshot queue=sales agent=ann callback_requested_at=1772442000000";
    gives(
        open,
        "06:00",
        "sales now callbacks_waiting 1\nsales now oldest_callback 360\nsales all callbacks_requested 0",
    );
    gives(
        &format!("{open}\n07:00 c1 callback_attempted result=reached"),
        "08:00",
        "sales all callback_wait.sum 420\nsales all callback_success.ratio 1.0",
    );
    let none = "00:00 c1 callback_requested queue=sales\n05:00 c1 snapshot\n06:00 c1 callback_attempted result=reached";
    gives(
        none,
        "07:00",
        "sales now callbacks_waiting 0\nsales all callback_success.denominator 0\nodd all callback_not_requested 1",
    );
}

#[test]
fn the_first_response_runs_from_the_queueing_that_a_snapshot_tells() {
    let events = "05:00 c1 snapshot queue=sales queued_at=1772442240000 first_queued_at=1772442000000
05:30 c1 message author=agent";
    gives(events, "06:00", "sales all chat_first_response_time.sum 90");
    let untold = "05:00 c1 snapshot queue=sales
05:30 c1 message author=agent";
    gives(untold, "06:00", "sales all chat_first_response_time.count 0");
    let asked = "
        00:00 c1 queued queue=sales
        00:05 c1 message author=customer
        00:10 c1 snapshot queue=sales
        00:20 c1 message author=agent";
    gives(asked, "06:00", "sales all chat_reply_time.count 0\nsales all chat_first_response_time.sum 20");
}

#[test]
fn an_outbound_contact_has_no_stay_in_a_snapshot() {
    let events = "
        00:00 c1 snapshot queue=sales direction=outbound
        01:00 c1 snapshot agent=ann queue=sales
        02:00 c1 ended
        02:00 c1 wrapped";
    gives(events, "03:00", "sales all adopted 0\nsales all handle_time.sum 60\nsales all transfer_rate.denominator 0");
}

#[test]
fn a_contact_found_with_nothing_open_is_not_over_until_it_is_forgotten() {
    let settings = Settings { contact_ttl: 20 * MINUTE, ..Settings::default() };
    let events = "00:00 c1 snapshot\n10:00 c1 queued queue=sales";
    gives_under(&settings, events, "11:00", "sales now waiting 1\nodd all after_the_end 0");
    let over = "00:00 c1 queued queue=sales\n00:10 c1 abandoned\n01:00 c1 snapshot queue=tech";
    gives(over, "02:00", "odd all after_the_end 1\ntech now waiting null");
}

#[test]
fn after_contact_work_that_was_given_up_before_the_snapshot_is_not_open_and_books_nothing() {
    let wraps =
        |at: &str| format!("{at} c1 snapshot agent=ann queue=sales answered_at=1772442000000 ended_at=1772442060000");
    gives(&wraps("16:00"), "16:00", "sales now in_after_contact 1");
    gives(
        &wraps("16:00"),
        "16:01",
        "sales now in_after_contact 0\nsales all handle_time.sum 60\nsales all wrap_timeout 1",
    );
    gives(&wraps("16:01"), "17:00", "sales now in_after_contact null\nsales all handle_time.count null");
}

#[test]
fn a_later_snapshot_may_tell_since_when_the_customer_waits() {
    let events = "
        01:00 c1 snapshot queue=sales
        02:00 c1 snapshot queue=sales first_queued_at=1772442000000
        02:30 c1 answered agent=ann";
    gives(events, "03:00", "sales all customer_wait.sum 150");
}
