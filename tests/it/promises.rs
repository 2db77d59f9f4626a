//! Promises beyond what scenarios tell: edits of policies and calendars under state that lives on, counters, metrics, and many deadlines
//! at a time.

use std::sync::Arc;

use contactpulse::budget::{Budget, Limits};
use contactpulse::config::Config;
use contactpulse::kpi::PromiseNow;
use contactpulse::measure::SlaResult;
use contactpulse::rules::{Rules, Window};
use contactpulse::shard::Shard;
use contactpulse::time::{EventTime, Span};
use contactpulse::view::{Ask, View};
use contactpulse::window::Field;
use contactpulse::wire;
use serde_json::json;

use crate::intervals::run;

fn rules(text: &str) -> Arc<Rules> {
    Arc::new(Config::parse("centre", text, &[]).unwrap_or_else(|error| panic!("{error}")).rules)
}

/// A policy that promises a resolution so soon.
fn resolution(within: &str) -> String {
    format!("[[sla]]\nname = \"gold\"\ntargets.resolution = {within}\n")
}

fn at(time: &str) -> EventTime {
    EventTime::parse(&format!("2026-03-02T{time}Z")).unwrap()
}

fn tell(shard: &mut Shard, time: &str, kind: &str, ticket: &str) {
    let id = format!("{time} {kind} {ticket}");
    let mut event =
        json!({ "id": id, "type": format!("ticket.{kind}"), "time": at(time).to_string(), "ticket_id": ticket });
    if kind == "created" {
        event["queue"] = "sales".into();
    }
    let line = event.to_string();
    let decoded = wire::decode(Some(line.as_bytes())).unwrap();
    shard.apply(decoded.event().unwrap(), None);
}

/// The shard under other rules, as a later owner of its partition has it.
fn handed_over(shard: &Shard, rules: &Arc<Rules>) -> Shard {
    let mut bytes = Vec::new();
    shard.write_to(&mut bytes).unwrap();
    let (shard, rest) = Shard::read_from(&bytes, rules.clone(), &Budget::new(&Limits::default())).unwrap();
    assert!(rest.is_empty());
    shard
}

fn view(shard: &Shard, moment: EventTime) -> View {
    shard.view(&Ask { at: moment, windows: vec![Window::All], open: false, agents: false })
}

/// What is so of the only promise in the queue.
fn now(shard: &Shard, time: &str) -> PromiseNow {
    let view = view(shard, at(time));
    view.queues["sales"]["email"].now.promises.first().map(|(_, now)| *now).unwrap_or_default()
}

fn results(shard: &Shard) -> Vec<(SlaResult, u64)> {
    let counters = shard.counters().queues().flat_map(|(_, own)| own.promises.iter());
    counters.map(|((.., result), count)| (*result, *count)).collect()
}

#[test]
fn an_edit_of_a_policy_moves_what_is_open_and_leaves_what_is_decided() {
    let (long, short) = (rules(&resolution("\"8h\"")), rules(&resolution("\"2h\"")));
    let mut shard = Shard::new(short.clone());
    tell(&mut shard, "08:00:00", "created", "broken");
    tell(&mut shard, "10:30:00", "created", "open");
    shard.settle(at("10:30:00"));
    let shard = handed_over(&shard, &long);
    let minutes = |minutes: i64| Some(Span::from_seconds(60 * minutes));
    let expected = PromiseNow { open: 1, at_risk: 0, breached_open: 1, next_deadline: minutes(8 * 60 - 30) };
    assert_eq!(now(&shard, "11:00:00"), expected, "what was broken at 10:00 stays so");
    let shard = handed_over(&shard, &short);
    assert_eq!(now(&shard, "11:00:00").next_deadline, minutes(90));
}

#[test]
fn an_edit_takes_back_what_was_booked_and_is_not_final_yet() {
    let (long, short) = (rules(&resolution("\"8h\"")), rules(&resolution("\"2h\"")));
    let mut shard = Shard::new(short);
    tell(&mut shard, "08:29:50", "created", "edge");
    tell(&mut shard, "10:29:55", "escalated", "edge");
    tell(&mut shard, "10:30:00", "created", "other");
    let breached =
        |shard: &Shard, time: &str| view(shard, at(time)).queues["sales"]["email"].tallies[0].total(Field::SlaBreached);
    assert_eq!(breached(&shard, "10:30:00"), 1);
    let mut shard = handed_over(&shard, &long);
    assert_eq!(breached(&shard, "10:30:00"), 0);
    tell(&mut shard, "10:40:00", "escalated", "other");
    shard.settle(at("10:40:00"));
    assert_eq!((breached(&shard, "10:40:00"), results(&shard)), (0, Vec::new()));
    assert_eq!(breached(&shard, "16:29:50.001"), 1, "at its own time");
}

#[test]
fn an_edit_of_a_calendar_moves_deadlines_on_the_business_clock() {
    let with_hours = |hours: &str| {
        let calendar = format!("[[calendar]]\nname = \"office\"\nhours = {{ mon-sun = [\"{hours}\"] }}\n");
        let queue = "[[queue]]\nname = \"sales\"\nchannels = [\"email\"]\ncalendar = \"office\"\n";
        rules(&format!("{calendar}{queue}{}", resolution("{ within = \"4h\", clock = \"business\" }")))
    };
    let mut shard = Shard::new(with_hours("09:00-17:00"));
    tell(&mut shard, "15:00:00", "created", "t1");
    let hours = |hours: i64| Some(Span::from_seconds(3_600 * hours));
    assert_eq!(now(&shard, "15:00:00").next_deadline, hours(20));
    let shard = handed_over(&shard, &with_hours("09:00-18:00"));
    assert_eq!(now(&shard, "15:00:00").next_deadline, hours(19));
}

#[test]
fn counters_take_each_promise_once_and_what_was_called_broken_too_soon_apart() {
    let mut shard = Shard::new(rules(&resolution("\"1h\"")));
    for ticket in ["kept", "late", "broken"] {
        tell(&mut shard, "09:00:00", "created", ticket);
    }
    tell(&mut shard, "09:30:00", "resolved", "kept");
    shard.settle(at("11:00:00"));
    assert_eq!(results(&shard), [(SlaResult::Met, 1), (SlaResult::Breached, 2)]);
    tell(&mut shard, "11:00:00", "created", "other");
    tell(&mut shard, "09:50:00", "resolved", "late");
    tell(&mut shard, "09:30:00", "resolved", "kept");
    shard.settle(at("11:30:00"));
    assert_eq!(results(&shard), [(SlaResult::Met, 1), (SlaResult::Breached, 2), (SlaResult::Reversed, 1)]);
    let mut shard = handed_over(&shard, &rules(&resolution("\"1h\"")));
    shard.settle(at("11:40:00"));
    assert_eq!(results(&shard), [], "an earlier owner has counted them");
}

#[test]
fn ten_thousand_deadlines_of_one_second_show_within_that_second() {
    const TICKETS: i64 = 30_000;
    let mut shard = Shard::new(rules(&resolution("\"1h\"")));
    let begins = at("09:00:00");
    for number in 0..TICKETS {
        let time = (begins + Span::from_millis(number / 10)).as_millis(); // ten a millisecond
        let line = json!({ "id": number.to_string(), "type": "ticket.created", "time": time, "ticket_id": format!("t{number}"), "queue": "sales" });
        let line = line.to_string();
        shard.apply(wire::decode(Some(line.as_bytes())).unwrap().event().unwrap(), None);
    }
    let breached = |shard: &Shard, ms: i64| {
        let view = view(shard, begins + Span::from_millis(3_600_000 + ms));
        let series = &view.queues["sales"]["email"];
        (series.now.promises[0].1.breached_open, series.tallies[0].total(Field::SlaBreached))
    };
    assert_eq!([0, 1_000, 2_000, 3_000].map(|ms| breached(&shard, ms).0), [0, 10_000, 20_000, 30_000]);
    assert_eq!(breached(&shard, 1_000).1, 10_000, "and are booked by then");
    shard.settle(begins + Span::from_seconds(4_000));
    assert_eq!(results(&shard), [(SlaResult::Breached, 30_000)]);
}

#[test]
fn what_may_be_promised_is_on_metrics_from_the_start_and_only_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let config = path(
        "centre.toml",
        "[[queue]]\nname = \"mail\"\nchannels = [\"email\"]\n[[queue]]\nname = \"calls\"\n\
         [[sla]]\nname = \"gold\"\ntargets = { first_reply = \"1h\", answer = \"1m\" }\n",
    );
    let log = path(
        "log.jsonl",
        "{\"id\":\"1\",\"type\":\"ticket.created\",\"time\":\"2026-03-02T09:00:00Z\",\"ticket_id\":\"t\",\"queue\":\"mail\"}\n",
    );
    let (code, text, said) = run(&["replay", "--input", &log, "--config", &config, "--format", "prometheus"]);
    assert_eq!(code, Some(0), "{said}");
    let of = |queue: &str, channel: &str, target: &str| {
        format!("{{queue=\"{queue}\",channel=\"{channel}\",policy=\"gold\",target=\"{target}\"")
    };
    let (mail, calls) = (of("mail", "email", "first_reply"), of("calls", "voice", "answer"));
    for line in [
        format!("contactpulse_sla_open{mail}}} 1"),
        format!("contactpulse_sla_open{calls}}} 0"),
        format!("contactpulse_sla_next_deadline_seconds{mail}}} 3600"),
        format!("contactpulse_sla_targets_total{calls},result=\"breached\"}} 0"),
        "contactpulse_window_sla_attainment_denominator{queue=\"calls\",channel=\"voice\",window=\"30m\"} 0".to_owned(),
    ] {
        assert!(text.lines().any(|own| own == line), "{line}");
    }
    assert!(!text.contains(&of("mail", "email", "answer")) && !text.contains(&of("calls", "voice", "first_reply")));
    assert!(!text.contains(&format!("contactpulse_sla_next_deadline_seconds{calls}")), "no clock runs");
}
