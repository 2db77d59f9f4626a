//! The native shape, version 1: one flat JSON object, its fields as the event contract names them.
//!
//! **Invariant.** A record of a type or version that is not handled is `Unknown` whatever else it holds, as long as it is one JSON
//! object; of one that is handled, the fields common to all events and those of its type are checked, and no others.

use std::borrow::Cow;

use super::fields::{Fields, Key, Stopped};
use super::{Decoded, Rejected};
use crate::event::{Direction, Event, FlowCause, Role, What};

/// The version of the contract that is read here; also of records that tell none.
const VERSION: i64 = 1;

/// Makes what happened from the fields that its type has of its own.
type Build<'a> = fn(&mut Fields<'a>) -> Result<What<'a>, Rejected>;

/// Reads one text that passed the door.
pub(super) fn decode(text: &str) -> Result<Decoded<'_>, Rejected> {
    let mut fields = match Fields::read(text) {
        Ok(fields) => fields,
        Err(stopped) => return explain(text, &stopped),
    };
    match recognise(&mut fields)? {
        Some(build) => Ok(Decoded::Event(event(&mut fields, build)?)),
        None => Ok(Decoded::Unknown),
    }
}

/// What it means that reading stopped: not JSON, or a value that JSON allows and no text or number can hold.
fn explain<'a>(text: &'a str, stopped: &Stopped) -> Result<Decoded<'a>, Rejected> {
    let why = parser_message(&stopped.error);
    let (Some(key), Ok(mut head)) = (stopped.at, Fields::read_head(text)) else {
        return Err(Rejected::NotJson { why });
    };
    match recognise(&mut head)? {
        Some(_) => {
            Err(Rejected::BadValue { field: key.name(), found: why, expected: "a value that can be stored".into() })
        }
        None => Ok(Decoded::Unknown),
    }
}

/// The parser's message where it quotes nothing of the record: it does so only on values of another kind than an object.
fn parser_message(error: &serde_json::Error) -> Cow<'static, str> {
    if error.is_data() { "another kind of JSON value".into() } else { error.to_string().into() }
}

/// How to build the event, if its type and version are handled.
fn recognise<'a>(fields: &mut Fields<'a>) -> Result<Option<Build<'a>>, Rejected> {
    if fields.is_of_other_version(VERSION) {
        return Ok(None);
    }
    let name = fields.text(Key::Type)?.ok_or(Rejected::MissingField { field: Key::Type.name() })?;
    Ok(build(&name))
}

/// How to build an event of the type of that name.
fn build<'a>(type_name: &str) -> Option<Build<'a>> {
    match type_name {
        "contact.queued" => Some(queued),
        "contact.answered" => Some(answered),
        "contact.held" => Some(|fields| Ok(What::Held { agent: fields.name(Key::Agent)? })),
        "contact.resumed" => Some(|fields| Ok(What::Resumed { agent: fields.name(Key::Agent)? })),
        "contact.transferred" => Some(|fields| Ok(What::Transferred { agent: fields.name(Key::Agent)? })),
        "contact.flowed_out" => Some(flowed_out),
        "contact.abandoned" => Some(|_| Ok(What::Abandoned)),
        "contact.blocked" => Some(|fields| Ok(What::Blocked { queue: fields.required(Key::Queue)? })),
        "contact.updated" => Some(|_| Ok(What::Updated)),
        "contact.ended" => Some(|fields| Ok(What::Ended { agent: fields.name(Key::Agent)? })),
        "contact.wrapped" => Some(|fields| Ok(What::Wrapped { agent: fields.name(Key::Agent)? })),
        _ => None,
    }
}

fn event<'a>(fields: &mut Fields<'a>, build: Build<'a>) -> Result<Event<'a>, Rejected> {
    let event = Event {
        id: fields.required(Key::Id)?,
        at: fields.time(Key::Time)?.ok_or(Rejected::MissingField { field: Key::Time.name() })?,
        seq: fields.integer(Key::Seq)?.unwrap_or(0),
        contact: fields.required(Key::Contact)?,
        channel: fields.name(Key::Channel)?,
        what: build(fields)?,
    };
    check_rest(fields)?;
    Ok(event)
}

/// The fields that every event may have and this one did not use.
fn check_rest(fields: &mut Fields<'_>) -> Result<(), Rejected> {
    for key in [Key::Queue, Key::Agent, Key::Customer, Key::Priority, Key::Reason, Key::Source] {
        fields.name(key)?;
    }
    fields.check_texts(Key::Attributes)?;
    fields.check_single(Key::V)
}

fn queued<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    const DIRECTIONS: [(&str, Direction); 2] = [("inbound", Direction::Inbound), ("outbound", Direction::Outbound)];
    Ok(What::Queued {
        queue: fields.required(Key::Queue)?,
        direction: fields.choice(Key::Direction, &DIRECTIONS)?.unwrap_or_default(),
        root: fields.name(Key::Root)?,
        first_queued_at: fields.time(Key::FirstQueuedAt)?,
        also: fields.flag(Key::Also)?.unwrap_or(false),
    })
}

fn answered<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    const ROLES: [(&str, Role); 3] =
        [("primary", Role::Primary), ("consult", Role::Consult), ("monitor", Role::Monitor)];
    Ok(What::Answered {
        agent: fields.required(Key::Agent)?,
        queue: fields.name(Key::Queue)?,
        role: fields.choice(Key::Role, &ROLES)?.unwrap_or_default(),
    })
}

fn flowed_out<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::FlowedOut {
        queue: fields.required(Key::Queue)?,
        cause: fields.text(Key::Cause)?.map_or(FlowCause::Other, |cause| FlowCause::named(&cause)),
    })
}
