//! A program that leaves out one booking must be seen: the books of each queue no longer balance, and `/metrics` says so.

use std::sync::Arc;

use contactpulse::event::{AbandonCause, FlowCause};
use contactpulse::export::{self, Scrape};
use contactpulse::measure::{Measure, Patience};
use contactpulse::replay::{Reading, Replay, When};
use contactpulse::rules::Rules;
use contactpulse::time::EventTime;

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

/// What `/metrics` says of drift, read when all but one contact are over.
fn drift(left_out: Option<&Measure>) -> f64 {
    let at = EventTime::parse("2026-03-02T22:00:05Z").unwrap();
    let mut drift = None;
    let mut show = |reading: Reading<'_>| drift = Some(metrics(&reading).sum("contactpulse_books_drift"));
    let mut replay = Replay::new(Arc::new(Rules::default()), 1, When::At(vec![at]));
    if let Some(kind) = left_out {
        replay.leave_out(kind);
    }
    for line in STORY.lines().filter(|line| !line.is_empty()) {
        replay.line(line.as_bytes(), &mut show).unwrap();
    }
    replay.finish(&mut show);
    drift.expect("it was read")
}

/// A reading as `/metrics` shows it.
pub fn metrics(reading: &Reading<'_>) -> Scraped {
    let text = export::text(&Scrape {
        rules: reading.rules,
        view: &reading.view,
        counters: &reading.counters,
        is_whole: true,
        books: &[],
        topics: &[],
        partitions: &[],
        freshness: None,
        overflowed: reading.overflowed,
    });
    Scraped::parse(&text)
}

#[test]
fn the_books_of_a_story_with_every_end_of_a_stay_balance() {
    assert_eq!(drift(None), 0.0);
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
        assert_ne!(drift(Some(&kind)), 0.0, "nobody would see that {kind:?} is left out");
    }
}
