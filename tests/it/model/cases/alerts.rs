//! Who rings, and who did not pick up.

use crate::model::telling::gives;

#[test]
fn a_miss_counts_for_the_queue_and_for_the_agent_by_its_cause() {
    let events = "
        00:00 c1 queued queue=sales
        00:05 c1 alerting agent=ann
        00:15 c1 alert_missed agent=ann
        00:16 c1 alerting agent=bob
        00:20 c1 alert_missed agent=bob cause=rejected";
    gives(
        events,
        "01:00",
        "
        sales all missed_alerts 2
        sales all missed_alerts_by.cause.no_answer 1
        sales all missed_alerts_by.cause.rejected 1
        sales all missed_alerts_by.channel.voice 2
        @ann all missed_alerts 1
        @ann all missed_alerts_by.cause.no_answer 1
        @bob all missed_alerts_by.cause.rejected 1
        @bob all missed_alerts_by.cause.no_answer 0
        sales now waiting 1
        odd all missed_without_alert 0",
    );
    gives(events, "05:20", "sales 5m missed_alerts 1\n@ann 5m missed_alerts 0");
}

#[test]
fn a_miss_that_is_not_the_agents_own_counts_nothing() {
    for cause in ["answered_elsewhere", "caller_gone", "of_its_own"] {
        let events = format!(
            "00:00 c1 queued queue=sales
             00:05 c1 alerting agent=ann
             00:15 c1 alert_missed agent=ann cause={cause}"
        );
        gives(
            &events,
            "01:00",
            "sales all missed_alerts 0\n@ann all missed_alerts null\nodd all missed_without_alert 0",
        );
    }
}

#[test]
fn who_rings_twice_or_misses_what_did_not_ring_is_odd_and_the_miss_counts() {
    let twice = "00:00 c1 alerting agent=ann\n00:05 c1 alerting agent=ann\n00:05 c1 alerting agent=bob";
    gives(twice, "01:00", "odd all alerted_twice 1");
    let unrung = "00:00 c1 queued queue=sales\n00:05 c1 alert_missed agent=ann";
    gives(unrung, "01:00", "odd all missed_without_alert 1\nsales all missed_alerts 1\n@ann all missed_alerts 1");
    let not_own = "00:00 c1 queued queue=sales\n00:05 c1 alert_missed agent=ann cause=caller_gone";
    gives(not_own, "01:00", "odd all missed_without_alert 0\nsales all missed_alerts 0");
}

#[test]
fn a_miss_counts_where_the_contact_waits_else_where_it_was_last_else_nowhere_in_particular() {
    let two = "00:00 c1 queued queue=sales\n00:10 c1 queued queue=tech also=true\n00:20 c1 alerting agent=ann\n";
    gives(&format!("{two}00:30 c1 alert_missed agent=ann queue=tech"), "01:00", "tech all missed_alerts 1");
    gives(&format!("{two}00:30 c1 alert_missed agent=ann"), "01:00", "sales all missed_alerts 1");
    gives(&format!("{two}00:30 c1 alert_missed agent=ann queue=billing"), "01:00", "sales all missed_alerts 1");
    let gone =
        "00:00 c1 queued queue=sales\n00:10 c1 flowed_out queue=sales\n00:20 c1 alert_missed agent=ann queue=tech";
    gives(gone, "01:00", "sales all missed_alerts 1\ntech all missed_alerts null");
    let direct = "00:00 c1 alerting agent=ann\n00:10 c1 alert_missed agent=ann queue=tech";
    gives(direct, "01:00", "__direct__ all missed_alerts 1\ntech all missed_alerts null");
}

#[test]
fn a_miss_of_an_outbound_contact_is_the_agents_alone() {
    let events =
        "00:00 c1 queued queue=sales direction=outbound\n00:05 c1 alerting agent=ann\n00:15 c1 alert_missed agent=ann";
    gives(events, "01:00", "sales all missed_alerts null\n@ann all missed_alerts 1");
}

/// What ends ringing makes a later miss one that did not ring.
#[test]
fn ringing_ends_with_the_answer_the_hang_up_the_flow_out_and_the_end() {
    let rings = "
        00:00 c1 queued queue=sales
        00:05 c1 alerting agent=ann
        00:05 c1 alerting agent=bob
        00:10 c1 ";
    let after = "\n00:20 c1 alert_missed agent=ann cause=no_answer";
    for (event, odd) in [
        ("answered agent=ann", 1),
        ("answered agent=ann role=monitor", 1),
        ("answered agent=bob", 1),
        ("answered agent=bob role=consult", 1),
        ("answered agent=bob role=monitor", 0),
        ("abandoned", 1),
        ("blocked queue=sales", 1),
        ("flowed_out queue=sales", 1),
        ("flowed_out queue=tech", 0),
        ("ended", 1),
        ("ended agent=ann", 0),
        ("snapshot queue=sales", 1),
        ("queued queue=tech", 0),
        ("updated", 0),
    ] {
        gives(&format!("{rings}{event}{after}"), "00:30", &format!("odd all missed_without_alert {odd}"));
    }
}

#[test]
fn a_flow_out_leaves_ringing_while_another_stay_is_open_and_so_does_an_answer_that_ends_none() {
    let two = "
        00:00 c1 queued queue=sales
        00:00 c1 queued queue=tech also=true
        00:05 c1 alerting agent=ann
        00:10 c1 flowed_out queue=sales
        00:20 c1 alert_missed agent=ann cause=no_answer";
    gives(two, "00:30", "odd all missed_without_alert 0");
    let direct = "
        00:00 c1 alerting agent=ann
        00:05 c1 answered agent=bob
        00:20 c1 alert_missed agent=ann cause=no_answer";
    gives(direct, "00:30", "odd all missed_without_alert 0");
}

#[test]
fn ringing_keeps_no_contact_from_being_over() {
    let events = "
        00:00 c1 answered agent=ann
        00:10 c1 alerting agent=bob
        00:20 c1 ended agent=ann
        00:20 c1 wrapped agent=ann
        00:51 c1 alert_missed agent=bob";
    gives(events, "01:00", "odd all after_the_end 1\n@bob all missed_alerts null");
}
