//! Everybody that a stream tells of, each folded from events of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Settings;
use super::agents::{self, Agent};
use super::contact::{self, Booking, Contact};
use super::event::{Event, Subject, subject};
use super::tickets::{self, Ticket};

/// All as they stand at one moment.
pub struct Subjects<'a> {
    pub contacts: Vec<Contact<'a>>,
    pub tickets: Vec<Ticket<'a>>,
    pub agents: BTreeMap<String, Agent<'a>>,
}

impl<'a> Subjects<'a> {
    /// As of `t`, from the distinct events up to `t`.
    pub fn of(lines: &[Value], settings: &'a Settings, t: i64) -> Self {
        let mut subjects = Self { contacts: Vec::new(), tickets: Vec::new(), agents: BTreeMap::new() };
        for (subject, events) in by_subject(lines, t) {
            match subject {
                Subject::Contact(_) => subjects.contacts.push(contact::fold(events, settings, t)),
                Subject::Ticket(_) => subjects.tickets.push(tickets::fold(events, settings, t)),
                Subject::Agent(name) => {
                    drop(subjects.agents.insert(name.to_owned(), agents::fold(events, settings, t)));
                }
                Subject::Other => {}
            }
        }
        subjects
    }

    /// Everything that counts at `t`.
    pub fn bookings(&self, t: i64) -> Vec<Booking> {
        let contacts = self.contacts.iter().flat_map(|contact| contact.bookings(t));
        let tickets = self.tickets.iter().flat_map(Ticket::bookings);
        let agents = self.agents.values().flat_map(|agent| agent.bookings().iter().cloned());
        contacts.chain(tickets).chain(agents).collect()
    }

    /// Tickets that are not resolved.
    pub fn unresolved(&self) -> impl Iterator<Item = &Ticket<'a>> {
        self.tickets.iter().filter(|ticket| ticket.is_unresolved())
    }
}

fn by_subject(lines: &[Value], t: i64) -> BTreeMap<Subject<'_>, Vec<Event<'_>>> {
    let mut seen = BTreeSet::new();
    let mut by_subject: BTreeMap<Subject, Vec<Event>> = BTreeMap::new();
    let events = lines.iter().filter_map(Event::read).filter(|event| event.time <= t);
    for event in events.filter(|event| seen.insert(event.id())) {
        by_subject.entry(subject(event.fields)).or_default().push(event);
    }
    by_subject
}
