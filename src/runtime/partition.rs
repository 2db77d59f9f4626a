//! One partition while this instance owns it: its shard, how far it has come, and whether its figures can be shown.
//!
//! **Rebuilding.** What an earlier owner has counted is folded again without a word: no counter takes it and no figure of it is
//! shown until the committed offset is reached.

use std::sync::Arc;

use hdrhistogram::Histogram;

use crate::books::{self, Books};
use crate::export::PartitionVitals;
use crate::kafka::{Batch, Ends, Place, Progress, Resume};
use crate::rules::Rules;
use crate::shard::Shard;
use crate::time::{EventTime, Span};
use crate::wire::Rejected;

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
    ends: Option<Ends>,
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
            ends: None,
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
    }

    /// What may be committed.
    pub(super) fn progress(&self) -> Option<Progress> {
        self.is_ready().then_some(Progress { next: self.next, until: self.until })
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

    fn lag(&self, now: EventTime) -> Option<Span> {
        match self.lag_records()? {
            0 => Some(Span::ZERO),
            _ => self.recorded_at.map(|recorded| (now - recorded).at_least_zero()),
        }
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
        let ends = Ends { low: 0, high: 4, read: 4 };
        partition.pulse(at(60), ends);
        assert_eq!(counted(&partition), (2, 1, 1));
        partition.pulse(at(66), ends);
        assert_eq!(counted(&partition), (2, 1, 2), "the second caller passed the threshold at 35 s, with no event");
    }

    #[test]
    fn what_an_earlier_owner_counted_is_not_counted_again_and_the_rest_is() {
        let mut first = open(Resume { start: 0, committed: None, counted_until: None });
        first.apply(&log(), &mut Books::default(), &mut |_, _| {});
        first.pulse(at(55), Ends { low: 0, high: 4, read: 4 });
        let progress = first.progress().unwrap();
        assert_eq!(counted(&first), (2, 1, 1));

        let resume = Resume { start: 0, committed: Some(progress.next), counted_until: progress.until };
        let mut second = open(resume);
        assert_eq!(second.progress(), None, "nothing is committed while rebuilding");
        second.apply(&log(), &mut Books::default(), &mut |_, _| {});
        second.pulse(at(80), Ends { low: 0, high: 4, read: 4 });
        assert!(second.is_ready());
        assert_eq!(counted(&second), (0, 0, 1), "only the miss at 35 s was not final for the first owner");
        let ask = Ask { at: at(80), windows: vec![Window::All], open: false };
        let view = second.shard.view(&ask);
        assert_eq!(view.queues["sales"]["voice"].now.waiting, 1);
    }

    #[test]
    fn a_partition_that_lags_is_read_at_its_own_time() {
        let mut partition = open(Resume { start: 0, committed: None, counted_until: None });
        partition.apply(&log(), &mut Books::default(), &mut |_, _| {});
        partition.pulse(at(3_600), Ends { low: 0, high: 1_000, read: 4 });
        assert_eq!(partition.read_at(at(3_600)), Some(at(40)));
        assert_eq!(partition.vitals(at(3_600)).lag_records, Some(996));
        partition.pulse(at(3_601), Ends { low: 0, high: 4, read: 4 });
        assert_eq!(partition.read_at(at(3_601)), Some(at(3_601)));
    }
}
