//! The words of a scenario: whom events are of, their types with what stands after them, fields, and the values of break-downs.
//!
//! They are those of the event contract, version 1.

use std::collections::BTreeSet;

use super::events::Told;
use crate::event::TYPES;
use crate::kpi::AGES;
use crate::measure::SlaTarget;

/// Whom events are of.
#[derive(Debug)]
pub(super) struct Subject {
    /// The word before its name; a contact has none.
    pub word: &'static str,
    /// What it is called.
    pub called: &'static str,
    /// The field that tells which one.
    pub field: &'static str,
    /// Begins the types of its events.
    pub prefix: &'static str,
    /// What can happen to it.
    pub happens: Happens,
}

/// What can happen to a subject.
#[derive(Debug)]
pub(super) enum Happens {
    /// One of these, by its word.
    Named(&'static [&'static [Kind]]),
    /// It changes, and only what it changes to is told.
    Changes(&'static Kind),
}

/// A type of event.
#[derive(Debug)]
pub(super) struct Kind {
    /// The word for it.
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
    Number,
    Time,
    /// Names with a comma between them.
    List,
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

/// Everybody who has events.
pub(super) const SUBJECTS: [Subject; 5] = [
    Subject {
        word: "",
        called: "a contact",
        field: "contact_id",
        prefix: "contact.",
        happens: Happens::Named(&[&CONTACT, &FEEDBACK]),
    },
    Subject {
        word: "ticket",
        called: "a ticket",
        field: "ticket_id",
        prefix: "ticket.",
        happens: Happens::Named(&[&TICKET, &FEEDBACK]),
    },
    Subject {
        word: "agent",
        called: "an agent",
        field: "agent",
        prefix: "agent.",
        happens: Happens::Changes(&STATE_CHANGED),
    },
    Subject {
        word: "queue",
        called: "a queue",
        field: "queue",
        prefix: "queue.",
        happens: Happens::Changes(&STATE_CHANGED),
    },
    Subject {
        word: "feed",
        called: "a feed",
        field: "source",
        prefix: "source.",
        happens: Happens::Named(&[&[kind("heartbeat", &[])]]),
    },
];

impl Subject {
    /// The type of such an event of its.
    pub fn type_of(&self, kind: &Kind) -> String {
        match kind.word.split_once('_') {
            Some((giver @ ("survey" | "quality"), what)) => format!("{giver}.{what}"),
            _ => format!("{}{}", self.prefix, kind.word),
        }
    }

    /// Every type of event that has a word.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Kind> + Clone {
        let groups: &'static [&'static [Kind]] = match self.happens {
            Happens::Named(groups) => groups,
            Happens::Changes(_) => &[],
        };
        groups.iter().copied().flatten()
    }
}

const STATE_CHANGED: Kind = kind("state_changed", &[needs("state")]);

/// What customers and reviewers say of a contact or a ticket.
const FEEDBACK: [Kind; 3] = [
    kind("survey_sent", &[may("kind")]),
    kind("survey_answered", &[needs("kind"), needs("score")]),
    kind("quality_scored", &[needs("points"), needs("max_points")]),
];

/// Every type of event of a ticket, in order of rank.
const TICKET: [Kind; 12] = [
    kind("created", &[needs("queue")]),
    kind("assigned", &[may("agent")]),
    kind("handed_over", &[may("queue")]),
    kind("replied", &[needs("author"), may("agent")]),
    kind("status_changed", &[needs("status")]),
    kind("updated", &[]),
    kind("escalated", &[]),
    kind("resolved", &[may("agent")]),
    kind("reopened", &[]),
    kind("closed", &[may("agent")]),
    kind("deleted", &[may("cause")]),
    kind("snapshot", &[]),
];

/// Every type of event of a contact, in order of rank.
const CONTACT: [Kind; 17] = [
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
pub(super) const FIELDS: [(&str, Value); 54] = [
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
    ("contact_id", Value::Text),
    ("ticket_id", Value::Text),
    ("tags", Value::List),
    ("status", Value::Text),
    ("public", Value::Flag),
    ("from_tier", Value::Text),
    ("to_tier", Value::Text),
    ("into", Value::Text),
    ("created_at", Value::Time),
    ("first_reply_at", Value::Time),
    ("awaiting_since", Value::Time),
    ("replies", Value::Integer),
    ("resolved_at", Value::Time),
    ("queues", Value::List),
    ("capacity", Value::Integer),
    ("active", Value::Integer),
    ("since", Value::Time),
    ("kind", Value::Text),
    ("score", Value::Number),
    ("points", Value::Number),
    ("max_points", Value::Number),
    ("critical_fail", Value::Flag),
];

/// Fields that are objects of text, one entry each: `attributes.language=de`, `queue_states.sales=away`.
pub(super) const OBJECTS: [&str; 2] = ["attributes", "queue_states"];

/// A figure that is broken down by a dimension of its own. Every figure of queues is by channel, too.
pub(super) struct BreakDown {
    /// The figure.
    pub figure: &'static str,
    /// The dimension.
    pub dimension: &'static str,
    /// Its values.
    values: Values,
}

/// The values of a dimension.
enum Values {
    /// These.
    Of(&'static [&'static str]),
    /// Priorities, as events tell them.
    Priorities,
    /// Policies of the configuration.
    Policies,
    /// Classes of age.
    Ages,
}

/// Break-downs other than by channel.
pub(super) const BREAK_DOWNS: [BreakDown; 20] = [
    own(
        "flowed_out",
        "cause",
        &["callback", "voicemail", "overflow", "timeout", "key", "no_agents", "served_elsewhere", "other"],
    ),
    own("abandoned", "cause", &["customer", "system", "inactivity", "other"]),
    own("missed_alerts", "cause", &["no_answer", "rejected"]),
    own("callbacks_attempted", "result", &["reached", "no_answer", "failed"]),
    own("applied", "type", &TYPES),
    own("resolved", "attempt", &["first", "again"]),
    own("resolution_time", "attempt", &["first", "again"]),
    own("resolution_time", "clock", &["active", "business"]),
    own("first_response_time", "clock", &["business"]),
    own("reply_time", "clock", &["business"]),
    own("deleted", "cause", &["merged", "spam", "deleted", "other"]),
    own("surveys_sent", "kind", &["csat", "nps", "ces", "cx", "other"]),
    own("survey_response_rate", "kind", &["csat", "nps", "ces", "cx", "other"]),
    BreakDown { figure: "backlog", dimension: PRIORITY, values: Values::Priorities },
    own("backlog", "status", &["open", "pending", "on_hold"]),
    BreakDown { figure: "backlog", dimension: "age", values: Values::Ages },
    BreakDown { figure: "unassigned", dimension: PRIORITY, values: Values::Priorities },
    BreakDown { figure: "awaiting_reply", dimension: PRIORITY, values: Values::Priorities },
    own("sla_attainment", "target", &SLA_TARGETS),
    BreakDown { figure: "sla_attainment", dimension: "policy", values: Values::Policies },
];

const SLA_TARGETS: [&str; SlaTarget::ALL.len()] = {
    let mut names = [""; SlaTarget::ALL.len()];
    let mut place = 0;
    while place < names.len() {
        names[place] = SlaTarget::ALL[place].name();
        place += 1;
    }
    names
};

const fn own(figure: &'static str, dimension: &'static str, values: &'static [&'static str]) -> BreakDown {
    BreakDown { figure, dimension, values: Values::Of(values) }
}

impl BreakDown {
    /// The values that can occur where this is told.
    pub fn values<'t>(&self, told: &'t Told) -> BTreeSet<&'t str> {
        match self.values {
            Values::Of(values) => values.iter().copied().collect(),
            Values::Priorities => told.priorities.iter().map(String::as_str).collect(),
            Values::Policies => told.policies.iter().map(String::as_str).collect(),
            Values::Ages => AGES.iter().map(|(name, _)| *name).collect(),
        }
    }
}

/// The dimension that every figure of queues has.
pub(super) const CHANNEL: &str = "channel";

/// The dimension of how urgent tickets are.
pub(super) const PRIORITY: &str = "priority";
