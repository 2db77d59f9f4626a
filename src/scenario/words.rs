//! The words of a scenario: types of events with what stands after them, fields, and the values of break-downs.
//!
//! They are those of the event contract, version 1.

use crate::event::TYPES;

/// A type of event of a contact.
#[derive(Debug)]
pub(super) struct Kind {
    /// The word for it; its type is `contact.` and this.
    pub word: &'static str,
    /// What the words after it are.
    pub slots: &'static [Slot],
}

/// What a word after the type is.
#[derive(Debug)]
pub(super) struct Slot {
    /// The field that it fills.
    pub field: &'static str,
    /// Whether the type requires it.
    pub is_required: bool,
}

/// What the value of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text,
    Flag,
    Integer,
    Time,
}

const fn needs(field: &'static str) -> Slot {
    Slot { field, is_required: true }
}

const fn may(field: &'static str) -> Slot {
    Slot { field, is_required: false }
}

const fn kind(word: &'static str, slots: &'static [Slot]) -> Kind {
    Kind { word, slots }
}

/// Every type of event of a contact, in order of rank.
pub(super) const KINDS: [Kind; 17] = [
    kind("queued", &[needs("queue")]),
    kind("alerting", &[needs("agent")]),
    kind("alert_missed", &[needs("agent"), may("cause")]),
    kind("answered", &[needs("agent")]),
    kind("held", &[may("agent")]),
    kind("resumed", &[may("agent")]),
    kind("transferred", &[may("agent")]),
    kind("flowed_out", &[needs("queue"), may("cause")]),
    kind("abandoned", &[may("cause")]),
    kind("blocked", &[needs("queue"), may("cause")]),
    kind("message", &[needs("author"), may("agent")]),
    kind("callback_requested", &[may("queue")]),
    kind("callback_attempted", &[needs("result"), may("agent")]),
    kind("updated", &[]),
    kind("ended", &[may("agent")]),
    kind("wrapped", &[may("agent")]),
    kind("snapshot", &[]),
];

/// Every field that may be written as `name=value`.
pub(super) const FIELDS: [(&str, Value); 32] = [
    ("id", Value::Text),
    ("v", Value::Integer),
    ("seq", Value::Integer),
    ("source", Value::Text),
    ("queue", Value::Text),
    ("channel", Value::Text),
    ("agent", Value::Text),
    ("customer_id", Value::Text),
    ("priority", Value::Text),
    ("reason", Value::Text),
    ("bulk", Value::Flag),
    ("direction", Value::Text),
    ("root_contact_id", Value::Text),
    ("first_queued_at", Value::Time),
    ("also", Value::Flag),
    ("cause", Value::Text),
    ("role", Value::Text),
    ("to_queue", Value::Text),
    ("to_agent", Value::Text),
    ("author", Value::Text),
    ("due_at", Value::Time),
    ("place_kept", Value::Flag),
    ("result", Value::Text),
    ("by", Value::Text),
    ("resolved", Value::Flag),
    ("disposition", Value::Text),
    ("queued_at", Value::Time),
    ("answered_at", Value::Time),
    ("held_at", Value::Time),
    ("ended_at", Value::Time),
    ("callback_requested_at", Value::Time),
    ("state", Value::Text),
];

/// Begins the name of a field that is one of the attributes: `attributes.language=de`.
pub(super) const ATTRIBUTE: &str = "attributes.";

/// A figure that is broken down by a dimension of its own, and the dimension's values. Every figure of queues is by channel, too.
pub(super) struct BreakDown {
    /// The figure.
    pub figure: &'static str,
    /// The dimension.
    pub dimension: &'static str,
    /// Its values.
    pub values: &'static [&'static str],
}

/// Break-downs other than by channel.
pub(super) const BREAK_DOWNS: [BreakDown; 5] = [
    BreakDown {
        figure: "flowed_out",
        dimension: "cause",
        values: &["callback", "voicemail", "overflow", "timeout", "key", "no_agents", "served_elsewhere", "other"],
    },
    BreakDown { figure: "abandoned", dimension: "cause", values: &["customer", "system", "inactivity", "other"] },
    BreakDown { figure: "missed_alerts", dimension: "cause", values: &["no_answer", "rejected"] },
    BreakDown { figure: "callbacks_attempted", dimension: "result", values: &["reached", "no_answer", "failed"] },
    BreakDown { figure: "applied", dimension: "type", values: &TYPES },
];

/// The dimension that every figure of queues has.
pub(super) const CHANNEL: &str = "channel";
