//! Policies: what is promised of which contacts and tickets, by when, on which clock.
//!
//! **Words.** *Policy*: a filter and what it promises; the first of the list whose filter matches holds, whole. *Target*: one thing
//! that is promised. *Clock*: calendar time, or business time, which stands still outside the hours of a calendar.
//!
//! **Invariant.** Of a policy that `config` read, each target is promised once, and `warn_before` is at most `within`.

use std::collections::BTreeSet;

use wildmatch::WildMatch;

use super::Rules;
use crate::id::PolicyId;
use crate::measure::SlaTarget;
use crate::time::Span;

/// One policy.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Its name in reports and labels.
    pub name: String,
    /// What it holds for.
    pub filter: Filter,
    /// The calendar of its business clock; without it that of the queue.
    pub calendar: Option<String>,
    /// What it promises, in the order of [`SlaTarget::ALL`].
    pub promises: Vec<(SlaTarget, Promise)>,
}

/// Which contacts and tickets are meant; what is empty leaves nothing out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Queues whose whole name is one of these, where `*` stands for any characters or none and `?` for any one.
    pub queues: Vec<WildMatch>,
    /// Channels.
    pub channels: Vec<String>,
    /// Priorities.
    pub priorities: Vec<String>,
    /// Tags of tickets: one of these is enough.
    pub tags: Vec<String>,
}

/// What is promised of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// By when, inclusive. In [1 s, 366 d].
    pub within: Span,
    /// On which clock.
    pub clock: Clock,
    /// At risk so long before the deadline, in calendar time. At most `within`.
    pub warn_before: Span,
}

/// What time is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// All of it.
    #[default]
    Calendar,
    /// What of it lies in business hours; all of it where there is no calendar.
    Business,
}

/// The tags of a ticket that some policy asks for, by their place in [`Rules::sla_tags`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tags(pub u64);

impl Filter {
    /// Whether a queue is meant.
    pub fn has_queue(&self, queue: &str) -> bool {
        self.queues.is_empty() || self.queues.iter().any(|own| own.matches(queue))
    }

    /// Whether a channel is meant.
    pub fn has_channel(&self, channel: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|own| own == channel)
    }
}

impl Promise {
    /// How long before a deadline it is at risk where nobody says so: the last fifth of the time.
    pub fn usual_warning(within: Span) -> Span {
        Span::from_millis(within.as_millis() / 5)
    }
}

impl Clock {
    /// The name in config and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calendar => "calendar",
            Self::Business => "business",
        }
    }
}

impl Rules {
    /// The name of a policy.
    pub fn policy_name(&self, policy: PolicyId) -> &str {
        &self.policies[usize::from(policy.0)].name
    }

    /// Every policy with its number.
    pub fn numbered_policies(&self) -> impl Iterator<Item = (PolicyId, &Policy)> {
        (0..=u8::MAX).map(PolicyId).zip(&self.policies)
    }

    /// All that may be promised of what is in a queue on a channel, whatever its priority and tags, in the order of the list.
    pub fn promises_of(&self, queue: &str, channel: &str) -> impl Iterator<Item = (PolicyId, SlaTarget)> {
        let meant = |filter: &Filter| filter.has_queue(queue) && filter.has_channel(channel);
        let own = self.numbered_policies().filter(move |(_, policy)| meant(&policy.filter));
        own.flat_map(|(id, policy)| policy.promises.iter().map(move |(target, _)| (id, *target)))
    }

    /// All that may be promised on a channel.
    pub fn promised_on(&self, channel: &str) -> impl Iterator<Item = SlaTarget> {
        let own = self.policies.iter().filter(move |policy| policy.filter.has_channel(channel));
        own.flat_map(|policy| policy.promises.iter().map(|(target, _)| *target))
    }

    /// Every tag that some policy asks for.
    pub fn sla_tags(&self) -> BTreeSet<&str> {
        self.policies.iter().flat_map(|policy| &policy.filter.tags).map(String::as_str).collect()
    }
}
