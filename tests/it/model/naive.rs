//! The report by recounting: everybody folded anew at every reading, every figure counted out of one list.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::agents::{Agent, in_states};
use super::clock::Standing;
use super::compare::agree;
use super::contact::{Booking, Contact, Pair, Place};
use super::figure::{Figure, seconds};
use super::figures::{Tally, of_agent, of_queue, parts_of_queue};
use super::promised;
use super::subjects::Subjects;
use super::tickets::Ticket;
use super::tickets::figures::now as tickets_now;
use super::{Settings, Window};

/// Everything that was booked up to `t`: what coverage is counted on.
pub fn bookings(lines: &[Value], settings: &Settings, t: i64) -> Vec<Booking> {
    Subjects::of(lines, settings, t).bookings(t)
}

/// Whether something happens of which it is known that the program goes another way.
pub fn is_in_question(lines: &[Value], settings: &Settings) -> bool {
    let booked = bookings(lines, settings, i64::MAX / 2);
    booked.iter().any(|booking| booking.what == "in_question")
}

/// The figures at `t`, in the shape of `replay --format json`.
pub fn report(lines: &[Value], settings: &Settings, t: i64) -> Value {
    let recount = Recount::of(lines, settings, t);
    json!({
        "events": { "anomalies": recount.anomalies() },
        "queues": recount.queues(),
        "agents": recount.agents(),
        "total": recount.queue_figures(None),
    })
}

/// How often each oddity happened up to `t`, by kind.
pub fn anomalies(lines: &[Value], settings: &Settings, t: i64) -> BTreeMap<&'static str, usize> {
    Recount::of(lines, settings, t).anomalies()
}

/// What is open in all queues at `t`.
pub fn now(lines: &[Value], settings: &Settings, t: i64) -> Value {
    Recount::of(lines, settings, t).now(None)
}

/// Whether a report says what the figures at `t` are; cheaper than to look where it does not.
pub fn is_told_by(lines: &[Value], settings: &Settings, t: i64, report: &Value) -> bool {
    Recount::of(lines, settings, t).is_told_by(report)
}

/// What is open at the moment of reading, by queue.
#[derive(Default)]
struct Open {
    waits_since: Vec<(String, i64)>,
    in_service: Vec<String>,
    in_after_contact: Vec<String>,
    callbacks_since: Vec<(String, i64)>,
    promises: Vec<Standing>,
}

impl Open {
    fn of(Subjects { contacts, tickets, .. }: &Subjects) -> Self {
        let of_tickets = tickets.iter().flat_map(Ticket::promises);
        let promises = contacts.iter().flat_map(Contact::promises).chain(of_tickets).collect();
        let mut open = Self { promises, ..Self::default() };
        for contact in contacts {
            open.waits_since.extend(contact.waiting().map(|stay| (stay.pair.0.clone(), stay.since)));
            let pairs: BTreeSet<&Pair> = contact.in_service().map(|leg| &leg.pair).collect();
            open.in_service.extend(pairs.into_iter().map(|(queue, _)| queue.clone()));
            open.in_after_contact.extend(contact.in_after_contact().map(|leg| leg.pair.0.clone()));
            open.callbacks_since.extend(contact.callback().map(|open| (open.pair.0.clone(), open.since)));
        }
        open
    }

    /// Every queue that something is open in.
    fn queues(&self) -> impl Iterator<Item = &String> {
        let since = self.waits_since.iter().chain(&self.callbacks_since).map(|(name, _)| name);
        since.chain(&self.in_service).chain(&self.in_after_contact)
    }
}

struct Recount<'a> {
    settings: &'a Settings,
    t: i64,
    subjects: Subjects<'a>,
    open: Open,
    booked: Vec<Booking>,
}

impl<'a> Recount<'a> {
    fn of(lines: &[Value], settings: &'a Settings, t: i64) -> Self {
        let subjects = Subjects::of(lines, settings, t);
        let (open, booked) = (Open::of(&subjects), subjects.bookings(t));
        Self { settings, t, subjects, open, booked }
    }

    fn anomalies(&self) -> BTreeMap<&'static str, usize> {
        let mut anomalies = BTreeMap::from(super::ANOMALIES.map(|kind| (kind, 0)));
        for booking in self.booked.iter().filter(|booking| booking.place == Place::Books) {
            anomalies.entry(booking.what).and_modify(|count| *count += 1);
        }
        anomalies
    }

    fn queue_names(&self) -> BTreeSet<&str> {
        let booked = self.booked.iter().filter_map(|booking| match &booking.place {
            Place::Queue((name, _)) => Some(name.as_str()),
            Place::Agent(_) | Place::Complaints(_) | Place::Books => None,
        });
        let open = self.open.queues().map(String::as_str).chain(self.subjects.unresolved().map(Ticket::queue));
        let staffed = self.subjects.agents.values().flat_map(Agent::queues).map(String::as_str);
        booked.chain(open).chain(staffed).collect()
    }

    fn agent_names(&self) -> BTreeSet<&str> {
        let booked = self.booked.iter().filter_map(|booking| match &booking.place {
            Place::Agent(name) => Some(name.as_str()),
            Place::Queue(_) | Place::Complaints(_) | Place::Books => None,
        });
        booked.chain(self.subjects.agents.keys().map(String::as_str)).collect()
    }

    fn queues(&self) -> Map<String, Value> {
        self.queue_names().into_iter().map(|name| (name.to_owned(), self.queue_figures(Some(name)))).collect()
    }

    fn agents(&self) -> Map<String, Value> {
        self.agent_names().into_iter().map(|name| (name.to_owned(), self.agent_figures(name))).collect()
    }

    fn agent_figures(&self, name: &str) -> Value {
        let here = self.of_agent(name);
        let windows: Map<_, _> = self
            .tallies(&here)
            .zip(&self.settings.windows)
            .map(|((window, tally), (_, range))| {
                let figures = of_agent(&tally).into_iter().chain(self.time_of_agent(name, *range));
                (window.to_owned(), object(figures.collect()))
            })
            .collect();
        json!({ "now": self.agent_now(name), "windows": windows })
    }

    fn agent_now(&self, name: &str) -> Value {
        self.subjects.agents.get(name).map_or_else(|| json!({}), |agent| agent.now(self.t))
    }

    /// Nothing of an agent of whom only contacts and tickets tell.
    fn time_of_agent(&self, name: &str, window: Window) -> Vec<(&'static str, Figure)> {
        let agent = self.subjects.agents.get(name);
        agent.map_or_else(Vec::new, |agent| agent.figures(window.range(self.settings, self.t)))
    }

    /// Of one queue, or of all.
    fn queue_figures(&self, queue: Option<&str>) -> Value {
        let windows = self.windows(&self.of_queue(queue), |tally| queue_window(tally, self.settings));
        json!({ "now": self.now(queue), "windows": windows })
    }

    fn windows(&self, here: &[&Booking], figures: impl Fn(&Tally) -> Value) -> Map<String, Value> {
        self.tallies(here).map(|(name, tally)| (name.to_owned(), figures(&tally))).collect()
    }

    fn tallies<'b>(&'b self, here: &[&'b Booking]) -> impl Iterator<Item = (&'b str, Tally<'b>)> {
        self.settings.windows.iter().map(|(name, window)| {
            let held = here.iter().filter(|booking| self.settings.holds(*window, booking.at, self.t));
            (name.as_str(), Tally::of(held.copied()))
        })
    }

    fn of_queue(&self, queue: Option<&str>) -> Vec<&Booking> {
        let is_here = |booking: &&Booking| match &booking.place {
            Place::Queue((name, _)) | Place::Complaints((name, _)) => queue.is_none_or(|queue| queue == name),
            Place::Agent(_) | Place::Books => false,
        };
        self.booked.iter().filter(is_here).collect()
    }

    fn of_agent(&self, agent: &str) -> Vec<&Booking> {
        let is_here = |booking: &&Booking| matches!(&booking.place, Place::Agent(name) if name == agent);
        self.booked.iter().filter(is_here).collect()
    }

    fn now(&self, queue: Option<&str>) -> Value {
        let is_here = |name: &String| queue.is_none_or(|queue| queue == name);
        let count = |names: &[String]| names.iter().filter(|name| is_here(name)).count();
        let since = |all: &[(String, i64)]| {
            all.iter().filter(|(name, _)| is_here(name)).map(|(_, since)| *since).collect::<Vec<_>>()
        };
        let age_of_oldest = |since: &[i64]| since.iter().min().map(|since| seconds(self.t - since));
        let (waits, callbacks) = (since(&self.open.waits_since), since(&self.open.callbacks_since));
        let unresolved: Vec<&Ticket> =
            self.subjects.unresolved().filter(|ticket| queue.is_none_or(|queue| queue == ticket.queue())).collect();
        let promises = self.open.promises.iter();
        let promises: Vec<&Standing> = promises.filter(|own| queue.is_none_or(|queue| queue == own.pair.0)).collect();
        let mut now = tickets_now(&unresolved, self.t);
        let of_contacts = json!({
            "waiting": waits.len(),
            "longest_wait": age_of_oldest(&waits),
            "in_service": count(&self.open.in_service),
            "in_after_contact": count(&self.open.in_after_contact),
            "callbacks_waiting": callbacks.len(),
            "oldest_callback": age_of_oldest(&callbacks),
            "sla": promised::now(&promises, self.settings, self.t),
            "agents": in_states(self.subjects.agents.values(), queue, self.settings),
        });
        now.as_object_mut().expect("figures by name").extend(of_contacts.as_object().expect("the same").clone());
        now
    }
}

/// Every figure of a queue, and each of them by channel.
fn queue_window(tally: &Tally, settings: &Settings) -> Value {
    let mut window = object(of_queue(tally, settings));
    for (name, parts) in parts_of_queue(tally) {
        window[name] = parts.value();
    }
    for (channel, tally) in tally.by_channel() {
        for (name, figure) in of_queue(&tally, settings) {
            window[format!("{name}_by")]["channel"][channel] = figure.value();
        }
    }
    window
}

fn object(figures: Vec<(&'static str, Figure)>) -> Value {
    figures.into_iter().map(|(name, figure)| (name.to_owned(), figure.value())).collect()
}

/// What a report says of it.
impl Recount<'_> {
    fn is_told_by(&self, report: &Value) -> bool {
        let (queues, agents) = (&report["queues"], &report["agents"]);
        let all_queues = names(queues).chain(self.queue_names()).collect::<BTreeSet<_>>();
        let all_agents = names(agents).chain(self.agent_names()).collect::<BTreeSet<_>>();
        all_queues.into_iter().all(|name| self.is_queue_told_by(Some(name), &queues[name]))
            && all_agents.into_iter().all(|name| self.is_agent_told_by(name, &agents[name]))
            && self.is_queue_told_by(None, &report["total"])
    }

    fn is_queue_told_by(&self, queue: Option<&str>, got: &Value) -> bool {
        let here = self.of_queue(queue);
        all_agree("now", &self.now(queue), &got["now"])
            && self
                .tallies(&here)
                .all(|(window, tally)| is_window_told_by(&tally, self.settings, &got["windows"][window]))
    }

    fn is_agent_told_by(&self, agent: &str, got: &Value) -> bool {
        let here = self.of_agent(agent);
        let is_time_told =
            |(name, window): &(String, Window)| are_told_by(&self.time_of_agent(agent, *window), &got["windows"][name]);
        all_agree("now", &self.agent_now(agent), &got["now"])
            && self.tallies(&here).all(|(window, tally)| are_told_by(&of_agent(&tally), &got["windows"][window]))
            && self.settings.windows.iter().all(is_time_told)
    }
}

fn is_window_told_by(tally: &Tally, settings: &Settings, got: &Value) -> bool {
    let are_parts_told = parts_of_queue(tally).iter().all(|(name, parts)| parts.is_told_by(&got[name]));
    let is_channel_told = |(channel, tally): (&str, &Tally)| {
        let figures = of_queue(tally, settings).into_iter();
        figures.into_iter().all(|(name, figure)| figure.is_told_by(&got[format!("{name}_by")]["channel"][channel]))
    };
    are_told_by(&of_queue(tally, settings), got)
        && are_parts_told
        && tally.by_channel().iter().all(|(channel, tally)| is_channel_told((channel, tally)))
}

fn are_told_by(figures: &[(&'static str, Figure)], got: &Value) -> bool {
    figures.iter().all(|(name, figure)| figure.is_told_by(&got[*name]))
}

fn all_agree(name: &str, expected: &Value, got: &Value) -> bool {
    match expected.as_object() {
        Some(parts) => parts.iter().all(|(name, expected)| all_agree(name, expected, &got[name])),
        None => agree(name, expected, got),
    }
}

fn names(places: &Value) -> impl Iterator<Item = &str> {
    places.as_object().into_iter().flatten().map(|(name, _)| name.as_str())
}
