//! The families of tickets of a queue and channel: counters, histograms, and the backlog now.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::Pair;
use super::queues::{Edges, Read, now, showing, write_age};
use super::text::{Labels, Text};
use crate::counters::{TicketCounters, TicketDuration, ticket_edges};
use crate::kpi::{Now, PriorityNow};
use crate::terms::NORMAL;

const COUNTERS: &[Read<TicketCounters>] = &[
    (catalog::TICKETS_CREATED, |tickets| tickets.created),
    (catalog::TICKETS_RESOLVED, |tickets| tickets.resolved),
    (catalog::TICKETS_REOPENED, |tickets| tickets.reopened),
    (catalog::TICKETS_CLOSED, |tickets| tickets.closed),
    (catalog::TICKETS_ESCALATED, |tickets| tickets.escalated),
    (catalog::TICKETS_DELETED, |tickets| tickets.deleted),
    (catalog::TICKETS_EXPIRED, |tickets| tickets.expired),
];

const HISTOGRAMS: &[(Family, TicketDuration)] = &[
    (catalog::FIRST_RESPONSE, TicketDuration::FirstResponse),
    (catalog::REPLY, TicketDuration::Reply),
    (catalog::RESOLUTION, TicketDuration::Resolution),
];

const NOW: &[Read<PriorityNow>] = &[
    (catalog::BACKLOG, |own| own.backlog),
    (catalog::UNASSIGNED, |own| own.unassigned),
    (catalog::AWAITING_REPLY, |own| own.awaiting_reply),
];

pub(super) fn write_counters(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    let edges = ticket_edges(scrape.rules);
    let none = TicketCounters::new(&edges);
    for (family, read) in COUNTERS {
        text.family(family);
        showing(family, pairs).for_each(|pair| text.sample(&family.name, &pair.labels, read(tickets(pair, &none))));
    }
    let edges = Edges::new(&edges);
    for (family, duration) in HISTOGRAMS {
        text.family(family);
        for pair in showing(family, pairs) {
            edges.write(&family.name, &pair.labels, tickets(pair, &none).duration(*duration), text);
        }
    }
}

pub(super) fn write_now(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    for (family, read) in NOW {
        text.family(family);
        for (labels, now) in now(family, pairs) {
            write_priorities(family, labels, now, &scrape.view.priorities, *read, text);
        }
    }
    write_age(&catalog::OLDEST_AWAITING, pairs, |now| now.tickets.oldest_awaiting, text);
}

/// What the counters have taken of a pair's tickets.
fn tickets<'a>(pair: &Pair<'a>, none: &'a TicketCounters) -> &'a TicketCounters {
    pair.counters.tickets.as_deref().unwrap_or(none)
}

/// By priority, of the tickets that are unresolved now; every priority that was ever seen, so that one without tickets reads 0.
fn write_priorities(
    family: &Family,
    labels: &Labels,
    now: &Now,
    seen: &BTreeSet<Arc<str>>,
    read: fn(&PriorityNow) -> u64,
    text: &mut Text,
) {
    let by_priority = &now.tickets.by_priority;
    let usual = (!seen.contains(NORMAL)).then_some(NORMAL);
    let empty = seen.iter().map(AsRef::as_ref).chain(usual).filter(|seen| !by_priority.contains_key(*seen));
    let empty = empty.map(|seen| (seen, 0));
    for (priority, count) in by_priority.iter().map(|(priority, own)| (priority.as_str(), read(own))).chain(empty) {
        text.labelled(&family.name, labels, &[("priority", priority)], count);
    }
}
