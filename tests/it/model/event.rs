//! One event as it was told.

use serde_json::Value;

/// The types that are handled, in order of rank.
pub const TYPES: [&str; 17] = [
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

/// A time as integer milliseconds, or as RFC 3339 text.
pub fn time_of(value: &Value) -> Option<i64> {
    let parse = |text: &str| text.parse::<jiff::Timestamp>().ok().map(|time| time.as_millisecond());
    value.as_i64().or_else(|| value.as_str().and_then(parse))
}
