//! What was agreed on tickets.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::Status;
use crate::time::Span;

/// What holds for every ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketRules {
    /// After this long without an event, an unresolved ticket is counted `tickets_expired`, and a resolved one is forgotten. More
    /// than `lateness`, at most 3,650 days.
    pub ttl: Span,
    /// From where first response is measured.
    pub first_response_from: FirstResponseFrom,
    /// H: a first response within this, inclusive, is in time. In [1 s, 90 d].
    pub response_within: Span,
    /// The platform's own words for a status.
    pub statuses: BTreeMap<String, Status>,
    /// Which tickets are complaints.
    pub complaints: Complaints,
}

/// From where first response is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstResponseFrom {
    /// From the creation.
    #[default]
    Created,
    /// From when a bot gave it to people, where one did.
    HandedOver,
}

/// Which tickets are complaints, and how soon they are to be resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaints {
    /// Those with one of these reasons.
    pub reasons: BTreeSet<String>,
    /// Those with one of these tags.
    pub tags: BTreeSet<String>,
    /// Resolved within this of the creation, inclusive, is in time. In [1 s, 365 d].
    pub due: Span,
}

impl TicketRules {
    /// The status of that name, or of that word of the platform's own.
    pub fn status(&self, word: &str) -> Option<Status> {
        let named = Status::ALL.into_iter().find(|status| status.name() == word);
        named.or_else(|| self.statuses.get(word).copied())
    }
}

impl Default for TicketRules {
    fn default() -> Self {
        let complaint = || BTreeSet::from(["complaint".to_owned()]);
        Self {
            ttl: Span::from_seconds(365 * 86_400),
            first_response_from: FirstResponseFrom::Created,
            response_within: Span::from_seconds(86_400),
            statuses: BTreeMap::new(),
            complaints: Complaints { reasons: complaint(), tags: complaint(), due: Span::from_seconds(10 * 86_400) },
        }
    }
}
