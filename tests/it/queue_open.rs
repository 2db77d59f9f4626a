//! Whether a queue is open: by what was told of it, else by its calendar; on `/metrics` and in the report.

use std::sync::Arc;

use contactpulse::config::Config;
use contactpulse::counters::Counters;
use contactpulse::export::{self, Scrape};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::{Rules, Window};
use contactpulse::time::EventTime;
use contactpulse::view::View;
use serde_json::{Value, json};

const CONFIG: &str = r#"
[[calendar]]
name = "office"
time_zone = "Europe/Berlin"
hours = { mon-fri = ["08:00-18:00"] }
[[queue]]
name = "sales"
channels = ["voice", "chat"]
calendar = "office"
[[queue]]
name = "emergencies"
[[queue]]
match = "uk-*"
calendar = "office"
"#;

fn rules() -> Rules {
    Config::parse("centre", CONFIG, &[]).unwrap().rules
}

/// A Monday, on which Berlin is an hour ahead.
fn time(clock: &str) -> EventTime {
    EventTime::parse(&format!("2026-03-02T{clock}Z")).unwrap()
}

/// Reads events of these queues at these moments.
fn read<T>(events: &[(&str, &str, &str)], clocks: &[&str], show: impl Fn(&Reading<'_>) -> T) -> Vec<T> {
    let mut shown = Vec::new();
    let moments = clocks.iter().map(|at| time(at)).collect();
    let mut replay = Replay::new(Arc::new(rules()), 3, When::At(moments));
    let mut show = |reading: Reading<'_>| shown.push(show(&reading));
    for (number, (clock, queue, what)) in events.iter().enumerate() {
        let mut event = json!({ "id": number.to_string(), "time": time(clock).to_string(), "queue": queue });
        let more = match *what {
            "queued" => json!({ "type": "contact.queued", "contact_id": number.to_string() }),
            state => json!({ "type": "queue.state_changed", "state": state }),
        };
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        replay.line(event.to_string().as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    shown
}

/// The samples of a family, without its name.
fn samples(metrics: &str, family: &str) -> Vec<String> {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(family)?.strip_prefix('{'));
    lines.map(|line| line.replace("queue=", "").replace("channel=", "").replace(['"', '}'], "")).collect()
}

fn open(reading: &Reading<'_>) -> Vec<String> {
    let metrics = export::text(&Scrape::of(reading.rules, &reading.view, &reading.counters));
    samples(&metrics, "contactpulse_queue_open")
}

#[test]
fn a_configured_queue_is_open_by_its_calendar_at_the_moment_of_reading_and_without_one_always() {
    let shown = read(&[("06:00:00", "uk-new", "queued")], &["06:59:59", "07:00:00"], open);
    assert_eq!(shown[0], ["emergencies,voice 1", "sales,chat 0", "sales,voice 0", "uk-new,voice 0"]);
    assert_eq!(shown[1], ["emergencies,voice 1", "sales,chat 1", "sales,voice 1", "uk-new,voice 1"]);
}

#[test]
fn what_was_told_of_a_queue_goes_over_its_calendar_and_is_all_that_is_known_of_others() {
    let events = [
        ("09:00:00", "sales", "closed"),
        ("09:00:00", "emergencies", "degraded"),
        ("09:00:00", "elsewhere", "queued"),
        ("09:00:00", "uk-quiet", "closed"),
        ("10:00:00", "sales", "open"),
        ("10:00:00", "elsewhere", "closed"),
    ];
    let shown = read(&events, &["09:30:00", "18:00:00"], open);
    assert_eq!(shown[0], ["emergencies,voice 1", "sales,chat 0", "sales,voice 0", "uk-quiet,voice 0"]);
    let evening = ["elsewhere,voice 0", "emergencies,voice 1", "sales,chat 1", "sales,voice 1", "uk-quiet,voice 0"];
    assert_eq!(shown[1], evening);
}

#[test]
fn queues_that_the_config_does_not_know_are_told_from_those_that_it_does() {
    let events =
        [("09:00:00", "elsewhere", "queued"), ("09:00:00", "uk-new", "queued"), ("09:00:00", "uk-told", "open")];
    let shown = read(&events, &["09:30:00"], |reading| {
        let metrics = export::text(&Scrape::of(reading.rules, &reading.view, &reading.counters));
        (samples(&metrics, "contactpulse_queue_configured"), samples(&metrics, "contactpulse_queue_told_open"))
    });
    let configured = ["emergencies,voice 1", "sales,chat 1", "sales,voice 1", "uk-new,voice 1", "uk-told,voice 1"];
    assert_eq!(shown[0].0, configured);
    assert_eq!(shown[0].1, ["uk-told,voice 1"]);
}

#[test]
fn the_report_says_whether_a_queue_is_open_and_nothing_where_nobody_knows() {
    let events = [("09:00:00", "elsewhere", "queued"), ("09:00:00", "emergencies", "closed")];
    let shown = read(&events, &["18:00:00"], |reading| report(&reading.view, reading.books, reading.rules, reading.at));
    let open = |queue: &str| shown[0]["queues"][queue]["now"]["open"].clone();
    assert_eq!(open("sales"), json!(false));
    assert_eq!(open("emergencies"), json!(false));
    assert_eq!(open("elsewhere"), Value::Null);
}

#[test]
fn an_instance_without_partitions_does_not_guess_what_time_it_is() {
    let rules = rules();
    let view = View::new(&rules, &[Window::All]);
    let counters = Counters::new(&rules);
    let metrics = export::text(&Scrape::of(&rules, &view, &counters));
    assert_eq!(samples(&metrics, "contactpulse_queue_open"), ["emergencies,voice 1"]);
}
