//! One partition while this instance owns it: its shard, how far it has come, and whether its figures can be shown.
//!
//! **Rebuilding.** State begins with what an earlier owner wrote down, or with nothing where there is no such snapshot. What that
//! owner has counted since is folded again without a word: no counter takes it and no figure of it is shown until the offset is
//! reached up to which it was seen.
//!
//! **Caught up** is a fact with a date. While no broker can be reached, the last known end says nothing about what is waiting
//! there: were the clock trusted then, every call of the outage would be counted as missed before its answer is read. So the
//! end must be confirmed for some seconds before the clock counts, and from then on the date ages. Figures are read at that
//! date while no broker can be reached: they stand still, and do not jump back to a last event of an hour ago.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use hdrhistogram::Histogram;

use crate::binary;
use crate::books::{self, Books};
use crate::budget::Budget;
use crate::export::PartitionVitals;
use crate::kafka::{Batch, Ends, Place, Progress, Record, Resume};
use crate::rules::Rules;
use crate::shard::{Shard, Unreadable};
use crate::snapshot::{self, LastRecord, Packed};
use crate::time::{EventTime, Span};
use crate::wire::{self, Decoded, Rejected};

/// After so many pulses at the end it is believed that nothing waits there: a broker that is back tells of new records by then.
const CONFIRMED_PULSES: u32 = 3;

/// So many records are read before the first of them is applied, so that what they look at is fetched from memory at once.
const AHEAD: usize = 64;

/// A partition that this instance reads.
#[derive(Debug)]
pub(crate) struct Partition {
    pub(crate) shard: Shard,
    /// What became of every record that is folded in.
    pub(crate) books: Books,
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
    last: Option<LastRecord>,       // that was applied
    letters_from: i64,              // what is rejected from here on nobody has told yet
    panicked: Panicked,             // that are left out
    at_hand: Option<i64>,           // being read or folded
}

/// Records on which the fold panicked: the hash of each, by its offset.
pub(super) type Panicked = BTreeMap<i64, String>;

/// What a partition knows, as it is written into snapshots.
#[derive(Debug)]
pub(crate) struct State {
    shard: Shard,
    books: Books,
    recorded_at: Option<EventTime>,
    last: Option<LastRecord>,
}

/// What is left to fold silently.
#[derive(Clone, Copy, Debug)]
struct Rebuild {
    committed: i64,
    counted_until: Option<EventTime>,
}

impl State {
    /// Nothing is known yet.
    pub(crate) fn new(rules: &Arc<Rules>, budget: &Arc<Budget>) -> Self {
        let shard = Shard::within(rules.clone(), budget);
        Self { shard, books: Books::default(), recorded_at: None, last: None }
    }

    /// What was known, as a snapshot has it that was made under the same rules.
    ///
    /// # Errors
    /// Why the bytes are no such state.
    pub(crate) fn read_from(bytes: &[u8], rules: &Arc<Rules>, budget: &Arc<Budget>) -> Result<Self, Unreadable> {
        let ((books, recorded_at, last), rest) = postcard::take_from_bytes(bytes)?;
        let (shard, rest) = Shard::read_from(rest, rules.clone(), budget)?;
        if rest.is_empty() { Ok(Self { shard, books, recorded_at, last }) } else { Err(Unreadable::Longer(rest.len())) }
    }
}

impl Partition {
    /// A partition about to be read, which knows this. `feed_delay` shifts its now.
    pub(crate) fn open(rules: &Rules, state: State, place: &Place, resume: Resume, feed_delay: Span) -> Self {
        let State { mut shard, books, recorded_at, last } = state;
        let rebuild = resume.committed.map(|committed| Rebuild { committed, counted_until: resume.counted_until });
        if rebuild.is_some() {
            shard.mute_counters();
        }
        let mut partition = Self {
            shard,
            books,
            place: place.clone(),
            lateness: rules.lateness,
            feed_delay,
            rebuild,
            next: resume.start,
            settled_next: resume.start,
            ends: None,
            confirmed: 0,
            caught_up_at: None,
            recorded_at,
            until: None,
            last,
            letters_from: resume.letters_from,
            panicked: Panicked::new(),
            at_hand: None,
        };
        partition.finish_rebuild(resume.start);
        partition
    }

    /// These records are rejected unread: the fold of each panicked.
    pub(super) fn leave_out(&mut self, panicked: Panicked) {
        self.panicked = panicked;
    }

    /// The record of this batch that was being read or folded when that panicked, if it was one record's turn.
    pub(super) fn at_hand(&self, batch: &Batch) -> Option<LastRecord> {
        let record = batch.iter().find(|record| Some(record.offset) == self.at_hand)?;
        Some(mark_of(&record))
    }

    /// Applies records. What becomes of those that nobody has counted is entered in `counted` too; those that are rejected, and of which
    /// no earlier owner told, are told.
    pub(crate) fn apply(&mut self, batch: &Batch, counted: &mut Books, told: &mut impl FnMut(&Record<'_>, &Rejected)) {
        let mut records = batch.iter();
        let (mut ahead, mut last) = (Vec::with_capacity(AHEAD), None);
        loop {
            ahead.extend(records.by_ref().take(AHEAD).map(|record| (record, self.decode(record))));
            if ahead.is_empty() {
                break;
            }
            self.at_hand = None;
            self.shard.fetch(ahead.iter().filter_map(|(_, decoded)| decoded.as_ref().ok()?.event()));
            for (record, decoded) in ahead.drain(..) {
                self.take(&record, decoded, counted, told);
                last = Some(record);
            }
        }
        self.at_hand = None;
        self.shard.book();
        if let Some(last) = last {
            self.last = Some(mark_of(&last));
        }
        self.finish_rebuild(self.next);
    }

    /// What it knows, packed. `None`: it is still being rebuilt.
    ///
    /// # Errors
    /// It cannot be packed.
    pub(crate) fn snapshot(&self, rules: &str) -> Option<io::Result<Packed>> {
        self.is_rebuilt().then(|| {
            Packed::pack(self.next, rules.to_owned(), self.last.clone(), |out| {
                binary::write(&(&self.books, self.recorded_at, &self.last), &mut *out)?;
                self.shard.write_to(out)
            })
        })
    }

    fn decode<'a>(&mut self, record: Record<'a>) -> Result<Decoded<'a>, Rejected> {
        self.at_hand = Some(record.offset);
        let panicked = self.panicked.get(&record.offset);
        let is_left_out = panicked.is_some_and(|hash| *hash == mark_of(&record).hash);
        if is_left_out { Err(Rejected::Panicked) } else { wire::decode(record) }
    }

    fn take(
        &mut self,
        record: &Record<'_>,
        decoded: Result<Decoded<'_>, Rejected>,
        counted: &mut Books,
        told: &mut impl FnMut(&Record<'_>, &Rejected),
    ) {
        self.at_hand = Some(record.offset);
        #[cfg(test)]
        if decoded.is_ok() {
            tests::panic_at(record.offset);
        }
        self.finish_rebuild(record.offset);
        let (entry, result) = books::take(&mut self.shard, decoded, record.recorded_at);
        self.books.enter(entry);
        if self.is_rebuilt() {
            counted.enter(entry);
        }
        if let Err(rejected) = result
            && record.offset >= self.letters_from
        {
            told(record, &rejected);
        }
        self.next = record.offset + 1;
        self.recorded_at = record.recorded_at.or(self.recorded_at);
    }

    /// A second has passed: notes where the log ends. To be settled next.
    pub(crate) fn pulse(&mut self, now: EventTime, ends: Ends) {
        self.ends = Some(ends);
        let is_at_end = ends.fresh && self.lag_records() == Some(0);
        self.confirmed = if is_at_end { self.confirmed.saturating_add(1) } else { 0 };
        if self.confirmed >= CONFIRMED_PULSES {
            self.caught_up_at = Some(now);
        }
        self.finish_rebuild(ends.read);
    }

    /// Lets counters take what is final by now.
    pub(crate) fn settle(&mut self, now: EventTime) {
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
    pub(crate) fn progress(&self) -> Option<Progress> {
        self.is_ready().then_some(Progress { next: self.settled_next, until: self.until })
    }

    /// Whether its state is complete, and how much is still to be read is known.
    pub(crate) fn is_ready(&self) -> bool {
        self.is_rebuilt() && self.ends.is_some()
    }

    fn is_rebuilt(&self) -> bool {
        self.rebuild.is_none()
    }

    /// As of when it is read: now where it is caught up, else, and while no broker can be reached, the last moment that it is
    /// known to be read up to. `None`: there is nothing to read yet.
    pub(crate) fn read_at(&self, now: EventTime, is_away: bool) -> Option<EventTime> {
        if is_away || !self.is_caught_up(now) {
            return self.known_to();
        }
        let line = self.shard.watermark().unwrap_or(EventTime::MIN) - self.lateness;
        Some((now - self.feed_delay).max(line))
    }

    /// The time of its last event or, later, when it was last confirmed that nothing is left to read; never before what counters
    /// have taken as final.
    fn known_to(&self) -> Option<EventTime> {
        let confirmed = self.caught_up_at.map(|at| at - self.feed_delay);
        let is_final = self.until.map(|until| until - self.lateness);
        [self.shard.watermark(), confirmed, is_final].into_iter().flatten().max()
    }

    /// Whether less than `lateness` is still to be read.
    pub(crate) fn is_caught_up(&self, now: EventTime) -> bool {
        self.lag(now).is_some_and(|lag| lag < self.lateness.max(Span::from_millis(1)))
    }

    /// How it is doing.
    pub(crate) fn vitals(&self, now: EventTime) -> PartitionVitals {
        PartitionVitals {
            topic: self.place.topic.to_string(),
            partition: self.place.partition,
            is_ready: self.is_ready(),
            lag_records: self.lag_records(),
            lag: self.lag(now),
            watermark: self.shard.watermark(),
            snapshot: None, // the consumer thread knows
        }
    }

    /// Where it is.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Notes how long ago the broker recorded what was just applied.
    pub(crate) fn note_freshness(&self, batch: &Batch, now: EventTime, freshness: &mut Histogram<u64>) {
        if !self.is_rebuilt() {
            return;
        }
        for recorded_at in batch.recorded() {
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

/// By what a record is known again.
fn mark_of(record: &Record<'_>) -> LastRecord {
    LastRecord { offset: record.offset, hash: snapshot::hash(record.payload.unwrap_or_default()) }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::let_panic;
