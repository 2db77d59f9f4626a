//! The partitions that the group gave us, and how far each has been read and committed.
//!
//! **Invariants.** A record below the next expected offset is dropped, a jump is noticed. A commit never goes below what was found
//! committed, its `until` never falls, and what was said is not said again.

use std::time::{Duration, Instant};

use rdkafka::Message;
use rdkafka::message::BorrowedMessage;

use super::commit::Commit;
use super::epochs::Epochs;
use super::native::{Run, record_of};
use super::start::Start;
use super::statistics::Fetched;
use super::store::{Pointer, Token, Written};
use super::{Batch, Ends, Health, Place, Progress, Record};
use crate::clock;
use crate::snapshot::{Origin, TopicId};
use crate::time::EventTime;

/// A partition must show no new record over this many pulses before the fetcher's word for "nothing more there" is believed.
const QUIET_PULSES: u32 = 3;

/// All partitions that are ours. Some dozens at most, and records come in runs of one partition: a scan from the last hit finds it.
#[derive(Debug, Default)]
pub(super) struct Owned {
    partitions: Vec<Partition>,
    last_hit: usize,
    tokens: Token, // that were given out
}

/// One partition that is ours.
#[derive(Debug)]
pub(super) struct Partition {
    pub place: Place,
    /// Of this ownership.
    pub token: Token,
    /// Where it is to begin, while it is not known whether there is a snapshot.
    pub waiting: Option<Start>,
    /// `None` until its start is known.
    pub reading: Option<Reading>,
}

/// How far an opened partition has come.
#[derive(Debug)]
pub(super) struct Reading {
    next: i64,
    topic_id: Option<TopicId>,
    epochs: Epochs,
    /// A commit below this would take back what an earlier owner said.
    committed_min: i64,
    until: Option<EventTime>,
    sent: Option<Commit>,
    taken: Option<Commit>,          // by the coordinator, of this ownership
    stated: Option<(i64, Pointer)>, // the snapshot that commits pointed at last
    batch: Batch,
    ends: Ends,
    quiet: u32,
    moved_at: Instant, // when it began, or last had records to hand over
    has_moved: bool,
    /// Whether it is not read for now, since its letters cannot be delivered.
    pub is_held: bool,
    seen_before: i64, // by an earlier owner
    deaf: u32,        // pulses for which the statistics may still be of before it was held
    pub saving: Saving,
}

/// How far the snapshots of an opened partition are.
#[derive(Debug)]
pub(super) struct Saving {
    /// The one that the next owner begins with.
    pub written: Option<Written>,
    /// Whether it is of this ownership, so that what is older is of others.
    pub is_own: bool,
    /// Whether what others wrote is deleted.
    pub is_tidy: bool,
    pub stage: Stage,
    /// When the next is to be written.
    pub due: Instant,
}

/// Where the next snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nowhere.
    Idle,
    /// The sink was asked for it, then.
    Wanted(Instant),
    /// The store writes it, wanted since then.
    Writing(Instant),
}

impl Owned {
    /// A partition is ours; `false` where it was already.
    pub fn add(&mut self, place: &Place) -> bool {
        let new = self.find(place).is_none();
        if new {
            self.tokens += 1;
            let token = self.tokens;
            self.partitions.push(Partition { place: place.clone(), token, waiting: None, reading: None });
        }
        new
    }

    /// Nothing is ours.
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// It is ours and is to be looked up again: what is under way for it is of another time.
    pub fn reopen(&mut self, place: &Place) {
        self.tokens += 1;
        let token = self.tokens;
        if let Some(partition) = self.find(place) {
            (partition.token, partition.waiting, partition.reading) = (token, None, None);
        }
    }

    /// It is no longer ours.
    pub fn remove(&mut self, place: &Place) -> Option<Partition> {
        let at = self.partitions.iter().position(|partition| partition.place == *place)?;
        Some(self.partitions.swap_remove(at))
    }

    /// Its start is known, and it is being read, from what was written or from nothing. The first snapshot is due after a while.
    pub fn open(&mut self, start: &Start, written: Option<Written>, first_save: Duration) {
        if let Some(partition) = self.find(&start.place) {
            partition.waiting = None;
            let mut reading = Reading::from(start);
            reading.begin_with(written);
            reading.saving.due += first_save;
            partition.reading = Some(reading);
        }
    }

    pub fn find(&mut self, place: &Place) -> Option<&mut Partition> {
        self.partitions.iter_mut().find(|partition| partition.place == *place)
    }

    /// Those whose start is to be found.
    pub fn pending(&self) -> Vec<Place> {
        let pending = self.partitions.iter().filter(|partition| partition.reading.is_none());
        let pending = pending.filter(|partition| partition.waiting.is_none());
        pending.map(|partition| partition.place.clone()).collect()
    }

    /// Those that are ours and not read yet.
    pub fn unopened(&self) -> Vec<Place> {
        let unopened = self.partitions.iter().filter(|partition| partition.reading.is_none());
        unopened.map(|partition| partition.place.clone()).collect()
    }

    /// Those that are read.
    pub fn opened(&self) -> Vec<Place> {
        let opened = self.partitions.iter().filter(|partition| partition.reading.is_some());
        opened.map(|partition| partition.place.clone()).collect()
    }

    /// Those that are not read for now, since their letters cannot be delivered.
    pub fn held(&mut self) -> Vec<Place> {
        let held = self.readings().filter(|(_, reading)| reading.is_held);
        held.map(|(place, _)| place.clone()).collect()
    }

    /// All that are ours.
    pub fn all(&mut self) -> impl Iterator<Item = &mut Partition> {
        self.partitions.iter_mut()
    }

    /// Those that are read, with how far.
    pub fn readings(&mut self) -> impl Iterator<Item = (&Place, &mut Reading)> {
        self.partitions.iter_mut().filter_map(|Partition { place, reading, .. }| Some((&*place, reading.as_mut()?)))
    }

    /// Copies records into their partition's batch. Those of a partition that is no longer ours are dropped.
    pub fn take(&mut self, run: Run<'_>, health: &Health) {
        if let Some(partition) = self.of_run(run) {
            run.records().for_each(|record| partition.take(record, health));
        }
    }

    /// The same of one record.
    pub fn take_polled(&mut self, message: &BorrowedMessage<'_>, health: &Health) {
        let is_of = |place: &Place| (&*place.topic, place.partition) == (message.topic(), message.partition());
        if let Some(partition) = self.partitions.iter_mut().find(|partition| is_of(&partition.place)) {
            partition.take(record_of(message), health);
        }
    }

    /// The partition that an error is of, if it is ours.
    pub fn place_of(&mut self, run: Run<'_>) -> Option<Place> {
        self.of_run(run).map(|partition| partition.place.clone())
    }

    fn of_run(&mut self, run: Run<'_>) -> Option<&mut Partition> {
        if !self.partitions.get(self.last_hit).is_some_and(|hit| run.is_of(&hit.place)) {
            self.last_hit = self.partitions.iter().position(|partition| run.is_of(&partition.place))?;
        }
        self.partitions.get_mut(self.last_hit)
    }
}

impl Partition {
    fn take(&mut self, record: Record<'_>, health: &Health) {
        let Self { place, reading: Some(reading), .. } = self else { return };
        match reading.take(record) {
            Taken::InOrder => {}
            Taken::AfterGap { expected } => health.gap(place, expected, record.offset),
            Taken::Repeat => health.repeat(),
        }
    }
}

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    InOrder,
    AfterGap { expected: i64 },
    Repeat,
}

impl From<&Start> for Reading {
    fn from(start: &Start) -> Self {
        let mut epochs = Epochs::default();
        epochs.note(start.resume.start - 1, start.leader_epoch);
        Self {
            next: start.resume.start,
            topic_id: start.topic_id,
            epochs,
            committed_min: start.resume.committed.unwrap_or(0),
            until: start.resume.counted_until,
            sent: None,
            taken: None,
            stated: None,
            batch: Batch::default(),
            ends: start.ends,
            quiet: 0,
            moved_at: clock::monotonic(),
            has_moved: false,
            is_held: false,
            seen_before: start.resume.committed.unwrap_or(0),
            deaf: 0,
            saving: Saving {
                written: None,
                is_own: false,
                is_tidy: false,
                stage: Stage::Idle,
                due: clock::monotonic(),
            },
        }
    }
}

impl Reading {
    /// Takes a record, unless it was delivered before.
    pub fn take(&mut self, record: Record<'_>) -> Taken {
        let expected = self.next;
        if record.offset < expected {
            return Taken::Repeat;
        }
        self.batch.push(record);
        self.epochs.note(record.offset, record.leader_epoch);
        self.next = record.offset + 1;
        self.quiet = 0;
        self.has_moved = true;
        if record.offset > expected { Taken::AfterGap { expected } } else { Taken::InOrder }
    }

    /// It goes on from this snapshot.
    pub fn begin_with(&mut self, written: Option<Written>) {
        self.saving.written = written;
        self.stated = written.map(|written| (written.next, written.pointer));
    }

    /// The next offset that is expected.
    pub fn next(&self) -> i64 {
        self.next
    }

    /// The log that everything before an offset was read from.
    pub fn origin(&self, next: i64) -> Origin {
        Origin { topic_id: self.topic_id, leader_epoch: self.epochs.before(next) }
    }

    /// What lies between is gone from the log.
    pub fn skip_to(&mut self, offset: i64) {
        self.next = self.next.max(offset);
    }

    /// Whether all was read that an earlier owner has seen.
    pub fn is_past_what_was_seen(&self) -> bool {
        self.next >= self.seen_before
    }

    /// Whether anything was taken since the last time.
    pub fn has_records(&self) -> bool {
        !self.batch.is_empty()
    }

    /// Whether it has taken a record since it began.
    pub fn has_moved(&self) -> bool {
        self.has_moved
    }

    /// Whether there are records that were not read, and nothing has come for so long.
    pub fn is_stalled(&self, after: Duration) -> bool {
        !self.is_held && self.ends.read.max(self.next) < self.ends.high && clock::monotonic() >= self.moved_at + after
    }

    /// It is not read for now, or again.
    pub fn hold(&mut self, is_held: bool) {
        (self.is_held, self.deaf, self.moved_at) = (is_held, QUIET_PULSES, clock::monotonic());
    }

    /// What was taken since the last time; the next is taken into an empty batch.
    pub fn take_batch(&mut self, empty: Batch) -> Batch {
        self.moved_at = clock::monotonic();
        std::mem::replace(&mut self.batch, empty)
    }

    /// What is to be committed now, if it says anything new. `letter`: the offset of the first letter that is not delivered, asked for
    /// after the progress was told; neither the offset nor a snapshot may pass it.
    pub fn due(&self, progress: Progress, letter: Option<i64>) -> Option<Commit> {
        let newest = self.saving.written.map(|written| (written.next, written.pointer));
        let is_passed = |(next, _): &(i64, Pointer)| letter.is_some_and(|letter| letter < *next);
        // A snapshot that is ahead of the counters waits: of what lies between, its reader could not tell what they have taken.
        let is_counted = |(next, _): &(i64, Pointer)| *next <= progress.next;
        let snapshot = newest.filter(|newest| is_counted(newest) && !is_passed(newest)).or(self.stated);
        let due = Commit {
            seen: progress.next,
            until: progress.until.max(self.until),
            snapshot,
            letters: letter.filter(|letter| *letter < progress.next),
            topic_id: self.topic_id,
        };
        (due.seen >= self.committed_min && self.sent != Some(due)).then_some(due)
    }

    /// What is to be committed now, new or not. `None`: what was said before stands, and nothing may be said yet.
    pub fn renewal(&self, progress: Progress, letter: Option<i64>) -> Option<Commit> {
        self.due(progress, letter).or(self.sent)
    }

    /// This was sent to be committed.
    pub fn sent(&mut self, commit: Commit) {
        self.committed_min = commit.seen;
        self.until = commit.until;
        self.stated = commit.snapshot;
        self.sent = Some(commit);
    }

    /// What was sent last the coordinator has taken.
    pub fn taken(&mut self) {
        self.taken = self.sent;
    }

    /// Whether what the coordinator took last points at the last snapshot, or there is none.
    pub fn is_pointed_at(&self) -> bool {
        let pointed = self.taken.and_then(|taken| taken.snapshot).map(|(_, pointer)| pointer);
        pointed == self.saving.written.map(|written| written.pointer)
    }

    /// The commit did not arrive: say it again.
    pub fn unsent(&mut self) {
        self.sent = None;
    }

    /// A second has passed; `fetched` is what librdkafka knows of the partition by now.
    pub fn pulse(&mut self, fetched: Option<Fetched>) -> Ends {
        self.quiet = self.quiet.saturating_add(1);
        self.ends.read = self.next;
        self.ends.fresh = false;
        // librdkafka goes on telling the last end that it knew of a partition that is not fetched.
        let is_deaf = self.is_held || self.deaf > 0;
        self.deaf = self.deaf.saturating_sub(u32::from(!self.is_held));
        let fetched = fetched.filter(|_| !is_deaf);
        if let Some(fetched) = fetched.filter(|fetched| fetched.lo_offset >= 0 && fetched.end() >= 0) {
            let passed = self.quiet >= QUIET_PULSES && fetched.next_offset >= fetched.end();
            let read = if passed { self.next.max(fetched.next_offset) } else { self.next };
            self.ends = Ends { low: fetched.lo_offset, high: fetched.end().max(self.next), read, fresh: true };
        }
        self.ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Resume;

    fn reading(start: i64, committed: Option<i64>) -> Reading {
        Reading::from(&Start {
            place: Place { topic: "t".into(), partition: 0 },
            resume: Resume {
                start,
                committed,
                counted_until: committed.map(|_| EventTime::from_millis(500)),
                letters_from: start,
            },
            ends: Ends { low: 0, high: start, read: start, fresh: true },
            pointer: None,
            letters_lost: None,
            oddity: None,
            topic_id: None,
            leader_epoch: None,
        })
    }

    fn record(offset: i64) -> Record<'static> {
        Record { offset, payload: Some(b"x"), ..Record::default() }
    }

    fn progress(next: i64, until_ms: i64) -> Progress {
        Progress { next, until: Some(EventTime::from_millis(until_ms)) }
    }

    fn commit(seen: i64, until_ms: i64) -> Commit {
        Commit { seen, until: Some(EventTime::from_millis(until_ms)), snapshot: None, letters: None, topic_id: None }
    }

    #[test]
    fn an_offset_below_the_next_is_dropped_and_a_jump_is_noticed() {
        let mut reading = reading(5, None);
        assert!(matches!(reading.take(record(5)), Taken::InOrder));
        assert!(matches!(reading.take(record(5)), Taken::Repeat));
        assert!(matches!(reading.take(record(9)), Taken::AfterGap { expected: 6 }));
        assert!(matches!(reading.take(record(8)), Taken::Repeat));
        assert_eq!(reading.take_batch(Batch::default()).iter().map(|record| record.offset).collect::<Vec<_>>(), [5, 9]);
        assert_eq!(reading.next(), 10);
    }

    #[test]
    fn who_has_something_to_read_and_reads_nothing_is_stalled() {
        let (at_once, later) = (Duration::ZERO, Duration::from_secs(3_600));
        let mut reading = reading(5, None);
        assert!(!reading.is_stalled(at_once), "there is nothing to read");
        reading.pulse(Some(Fetched { lo_offset: 0, hi_offset: 7, ls_offset: 7, next_offset: 5 }));
        assert!(reading.is_stalled(at_once) && !reading.is_stalled(later) && !reading.has_moved());
        reading.take(record(5));
        reading.take(record(6));
        assert!(!reading.is_stalled(at_once) && reading.has_moved());
    }

    #[test]
    fn a_commit_never_takes_back_what_was_committed() {
        let mut reading = reading(5, Some(8));
        assert_eq!(reading.due(progress(7, 600), None), None, "still replaying");
        assert_eq!(reading.due(progress(8, 400), None), Some(commit(8, 500)), "until never falls");
        reading.sent(commit(8, 500));
        assert_eq!(reading.due(progress(8, 450), None), None, "nothing new");
        assert_eq!(reading.renewal(progress(8, 450), None), Some(commit(8, 500)), "and yet it renews the lease");
        assert_eq!(reading.due(progress(8, 700), None), Some(commit(8, 700)));
        assert_eq!(reading.due(progress(7, 800), None), None, "below what was sent");
    }

    #[test]
    fn a_commit_that_failed_is_said_again() {
        let mut reading = reading(0, None);
        reading.sent(commit(3, 1));
        assert_eq!(reading.due(progress(3, 1), None), None);
        reading.unsent();
        assert_eq!(reading.due(progress(3, 1), None), Some(commit(3, 1)));
    }

    #[test]
    fn a_commit_points_at_the_last_snapshot_once_counters_have_come_as_far() {
        let mut reading = reading(0, None);
        reading.sent(commit(3, 1));
        assert!(reading.is_pointed_at(), "there is none");
        let pointer = Pointer { first: 40, manifest: 42 };
        reading.saving.written = Some(Written { pointer, next: 9, bytes: 1 });
        assert!(!reading.is_pointed_at());
        let due = |reading: &Reading, next| reading.due(progress(next, 1), None).unwrap();
        assert_eq!(due(&reading, 8), commit(8, 1), "not yet");
        reading.sent(commit(9, 1));
        let pointing = Commit { snapshot: Some((9, pointer)), ..commit(9, 1) };
        assert_eq!(due(&reading, 9), pointing, "there is something new: the snapshot");
        reading.sent(pointing);
        assert!(!reading.is_pointed_at(), "it may be refused");
        reading.taken();
        assert!(reading.is_pointed_at());
        assert_eq!(
            reading.due(progress(12, 1), None).map(|due| (due.seen, due.snapshot)),
            Some((12, Some((9, pointer))))
        );
    }

    #[test]
    fn a_commit_says_which_letter_is_not_delivered_and_points_at_no_snapshot_past_it() {
        let mut reading = reading(0, None);
        let (old, new) = (Pointer { first: 1, manifest: 2 }, Pointer { first: 40, manifest: 42 });
        reading.begin_with(Some(Written { pointer: old, next: 3, bytes: 1 }));
        reading.saving.written = Some(Written { pointer: new, next: 9, bytes: 1 });
        let due = |letter| reading.due(progress(9, 1), letter).unwrap();
        let held = Commit { snapshot: Some((3, old)), letters: Some(5), ..commit(9, 1) };
        assert_eq!(due(Some(5)), held, "what was applied and counted is told all the same");
        let passed = Commit { snapshot: Some((9, new)), ..commit(9, 1) };
        assert_eq!((due(Some(9)), due(Some(20)), due(None)), (passed, passed, passed), "a letter of what is not in it");
    }

    #[test]
    fn of_a_partition_that_is_not_read_nobody_knows_the_end() {
        let mut reading = reading(5, None);
        let fetched = Some(Fetched { lo_offset: 0, hi_offset: 5, ls_offset: 5, next_offset: 5 });
        let mut is_fresh = |is_held: Option<bool>| {
            is_held.into_iter().for_each(|is_held| reading.hold(is_held));
            reading.pulse(fetched).fresh
        };
        assert!(is_fresh(None));
        assert!((0..10).all(|turn| !is_fresh((turn == 0).then_some(true))), "the statistics are of before");
        assert!((0..QUIET_PULSES).all(|turn| !is_fresh((turn == 0).then_some(false))), "and may still be");
        assert!(is_fresh(None));
    }

    #[test]
    fn markers_at_the_end_count_as_read_once_the_partition_is_quiet() {
        let mut reading = reading(5, None);
        reading.take(record(5));
        let fetched = Fetched { lo_offset: 0, hi_offset: 8, ls_offset: 8, next_offset: 8 };
        assert_eq!(reading.pulse(Some(fetched)), Ends { low: 0, high: 8, read: 6, fresh: true });
        reading.pulse(Some(fetched));
        assert_eq!(reading.pulse(Some(fetched)), Ends { low: 0, high: 8, read: 8, fresh: true });
        reading.take(record(8));
        assert_eq!(reading.pulse(Some(fetched)), Ends { low: 0, high: 9, read: 9, fresh: true }, "old statistics");
        assert_eq!(reading.pulse(None), Ends { low: 0, high: 9, read: 9, fresh: false }, "no statistics");
    }
}
