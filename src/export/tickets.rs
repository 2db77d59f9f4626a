//! The families of tickets of a queue and channel: counters, histograms, and the backlog now.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::Pair;
use super::queues::{Counted, Read, of, showing, write_age, write_histogram};
use super::text::Text;
use crate::counters::{TicketCounters, TicketDuration, ticket_edges};
use crate::kpi::PriorityNow;
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

pub(super) fn write(scrape: &Scrape<'_>, counted: &[Counted<'_>], pairs: &[Pair<'_>], text: &mut Text) {
    let none = TicketCounters::new(&ticket_edges(scrape.rules));
    for (family, read) in COUNTERS {
        text.family(family);
        of(family, counted).for_each(|own| text.sample(&family.name, &own.labels, read(tickets(own, &none))));
    }
    for (family, duration) in HISTOGRAMS {
        text.family(family);
        for own in of(family, counted) {
            write_histogram(&family.name, &own.labels, tickets(own, &none).duration(*duration), text);
        }
    }
    for (family, read) in NOW {
        text.family(family);
        showing(family, pairs).for_each(|pair| write_priorities(family, pair, &scrape.view.priorities, *read, text));
    }
    write_age(&catalog::OLDEST_AWAITING, pairs, |now| now.tickets.oldest_awaiting, text);
}

fn tickets<'a>(own: &Counted<'a>, none: &'a TicketCounters) -> &'a TicketCounters {
    own.counters.tickets.as_deref().unwrap_or(none)
}

/// By priority, of the tickets that are unresolved now; every priority that was ever seen, so that one without tickets reads 0.
fn write_priorities(
    family: &Family,
    pair: &Pair<'_>,
    seen: &BTreeSet<Arc<str>>,
    read: fn(&PriorityNow) -> u64,
    text: &mut Text,
) {
    let by_priority = &pair.series.now.tickets.by_priority;
    let usual = (!seen.contains(NORMAL)).then_some(NORMAL);
    let empty = seen.iter().map(AsRef::as_ref).chain(usual).filter(|seen| !by_priority.contains_key(*seen));
    let empty = empty.map(|seen| (seen, 0));
    for (priority, count) in by_priority.iter().map(|(priority, own)| (priority.as_str(), read(own))).chain(empty) {
        text.sample(&family.name, &pair.labels.with(&[("priority", priority)]), count);
    }
}
