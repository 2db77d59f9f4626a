//! The native shape, version 1: one flat JSON object, its fields as the event contract names them. What comes in another shape
//! is made fields of this one first.
//!
//! **Invariant.** A record of a type or version that is not handled is `Unknown` whatever else it holds, as long as it is one JSON
//! object; of one that is handled, the fields common to all events and those of its type are checked, and no others.

use std::borrow::Cow;

use super::cloud_events::{self, Headers};
use super::fields::{Fields, Stopped};
use super::keys::{Key, Keys};
use super::{Decoded, Rejected, agents, check_depth, contacts, feedback, tickets};
use crate::event::{Body, ContactEvent, Event, QueueState, TicketEvent};

/// The version of the contract that is read here; also of records that tell none.
const VERSION: i64 = 1;
/// The fields that tell version and type, wherever they are.
const HEAD: Keys = Keys::of(&[Key::Type, Key::V, Key::SpecVersion, Key::Data]);

/// How what happened is made from the fields that its type has of its own.
#[derive(Clone, Copy)]
enum Build<'a> {
    Contact(contacts::Build<'a>),
    Ticket(tickets::Build<'a>),
    Feedback(feedback::Build),
    Agent,
    QueueState,
    Heartbeat,
}

/// Reads one text that passed the door, with the headers that belong to it.
pub(super) fn decode<'a>(text: &'a str, headers: &Headers<'a>) -> Result<Decoded<'a>, Rejected> {
    let mut fields = Fields::none(cloud_events::kept(headers));
    if !cloud_events::scan(text, headers, &mut fields) {
        check_depth(text)?;
        fields = match cloud_events::read(text, headers, Keys::ALL) {
            Ok(fields) => fields,
            Err(stopped) => return explain(text, headers, &stopped),
        };
    }
    match recognise(&mut fields)? {
        Some(build) => {
            cloud_events::check(&mut fields)?;
            Ok(Decoded::Event(event(&mut fields, build)?))
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
fn recognise<'a>(fields: &mut Fields<'a>) -> Result<Option<Build<'a>>, Rejected> {
    if fields.is_of_other_version(VERSION) || cloud_events::is_of_other_version(fields) {
        return Ok(None);
    }
    let name = fields.text(Key::Type)?.ok_or_else(|| fields.missing(Key::Type))?;
    Ok(build(&name))
}

/// How to build an event of the type of that name.
fn build<'a>(type_name: &str) -> Option<Build<'a>> {
    match type_name.split_once('.')? {
        ("contact", what) => contacts::build(what).map(Build::Contact),
        ("ticket", what) => tickets::build(what).map(Build::Ticket),
        ("survey" | "quality", _) => feedback::build(type_name).map(Build::Feedback),
        ("agent", "state_changed") => Some(Build::Agent),
        ("queue", "state_changed") => Some(Build::QueueState),
        ("source", "heartbeat") => Some(Build::Heartbeat),
        _ => None,
    }
}

fn event<'a>(fields: &mut Fields<'a>, build: Build<'a>) -> Result<Event<'a>, Rejected> {
    let event = Event {
        id: fields.required(Key::Id)?,
        at: fields.time(Key::Time)?.ok_or_else(|| fields.missing(Key::Time))?,
        seq: fields.integer(Key::Seq)?.unwrap_or(0),
        source: fields.name(Key::Source)?,
        body: body(fields, build)?,
    };
    if matches!(build, Build::Heartbeat) && event.source.is_none() {
        return Err(fields.missing(Key::Source));
    }
    check_rest(fields)?;
    Ok(event)
}

fn body<'a>(fields: &mut Fields<'a>, build: Build<'a>) -> Result<Body<'a>, Rejected> {
    Ok(match build {
        Build::Contact(what) => Body::Contact(ContactEvent {
            contact: fields.required(Key::Contact)?,
            channel: fields.name(Key::Channel)?,
            bulk: fields.flag(Key::Bulk)?.unwrap_or(false),
            what: what(fields)?,
        }),
        Build::Ticket(what) => Body::Ticket(TicketEvent {
            ticket: fields.required(Key::Ticket)?,
            channel: fields.name(Key::Channel)?,
            bulk: fields.flag(Key::Bulk)?.unwrap_or(false),
            what: what(fields)?,
            queue: fields.name(Key::Queue)?, // what happened has taken it, where it means something else
        }),
        Build::Feedback(opinion) => feedback::body(fields, opinion)?,
        Build::Agent => agents::body(fields)?,
        Build::QueueState => Body::QueueState {
            queue: fields.required(Key::Queue)?,
            state: fields.required_choice(Key::State, &QueueState::ALL, QueueState::name)?,
        },
        Build::Heartbeat => Body::Heartbeat,
    })
}

/// The fields that every event may have and this one did not use.
fn check_rest(fields: &mut Fields<'_>) -> Result<(), Rejected> {
    for key in [Key::Queue, Key::Agent, Key::Channel, Key::Customer, Key::Priority, Key::Reason] {
        fields.name(key)?;
    }
    fields.texts(Key::Attributes)?;
    fields.check_single(Key::V)
}
