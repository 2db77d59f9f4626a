//! The slow, obvious program that the real one is compared with, and the random streams for it.
//!
//! **Why apart.** It shares no line with the library: a misreading of the contract would have to be made twice, in two ways.
//! It sorts, keeps lists and recounts everything at every read; nothing is withdrawn, sealed, merged or put in a histogram.
//!
//! **Words.** All times and lengths are milliseconds. *Reading*: the figures as of one moment t.

mod agents;
mod alerts;
mod answer;
mod asked;
mod asking;
mod callbacks;
mod cases;
mod clock;
pub mod compare;
pub mod contact;
mod coverage;
mod desk;
pub mod dice;
mod event;
mod figure;
mod figures;
pub mod hours;
mod leg;
pub mod lives;
mod messages;
pub mod naive;
mod pledges;
pub mod policies;
mod promised;
pub mod script;
mod serving;
mod shifts;
pub mod shrink;
mod snapshot;
mod soup;
pub mod spoil;
mod stay;
mod subjects;
mod surveys;
pub mod telling;
mod tickets;
mod waits;
mod works;

use std::collections::{BTreeMap, BTreeSet};

pub use event::time_of;
use policies::Policy;

/// What the figures depend on. One zone, UTC.
#[derive(Clone, Debug)]
pub struct Settings {
    pub lateness: i64,
    /// T of queues that are not in `thresholds`.
    pub threshold: i64,
    pub thresholds: BTreeMap<String, i64>,
    /// T of a queue on one channel, before that of the queue.
    pub channel_thresholds: BTreeMap<(String, String), i64>,
    pub short_abandon: i64,
    /// Which preset `service_level` is.
    pub preset: &'static str,
    /// Of channels that are not in `channel_ttls`.
    pub contact_ttl: i64,
    pub channel_ttls: BTreeMap<String, i64>,
    /// `after_contact = "events"`; false is `"none"`.
    pub wraps_are_told: bool,
    pub after_contact_max: i64,
    pub ticket_ttl: i64,
    /// `first_response_from = "handed_over"`; false is `"created"`.
    pub first_response_from_handover: bool,
    /// H: a first response within this is in time.
    pub response_within: i64,
    /// The platform's own words for a status.
    pub statuses: BTreeMap<String, &'static str>,
    pub complaint_reasons: BTreeSet<String>,
    pub complaint_tags: BTreeSet<String>,
    pub complaint_due: i64,
    pub agent_ttl: i64,
    /// Of the config, beside those of the contract.
    pub own_states: Vec<&'static str>,
    pub productive: Vec<&'static str>,
    pub survey_ttl: i64,
    /// `[surveys]` is there: who served what is over is remembered.
    pub remembers_served: bool,
    pub csat: Scale,
    pub ces: Scale,
    pub cx: Scale,
    /// The first that holds does.
    pub policies: Vec<Policy>,
    pub slot: i64,
    pub day_start: i64,
    pub windows: Vec<(String, Window)>,
}

/// The scores of a survey, in thousandths, and those that are good; both ends inclusive.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub all: (i64, i64),
    pub good: Option<(i64, i64)>,
}

/// A window read at t.
#[derive(Clone, Copy, Debug)]
pub enum Window {
    Sliding(i64),
    Today,
    This(i64),
    Last(i64),
    All,
}

/// The anomalies that the contract names.
pub const ANOMALIES: [&str; 9] = [
    "answered_twice",
    "alerted_twice",
    "missed_without_alert",
    "callback_not_requested",
    "after_the_end",
    "created_twice",
    "unknown_status",
    "unknown_state",
    "score_out_of_scale",
];

/// The service-level presets, by name.
pub const PRESETS: [&str; 6] = [
    "standard",
    "abandons_count_against",
    "abandons_within_threshold_ignored",
    "abandons_within_threshold_met",
    "removed_from_queue",
    "answered_only",
];

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

/// The defaults of the contract.
impl Default for Settings {
    fn default() -> Self {
        Self {
            lateness: 30 * SECOND,
            threshold: 20 * SECOND,
            thresholds: BTreeMap::new(),
            channel_thresholds: BTreeMap::new(),
            short_abandon: 5 * SECOND,
            preset: "standard",
            contact_ttl: 12 * HOUR,
            channel_ttls: BTreeMap::new(),
            wraps_are_told: true,
            after_contact_max: 15 * MINUTE,
            ticket_ttl: 365 * DAY,
            first_response_from_handover: false,
            response_within: DAY,
            statuses: BTreeMap::new(),
            complaint_reasons: BTreeSet::from(["complaint".to_owned()]),
            complaint_tags: BTreeSet::from(["complaint".to_owned()]),
            complaint_due: 10 * DAY,
            agent_ttl: 16 * HOUR,
            own_states: Vec::new(),
            productive: Vec::new(),
            survey_ttl: 14 * DAY,
            remembers_served: false,
            csat: Scale { all: (1_000, 5_000), good: Some((4_000, 5_000)) },
            ces: Scale { all: (1_000, 7_000), good: Some((5_000, 7_000)) },
            cx: Scale { all: (1_000, 5_000), good: None },
            policies: Vec::new(),
            slot: 5 * SECOND,
            day_start: 0,
            windows: default_windows(),
        }
    }
}

fn default_windows() -> Vec<(String, Window)> {
    let sliding =
        [("5m", 5), ("15m", 15), ("30m", 30), ("1h", 60)].map(|(name, n)| (name, Window::Sliding(n * MINUTE)));
    let half_hour = 30 * MINUTE;
    let rest = [("this_30m", Window::This(half_hour)), ("last_30m", Window::Last(half_hour)), ("all", Window::All)];
    let named = sliding.into_iter().chain([("today", Window::Today)]).chain(rest);
    named.map(|(name, window)| (name.to_owned(), window)).collect()
}

impl Settings {
    /// T of a queue on a channel.
    pub fn threshold_of(&self, (queue, channel): &(String, String)) -> i64 {
        let of_channel = self.channel_thresholds.get(&(queue.clone(), channel.clone()));
        *of_channel.or_else(|| self.thresholds.get(queue)).unwrap_or(&self.threshold)
    }

    /// How long after its last event a contact on that channel is given up.
    pub fn ttl_of(&self, channel: &str) -> i64 {
        *self.channel_ttls.get(channel).unwrap_or(&self.contact_ttl)
    }

    /// Whether what was booked `at` is in the window when it is read at `t`.
    pub fn holds(&self, window: Window, at: i64, t: i64) -> bool {
        let slot = at - at.rem_euclid(self.slot);
        match window {
            Window::Sliding(length) => t - length <= slot && slot < t,
            Window::Today => t - (t - self.day_start).rem_euclid(DAY) <= slot && slot < t,
            Window::This(length) => t - t.rem_euclid(length) <= slot && slot < t,
            Window::Last(length) => (t - t.rem_euclid(length) - length..t - t.rem_euclid(length)).contains(&slot),
            Window::All => at <= t,
        }
    }
}

impl Window {
    /// The moments [from, to) of the window at `t`, in whole slots at the start.
    pub fn range(self, settings: &Settings, t: i64) -> (i64, i64) {
        let slots_from = |from: i64| from + (-from).rem_euclid(settings.slot);
        match self {
            Self::Sliding(length) => (slots_from(t - length), t),
            Self::Today => (t - (t - settings.day_start).rem_euclid(DAY), t),
            Self::This(length) => (t - t.rem_euclid(length), t),
            Self::Last(length) => (t - t.rem_euclid(length) - length, t - t.rem_euclid(length)),
            Self::All => (i64::MIN, t),
        }
    }
}

/// A moment as RFC 3339 text in UTC.
pub fn time_text(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).expect("a moment within the years that are accepted").to_string()
}
