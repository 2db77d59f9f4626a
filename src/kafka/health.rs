//! How the connection to Kafka fares, for the probes and the self metrics.
//!
//! **Words.** *Away*: no broker can be reached. *Joined*: the group knows us and has given us our share, which may be nothing.
//! *Rebalancing*: the shares are about to change. *Lost*: our session in the group
//! ran out, and our share with it.
//!
//! **Invariant.** A change is told in the log once, when it happens; a state that lasts is read here. Counters only grow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tracing::{debug, error, info, warn};

use super::start::Oddity;
use super::{Place, Resume};
use crate::clock;
use crate::time::EventTime;

/// Shared between the consumer thread, which writes, and whoever shows it.
#[derive(Debug, Default)]
pub struct Health(Mutex<HealthSnapshot>);

/// Whether any broker can be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Brokers {
    /// Not known yet.
    #[default]
    Untried,
    /// A connection stands.
    Reachable,
    /// None can be reached.
    Away {
        /// Since when, by the wall clock.
        since: EventTime,
    },
}

/// Plain data as of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HealthSnapshot {
    /// The consumer thread lives.
    pub running: bool,
    /// Whether any broker can be reached.
    pub brokers: Brokers,
    /// We are a member of the group and have our share of the partitions.
    pub joined: bool,
    /// The group is sharing out its partitions anew, as far as librdkafka tells, or has given us nothing a moment ago.
    pub rebalancing: bool,
    /// When our session in the group ran out and our partitions with it; none once the group has given us a share again.
    pub lost_at: Option<EventTime>,
    /// Partitions that the group gave us.
    pub owned: BTreeSet<Place>,
    /// Those of them whose start is known and that are being read.
    pub opened: BTreeSet<Place>,
    /// How many partitions each topic has in all.
    pub partitions: BTreeMap<Arc<str>, usize>,
    /// Topics that went missing after the start.
    pub missing_topics: BTreeSet<Arc<str>>,
    /// Commits that the coordinator took.
    pub commits: u64,
    /// Commits that failed; the next one says the same again, or more.
    pub commit_failures: u64,
    /// Jumps of offsets within a partition; markers of transactions and compaction make some.
    pub gaps: u64,
    /// Records that were delivered again and dropped.
    pub repeats: u64,
    /// Times that a partition's log was not the one that was counted: its beginning had left our offset behind, it was cut off, or made anew.
    pub truncations: u64,
    /// Offsets that were deleted before they were counted.
    pub missed_offsets: u64,
    /// Times that records which were there did not come, so that the client was made anew.
    pub stalls: u64,
    /// Other errors of librdkafka.
    pub errors: u64,
    /// The last commit failed.
    pub commits_failing: bool,
    /// The last look-up of where partitions begin failed; it is repeated every second.
    pub starts_failing: bool,
    /// The last look-up of a snapshot failed; it is repeated.
    pub finds_failing: bool,
    /// Partitions that are not read, since no snapshot can be used and `bootstrap` refuses everything else.
    pub refused: BTreeSet<Place>,
    /// Until when nobody else can own what we own, by [`clock::boottime`].
    pub lease_until: Option<Duration>,
    /// The last snapshot of each opened partition.
    pub saved: BTreeMap<Place, Saved>,
    /// Snapshots that could not be written; the next is tried after the usual time.
    pub save_failures: u64,
    /// The last snapshot could not be written.
    pub saves_failing: bool,
    /// Dead letters that were delivered.
    pub letters: u64,
    /// Times that dead letters could not be delivered; they are sent again.
    pub letter_failures: u64,
    /// Why the last dead letters could not be delivered.
    pub letters_failing: Option<String>,
    /// Offsets whose dead letters, if they had any, were not delivered before they were deleted.
    pub letters_lost: u64,
    /// Partitions that are not read on, since too many of their dead letters are not delivered.
    pub held: BTreeSet<Place>,
}

/// A snapshot that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saved {
    /// When it was written or, later, when there was nothing to write since.
    pub at: Instant,
    /// Bytes in the topic.
    pub bytes: u64,
    /// From when it was wanted until the broker had it.
    pub took: Duration,
}

impl HealthSnapshot {
    /// No broker can be reached.
    pub fn is_away(&self) -> bool {
        matches!(self.brokers, Brokers::Away { .. })
    }

    /// Whether nobody else can own what we own, as far as the last commit says that the coordinator took.
    pub fn is_leased(&self) -> bool {
        self.lease_until.is_some_and(|until| clock::boottime() < until)
    }
}

impl Health {
    /// Nothing is known yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// Everything, as of now.
    pub fn snapshot(&self) -> HealthSnapshot {
        self.lock().clone()
    }

    pub(super) fn running(&self, running: bool) {
        let mut state = self.lock();
        state.running = running;
        state.joined &= running;
    }

    pub(super) fn is_away(&self) -> bool {
        self.lock().is_away()
    }

    pub(super) fn reachable(&self) {
        let before = std::mem::replace(&mut self.lock().brokers, Brokers::Reachable);
        match before {
            Brokers::Reachable => {}
            Brokers::Untried => info!("connected to kafka"),
            Brokers::Away { since } => info!(away_since = %since, "kafka is back"),
        }
    }

    pub(super) fn away(&self, reason: &str) {
        let mut state = self.lock();
        if matches!(state.brokers, Brokers::Away { .. }) {
            return;
        }
        state.brokers = Brokers::Away { since: clock::now() };
        warn!(reason, "no kafka broker can be reached; trying on");
    }

    fn joined(&self, joined: bool) {
        let before = std::mem::replace(&mut self.lock().joined, joined);
        match (before, joined) {
            (false, true) => info!("joined the consumer group"),
            (true, false) => warn!("lost the place in the consumer group; joining again"),
            _ => {}
        }
    }

    /// The group gave us a share; one of nothing may only be the first half of a hand-over.
    pub(super) fn received_share(&self, is_empty: bool) {
        self.joined(true);
        let mut state = self.lock();
        state.rebalancing = is_empty;
        state.lost_at = None;
    }

    /// Our session ran out; if there was anything in our share, its figures are gone from here.
    pub(super) fn lost_share(&self, places: usize) {
        self.joined(false);
        if places > 0 {
            self.lock().lost_at = Some(clock::now());
        }
    }

    pub(super) fn rebalancing(&self, rebalancing: bool) {
        self.lock().rebalancing = rebalancing;
    }

    pub(super) fn is_rebalancing(&self) -> bool {
        self.lock().rebalancing
    }

    pub(super) fn has_joined(&self) -> bool {
        self.lock().joined
    }

    pub(super) fn assigned(&self, place: &Place) {
        self.lock().owned.insert(place.clone());
        info!(%place, "partition assigned");
    }

    pub(super) fn opened(&self, place: &Place, resume: Resume) {
        let mut state = self.lock();
        state.opened.insert(place.clone());
        state.refused.remove(place);
        state.finds_failing = false;
        drop(state);
        info!(%place, start = resume.start, committed = resume.committed, "partition opened");
    }

    /// The partition is still ours, but will be looked up again.
    pub(super) fn reopening(&self, place: &Place) {
        let mut state = self.lock();
        state.opened.remove(place);
        state.held.remove(place);
    }

    pub(super) fn removed(&self, place: &Place) {
        let mut state = self.lock();
        state.opened.remove(place);
        state.owned.remove(place);
        state.refused.remove(place);
        state.held.remove(place);
        state.saved.remove(place);
        info!(%place, "partition given up");
    }

    pub(super) fn topics(&self, partitions: BTreeMap<Arc<str>, usize>, missing: BTreeSet<Arc<str>>) {
        let mut state = self.lock();
        for topic in missing.difference(&state.missing_topics) {
            error!(%topic, "topic is gone");
        }
        for topic in state.missing_topics.difference(&missing) {
            info!(%topic, "topic is there again");
        }
        state.partitions.extend(partitions);
        state.missing_topics = missing;
    }

    /// A commit of some of our partitions was taken, which is a lease until that moment: it says that we are a member.
    pub(super) fn leased(&self, until: Option<Duration>) {
        let mut state = self.lock();
        state.lease_until = until.or(state.lease_until);
    }

    pub(super) fn committed(&self) {
        let mut state = self.lock();
        state.commits += 1;
        if std::mem::take(&mut state.commits_failing) {
            info!("commits are taken again");
        }
    }

    pub(super) fn commit_failed(&self, reason: &str) {
        let mut state = self.lock();
        state.commit_failures += 1;
        if !std::mem::replace(&mut state.commits_failing, true) {
            warn!(reason, "commit failed; trying on");
        }
    }

    pub(super) fn starts_found(&self) {
        self.lock().starts_failing = false;
    }

    pub(super) fn find_failed(&self, reason: &str) {
        if !std::mem::replace(&mut self.lock().finds_failing, true) {
            warn!(reason, "cannot look up the last snapshot; trying on");
        }
    }

    pub(super) fn starts_failing(&self) -> bool {
        self.lock().starts_failing
    }

    pub(super) fn starts_failed(&self, reason: &str) {
        if !std::mem::replace(&mut self.lock().starts_failing, true) {
            warn!(reason, "cannot look up where to begin; trying on");
        }
    }

    pub(super) fn refused(&self, place: &Place) {
        if self.lock().refused.insert(place.clone()) {
            error!(%place, "no snapshot can be used, and kafka.bootstrap = \"refuse\": the partition is not read");
        }
    }

    pub(super) fn saved(&self, place: &Place, bytes: u64, took: Duration) {
        let mut state = self.lock();
        state.saved.insert(place.clone(), Saved { at: clock::monotonic(), bytes, took });
        if std::mem::take(&mut state.saves_failing) {
            info!("snapshots are written again");
        }
        debug!(%place, bytes, milliseconds = took.as_millis(), "snapshot written");
    }

    /// What was saved is still all there is.
    pub(super) fn save_confirmed(&self, place: &Place) {
        if let Some(saved) = self.lock().saved.get_mut(place) {
            saved.at = clock::monotonic();
        }
    }

    pub(super) fn save_failed(&self, reason: &str) {
        let mut state = self.lock();
        state.save_failures += 1;
        if !std::mem::replace(&mut state.saves_failing, true) {
            warn!(reason, "snapshot cannot be written; trying on");
        }
    }

    pub(super) fn letters_delivered(&self, count: usize) {
        self.lock().letters += count as u64;
    }

    pub(super) fn letters_delivered_all(&self) {
        if self.lock().letters_failing.take().is_some() {
            info!("dead letters are delivered again");
        }
    }

    /// Some may have been. A reason is told once, until it is another.
    pub(super) fn letters_failed(&self, reason: &str) {
        let mut state = self.lock();
        state.letter_failures += 1;
        if state.letters_failing.as_deref() != Some(reason) {
            state.letters_failing = Some(reason.to_owned());
            warn!(reason, "dead letters cannot be delivered; trying on");
        }
    }

    pub(super) fn letters_lost(&self, place: &Place, from: i64, low: i64) {
        self.lock().letters_lost += u64::try_from(low - from).unwrap_or(0);
        error!(%place, from, to = low, "records were deleted before their dead letters were delivered; they were counted");
    }

    pub(super) fn are_letters_failing(&self) -> bool {
        self.lock().letters_failing.is_some()
    }

    pub(super) fn held(&self, place: &Place, is_held: bool) {
        let mut state = self.lock();
        if is_held {
            state.held.insert(place.clone());
            warn!(%place, "the partition is not read on before its dead letters are delivered");
        } else {
            state.held.remove(place);
            info!(%place, "the partition is read on: its dead letters are delivered");
        }
    }

    pub(super) fn gap(&self, place: &Place, expected: i64, offset: i64) {
        self.lock().gaps += 1;
        debug!(%place, expected, offset, "gap in the offsets");
    }

    pub(super) fn stalled(&self, places: &[Place], after: Duration) {
        let mut state = self.lock();
        state.stalls += 1;
        (state.joined, state.rebalancing) = (false, true);
        let places: Vec<String> = places.iter().map(Place::to_string).collect();
        let (places, seconds) = (places.join(" "), after.as_secs());
        error!(places, seconds, "records that are there do not come; the kafka client is made anew");
    }

    pub(super) fn repeat(&self) {
        self.lock().repeats += 1;
    }

    pub(super) fn odd(&self, place: &Place, oddity: Oddity) {
        let mut state = self.lock();
        state.truncations += 1;
        match oddity {
            Oddity::Truncated { missed } => {
                state.missed_offsets += u64::try_from(missed).unwrap_or(0);
                error!(%place, missed, "records were deleted before they were counted; reading from the log's beginning");
            }
            Oddity::Replaced => {
                error!(%place, "the log is not the one that was counted: the topic was made anew; all of it counts");
            }
            Oddity::CutOff { next } => {
                error!(%place, next, "the log was cut off before our offset and has grown again; its state is looked up anew");
            }
            Oddity::BeyondEnd { committed } => {
                error!(%place, committed, "the log ends before our offset: the topic was made anew or truncated; all of it counts");
            }
        }
    }

    /// An error of no further consequence. `held_back` like it were not told since the last; `None`: nor is this one.
    pub(super) fn error(&self, reason: &str, held_back: Option<u64>) {
        self.lock().errors += 1;
        if let Some(held_back) = held_back {
            warn!(reason, held_back, "kafka error");
        }
    }

    fn lock(&self) -> MutexGuard<'_, HealthSnapshot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn being_away_dates_from_its_first_sign() {
        let health = Health::new();
        health.away("connection refused");
        let first = health.snapshot().brokers;
        health.away("still refused");
        assert_eq!(health.snapshot().brokers, first);
        health.reachable();
        assert_eq!(health.snapshot().brokers, Brokers::Reachable);
    }

    #[test]
    fn a_loss_has_a_date_until_the_group_gives_a_share_again() {
        let health = Health::new();
        health.received_share(true);
        health.lost_share(0);
        assert_eq!((health.snapshot().joined, health.snapshot().lost_at), (false, None), "there was nothing to lose");
        health.lost_share(2);
        assert!(health.snapshot().lost_at.is_some());
        health.rebalancing(true);
        health.received_share(false);
        let share = health.snapshot();
        assert_eq!((share.joined, share.rebalancing, share.lost_at), (true, false, None));
    }

    #[test]
    fn a_partition_given_up_is_neither_owned_nor_opened() {
        let health = Health::new();
        let place = Place { topic: "t".into(), partition: 3 };
        health.assigned(&place);
        health.opened(&place, Resume { start: 0, committed: None, counted_until: None, letters_from: 0 });
        assert!(health.snapshot().opened.contains(&place));
        health.removed(&place);
        assert!(health.snapshot().owned.is_empty() && health.snapshot().opened.is_empty());
    }
}
