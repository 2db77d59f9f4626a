//! A lost event is seen: every event of every kind of life is left out in turn.
//!
//! **How to read the table.** A life a paragraph. Behind each event stands what tells that it was lost: an anomaly by its kind,
//! `expired`, `wrap_timeout` or `given_up` (a callback); or, in quotes, the sentence of the contract that makes what is left a life
//! of its own, which nobody can tell from one that happened so.

use serde_json::Value;

use crate::laws::is_open;
use crate::model::lives::Stream;
use crate::model::script::KINDS;
use crate::model::telling::{NINE, told};
use crate::model::{HOUR, Settings};
use crate::program::{drift, read, replay};

const LIVES: &str = r#"
    00:00 c queued queue=sales              | "`answered` with no stay open opens a leg and is not `answered` for a queue"
    00:05 c alerting agent=ann              | missed_without_alert
    00:15 c alert_missed agent=ann          | alerted_twice
    00:20 c alerting agent=ann              | "`contact.answered` | agent | a leg begins": no ringing is asked for
    00:25 c answered agent=ann              | held_without_talk
    01:00 c held agent=ann                  | resumed_without_hold
    01:30 c resumed agent=ann               | "`hold_time` | per leg that was held | talk ends": hold may last until then
    02:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    02:30 c wrapped agent=ann               | wrap_timeout

    00:00 c queued queue=sales              | abandoned_without_wait
    00:30 c abandoned                       | expired

    00:00 c queued queue=sales              | "`answered` with no stay open opens a leg and is not `answered` for a queue"
    00:10 c answered agent=ann              | transferred_without_talk
    01:00 c transferred agent=ann           | "`wrapped` while its leg still talks ends talk as well"
    01:00 c queued queue=tech               | "A leg without a stay belongs to the contact's latest queue, else to `__direct__`"
    01:20 c answered agent=bob              | ended_without_talk
    02:00 c ended agent=bob                 | "`wrapped` while its leg still talks ends talk as well"
    02:10 c wrapped agent=ann               | wrap_timeout
    02:20 c wrapped agent=bob               | wrap_timeout

    00:00 c queued queue=sales              | flowed_out_without_wait
    00:30 c flowed_out queue=sales cause=overflow | "Queued into another queue while waiting ends the earlier stay as `flowed_out`, cause `overflow`"
    00:30 c queued queue=tech               | abandoned_without_wait
    01:00 c abandoned                       | expired

    00:00 c queued queue=sales              | "`contact.queued` | a stay begins; with `also` a further queue at the same time": it may be the first
    00:05 c queued queue=tech also=true     | "`answered` without `queue`, or naming a queue that is not waited in, answers the oldest stay"
    00:20 c answered agent=ann queue=tech   | ended_without_talk
    01:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    01:10 c wrapped agent=ann               | wrap_timeout

    00:00 c queued queue=sales              | "`answered` with no stay open opens a leg and is not `answered` for a queue"
    00:10 c answered agent=ann              | after_the_end
    00:40 c answered agent=bob role=consult | ended_without_talk
    00:50 c answered agent=cem role=monitor | ended_without_talk
    01:00 c ended agent=bob                 | "`wrapped` while its leg still talks ends talk as well"
    01:10 c wrapped agent=bob               | "a consult's or monitor's wrap limit is no `wrap_timeout`"
    01:20 c ended agent=cem                 | "`wrapped` while its leg still talks ends talk as well"
    01:25 c wrapped agent=cem               | "a consult's or monitor's wrap limit is no `wrap_timeout`"
    02:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    02:10 c wrapped agent=ann               | wrap_timeout

    00:00 c queued queue=sales direction=outbound | "`answered` with no stay open opens a leg and is not `answered` for a queue"
    00:10 c answered agent=ann              | ended_without_talk
    01:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    01:10 c wrapped agent=ann               | wrap_timeout

    00:00 c alerting agent=ann              | abandoned_without_wait
    00:20 c abandoned                       | "Ringing does not keep a contact from being over": nothing was open

    00:00 c queued queue=sales channel=chat | "`answered` with no stay open opens a leg and is not `answered` for a queue"
    00:02 c message author=customer         | "oldest unanswered customer message to the next agent message": there is one message less
    00:10 c answered agent=ann              | ended_without_talk
    00:20 c message author=agent agent=ann  | "queued (or handed over) to the first agent message": the next one is the first
    00:40 c message author=customer         | "oldest unanswered customer message to the next agent message": there is one message less
    00:50 c message author=agent agent=ann  | "oldest unanswered customer message to the next agent message": none may come
    01:00 c updated reason=invoice          | "`contact.updated` | what became known later"
    02:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    02:10 c wrapped agent=ann               | wrap_timeout

    00:00 c queued queue=sales              | flowed_out_without_wait
    00:20 c callback_requested queue=sales  | callback_not_requested
    00:20 c flowed_out queue=sales cause=callback | "`answered`: stays that ended with an answer": it waited on
    05:00 c callback_attempted result=no_answer | "requested and not reached yet": an attempt that reached nobody changes nothing
    09:00 c callback_attempted result=reached | given_up
    09:00 c answered agent=ann              | ended_without_talk
    10:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    10:10 c wrapped agent=ann               | wrap_timeout

    00:00 c callback_requested queue=sales  | callback_not_requested
    05:00 c callback_attempted result=failed | given_up

    00:00 c snapshot queue=sales            | "`answered` with no stay open opens a leg and is not `answered` for a queue"
    00:10 c answered agent=ann              | ended_without_talk
    01:00 c ended agent=ann                 | "`wrapped` while its leg still talks ends talk as well"
    01:10 c wrapped agent=ann               | wrap_timeout

    00:00 c snapshot queue=sales            | abandoned_without_wait
    00:10 c abandoned cause=inactivity      | expired
"#;

/// When every contact of the table is given up under the default settings, and its callback.
const END: i64 = NINE + 14 * HOUR;

#[test]
fn each_event_that_is_lost_is_told_by_what_the_contract_says() {
    for life in LIVES.split("\n\n").filter(|life| !life.trim().is_empty()) {
        let (events, tells): (Vec<&str>, Vec<&str>) = life.lines().filter_map(|line| line.split_once('|')).unzip();
        assert_eq!(oddities(&told(&events.join("\n"))), Vec::<String>::new(), "nothing is lost yet:\n{life}");
        for (lost, tells) in tells.iter().enumerate() {
            let mut lines = told(&events.join("\n"));
            lines.remove(lost);
            is_told(&oddities(&lines), tells.trim(), events[lost]);
            holds_books_and_closes(&lines, &Settings::default(), END);
        }
    }
}

fn is_told(oddities: &[String], tells: &str, lost: &str) {
    if tells.starts_with('"') {
        assert_eq!(oddities, Vec::<String>::new(), "without {lost}, of which the contract says {tells}");
    } else {
        assert!(oddities.iter().any(|odd| odd == tells), "without {lost}: {oddities:?}, not {tells}");
    }
}

/// What the report tells that is odd: anomalies by kind, and what ended by a deadline.
fn oddities(lines: &[Value]) -> Vec<String> {
    let report = replay(lines, &Settings::default(), &[END], 1).remove(0);
    let all = &report["total"]["windows"]["all"];
    let count = |figure: &Value| figure.as_i64().unwrap_or(0);
    let results = &all["callbacks_attempted_by"]["result"];
    let told = count(&results["reached"]) + count(&results["failed"]);
    let failed_by_deadline = [
        ("expired", count(&all["expired"]) > 0),
        ("wrap_timeout", count(&all["wrap_timeout"]) > 0),
        ("given_up", count(&all["callback_success"]["denominator"]) > told),
    ];
    let anomalies = report["events"]["anomalies"].as_object().into_iter().flatten().map(|(kind, _)| kind.clone());
    let by_deadline = failed_by_deadline.into_iter().filter(|(_, is_so)| *is_so).map(|(name, _)| name.to_owned());
    anomalies.chain(by_deadline).collect()
}

#[test]
fn the_table_holds_every_type_of_event_but_a_single_refusal() {
    for kind in contactpulse::event::TYPES.iter().filter_map(|kind| kind.strip_prefix("contact.")) {
        // A contact that was refused has no other event, so that one that is lost leaves no trace.
        let is_there = LIVES.lines().any(|line| line.split_whitespace().nth(2) == Some(kind));
        assert!(is_there || kind == "blocked", "{kind}");
    }
}

#[test]
fn any_event_may_be_lost_of_any_kind_of_life_and_the_books_hold() {
    const LIVES_OF_A_KIND: u64 = 6;
    for (kind, _) in KINDS.iter().enumerate() {
        for seed in 0..LIVES_OF_A_KIND {
            let stream = Stream::of_one_life(kind, seed);
            for lost in 0..stream.lines.len() {
                let mut lines = stream.lines.clone();
                lines.remove(lost);
                holds_books_and_closes(&lines, &stream.settings, stream.end());
            }
        }
    }
}

fn holds_books_and_closes(lines: &[Value], settings: &Settings, end: i64) {
    let moments: Vec<i64> = lines.iter().filter_map(|line| crate::model::time_of(&line["time"])).collect();
    let drifts = read(lines, settings, &[&moments[..], &[end]].concat(), 1, |reading| drift(&reading));
    assert!(drifts.iter().all(|drift| *drift == 0), "the books are off by {drifts:?}:\n{lines:#?}");
    assert_eq!(is_open(lines, settings, end), None, "{lines:#?}");
}
