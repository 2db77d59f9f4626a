//! Laws that hold whatever order events arrive in, late ones included, where no recount can say what is right.

use serde_json::Value;

use crate::model::Settings;
use crate::model::lives::Stream;
use crate::program::{drift, read, replay};
use crate::properties::{fail_small, seeds};

/// How many moments of each stream are read, and one at the end.
const READINGS: usize = 5;

/// Of a hundred lines, how many are late.
const LATE_PERCENT: i64 = 20;

#[test]
fn what_came_is_what_left_and_what_waits_however_late_it_was_told() {
    for seed in seeds(3) {
        let mut stream = Stream::of(seed);
        let at = stream.whole_minutes(READINGS);
        let arriving = stream.with_late_lines(LATE_PERCENT);
        let shards = 1 + (seed % 3) as usize;
        fail_small(seed, &arriving, &stream.settings, |lines| books_are_off(lines, &stream.settings, &at, shards));
    }
}

fn books_are_off(lines: &[Value], settings: &Settings, at: &[i64], shards: usize) -> Option<String> {
    let drifts = read(lines, settings, at, shards, |reading| (reading.at, drift(&reading)));
    drifts.into_iter().find(|(_, drift)| *drift != 0).map(|(at, drift)| format!("at {at} the books are off by {drift}"))
}

#[test]
fn nothing_is_open_once_every_contact_is_given_up_however_late_it_was_told() {
    for seed in seeds(4) {
        let mut stream = Stream::of(seed);
        let arriving = stream.with_late_lines(LATE_PERCENT);
        fail_small(seed, &arriving, &stream.settings, |lines| is_open(lines, &stream.settings, stream.end()));
    }
}

/// What is still open at `t`.
pub fn is_open(lines: &[Value], settings: &Settings, t: i64) -> Option<String> {
    let report = replay(lines, settings, &[t], 1).remove(0);
    let now = report["total"]["now"].as_object().expect("figures of now");
    let open: Vec<_> = now.iter().filter(|(name, figure)| *name != "agents" && !is_of_nothing(figure)).collect();
    (!open.is_empty()).then(|| format!("open at the end: {open:?}"))
}

/// Zero, absent, or a break-down of nothing but these.
fn is_of_nothing(figure: &Value) -> bool {
    match figure {
        Value::Object(parts) => parts.values().all(is_of_nothing),
        figure => figure.as_f64().is_none_or(|figure| figure == 0.0),
    }
}

#[test]
fn what_was_promised_adds_up_over_policies_and_over_targets_however_late_it_was_told() {
    for seed in seeds(7) {
        let mut stream = Stream::of(seed);
        let at = stream.whole_minutes(READINGS);
        let arriving = stream.with_late_lines(LATE_PERCENT);
        fail_small(seed, &arriving, &stream.settings, |lines| {
            replay(lines, &stream.settings, &at, 1).iter().find_map(promises_are_off)
        });
    }
}

/// The first place where the parts of `sla_attainment` are not the whole.
fn promises_are_off(report: &Value) -> Option<String> {
    let queues = report["queues"].as_object().expect("queues by name").values();
    let windows = queues.chain([&report["total"]]).flat_map(|place| place["windows"].as_object());
    windows.flat_map(|windows| windows.values()).find_map(|window| {
        let (whole, by) = (&window["sla_attainment"], &window["sla_attainment_by"]);
        let side = |of: &Value, side: &str| of[side].as_u64().unwrap_or(0);
        let sum = |by: &Value, name: &str| {
            by.as_object().map_or(0, |parts| parts.values().map(|part| side(part, name)).sum())
        };
        let is_off = ["numerator", "denominator"].into_iter().any(|name| {
            ["policy", "target", "channel"].into_iter().any(|by_what| sum(&by[by_what], name) != side(whole, name))
        });
        let is_more_than_all = side(whole, "numerator") > side(whole, "denominator");
        (is_off || is_more_than_all).then(|| format!("{whole} is not {by}"))
    })
}

#[test]
fn service_level_is_that_of_the_configured_preset_in_every_queue_and_window() {
    for seed in seeds(5) {
        let mut stream = Stream::of(seed);
        let at = stream.whole_minutes(READINGS);
        let arriving = stream.with_late_lines(LATE_PERCENT);
        let preset = stream.settings.preset;
        fail_small(seed, &arriving, &stream.settings, |lines| {
            replay(lines, &stream.settings, &at, 1).iter().find_map(|report| is_of_other_preset(report, preset))
        });
    }
}

/// The first place where `service_level` is not what the preset reads.
fn is_of_other_preset(report: &Value, preset: &str) -> Option<String> {
    let queues = report["queues"].as_object().expect("queues by name").iter();
    let places = queues.map(|(name, queue)| (name.as_str(), queue)).chain([("total", &report["total"])]);
    places.flat_map(|(name, place)| levels(name, place)).find_map(|(place, level)| {
        let of_preset = &level["presets"][preset];
        let differs = ["met", "counted", "ratio"].iter().any(|side| level[*side] != of_preset[*side]);
        differs.then(|| format!("at {}, {place}: {level}, not as {preset}", report["at"]))
    })
}

/// Every service level of a queue or the total: of each window, whole and by channel.
fn levels<'a>(name: &'a str, place: &'a Value) -> impl Iterator<Item = (String, &'a Value)> {
    let windows = place["windows"].as_object().expect("windows by name").iter();
    windows.flat_map(move |(window, figures)| {
        let channels = figures["service_level_by"]["channel"].as_object().into_iter().flatten();
        let by_channel = channels.map(move |(channel, level)| (format!("{name} {window} {channel}"), level));
        by_channel.chain([(format!("{name} {window}"), &figures["service_level"])])
    })
}
