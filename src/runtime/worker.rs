//! A worker: a thread that owns the shards of some partitions, and does one task after another.
//!
//! **Why a queue of tasks.** Records, revocations and questions come through one queue, so a scrape that is asked after a
//! partition was revoked cannot show it, and a shard needs no lock.
//!
//! **Why settling waits.** Each second every partition lets its counters take what is final, and goes through its contacts for it. Were
//! all of them settled at once, records would wait for that; so it is one at a time, where nothing else is to be done, or now and then.

use std::any::Any;
use std::collections::{BTreeMap, VecDeque};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::sync::mpsc::WeakSender;
use tokio::sync::{mpsc, oneshot};
use tracing::{error, warn};

use super::packer::{Done, Packer, Packing};
use super::partition::{Panicked, Partition, State};
use super::room::Room;
use crate::books::Books;
use crate::budget::Budget;
use crate::clock;
use crate::config::Config;
use crate::counters::{AgentsCounters, ByPair, Counters, PairName, Share};
use crate::export::PartitionVitals;
use crate::kafka::{Batch, Content, Ends, Letters, Place, Progress, Record, Resume};
use crate::limits::REJECTED_TOLD_EVERY;
use crate::rules::Rules;
use crate::snapshot::{LastRecord, Packed};
use crate::time::{EventTime, Span};
use crate::view::{Ask, View};
use crate::wire::Rejected;

/// Batches that are kept to be used again: more than wait while the workers keep up.
const SPARE_BATCHES_MAX: usize = 16;
/// Bytes of records that a batch may have room for and still be kept: three times those of a thousand usual ones. Of a flood of long
/// records nothing stays.
const SPARE_BYTES_MAX: usize = 1 << 20;

/// Within this time of a pulse a worker that always has something else to do settles all its partitions, one after the other.
const SETTLED_WITHIN: Duration = Duration::from_millis(500);

/// Records of a partition that may make the fold panic before it is given up: then the fault is elsewhere.
const PANICKED_MAX: usize = 16;

/// What may be committed, by partition; written by workers, read by the consumer thread.
pub(super) type Commits = Arc<Mutex<BTreeMap<Place, (Opening, Progress)>>>;

/// How often a partition was opened in this process.
pub(super) type Opening = u64;

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

/// What workers and the consumer thread share.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) commits: Commits,
    /// Snapshots that are packed, for the consumer thread to take.
    pub(super) snapshots: Arc<Mutex<Vec<(Place, Packed)>>>,
    /// Partitions whose state was lost, for the consumer thread to begin anew.
    pub(super) broken: Arc<Mutex<Vec<Place>>>,
    /// Records that were rejected; `None`: nobody wants them.
    pub(super) letters: Option<Letters>,
    pub(super) spares: Spares,
}

impl Shared {
    /// Nothing yet; of a record that is rejected so much is to be delivered.
    pub(super) fn new(content: Option<Content>) -> Self {
        Self {
            commits: Commits::default(),
            snapshots: Arc::default(),
            broken: Arc::default(),
            letters: content.map(Letters::new),
            spares: Spares::default(),
        }
    }
}

/// What a worker is told to do.
#[derive(Debug)]
pub(super) enum Task {
    Open(Place, Opening, Resume, Option<Box<State>>),
    /// Pack what the partition knows.
    Pack(Place),
    /// That is done.
    Packed,
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
    packer: (Packer, WeakSender<Task>), // and by what to be woken
    packing: Option<Packing>,           // one of them, which is not here meanwhile
    rules: Arc<Rules>,
    meaning: String, // of the rules
    shared: Shared,
    room: Room,
    openings: BTreeMap<Place, Opening>,
    panicked: BTreeMap<Place, Panicked>,
    unsettled: VecDeque<(Place, EventTime)>, // what is to be settled, as of when
    settled_at: Instant,                     // one of them
    counted: BTreeMap<String, Books>,
    gone: Arc<ByPair>, // of partitions that left: counters never fall
    gone_agents: AgentsCounters<String>,
    budget: Arc<Budget>,
    freshness: Histogram<u64>,
    rejected: u64,
}

impl Worker {
    /// Nothing is here yet. `packer`: who packs, and the worker's own queue.
    pub(super) fn new(
        config: Arc<Config>,
        shared: Shared,
        room: Room,
        budget: Arc<Budget>,
        packer: (Packer, WeakSender<Task>),
    ) -> Self {
        Self {
            rules: Arc::new(config.rules.clone()),
            meaning: config.rules.meaning(),
            shared,
            room,
            openings: BTreeMap::new(),
            panicked: BTreeMap::new(),
            unsettled: VecDeque::new(),
            settled_at: clock::monotonic(),
            gone: Arc::new(Counters::new(&config.rules)),
            gone_agents: AgentsCounters::default(),
            config,
            partitions: BTreeMap::new(),
            packer,
            packing: None,
            counted: BTreeMap::new(),
            budget,
            freshness: freshness_histogram(),
            rejected: 0,
        }
    }

    /// Does its tasks until nobody can give it any more.
    pub(super) fn run(mut self, mut tasks: mpsc::Receiver<Task>) {
        loop {
            let task = match tasks.try_recv() {
                Ok(task) => task,
                Err(_) if !self.unsettled.is_empty() => {
                    self.settle_next();
                    continue;
                }
                Err(_) => match tasks.blocking_recv() {
                    Some(task) => task,
                    None => return,
                },
            };
            self.perform(task);
            if let Some(done) = self.packing.as_ref().and_then(Packing::poll) {
                self.take_back(done);
            }
            if !self.unsettled.is_empty() && clock::monotonic() - self.settled_at >= self.settles_every() {
                self.settle_next();
            }
        }
    }

    fn perform(&mut self, task: Task) {
        let Some(task) = self.in_turn(task) else { return };
        match task {
            Task::Open(place, opening, resume, state) => self.open(place, opening, resume, state),
            Task::Pack(place) => self.pack(place),
            Task::Packed => {} // which is looked for after each task
            Task::Records(place, batch) => {
                self.apply(&place, &batch);
                self.room.give(batch.bytes());
                self.shared.spares.put(batch);
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

    fn open(&mut self, place: Place, opening: Opening, resume: Resume, state: Option<Box<State>>) {
        self.openings.insert(place.clone(), opening);
        let feed_delay = self.config.kafka.feed_delay.get(&*place.topic).copied().unwrap_or(Span::ZERO);
        let state = state.map_or_else(|| State::new(&self.rules, &self.budget), |state| *state);
        let mut partition = Partition::open(&self.rules, state, &place, resume, feed_delay);
        partition.leave_out(self.panicked.get(&place).cloned().unwrap_or_default());
        self.partitions.insert(place, partition);
    }

    fn pack(&mut self, place: Place) {
        // Its turn would pass while it is away.
        let turn = self.unsettled.iter().position(|(other, _)| *other == place);
        turn.and_then(|turn| self.unsettled.remove(turn)).into_iter().for_each(|turn| self.settle_as_of(turn));
        if let Some(partition) = self.partitions.remove(&place) {
            let (packer, queue) = &self.packer;
            self.packing = Some(packer.pack(place, partition, &self.meaning, queue));
        }
    }

    /// What is to be done now of a task; the rest waits for the partition that is being packed. A task that is about more than records
    /// has its turn when that is back.
    fn in_turn(&mut self, task: Task) -> Option<Task> {
        let Some(packing) = &mut self.packing else { return Some(task) };
        match task {
            Task::Records(ref place, _) if place == packing.place() => packing.put_off(task),
            Task::Records(..) | Task::Packed => return Some(task),
            Task::Pulse(now, ends) => {
                let (its, others) = ends.into_iter().partition(|(place, _)| place == packing.place());
                packing.put_off(Task::Pulse(now, its));
                return Some(Task::Pulse(now, others));
            }
            task => {
                let done = packing.wait();
                self.take_back(done);
                return Some(task);
            }
        }
        None
    }

    /// Takes the partition back that was packed, and does what waited for it.
    fn take_back(&mut self, (partition, packed): Done) {
        let Some(packing) = self.packing.take() else { return };
        let place = packing.place().clone();
        match packed {
            None => {}
            Some(Ok(packed)) => {
                let mut snapshots = self.shared.snapshots.lock().unwrap_or_else(PoisonError::into_inner);
                snapshots.push((place.clone(), packed));
            }
            Some(Err(error)) => warn!(%place, %error, "the state of a partition cannot be packed"),
        }
        self.partitions.insert(place, *partition);
        packing.into_waiting().into_iter().for_each(|task| self.perform(task));
    }

    fn apply(&mut self, place: &Place, batch: &Batch) {
        let Some(partition) = self.partitions.get_mut(place) else { return };
        let counted = match self.counted.get_mut(&*place.topic) {
            Some(counted) => counted,
            None => self.counted.entry(place.topic.to_string()).or_default(),
        };
        let (rejected, letters) = (&mut self.rejected, &self.shared.letters);
        let told = &mut |record: &Record<'_>, why: &Rejected| {
            if rejected.is_multiple_of(REJECTED_TOLD_EVERY) {
                let offset = record.offset;
                warn!(%place, offset, reason = why.reason(), rejected = *rejected + 1, "record rejected: {why}");
            }
            *rejected += 1;
            letters.iter().for_each(|letters| letters.put(place, record, why));
        };
        // What a panic leaves half done is dropped with the partition, and what others see is only counted.
        match panic::catch_unwind(AssertUnwindSafe(|| partition.apply(batch, counted, told))) {
            Ok(()) => partition.note_freshness(batch, clock::now(), &mut self.freshness),
            Err(panic) => {
                let at_hand = partition.at_hand(batch);
                self.begin_anew(place, at_hand, panic);
            }
        }
    }

    /// The fold of a record panicked: the partition begins anew without it. Where that does not help it is no record's fault.
    fn begin_anew(&mut self, place: &Place, at_hand: Option<LastRecord>, panic: Box<dyn Any + Send>) {
        let panicked = self.panicked.entry(place.clone()).or_default();
        let offset = at_hand.as_ref().map(|record| record.offset);
        let is_new = at_hand.is_some_and(|record| panicked.insert(record.offset, record.hash).is_none());
        if !is_new || panicked.len() > PANICKED_MAX {
            error!(%place, offset, "the fold panics, and not for one record alone: a bug of contactpulse, which ends now; please report it");
            panic::resume_unwind(panic);
        }
        error!(%place, offset, "a record made the fold panic, which is a bug of contactpulse; the partition begins anew without it");
        self.drop_partition(place);
        self.shared.broken.lock().unwrap_or_else(PoisonError::into_inner).push(place.clone());
    }

    fn pulse(&mut self, now: EventTime, ends: &[(Place, Ends)]) {
        for (place, ends) in ends {
            if let Some(partition) = self.partitions.get_mut(place) {
                partition.pulse(now, *ends);
                match self.unsettled.iter_mut().find(|(other, _)| other == place) {
                    Some((_, as_of)) => *as_of = now,
                    None => self.unsettled.push_back((place.clone(), now)),
                }
            }
        }
    }

    fn settles_every(&self) -> Duration {
        SETTLED_WITHIN / u32::try_from(self.partitions.len().max(1)).unwrap_or(u32::MAX)
    }

    /// Settles the partition that waits for it longest.
    fn settle_next(&mut self) {
        self.unsettled.pop_front().into_iter().for_each(|turn| self.settle_as_of(turn));
    }

    /// Settles a partition whose turn it is, and says what of it may be committed.
    fn settle_as_of(&mut self, (place, now): (Place, EventTime)) {
        if let Some(partition) = self.partitions.get_mut(&place) {
            partition.settle(now);
            let opening = self.openings.get(&place).copied().unwrap_or_default();
            note_progress(&self.shared.commits, opening, partition);
        }
        self.settled_at = clock::monotonic();
    }

    fn settle(&mut self, place: &Place) -> Option<Progress> {
        let partition = self.partitions.get_mut(place)?;
        partition.settle(clock::now());
        partition.progress()
    }

    fn close(&mut self, place: &Place) {
        self.drop_partition(place);
        self.shared.letters.iter().for_each(|letters| letters.close(place));
    }

    /// Its letters stay until it is closed: somebody may be about to commit what was applied, and must know of them.
    fn drop_partition(&mut self, place: &Place) {
        if let Some(partition) = self.partitions.remove(place) {
            Arc::make_mut(&mut self.gone).add(shared_counters(&partition));
            merge_agent_counters(&mut self.gone_agents, &partition);
        }
        self.shared.commits.lock().unwrap_or_else(PoisonError::into_inner).remove(place);
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

fn note_progress(commits: &Commits, opening: Opening, partition: &Partition) {
    if let Some(progress) = partition.progress() {
        let mut commits = commits.lock().unwrap_or_else(PoisonError::into_inner);
        commits.insert(partition.place().clone(), (opening, progress));
    }
}

#[cfg(test)]
mod tests {
    use super::super::partition::let_panic;
    use std::ops::Range;

    use super::*;
    use crate::budget::Limits;

    fn batch(bytes: usize) -> Batch {
        let mut batch = Batch::default();
        let payload = vec![b'x'; bytes];
        batch.push(Record { offset: 1, payload: Some(&payload), ..Record::default() });
        batch
    }

    fn worker() -> Worker {
        let config = Arc::new(Config::load(None, &[]).unwrap());
        let packer = (Packer::start().unwrap(), mpsc::channel(1).0.downgrade());
        let shared = Shared::new(Some(Content::Redacted));
        Worker::new(config, shared, Room::default(), Budget::new(&Limits::default()), packer)
    }

    fn open(worker: &mut Worker, place: &Place) {
        let resume = Resume { start: 0, committed: None, counted_until: None, letters_from: 0 };
        worker.perform(Task::Open(place.clone(), 1, resume, None));
    }

    /// Calls that are queued, one a record, and the end of the log.
    fn read_all(worker: &mut Worker, place: &Place, records: i64) {
        read(worker, place, 0..records);
    }

    /// Those that have these offsets.
    fn read(worker: &mut Worker, place: &Place, offsets: Range<i64>) {
        let (mut batch, records) = (Batch::default(), offsets.end);
        for offset in offsets {
            let payload = format!(
                r#"{{"id":"{offset}","type":"contact.queued","time":1700000000000,"contact_id":"c{offset}","queue":"q"}}"#
            );
            batch.push(Record { offset, payload: Some(payload.as_bytes()), ..Record::default() });
        }
        worker.room.take(batch.bytes(), || false);
        worker.perform(Task::Records(place.clone(), batch));
        let ends = Ends { low: 0, high: records, read: records, fresh: true };
        worker.perform(Task::Pulse(EventTime::from_millis(1_700_000_001_000), vec![(place.clone(), ends)]));
    }

    fn broken(worker: &Worker) -> Vec<Place> {
        std::mem::take(&mut *worker.shared.broken.lock().unwrap())
    }

    #[test]
    fn a_record_that_makes_the_fold_panic_becomes_a_letter_and_its_partition_begins_anew_without_it() {
        let (mut worker, place) = (worker(), Place { topic: "t".into(), partition: 0 });
        open(&mut worker, &place);
        let_panic(Some(7));
        read_all(&mut worker, &place, 20);
        assert_eq!(broken(&worker), std::slice::from_ref(&place));
        assert!(worker.partitions.is_empty(), "what the panic left is gone");
        assert_eq!(worker.shared.commits.lock().unwrap().get(&place), None, "and nothing of it is committed");
        worker.perform(Task::Close(place.clone()));
        open(&mut worker, &place);
        read_all(&mut worker, &place, 20); // it would panic again
        let_panic(None);
        let books = &worker.partitions[&place].books;
        assert_eq!((books.applied(), books.read()), (19, 20));
        assert_eq!(books.rejected().collect::<Vec<_>>(), [("panicked", 1)]);
        assert_eq!(worker.shared.letters.as_ref().unwrap().first(&place), Some(7));
        assert!(broken(&worker).is_empty());
    }

    #[test]
    fn while_a_partition_is_packed_its_records_wait_and_others_go_on() {
        let (mut worker, [first, other]) = (worker(), [0, 1].map(|partition| Place { topic: "t".into(), partition }));
        for place in [&first, &other] {
            open(&mut worker, place);
            read_all(&mut worker, place, 20);
        }
        worker.perform(Task::Pack(first.clone()));
        read(&mut worker, &first, 20..30);
        read(&mut worker, &other, 20..25);
        assert_eq!(worker.partitions[&other].books.applied(), 25);
        assert!(!worker.partitions.contains_key(&first), "nobody may change it");
        let ask =
            Ask { at: EventTime::from_millis(1_700_000_002_000), windows: Vec::new(), open: false, agents: false };
        let (reply, mut answer) = oneshot::channel();
        worker.perform(Task::Ask(Question { ask, is_away: false, is_leased: true }, reply));
        let answer = answer.try_recv().expect("it is asked once the partition is back, and not before");
        assert_eq!((answer.views.len(), answer.books.applied()), (2, 55));
        let snapshots = std::mem::take(&mut *worker.shared.snapshots.lock().unwrap());
        let snapshots: Vec<_> = snapshots.iter().map(|(place, packed)| (place, packed.next)).collect();
        assert_eq!(snapshots, [(&first, 20)], "as it was when it was packed");
    }

    #[test]
    fn a_busy_worker_settles_one_partition_at_a_time_and_each_in_its_turn() {
        let mut worker = worker();
        let places: Vec<Place> = (0..3).map(|partition| Place { topic: "t".into(), partition }).collect();
        for place in &places {
            open(&mut worker, place);
            read_all(&mut worker, place, 20);
        }
        let committed = |worker: &Worker| worker.shared.commits.lock().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(committed(&worker), []);
        worker.settle_next();
        assert_eq!(committed(&worker), places[..1]);
        for place in &places {
            read(&mut worker, place, 20..25); // and a pulse
        }
        worker.settle_next();
        worker.settle_next();
        assert_eq!(committed(&worker), places, "who was settled waits behind those who were not");
    }

    #[test]
    fn a_partition_that_waits_to_be_settled_is_settled_before_it_is_packed() {
        let (mut worker, [first, other]) = (worker(), [0, 1].map(|partition| Place { topic: "t".into(), partition }));
        for place in [&other, &first] {
            open(&mut worker, place);
            read_all(&mut worker, place, 20);
        }
        worker.perform(Task::Pack(first.clone()));
        let commits = worker.shared.commits.lock().unwrap().clone();
        let next: Vec<_> = commits.iter().map(|(place, (_, progress))| (place, progress.next)).collect();
        assert_eq!(next, [(&first, 20)], "so that its snapshot can be pointed at");
    }

    #[test]
    fn a_fold_that_panics_whatever_is_left_out_is_no_records_fault() {
        let (mut worker, place) = (worker(), Place { topic: "t".into(), partition: 0 });
        let mut panicked = 0;
        let ended = panic::catch_unwind(AssertUnwindSafe(|| {
            for offset in 0..100 {
                open(&mut worker, &place);
                let_panic(Some(offset));
                read_all(&mut worker, &place, 100);
                panicked += 1;
            }
        }));
        let_panic(None);
        assert!(ended.is_err(), "the thread, and with it the process, must end");
        assert_eq!(panicked, PANICKED_MAX);
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
