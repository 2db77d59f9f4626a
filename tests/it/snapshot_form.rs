//! The form of a written state: a change of any type that is part of it shows here, and needs another [`FORMAT`].
//!
//! Bytes that were written in another form may be read without an error and mean something else; only the number tells. What may be
//! written in several ways that mean the same, as the slots of a ring, needs none: there a property test reads the others too.

use std::sync::Arc;

use contactpulse::books;
use contactpulse::rules::Rules;
use contactpulse::shard::Shard;
use contactpulse::snapshot::{FOLD, FORMAT, hash};
use contactpulse::wire;

/// The form and the fold, and what the state of the events below hashes to under them.
const KNOWN: (u32, u32, &str) = (3, 1, "f97884dcb8c1811e");

/// Something of everything: lives that wait, ring, talk, hold, wrap and are over, tickets in every stage, agents, surveys, feeds.
const EVENTS: &str = r#"
{"id":"01","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"c1","queue":"sales","source":"acd"}
{"id":"02","type":"contact.alerting","time":"2026-03-02T09:00:04Z","contact_id":"c1","agent":"ann"}
{"id":"03","type":"contact.alert_missed","time":"2026-03-02T09:00:09Z","contact_id":"c1","agent":"ann","cause":"no_answer"}
{"id":"04","type":"contact.answered","time":"2026-03-02T09:00:12Z","contact_id":"c1","agent":"bob"}
{"id":"05","type":"contact.held","time":"2026-03-02T09:01:00Z","contact_id":"c1","agent":"bob"}
{"id":"06","type":"contact.queued","time":"2026-03-02T09:01:10Z","contact_id":"c2","queue":"tech","channel":"chat"}
{"id":"07","type":"contact.message","time":"2026-03-02T09:01:20Z","contact_id":"c2","author":"customer"}
{"id":"08","type":"contact.queued","time":"2026-03-02T09:01:30Z","contact_id":"c3","queue":"sales"}
{"id":"09","type":"contact.callback_requested","time":"2026-03-02T09:01:40Z","contact_id":"c3"}
{"id":"10","type":"contact.queued","time":"2026-03-02T09:01:50Z","contact_id":"c4","queue":"sales"}
{"id":"11","type":"contact.queued","time":"2026-03-02T09:02:00Z","contact_id":"c4","queue":"tech"}
{"id":"12","type":"contact.abandoned","time":"2026-03-02T09:02:30Z","contact_id":"c4"}
{"id":"13","type":"contact.queued","time":"2026-03-02T09:02:35Z","contact_id":"c5","queue":"sales"}
{"id":"14","type":"contact.answered","time":"2026-03-02T09:02:38Z","contact_id":"c5","agent":"ann"}
{"id":"15","type":"contact.ended","time":"2026-03-02T09:02:50Z","contact_id":"c5"}
{"id":"16","type":"contact.wrapped","time":"2026-03-02T09:02:59Z","contact_id":"c5"}
{"id":"17","type":"survey.answered","time":"2026-03-02T09:03:05Z","contact_id":"c5","kind":"csat","score":5}
{"id":"18","type":"ticket.created","time":"2026-03-02T09:03:10Z","ticket_id":"t1","queue":"mail","priority":"high","reason":"complaint"}
{"id":"19","type":"ticket.assigned","time":"2026-03-02T09:03:20Z","ticket_id":"t1","agent":"eve"}
{"id":"20","type":"ticket.replied","time":"2026-03-02T09:03:30Z","ticket_id":"t1","author":"agent","agent":"eve"}
{"id":"21","type":"ticket.created","time":"2026-03-02T09:03:35Z","ticket_id":"t2","queue":"mail"}
{"id":"22","type":"ticket.resolved","time":"2026-03-02T09:03:40Z","ticket_id":"t2","agent":"eve"}
{"id":"23","type":"agent.state_changed","time":"2026-03-02T09:03:45Z","agent":"ann","state":"available","queues":["sales"]}
{"id":"24","type":"agent.state_changed","time":"2026-03-02T09:03:50Z","agent":"bob","state":"on_contact"}
{"id":"25","type":"queue.state_changed","time":"2026-03-02T09:03:52Z","queue":"tech","state":"closed"}
{"id":"26","type":"source.heartbeat","time":"2026-03-02T09:03:55Z","source":"acd"}
{"id":"27","type":"contact.queued","time":"2026-03-02T09:05:30Z","contact_id":"c6","queue":"sales"}
{"id":"28","type":"contact.answered","time":"2026-03-02T09:05:40Z","contact_id":"c6","agent":"ann"}
{"id":"29","type":"contact.ended","time":"2026-03-02T09:05:50Z","contact_id":"c1"}
"#;

#[test]
fn the_form_of_a_written_state_has_a_number_and_another_form_another() {
    let mut rules = Rules::default();
    rules.surveys.is_served_remembered = true;
    let mut shard = Shard::new(Arc::new(rules));
    for (number, line) in EVENTS.trim().lines().enumerate() {
        let (_, result) = books::take(&mut shard, wire::decode(Some(line.as_bytes())), None);
        result.unwrap_or_else(|rejected| panic!("line {}: {rejected}", number + 1));
    }
    let watermark = shard.watermark().expect("there are events");
    shard.settle(watermark);
    let mut state = Vec::new();
    shard.write_to(&mut state).expect("there is room");
    assert_eq!(
        (FORMAT, FOLD, &hash(&state)[..16]),
        KNOWN,
        "a type of the state has changed: raise snapshot::FORMAT; or the fold makes something else of these events: raise \
         snapshot::FOLD; then put what stands left here"
    );
}
