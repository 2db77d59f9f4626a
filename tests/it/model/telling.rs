//! A notation for hand-computed cases: what happened, and the figures that it must give.
//!
//! ```text
//! 00:12  c1  answered  agent=ann          (minutes and seconds past nine; 2d03:00:00 is two days and three hours later)
//! 00:20  t1  ticket.created  queue=sales  (without its family a type is a contact's)
//! 00:30  t1  survey.sent                  (of the ticket, since its name begins with t)
//! 00:40  ann agent.state_changed  state=available
//! sales  15m  speed_of_answer.max  12     (queue, window or `now`, figure, value; `@ann` is an agent, `total` all queues)
//! odd    all  alerted_twice        1      (an anomaly)
//! ```

use serde_json::{Value, json};

use super::naive::report;
use super::{DAY, HOUR, SECOND, Settings};

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
        let expected: Value = serde_json::from_str(expected).expect("a number, a word in quotes or null");
        assert!(is_same(got, &expected), "at {at}: {line}, not {got}\n{events}");
    }
}

/// Numbers to the millionth: some are the roots of others.
fn is_same(got: &Value, expected: &Value) -> bool {
    match (got.as_f64(), expected.as_f64()) {
        (Some(got), Some(expected)) => (got - expected).abs() < 1e-6,
        _ => got == expected,
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
    let mut word = || words.next().expect("time, whose and type");
    let (time, whose, what) = (NINE + clock(word()), word(), word());
    let named = if what.contains('.') { what.to_owned() } else { format!("contact.{what}") };
    let mut event = json!({ "id": format!("e-{n:03}"), "type": named, "time": time });
    event[key(&named, whose)] = json!(whose);
    for (name, value) in words.map(|word| word.split_once('=').expect("a field is name=value")) {
        event[name] = serde_json::from_str(value).unwrap_or(json!(value));
    }
    event
}

/// The field that says whose the event is.
fn key(type_name: &str, whose: &str) -> &'static str {
    match type_name.split('.').next() {
        Some("ticket") => "ticket_id",
        Some("agent") => "agent",
        Some("survey" | "quality") if whose.starts_with('t') => "ticket_id",
        _ => "contact_id",
    }
}

/// `minutes:seconds`, `hours:minutes:seconds`, or days and these: `2d03:00:00`.
pub fn clock(text: &str) -> i64 {
    let number = |text: &str| text.parse::<i64>().expect("a number");
    let (days, rest) = text.split_once('d').unwrap_or(("0", text));
    let seconds = rest.split(':').fold(0, |total, part| total * 60 + number(part));
    number(days) * DAY + seconds * SECOND
}
