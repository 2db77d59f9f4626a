//! The report by recounting: every contact folded anew at every reading, every figure counted out of one list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Settings;
use super::contact::{Booking, Contact, Leg, Pair, Place, fold};
use super::event::Event;
use super::stay::Stay;

const COUNTS: [&str; 10] = [
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
];
const DISTRIBUTIONS: [&str; 7] = [
    "speed_of_answer",
    "customer_wait",
    "time_to_abandon",
    "handle_time",
    "talk_time",
    "hold_time",
    "after_contact_time",
];
const CAUSES: [&str; 8] =
    ["callback", "voicemail", "overflow", "timeout", "key", "no_agents", "served_elsewhere", "other"];

/// Everything that was booked up to `t`: what coverage is counted on.
pub fn bookings(lines: &[Value], settings: &Settings, t: i64) -> Vec<Booking> {
    contacts(lines, settings, t).into_iter().flat_map(|contact| contact.bookings(t)).collect()
}

/// The figures at `t`, in the shape of `replay --format json`.
pub fn report(lines: &[Value], settings: &Settings, t: i64) -> Value {
    let contacts = contacts(lines, settings, t);
    let open = Open::of(&contacts);
    let booked: Vec<Booking> = contacts.into_iter().flat_map(|contact| contact.bookings(t)).collect();
    let recount = Recount { settings, t, open, booked };
    json!({ "queues": recount.queues(), "agents": recount.agents(), "total": recount.queue_figures(None) })
}

fn contacts<'a>(lines: &[Value], settings: &'a Settings, t: i64) -> Vec<Contact<'a>> {
    let mut seen = BTreeSet::new();
    let mut by_contact: BTreeMap<&str, Vec<Event>> = BTreeMap::new();
    let events = lines.iter().filter_map(Event::read).filter(|event| event.time <= t);
    for event in events.filter(|event| seen.insert(event.id())) {
        by_contact.entry(event.text("contact_id").expect("a contact has an id")).or_default().push(event);
    }
    by_contact.into_values().map(|events| fold(events, settings, t)).collect()
}

/// What is open at the moment of reading, by queue.
#[derive(Default)]
struct Open {
    waits_since: Vec<(String, i64)>,
    in_service: Vec<String>,
    in_after_contact: Vec<String>,
}

impl Open {
    fn of(contacts: &[Contact]) -> Self {
        let mut open = Self::default();
        for contact in contacts {
            open.waits_since.extend(contact.waiting().map(|stay: &Stay| (stay.pair.0.clone(), stay.since)));
            let pairs: BTreeSet<&Pair> = contact.in_service().map(|leg: &Leg| &leg.pair).collect();
            open.in_service.extend(pairs.into_iter().map(|(queue, _)| queue.clone()));
            open.in_after_contact.extend(contact.in_after_contact().map(|leg| leg.pair.0.clone()));
        }
        open
    }
}

struct Recount<'a> {
    settings: &'a Settings,
    t: i64,
    open: Open,
    booked: Vec<Booking>,
}

impl Recount<'_> {
    fn queues(&self) -> Map<String, Value> {
        let booked = self.booked.iter().filter_map(|booking| match &booking.place {
            Place::Queue((name, _)) => Some(name),
            Place::Agent(_) | Place::Books => None,
        });
        let names: BTreeSet<&String> = booked.chain(&self.open.in_service).collect();
        names.into_iter().map(|name| (name.clone(), self.queue_figures(Some(name)))).collect()
    }

    fn agents(&self) -> Map<String, Value> {
        let names: BTreeSet<&Place> = self.booked.iter().map(|booking| &booking.place).collect();
        let agents =
            names.into_iter().filter_map(|place| if let Place::Agent(name) = place { Some(name) } else { None });
        agents.map(|name| (name.clone(), self.agent_figures(name))).collect()
    }

    /// Of one queue, or of all.
    fn queue_figures(&self, queue: Option<&String>) -> Value {
        let is_here = |place: &Place| match place {
            Place::Queue((name, _)) => queue.is_none_or(|queue| queue == name),
            Place::Agent(_) | Place::Books => false,
        };
        json!({ "now": self.now(queue), "windows": self.windows(is_here, queue_window) })
    }

    fn agent_figures(&self, agent: &str) -> Value {
        let is_here = |place: &Place| *place == Place::Agent(agent.to_owned());
        json!({ "windows": self.windows(is_here, agent_window) })
    }

    fn now(&self, queue: Option<&String>) -> Value {
        let is_here = |name: &&String| queue.is_none_or(|queue| queue == *name);
        let waits = self.open.waits_since.iter().filter(|(name, _)| is_here(&name));
        let since: Vec<i64> = waits.map(|(_, since)| *since).collect();
        json!({
            "waiting": since.len(),
            "longest_wait": since.iter().min().map(|since| seconds(self.t - since)),
            "in_service": self.open.in_service.iter().filter(is_here).count(),
            "in_after_contact": self.open.in_after_contact.iter().filter(is_here).count(),
        })
    }

    fn windows(&self, is_here: impl Fn(&Place) -> bool, figures: impl Fn(&Tally) -> Value) -> Map<String, Value> {
        let here: Vec<&Booking> = self.booked.iter().filter(|booking| is_here(&booking.place)).collect();
        let windows = self.settings.windows.iter().map(|(name, window)| {
            let held = here.iter().filter(|booking| self.settings.holds(*window, booking.at, self.t));
            (name.clone(), figures(&Tally::of(held.copied())))
        });
        windows.collect()
    }
}

/// What one window holds of one queue or agent: by what was counted.
struct Tally<'a>(BTreeMap<&'a str, Vec<&'a Booking>>);

impl<'a> Tally<'a> {
    fn of(bookings: impl Iterator<Item = &'a Booking>) -> Self {
        let mut by_what: BTreeMap<&str, Vec<&Booking>> = BTreeMap::new();
        for booking in bookings {
            by_what.entry(&booking.what).or_default().push(booking);
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

    /// The same, of each channel alone.
    fn by_channel(&self) -> BTreeMap<&'a str, Self> {
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

fn agent_window(tally: &Tally) -> Value {
    json!({ "answered": tally.count("answered"), "handle_time": distribution(&tally.sorted_ms("handle_time")) })
}

/// Every figure, and each of them by channel.
fn queue_window(tally: &Tally) -> Value {
    let mut window = figures(tally).into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect::<Value>();
    window["flowed_out_by"]["cause"] =
        CAUSES.map(|cause| (cause.to_owned(), json!(tally.count(cause)))).into_iter().collect();
    for (channel, tally) in tally.by_channel() {
        for (name, figure) in figures(&tally) {
            window[format!("{name}_by")]["channel"][channel] = figure;
        }
    }
    window
}

fn figures(tally: &Tally) -> Vec<(&'static str, Value)> {
    let counts = COUNTS.map(|name| (name, json!(tally.count(name))));
    let distributions = DISTRIBUTIONS.map(|name| (name, distribution(&tally.sorted_ms(name))));
    let ratios = ratios(tally).map(|(name, part, whole)| (name, ratio("numerator", part, "denominator", whole)));
    let service_level = [("service_level", service_level(tally))];
    counts.into_iter().chain(distributions).chain(ratios).chain(service_level).collect()
}

fn ratios(tally: &Tally) -> [(&'static str, usize, usize); 3] {
    let long_abandoned = tally.count("abandoned") - tally.count("short_abandoned");
    let left = tally.sum(&["answered", "flowed_out"]) + long_abandoned;
    [
        ("abandonment_rate", long_abandoned, left),
        ("blockage_rate", tally.count("blocked"), tally.sum(&["blocked", "offered"])),
        ("transfer_rate", tally.count("transferred"), tally.sum(&["transferred", "not_transferred"])),
    ]
}

/// The six presets, in the letters of KPIS.md: `s` is `short_abandoned`, `past` is A+ B+ F+ w.
fn service_level(tally: &Tally) -> Value {
    let (s, past) = ("short_abandoned", "past");
    let presets: [(&str, &[&str], &[&str]); 6] = [
        ("standard", &["a"], &["a", "b", past]),
        ("abandons_count_against", &["a"], &["a", "b", s, past]),
        ("abandons_within_threshold_ignored", &["a"], &["a", past]),
        ("abandons_within_threshold_met", &["a", "b", s], &["a", "b", s, past]),
        ("removed_from_queue", &["a", "b", s, "c"], &["a", "b", s, "f", past]),
        ("answered_only", &["a"], &["answered"]),
    ];
    let read = |met: &[&str], counted: &[&str]| ratio("met", tally.sum(met), "counted", tally.sum(counted));
    let mut figure = read(presets[0].1, presets[0].2);
    figure["presets"] = presets.map(|(name, met, counted)| (name.to_owned(), read(met, counted))).into_iter().collect();
    figure
}

fn ratio(part_name: &str, part: usize, whole_name: &str, whole: usize) -> Value {
    let ratio = (whole > 0).then(|| part as f64 / whole as f64);
    json!({ part_name: part, whole_name: whole, "ratio": ratio })
}

fn distribution(sorted: &[i64]) -> Value {
    let sum: i64 = sorted.iter().sum();
    let nearest_rank =
        |percent: usize| sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().map(seconds);
    json!({
        "count": sorted.len(),
        "sum": seconds(sum),
        "mean": (!sorted.is_empty()).then(|| seconds(sum) / sorted.len() as f64),
        "min": sorted.first().copied().map(seconds),
        "max": sorted.last().copied().map(seconds),
        "p50": nearest_rank(50),
        "p90": nearest_rank(90),
        "p95": nearest_rank(95),
        "p99": nearest_rank(99),
    })
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}
