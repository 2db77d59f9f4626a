//! The estimated wait of who queues now: when there is one, that partitions add up first, and how far it is off.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contactpulse::export::{self, Scrape};
use contactpulse::kpi::{Staffed, estimated_wait};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::report::report;
use contactpulse::rules::Rules;
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

#[test]
#[ignore = "needs CONTACTPULSE_DATA"]
fn at_the_bank_it_is_nearer_than_the_wait_of_the_head_of_the_line() {
    let (ours, heads) = errors(3);
    println!("off by {ours:.1} s in the mean, the head of the line by {heads:.1} s");
    assert!(ours < 0.96 * heads && ours < 62.0, "off by {ours} s in the mean, the head of the line by {heads} s");
}
