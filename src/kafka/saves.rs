//! Snapshots in the turn of the consumer thread: when one is due, where it goes, and what partitions begin with.
//!
//! **Why one at a time.** Packing holds a worker, and the store writes one after another anyway; so partitions take turns, and each is
//! due by its own time.
//!
//! **Invariant.** A snapshot is written over, or what others wrote deleted, only once the coordinator has taken a commit that points at a
//! newer one: at every moment what the group's commit points at is whole.

use std::time::{Duration, Instant};

use tracing::warn;

use super::consumer::{Reader, due};
use super::own_topic::{Prepares, Unprepared};
use super::owned::{Reading, Stage};
use super::start::{Oddity, Start};
use super::store::{Answer, Outcome, Search, Store, Token, Written};
use super::{Bootstrap, KafkaFailure, Place, Sink};
use crate::clock;
use crate::snapshot::Packed;

/// When to look for a snapshot again where there was none that could be used and nothing else is allowed.
const REFUSED_WAIT: Duration = Duration::from_secs(30);
/// A worker that has not answered by then never will.
const WANTED_MAX: Duration = Duration::from_secs(60);

impl<S: Sink> Reader<S> {
    /// Waits until topics of ours are there.
    ///
    /// # Errors
    /// A broker says that one may not be made.
    pub(super) fn prepare_topics(&mut self, partitions: usize) -> Result<(), KafkaFailure> {
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        self.prepare(partitions, |reader| Some(reader.store.as_ref()?))?;
        self.prepare(partitions, |reader| Some(reader.post.as_ref()?))
    }

    fn prepare(&mut self, partitions: i32, of: fn(&Self) -> Option<&dyn Prepares>) -> Result<(), KafkaFailure> {
        let Some(who) = of(self) else { return Ok(()) };
        who.prepare(partitions);
        let mut is_told = false;
        while !self.stopped() {
            self.serve(Duration::from_millis(1))?;
            match of(self).and_then(Prepares::prepared) {
                None => {}
                Some(Ok(())) => return Ok(()),
                Some(Err(Unprepared::Refused(reason))) => return Err(KafkaFailure::Refused(reason)),
                Some(Err(Unprepared::Away(reason))) => {
                    if !std::mem::replace(&mut is_told, true) {
                        warn!(reason, "nothing is read before all topics are there; trying on");
                    }
                    self.serve(super::consumer::RETRY_AFTER)?;
                    of(self).iter().for_each(|who| who.prepare(partitions));
                }
            }
        }
        Ok(())
    }

    /// Opens partitions whose start is known; where the group has committed, once it is known whether there is a snapshot.
    pub(super) fn begin(&mut self, starts: Vec<Start>) {
        let mut without = Vec::new();
        for start in starts {
            let may_have = !start.oddity.is_some_and(Oddity::is_of_another_log);
            if !may_have && self.settings.bootstrap == Bootstrap::Refuse {
                self.refuse(&start.place);
                continue;
            }
            // A snapshot may not pass a letter that is to be found again.
            let next_max = start.resume.committed.filter(|_| may_have).map(|seen| seen.min(start.resume.letters_from));
            let partition = self.owned.find(&start.place);
            let (Some(store), Some(next_max), Some(partition)) = (&self.store, next_max, partition) else {
                without.push((start, None));
                continue;
            };
            store.find(&start.place, partition.token, start.pointer, start.ends.low..=next_max, start.topic_id);
            partition.waiting = Some(start);
        }
        self.open(without);
    }

    /// Takes what the store has to say.
    pub(super) fn take_store_answers(&mut self) {
        while let Some(answer) = self.store.as_ref().and_then(Store::answer) {
            let Answer { place, token, outcome } = answer;
            match outcome {
                Outcome::Written(written) => self.written(&place, token, written),
                Outcome::Found(found) => self.found_snapshot(&place, token, found),
            }
        }
    }

    fn found_snapshot(&mut self, place: &Place, token: Token, found: Result<Search<S::State>, String>) {
        let partition = self.owned.find(place).filter(|partition| partition.token == token);
        let Some(start) = partition.and_then(|partition| partition.waiting.take()) else { return };
        match found {
            Ok(Search::Found(found)) => self.open(vec![(start, Some(found))]),
            Ok(Search::Nothing | Search::OtherLog) if self.settings.bootstrap == Bootstrap::Refuse => {
                self.refuse(place);
            }
            Ok(Search::Nothing) => {
                warn!(%place, start = start.resume.start, "no snapshot can be used; state is rebuilt from the log");
                self.open(vec![(start, None)]);
            }
            Ok(Search::OtherLog) => self.open(vec![(start.of_another_log(), None)]),
            Err(reason) => self.health.find_failed(&reason), // it is pending again
        }
    }

    /// The partition is not read: what was counted of it cannot be gone on from, and nothing else is allowed.
    fn refuse(&mut self, place: &Place) {
        self.health.refused(place);
        self.starts_due = clock::monotonic() + REFUSED_WAIT;
    }

    fn written(&mut self, place: &Place, token: Token, written: Result<Written, String>) {
        let Some(partition) = self.owned.find(place).filter(|partition| partition.token == token) else { return };
        let Some(Reading { saving, .. }) = &mut partition.reading else { return };
        let Stage::Writing(since) = std::mem::replace(&mut saving.stage, Stage::Idle) else { return };
        match written {
            Ok(written) => {
                (saving.written, saving.is_own) = (Some(written), true);
                self.health.saved(place, written.bytes, clock::monotonic() - since);
            }
            Err(reason) => self.health.save_failed(&reason),
        }
    }

    /// Hands over what workers have packed, and asks for what is due next.
    pub(super) fn save(&mut self) {
        let (Some(store), Some(settings)) = (&self.store, &self.settings.snapshots) else { return };
        for (place, packed) in self.sink.snapshots() {
            let Some(partition) = self.owned.find(&place) else { continue };
            let Some(reading) = &mut partition.reading else { continue };
            let Stage::Wanted(since) = reading.saving.stage else { continue };
            reading.saving.stage = Stage::Writing(since);
            let origin = reading.origin(packed.next);
            store.write(&place, partition.token, Packed { origin, ..packed });
        }
        let now = clock::monotonic();
        if self.owned.readings().any(|(_, reading)| reading.saving.is_under_way(now)) {
            return;
        }
        let (is_answered, sink) = (!self.commits.waiting(), &mut self.sink);
        for (place, reading) in self.owned.readings() {
            // Only what the coordinator has taken may be built upon; a commit that failed is said again.
            if now < reading.saving.due || !is_answered || !reading.is_pointed_at() {
                continue;
            }
            let Some(progress) = sink.progress(place) else { continue };
            due(&mut reading.saving.due, settings.every);
            if reading.saving.written.is_some_and(|written| written.next == progress.next) {
                self.health.save_confirmed(place); // nothing came since
                continue;
            }
            reading.saving.stage = Stage::Wanted(now);
            sink.want_snapshot(place);
            return;
        }
    }

    /// Deletes what others wrote for partitions whose commit points at what we wrote.
    pub(super) fn tidy_store(&mut self) {
        let Some(store) = &self.store else { return };
        if self.commits.waiting() {
            return;
        }
        for partition in self.owned.all() {
            let token = partition.token;
            let Some(reading) = &mut partition.reading else { continue };
            let own = reading.saving.written.filter(|_| reading.saving.is_own && !reading.saving.is_tidy);
            if let Some(written) = own.filter(|_| reading.is_pointed_at()) {
                reading.saving.is_tidy = true;
                store.tidy(&partition.place, token, written.pointer.first);
            }
        }
    }

    /// When the first snapshot of a partition is due: partitions that are opened together take turns.
    pub(super) fn first_save(&self, place: &Place) -> Duration {
        let every = self.settings.snapshots.as_ref().map_or(Duration::ZERO, |settings| settings.every);
        every * (place.partition.unsigned_abs() % 8 + 1) / 8
    }
}

impl super::owned::Saving {
    fn is_under_way(&self, now: Instant) -> bool {
        match self.stage {
            Stage::Idle => false,
            Stage::Wanted(since) => now < since + WANTED_MAX,
            Stage::Writing(_) => true,
        }
    }
}
