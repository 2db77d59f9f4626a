//! What can happen to a ticket, from the fields that each type has of its own.

use super::Rejected;
use super::fields::Fields;
use super::keys::Key;
use super::native::Build;
use crate::event::{Author, Body, Creator, DeleteCause, TicketEvent, TicketSnapshot, TicketWhat, Traits};

/// The most replies that a snapshot may tell of one ticket.
const REPLIES_MAX: i64 = 1_000_000;

/// How to build the body of an event of that type, given without its `ticket.`.
pub(super) fn build<'a>(what: &str) -> Option<Build<'a>> {
    Some(match what {
        "created" => |fields| body(fields, created),
        "assigned" => |fields| body(fields, assigned),
        "handed_over" => |fields| body(fields, |fields| Ok(TicketWhat::HandedOver { queue: fields.name(Key::Queue)? })),
        "replied" => |fields| body(fields, replied),
        "status_changed" => {
            |fields| body(fields, |fields| Ok(TicketWhat::StatusChanged { status: fields.required(Key::Status)? }))
        }
        "updated" => |fields| body(fields, |fields| Ok(TicketWhat::Updated { traits: traits(fields)? })),
        "escalated" => |fields| body(fields, escalated),
        "resolved" => |fields| body(fields, |fields| Ok(TicketWhat::Resolved { agent: fields.name(Key::Agent)? })),
        "reopened" => |fields| body(fields, |_| Ok(TicketWhat::Reopened)),
        "closed" => |fields| body(fields, |fields| Ok(TicketWhat::Closed { agent: fields.name(Key::Agent)? })),
        "deleted" => |fields| body(fields, deleted),
        "snapshot" => |fields| body(fields, snapshot),
        _ => return None,
    })
}

#[inline]
fn body<'a>(
    fields: &mut Fields<'a>,
    what: impl FnOnce(&mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected>,
) -> Result<Body<'a>, Rejected> {
    Ok(Body::Ticket(TicketEvent {
        ticket: fields.required(Key::Ticket)?,
        channel: fields.name(Key::Channel)?,
        bulk: fields.flag(Key::Bulk)?.unwrap_or(false),
        what: what(fields)?,
        queue: fields.name(Key::Queue)?, // what happened has taken it, where it means something else
    }))
}

fn created<'a>(fields: &mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected> {
    Ok(TicketWhat::Created { queue: fields.required(Key::Queue)?, by: by(fields)?, traits: traits(fields)? })
}

fn by(fields: &mut Fields<'_>) -> Result<Creator, Rejected> {
    Ok(fields.choice(Key::By, &Creator::ALL, Creator::name)?.unwrap_or_default())
}

fn traits<'a>(fields: &mut Fields<'a>) -> Result<Traits<'a>, Rejected> {
    Ok(Traits {
        priority: fields.name(Key::Priority)?,
        reason: fields.name(Key::Reason)?,
        tags: fields.names(Key::Tags)?,
    })
}

fn assigned<'a>(fields: &mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected> {
    Ok(TicketWhat::Assigned { agent: fields.name(Key::Agent)?, queue: fields.name(Key::Queue)? })
}

fn replied<'a>(fields: &mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected> {
    Ok(TicketWhat::Replied {
        author: fields.required_choice(Key::Author, &Author::ALL, Author::name)?,
        agent: fields.name(Key::Agent)?,
        is_public: fields.flag(Key::Public)?.unwrap_or(true),
    })
}

fn escalated<'a>(fields: &mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected> {
    fields.check_single(Key::FromTier)?;
    fields.check_single(Key::ToTier)?;
    Ok(TicketWhat::Escalated)
}

fn deleted<'a>(fields: &mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected> {
    fields.name(Key::Into)?;
    let cause = fields.text(Key::Cause)?;
    Ok(TicketWhat::Deleted { cause: cause.map_or(DeleteCause::Deleted, |cause| DeleteCause::named(&cause)) })
}

fn snapshot<'a>(fields: &mut Fields<'a>) -> Result<TicketWhat<'a>, Rejected> {
    let replies = fields.integer_in(Key::Replies, 0..=REPLIES_MAX)?;
    Ok(TicketWhat::Snapshot(Box::new(TicketSnapshot {
        queue: fields.name(Key::Queue)?,
        agent: fields.name(Key::Agent)?,
        traits: traits(fields)?,
        by: by(fields)?,
        created_at: fields.time(Key::CreatedAt)?,
        status: fields.name(Key::Status)?,
        first_reply_at: fields.time(Key::FirstReplyAt)?,
        awaiting_since: fields.time(Key::AwaitingSince)?,
        replies: replies.map(|replies| u32::try_from(replies).expect("it was checked")),
        resolved_at: fields.time(Key::ResolvedAt)?,
    })))
}
