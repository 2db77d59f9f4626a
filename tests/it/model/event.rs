//! One event as it was told.

use serde_json::Value;

/// The types that are handled, in order of rank.
pub const TYPES: [&str; 35] = [
    "contact.queued",
    "contact.alerting",
    "contact.alert_missed",
    "contact.answered",
    "contact.held",
    "contact.resumed",
    "contact.transferred",
    "contact.flowed_out",
    "contact.abandoned",
    "contact.blocked",
    "contact.message",
    "contact.callback_requested",
    "contact.callback_attempted",
    "contact.updated",
    "contact.ended",
    "contact.wrapped",
    "contact.snapshot",
    "ticket.created",
    "ticket.assigned",
    "ticket.handed_over",
    "ticket.replied",
    "ticket.status_changed",
    "ticket.updated",
    "ticket.escalated",
    "ticket.resolved",
    "ticket.reopened",
    "ticket.closed",
    "ticket.deleted",
    "ticket.snapshot",
    "agent.state_changed",
    "queue.state_changed",
    "source.heartbeat",
    "survey.sent",
    "survey.answered",
    "quality.scored",
];

/// One event of a type that is handled.
#[derive(Clone)]
pub struct Event<'a> {
    pub time: i64,
    pub seq: i64,
    /// Index into [`TYPES`].
    pub rank: usize,
    pub fields: &'a Value,
}

impl<'a> Event<'a> {
    /// `None`: not a type that is handled.
    pub fn read(fields: &'a Value) -> Option<Self> {
        let rank = TYPES.iter().position(|name| fields["type"] == *name)?;
        Some(Self { time: time_of(&fields["time"])?, seq: fields["seq"].as_i64().unwrap_or(0), rank, fields })
    }

    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.fields[name].as_str()
    }

    pub fn id(&self) -> &'a str {
        self.text("id").expect("every event has an id")
    }

    /// A field that holds a time.
    pub fn moment(&self, name: &str) -> Option<i64> {
        time_of(&self.fields[name])
    }

    /// A survey or a review.
    pub fn is_feedback(&self) -> bool {
        is_feedback(self.fields)
    }

    /// State changes and counts as usual; no duration and no agent takes it.
    pub fn is_bulk(&self) -> bool {
        self.fields["bulk"] == true
    }

    /// The word of a closed set that the field holds: `absent` without the field, `other` where the set has no such word.
    pub fn word(&self, name: &str, set: &[&'static str], absent: &'static str) -> &'static str {
        let known = |told: &str| set.iter().copied().find(|word| *word == told).unwrap_or("other");
        self.text(name).map_or(absent, known)
    }

    pub fn queue(&self) -> String {
        self.text("queue").expect("this type names its queue").to_owned()
    }
}

/// Whose event it is. A survey is the contact's, where it names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject<'a> {
    Contact(&'a str),
    Ticket(&'a str),
    Agent(&'a str),
    /// A queue or a feed.
    Other,
}

/// Whose event the line is.
pub fn subject(line: &Value) -> Subject<'_> {
    let family = line["type"].as_str().and_then(|name| name.split('.').next());
    let named = |name: &str| line[name].as_str();
    match (family, named("contact_id"), named("ticket_id"), named("agent")) {
        (Some("contact" | "survey" | "quality"), Some(contact), ..) => Subject::Contact(contact),
        (Some("ticket" | "survey" | "quality"), _, Some(ticket), _) => Subject::Ticket(ticket),
        (Some("agent"), .., Some(agent)) => Subject::Agent(agent),
        _ => Subject::Other,
    }
}

/// Whether the line is a survey or a review.
pub fn is_feedback(line: &Value) -> bool {
    line["type"].as_str().is_some_and(|name| name.starts_with("survey.") || name.starts_with("quality."))
}

/// A time as integer milliseconds, or as RFC 3339 text.
pub fn time_of(value: &Value) -> Option<i64> {
    let parse = |text: &str| text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond());
    value.as_i64().or_else(|| value.as_str().and_then(parse))
}
