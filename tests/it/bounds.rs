//! Partitions of one process share its places, and a partition that goes gives them back.

use std::sync::Arc;

use contactpulse::books::Books;
use contactpulse::budget::{Budget, Kind, Limits};
use contactpulse::report::report;
use contactpulse::rules::{Rules, Window};
use contactpulse::shard::Shard;
use contactpulse::view::Ask;
use contactpulse::wire::{self, Decoded};

fn tell(shard: &mut Shard, number: usize, kind: &str, contact: &str, second: i64) {
    tell_in(shard, number, kind, contact, second, "sales");
}

fn tell_in(shard: &mut Shard, number: usize, kind: &str, contact: &str, second: i64, queue: &str) {
    let time = 1_700_000_000_000 + second * 1_000;
    let line = format!(
        r#"{{"id":"e{number}","type":"contact.{kind}","time":{time},"contact_id":"{contact}","queue":"{queue}","agent":"ann"}}"#
    );
    let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
    shard.apply(&event, None);
}

#[test]
fn contacts_of_all_partitions_share_one_bound_until_a_partition_goes() {
    let budget = Budget::new(&Limits::default().with(Kind::Contact, 3));
    let rules = Arc::new(Rules::default());
    let (mut one, mut other) = (Shard::within(rules.clone(), &budget), Shard::within(rules, &budget));
    tell(&mut one, 1, "queued", "a", 0);
    tell(&mut one, 2, "queued", "b", 0);
    tell(&mut other, 3, "queued", "c", 0);
    tell(&mut other, 4, "queued", "d", 0);
    assert_eq!((one.contacts(), other.contacts()), (2, 1));
    assert_eq!(budget.overflowed().of(Kind::Contact), 1);
    tell(&mut other, 5, "answered", "c", 1);
    assert_eq!(budget.overflowed().of(Kind::Contact), 1, "who is in goes on");
    drop(one);
    tell(&mut other, 6, "queued", "d", 2);
    assert_eq!((other.contacts(), budget.taken(Kind::Contact)), (2, 2));
}

#[test]
fn a_contact_that_is_over_gives_its_place_back_and_its_key_takes_one() {
    let budget = Budget::new(&Limits::default());
    let mut shard = Shard::within(Arc::new(Rules::default()), &budget);
    tell(&mut shard, 1, "queued", "a", 0);
    tell(&mut shard, 2, "abandoned", "a", 5);
    tell(&mut shard, 3, "queued", "b", 200);
    shard.settle(shard.watermark().unwrap());
    assert_eq!((budget.taken(Kind::Contact), budget.taken(Kind::Closed)), (1, 1));
    drop(shard);
    assert_eq!((budget.taken(Kind::Contact), budget.taken(Kind::Closed)), (0, 0));
}

#[test]
fn the_last_places_are_kept_for_queues_that_the_config_names() {
    let budget = Budget::new(&Limits::default().with(Kind::Contact, 8));
    let mut rules = Rules::default();
    rules.queues.insert("sales".to_owned(), rules.queue("sales").into_owned());
    let mut shard = Shard::within(Arc::new(rules), &budget);
    for number in 0..10 {
        tell_in(&mut shard, number, "queued", &format!("made-up-{number}"), 0, &format!("queue-{number}"));
    }
    assert_eq!((shard.contacts(), budget.overflowed().of(Kind::Contact)), (6, 4));
    for number in 10..13 {
        tell(&mut shard, number, "queued", &format!("caller-{number}"), 1);
    }
    assert_eq!((shard.contacts(), budget.overflowed().of(Kind::Contact)), (8, 5));
}

/// A figure of the whole centre, ever or now.
fn figure(shard: &Shard, name: &str) -> i64 {
    let (rules, at) = (Rules::default(), shard.watermark().unwrap());
    let view = shard.view(&Ask { at, windows: vec![Window::All], open: false, agents: false });
    let report = report(&view, &Books::default(), &rules, at);
    let total = &report["total"];
    let figure = total["windows"]["all"].get(name).unwrap_or(&total["now"][name]);
    figure.as_i64().unwrap_or_else(|| panic!("no {name} in {total}"))
}

fn tell_of_ticket(shard: &mut Shard, number: usize, kind: &str, second: i64, rest: &str) {
    let time = 1_700_000_000_000 + second * 1_000;
    let id = format!("{kind}-{number}-{second}");
    let line = format!(
        r#"{{"id":"{id}","type":"ticket.{kind}","time":{time},"ticket_id":"t-{number}","queue":"help"{rest}}}"#
    );
    let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
    shard.apply(&event, None);
}

#[test]
fn resolved_tickets_make_room_for_new_ones_and_unresolved_ones_stay() {
    let budget = Budget::new(&Limits::default().with(Kind::Ticket, 16));
    let mut shard = Shard::within(Arc::new(Rules::default()), &budget);
    for number in 0..4 {
        tell_of_ticket(&mut shard, number, "created", 0, "");
    }
    for number in 4..100 {
        tell_of_ticket(&mut shard, number, "created", number as i64 * 60, "");
        tell_of_ticket(&mut shard, number, "replied", number as i64 * 60 + 4, r#","author":"agent""#);
        tell_of_ticket(&mut shard, number, "closed", number as i64 * 60 + 5, "");
    }
    assert!(shard.tickets() <= 16 && budget.overflowed().of(Kind::Ticket) > 80);
    assert_eq!(figure(&shard, "created"), 100, "none was refused");
    assert_eq!(figure(&shard, "backlog"), 4);
    tell_of_ticket(&mut shard, 5, "reopened", 6_100, "");
    assert_eq!((figure(&shard, "opened_before"), figure(&shard, "backlog")), (1, 5), "a stranger by now");
}

#[test]
fn answers_to_surveys_make_room_for_callers() {
    let budget = Budget::new(&Limits::default().with(Kind::Contact, 16));
    let mut shard = Shard::within(Arc::new(Rules::default()), &budget);
    for number in 0..100 {
        let second = number as i64 * 60;
        tell(&mut shard, 3 * number, "queued", &format!("c-{number}"), second);
        tell(&mut shard, 3 * number + 1, "abandoned", &format!("c-{number}"), second + 5);
        let time = 1_700_000_000_000 + second * 1_000 + 6_000;
        let line = format!(r#"{{"id":"s{number}","type":"survey.sent","time":{time},"contact_id":"c-{number}"}}"#);
        let Ok(Decoded::Event(event)) = wire::decode(Some(line.as_bytes())) else { panic!("no event: {line}") };
        shard.apply(&event, None);
    }
    assert!(shard.contacts() <= 16 && budget.overflowed().of(Kind::Contact) > 80);
    assert_eq!((figure(&shard, "offered"), figure(&shard, "surveys_sent")), (100, 100), "none was refused");
}

#[test]
fn where_nothing_is_idle_what_comes_is_refused() {
    let budget = Budget::new(&Limits::default().with(Kind::Ticket, 16));
    let mut shard = Shard::within(Arc::new(Rules::default()), &budget);
    for number in 0..100 {
        tell_of_ticket(&mut shard, number, "created", number as i64 * 60, "");
    }
    assert_eq!((figure(&shard, "created"), figure(&shard, "backlog")), (16, 16));
    assert_eq!(budget.overflowed().of(Kind::Ticket), 84);
}
