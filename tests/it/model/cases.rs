//! What the contract's own words give, computed by hand: the recount must be right before it may judge.

use serde_json::{Value, json};

use super::naive::report;
use super::telling::{NINE, gives, gives_under};
use super::{MINUTE, SECOND, Settings};

/// Contacts that leave after these many seconds, answered or not, one a second.
fn leaving(groups: &[(usize, &str, i64)]) -> Vec<Value> {
    let each = groups.iter().flat_map(|&(n, how, wait)| std::iter::repeat_n((how, wait), n));
    let lives = each.enumerate().flat_map(|(n, (how, wait))| {
        let at = NINE + n as i64 * SECOND;
        let event = |what: &str, time: i64| {
            json!({ "id": format!("{n}-{what}"), "type": format!("contact.{what}"), "time": time,
                    "contact_id": n.to_string(), "queue": "sales", "agent": "ann" })
        };
        [event("queued", at), event(how, at + wait * SECOND)]
    });
    lives.collect()
}

fn presets(lines: &[Value], settings: &Settings) -> Vec<(String, String)> {
    let report = report(lines, settings, NINE + 30 * MINUTE);
    let presets = &report["queues"]["sales"]["windows"]["30m"]["service_level"]["presets"];
    let rounded =
        |(name, figure): (&String, &Value)| (name.clone(), format!("{:.6}", figure["ratio"].as_f64().unwrap()));
    presets.as_object().unwrap().iter().map(rounded).collect()
}

fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = pairs.iter().map(|(name, ratio)| ((*name).to_owned(), (*ratio).to_owned())).collect();
    pairs.sort();
    pairs
}

#[test]
fn the_same_hour_reads_differently_under_each_preset() {
    let hour = leaving(&[
        (860, "answered", 20),
        (140, "answered", 21),
        (10, "abandoned", 5),
        (10, "abandoned", 20),
        (40, "abandoned", 40),
    ]);
    let mut got = presets(&hour, &Settings::default());
    got.sort();
    let table = [
        ("standard", "0.819048"),
        ("abandons_count_against", "0.811321"),
        ("abandons_within_threshold_ignored", "0.826923"),
        ("abandons_within_threshold_met", "0.830189"),
        ("removed_from_queue", "0.830189"),
        ("answered_only", "0.860000"),
    ];
    assert_eq!(got, named(&table));
}

#[test]
fn ciscos_hundred_calls_read_as_cisco_says() {
    let calls = leaving(&[(70, "answered", 20), (10, "abandoned", 20), (20, "answered", 50)]);
    let settings = Settings { short_abandon: 0, ..Settings::default() };
    let got = presets(&calls, &settings);
    for (name, ratio) in [
        ("abandons_within_threshold_ignored", "0.777778"),
        ("abandons_count_against", "0.700000"),
        ("abandons_within_threshold_met", "0.800000"),
    ] {
        assert!(got.contains(&(name.to_owned(), ratio.to_owned())), "{name} {got:?}");
    }
}

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
fn a_waiting_caller_is_a_miss_once_the_threshold_has_passed() {
    let events = "00:00 c1 queued queue=sales";
    gives(events, "00:20", "sales all service_level.counted 0\nsales now waiting 1\nsales now longest_wait 20");
    gives(events, "00:21", "sales all service_level.counted 1\nsales all service_level.met 0");
    gives(events, "00:21", "sales all service_level.presets.answered_only.counted 0");
    gives(events, "05:15", "sales 5m service_level.counted 1\nsales 5m offered 0");
    gives(events, "05:25", "sales 5m service_level.counted 0\nsales all service_level.counted 1");
}

#[test]
fn a_late_answer_is_a_miss_at_the_threshold_and_an_answer_when_it_comes() {
    let events = "00:00 c1 queued queue=sales\n06:00 c1 answered agent=ann";
    gives(events, "06:30", "sales 5m answered 1\nsales 5m service_level.counted 0\nsales 15m service_level.counted 1");
    gives(events, "06:30", "sales 5m service_level.presets.answered_only.counted 1");
}

#[test]
fn a_window_read_on_a_slot_edge_holds_its_beginning_and_not_its_end() {
    let events = "00:00 c1 queued queue=sales\n05:00 c2 queued queue=sales";
    gives(events, "05:00", "sales 5m offered 1\nsales all offered 2\nsales today offered 1");
    gives(events, "05:01", "sales 5m offered 1");
    gives(events, "05:05", "sales 5m offered 1");
    gives(events, "30:00", "sales last_30m offered 2\nsales this_30m offered 0\nsales 30m offered 2");
    gives(events, "59:55", "sales last_30m offered 2\nsales this_30m offered 0\nsales 30m offered 0");
}

#[test]
fn today_is_empty_where_it_begins() {
    let settings = Settings { day_start: NINE.rem_euclid(super::DAY) + MINUTE, ..Settings::default() };
    let events = "00:30 c1 queued queue=sales\n01:00 c2 queued queue=sales";
    gives_under(&settings, events, "01:00", "sales today offered 0");
    gives_under(&settings, events, "01:05", "sales today offered 1");
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
fn a_consults_answer_ends_a_stay_and_a_monitors_does_not() {
    let asked = |role: &str| format!("00:00 c1 queued queue=sales\n00:10 c1 answered agent=ann role={role}");
    gives(&asked("consult"), "00:15", "sales all answered 1\nsales all customer_wait.sum 10\nsales now in_service 0");
    gives(&asked("consult"), "00:15", "@ann all answered null");
    gives(&asked("monitor"), "00:15", "sales all answered 0\nsales now waiting 1\nsales all customer_wait.count 0");
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
    let strange = json!({ "id": "2", "type": "contact.alerting", "time": NINE, "contact_id": "c", "agent": "ann" });
    let once = report(std::slice::from_ref(&line), &Settings::default(), NINE + MINUTE);
    assert_eq!(report(&[line.clone(), strange, line], &Settings::default(), NINE + MINUTE), once);
    assert_eq!(once["queues"]["sales"]["windows"]["all"]["offered"], 1);
}

#[test]
fn percentiles_are_those_of_the_nearest_rank() {
    let waits: Vec<(usize, &str, i64)> = (1..=10).map(|wait| (1, "answered", wait)).collect();
    let report = report(&leaving(&waits), &Settings::default(), NINE + MINUTE);
    let figure = &report["queues"]["sales"]["windows"]["5m"]["speed_of_answer"];
    let expected = json!({ "count": 10, "sum": 55.0, "mean": 5.5, "min": 1.0, "max": 10.0,
                           "p50": 5.0, "p90": 9.0, "p95": 10.0, "p99": 10.0 });
    assert_eq!(*figure, expected);
}
