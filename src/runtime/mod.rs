//! The running service: the consumer thread, the workers that own the shards, and what is shown of them.
//!
//! ```text
//! kafka thread ──tasks──▶ worker 0 … n (partition % n)  ◀──ask── pages
//!      ▲ ────────progress (what may be committed)─┘
//! ```
//!
//! **Shutdown.** The consumer settles and commits its partitions, leaves the group and ends; dropping its queues ends the
//! workers. All of it is bounded, with or without a broker.

mod figures;
mod newcomers;
mod own;
mod partition;
mod sink;
mod site;
mod sources;
mod worker;

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::mpsc;

use crate::budget::{Budget, Limits};
use crate::config::{self, Config};
use crate::export::SeriesBudget;
use crate::kafka::{self, Health, KafkaFailure, Place};
use crate::targets::Judge;
#[cfg(test)]
pub(crate) use partition::{Partition, State};

use figures::Figures;
use newcomers::Newcomers;
use own::Own;
use sink::Workers;
use site::Beat;
use worker::{Commits, Snapshots, Spares, Task, Worker};

/// Tasks that wait for a worker; a batch is up to 1,000 records, so this holds some seconds of folding.
const TASKS_MAX: usize = 64;

/// The service, as the pages see it.
#[derive(Debug)]
pub struct Service {
    config: Arc<Config>,
    health: Arc<Health>,
    workers: Vec<mpsc::Sender<Task>>,
    commits: Commits,
    beat: Beat,
    own: Own,
    budget: Arc<Budget>,
    series: Mutex<SeriesBudget>,
    figures: Mutex<Figures>,
    newcomers: Newcomers,
    judge: Mutex<Judge>,
}

/// The consumer thread, to be waited for.
#[derive(Debug)]
pub struct Running {
    consumer: JoinHandle<Result<(), KafkaFailure>>,
    stop: Arc<AtomicBool>,
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
    let (commits, snapshots, spares) = (Commits::default(), Snapshots::default(), Spares::default());
    let budget = Budget::new(&Limits::default());
    let workers = start_workers(|| {
        Worker::new(config.clone(), commits.clone(), snapshots.clone(), spares.clone(), budget.clone())
    })?;
    let (health, stop, beat) = (Health::new(), Arc::new(AtomicBool::new(false)), Beat::default());
    let sink = Workers {
        queues: workers.clone(),
        commits: commits.clone(),
        snapshots,
        rules: Arc::new(config.rules.clone()),
        budget: budget.clone(),
        spares,
        beat: beat.clone(),
    };
    let consumer = kafka::spawn(&settings(&config.kafka), sink, health.clone(), stop.clone())?;
    let series = SeriesBudget::new(config.series_costs(), config.export.series_max).into();
    let (own, newcomers, judge) = (Own::new()?, Newcomers::default(), Mutex::default());
    let figures = Mutex::default();
    let service = Service { config, health, workers, commits, beat, own, budget, series, figures, newcomers, judge };
    Ok((service, Running { consumer, stop }))
}

fn start_workers(worker: impl Fn() -> Worker) -> io::Result<Vec<mpsc::Sender<Task>>> {
    let count = thread::available_parallelism().map_or(1, usize::from);
    let start = |number| {
        let (queue, tasks) = mpsc::channel(TASKS_MAX);
        let worker = worker();
        thread::Builder::new().name(format!("worker-{number}")).spawn(move || worker.run(tasks))?;
        Ok(queue)
    };
    (0..count).map(start).collect()
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
        self.consumer.is_finished()
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
