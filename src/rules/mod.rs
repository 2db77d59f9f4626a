//! What a contact centre agreed on: the settings that figures depend on, as meant and always valid.
//!
//! **Why here and not in `config`.** The core folds events under these rules and must not know how they were typed. `config`
//! reads a file into them; tests build them directly. A replay under the same rules gives the same figures.

mod agents;
mod meaning;
mod queues;
mod sla;
mod surveys;
mod targets;
mod tickets;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::tz::TimeZone;

pub use agents::{AgentRules, STATES, StateId};
pub use queues::{LevelSettings, Pattern, QueueRules, QueueSettings};
pub use sla::{Clock, Filter, Policy, Promise, Tags};
pub use surveys::{Scale, SurveyRules};
pub use targets::{Direction, MARGIN, Queues, Stat, Target};
pub use tickets::{Complaints, FirstResponseFrom, TicketRules};

use crate::calendar::Calendar;
use crate::time::Span;

/// Every rule that a figure depends on.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// How far out of order events may arrive and still be sorted in. In [0, 1 h].
    pub lateness: Span,
    /// How far past the broker's record time an event time may lie before it is rejected as `bad_time`.
    pub max_skew: Span,
    /// After this long without an event, a contact that never ended is closed and counted `expired`.
    pub contact_ttl: ByChannel,
    /// Whether the platform tells when after-contact work is over.
    pub after_contact: AfterContact,
    /// After this long without `contact.wrapped`, a leg is booked without after-contact work. At most every `contact_ttl`.
    pub after_contact_max: Span,
    /// Tickets.
    pub tickets: TicketRules,
    /// Agents and their states.
    pub agents: AgentRules,
    /// Surveys.
    pub surveys: SurveyRules,
    /// Time zone and start of the day of the centre: of agents, totals, and queues that have none of their own.
    pub day: Day,
    /// The windows that are kept.
    pub windows: Windows,
    /// Service level of queues that have none of their own.
    pub service_level: ServiceLevel,
    /// Queues that are named, by name, each with all that holds for it; these are shown from the start.
    pub queues: BTreeMap<String, QueueRules>,
    /// Other names that events may give a queue, each with the name that the queue is kept under. No alias is a queue's name.
    pub aliases: BTreeMap<String, String>,
    /// Calendars of business hours, by name; every name that a queue goes by is there.
    pub calendars: BTreeMap<String, Arc<Calendar>>,
    /// Settings for whatever queues match, in the order of the file: a later one lies over an earlier one.
    pub patterns: Vec<Pattern>,
    /// What is promised of KPIs, in the order of the file.
    pub targets: Vec<Target>,
    /// What is promised of single contacts and tickets, in the order of the file: the first that holds does.
    pub policies: Vec<Policy>,
}

/// A span that may differ by channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByChannel {
    /// For every channel that is not named.
    pub default: Span,
    /// By channel name.
    pub named: BTreeMap<String, Span>,
}

/// Whether the platform tells when after-contact work is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterContact {
    /// `contact.wrapped` tells.
    #[default]
    Events,
    /// It never does: a leg is booked when its talk ends.
    None,
}

/// When a day begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Day {
    /// The zone of local time.
    pub zone: TimeZone,
    /// Local time of day at which `today` begins. In [0, 24 h), whole minutes.
    pub start: Span,
}

/// The windows that are kept, and how finely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The grain of sliding windows. Divides a minute; at least 1 s.
    pub slot: Span,
    /// The windows of reports, in the configured order; `all` is the last.
    pub kept: Vec<Window>,
}

/// One window of time, read at a moment t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Window {
    /// The span before t; slides. A whole number of slots, at most 24 h.
    Sliding(Span),
    /// From the start of the local day.
    Today,
    /// The clock-aligned interval that t is in. Divides an hour or is whole hours dividing a day.
    This(Span),
    /// The clock-aligned interval before that.
    Last(Span),
    /// Everything up to and including t.
    All,
}

/// How service level is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServiceLevel {
    /// T: answered within this, inclusive, is met. In [1 s, 24 h].
    pub threshold: Span,
    /// The share that is promised. In (0, 1].
    pub target: f64,
    /// Abandons that waited at most this long are left out; zero turns that off. At most T.
    pub short_abandon: Span,
    /// Which contacts count.
    pub preset: Preset,
}

/// Which contacts count for service level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Short abandons are left out; everybody else counts.
    #[default]
    Standard,
    /// Short abandons count as misses too (Cisco "negative").
    AbandonsCountAgainst,
    /// Abandons within T are left out (Cisco "ignore").
    AbandonsWithinThresholdIgnored,
    /// Abandons within T count as met (Cisco "positive", Asterisk SL2).
    AbandonsWithinThresholdMet,
    /// Everybody who left the queue within T counts as met, who flowed out elsewhere than to a callback excepted (Amazon Connect).
    RemovedFromQueue,
    /// Only answered contacts count (Asterisk SL).
    AnsweredOnly,
}

impl ByChannel {
    /// The shortest of them.
    pub fn shortest(&self) -> Span {
        self.named.values().copied().fold(self.default, Span::min)
    }

    /// The span for a channel.
    pub fn of(&self, channel: &str) -> Span {
        self.named.get(channel).copied().unwrap_or(self.default)
    }
}

impl Window {
    /// The name in reports and labels: `5m`, `today`, `this_30m`, `last_30m`, `all`.
    pub fn name(self) -> String {
        match self {
            Self::Sliding(span) => span_name(span),
            Self::Today => "today".to_owned(),
            Self::This(span) => format!("this_{}", span_name(span)),
            Self::Last(span) => format!("last_{}", span_name(span)),
            Self::All => "all".to_owned(),
        }
    }
}

/// In hours at the most: people say a window of 24 h.
fn span_name(span: Span) -> String {
    let (hours, rest) = (span.as_millis() / 3_600_000, span.as_millis() % 3_600_000);
    if hours > 0 && rest == 0 { format!("{hours}h") } else { span.to_string() }
}

impl Preset {
    /// Every preset, in the order of the KPI table.
    pub const ALL: [Self; 6] = [
        Self::Standard,
        Self::AbandonsCountAgainst,
        Self::AbandonsWithinThresholdIgnored,
        Self::AbandonsWithinThresholdMet,
        Self::RemovedFromQueue,
        Self::AnsweredOnly,
    ];

    /// The name in config and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::AbandonsCountAgainst => "abandons_count_against",
            Self::AbandonsWithinThresholdIgnored => "abandons_within_threshold_ignored",
            Self::AbandonsWithinThresholdMet => "abandons_within_threshold_met",
            Self::RemovedFromQueue => "removed_from_queue",
            Self::AnsweredOnly => "answered_only",
        }
    }
}

/// The embedded defaults, without a file: what tests start from. `config` proves that they are those of the reference.
impl Default for Rules {
    fn default() -> Self {
        Self {
            lateness: Span::from_seconds(30),
            max_skew: Span::from_seconds(300),
            contact_ttl: ByChannel { default: Span::from_seconds(12 * 3_600), named: BTreeMap::new() },
            after_contact: AfterContact::Events,
            after_contact_max: Span::from_seconds(900),
            tickets: TicketRules::default(),
            agents: AgentRules::default(),
            surveys: SurveyRules::default(),
            day: Day { zone: TimeZone::UTC, start: Span::ZERO },
            windows: Windows::default(),
            service_level: ServiceLevel::default(),
            queues: BTreeMap::new(),
            aliases: BTreeMap::new(),
            calendars: BTreeMap::new(),
            patterns: Vec::new(),
            targets: Vec::new(),
            policies: Vec::new(),
        }
    }
}

impl Default for Windows {
    fn default() -> Self {
        let minutes = |n: i64| Span::from_seconds(60 * n);
        let sliding = [5, 15, 30, 60].map(|n| Window::Sliding(minutes(n)));
        let rest = [Window::Today, Window::This(minutes(30)), Window::Last(minutes(30)), Window::All];
        Self { slot: Span::from_seconds(5), kept: [sliding, rest].concat() }
    }
}

impl Default for ServiceLevel {
    fn default() -> Self {
        Self {
            threshold: Span::from_seconds(20),
            target: 0.80,
            short_abandon: Span::from_seconds(5),
            preset: Preset::Standard,
        }
    }
}
