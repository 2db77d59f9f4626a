//! What can happen to a contact, from the fields that each type has of its own.

use super::Rejected;
use super::fields::Fields;
use super::keys::Key;
use super::native::Build;
use crate::event::{
    AbandonCause, Author, Body, CallbackResult, ContactEvent, Direction, FlowCause, MissCause, Role, Snapshot, What,
};

/// How to build the body of an event of that type, given without its `contact.`.
pub(super) fn build<'a>(what: &str) -> Option<Build<'a>> {
    Some(match what {
        "queued" => |fields| body(fields, queued),
        "alerting" => |fields| body(fields, alerting),
        "alert_missed" => |fields| body(fields, alert_missed),
        "answered" => |fields| body(fields, answered),
        "held" => |fields| body(fields, |fields| Ok(What::Held { agent: fields.name(Key::Agent)? })),
        "resumed" => |fields| body(fields, |fields| Ok(What::Resumed { agent: fields.name(Key::Agent)? })),
        "transferred" => |fields| body(fields, transferred),
        "flowed_out" => |fields| body(fields, flowed_out),
        "abandoned" => |fields| body(fields, abandoned),
        "blocked" => |fields| body(fields, blocked),
        "message" => |fields| body(fields, message),
        "callback_requested" => |fields| body(fields, callback_requested),
        "callback_attempted" => |fields| body(fields, callback_attempted),
        "updated" => |fields| body(fields, |_| Ok(What::Updated)),
        "ended" => |fields| body(fields, ended),
        "wrapped" => |fields| body(fields, wrapped),
        "snapshot" => |fields| body(fields, snapshot),
        _ => return None,
    })
}

/// Makes the body in the place where it is handed on, as this is made anew for each type: a body is too large to be moved much.
#[inline]
fn body<'a>(
    fields: &mut Fields<'a>,
    what: impl FnOnce(&mut Fields<'a>) -> Result<What<'a>, Rejected>,
) -> Result<Body<'a>, Rejected> {
    Ok(Body::Contact(ContactEvent {
        contact: fields.required(Key::Contact)?,
        channel: fields.name(Key::Channel)?,
        priority: fields.name(Key::Priority)?,
        bulk: fields.flag(Key::Bulk)?.unwrap_or(false),
        what: what(fields)?,
    }))
}

fn queued<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::Queued {
        queue: fields.required(Key::Queue)?,
        direction: fields.choice(Key::Direction, &Direction::ALL, Direction::name)?.unwrap_or_default(),
        root: fields.name(Key::Root)?,
        first_queued_at: fields.time(Key::FirstQueuedAt)?,
        also: fields.flag(Key::Also)?.unwrap_or(false),
    })
}

fn alerting<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::Alerting { agent: fields.required(Key::Agent)?, queue: fields.name(Key::Queue)? })
}

/// Without a cause it rang and nobody answered.
fn alert_missed<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::AlertMissed {
        agent: fields.required(Key::Agent)?,
        queue: fields.name(Key::Queue)?,
        cause: fields.text(Key::Cause)?.map_or(MissCause::NoAnswer, |cause| MissCause::named(&cause)),
    })
}

fn answered<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::Answered { agent: fields.required(Key::Agent)?, queue: fields.name(Key::Queue)?, role: role(fields)? })
}

fn role(fields: &mut Fields<'_>) -> Result<Role, Rejected> {
    Ok(fields.choice(Key::Role, &Role::ALL, Role::name)?.unwrap_or_default())
}

fn transferred<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    fields.name(Key::ToQueue)?;
    fields.name(Key::ToAgent)?;
    Ok(What::Transferred { agent: fields.name(Key::Agent)? })
}

fn flowed_out<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::FlowedOut {
        queue: fields.required(Key::Queue)?,
        cause: fields.text(Key::Cause)?.map_or(FlowCause::Other, |cause| FlowCause::named(&cause)),
    })
}

fn abandoned<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    let cause = fields.text(Key::Cause)?;
    Ok(What::Abandoned { cause: cause.map_or(AbandonCause::Customer, |cause| AbandonCause::named(&cause)) })
}

fn blocked<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    fields.text(Key::Cause)?;
    Ok(What::Blocked { queue: fields.required(Key::Queue)? })
}

fn message<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::Message {
        author: fields.required_choice(Key::Author, &Author::ALL, Author::name)?,
        agent: fields.name(Key::Agent)?,
    })
}

fn callback_requested<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    fields.flag(Key::PlaceKept)?;
    Ok(What::CallbackRequested { queue: fields.name(Key::Queue)?, due_at: fields.time(Key::DueAt)? })
}

fn callback_attempted<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    let result = fields.required_choice(Key::Result, &CallbackResult::ALL, CallbackResult::name)?;
    Ok(What::CallbackAttempted { result })
}

fn ended<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    fields.text(Key::By)?;
    fields.flag(Key::Resolved)?;
    Ok(What::Ended { agent: fields.name(Key::Agent)? })
}

fn wrapped<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    fields.name(Key::Disposition)?;
    Ok(What::Wrapped { agent: fields.name(Key::Agent)? })
}

fn snapshot<'a>(fields: &mut Fields<'a>) -> Result<What<'a>, Rejected> {
    Ok(What::Snapshot(Snapshot {
        queue: fields.name(Key::Queue)?,
        queued_at: fields.time(Key::QueuedAt)?,
        agent: fields.name(Key::Agent)?,
        answered_at: fields.time(Key::AnsweredAt)?,
        role: role(fields)?,
        held_at: fields.time(Key::HeldAt)?,
        ended_at: fields.time(Key::EndedAt)?,
        direction: fields.choice(Key::Direction, &Direction::ALL, Direction::name)?,
        first_queued_at: fields.time(Key::FirstQueuedAt)?,
        callback_requested_at: fields.time(Key::CallbackRequestedAt)?,
        due_at: fields.time(Key::DueAt)?,
    }))
}
