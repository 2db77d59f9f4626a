//! Tables against the slow way: nobody knows when something is due, and nothing is put down.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::budget::{Budget, Limits};
use crate::event::{AbandonCause, Author, Body, ContactEvent, Creator, Direction, Event, Role, TicketEvent};
use crate::event::{TicketWhat, Traits, What};
use crate::id::hash_bytes;
use crate::rules::Rules;
use crate::shard::explain::Kind;
use crate::shard::{Outcome, Shard};
use crate::time::Span;
use crate::timeline::{Lines, Taken};
use crate::view::{Ask, View};

fn what(kind: usize) -> What<'static> {
    let (queue, agent) = ("sales".into(), "ann".into());
    match kind {
        0 => What::Queued { queue, direction: Direction::Inbound, root: None, first_queued_at: None, also: false },
        1 => What::Answered { agent, queue: None, role: Role::Primary },
        2 => What::Held { agent: None },
        3 => What::Ended { agent: None },
        4 => What::Wrapped { agent: None },
        5 => What::Abandoned { cause: AbandonCause::Customer },
        _ => What::Updated,
    }
}

fn event(id: String, contact: usize, kind: usize, ms: i64) -> Event<'static> {
    let contact = contact.to_string().into();
    let body = Body::Contact(ContactEvent { contact, channel: None, priority: None, bulk: false, what: what(kind) });
    Event { id: id.into(), at: EventTime::from_millis(ms), seq: 0, source: None, body }
}

/// The slow way: seals and settles copies of each contact at the last moments at which nothing is said to be due.
fn check(shard: &Shard, last: EventTime) -> Result<(), TestCaseError> {
    let Table { index, places, .. } = &shard.contacts;
    prop_assert_eq!(index.len(), places.len());
    for (place, Place { key, due, held }) in places.iter().enumerate() {
        let moment = |seconds| match seconds {
            u32::MAX => EventTime::MAX,
            seconds => EventTime::from_millis(i64::from(seconds) * 1_000),
        };
        let (at, over, key) = (moment(due.at), moment(due.over), *key);
        let Held::Whole(kept) = held else { panic!("no contact rests") };
        prop_assert_eq!(key, hash_bytes(&kept.id));
        prop_assert_eq!(shard.contacts.find(key, &kept.id), Some(place));
        let (terms, counted) = (&shard.terms, shard.counted_to);
        let (mut spares, mut changes, mut taken) = (Spares::default(), Bookings::default(), Taken::default());
        let mut seal = |subject: &mut Subject<_>, sealed, taken: &mut Taken| {
            let lines = Lines { sealed, counted };
            subject.seal(&mut Sealing { terms, lines, changes: &mut changes, taken }, &mut spares);
            changes.is_empty()
        };
        let mut subject = kept.subject.clone();
        let line = at.min(over).min(last);
        if line >= shard.line() {
            prop_assert!(seal(&mut subject, line, &mut taken), "{:?}", kept);
            prop_assert_eq!(subject.fate(line, terms), Fate::Keep);
        }
        let line = over.min(last);
        if line >= shard.line() {
            let mut subject = subject.clone();
            seal(&mut subject, line, &mut Taken::default());
            prop_assert_eq!(subject.fate(line, terms), Fate::Keep);
        }
        let line = at.min(last);
        if line >= shard.line().max(counted) {
            subject.settle(line, terms, &mut taken, &mut Spares::default());
            kept.subject.clone().settle(line, terms, &mut taken, &mut Spares::default());
        }
        prop_assert!(taken.bookings.is_empty() && taken.corrections == 0, "{:?}", kept);
    }
    Ok(())
}

fn ticket_event(id: usize, ticket: usize, kind: usize, at: EventTime) -> Event<'static> {
    let (queue, agent) = (Some("sales".into()), Some("ann".into()));
    let what = match kind {
        0 => TicketWhat::Created { queue: "sales".into(), by: Creator::Customer, traits: Traits::default() },
        1 => TicketWhat::Assigned { agent, queue: None },
        2 => TicketWhat::Replied { author: Author::Agent, agent, is_public: true },
        3 => TicketWhat::Replied { author: Author::Customer, agent: None, is_public: true },
        4 => TicketWhat::Reopened,
        5 => TicketWhat::Updated { traits: Traits::default() },
        6 => TicketWhat::Closed { agent },
        _ => TicketWhat::Resolved { agent },
    };
    let ticket = ticket.to_string().into();
    let body = Body::Ticket(TicketEvent { ticket, queue, channel: None, bulk: false, what });
    Event { id: id.to_string().into(), at, seq: 0, source: None, body }
}

/// What a shard shows at the latest moment that it knows.
fn shown(shard: &Shard) -> View {
    let (at, windows) = (shard.watermark().expect("there were events"), shard.rules.windows.kept.clone());
    let mut view = shard.view(&Ask { at, windows, open: true, agents: true });
    view.open.sort();
    view
}

/// What is put down of when something was heard is what the ticket itself says.
fn check_heard(shard: &Shard) -> Result<(), TestCaseError> {
    let Shard { tickets, terms, .. } = shard;
    for place in &tickets.places {
        let Held::Resting(spot) = place.held else { continue };
        let subject = Subject::from(tickets.at_rest(spot).1);
        for seconds in [0, 20, 40, 100_000] {
            let line = shard.line() + Span::from_seconds(seconds);
            prop_assert_eq!(tickets.idle_since(place, line, terms), subject.idle_since(line, terms));
        }
    }
    Ok(())
}

fn resting(shard: &Shard) -> usize {
    shard.tickets.places.iter().filter(|place| matches!(place.held, Held::Resting(_))).count()
}

proptest! {
    // The slow way: nobody sweeps, so nothing is ever put down.
    #[test]
    fn a_ticket_that_rested_is_as_one_that_never_did(
        deeds in proptest::collection::vec((0..9_usize, 0..6_usize, 0..90_i64, 0..90_i64, 0..6_u8), 1..120),
    ) {
        let mut rules = Rules::default();
        rules.tickets.ttl = Span::from_seconds(3 * 3_600);
        let rules = Arc::new(rules);
        let (mut resting, mut whole) = (Shard::new(rules.clone()), Shard::new(rules.clone()));
        let mut now = EventTime::from_millis(1_700_000_000_000);
        for (number, (kind, ticket, further, earlier, also)) in deeds.into_iter().enumerate() {
            now = now + Span::from_seconds(if also == 5 { further * 100 } else { further });
            let id = number / 2 * 2 + usize::from(also != 4); // some are told again
            let event = ticket_event(id, ticket, kind, now - Span::from_seconds(earlier));
            prop_assert_eq!(resting.apply(&event, None), whole.apply(&event, None));
            resting.sweep(Sweep::All);
            check_heard(&resting)?;
            if also == 3 {
                let mut state = Vec::new();
                resting.write_to(&mut state).unwrap();
                let budget = Budget::new(&Limits::default());
                (resting, _) = Shard::read_from(&state, rules.clone(), &budget).unwrap();
            }
            prop_assert_eq!(format!("{:?}", shown(&resting)), format!("{:?}", shown(&whole)));
            let id = ticket.to_string();
            let promised = |shard: &Shard| format!("{:?}", shard.promised(Kind::Ticket, &id, now));
            prop_assert_eq!(promised(&resting), promised(&whole));
        }
    }
}

#[test]
fn a_resolved_ticket_rests_until_it_is_asked_for() {
    let mut shard = Shard::new(Arc::new(Rules::default()));
    let at = |minutes: i64| EventTime::from_millis(1_700_000_000_000 + minutes * 60_000);
    shard.apply(&ticket_event(1, 1, 0, at(0)), None);
    shard.apply(&ticket_event(2, 1, 2, at(1)), None);
    shard.apply(&ticket_event(3, 1, 7, at(2)), None);
    shard.apply(&ticket_event(4, 2, 0, at(60)), None);
    shard.sweep(Sweep::Over);
    assert_eq!((shard.tickets.len(), resting(&shard)), (2, 1));
    assert_eq!(shown(&shard).queues["sales"]["email"].now.tickets.by_status.iter().sum::<u64>(), 1);
    assert_eq!(shard.apply(&ticket_event(3, 1, 7, at(2)), None), Outcome::Duplicate);
    assert_eq!(resting(&shard), 0, "it was asked for");
    shard.sweep(Sweep::Over);
    assert_eq!(resting(&shard), 1);
    assert_eq!(shard.apply(&ticket_event(6, 1, 5, at(3)), None), Outcome::Late);
    shard.sweep(Sweep::Over);
    assert_eq!(resting(&shard), 1, "a late event is no reason to stay at work");
    shard.apply(&ticket_event(5, 1, 4, at(61)), None);
    assert_eq!(resting(&shard), 0);
    assert_eq!(shown(&shard).queues["sales"]["email"].now.tickets.by_status.iter().sum::<u64>(), 2);
}

proptest! {
    #[test]
    fn up_to_its_moment_nothing_of_a_contact_is_due(
        deeds in proptest::collection::vec((0..7_usize, 0..4_usize, 0..90_000_i64, 0..40_000_i64, 0..8_u8), 1..80),
    ) {
        let mut shard = Shard::new(Arc::new(Rules::default()));
        let mut now = 1_700_000_000_000;
        for (number, (kind, contact, further, earlier, also)) in deeds.into_iter().enumerate() {
            now += if also == 7 { further * 1_000 } else { further };
            shard.apply(&event(number.to_string(), contact, kind, now - earlier), None);
            match also {
                0 => shard.sweep(Sweep::All),
                2 => shard.sweep(Sweep::Over),
                1 => shard.settle(EventTime::from_millis(now + further)),
                _ => {}
            }
            check(&shard, EventTime::from_millis(now + 10 * 86_400_000))?;
        }
    }
}
