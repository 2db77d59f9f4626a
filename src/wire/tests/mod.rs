//! The contract of the wire, clause by clause: `events` holds what is read, `rejections` what is not, `envelopes` and `headers` the
//! two modes of CloudEvents, `random` and `shapes` what must be so for any input, `scans` that
//! the fast way reads what serde_json reads.

mod envelopes;
mod events;
mod headers;
mod random;
mod rejections;
mod scans;
mod shapes;
mod subjects;

use std::borrow::Cow;

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::event::{
    AbandonCause, Author, Body, CallbackResult, ContactEvent, Direction, FlowCause, MissCause, QueueState, Role,
    Snapshot, TYPES, Text, What,
};
use crate::limits::{CHANNEL_BYTES_MAX, NAME_BYTES_MAX, REASON_BYTES_MAX};
use crate::time::EventTime;

/// The smallest event of a type that has every field that any type requires.
fn plain(type_name: &str) -> Map<String, Json> {
    let fields = json!({
        "id": "e-1", "type": type_name, "time": 1_000, "contact_id": "c-1", "queue": "sales", "agent": "ana",
        "author": "bot", "result": "reached", "state": "open", "source": "pbx", "ticket_id": "t-1", "status": "open",
        "kind": "csat", "score": 4.5, "points": 8, "max_points": 10,
    });
    fields.as_object().unwrap().clone()
}

fn with(type_name: &str, field: &str, value: impl Into<Json>) -> String {
    let mut fields = plain(type_name);
    fields.insert(field.into(), value.into());
    Json::Object(fields).to_string()
}

/// An otherwise good `contact.queued` that ends in these bytes of JSON.
fn queued_and(rest: &str) -> String {
    format!(r#"{{"id":"e","type":"contact.queued","time":1,"contact_id":"c","queue":"q",{rest}}}"#)
}

fn read(line: &str) -> Result<Decoded<'_>, Rejected> {
    read_bytes(line.as_bytes())
}

fn read_bytes(line: &[u8]) -> Result<Decoded<'_>, Rejected> {
    decode(Some(line))
}

#[track_caller]
fn event(line: &str) -> Event<'_> {
    match read(line) {
        Ok(Decoded::Event(event)) => event,
        other => panic!("{line} is {other:?}"),
    }
}

/// What happened to a contact.
#[track_caller]
fn contact(line: &str) -> ContactEvent<'_> {
    match event(line).body {
        Body::Contact(contact) => contact,
        other => panic!("{line} is {other:?}"),
    }
}

#[track_caller]
fn rejected(line: &str) -> Rejected {
    read(line).expect_err(line)
}

#[track_caller]
fn assert_refused(line: &str, reason: &str, field: &str) {
    let rejected = rejected(line);
    assert_eq!(rejected.reason(), reason, "{line}: {rejected}");
    assert!(rejected.to_string().contains(&format!("field `{field}`")), "{line}: {rejected}");
}
