//! Who owns what: partitions come, are looked up and opened, and go.
//!
//! **Why an assignment is answered at once with nothing.** Until it is answered the group's next rebalance waits for us, and all our
//! partitions are paused. Where to begin may take long to find out (a broker is away), so the answer is empty, and each partition
//! is added on its own when its start is known. A revoke that comes first finds it pending and has nothing to take back.

use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaResult;
use rdkafka::{Offset, TopicPartitionList};
use tracing::{debug, info};

use super::consumer::{ANSWER_LIMIT, RETRY_AFTER, Reader, due};
use super::context::Rebalance;
use super::native::set_leader_epoch;
use super::owned::Reading;
use super::start::{Oddity, Start, find_ends, find_starts, list_of};
use super::store::Found;
use super::topics::with_leader;
use super::{Ends, KafkaFailure, Place, Resume, Sink};
use crate::clock;

/// How long to look for starts. A question waits for the fetch that is under way on the same connection, which may take
/// `fetch.wait.max.ms` where nothing comes; and there are three.
const STARTS_LIMIT: Duration = Duration::from_millis(1_800);
/// How long the group may be kept waiting for the last commit of partitions that go to another member.
const REVOKE_COMMIT_LIMIT: Duration = Duration::from_secs(2);
/// The same when we stop.
const LEAVE_COMMIT_LIMIT: Duration = Duration::from_millis(800);

/// How soon after partitions were opened the next pulse is; others are opened in the meantime.
const PULSE_SOON: Duration = Duration::from_millis(200);
/// How long to wait for our share before we leave, and how often to look.
const SHARE_LIMIT: Duration = Duration::from_millis(1_500);
const SHARE_WAIT: Duration = Duration::from_millis(20);

impl<S: Sink> Reader<S> {
    pub(super) fn answer_rebalances(&mut self) -> Result<(), KafkaFailure> {
        while let Some(rebalance) = self.client.context().next_rebalance() {
            match rebalance {
                Rebalance::Assigned(places) => self.assign(&places)?,
                Rebalance::Revoked { places, lost } => self.revoke(&places, lost)?,
            }
        }
        Ok(())
    }

    fn assign(&mut self, places: &[Place]) -> Result<(), KafkaFailure> {
        let answer = self.client.incremental_assign(&TopicPartitionList::new());
        answer.map_err(|error| KafkaFailure::Fatal(error.to_string()))?;
        for place in places.iter().filter(|place| self.owned.add(place)) {
            self.health.assigned(place);
        }
        self.steadiness.shared();
        self.health.received_share(self.owned.is_empty());
        self.starts_due = clock::monotonic();
        Ok(())
    }

    /// Opens partitions whose start can be found now; the others are tried again.
    pub(super) fn open_pending(&mut self) {
        let pending = self.owned.pending();
        if pending.is_empty() || !due(&mut self.starts_due, RETRY_AFTER) {
            return;
        }
        match self.find_starts_of(&pending) {
            Ok(starts) => {
                if starts.len() < pending.len() {
                    self.health.starts_failed("some partitions have no leader that answers");
                } else {
                    self.health.starts_found();
                }
                self.note_topic_ids(&starts);
                self.begin(starts);
            }
            Err(error) => self.health.starts_failed(&error.to_string()),
        }
    }

    /// That ids are not told is told once.
    fn note_topic_ids(&mut self, starts: &[Start]) {
        let is_untold = starts.iter().any(|start| start.topic_id.is_none());
        if is_untold && !std::mem::replace(&mut self.is_without_topic_ids, true) {
            info!("the broker tells no id of the topic; whether it was made anew is known by the last record alone");
        }
    }

    /// All are asked about together; only after that failed is it worth a question more to leave out those that hold up the rest.
    fn find_starts_of(&self, pending: &[Place]) -> KafkaResult<Vec<Start>> {
        let bootstrap = self.settings.bootstrap;
        if !self.health.starts_failing() {
            return find_starts(&self.client, pending, bootstrap, STARTS_LIMIT);
        }
        let led = with_leader(&self.client, pending, ANSWER_LIMIT)?;
        if led.is_empty() { Ok(Vec::new()) } else { find_starts(&self.client, &led, bootstrap, STARTS_LIMIT) }
    }

    /// Reads partitions, each from its snapshot or from its start.
    pub(super) fn open(&mut self, starts: Vec<(Start, Option<Found<S::State>>)>) {
        if starts.is_empty() {
            return;
        }
        let begin = |(start, found): &(Start, Option<Found<_>>)| {
            let start = start.clone();
            let next = found.as_ref().map_or(start.resume.start, |found| found.written.next);
            let resume = Resume { start: next, ..start.resume };
            let leader_epoch = found.as_ref().and_then(|found| found.leader_epoch);
            Start { resume, leader_epoch, ends: Ends { read: next, ..start.ends }, ..start }
        };
        let begins: Vec<Start> = starts.iter().map(begin).collect();
        if let Err(error) =
            self.read_from(begins.iter().map(|start| (&start.place, start.resume.start, start.leader_epoch)))
        {
            self.tell_error("open", &format!("partitions cannot be opened: {error}"));
            return;
        }
        for (start, (_, found)) in begins.iter().zip(starts) {
            if let Some(oddity) = start.oddity {
                self.health.odd(&start.place, oddity);
            }
            if let Some(from) = start.letters_lost.filter(|_| self.post.is_some()) {
                self.health.letters_lost(&start.place, from, start.ends.low);
            }
            let (written, state) = found.map(|Found { written, state, .. }| (written, state)).unzip();
            if let Some(written) = written {
                self.health.saved(&start.place, written.bytes, Duration::ZERO); // which nobody has to write again
            }
            let first_save = self.first_save(&start.place);
            self.owned.open(start, written, first_save);
            self.health.opened(&start.place, start.resume);
            self.sink.opened(&start.place, start.resume, state);
        }
        // Nothing of them is shown before the next pulse.
        self.pulse_due = self.pulse_due.min(clock::monotonic() + PULSE_SOON);
    }

    /// Reads partitions from there on, where the record before was written under the leader with that epoch.
    fn read_from<'a>(&self, starts: impl Iterator<Item = (&'a Place, i64, Option<i32>)>) -> KafkaResult<()> {
        let mut list = TopicPartitionList::new();
        for (place, start, epoch) in starts {
            self.client.source().divert(place)?;
            list.add_partition(&place.topic, place.partition).set_offset(Offset::Offset(start))?;
            set_leader_epoch(&mut list, place, epoch);
        }
        self.client.incremental_assign(&list)
    }

    /// Says again where records go. librdkafka forgets it when a partition's reading ends, which may be after it was told to begin anew.
    pub(super) fn divert_opened(&mut self) {
        for place in self.owned.opened() {
            if let Err(error) = self.client.source().divert(&place) {
                self.tell_error("divert", &format!("records cannot be taken in batches: {error}"));
            }
        }
    }

    /// Those of them that are read: what is held is not, and librdkafka refuses to stop what it does not read.
    fn not_held(&mut self, places: &[Place]) -> Vec<Place> {
        let held = self.owned.held();
        places.iter().filter(|place| !held.contains(place)).cloned().collect()
    }

    /// Also of nothing this answers a revocation, and may be called only where none waits for another answer.
    fn stop_reading(&mut self, places: &[Place]) -> KafkaResult<()> {
        self.client.incremental_unassign(&list_of(places, Offset::Invalid)?)
    }

    /// Gives partitions back. Where they were lost somebody else may count already, and a commit would be refused.
    fn revoke(&mut self, places: &[Place], lost: bool) -> Result<(), KafkaFailure> {
        let opened: Vec<Place> = self.owned.opened().into_iter().filter(|place| places.contains(place)).collect();
        if lost {
            self.health.lost_share(places.len());
        } else {
            self.health.rebalancing(true);
            self.commit_last(&opened, REVOKE_COMMIT_LIMIT)?;
        }
        let read = self.not_held(&opened);
        self.give_up(places);
        if let Err(error) = self.stop_reading(&read) {
            self.tell_error("give back", &format!("partitions cannot be given back: {error}"));
        }
        Ok(())
    }

    fn give_up(&mut self, places: &[Place]) {
        for place in places {
            let Some(partition) = self.owned.remove(place) else { continue };
            if partition.reading.is_some() {
                self.sink.closed(place);
            }
            self.health.removed(place);
        }
    }

    /// The end of the thread: the last commit, and nothing is shown any more. Dropping the client leaves the group.
    pub(super) fn leave(&mut self) {
        if let Err(failure) = self.await_share() {
            debug!(%failure, "the wait for our share was cut short");
        }
        let opened = self.owned.opened();
        let limit = if self.health.is_away() { Duration::ZERO } else { LEAVE_COMMIT_LIMIT };
        if let Err(failure) = self.commit_last(&opened, limit) {
            debug!(%failure, "the last commit was cut short");
        }
        self.give_up(&opened);
        self.give_up(&self.owned.unopened());
    }

    /// Waits while the group shares out its partitions, but not for long. A broker reads nothing more from a connection whose request to
    /// join it has not answered: who leaves then is not heard, is given a share, and is missed only when its session is over.
    fn await_share(&mut self) -> Result<(), KafkaFailure> {
        let deadline = clock::monotonic() + SHARE_LIMIT;
        while self.health.is_rebalancing() && !self.health.is_away() && clock::monotonic() < deadline {
            self.serve_event(SHARE_WAIT)?;
            self.answer_rebalances()?;
            if let Some(statistics) = self.client.context().take_statistics() {
                self.note_steadiness(&statistics);
            }
        }
        Ok(())
    }

    /// librdkafka found an offset outside the log and stopped reading that partition; it does not always say which one. All are asked
    /// about and read on from where they are, which costs a fetch and drops what comes twice.
    ///
    /// An offset that was refused and lies in the log now was cut off: a new leader has not the record before it, and other records may lie
    /// behind. With `auto.offset.reset=error` librdkafka tells both likewise, and goes on with neither.
    pub(super) fn put_right(&mut self) -> Result<(), KafkaFailure> {
        if !self.misplaced || !due(&mut self.placing_due, RETRY_AFTER) {
            return Ok(());
        }
        let opened = self.owned.opened();
        let ends = if opened.is_empty() { Ok(Vec::new()) } else { find_ends(&self.client, &opened, ANSWER_LIMIT) };
        match ends {
            Ok(ends) => {
                self.misplaced = false;
                let refused = std::mem::take(&mut self.refused_offsets);
                self.place_again(&opened, &ends, &refused).map_err(|error| KafkaFailure::Fatal(error.to_string()))
            }
            Err(error) => {
                debug!(%error, "offsets cannot be put right yet");
                Ok(())
            }
        }
    }

    fn place_again(&mut self, opened: &[Place], ends: &[(Place, i64, i64)], refused: &[Place]) -> KafkaResult<()> {
        let read = self.not_held(opened);
        self.stop_reading(&read)?;
        for (place, low, high) in ends {
            self.place_within(place, *low, *high, refused.contains(place));
        }
        let nexts = self.owned.readings().filter(|(_, reading)| !reading.is_held);
        let nexts: Vec<(Place, i64, Option<i32>)> = nexts.map(place_of_next).collect();
        self.read_from(nexts.iter().map(|(place, next, epoch)| (place, *next, *epoch)))
    }

    fn place_within(&mut self, place: &Place, low: i64, high: i64, is_refused: bool) {
        let Some(partition) = self.owned.find(place) else { return };
        let Some(reading) = &mut partition.reading else { return };
        let next = reading.next();
        if next < low {
            reading.skip_to(low);
            self.health.odd(place, Oddity::Truncated { missed: low - next });
        } else if next > high {
            // What we have read is not what the log holds now: state is built again from it.
            self.reopen(place);
        } else if is_refused {
            self.health.odd(place, Oddity::CutOff { next });
            self.reopen(place);
        }
    }

    /// It is ours and not read at the moment: it is looked up again, and begins anew.
    fn reopen(&mut self, place: &Place) {
        self.owned.reopen(place);
        self.health.reopening(place);
        self.sink.closed(place);
        self.starts_due = clock::monotonic();
    }

    /// Partitions whose state was lost begin anew.
    pub(super) fn begin_broken_anew(&mut self) -> Result<(), KafkaFailure> {
        self.broken.extend(self.sink.broken());
        if self.broken.is_empty() || self.is_rebalance_open()? {
            return Ok(());
        }
        for place in std::mem::take(&mut self.broken) {
            if self.owned.find(&place).is_none_or(|partition| partition.reading.is_none()) {
                continue; // it went, or begins anew as it is
            }
            let read = self.not_held(std::slice::from_ref(&place));
            if !read.is_empty()
                && let Err(error) = self.stop_reading(&read)
            {
                self.tell_error("begin anew", &format!("a partition cannot be begun anew: {error}"));
            }
            self.reopen(&place);
        }
        Ok(())
    }

    /// Whether the group waits for an answer of ours: it would take any change of what is read for it.
    fn is_rebalance_open(&mut self) -> Result<bool, KafkaFailure> {
        self.serve_events()?;
        Ok(self.client.context().has_rebalance())
    }

    /// Reads no further where too many letters are not delivered, and on where they are. A partition that is still being rebuilt finds no
    /// more letters than its earlier owner had, and shows nothing before it is done, so that it is read on.
    pub(super) fn hold_and_release(&mut self) -> Result<(), KafkaFailure> {
        let Some(post) = &self.post else { return Ok(()) };
        if post.has_ended() {
            return Err(KafkaFailure::Fatal("the thread that delivers dead letters ended, which is a bug".to_owned()));
        }
        let letters = post.letters();
        let is_held = |(_, reading): &(&Place, &mut Reading)| reading.is_held;
        let (held, read): (Vec<_>, Vec<_>) = self.owned.readings().partition(is_held);
        let full =
            read.into_iter().filter(|(place, reading)| letters.is_full(place) && reading.is_past_what_was_seen());
        let full: Vec<Place> = full.map(|(place, _)| place.clone()).collect();
        let empty = held.into_iter().filter(|(place, _)| letters.first(place).is_none());
        let empty: Vec<(Place, i64, Option<i32>)> = empty.map(place_of_next).collect();
        if (full.is_empty() && empty.is_empty()) || self.is_rebalance_open()? {
            return Ok(());
        }
        for place in full {
            match self.stop_reading(std::slice::from_ref(&place)) {
                Ok(()) => self.hold(&place, true),
                Err(error) => self.tell_error("hold", &format!("a partition cannot be held: {error}")),
            }
        }
        for (place, next, epoch) in empty {
            match self.read_from([(&place, next, epoch)].into_iter()) {
                Ok(()) => self.hold(&place, false),
                Err(error) => self.tell_error("release", &format!("a partition cannot be read on: {error}")),
            }
        }
        Ok(())
    }

    fn hold(&mut self, place: &Place, is_held: bool) {
        if let Some(reading) = self.owned.find(place).and_then(|partition| partition.reading.as_mut()) {
            reading.hold(is_held);
            self.health.held(place, is_held);
        }
    }
}

/// Where a partition is read on, and the epoch of the leader that wrote the record before.
fn place_of_next((place, reading): (&Place, &mut Reading)) -> (Place, i64, Option<i32>) {
    let next = reading.next();
    (place.clone(), next, reading.origin(next).leader_epoch)
}
