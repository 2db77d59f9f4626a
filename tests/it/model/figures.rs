//! The figures of one window, counted out of what it holds.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::alerts::OWN_CAUSES;
use super::callbacks::RESULTS;
use super::contact::{Booking, Place};
use super::figure::{Figure, Share};
use super::waits::{ABANDON_CAUSES, FLOW_CAUSES};

const COUNTS: [&str; 13] = [
    "offered",
    "answered",
    "abandoned",
    "short_abandoned",
    "flowed_out",
    "blocked",
    "expired",
    "volume",
    "transferred",
    "wrap_timeout",
    "missed_alerts",
    "callbacks_requested",
    "callbacks_attempted",
];
const DISTRIBUTIONS: [&str; 10] = [
    "speed_of_answer",
    "customer_wait",
    "time_to_abandon",
    "handle_time",
    "talk_time",
    "hold_time",
    "after_contact_time",
    "chat_first_response_time",
    "chat_reply_time",
    "callback_wait",
];
/// Counts that are told by part, too.
const PARTS: [(&str, &str, &[&str]); 4] = [
    ("flowed_out", "cause", &FLOW_CAUSES),
    ("abandoned", "cause", &ABANDON_CAUSES),
    ("missed_alerts", "cause", &OWN_CAUSES),
    ("callbacks_attempted", "result", &RESULTS),
];

/// What one window holds of one queue or agent: by what was counted.
pub struct Tally<'a>(BTreeMap<&'static str, Vec<&'a Booking>>);

impl<'a> Tally<'a> {
    pub fn of(bookings: impl Iterator<Item = &'a Booking>) -> Self {
        let mut by_what: BTreeMap<&str, Vec<&Booking>> = BTreeMap::new();
        for booking in bookings {
            by_what.entry(booking.what).or_default().push(booking);
        }
        Self(by_what)
    }

    fn all(&self, what: &str) -> &[&'a Booking] {
        self.0.get(what).map_or(&[], Vec::as_slice)
    }

    fn count(&self, what: &str) -> usize {
        self.all(what).len()
    }

    fn sum(&self, whats: &[&str]) -> usize {
        whats.iter().map(|what| self.count(what)).sum()
    }

    fn sorted_ms(&self, what: &str) -> Vec<i64> {
        let mut ms: Vec<i64> = self.all(what).iter().map(|booking| booking.ms).collect();
        ms.sort_unstable();
        ms
    }

    fn parts(&self, what: &str, dimension: &'static str, parts: &[&'static str]) -> Figure {
        let of = |part: &str| self.all(what).iter().filter(|booking| booking.part == part).count();
        Figure::Parts { dimension, counts: parts.iter().map(|part| (*part, of(part))).collect() }
    }

    /// The same, of each channel alone.
    pub fn by_channel(&self) -> BTreeMap<&'a str, Self> {
        let bookings = || self.0.values().flatten().copied();
        let channels: BTreeSet<&str> = bookings().filter_map(channel).collect();
        channels
            .into_iter()
            .map(|name| (name, Self::of(bookings().filter(|booking| channel(booking) == Some(name)))))
            .collect()
    }
}

fn channel(booking: &Booking) -> Option<&str> {
    if let Place::Queue((_, channel)) = &booking.place { Some(channel) } else { None }
}

/// The figures of an agent.
pub fn of_agent(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let count = |name| (name, Figure::Count(tally.count(name) as i64));
    let handle_time = Figure::Durations(tally.sorted_ms("handle_time"));
    let by = tally.parts("missed_alerts", "cause", &OWN_CAUSES);
    vec![count("answered"), count("missed_alerts"), ("missed_alerts_by", by), ("handle_time", handle_time)]
}

/// The figures of a queue, but for their break-downs.
pub fn of_queue(tally: &Tally, settings: &Settings) -> Vec<(&'static str, Figure)> {
    let counts = COUNTS.map(|name| (name, Figure::Count(tally.count(name) as i64)));
    let adopted = tally.all("adopted").iter().map(|booking| booking.ms).sum();
    let durations = DISTRIBUTIONS.map(|name| (name, Figure::Durations(tally.sorted_ms(name))));
    let others = [("adopted", Figure::Count(adopted)), ("service_level", service_level(tally, settings.preset))];
    counts.into_iter().chain(durations).chain(ratios(tally)).chain(others).collect()
}

/// Counts of a queue by cause or result: the name of the count, and how many of each.
pub fn parts_of_queue(tally: &Tally) -> [(&'static str, Figure); 4] {
    PARTS.map(|(name, dimension, parts)| (name, tally.parts(name, dimension, parts)))
}

fn ratios(tally: &Tally) -> [(&'static str, Figure); 4] {
    let long_abandoned = tally.count("abandoned") - tally.count("short_abandoned");
    let left = tally.sum(&["answered", "flowed_out"]) + long_abandoned;
    let called_back = ["callback_reached", "callback_given_up"];
    [
        ("abandonment_rate", long_abandoned, left),
        ("blockage_rate", tally.count("blocked"), tally.sum(&["blocked", "offered"])),
        ("transfer_rate", tally.count("transferred"), tally.sum(&["transferred", "not_transferred"])),
        ("callback_success", tally.count("callback_reached"), tally.sum(&called_back)),
    ]
    .map(|(name, part, whole)| (name, Figure::Ratio { part, whole }))
}

/// The six presets, in the letters of KPIS.md: `past` is A+ B+ F+ w.
fn service_level(tally: &Tally, configured: &str) -> Figure {
    let presets: [(&str, &[&str], &[&str]); 6] = [
        ("standard", &["a"], &["a", "b", "past"]),
        ("abandons_count_against", &["a"], &["a", "b", "s", "past"]),
        ("abandons_within_threshold_ignored", &["a"], &["a", "past"]),
        ("abandons_within_threshold_met", &["a", "b", "s"], &["a", "b", "s", "past"]),
        ("removed_from_queue", &["a", "b", "s", "c"], &["a", "b", "s", "f", "past"]),
        ("answered_only", &["a"], &["answered"]),
    ];
    let read = |(name, met, counted): (&'static str, &[&str], &[&str])| {
        (name, Share { met: tally.sum(met), counted: tally.sum(counted) })
    };
    let presets: Vec<(&'static str, Share)> = presets.into_iter().map(read).collect();
    let (_, configured) = *presets.iter().find(|(name, _)| *name == configured).expect("one of the six");
    Figure::Level { configured, presets }
}
