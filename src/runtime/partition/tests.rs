//! One partition through its life: rebuilding, caught up, away.

use super::*;
use crate::budget::Limits;
use crate::kafka::Record;
use crate::rules::Window;
use crate::view::Ask;

const START_MS: i64 = 1_700_000_000_000;

thread_local! {
    static PANICS_AT: std::cell::Cell<Option<i64>> = const { std::cell::Cell::new(None) };
}

/// Makes the fold panic on the record at this offset, on this thread; `None`: no more.
pub(crate) fn let_panic(offset: Option<i64>) {
    PANICS_AT.set(offset);
}

/// What the fold asks at each record.
pub(super) fn panic_at(offset: i64) {
    assert_ne!(PANICS_AT.get(), Some(offset), "a panic that a test wants");
}

fn event(n: i64, kind: &str, contact: &str, second: i64) -> String {
    let time = START_MS + second * 1_000;
    format!(
        r#"{{"id":"e{n}","type":"contact.{kind}","time":{time},"contact_id":"{contact}","queue":"sales","agent":"ann"}}"#
    )
}

/// A log in which one caller is answered, and another waits.
fn log() -> Batch {
    let mut batch = Batch::default();
    let events = [("queued", "c1", 0), ("answered", "c1", 10), ("queued", "c2", 15), ("ended", "c1", 40)];
    for (offset, (kind, contact, second)) in (0..).zip(events) {
        let payload = event(offset, kind, contact, second);
        let recorded_at = Some(EventTime::from_millis(START_MS + second * 1_000));
        batch.push(Record { offset, recorded_at, payload: Some(payload.as_bytes()), ..Record::default() });
    }
    batch
}

fn at(second: i64) -> EventTime {
    EventTime::from_millis(START_MS + second * 1_000)
}

fn open(resume: Resume) -> Partition {
    let place = Place { topic: "t".into(), partition: 0 };
    let (rules, budget) = (Arc::new(Rules::default()), Budget::new(&Limits::default()));
    Partition::open(&rules, State::new(&rules, &budget), &place, resume, Span::ZERO)
}

/// Pulses, one a second up to this one, that the broker confirms.
fn pulse_at_end(partition: &mut Partition, second: i64) {
    for second in second - 2..=second {
        partition.pulse(at(second), END);
        partition.settle(at(second));
    }
}

const END: Ends = Ends { low: 0, high: 4, read: 4, fresh: true };

fn counted(partition: &Partition) -> (u64, u64, u64) {
    partition.shard.counters().queues().fold((0, 0, 0), |(offered, answered, counted), (_, queue)| {
        (offered + queue.offered, answered + queue.answered, counted + queue.counted)
    })
}

#[test]
fn with_nothing_committed_everything_counts_and_the_clock_seals_on_a_quiet_feed() {
    let mut partition = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
    assert_eq!(counted(&partition), (0, 0, 0), "nothing is final before lateness has passed");
    pulse_at_end(&mut partition, 60);
    assert_eq!(counted(&partition), (2, 1, 1));
    partition.pulse(at(66), END);
    partition.settle(at(66));
    assert_eq!(counted(&partition), (2, 1, 2), "the second caller passed the threshold at 35 s, with no event");
}

#[test]
fn what_an_earlier_owner_counted_is_not_counted_again_and_the_rest_is() {
    let mut first = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    first.apply(&log(), &mut Books::default(), &mut |_, _| {});
    pulse_at_end(&mut first, 55);
    let progress = first.progress().unwrap();
    assert_eq!(counted(&first), (2, 1, 1));

    let resume = Resume { start: 0, committed: Some(progress.next), counted_until: progress.until, letters_from: 0 };
    let mut second = open(resume);
    assert_eq!(second.progress(), None, "nothing is committed while rebuilding");
    second.apply(&log(), &mut Books::default(), &mut |_, _| {});
    pulse_at_end(&mut second, 80);
    assert!(second.is_ready());
    assert_eq!(counted(&second), (0, 0, 1), "only the miss at 35 s was not final for the first owner");
    let ask = Ask { at: at(80), windows: vec![Window::All], open: false, agents: true };
    let view = second.shard.view(&ask);
    assert_eq!(view.queues["sales"]["voice"].now.waiting, 1);
}

#[test]
fn a_partition_that_lags_is_read_at_its_own_time() {
    let mut partition = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
    partition.pulse(at(3_600), Ends { low: 0, high: 1_000, read: 4, fresh: true });
    assert_eq!(partition.read_at(at(3_600), false), Some(at(40)));
    assert_eq!(partition.vitals(at(3_600)).lag_records, Some(996));
    pulse_at_end(&mut partition, 3_603);
    assert_eq!(partition.read_at(at(3_603), false), Some(at(3_603)));
}

#[test]
fn while_no_broker_can_be_reached_time_stands_still_where_it_was_last_confirmed() {
    let mut partition = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    assert_eq!(partition.read_at(at(0), true), None, "nothing is known");
    partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
    assert_eq!(partition.read_at(at(50), true), Some(at(40)), "its last event");
    pulse_at_end(&mut partition, 100);
    let mut before = partition.read_at(at(100), false);
    assert_eq!(before, Some(at(100)));
    for second in 101..400 {
        partition.pulse(at(second), Ends { fresh: false, ..END });
        partition.settle(at(second));
        assert_eq!(partition.read_at(at(second), true), Some(at(100)));
    }
    for second in 400..404 {
        let read_at = partition.read_at(at(second), false);
        assert!(read_at >= before, "back again, and never before what was shown: {read_at:?}");
        before = read_at;
        partition.pulse(at(second), END);
    }
    assert_eq!(before, Some(at(403)));
}

#[test]
fn an_outage_of_the_broker_counts_no_call_as_missed_before_its_answer_is_read() {
    let mut partition = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
    pulse_at_end(&mut partition, 70);
    let before = counted(&partition);
    for second in 71..400 {
        partition.pulse(at(second), Ends { fresh: false, ..END });
        partition.settle(at(second));
    }
    assert!(!partition.is_caught_up(at(399)), "nobody knows what waits at the broker");
    let mut backlog = Batch::default();
    for (offset, (kind, second)) in (4..).zip([("queued", 100), ("answered", 105), ("ended", 200), ("blocked", 390)]) {
        let payload = event(offset, kind, if kind == "blocked" { "c4" } else { "c3" }, second);
        let recorded_at = Some(at(second));
        backlog.push(Record { offset, recorded_at, payload: Some(payload.as_bytes()), ..Record::default() });
    }
    partition.apply(&backlog, &mut Books::default(), &mut |_, _| {});
    for second in 400..440 {
        partition.pulse(at(second), Ends { low: 0, high: 8, read: 8, fresh: true });
        partition.settle(at(second));
    }
    let after = counted(&partition);
    assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (1, 1, 1), "one call, met");
    assert_eq!(partition.shard.counters().corrections(), 0);
}

#[test]
fn a_record_on_its_way_does_not_turn_an_idle_partition_back() {
    let mut partition = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
    pulse_at_end(&mut partition, 3_600);
    partition.pulse(at(3_601), Ends { high: 5, ..END });
    assert_eq!(partition.read_at(at(3_601), false), Some(at(3_601)));
    assert_eq!(partition.vitals(at(3_601)).lag, Some(Span::from_seconds(1)));
}

#[test]
fn what_is_committed_and_what_is_counted_belong_together() {
    let mut first = open(Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
    pulse_at_end(&mut first, 0);
    first.apply(&log(), &mut Books::default(), &mut |_, _| {});
    assert_eq!(first.progress().map(|progress| progress.next), Some(0), "the counters have not heard of it");
}
