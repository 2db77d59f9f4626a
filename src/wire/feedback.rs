//! Surveys and reviews: events of the contact or ticket that they speak of.

use super::Rejected;
use super::fields::Fields;
use super::keys::Key;
use super::native::Build;
use crate::event::{Body, ContactEvent, Feedback, Opinion, SurveyKind, Thousandths, TicketEvent, TicketWhat, What};

/// How to build the body of an event of that type.
pub(super) fn build<'a>(type_name: &str) -> Option<Build<'a>> {
    Some(match type_name {
        "survey.sent" => |fields| {
            body(fields, |fields| Ok(Opinion::Sent(fields.choice(Key::Kind, &SurveyKind::ALL, SurveyKind::name)?)))
        },
        "survey.answered" => |fields| body(fields, answered),
        "quality.scored" => |fields| body(fields, scored),
        _ => return None,
    })
}

/// Of the contact where one is told, else of the ticket.
fn body<'a>(
    fields: &mut Fields<'a>,
    opinion: fn(&mut Fields<'a>) -> Result<Opinion, Rejected>,
) -> Result<Body<'a>, Rejected> {
    let (contact, ticket) = (fields.name(Key::Contact)?, fields.name(Key::Ticket)?);
    let channel = fields.name(Key::Channel)?;
    let bulk = fields.flag(Key::Bulk)?.unwrap_or(false);
    let feedback =
        Feedback { queue: fields.name(Key::Queue)?, agent: fields.name(Key::Agent)?, opinion: opinion(fields)? };
    match (contact, ticket) {
        (Some(contact), _) => {
            let (priority, what) = (fields.name(Key::Priority)?, What::Feedback(feedback));
            Ok(Body::Contact(ContactEvent { contact, channel, priority, bulk, what }))
        }
        (None, Some(ticket)) => {
            let what = TicketWhat::Feedback(feedback);
            Ok(Body::Ticket(TicketEvent { ticket, queue: None, channel, bulk, what }))
        }
        (None, None) => Err(Rejected::MissingField { field: "contact_id or ticket_id" }),
    }
}

fn answered(fields: &mut Fields<'_>) -> Result<Opinion, Rejected> {
    let kind = fields.required_choice(Key::Kind, &SurveyKind::ALL, SurveyKind::name)?;
    let score = fields.points(Key::Score)?.ok_or_else(|| fields.missing(Key::Score))?;
    Ok(Opinion::Answered(kind, score))
}

fn scored(fields: &mut Fields<'_>) -> Result<Opinion, Rejected> {
    let points = fields.points(Key::Points)?.ok_or_else(|| fields.missing(Key::Points))?;
    let max_points = fields.points(Key::MaxPoints)?.ok_or_else(|| fields.missing(Key::MaxPoints))?;
    let refuse = |key: Key, found: Thousandths, expected: String| {
        Err(Rejected::BadValue {
            field: key.name(),
            found: found.points().to_string().into(),
            expected: expected.into(),
        })
    };
    if max_points <= Thousandths(0) {
        return refuse(Key::MaxPoints, max_points, "more than 0".to_owned());
    }
    if points < Thousandths(0) || max_points < points {
        return refuse(Key::Points, points, format!("0 to {}", max_points.points()));
    }
    let is_critical_fail = fields.flag(Key::CriticalFail)?.unwrap_or(false);
    Ok(Opinion::Scored { points, max_points, is_critical_fail })
}
