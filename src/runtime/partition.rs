//! One partition while this instance owns it: its shard, how far it has come, and whether its figures can be shown.
//!
//! **Rebuilding.** What an earlier owner has counted is folded again without a word: no counter takes it and no figure of it is
//! shown until the committed offset is reached.
//!
//! **Caught up** is a fact with a date. While no broker can be reached, the last known end says nothing about what is waiting
//! there: were the clock trusted then, every call of the outage would be counted as missed before its answer is read. So the
//! end must be confirmed for some seconds before the clock counts, and from then on the date ages.

use std::sync::Arc;

use hdrhistogram::Histogram;

use crate::books::{self, Books};
use crate::export::PartitionVitals;
use crate::kafka::{Batch, Ends, Place, Progress, Resume};
use crate::rules::Rules;
use crate::shard::Shard;
use crate::time::{EventTime, Span};
use crate::wire::Rejected;

/// After so many pulses at the end it is believed that nothing waits there: a broker that is back tells of new records by then.
const CONFIRMED_PULSES: u32 = 3;

/// A partition that this instance reads.
#[derive(Debug)]
pub(super) struct Partition {
    pub(super) shard: Shard,
    /// What became of every record that is folded in.
    pub(super) books: Books,
    place: Place,
    lateness: Span,
    feed_delay: Span,
    rebuild: Option<Rebuild>,
    next: i64, // everything below is applied
    settled_next: i64,
    ends: Option<Ends>,
    confirmed: u32, // pulses in a row in which nothing was left to read, told by a broker
    caught_up_at: Option<EventTime>,
    recorded_at: Option<EventTime>, // of the last record
    until: Option<EventTime>,       // up to which counters have been taken
}

/// What is left to fold silently.
#[derive(Clone, Copy, Debug)]
struct Rebuild {
    committed: i64,
    counted_until: Option<EventTime>,
}

impl Partition {
    /// A partition about to be read. `feed_delay` shifts its now.
    pub(super) fn open(rules: &Arc<Rules>, place: &Place, resume: Resume, feed_delay: Span) -> Self {
        let mut shard = Shard::new(rules.clone());
        let rebuild = resume.committed.map(|committed| Rebuild { committed, counted_until: resume.counted_until });
        if rebuild.is_some() {
            shard.mute_counters();
        }
        let mut partition = Self {
            shard,
            books: Books::default(),
            place: place.clone(),
            lateness: rules.lateness,
            feed_delay,
            rebuild,
            next: resume.start,
            settled_next: resume.start,
            ends: None,
            confirmed: 0,
            caught_up_at: None,
            recorded_at: None,
            until: None,
        };
        partition.finish_rebuild(resume.start);
        partition
    }

    /// Applies records. What becomes of those that nobody has counted is entered in `counted` too.
    pub(super) fn apply(&mut self, batch: &Batch, counted: &mut Books, told: &mut impl FnMut(i64, &Rejected)) {
        for record in batch.iter() {
            self.finish_rebuild(record.offset);
            let (entry, result) = books::take(&mut self.shard, record.payload, record.recorded_at);
            self.books.enter(entry);
            if self.is_rebuilt() {
                counted.enter(entry);
                result.unwrap_or_else(|rejected| told(record.offset, &rejected));
            }
            self.next = record.offset + 1;
            self.recorded_at = record.recorded_at.or(self.recorded_at);
        }
        self.finish_rebuild(self.next);
    }

    /// A second has passed: notes where the log ends, and lets counters take what is final.
    pub(super) fn pulse(&mut self, now: EventTime, ends: Ends) {
        self.ends = Some(ends);
        let is_at_end = ends.fresh && self.lag_records() == Some(0);
        self.confirmed = if is_at_end { self.confirmed.saturating_add(1) } else { 0 };
        if self.confirmed >= CONFIRMED_PULSES {
            self.caught_up_at = Some(now);
        }
        self.finish_rebuild(ends.read);
        self.settle(now);
    }

    /// Lets counters take what is final by now.
    pub(super) fn settle(&mut self, now: EventTime) {
        if self.rebuild.is_some() {
            return;
        }
        let clock = self.is_caught_up(now).then(|| now - self.feed_delay);
        let until = self.shard.watermark().into_iter().chain(clock).chain(self.until).max();
        if let Some(until) = until {
            self.shard.settle(until);
            self.until = Some(until);
        }
        self.settled_next = self.next;
    }

    /// What may be committed: what was applied when the counters last took what was final, so that the two belong together.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.is_ready().then_some(Progress { next: self.settled_next, until: self.until })
    }

    /// Whether its state is complete, and how much is still to be read is known.
    pub(super) fn is_ready(&self) -> bool {
        self.is_rebuilt() && self.ends.is_some()
    }

    fn is_rebuilt(&self) -> bool {
        self.rebuild.is_none()
    }

    /// As of when it is read: now where it is caught up, else the time of its last event. `None`: there is nothing to read yet.
    pub(super) fn read_at(&self, now: EventTime) -> Option<EventTime> {
        let line = self.shard.watermark();
        if self.is_caught_up(now) {
            Some((now - self.feed_delay).max(line.unwrap_or(EventTime::MIN) - self.lateness))
        } else {
            line
        }
    }

    /// Whether less than `lateness` is still to be read.
    pub(super) fn is_caught_up(&self, now: EventTime) -> bool {
        self.lag(now).is_some_and(|lag| lag < self.lateness.max(Span::from_millis(1)))
    }

    /// How it is doing.
    pub(super) fn vitals(&self, now: EventTime) -> PartitionVitals {
        PartitionVitals {
            topic: self.place.topic.to_string(),
            partition: self.place.partition,
            is_ready: self.is_ready(),
            lag_records: self.lag_records(),
            lag: self.lag(now),
            watermark: self.shard.watermark(),
        }
    }

    /// Where it is.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Notes how long ago the broker recorded what was just applied.
    pub(super) fn note_freshness(&self, batch: &Batch, now: EventTime, freshness: &mut Histogram<u64>) {
        for recorded_at in batch.iter().filter_map(|record| record.recorded_at).filter(|_| self.is_rebuilt()) {
            let age = (now - recorded_at).at_least_zero().as_millis();
            freshness.saturating_record(u64::try_from(age).unwrap_or(0));
        }
    }

    /// The rebuild is over once everything below the committed offset is applied: from here on counters count.
    fn finish_rebuild(&mut self, applied_below: i64) {
        if let Some(Rebuild { counted_until, .. }) = self.rebuild.take_if(|rebuild| rebuild.committed <= applied_below)
        {
            // Without the earlier owner's word, what was final by the watermark counts as counted.
            let until = counted_until.or(self.shard.watermark());
            self.shard.unmute_counters(until.unwrap_or(EventTime::EARLIEST));
            self.until = until;
        }
    }

    fn lag_records(&self) -> Option<u64> {
        let ends = self.ends?;
        u64::try_from(ends.high - self.next.max(ends.read)).map_or(Some(0), Some)
    }

    /// The age of what was read last or, later, of having been at the end; none while that is confirmed.
    fn lag(&self, now: EventTime) -> Option<Span> {
        if self.lag_records()? == 0 && self.confirmed >= CONFIRMED_PULSES {
            return Some(Span::ZERO);
        }
        self.recorded_at.max(self.caught_up_at).map(|latest| (now - latest).at_least_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Record;
    use crate::rules::Window;
    use crate::view::Ask;

    const START_MS: i64 = 1_700_000_000_000;

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
            batch.push(Record { offset, recorded_at, payload: Some(payload.as_bytes()) });
        }
        batch
    }

    fn at(second: i64) -> EventTime {
        EventTime::from_millis(START_MS + second * 1_000)
    }

    fn open(resume: Resume) -> Partition {
        let place = Place { topic: "t".into(), partition: 0 };
        Partition::open(&Arc::new(Rules::default()), &place, resume, Span::ZERO)
    }

    /// Pulses, one a second up to this one, that the broker confirms.
    fn pulse_at_end(partition: &mut Partition, second: i64) {
        for second in second - 2..=second {
            partition.pulse(at(second), END);
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
        let mut partition = open(Resume { start: 0, committed: None, counted_until: None });
        partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
        assert_eq!(counted(&partition), (0, 0, 0), "nothing is final before lateness has passed");
        pulse_at_end(&mut partition, 60);
        assert_eq!(counted(&partition), (2, 1, 1));
        partition.pulse(at(66), END);
        assert_eq!(counted(&partition), (2, 1, 2), "the second caller passed the threshold at 35 s, with no event");
    }

    #[test]
    fn what_an_earlier_owner_counted_is_not_counted_again_and_the_rest_is() {
        let mut first = open(Resume { start: 0, committed: None, counted_until: None });
        first.apply(&log(), &mut Books::default(), &mut |_, _| {});
        pulse_at_end(&mut first, 55);
        let progress = first.progress().unwrap();
        assert_eq!(counted(&first), (2, 1, 1));

        let resume = Resume { start: 0, committed: Some(progress.next), counted_until: progress.until };
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
        let mut partition = open(Resume { start: 0, committed: None, counted_until: None });
        partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
        partition.pulse(at(3_600), Ends { low: 0, high: 1_000, read: 4, fresh: true });
        assert_eq!(partition.read_at(at(3_600)), Some(at(40)));
        assert_eq!(partition.vitals(at(3_600)).lag_records, Some(996));
        pulse_at_end(&mut partition, 3_603);
        assert_eq!(partition.read_at(at(3_603)), Some(at(3_603)));
    }

    #[test]
    fn an_outage_of_the_broker_counts_no_call_as_missed_before_its_answer_is_read() {
        let mut partition = open(Resume { start: 0, committed: None, counted_until: None });
        partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
        pulse_at_end(&mut partition, 70);
        let before = counted(&partition);
        for second in 71..400 {
            partition.pulse(at(second), Ends { fresh: false, ..END });
        }
        assert!(!partition.is_caught_up(at(399)), "nobody knows what waits at the broker");
        let mut backlog = Batch::default();
        for (offset, (kind, second)) in
            (4..).zip([("queued", 100), ("answered", 105), ("ended", 200), ("blocked", 390)])
        {
            let payload = event(offset, kind, if kind == "blocked" { "c4" } else { "c3" }, second);
            backlog.push(Record { offset, recorded_at: Some(at(second)), payload: Some(payload.as_bytes()) });
        }
        partition.apply(&backlog, &mut Books::default(), &mut |_, _| {});
        for second in 400..440 {
            partition.pulse(at(second), Ends { low: 0, high: 8, read: 8, fresh: true });
        }
        let after = counted(&partition);
        assert_eq!((after.0 - before.0, after.1 - before.1, after.2 - before.2), (1, 1, 1), "one call, met");
        assert_eq!(partition.shard.counters().corrections(), 0);
    }

    #[test]
    fn a_record_on_its_way_does_not_turn_an_idle_partition_back() {
        let mut partition = open(Resume { start: 0, committed: None, counted_until: None });
        partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
        pulse_at_end(&mut partition, 3_600);
        partition.pulse(at(3_601), Ends { high: 5, ..END });
        assert_eq!(partition.read_at(at(3_601)), Some(at(3_601)));
        assert_eq!(partition.vitals(at(3_601)).lag, Some(Span::from_seconds(1)));
    }

    #[test]
    fn what_is_committed_and_what_is_counted_belong_together() {
        let mut first = open(Resume { start: 0, committed: None, counted_until: None });
        pulse_at_end(&mut first, 0);
        first.apply(&log(), &mut Books::default(), &mut |_, _| {});
        assert_eq!(first.progress().map(|progress| progress.next), Some(0), "the counters have not heard of it");
    }
}
