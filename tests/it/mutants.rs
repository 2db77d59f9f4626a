//! A program that leaves out one booking must be seen: the books of each queue no longer balance, and `/metrics` says so.

use std::sync::Arc;

use contactpulse::event::{AbandonCause, DeleteCause, FlowCause};
use contactpulse::export::{self, Scrape};
use contactpulse::id::PolicyId;
use contactpulse::measure::{Measure, Patience, SlaResult, SlaTarget};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::rules::Rules;
use contactpulse::time::EventTime;
use serde_json::Value;

use crate::model::compare::check;
use crate::model::lives::Stream;
use crate::program::{replay, replay_without};
use crate::support::scrape::Scraped;

/// A stay that ends in each way that there is, one that still waits, and one that only a snapshot tells of and takes away.
pub const STORY: &str = r#"
{"id":"1","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"answered","queue":"sales"}
{"id":"2","type":"contact.answered","time":"2026-03-02T09:00:10Z","contact_id":"answered","agent":"ann"}
{"id":"3","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"abandoned","queue":"sales"}
{"id":"4","type":"contact.abandoned","time":"2026-03-02T09:00:40Z","contact_id":"abandoned"}
{"id":"5","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"moved","queue":"sales"}
{"id":"6","type":"contact.flowed_out","time":"2026-03-02T09:00:50Z","contact_id":"moved","queue":"sales","cause":"voicemail"}
{"id":"7","type":"contact.queued","time":"2026-03-02T09:00:00Z","contact_id":"lost","queue":"sales"}
{"id":"8","type":"contact.snapshot","time":"2026-03-02T09:00:00Z","contact_id":"adopted","queue":"sales"}
{"id":"9","type":"contact.snapshot","time":"2026-03-02T09:01:00Z","contact_id":"disowned","queue":"sales"}
{"id":"10","type":"contact.snapshot","time":"2026-03-02T09:02:00Z","contact_id":"disowned"}
{"id":"11","type":"contact.queued","time":"2026-03-02T22:00:00Z","contact_id":"waiting","queue":"sales"}
"#;

/// Tickets that come and go in each way that there is, one of them moved to another queue, and what is said of the first.
pub const TICKET_STORY: &str = r#"
{"id":"1","type":"ticket.created","time":"2025-03-01T09:00:00Z","ticket_id":"forgotten","queue":"help"}
{"id":"2","type":"ticket.created","time":"2026-02-01T09:00:00Z","ticket_id":"overdue","queue":"help","tags":["complaint"]}
{"id":"3","type":"ticket.created","time":"2026-03-02T09:00:00Z","ticket_id":"solved","queue":"help","reason":"complaint"}
{"id":"4","type":"ticket.created","time":"2026-03-02T09:00:00Z","ticket_id":"moved","queue":"help"}
{"id":"5","type":"ticket.created","time":"2026-03-02T09:00:00Z","ticket_id":"unreplied","queue":"help"}
{"id":"6","type":"ticket.created","time":"2026-03-02T09:00:00Z","ticket_id":"deleted","queue":"help"}
{"id":"7","type":"ticket.assigned","time":"2026-03-02T09:01:00Z","ticket_id":"unseen","queue":"help"}
{"id":"8","type":"ticket.snapshot","time":"2026-03-02T09:02:00Z","ticket_id":"adopted","queue":"help"}
{"id":"9","type":"ticket.snapshot","time":"2026-03-02T09:03:00Z","ticket_id":"adopted","queue":"help","status":"resolved"}
{"id":"10","type":"ticket.assigned","time":"2026-03-02T09:04:00Z","ticket_id":"moved","queue":"tech"}
{"id":"11","type":"ticket.assigned","time":"2026-03-02T09:05:00Z","ticket_id":"solved","agent":"ann"}
{"id":"12","type":"ticket.replied","time":"2026-03-02T09:10:00Z","ticket_id":"solved","author":"agent","agent":"ann"}
{"id":"13","type":"ticket.replied","time":"2026-03-02T09:11:00Z","ticket_id":"solved","author":"customer"}
{"id":"14","type":"ticket.replied","time":"2026-03-02T09:12:00Z","ticket_id":"solved","author":"agent","agent":"ann"}
{"id":"15","type":"ticket.escalated","time":"2026-03-02T09:13:00Z","ticket_id":"solved"}
{"id":"16","type":"ticket.resolved","time":"2026-03-02T09:20:00Z","ticket_id":"solved","agent":"ann"}
{"id":"17","type":"ticket.reopened","time":"2026-03-02T09:21:00Z","ticket_id":"solved"}
{"id":"18","type":"ticket.closed","time":"2026-03-02T09:22:00Z","ticket_id":"solved","agent":"ann"}
{"id":"19","type":"ticket.resolved","time":"2026-03-02T09:23:00Z","ticket_id":"unreplied"}
{"id":"20","type":"ticket.reopened","time":"2026-03-02T09:23:30Z","ticket_id":"unreplied"}
{"id":"21","type":"ticket.deleted","time":"2026-03-02T09:24:00Z","ticket_id":"deleted","cause":"spam"}
{"id":"22","type":"survey.sent","time":"2026-03-02T09:25:00Z","ticket_id":"solved","kind":"csat"}
{"id":"23","type":"survey.answered","time":"2026-03-02T09:26:00Z","ticket_id":"solved","kind":"csat","score":5}
{"id":"24","type":"survey.answered","time":"2026-03-02T09:26:00Z","ticket_id":"solved","kind":"nps","score":9}
{"id":"25","type":"survey.answered","time":"2026-03-02T09:26:00Z","ticket_id":"solved","kind":"ces","score":6}
{"id":"26","type":"survey.answered","time":"2026-03-02T09:26:00Z","ticket_id":"solved","kind":"cx","score":3.5}
{"id":"27","type":"quality.scored","time":"2026-03-02T09:27:00Z","ticket_id":"solved","points":40,"max_points":50}
{"id":"28","type":"ticket.handed_over","time":"2026-03-02T09:28:00Z","ticket_id":"overdue"}
"#;

/// The lines of a story.
pub fn lines(story: &str) -> Vec<Vec<u8>> {
    story.lines().filter(|line| !line.is_empty()).map(|line| line.as_bytes().to_vec()).collect()
}

/// What `/metrics` says of drift, read when nearly everything is over.
fn drift(story: &str, left_out: Option<&Measure>) -> f64 {
    let at = EventTime::parse("2026-03-02T22:00:05Z").unwrap();
    let mut drift = None;
    let mut show = |reading: Reading<'_>| drift = Some(metrics(&reading).sum("contactpulse_books_drift"));
    let mut replay = Replay::new(Arc::new(Rules::default()), 1, When::At(vec![at]));
    if let Some(kind) = left_out {
        replay.leave_out(kind);
    }
    for line in lines(story) {
        replay.line(&line, &mut show).unwrap();
    }
    replay.finish(&mut show);
    drift.expect("it was read")
}

/// A reading as `/metrics` shows it.
pub fn metrics(reading: &Reading<'_>) -> Scraped {
    let text = export::text(&Scrape {
        verdicts: &reading.verdicts,
        overflowed: reading.overflowed,
        ..Scrape::of(reading.rules, &reading.view, &reading.counters)
    });
    Scraped::parse(&text)
}

#[test]
fn the_books_of_stories_with_every_end_of_a_stay_and_of_a_ticket_balance() {
    assert_eq!((drift(STORY, None), drift(TICKET_STORY, None)), (0.0, 0.0));
}

#[test]
fn a_program_that_leaves_out_one_booking_of_stays_shows_drift() {
    let kinds = [
        Measure::Offered,
        Measure::Adopted,
        Measure::Disowned,
        Measure::Answered { wait: None, within: true },
        Measure::Abandoned { wait: None, patience: Patience::Past, cause: AbandonCause::Customer },
        Measure::FlowedOut { cause: FlowCause::Other, within: true },
        Measure::StayExpired,
    ];
    for kind in kinds {
        assert_ne!(drift(STORY, Some(&kind)), 0.0, "nobody would see that {kind:?} is left out");
    }
}

#[test]
fn a_program_that_leaves_out_one_booking_of_tickets_shows_drift() {
    let kinds = [
        Measure::TicketCreated,
        Measure::TicketAdopted,
        Measure::TicketDisowned,
        Measure::MovedIn,
        Measure::MovedOut,
        Measure::Resolved { again: false },
        Measure::Reopened { first: true },
        Measure::TicketDeleted { cause: DeleteCause::Other, open: true },
        Measure::TicketExpired,
    ];
    for kind in kinds {
        assert_ne!(drift(TICKET_STORY, Some(&kind)), 0.0, "nobody would see that {kind:?} is left out");
    }
}

#[test]
fn a_program_that_leaves_out_what_became_of_promises_is_seen_by_the_recount() {
    let kind = Measure::Promise { policy: PolicyId(0), target: SlaTarget::Resolution, result: SlaResult::Met };
    let is_seen = |seed: u64| {
        let Stream { settings, lines, .. } = &Stream::of(seed);
        let t = Stream::of(seed).end();
        let is_right = |reports: Vec<Value>| check(lines, settings, t, &reports[0]).is_ok();
        is_right(replay(lines, settings, &[t], 1)) && !is_right(replay_without(&kind, lines, settings, &[t]))
    };
    assert!((0..100).filter(|seed| is_seen(*seed)).count() >= 10);
}
