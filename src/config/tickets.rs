//! The settings of tickets.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use toml::Spanned;

use super::raw::{self, Typed};
use super::read::Reader;
use super::value::{DAY, SECOND, TEN_YEARS, Wrong, name_within, one_of, wrong};
use crate::event::Status;
use crate::limits::{LIST_MAX, NAME_BYTES_MAX, REASON_BYTES_MAX};
use crate::rules::{Complaints, FirstResponseFrom, TicketRules};
use crate::time::Span;

/// Who answers after a quarter of a year answers nobody.
const QUARTER: RangeInclusive<Span> = SECOND..=Span::from_seconds(90 * DAY.as_millis() / 1_000);
/// A complaint that may take longer is a court case.
const YEAR: RangeInclusive<Span> = SECOND..=Span::from_seconds(365 * DAY.as_millis() / 1_000);
/// What a snapshot may say of a ticket instead of a status.
const ENDS: [&str; 2] = ["resolved", "closed"];

impl Reader {
    /// What holds for every ticket.
    pub(super) fn tickets(&mut self, ttl: &Typed, raw: &raw::Tickets) -> TicketRules {
        let base = TicketRules::default();
        TicketRules {
            ttl: self.span(ttl, SECOND..=TEN_YEARS).unwrap_or(base.ttl),
            first_response_from: self
                .value(&raw.first_response_from, first_response_from)
                .unwrap_or(base.first_response_from),
            response_within: self.span(&raw.response_within, QUARTER).unwrap_or(base.response_within),
            statuses: self.statuses(&raw.statuses),
            complaints: Complaints {
                reasons: self.words(&raw.complaints.reasons, REASON_BYTES_MAX, "reasons"),
                tags: self.words(&raw.complaints.tags, NAME_BYTES_MAX, "tags"),
                due: self.span(&raw.complaint_due, YEAR).unwrap_or(base.complaints.due),
            },
        }
    }

    fn statuses(&mut self, raw: &BTreeMap<Typed, Typed>) -> BTreeMap<String, Status> {
        self.at_most(LIST_MAX, raw.keys().map(Spanned::span), "words");
        let read = raw.iter().filter_map(|(word, status)| {
            let (word, status) = (self.value(word, own_word), self.value(status, status_named));
            Some((word?, status?))
        });
        read.collect()
    }

    fn words(&mut self, typed: &Spanned<Vec<Typed>>, bytes_max: usize, what: &str) -> BTreeSet<String> {
        self.at_most(LIST_MAX, typed.get_ref().iter().map(Spanned::span), what);
        self.values(typed, |text| name_within(text, bytes_max)).into_iter().collect()
    }
}

fn first_response_from(text: &str) -> Result<FirstResponseFrom, Wrong> {
    match text {
        "created" => Ok(FirstResponseFrom::Created),
        "handed_over" => Ok(FirstResponseFrom::HandedOver),
        _ => Err(one_of(text, &["created", "handed_over"])),
    }
}

/// A word of the platform's own; those of the contract mean what they mean.
fn own_word(text: &str) -> Result<String, Wrong> {
    if Status::ALL.map(Status::name).contains(&text) || ENDS.contains(&text) {
        return Err(wrong(format!("\"{text}\" has a meaning of its own"), "leave it out: only other words need one"));
    }
    name_within(text, NAME_BYTES_MAX)
}

fn status_named(text: &str) -> Result<Status, Wrong> {
    let named = Status::ALL.into_iter().find(|status| status.name() == text);
    named.ok_or_else(|| one_of(text, &Status::ALL.map(Status::name)))
}
