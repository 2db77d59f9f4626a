//! Counters: each booking once, whenever the pulses come, and what is final is never taken back.

use std::sync::Arc;

use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::wire::{Decoded, decode};

use crate::support::noise::Dice;

const START: &str = "2026-03-02T09:00:00Z";

fn at(second: i64) -> EventTime {
    EventTime::parse(START).unwrap() + Span::from_seconds(second)
}

/// Applies one event of a contact.
fn tell(shard: &mut Shard, second: i64, contact: &str, kind: &str, more: &str) {
    let time = at(second).as_millis();
    let line = format!(
        r#"{{"id":"{contact}-{kind}-{second}","type":"contact.{kind}","time":{time},"contact_id":"{contact}"{more}}}"#
    );
    match decode(Some(line.as_bytes())) {
        Ok(Decoded::Event(event)) => drop(shard.apply(&event, None)),
        other => panic!("{line}: {other:?}"),
    }
}

/// Offered, answered, flowed out, counted for the service level.
fn counted(shard: &Shard) -> [u64; 4] {
    shard.counters().queues().fold([0; 4], |[offered, answered, flowed, counted], (_, queue)| {
        let flowed = flowed + queue.flowed_out.iter().sum::<u64>();
        [offered + queue.offered, answered + queue.answered, flowed, counted + queue.counted]
    })
}

#[test]
fn a_flow_out_whose_cause_comes_later_counts_once_wherever_the_pulses_fall() {
    for first_pulse in 30..70 {
        let mut shard = Shard::new(Arc::new(Rules::default()));
        tell(&mut shard, 0, "c", "queued", r#","queue":"sales""#);
        tell(&mut shard, 5, "c", "queued", r#","queue":"tech""#);
        tell(&mut shard, 10, "c", "flowed_out", r#","queue":"sales","cause":"timeout""#);
        for pulse in [first_pulse, first_pulse + 2, first_pulse + 25, 200] {
            shard.settle(at(pulse));
            tell(&mut shard, pulse - 29, &format!("other-{pulse}"), "updated", "");
        }
        assert_eq!(counted(&shard)[2], 1, "first pulse at {first_pulse} s");
        assert_eq!(shard.counters().corrections(), 0, "first pulse at {first_pulse} s");
    }
}

#[test]
fn a_miss_that_nobody_can_take_back_is_counted_with_no_event() {
    let mut shard = Shard::new(Arc::new(Rules::default()));
    tell(&mut shard, 0, "c", "queued", r#","queue":"sales""#);
    shard.settle(at(50));
    assert_eq!(counted(&shard), [1, 0, 0, 0], "the threshold is at 20 s, and 20 s is not before 50 s - lateness");
    shard.settle(at(51));
    assert_eq!(counted(&shard), [1, 0, 0, 1]);
}

#[test]
fn an_answer_after_the_clock_counted_a_miss_is_a_correction_and_lowers_nothing() {
    let mut shard = Shard::new(Arc::new(Rules::default()));
    tell(&mut shard, 0, "c", "queued", r#","queue":"sales""#);
    shard.settle(at(60));
    tell(&mut shard, 15, "c", "answered", r#","agent":"ann""#);
    assert_eq!(counted(&shard), [1, 1, 0, 2], "the counters have taken the miss, and take the answer at once");
    assert_eq!(shard.counters().corrections(), 1);
}

#[test]
fn the_counters_end_the_same_wherever_the_pulses_fall() {
    let mut dice = Dice::new(1);
    let plain = story(&mut |_, _| {});
    for _ in 0..50 {
        let pulsed = story(&mut |shard, second| {
            if dice.roll(3) == 0 {
                shard.settle(at(second));
            }
        });
        assert_eq!(pulsed, plain);
    }
}

/// Forty calls of all kinds; `between` may pulse after each event.
fn story(between: &mut dyn FnMut(&mut Shard, i64)) -> [u64; 4] {
    let mut shard = Shard::new(Arc::new(Rules::default()));
    for call in 0..40 {
        let (start, contact) = (call * 7, format!("c{call}"));
        tell(&mut shard, start, &contact, "queued", r#","queue":"sales""#);
        between(&mut shard, start);
        let end = match call % 4 {
            0 => ("answered", r#","agent":"ann""#),
            1 => ("abandoned", ""),
            2 => ("flowed_out", r#","queue":"sales","cause":"callback""#),
            _ => ("queued", r#","queue":"tech""#),
        };
        tell(&mut shard, start + 1 + call % 6, &contact, end.0, end.1);
        between(&mut shard, start + 1 + call % 6);
    }
    shard.settle(at(4_000));
    counted(&shard)
}
