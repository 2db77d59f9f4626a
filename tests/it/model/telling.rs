//! A notation for hand-computed cases: what happened, and the figures that it must give.
//!
//! ```text
//! 00:12  c1  answered  agent=ann          (minutes and seconds past nine)
//! sales  15m  speed_of_answer.max  12     (queue, window or `now`, figure, value; `@ann` is an agent, `total` all queues)
//! odd    all  alerted_twice        1      (an anomaly)
//! ```

use serde_json::{Value, json};

use super::naive::report;
use super::{DAY, HOUR, MINUTE, SECOND, Settings};

/// Nine in the morning of a Monday, UTC.
pub const NINE: i64 = 20_514 * DAY + 9 * HOUR;

/// Asserts that the events give these figures at that time, under the defaults.
pub fn gives(events: &str, at: &str, figures: &str) {
    gives_under(&Settings::default(), events, at, figures);
}

/// Asserts that the events give these figures at that time.
pub fn gives_under(settings: &Settings, events: &str, at: &str, figures: &str) {
    let report = report(&told(events), settings, NINE + clock(at));
    for line in figures.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [place, window, figure, expected] = words[..] else { panic!("four words, not {line:?}") };
        let got = look_up(&report, place, window, figure);
        let expected: Value = serde_json::from_str(expected).expect("a number or null");
        assert_eq!(got.as_f64(), expected.as_f64(), "at {at}: {line}\n{events}");
    }
}

fn look_up<'a>(report: &'a Value, place: &str, window: &str, figure: &str) -> &'a Value {
    if place == "odd" {
        return &report["events"]["anomalies"][figure];
    }
    let place = match place.strip_prefix('@') {
        Some(agent) => &report["agents"][agent],
        None if place == "total" => &report["total"],
        None => &report["queues"][place],
    };
    let window = if window == "now" { &place["now"] } else { &place["windows"][window] };
    figure.split('.').fold(window, |figures, name| &figures[name])
}

/// The events, in the order of their ids.
pub fn told(events: &str) -> Vec<Value> {
    let lines = events.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.enumerate().map(|(n, line)| event(n, line)).collect()
}

fn event(n: usize, line: &str) -> Value {
    let mut words = line.split_whitespace();
    let mut word = || words.next().expect("time, contact and type");
    let (time, contact, what) = (NINE + clock(word()), word(), word());
    let mut event =
        json!({ "id": format!("e-{n:03}"), "type": format!("contact.{what}"), "time": time, "contact_id": contact });
    for (name, value) in words.map(|word| word.split_once('=').expect("a field is name=value")) {
        event[name] = serde_json::from_str(value).unwrap_or(json!(value));
    }
    event
}

fn clock(text: &str) -> i64 {
    let (minutes, seconds) = text.split_once(':').expect("minutes:seconds");
    let number = |text: &str| text.parse::<i64>().expect("a number");
    number(minutes) * MINUTE + number(seconds) * SECOND
}
