//! What begins and ends waiting, and how contacts end.

use serde_json::json;

use crate::model::naive::report;
use crate::model::telling::{NINE, gives, gives_under};
use crate::model::{MINUTE, Settings};

#[test]
fn a_transferred_caller_waits_twice_and_the_second_wait_is_the_second_queues() {
    let events = "
        00:00 c1 queued queue=sales
        00:12 c1 answered agent=ann
        02:10 c1 transferred
        02:10 c1 queued queue=tech
        02:45 c1 answered agent=bob";
    gives(
        events,
        "03:00",
        "
        sales 15m service_level.ratio 1.0
        sales 15m answered 1
        sales 15m speed_of_answer.max 12
        sales 15m transfer_rate.numerator 1
        sales 15m transfer_rate.denominator 1
        sales 15m talk_time.sum 118
        sales 15m volume 1
        tech 15m service_level.ratio 0.0
        tech 15m answered 1
        tech 15m speed_of_answer.max 35
        tech 15m volume 0
        sales 15m customer_wait.sum 12
        tech 15m customer_wait.count 0
        sales now in_service 0
        sales now in_after_contact 1
        tech now in_service 1
        total 15m offered 2
        @ann 15m answered 1",
    );
}

#[test]
fn queued_again_into_the_same_queue_keeps_the_first_time() {
    let events = "00:00 c1 queued queue=sales\n00:30 c1 queued queue=sales\n00:40 c1 answered agent=ann";
    gives(events, "01:00", "sales all offered 1\nsales all speed_of_answer.sum 40\nsales all flowed_out 0");
}

#[test]
fn queued_elsewhere_overflows_every_open_stay_unless_it_says_also() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 queued queue=tech also=true
        00:15 c1 queued queue=billing";
    gives(events, "00:12", "sales now waiting 1\ntech now waiting 1\ntotal now longest_wait 12");
    gives(
        events,
        "00:17",
        "
        sales all flowed_out_by.cause.overflow 1
        tech all flowed_out_by.cause.overflow 1
        sales all service_level.presets.removed_from_queue.counted 1
        sales all service_level.presets.removed_from_queue.met 0
        sales all abandonment_rate.denominator 1
        billing now waiting 1",
    );
}

#[test]
fn a_flow_out_after_an_overflow_tells_its_cause_and_keeps_its_time() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 queued queue=tech
        00:50 c1 flowed_out queue=sales cause=callback";
    gives(events, "01:00", "sales all flowed_out 1\nsales all flowed_out_by.cause.callback 1\nsales all volume 1");
    gives(
        events,
        "01:00",
        "sales all service_level.presets.removed_from_queue.met 1\nsales all service_level.counted 0",
    );
    gives(events, "05:15", "sales 5m flowed_out 0");
}

#[test]
fn at_one_time_a_flow_out_comes_before_the_next_queue() {
    let events = "
        00:00 c1 queued queue=sales
        00:10 c1 queued queue=tech
        00:10 c1 flowed_out queue=sales cause=key";
    gives(events, "00:12", "sales all flowed_out_by.cause.key 1\ntech now waiting 1\ntech all flowed_out 0");
    let events = "00:10 c1 flowed_out queue=sales cause=key\n00:10 c1 queued queue=sales";
    gives(events, "00:12", "sales all flowed_out_by.cause.key 1\nsales all offered 1");
}

#[test]
fn at_one_time_a_transfer_comes_before_the_next_answer_where_somebody_talks() {
    let events = "
        00:00 c1 answered agent=ann
        01:00 c1 answered agent=bob
        01:00 c1 transferred";
    gives(
        events,
        "02:00",
        "__direct__ all talk_time.sum 60\n__direct__ now in_service 1\n__direct__ now in_after_contact 1",
    );
    let events = "01:00 c1 transferred\n01:00 c1 answered agent=bob";
    gives(events, "02:00", "__direct__ all talk_time.count 1\n__direct__ now in_service 0\n@bob all answered 1");
}

#[test]
fn seq_orders_what_happened_at_one_time() {
    let by_rank = "00:00 c1 abandoned seq=0\n00:00 c1 queued queue=sales seq=0";
    gives(
        by_rank,
        "00:10",
        "sales all abandoned 1\nsales all short_abandoned 1\nsales all abandonment_rate.denominator 0",
    );
    let by_seq = "00:00 c1 abandoned seq=1\n00:00 c1 queued queue=sales seq=2";
    gives(by_seq, "00:10", "sales all abandoned 0\nsales now waiting 1");
}

#[test]
fn ended_while_waiting_is_an_abandon() {
    gives(
        "00:00 c1 queued queue=sales\n00:08 c1 ended",
        "00:10",
        "sales all abandoned 1\nsales all time_to_abandon.sum 8",
    );
    let of_a_leg = "00:00 c1 queued queue=sales\n00:08 c1 ended agent=ann";
    gives(of_a_leg, "00:10", "sales all abandoned 0\nsales now waiting 1");
}

#[test]
fn the_end_of_one_leg_leaves_who_waits_for_another() {
    let events = "
        00:00 c1 answered agent=ann
        01:00 c1 queued queue=tech
        01:10 c1 ended agent=ann";
    gives(events, "01:15", "tech now waiting 1\ntech all abandoned 0\n__direct__ all talk_time.sum 70");
}

#[test]
fn answered_without_a_stay_opens_a_leg_and_is_no_answer_of_a_queue() {
    let events = "00:00 c1 answered agent=ann\n01:00 c1 ended\n01:30 c1 wrapped";
    gives(events, "02:00", "__direct__ all answered 0\n__direct__ all handle_time.sum 90\n@ann all answered 1");
    gives(
        events,
        "02:00",
        "__direct__ all customer_wait.count 0\n@ann all handle_time.p50 90\n__direct__ all volume 0",
    );
    let after_a_queue = "00:00 c1 queued queue=sales\n00:30 c1 flowed_out queue=sales\n01:00 c1 answered agent=ann";
    gives(after_a_queue, "02:00", "sales all customer_wait.sum 60\nsales all answered 0\nsales now in_service 1");
    gives(after_a_queue, "02:00", "sales all flowed_out_by.cause.other 1\n@ann all answered 1");
}

#[test]
fn an_answer_ends_the_stay_it_names_else_the_oldest_and_the_others_are_served_elsewhere() {
    let waits = "00:00 c1 queued queue=sales\n00:10 c1 queued queue=tech also=true\n";
    let named = format!("{waits}00:25 c1 answered agent=ann queue=tech");
    gives(
        &named,
        "00:26",
        "tech all answered 1\ntech all service_level.met 1\nsales all flowed_out_by.cause.served_elsewhere 1",
    );
    gives(
        &named,
        "00:26",
        "tech all customer_wait.sum 25\nsales all service_level.counted 1\nsales all service_level.met 0",
    );
    for answer in ["00:25 c1 answered agent=ann", "00:25 c1 answered agent=ann queue=billing"] {
        gives(
            &format!("{waits}{answer}"),
            "00:26",
            "sales all answered 1\ntech all flowed_out 1\nsales now in_service 1",
        );
    }
}

#[test]
fn a_consults_answer_ends_a_stay_and_a_monitors_does_not() {
    let asked = |role: &str| format!("00:00 c1 queued queue=sales\n00:10 c1 answered agent=ann role={role}");
    gives(&asked("consult"), "00:15", "sales all answered 1\nsales all customer_wait.sum 10\nsales now in_service 0");
    gives(&asked("consult"), "00:15", "@ann all answered null");
    gives(&asked("monitor"), "00:15", "sales all answered 0\nsales now waiting 1\nsales all customer_wait.count 0");
}

#[test]
fn what_never_ends_expires_and_enters_no_distribution() {
    let settings = Settings { contact_ttl: 20 * MINUTE, ..Settings::default() };
    let events = "
        00:00 c1 queued queue=sales
        01:00 c1 updated
        00:00 c2 answered agent=ann";
    gives_under(&settings, events, "21:00", "sales now waiting 1\nsales all expired 0\n__direct__ now in_service 0");
    let after = "
        sales now waiting 0
        sales now longest_wait null
        sales all expired 1
        sales 5m expired 1
        sales all abandoned 0
        sales all service_level.counted 1
        sales all time_to_abandon.count 0
        __direct__ now in_service 0
        __direct__ all expired 1
        __direct__ all talk_time.count 0
        __direct__ all transfer_rate.denominator 0
        @ann all handle_time.count 0";
    gives_under(&settings, events, "21:05", after);
}

#[test]
fn blocked_contacts_count_at_their_queue() {
    let events = "00:00 c1 blocked queue=sales\n00:05 c2 queued queue=sales\n00:05 c3 queued queue=sales";
    gives(
        events,
        "01:00",
        "sales all blocked 1\nsales all blockage_rate.numerator 1\nsales all blockage_rate.denominator 3",
    );
}

#[test]
fn only_root_contacts_are_volume_and_the_chain_tells_how_long_the_customer_waited() {
    let events = "
        10:00 c1 queued queue=sales root_contact_id=c1
        10:00 c2 queued queue=sales root_contact_id=c0 first_queued_at=1772442300000
        10:10 c2 answered agent=ann";
    gives(events, "11:00", "sales all volume 1\nsales all offered 2\nsales all speed_of_answer.sum 10");
    gives(events, "11:00", "sales all customer_wait.sum 310");
}

#[test]
fn an_event_of_a_contact_that_is_over_does_nothing_once_that_is_sealed() {
    let over = "00:00 c1 queued queue=sales\n01:00 c1 abandoned\n";
    gives(&format!("{over}01:30 c1 queued queue=tech"), "02:00", "tech now waiting 1\ntech all volume 0");
    gives(&format!("{over}01:31 c1 queued queue=tech"), "02:00", "tech now waiting null");
    let still_in_work = "00:00 c1 answered agent=ann\n01:00 c1 ended\n09:00 c1 queued queue=tech";
    gives(still_in_work, "10:00", "tech now waiting 1");
}

#[test]
fn repeats_and_unknown_types_count_for_nothing() {
    let line = json!({ "id": "1", "type": "contact.queued", "time": NINE, "contact_id": "c", "queue": "sales" });
    let strange = json!({ "id": "2", "type": "contact.pondered", "time": NINE, "contact_id": "c", "agent": "ann" });
    let once = report(std::slice::from_ref(&line), &Settings::default(), NINE + MINUTE);
    assert_eq!(report(&[line.clone(), strange, line], &Settings::default(), NINE + MINUTE), once);
    assert_eq!(once["queues"]["sales"]["windows"]["all"]["offered"], 1);
}

#[test]
fn a_hang_up_is_told_by_its_cause() {
    let hung_up = |how: &str| format!("00:00 c1 queued queue=sales\n00:10 c1 {how}");
    for (how, cause) in [
        ("abandoned", "customer"),
        ("abandoned cause=customer", "customer"),
        ("abandoned cause=system", "system"),
        ("abandoned cause=inactivity", "inactivity"),
        ("abandoned cause=of_its_own", "other"),
        ("ended", "system"),
    ] {
        gives(&hung_up(how), "01:00", &format!("sales all abandoned_by.cause.{cause} 1\nsales all abandoned 1"));
    }
}

#[test]
fn a_channel_has_its_own_time_to_live() {
    let settings = Settings {
        contact_ttl: 20 * MINUTE,
        channel_ttls: [("chat".to_owned(), 40 * MINUTE)].into(),
        ..Settings::default()
    };
    let events = "00:00 c1 queued queue=sales channel=chat\n00:00 c2 queued queue=tech";
    gives_under(&settings, events, "20:01", "sales now waiting 1\ntech now waiting 0\ntech all expired 1");
    gives_under(&settings, events, "40:01", "sales now waiting 0\nsales all expired 1");
}
