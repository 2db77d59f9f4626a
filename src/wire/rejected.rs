//! Why a record was rejected: one closed set, whose names are label values.
//!
//! **Why so little of the payload.** Messages end in logs and in headers of dead letters. Of the record they hold at most a short,
//! escaped excerpt, and that only of fields that hold no personal data: a time, or a word of a closed set.

use std::borrow::Cow;

use thiserror::Error;

use crate::limits::{JSON_DEPTH_MAX, RECORD_BYTES_MAX};
use crate::time::EventTime;

/// An excerpt of a value is cut here; the longest value that is right, a time with nanoseconds and an offset, is shorter.
const EXCERPT_CHARS_MAX: usize = 40;

/// What is wrong with a record, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Rejected {
    /// Too many bytes.
    #[error("{bytes} bytes, more than the {RECORD_BYTES_MAX} that a record may have")]
    TooLarge {
        /// The size of the record.
        bytes: usize,
    },
    /// Bytes that are no text.
    #[error("not UTF-8 from byte {from} on; a record is one JSON object in UTF-8")]
    NotUtf8 {
        /// The first byte that does not fit, counted from 0.
        from: usize,
    },
    /// Not JSON, more than one value, or a value other than an object.
    #[error("not a JSON object: {why}")]
    NotJson {
        /// What the parser met.
        why: Cow<'static, str>,
    },
    /// Brackets nest too deep.
    #[error("nested deeper than {JSON_DEPTH_MAX} levels")]
    TooDeep,
    /// A field that the event's type requires is not there, or `null`.
    #[error("missing field `{field}`, which this type of event requires")]
    MissingField {
        /// Its name.
        field: &'static str,
    },
    /// A field holds what it may not.
    #[error("field `{field}` is {found}, expected {expected}")]
    BadValue {
        /// Its name.
        field: &'static str,
        /// What it holds.
        found: Cow<'static, str>,
        /// What would be right.
        expected: Cow<'static, str>,
    },
    /// A time that cannot be read, or lies too far from today.
    #[error(
        "field `{field}` is {found}, expected an RFC 3339 time with an offset, or integer Unix milliseconds, \
         from {} to before {}",
        EventTime::EARLIEST,
        EventTime::TOO_LATE
    )]
    BadTime {
        /// The name of the field that holds it.
        field: &'static str,
        /// What it holds.
        found: Cow<'static, str>,
    },
    /// An event time further past the broker's record time than `max_skew` allows.
    #[error("field `time` is {at}, later than the record itself by more than max_skew")]
    FromTheFuture {
        /// The event time.
        at: EventTime,
    },
    /// A record without a value, an empty line, or JSON `null`.
    #[error("no value, expected a JSON object")]
    Tombstone,
    /// The fold of it panicked, so that its partition was begun anew without it.
    #[error("contactpulse panicked on this record, which is a bug of contactpulse; please report it")]
    Panicked,
}

impl Rejected {
    /// Every reason, in the order of the checks; the last is no check's.
    pub const REASONS: [&'static str; 9] = [
        "too_large",
        "tombstone",
        "not_utf8",
        "too_deep",
        "not_json",
        "missing_field",
        "bad_value",
        "bad_time",
        "panicked",
    ];

    /// The reason's name, as a label has it.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::NotUtf8 { .. } => "not_utf8",
            Self::NotJson { .. } => "not_json",
            Self::TooDeep => "too_deep",
            Self::MissingField { .. } => "missing_field",
            Self::BadValue { .. } => "bad_value",
            Self::BadTime { .. } | Self::FromTheFuture { .. } => "bad_time",
            Self::Tombstone => "tombstone",
            Self::Panicked => "panicked",
        }
    }
}

/// The beginning of a text, quoted and escaped.
pub(super) fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT_CHARS_MAX) {
        Some((end, _)) => format!("{:?} and more", &text[..end]),
        None => format!("{text:?}"),
    }
}
