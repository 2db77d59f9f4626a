//! The native shape, version 1: one flat JSON object, its fields as the event contract names them. What comes in another shape
//! is made fields of this one first.
//!
//! **Invariant.** A record of a type or version that is not handled is `Unknown` whatever else it holds, as long as it is one JSON
//! object; of one that is handled, the fields common to all events and those of its type are checked, and no others.

use std::borrow::Cow;

use super::cloud_events::{self, Headers};
use super::fields::{Fields, Kept, Stopped};
use super::keys::{Key, Keys};
use super::{Decoded, Rejected, agents, check_depth, contacts, feedback, tickets};
use crate::event::{Body, Event, QueueState};

/// The version of the contract that is read here; also of records that tell none.
const VERSION: i64 = 1;
/// The fields that tell version and type, wherever they are.
const HEAD: Keys = Keys::of(&[Key::Type, Key::V, Key::SpecVersion, Key::Data]);

/// Makes the body of an event from the fields that its type has of its own.
pub(super) type Build<'a> = fn(&mut Fields<'a>) -> Result<Body<'a>, Rejected>;

/// Reads one text that passed the door, with the headers that belong to it.
pub(super) fn decode<'a>(text: &'a str, headers: &Headers<'a>) -> Result<Decoded<'a>, Rejected> {
    let mut fields = Fields::none(text, Kept::NONE);
    if !cloud_events::scan(headers, &mut fields) {
        check_depth(text)?;
        fields = match cloud_events::read(text, headers, Keys::ALL) {
            Ok(fields) => fields,
            Err(stopped) => return explain(text, headers, &stopped),
        };
    }
    match recognise(&mut fields)? {
        Some(build) => {
            cloud_events::check(&mut fields)?;
            event(&mut fields, build)
        }
        None => Ok(Decoded::Unknown),
    }
}

/// Whether events of the type of that name are handled.
pub(super) fn handles(type_name: &str) -> bool {
    build(type_name).is_some()
}

/// What it means that reading stopped: not JSON, or a value that JSON allows and no text or number can hold.
fn explain<'a>(text: &'a str, headers: &Headers<'a>, stopped: &Stopped) -> Result<Decoded<'a>, Rejected> {
    let why = parser_message(&stopped.error);
    let Some((key, mut head)) = head(text, headers, stopped.at) else {
        return Err(Rejected::NotJson { why });
    };
    match recognise(&mut head)? {
        Some(_) => {
            Err(Rejected::BadValue { field: key.name(), found: why, expected: "a value that can be stored".into() })
        }
        None => Ok(Decoded::Unknown),
    }
}

/// What tells type and version, where only the value of a field could not be read.
fn head<'a>(text: &'a str, headers: &Headers<'a>, unread: Option<Key>) -> Option<(Key, Fields<'a>)> {
    let only = if unread == Some(Key::Data) { HEAD.without(Keys::of(&[Key::Data])) } else { HEAD };
    Some((unread?, cloud_events::read(text, headers, only).ok()?))
}

/// The parser's message where it quotes nothing of the record: it does so only on values of another kind than an object.
fn parser_message(error: &serde_json::Error) -> Cow<'static, str> {
    if error.is_data() { "another kind of JSON value".into() } else { error.to_string().into() }
}

/// How to build the event, if its type and version are handled.
#[inline(always)]
fn recognise<'a>(fields: &mut Fields<'a>) -> Result<Option<Build<'a>>, Rejected> {
    if fields.is_of_other_version(VERSION) || cloud_events::is_of_other_version(fields) {
        return Ok(None);
    }
    let name = fields.text(Key::Type)?.ok_or_else(|| fields.missing(Key::Type))?;
    Ok(build(&name))
}

/// How to build an event of the type of that name.
fn build<'a>(type_name: &str) -> Option<Build<'a>> {
    if let Some(what) = type_name.strip_prefix("contact.") {
        return contacts::build(what);
    }
    if let Some(what) = type_name.strip_prefix("ticket.") {
        return tickets::build(what);
    }
    match type_name {
        "agent.state_changed" => Some(agents::body),
        "queue.state_changed" => Some(queue_state),
        "source.heartbeat" => Some(|_| Ok(Body::Heartbeat)),
        _ => feedback::build(type_name),
    }
}

#[inline]
fn event<'a>(fields: &mut Fields<'a>, build: Build<'a>) -> Result<Decoded<'a>, Rejected> {
    let id = fields.required(Key::Id)?;
    let at = fields.time(Key::Time)?.ok_or_else(|| fields.missing(Key::Time))?;
    let seq = fields.integer(Key::Seq)?.unwrap_or(0);
    let source = fields.name(Key::Source)?;
    let body = build(fields);
    if let Ok(body) = &body {
        if matches!(body, Body::Heartbeat) && source.is_none() {
            return Err(fields.missing(Key::Source));
        }
        check_rest(fields)?;
    }
    match body {
        Ok(body) => Ok(Decoded::Event(Event { id, at, seq, source, body })), // the one move of what is large
        Err(rejected) => Err(rejected),
    }
}

fn queue_state<'a>(fields: &mut Fields<'a>) -> Result<Body<'a>, Rejected> {
    Ok(Body::QueueState {
        queue: fields.required(Key::Queue)?,
        state: fields.required_choice(Key::State, &QueueState::ALL, QueueState::name)?,
    })
}

/// The fields that every event may have and this one did not use.
#[inline]
fn check_rest(fields: &mut Fields<'_>) -> Result<(), Rejected> {
    for key in [Key::Queue, Key::Agent, Key::Channel, Key::Customer, Key::Priority, Key::Reason] {
        fields.check_name(key)?;
    }
    fields.texts(Key::Attributes)?;
    fields.check_single(Key::V)
}
