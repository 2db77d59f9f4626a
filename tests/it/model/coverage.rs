//! What the random streams reach: a generator that no longer makes some kind of life would let every test pass.

use std::collections::{BTreeMap, BTreeSet};

use super::contact::Place;
use super::event::time_of;
use super::lives::Stream;
use super::naive::{bookings, report};
use super::{HOUR, SECOND, Settings};

const STREAMS: u64 = 150;

/// Everything that is counted anywhere, and the oddities that the recount notes.
const MUST_HAPPEN: &str = "
    queue offered, queue volume, queue answered, queue a, queue past, queue speed_of_answer, queue customer_wait,
    queue abandoned, queue short_abandoned, queue b, queue time_to_abandon, queue flowed_out, queue f, queue c,
    queue callback, queue voicemail, queue overflow, queue timeout, queue key, queue no_agents, queue served_elsewhere, queue other,
    queue blocked, queue expired, queue talk_time, queue hold_time, queue handle_time, queue after_contact_time,
    queue transferred, queue not_transferred, queue wrap_timeout, agent answered, agent handle_time,
    books after_the_end, books answered_twice, books cause_told_later, books talk_expired";

#[test]
fn the_streams_reach_everything_that_is_counted() {
    let mut reached: BTreeMap<String, usize> = BTreeMap::new();
    for stream in (0..STREAMS).map(Stream::of) {
        for booking in bookings(&stream.lines, &stream.settings, i64::MAX / 2) {
            let place = match booking.place {
                Place::Queue(_) => "queue",
                Place::Agent(_) => "agent",
                Place::Books => "books",
            };
            *reached.entry(format!("{place} {}", booking.what)).or_default() += 1;
        }
    }
    println!("{STREAMS} streams: {reached:#?}");
    let wanted: BTreeSet<&str> = MUST_HAPPEN.split(',').map(str::trim).collect();
    assert_eq!(reached.keys().map(String::as_str).collect::<BTreeSet<_>>(), wanted);
    assert!(reached.values().all(|times| *times >= 5), "{reached:#?}");
}

#[test]
fn the_streams_are_read_while_contacts_wait_talk_and_are_in_after_contact_work() {
    let mut open = BTreeMap::from(["waiting", "in_service", "in_after_contact"].map(|name| (name, 0)));
    for mut stream in (0..STREAMS).map(Stream::of) {
        for t in stream.whole_minutes(5) {
            let report = report(&stream.lines, &stream.settings, t);
            for (name, total) in &mut open {
                *total += report["total"]["now"][*name].as_u64().expect("a count");
            }
        }
    }
    println!("open at the readings: {open:?}");
    assert!(open.values().all(|total| *total >= 50), "{open:?}");
}

/// Each setting off by a little is a program with a wrong comparison somewhere; some stream must tell.
#[test]
fn the_streams_come_so_near_to_every_limit_that_a_second_more_shows() {
    type Change = fn(&mut Settings);
    let off: [(&str, Change); 8] = [
        ("lateness", |settings| settings.lateness += SECOND),
        ("threshold", |settings| settings.threshold += SECOND),
        ("threshold of one queue", |settings| *settings.thresholds.get_mut("tech").expect("set") -= SECOND),
        ("short_abandon", |settings| settings.short_abandon += SECOND),
        ("contact_ttl", |settings| settings.contact_ttl += SECOND),
        ("after_contact_max", |settings| settings.after_contact_max += SECOND),
        ("day_start", |settings| settings.day_start += HOUR),
        ("after_contact", |settings| settings.wraps_are_told ^= true),
    ];
    for (name, change) in off {
        let shows = |seed: u64| {
            let mut stream = Stream::of(seed);
            let mut changed = stream.settings.clone();
            change(&mut changed);
            let at = stream.whole_minutes(5);
            at.iter().any(|t| report(&stream.lines, &stream.settings, *t) != report(&stream.lines, &changed, *t))
        };
        assert!((0..2 * STREAMS).any(shows), "no stream depends on {name}");
    }
}

#[test]
fn a_seed_always_gives_the_same_stream_and_ids_are_unique() {
    for seed in 0..STREAMS {
        let (mut stream, mut again) = (Stream::of(seed), Stream::of(seed));
        assert_eq!(stream.lines, again.lines);
        assert_eq!(stream.whole_minutes(5), again.whole_minutes(5));
        assert_eq!(stream.in_disorder(20), again.in_disorder(20));
        let ids: BTreeSet<&str> = stream.lines.iter().filter_map(|line| line["id"].as_str()).collect();
        assert_eq!(ids.len(), stream.lines.len());
    }
}

#[test]
fn disorder_is_real_and_within_lateness_and_loses_no_line() {
    let mut out_of_order = 0;
    for mut stream in (0..STREAMS).map(Stream::of) {
        let arriving = stream.in_disorder(100);
        assert_eq!(arriving.len(), 2 * stream.lines.len());
        let mut watermark = i64::MIN;
        for line in &arriving {
            let time = time_of(&line["time"]).expect("a time");
            assert!(watermark.saturating_sub(stream.settings.lateness) < time, "late: {line}");
            out_of_order += usize::from(time < watermark);
            watermark = watermark.max(time);
        }
    }
    assert!(out_of_order > 1_000, "{out_of_order}");
}
