//! A worker: a thread that owns the shards of some partitions, and does one task after another.
//!
//! **Why a queue of tasks.** Records, revocations and questions come through one queue, so a scrape that is asked after a
//! partition was revoked cannot show it, and a shard needs no lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hdrhistogram::Histogram;
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::partition::{Partition, State};
use crate::books::Books;
use crate::budget::Budget;
use crate::clock;
use crate::config::Config;
use crate::counters::{AgentsCounters, ByPair, Counters, PairName, Share};
use crate::export::PartitionVitals;
use crate::kafka::{Batch, Ends, Place, Progress, Resume};
use crate::limits::REJECTED_TOLD_EVERY;
use crate::rules::Rules;
use crate::snapshot::Packed;
use crate::time::{EventTime, Span};
use crate::view::{Ask, View};

/// Batches that are kept to be used again: more than wait while the workers keep up.
const SPARE_BATCHES_MAX: usize = 32;
/// Bytes of records that a batch may have room for and still be kept: three times those of a thousand usual ones. Of a flood of long
/// records nothing stays.
const SPARE_BYTES_MAX: usize = 1 << 20;

/// What may be committed, by partition; written by workers, read by the consumer thread.
pub(super) type Commits = Arc<Mutex<BTreeMap<Place, Progress>>>;

/// Batches whose records are done with, for whoever fills the next ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Spares(Arc<Mutex<Vec<Batch>>>);

impl Spares {
    fn put(&self, batch: Batch) {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if batches.len() < SPARE_BATCHES_MAX && batch.room() <= SPARE_BYTES_MAX {
            batches.push(batch.emptied());
        }
    }

    /// One of them, or a new one.
    pub(super) fn take(&self) -> Batch {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }
}

/// Snapshots that are packed, for the consumer thread to take.
pub(super) type Snapshots = Arc<Mutex<Vec<(Place, Packed)>>>;

/// What a worker is told to do.
#[derive(Debug)]
pub(super) enum Task {
    Open(Place, Resume, Option<Box<State>>),
    /// Pack what the partition knows.
    Pack(Place),
    Records(Place, Batch),
    Pulse(EventTime, Vec<(Place, Ends)>),
    /// The last word before the partition goes: settle, and say what may be committed.
    Settle(Place, std::sync::mpsc::SyncSender<Option<Progress>>),
    Close(Place),
    Ask(Question, oneshot::Sender<Answer>),
}

/// What a page asks.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub(super) ask: Ask,
    /// No broker can be reached: figures stand still.
    pub(super) is_away: bool,
    /// Nobody else can own our partitions. Without, none of them shows anything.
    pub(super) is_leased: bool,
}

/// What a worker shows: of each partition by itself, for who asks has the time to add them up, and ingestion has not.
#[derive(Debug)]
pub(super) struct Answer {
    /// The figures of partitions that show any.
    pub(super) views: Vec<View>,
    /// What the counters of partitions that are here have taken.
    pub(super) counters: Vec<Share<PairName>>,
    /// And those of partitions that left.
    pub(super) gone: Arc<ByPair>,
    /// Of single agents, where agents are asked for.
    pub(super) agent_counters: AgentsCounters<String>,
    /// What became of the records in the state, over all partitions.
    pub(super) books: Books,
    /// What became of the records that were counted, by topic.
    pub(super) counted: BTreeMap<String, Books>,
    pub(super) partitions: Vec<PartitionVitals>,
    /// The time that the figures are as of, the earliest over the partitions that show any. `None`: none does.
    pub(super) as_of: Option<EventTime>,
    /// Partitions that are not read at the clock but at the last moment that they are known to be read up to.
    pub(super) lagging: Vec<String>,
    pub(super) freshness: Histogram<u64>,
}

/// The thread's state.
pub(super) struct Worker {
    config: Arc<Config>,
    partitions: BTreeMap<Place, Partition>,
    rules: Arc<Rules>,
    meaning: String, // of the rules
    commits: Commits,
    snapshots: Snapshots,
    spares: Spares,
    counted: BTreeMap<String, Books>,
    gone: Arc<ByPair>, // of partitions that left: counters never fall
    gone_agents: AgentsCounters<String>,
    budget: Arc<Budget>,
    freshness: Histogram<u64>,
    rejected: u64,
}

impl Worker {
    pub(super) fn new(
        config: Arc<Config>,
        commits: Commits,
        snapshots: Snapshots,
        spares: Spares,
        budget: Arc<Budget>,
    ) -> Self {
        Self {
            rules: Arc::new(config.rules.clone()),
            meaning: config.rules.meaning(),
            snapshots,
            gone: Arc::new(Counters::new(&config.rules)),
            gone_agents: AgentsCounters::default(),
            config,
            partitions: BTreeMap::new(),
            commits,
            spares,
            counted: BTreeMap::new(),
            budget,
            freshness: freshness_histogram(),
            rejected: 0,
        }
    }

    /// Does its tasks until nobody can give it any more.
    pub(super) fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        while let Some(task) = tasks.blocking_recv() {
            self.perform(task);
        }
    }

    fn perform(&mut self, task: Task) {
        match task {
            Task::Open(place, resume, state) => self.open(place, resume, state),
            Task::Pack(place) => self.pack(place),
            Task::Records(place, batch) => {
                self.apply(&place, &batch);
                self.spares.put(batch);
            }
            Task::Pulse(now, ends) => self.pulse(now, &ends),
            Task::Settle(place, reply) => {
                let progress = self.settle(&place);
                // Nobody waits any more where the hand-over took too long; the next owner then counts from an earlier moment.
                let _ = reply.try_send(progress);
            }
            Task::Close(place) => self.close(&place),
            // A scrape that was given up is no loss.
            Task::Ask(question, reply) => drop(reply.send(self.answer(&question))),
        }
    }

    fn open(&mut self, place: Place, resume: Resume, state: Option<Box<State>>) {
        let feed_delay = self.config.kafka.feed_delay.get(&*place.topic).copied().unwrap_or(Span::ZERO);
        let state = state.map_or_else(|| State::new(&self.rules, &self.budget), |state| *state);
        let partition = Partition::open(&self.rules, state, &place, resume, feed_delay);
        self.partitions.insert(place, partition);
    }

    fn pack(&self, place: Place) {
        let partition = self.partitions.get(&place);
        match partition.and_then(|partition| partition.snapshot(&self.meaning)) {
            None => {}
            Some(Ok(packed)) => self.snapshots.lock().unwrap_or_else(PoisonError::into_inner).push((place, packed)),
            Some(Err(error)) => warn!(%place, %error, "the state of a partition cannot be packed"),
        }
    }

    fn apply(&mut self, place: &Place, batch: &Batch) {
        let Some(partition) = self.partitions.get_mut(place) else { return };
        let counted = match self.counted.get_mut(&*place.topic) {
            Some(counted) => counted,
            None => self.counted.entry(place.topic.to_string()).or_default(),
        };
        let rejected = &mut self.rejected;
        partition.apply(batch, counted, &mut |offset, why| {
            if rejected.is_multiple_of(REJECTED_TOLD_EVERY) {
                warn!(%place, offset, reason = why.reason(), rejected = *rejected + 1, "record rejected: {why}");
            }
            *rejected += 1;
        });
        partition.note_freshness(batch, clock::now(), &mut self.freshness);
    }

    fn pulse(&mut self, now: EventTime, ends: &[(Place, Ends)]) {
        for (place, ends) in ends {
            if let Some(partition) = self.partitions.get_mut(place) {
                partition.pulse(now, *ends);
                note_progress(&self.commits, partition);
            }
        }
    }

    fn settle(&mut self, place: &Place) -> Option<Progress> {
        let partition = self.partitions.get_mut(place)?;
        partition.settle(clock::now());
        partition.progress()
    }

    fn close(&mut self, place: &Place) {
        if let Some(partition) = self.partitions.remove(place) {
            Arc::make_mut(&mut self.gone).add(shared_counters(&partition));
            merge_agent_counters(&mut self.gone_agents, &partition);
        }
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
    }

    fn answer(&self, question: &Question) -> Answer {
        let ask = &question.ask;
        let leased = self.partitions.values().filter(|_| question.is_leased);
        let mut answer = Answer {
            views: Vec::new(),
            counters: self.partitions.values().map(shared_counters).collect(),
            gone: self.gone.clone(),
            agent_counters: if ask.agents { self.gone_agents.clone() } else { AgentsCounters::default() },
            books: Books::default(),
            counted: self.counted.clone(),
            partitions: leased.clone().map(|partition| partition.vitals(ask.at)).collect(),
            as_of: None,
            lagging: Vec::new(),
            freshness: self.freshness.clone(),
        };
        if ask.agents {
            let counters = &mut answer.agent_counters;
            self.partitions.values().for_each(|partition| merge_agent_counters(counters, partition));
        }
        leased.filter(|partition| partition.is_ready()).for_each(|partition| answer.add(partition, question));
        answer
    }
}

impl Answer {
    /// Adds the figures of a partition, as of the moment that it can be read at.
    fn add(&mut self, partition: &Partition, Question { ask, is_away, .. }: &Question) {
        self.books.merge(&partition.books);
        if let Some(at) = partition.read_at(ask.at, *is_away) {
            self.views.push(partition.shard.view(&Ask { at, ..ask.clone() }));
            self.as_of = [self.as_of, Some(at)].into_iter().flatten().min();
        }
        if *is_away || !partition.is_caught_up(ask.at) {
            self.lagging.push(partition.place().to_string());
        }
    }
}

/// An empty histogram of freshness: milliseconds up to a day.
pub(super) fn freshness_histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 86_400_000, 2).expect("bounds and digits that are allowed")
}

fn shared_counters(partition: &Partition) -> Share<PairName> {
    partition.shard.counters().share(|key| partition.shard.names_of(*key))
}

fn merge_agent_counters(counters: &mut AgentsCounters<String>, partition: &Partition) {
    let shard = &partition.shard;
    counters.merge(shard.agent_counters(), |agent| shard.agent_name(*agent).to_owned());
}

fn note_progress(commits: &Commits, partition: &Partition) {
    if let Some(progress) = partition.progress() {
        let mut commits = commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.insert(partition.place().clone(), progress);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::Record;
    use crate::wire::Headers;

    fn batch(bytes: usize) -> Batch {
        let mut batch = Batch::default();
        let payload = vec![b'x'; bytes];
        batch.push(Record { offset: 1, recorded_at: None, payload: Some(&payload), headers: Headers::default() });
        batch
    }

    #[test]
    fn a_batch_is_used_again_unless_it_is_large_or_there_are_many() {
        let spares = Spares::default();
        spares.put(batch(SPARE_BYTES_MAX + 1));
        assert_eq!(spares.take().room(), 0, "a large one is let go");
        (0..=SPARE_BATCHES_MAX).for_each(|_| spares.put(batch(100)));
        let kept = std::iter::repeat_with(|| spares.take()).take_while(|batch| batch.room() > 0).inspect(|batch| {
            assert!(batch.is_empty(), "its records are gone");
        });
        assert_eq!(kept.count(), SPARE_BATCHES_MAX);
    }
}
