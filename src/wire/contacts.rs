//! What can happen to a contact, from the fields that each type has of its own.

use super::Rejected;
use super::fields::Fields;
use super::keys::Key;
use crate::event::{AbandonCause, Author, CallbackResult, Direction, FlowCause, MissCause, Role, Snapshot, What};

/// Makes what happened to a contact from the fields that its type has of its own.
pub(super) type Build<'a> = fn(&mut Fields<'a>) -> Result<What<'a>, Rejected>;

/// How to build what happened to a contact.
pub(super) fn build<'a>(what: &str) -> Option<Build<'a>> {
    match what {
        "queued" => Some(queued),
        "alerting" => Some(alerting),
        "alert_missed" => Some(alert_missed),
        "answered" => Some(answered),
        "held" => Some(|fields| Ok(What::Held { agent: fields.name(Key::Agent)? })),
        "resumed" => Some(|fields| Ok(What::Resumed { agent: fields.name(Key::Agent)? })),
        "transferred" => Some(transferred),
        "flowed_out" => Some(flowed_out),
        "abandoned" => Some(abandoned),
        "blocked" => Some(blocked),
        "message" => Some(message),
        "callback_requested" => Some(callback_requested),
        "callback_attempted" => Some(callback_attempted),
        "updated" => Some(|_| Ok(What::Updated)),
        "ended" => Some(ended),
        "wrapped" => Some(wrapped),
        "snapshot" => Some(snapshot),
        _ => None,
    }
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
