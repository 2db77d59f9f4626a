//! The figures of one window, counted out of what it holds.

use std::collections::{BTreeMap, BTreeSet};

use super::Settings;
use super::alerts::OWN_CAUSES;
use super::callbacks::RESULTS;
use super::contact::{Booking, Place};
use super::figure::{Figure, Share};
use super::promised;
use super::surveys::figures as surveys;
use super::tickets::figures as tickets;
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
const PARTS: [(&str, &str, &str, &[&str]); 4] = [
    ("flowed_out_by", "flowed_out", "cause", &FLOW_CAUSES),
    ("abandoned_by", "abandoned", "cause", &ABANDON_CAUSES),
    ("missed_alerts_by", "missed_alerts", "cause", &OWN_CAUSES),
    ("callbacks_attempted_by", "callbacks_attempted", "result", &RESULTS),
];

/// What one window holds of one queue or agent: by what was counted.
pub struct Tally<'a> {
    by_what: BTreeMap<&'static str, Vec<&'a Booking>>,
    of_complaints: Vec<&'a Booking>,
}

impl<'a> Tally<'a> {
    pub fn of(bookings: impl Iterator<Item = &'a Booking>) -> Self {
        let is_of_complaints = |booking: &&Booking| matches!(booking.place, Place::Complaints(_));
        let (of_complaints, others): (Vec<_>, Vec<_>) = bookings.partition(is_of_complaints);
        Self { of_complaints, by_what: by_what(others) }
    }

    /// Of complaints alone.
    pub fn complaints(&self) -> Self {
        Self { by_what: by_what(self.of_complaints.clone()), of_complaints: Vec::new() }
    }

    fn all(&self, what: &str) -> &[&'a Booking] {
        self.by_what.get(what).map_or(&[], Vec::as_slice)
    }

    pub fn count(&self, what: &str) -> usize {
        self.all(what).len()
    }

    pub fn sum(&self, whats: &[&str]) -> usize {
        whats.iter().map(|what| self.count(what)).sum()
    }

    pub fn count_of_part(&self, what: &str, part: &str) -> usize {
        self.all(what).iter().filter(|booking| booking.part == part).count()
    }

    /// What the bookings carry, added up.
    pub fn sum_of(&self, what: &str) -> i64 {
        self.all(what).iter().map(|booking| booking.ms).sum()
    }

    pub fn sorted_ms(&self, what: &str) -> Vec<i64> {
        sorted_ms(self.all(what).iter())
    }

    pub fn sorted_ms_of_part(&self, what: &str, part: &str) -> Vec<i64> {
        sorted_ms(self.all(what).iter().filter(|booking| booking.part == part))
    }

    pub fn parts(&self, what: &str, dimension: &'static str, parts: &[&'static str]) -> Figure {
        let counts = parts.iter().map(|part| (*part, self.count_of_part(what, part))).collect();
        Figure::Parts { dimension, counts }
    }

    /// The same, of each channel alone.
    pub fn by_channel(&self) -> BTreeMap<&'a str, Self> {
        let bookings = || self.by_what.values().flatten().chain(&self.of_complaints).copied();
        let channels: BTreeSet<&str> = bookings().filter_map(channel).collect();
        channels
            .into_iter()
            .map(|name| (name, Self::of(bookings().filter(|booking| channel(booking) == Some(name)))))
            .collect()
    }
}

fn by_what(bookings: Vec<&Booking>) -> BTreeMap<&'static str, Vec<&Booking>> {
    let mut by_what: BTreeMap<&str, Vec<&Booking>> = BTreeMap::new();
    for booking in bookings {
        by_what.entry(booking.what).or_default().push(booking);
    }
    by_what
}

fn sorted_ms<'a>(bookings: impl Iterator<Item = &'a &'a Booking>) -> Vec<i64> {
    let mut ms: Vec<i64> = bookings.map(|booking| booking.ms).collect();
    ms.sort_unstable();
    ms
}

fn channel(booking: &Booking) -> Option<&str> {
    match &booking.place {
        Place::Queue((_, channel)) | Place::Complaints((_, channel)) => Some(channel),
        Place::Agent(_) | Place::Books => None,
    }
}

/// The figures of an agent.
pub fn of_agent(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let count = |name| (name, Figure::Count(tally.count(name) as i64));
    let handle_time = Figure::Durations(tally.sorted_ms("handle_time"));
    let by = tally.parts("missed_alerts", "cause", &OWN_CAUSES);
    let of_contacts =
        [count("answered"), count("missed_alerts"), ("missed_alerts_by", by), ("handle_time", handle_time)];
    of_contacts.into_iter().chain(tickets::of_agent(tally)).chain(surveys::scores(tally)).collect()
}

/// The figures of a queue, but for their break-downs.
pub fn of_queue(tally: &Tally, settings: &Settings) -> Vec<(&'static str, Figure)> {
    let counts = COUNTS.map(|name| (name, Figure::Count(tally.count(name) as i64)));
    let adopted = tally.sum_of("adopted");
    let durations = DISTRIBUTIONS.map(|name| (name, Figure::Durations(tally.sorted_ms(name))));
    let others = [("adopted", Figure::Count(adopted)), ("service_level", service_level(tally, settings.preset))];
    let of_contacts = counts.into_iter().chain(durations).chain(ratios(tally)).chain(others);
    let of_all = of_contacts.chain(tickets::of_queue(tally)).chain(surveys::of_queue(tally));
    of_all.chain(promised::of_queue(tally)).collect()
}

/// Break-downs of a queue's figures by cause, result and the like: the name that ends in `_by`, and what stands there.
pub fn parts_of_queue(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let of_contacts = PARTS.map(|(name, count, dimension, parts)| (name, tally.parts(count, dimension, parts)));
    let of_all = of_contacts.into_iter().chain(tickets::parts(tally)).chain(surveys::parts(tally));
    of_all.chain(promised::parts(tally)).collect()
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
