//! The running service: the consumer thread, the workers that own the shards, and what is shown of them.
//!
//! ```text
//! kafka thread ──tasks──▶ worker 0 … n (partition % n)  ◀──ask── pages
//!      ▲ ────────progress (what may be committed)─┘ ◀──▶ packer (snapshots)
//! ```
//!
//! **Shutdown.** The consumer settles and commits its partitions, leaves the group and ends; dropping its queues ends the
//! workers. All of it is bounded, with or without a broker.

mod figures;
mod newcomers;
mod own;
mod packer;
mod partition;
mod room;
mod sink;
mod site;
mod sources;
mod worker;

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use crate::budget::{Budget, Limits};
use crate::config::{self, Config, DeadLetters};
use crate::estimates::Estimates;
use crate::export::SeriesBudget;
use crate::kafka::{self, Content, Health, KafkaFailure, Letters, Place};
use crate::targets::Judge;
#[cfg(test)]
pub(crate) use partition::{Partition, State};

use figures::Figures;
use newcomers::Newcomers;
use own::Own;
use packer::Packer;
use room::Room;
use sink::Workers;
use site::Beat;
use worker::{Commits, Shared, Task, Worker};

/// Tasks that wait for a worker; a batch is up to 1,000 records, so this holds some seconds of folding.
const TASKS_MAX: usize = 64;

/// The service, as the pages see it.
#[derive(Debug)]
pub struct Service {
    config: Arc<Config>,
    health: Arc<Health>,
    workers: Vec<mpsc::Sender<Task>>,
    commits: Commits,
    letters: Option<Letters>,
    beat: Beat,
    own: Own,
    budget: Arc<Budget>,
    series: Mutex<SeriesBudget>,
    figures: Mutex<Figures>,
    newcomers: Newcomers,
    judge: Mutex<Judge>,
    estimates: Mutex<Estimates>,
}

/// The consumer thread, to be waited for.
#[derive(Debug)]
pub struct Running {
    consumer: JoinHandle<Result<(), KafkaFailure>>,
    stop: Arc<AtomicBool>,
    alive: watch::Receiver<()>, // for as long as the sender is there, which the thread holds
}

/// Why the service could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartFailure {
    /// The Kafka client.
    #[error(transparent)]
    Kafka(#[from] KafkaFailure),
    /// The operating system gave no thread.
    #[error("cannot start a thread: {0}")]
    Thread(#[from] io::Error),
    /// Two metrics have one name.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// Starts the threads.
///
/// # Errors
/// A property of the Kafka client is wrong, or the system gives no thread.
pub fn start(config: Arc<Config>) -> Result<(Service, Running), StartFailure> {
    let (shared, budget) = (Shared::new(content(&config.kafka)), Budget::new(&Limits::default()));
    let rooms: Vec<Room> =
        (0..thread::available_parallelism().map_or(1, usize::from)).map(|_| Room::default()).collect();
    let packer = Packer::start()?;
    let workers = start_workers(&rooms, |room, queue| {
        Worker::new(config.clone(), shared.clone(), room, budget.clone(), (packer.clone(), queue.downgrade()))
    })?;
    let (health, stop, beat) = (Health::new(), Arc::new(AtomicBool::new(false)), Beat::default());
    let (commits, letters) = (shared.commits.clone(), shared.letters.clone());
    let (lives, alive) = watch::channel(());
    let sink = Workers {
        queues: workers.iter().cloned().zip(rooms).collect(),
        shared,
        opened: BTreeMap::new(),
        rules: Arc::new(config.rules.clone()),
        budget: budget.clone(),
        beat: beat.clone(),
        _lives: lives,
    };
    let consumer = kafka::spawn(&settings(&config.kafka), sink, health.clone(), stop.clone())?;
    let series = SeriesBudget::new(config.series_costs(), config.export.series_max).into();
    let (own, newcomers) = (Own::new()?, Newcomers::default());
    let (judge, estimates) = (Mutex::default(), Mutex::default());
    let figures = Mutex::default();
    let service = Service {
        config,
        health,
        workers,
        commits,
        letters,
        beat,
        own,
        budget,
        series,
        figures,
        newcomers,
        judge,
        estimates,
    };
    Ok((service, Running { consumer, stop, alive }))
}

fn start_workers(
    rooms: &[Room],
    worker: impl Fn(Room, &mpsc::Sender<Task>) -> Worker,
) -> io::Result<Vec<mpsc::Sender<Task>>> {
    let start = |(number, room): (usize, &Room)| {
        let (queue, tasks) = mpsc::channel(TASKS_MAX);
        let worker = worker(room.clone(), &queue);
        thread::Builder::new().name(format!("worker-{number}")).spawn(move || worker.run(tasks))?;
        Ok(queue)
    };
    rooms.iter().enumerate().map(start).collect()
}

/// How much of a record is in its dead letter. `None`: nobody wants them.
fn content(kafka: &config::Kafka) -> Option<Content> {
    match kafka.dead_letters {
        DeadLetters::Whole => Some(Content::Whole),
        DeadLetters::Redacted => Some(Content::Redacted),
        DeadLetters::Off => None,
    }
}

fn settings(kafka: &config::Kafka) -> kafka::Settings {
    kafka::Settings {
        brokers: kafka.brokers.clone(),
        topics: kafka.topics.clone(),
        group: kafka.group.clone(),
        bootstrap: match kafka.bootstrap {
            config::Bootstrap::Span(back) => kafka::Bootstrap::Back(back),
            config::Bootstrap::Earliest => kafka::Bootstrap::Earliest,
            config::Bootstrap::Refuse => kafka::Bootstrap::Refuse,
        },
        snapshots: kafka.snapshot_interval.map(|every| kafka::SnapshotSettings {
            topic: kafka.snapshot_topic(),
            every: Duration::from_millis(u64::try_from(every.as_millis()).unwrap_or(u64::MAX)),
        }),
        letters: content(kafka).map(|content| kafka::LetterSettings { topic: kafka.letter_topic(), content }),
        stall_after: kafka::STALL_AFTER,
        properties: kafka.properties.clone(),
    }
}

impl Service {
    /// A partition is rebuilt once it may be committed.
    fn is_rebuilt(&self, place: &Place) -> bool {
        self.commits.lock().unwrap_or_else(PoisonError::into_inner).contains_key(place)
    }
}

impl Running {
    /// Tells the consumer to hand over and leave.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Release);
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.alive.has_changed().is_err()
    }

    /// Ends when it has ended.
    pub async fn ended(&self) {
        let mut alive = self.alive.clone();
        while alive.changed().await.is_ok() {}
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// Why it gave up, or that it panicked.
    pub fn join(self) -> anyhow::Result<()> {
        match self.consumer.join() {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(anyhow::anyhow!("the consumer thread panicked; this is a bug of contactpulse")),
        }
    }
}
