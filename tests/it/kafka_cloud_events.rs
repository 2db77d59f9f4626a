//! CloudEvents on a real Kafka broker: the shape in which calls are told makes no difference to what is shown.

use std::collections::{BTreeMap, BTreeSet};

use contactpulse::rules::Rules;
use contactpulse::simulate::{Settings, centre};
use contactpulse::time::EventTime;
use contactpulse::wire::route_key;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use serde_json::{Map, Value, json};

use crate::kafka::{await_read, config, replayed, sums};
use crate::replay_laws::reports;
use crate::support::{KafkaBroker, Service};

const EVENTS: [&str; 7] = ["read", "applied", "duplicate", "late", "unknown", "rejected", "anomalies"];
const ATTRIBUTES: [&str; 4] = ["id", "type", "time", "source"];

/// A record before it is sent.
struct Message {
    key: String,
    value: Option<String>,
    headers: OwnedHeaders,
}

impl Message {
    fn record<'a>(&'a self, topic: &'a str) -> BaseRecord<'a, str, str> {
        let mut record = BaseRecord::to(topic).key(&*self.key).headers(self.headers.clone());
        record.payload = self.value.as_deref();
        record
    }
}

/// How an event is made a record: its key and its fields go in.
type Shape = fn(String, Map<String, Value>) -> Message;

fn native(key: String, fields: Map<String, Value>) -> Message {
    Message { key, value: Some(json!(fields).to_string()), headers: OwnedHeaders::new() }
}

fn structured(key: String, fields: Map<String, Value>) -> Message {
    let (attributes, data) = split(fields);
    let mut envelope = Map::from_iter([("data".to_owned(), json!(data)), ("specversion".to_owned(), json!("1.0"))]);
    envelope.extend(attributes);
    let media_type = Header { key: "content-type", value: Some("application/cloudevents+json") };
    Message { key, value: Some(json!(envelope).to_string()), headers: OwnedHeaders::new().insert(media_type) }
}

fn binary(key: String, fields: Map<String, Value>) -> Message {
    let (attributes, data) = split(fields);
    let headers = attributes.iter().fold(headers(&[("ce_specversion", b"1.0")]), |headers, (name, value)| {
        headers.insert(Header { key: &format!("ce_{name}"), value: Some(value.as_str().unwrap()) })
    });
    Message { key, value: Some(json!(data).to_string()), headers }
}

/// The attributes of an envelope, and the rest.
fn split(fields: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    fields.into_iter().partition(|(name, _)| ATTRIBUTES.contains(&name.as_str()))
}

fn headers(headers: &[(&str, &[u8])]) -> OwnedHeaders {
    headers
        .iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(*value) }))
}

fn simulated() -> Vec<Vec<u8>> {
    let start = EventTime::parse("2026-03-02T08:00:00Z").unwrap();
    let settings = Settings { contacts: Some(300), repeats: 0.0, ..Settings::new(8, start, 0.5) };
    centre(settings).map(|sent| sent.record.into_bytes()).collect()
}

/// The lines as messages, in these shapes in turn.
fn shaped(lines: &[Vec<u8>], shapes: &[Shape]) -> Vec<Message> {
    let message = |(line, shape): (&Vec<u8>, &Shape)| {
        let key = route_key(line).unwrap_or_default(); // queues and feeds have none
        let mut fields: Map<String, Value> = serde_json::from_slice(line).unwrap();
        fields.insert("source".to_owned(), json!("pbx"));
        shape(key, fields)
    };
    lines.iter().zip(shapes.iter().cycle()).map(message).collect()
}

/// What a service shows that has read these messages, and nothing else, from a topic of this name.
fn report_of(topic: &str, messages: &[Message]) -> Value {
    let broker = KafkaBroker::shared();
    broker.create_topic(topic, 3);
    broker.send(messages.iter().map(|message| message.record(topic)));
    let service = Service::start(&config(&broker.bootstrap(), topic), &["--set", "export.agents=on"]);
    await_read(&[&service], messages.len()).remove(0)
}

/// What does not depend on when it was sent and is looked at, in pieces with names.
fn lasting(report: &Value) -> BTreeMap<String, Value> {
    let figures = |part: &'static str| {
        let of = report[part].as_object().unwrap().iter();
        of.map(move |(name, figures)| (format!("{part} {name}"), without_offline(&figures["windows"]["all"])))
    };
    let feeds = report["feeds"].as_object().unwrap().iter();
    let feeds = feeds.map(|(name, feed)| (format!("feed {name}"), feed["last_event"].clone()));
    let events = EVENTS.into_iter().map(|name| (name.to_owned(), report["events"][name].clone()));
    figures("queues").chain(figures("agents")).chain(feeds).chain(events).collect()
}

/// Agents who went home are offline for as long as nobody looks.
fn without_offline(figures: &Value) -> Value {
    let mut figures = figures.clone();
    if let Some(states) = figures.get_mut("state_seconds").and_then(Value::as_object_mut) {
        states.remove("offline");
    }
    figures
}

/// The names of what is in only one of them, or not the same in both.
fn differences(one: &Value, other: &Value) -> BTreeSet<String> {
    let (one, other) = (lasting(one), lasting(other));
    let names = one.keys().chain(other.keys());
    names.filter(|name| one.get(*name) != other.get(*name)).cloned().collect()
}

#[test]
fn the_same_calls_in_three_shapes_and_in_a_mix_of_them_give_the_same_report() {
    let lines = simulated();
    let right = report_of("shape-native", &shaped(&lines, &[native]));
    assert_eq!(right["events"]["applied"], lines.len());
    assert_eq!(sums([&right]), sums([&replayed(&lines)]));
    let shapes: [(&str, &[Shape]); 3] = [
        ("shape-structured", &[structured]),
        ("shape-binary", &[binary]),
        ("shape-mixed", &[binary, native, structured]),
    ];
    for (topic, shapes) in shapes {
        let report = report_of(topic, &shaped(&lines, shapes));
        assert_eq!(differences(&report, &right), BTreeSet::new(), "{topic}");
    }
}

#[test]
fn a_file_of_envelopes_gives_the_report_of_the_events_in_them() {
    let lines = simulated();
    let at = EventTime::parse("2027-01-01T00:00:00Z").unwrap();
    let report = |shape: Shape| {
        let values = shaped(&lines, &[shape]).into_iter().map(|message| message.value.unwrap().into_bytes());
        reports(&values.collect::<Vec<_>>(), Rules::default(), 4, &[at]).remove(0)
    };
    assert_eq!(report(structured), report(native));
}

#[test]
fn headers_tell_of_an_event_without_a_value_and_a_fault_in_them_stops_nothing() {
    let time = ("ce_time", &b"2026-03-02T08:00:00Z"[..]);
    let heartbeat = [("ce_type", &b"source.heartbeat"[..]), ("ce_source", b"pbx"), ("ce_id", b"e-1"), time];
    let message = |value: Option<&str>, told: &[(&str, &[u8])]| Message {
        key: "k".to_owned(),
        value: value.map(str::to_owned),
        headers: headers(told),
    };
    let messages = [
        message(None, &[]),
        message(None, &heartbeat),
        message(Some("\u{1}avro"), &[("ce_specversion", b"1.0"), ("ce_type", b"com.example.other")]),
        message(Some("{}"), &[("ce_type", b"source.heartbeat"), ("ce_source", b"pbx"), ("ce_id", b"\xff"), time]),
        message(
            None,
            &[("ce_type", b"source.heartbeat"), ("ce_source", b"pbx"), ("ce_id", b"e-2"), ("ce_time", b"noon")],
        ),
        message(None, &[("ce_id", b"x"), ("ce_id", b"e-3"), heartbeat[0], heartbeat[1], time]),
    ];
    let report = report_of("shape-headers", &messages);
    let events = ["applied", "unknown", "rejected"].map(|name| report["events"][name].clone());
    assert_eq!(events[..2], [json!(2), json!(1)]);
    let rejected: Map<String, Value> = events[2]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, count)| **count != 0)
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    assert_eq!(json!(rejected), json!({"tombstone": 1, "bad_value": 1, "bad_time": 1}));
    assert_eq!(report["feeds"]["pbx"]["last_event"], "2026-03-02T08:00:00Z");
}
