//! The program against the slow, obvious one, over random streams.
//!
//! `PROPERTY_STREAMS` sets how many each property reads (1,000), `PROPERTY_SEED` with which seed they begin (0). No two properties
//! read the same streams. A failure is shrunk and names its seed; `make properties STREAMS=100000 SEED=7` runs for longer.

use std::fmt::Write as _;
use std::ops::Range;

use serde_json::Value;

use crate::model::compare::{check, check_all};
use crate::model::dice::Dice;
use crate::model::lives::Stream;
use crate::model::naive::is_in_question;
use crate::model::shrink::shrink;
use crate::model::spoil::goes_on_after_it_is_forgotten;
use crate::model::{Settings, time_text};
use crate::program::{replay, replay_handed_over};

/// How many moments of each stream are read, and one at the end.
const READINGS: usize = 2;

/// The seeds of the property of that number.
pub fn seeds(property: u64) -> Range<u64> {
    let number = |name: &str, default: u64| match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
        Err(_) => default,
    };
    let streams = number("PROPERTY_STREAMS", 1_000);
    let first = number("PROPERTY_SEED", 0) + property * streams;
    first..first + streams
}

#[test]
fn windows_and_intervals_read_at_whole_minutes_equal_a_naive_recount() {
    for seed in seeds(0) {
        let mut stream = Stream::of(seed);
        let at = stream.whole_minutes(READINGS);
        let lines = stream.lines;
        fail_small(seed, &lines, &stream.settings, |lines| differs_from_recount(lines, &stream.settings, &at));
    }
}

#[test]
fn disorder_within_lateness_leaves_every_figure_equal_to_the_naive_recount() {
    for seed in seeds(1) {
        let mut stream = Stream::of(seed);
        let at = stream.whole_minutes(READINGS);
        let arriving = stream.in_disorder(20);
        fail_small(seed, &arriving, &stream.settings, |lines| differs_from_recount(lines, &stream.settings, &at));
    }
}

#[test]
fn disorder_repeats_and_shards_leave_report_and_hash_as_they_are() {
    for seed in seeds(2) {
        let mut stream = Stream::of(seed);
        let (at, shards) = (stream.whole_minutes(READINGS), 1 + (seed % 7) as usize);
        let arriving = stream.in_disorder(if seed % 2 == 0 { 100 } else { 20 });
        let plain = replay(&stream.lines, &stream.settings, &at, 1);
        let spoilt = replay(&arriving, &stream.settings, &at, shards);
        for ((t, plain), spoilt) in at.iter().zip(&plain).zip(&spoilt) {
            let told = || told(seed, &arriving, &stream.settings);
            assert!(plain["state_hash"].is_string(), "a report tells the hash of its state");
            assert_eq!(
                without_events(plain),
                without_events(spoilt),
                "at {}, {shards} shards\n{}",
                time_text(*t),
                told()
            );
        }
    }
}

#[test]
fn states_that_are_written_and_read_again_leave_report_and_hash_as_they_are() {
    for seed in seeds(6) {
        let mut stream = Stream::of(seed);
        let (at, shards) = (stream.whole_minutes(READINGS), 1 + (seed % 3) as usize);
        let arriving = stream.in_disorder(20);
        let undisturbed = replay(&arriving, &stream.settings, &at, shards);
        let mut dice = Dice::new(seed);
        let handed_over = replay_handed_over(&arriving, &stream.settings, &at, shards, || dice.chance(10));
        for ((t, undisturbed), handed_over) in at.iter().zip(&undisturbed).zip(&handed_over) {
            let told = || told(seed, &arriving, &stream.settings);
            assert_eq!(undisturbed, handed_over, "at {}, {shards} shards\n{}", time_text(*t), told());
        }
    }
}

fn without_events(report: &Value) -> Value {
    let mut report = report.clone();
    report.as_object_mut().expect("a report is an object").remove("events");
    report
}

/// The first reading that is not what a recount of the lines says. What the contract leaves open is never different.
fn differs_from_recount(lines: &[Value], settings: &Settings, at: &[i64]) -> Option<String> {
    if goes_on_after_it_is_forgotten(lines, settings) || is_in_question(lines, settings) {
        return None;
    }
    let reports = replay(lines, settings, at, 1);
    assert_eq!(reports.len(), at.len(), "one report per reading");
    let differs = |(t, report): (&i64, &Value)| check(lines, settings, *t, report).err();
    let (last, end) = (reports.last()?, at.last()?);
    at.iter().zip(&reports).find_map(differs).or_else(|| check_all(lines, settings, *end, last).err())
}

/// Panics with the smallest lines that still fail, if these do.
pub fn fail_small(seed: u64, lines: &[Value], settings: &Settings, fails: impl Fn(&[Value]) -> Option<String>) {
    if fails(lines).is_some() {
        let (lines, difference) = shrink(lines, fails);
        panic!("{difference}\n{}", told(seed, &lines, settings));
    }
}

fn told(seed: u64, lines: &[Value], settings: &Settings) -> String {
    let mut text = format!("PROPERTY_SEED={seed} PROPERTY_STREAMS=1\n{settings:?}\nin order of arrival:\n");
    for line in lines {
        let time = crate::model::time_of(&line["time"]).map(time_text).unwrap_or_default();
        writeln!(text, "  {time} {line}").expect("text takes text");
    }
    text
}
