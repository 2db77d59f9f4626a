//! The slow, obvious program that the real one is compared with, and the random streams for it.
//!
//! **Why apart.** It shares no line with the library: a misreading of the contract would have to be made twice, in two ways.
//! It sorts, keeps lists and recounts everything at every read; nothing is withdrawn, sealed, merged or put in a histogram.
//!
//! **Words.** All times and lengths are milliseconds. *Reading*: the figures as of one moment t.

mod alerts;
mod asking;
mod callbacks;
mod cases;
pub mod compare;
pub mod contact;
mod coverage;
mod dice;
mod event;
mod figure;
mod figures;
mod leg;
pub mod lives;
mod messages;
pub mod naive;
pub mod script;
mod serving;
pub mod shrink;
mod snapshot;
mod soup;
pub mod spoil;
mod stay;
pub mod telling;
mod waits;
mod works;

use std::collections::BTreeMap;

pub use event::time_of;

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
    pub slot: i64,
    pub day_start: i64,
    pub windows: Vec<(String, Window)>,
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
pub const ANOMALIES: [&str; 5] =
    ["answered_twice", "alerted_twice", "missed_without_alert", "callback_not_requested", "after_the_end"];

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

/// A moment as RFC 3339 text in UTC.
pub fn time_text(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).expect("a moment within the years that are accepted").to_string()
}
