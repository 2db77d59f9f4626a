//! The estimated wait of who queues now: when there is one, that partitions add up first, and how far it is off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contactpulse::estimates::{Error, Estimates};
use contactpulse::export::{self, Scrape};
use contactpulse::kpi::{Staffed, estimated_wait};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::{Rules, Window};
use contactpulse::time::{EventTime, Span};
use serde_json::{Value, json};

use crate::shared_data::bank;

fn time(clock: &str) -> EventTime {
    EventTime::parse(&format!("2026-03-02T{clock}Z")).unwrap()
}

/// Two are answered after 20 s and 40 s, one gives up, and two wait from 09:02:00 and 09:02:30 on.
const STORY: &[(&str, &str, &str)] = &[
    ("09:00:00", "a", "queued"),
    ("09:00:00", "b", "queued"),
    ("09:00:00", "c", "queued"),
    ("09:00:20", "a", "answered"),
    ("09:00:40", "b", "answered"),
    ("09:01:00", "c", "abandoned"),
    ("09:02:00", "d", "queued"),
    ("09:02:30", "e", "queued"),
];

/// Reads the story and what agents of the queue do.
fn read<T>(agents: &[(&str, &str)], shards: usize, clocks: &[&str], show: impl Fn(&Reading<'_>) -> T) -> Vec<T> {
    let mut shown = Vec::new();
    let moments = clocks.iter().map(|at| time(at)).collect();
    let mut replay = Replay::new(Arc::new(Rules::default()), shards, When::At(moments));
    let mut show = |reading: Reading<'_>| shown.push(show(&reading));
    let mut lines: Vec<Value> = STORY.iter().map(|(clock, contact, kind)| {
        json!({ "type": format!("contact.{kind}"), "time": time(clock).to_string(), "contact_id": contact, "queue": "sales", "agent": contact })
    }).collect();
    lines.extend(agents.iter().map(|(clock, state)| {
        json!({ "type": "agent.state_changed", "time": time(clock).to_string(), "agent": "ann", "state": state, "queues": ["sales"] })
    }));
    for (number, line) in lines.iter_mut().enumerate() {
        line["id"] = number.to_string().into();
        replay.line(line.to_string().as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    shown
}

fn estimate(reading: &Reading<'_>) -> Value {
    let report = report(&reading.view, reading.books, reading.rules, reading.at);
    report["queues"]["sales"]["now"]["estimated_wait"].clone()
}

fn exported(reading: &Reading<'_>, is_whole: bool) -> Option<String> {
    let metrics = export::text(&Scrape { is_whole, ..Scrape::of(reading.rules, &reading.view, &reading.counters) });
    let line = metrics.lines().find(|line| line.starts_with("contactpulse_estimated_wait_seconds{"))?;
    line.split(' ').next_back().map(str::to_owned)
}

/// At 09:03 the head waits for 60 s, the last waits were 30 s in the mean, and in 5 minutes 3 left, where 2 wait: 60, 30 and 200 s.
const AT: &str = "09:03:00";
const EXPECTED: f64 = 96.666;

#[test]
fn it_is_the_same_however_many_partitions_the_queue_is_spread_over() {
    for shards in [1, 2, 5] {
        assert_eq!(read(&[], shards, &[AT], estimate), [json!(EXPECTED)], "{shards} shards");
        assert_eq!(read(&[], shards, &[AT], |reading| exported(reading, true)), [Some(EXPECTED.to_string())]);
    }
}

#[test]
fn an_instance_that_owns_a_part_of_the_partitions_shows_none() {
    assert_eq!(read(&[], 1, &[AT], |reading| exported(reading, false)), [None]);
}

#[test]
fn it_is_there_while_somebody_works_for_the_queue_and_gone_once_nobody_does() {
    let agents = [("08:59:00", "available"), ("09:03:00", "break"), ("09:04:00", "after_contact")];
    let shown = read(&agents, 3, &["09:02:59", "09:03:30", "09:04:00"], |reading| {
        (estimate(reading).is_null(), exported(reading, true).is_none())
    });
    assert_eq!(shown, [(false, false), (true, true), (false, false)]);
}

#[test]
fn a_quarter_of_an_hour_after_the_last_answer_only_the_head_is_left_to_go_by() {
    let shown = read(&[], 1, &["09:15:45"], estimate);
    assert_eq!(shown, [Value::Null], "nothing is known of agents, and nobody was answered");
    assert_eq!(read(&[("08:59:00", "available")], 1, &["09:15:45"], estimate), [json!(13.0 * 60.0 + 45.0)]);
}

#[test]
fn what_happened_after_the_moment_is_not_in_it() {
    let early = read(&[], 2, &["09:00:30"], estimate);
    assert_eq!(early, [json!(56.666)], "the head waits for 30 s, one was answered after 20 s, and two wait: 120 s");
}

/// Those who found somebody waiting in their queue and were answered: the moment before they queued, the queue, and the wait.
fn waits(lines: &[Value]) -> Vec<(EventTime, String, Span)> {
    let mut waiting = BTreeMap::<String, BTreeMap<String, (EventTime, bool)>>::new();
    let mut waits = Vec::new();
    for line in lines {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let at = EventTime::parse(&text("time")).unwrap();
        if text("type") == "contact.queued" {
            let queue = waiting.entry(text("queue")).or_default();
            let is_first = queue.is_empty();
            queue.insert(text("contact_id"), (at, !is_first));
            continue;
        }
        for (queue, own) in &mut waiting {
            if let Some((since, true)) = own.remove(&text("contact_id"))
                && text("type") == "contact.answered"
            {
                waits.push((since - Span::from_millis(1), queue.clone(), at - since));
            }
        }
    }
    waits
}

/// Who was answered: when it queued, in which queue, and the wait.
fn answered(events: &[Value]) -> Vec<(EventTime, String, Span)> {
    let mut queued = BTreeMap::<&str, (EventTime, &str)>::new();
    let mut answered = Vec::new();
    for event in events {
        let at = EventTime::parse(event["time"].as_str().unwrap()).unwrap();
        let contact = event["contact_id"].as_str().unwrap();
        match event["type"].as_str().unwrap() {
            "contact.queued" => drop(queued.insert(contact, (at, event["queue"].as_str().unwrap()))),
            "contact.answered" => {
                let own = queued.get(contact).map(|(since, queue)| (*since, (*queue).to_owned(), at - *since));
                answered.extend(own);
            }
            _ => {}
        }
    }
    answered
}

/// How far off the estimates of those were in the mean, in seconds: ours, and the wait of the head of the line.
fn errors(every: usize) -> (f64, f64) {
    let lines: Vec<Value> = bank().iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    let asked: Vec<_> = waits(&lines).into_iter().step_by(every).collect();
    let moments: BTreeSet<EventTime> = asked.iter().map(|(at, ..)| *at).collect();
    let mut estimates = BTreeMap::new();
    let mut show = |reading: Reading<'_>| {
        for (queue, channels) in &reading.view.queues {
            let now = &channels["voice"].now;
            let estimate = estimated_wait(now, Staffed::Unknown).zip(now.longest_wait);
            estimates.insert((reading.at, queue.clone()), estimate);
        }
    };
    let mut replay = Replay::new(Arc::new(Rules::default()), 2, When::At(moments.into_iter().collect()));
    bank().iter().for_each(|line| drop(replay.line(line, &mut show)));
    replay.finish(&mut show);
    let off = |estimate: Span, wait: Span| (estimate - wait).as_seconds().abs();
    let known = asked.into_iter().filter_map(|(at, queue, wait)| {
        let (ours, head) = (*estimates.get(&(at, queue))?)?;
        Some((off(ours, wait), off(head, wait)))
    });
    let known: Vec<(f64, f64)> = known.collect();
    let mean = |sum: f64| sum / known.len() as f64;
    (mean(known.iter().map(|(ours, _)| ours).sum()), mean(known.iter().map(|(_, head)| head).sum()))
}

/// Looks at the centre every 15 s, as a scrape does.
fn watched(lines: &[impl AsRef<[u8]>], look: &mut dyn FnMut(&Reading<'_>)) {
    let every = When::Every(Span::from_seconds(15));
    let mut replay = Replay::new(Arc::new(Rules::default()), 2, every).only(vec![Window::All]);
    let mut look = |reading: Reading<'_>| look(&reading);
    for line in lines {
        replay.line(line.as_ref(), &mut look).unwrap();
    }
    replay.finish(&mut look);
}

/// What is shown after a second caller was answered, looked at every 15 s. It found 5 s estimated, a third of what the first waited, and
/// was answered after 135 s.
pub fn shown_after_an_answer() -> String {
    let call = |id: u32, kind: &str, clock: &str| json!({ "id": format!("{id}{kind}"), "type": format!("contact.{kind}"), "time": time(clock).to_string(), "contact_id": id.to_string(), "queue": "sales", "agent": "ann" });
    let lines = [
        call(1, "queued", "09:00:00"),
        call(1, "answered", "09:00:15"),
        call(2, "queued", "09:00:40"),
        call(2, "answered", "09:02:55"),
        call(3, "queued", "09:04:00"),
    ];
    let (mut estimates, mut shown) = (Estimates::default(), String::new());
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    watched(&lines, &mut |reading| {
        estimates.look(&reading.view, reading.at);
        let scrape =
            Scrape { estimates: Some(&estimates), ..Scrape::of(reading.rules, &reading.view, &reading.counters) };
        shown = export::text(&scrape);
    });
    shown
}

#[test]
fn how_far_off_it_was_is_shown_beside_it_once_somebody_was_answered() {
    let shown = shown_after_an_answer();
    let name = "contactpulse_estimated_wait_error_seconds{queue=\"sales\",channel=\"voice\"} ";
    let error: f64 = shown.lines().find_map(|line| line.strip_prefix(name)).unwrap().parse().unwrap();
    assert!((error - 130.0).abs() < 0.01 * 135.0, "{error}");
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn how_far_off_it_is_at_the_bank_is_what_every_single_wait_says() {
    let is_of = |line: &[u8], day: u32| {
        let time = format!("\"time\":\"1999-02-0{day}");
        line.windows(time.len()).any(|part| part == time.as_bytes())
    };
    let lines: Vec<&Vec<u8>> = bank().iter().filter(|line| (1..=7).any(|day| is_of(line, day))).collect();
    let (mut estimates, mut measured) = (Estimates::default(), Error::default());
    let mut shown = BTreeMap::<String, Vec<(EventTime, Option<Span>)>>::new();
    let mut last = EventTime::MIN;
    watched(&lines, &mut |reading| {
        estimates.look(&reading.view, reading.at);
        for (queue, channels) in &reading.view.queues {
            let estimate = estimated_wait(&channels["voice"].now, Staffed::Unknown);
            shown.entry(queue.clone()).or_default().push((reading.at, estimate));
        }
        if reading.at - last > Span::from_seconds(3_600) {
            measured = estimates.errors().fold(measured, |sum, (.., error)| sum.and(error));
            last = reading.at;
        }
    });
    let (mut count, mut sum) = (0_i64, 0_i64);
    let events: Vec<Value> = lines.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    for (queued, queue, wait) in answered(&events) {
        let own = &shown[&queue];
        let at = own.partition_point(|(at, _)| *at <= queued);
        if let Some(Some(estimate)) = at.checked_sub(1).map(|place| own[place].1) {
            count += 1;
            sum += (estimate - wait).as_millis().abs();
        }
    }
    let (measured_mean, mean) = (measured.mean().as_seconds(), sum as f64 / count as f64 / 1_000.0);
    println!("measured: {measured_mean:.1} s of {}; from every single wait: {mean:.1} s of {count}", measured.count);
    assert!((measured.count - count).abs() * 20 < count, "{} and {count}", measured.count);
    assert!((measured_mean - mean).abs() < 0.03 * mean, "{measured_mean} and {mean}");
}

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn at_the_bank_it_is_nearer_than_the_wait_of_the_head_of_the_line() {
    let (ours, heads) = errors(3);
    println!("off by {ours:.1} s in the mean, the head of the line by {heads:.1} s");
    assert!(ours < 0.96 * heads && ours < 62.0, "off by {ours} s in the mean, the head of the line by {heads} s");
}
