//! An agent's time, added up by hand.

use crate::model::telling::{gives, gives_under};
use crate::model::{HOUR, Settings};

#[test]
fn time_in_states_runs_up_to_now_and_shares_are_of_seconds() {
    let events = "
        00:00 ann agent.state_changed state=available capacity=2
        10:00 ann agent.state_changed state=on_contact
        25:00 ann agent.state_changed state=after_contact
        30:00 ann agent.state_changed state=break
        40:00 ann agent.state_changed state=available";
    gives(
        events,
        "45:00",
        r#"
        @ann all state_seconds.available 900
        @ann all state_seconds.on_contact 900
        @ann all state_seconds.after_contact 300
        @ann all state_seconds.break 600
        @ann all occupancy.numerator 1200
        @ann all occupancy.denominator 2100
        @ann all concurrency.ratio 1
        @ann all slot_use.numerator 1200
        @ann all slot_use.denominator 4200
        @ann all utilization.numerator 1200
        @ann all utilization.denominator 2700
        @ann 15m state_seconds.break 600
        @ann 15m occupancy.denominator 300
        @ann now state "available"
        @ann now seconds_in_state 300
        @ann now contacts_in_hand null
        @ann now capacity 2"#,
    );
}

#[test]
fn contacts_in_hand_say_who_is_busy_where_they_are_told() {
    let settings = Settings { own_states: vec!["training"], productive: vec!["training"], ..Settings::default() };
    let events = "
        00:00 ann agent.state_changed state=available active=0 capacity=4
        10:00 ann agent.state_changed state=available active=3
        20:00 ann agent.state_changed state=on_contact active=0
        30:00 ann agent.state_changed state=training
        40:00 ann agent.state_changed state=offline";
    gives_under(
        &settings,
        events,
        "50:00",
        "
        @ann all occupancy.numerator 600
        @ann all occupancy.denominator 1200
        @ann all concurrency.numerator 1800
        @ann all concurrency.denominator 600
        @ann all slot_use.numerator 1800
        @ann all slot_use.denominator 4800
        @ann all utilization.numerator 1200
        @ann all utilization.denominator 2400
        @ann all state_seconds.offline 600",
    );
}

#[test]
fn agents_are_in_each_of_their_queues_and_in_the_centre_once() {
    let events = r#"
        00:00 ann agent.state_changed state=available queues=["sales","tech"]
        01:00 ann agent.state_changed state=available queue_states={"tech":"away","help":"break"}
        00:00 bob agent.state_changed state=offline queues=["sales"] queue_states={"sales":"away"}
        00:00 cem agent.state_changed state=lunch"#;
    gives(
        events,
        "02:00",
        r#"
        sales now agents.available 1
        sales now agents.offline 1
        sales now agents.away 0
        tech now agents.away 1
        help now agents.break 1
        total now agents.available 1
        total now agents.offline 1
        total now agents.__other__ 1
        @ann now queues.tech "away"
        @ann now seconds_in_state 120
        odd all unknown_state 1"#,
    );
    let left = format!("{events}\n03:00 ann agent.state_changed state=away queues=[]");
    gives(&left, "04:00", "sales now agents.available 0\ntotal now agents.away 1\n@ann now seconds_in_state 60");
}

#[test]
fn a_change_holds_from_since_but_never_from_before_the_lateness_or_another_change() {
    let since = |text: &str| crate::model::telling::NINE + crate::model::telling::clock(text);
    let events = format!(
        "00:00 ann agent.state_changed state=available
         10:10 ann agent.state_changed state=break since={}
         20:10 ann agent.state_changed state=away since={}
         20:20 ann agent.state_changed state=available since={}
         30:00 ann agent.state_changed state=offline since={}",
        since("10:00"),
        since("15:00"),
        since("20:00"),
        since("31:00"),
    );
    gives(
        &events,
        "40:00",
        "
        @ann all state_seconds.available 1190
        @ann all state_seconds.break 580
        @ann all state_seconds.away 30
        @ann all state_seconds.offline 600",
    );
}

#[test]
fn an_agent_of_whom_nothing_is_told_goes_offline_and_keeps_the_queues() {
    let settings = Settings { agent_ttl: HOUR, ..Settings::default() };
    let events = r#"00:00 ann agent.state_changed state=on_contact active=2 queues=["sales"]"#;
    gives_under(&settings, events, "60:00", r#"@ann now state "on_contact""#);
    gives_under(
        &settings,
        events,
        "90:00",
        r#"
        @ann now state "offline"
        @ann now seconds_in_state 1800
        @ann now contacts_in_hand null
        @ann all state_seconds.on_contact 3600
        @ann all concurrency.ratio 2
        sales now agents.offline 1"#,
    );
    let back = format!("{events}\n60:00 ann agent.state_changed state=on_contact");
    gives_under(&settings, &back, "90:00", r#"@ann now state "on_contact""#);
}
