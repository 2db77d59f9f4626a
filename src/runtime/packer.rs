//! Packing: a partition's snapshot is written on a thread of its own, so that the other partitions of its worker go on meanwhile.
//!
//! **Why the partition goes there.** A snapshot is of one offset, so while it is written nothing may be applied. A large partition takes
//! tenths of a second, and what waits for it is late; that is one partition, and not all that the worker has.
//!
//! **Order.** What comes for the partition waits and is done when it is back. Whatever looks at more than one partition, or says what
//! becomes of one, has the worker wait for it first; so questions and revocations keep their places in the queue.

use std::io;
use std::sync::mpsc;
use std::thread;

use tokio::sync::mpsc::WeakSender;

use super::partition::Partition;
use super::worker::Task;
use crate::kafka::Place;
use crate::snapshot::Packed;

/// The thread, as workers see it.
#[derive(Clone, Debug)]
pub(super) struct Packer(mpsc::Sender<Job>);

/// A partition to be packed, and whom to tell.
#[derive(Debug)]
struct Job {
    partition: Box<Partition>,
    rules: String,
    done: mpsc::SyncSender<Done>,
    worker: WeakSender<Task>,
}

/// A partition that was packed; nothing came of it while it was being rebuilt.
pub(super) type Done = (Box<Partition>, Option<io::Result<Packed>>);

/// A partition that is being packed.
#[derive(Debug)]
pub(super) struct Packing {
    place: Place,
    done: mpsc::Receiver<Done>,
    waiting: Vec<Task>,
}

impl Packer {
    /// Starts the thread, which ends with the last of its workers.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start() -> io::Result<Self> {
        let (packer, jobs) = mpsc::channel::<Job>();
        thread::Builder::new().name("packer".to_owned()).spawn(move || jobs.into_iter().for_each(Job::run))?;
        Ok(Self(packer))
    }

    /// Begins to pack a partition, under rules that mean this; `worker` is woken when it is done.
    pub(super) fn pack(&self, place: Place, partition: Partition, rules: &str, worker: &WeakSender<Task>) -> Packing {
        let (tell, done) = mpsc::sync_channel(1);
        let job = Job { partition: partition.into(), rules: rules.to_owned(), done: tell, worker: worker.clone() };
        self.0.send(job).expect("the packer has not panicked");
        Packing { place, done, waiting: Vec::new() }
    }
}

impl Job {
    fn run(self) {
        let packed = self.partition.snapshot(&self.rules);
        // Whoever waited for it may have ended. A worker whose queue is full has something to do, and looks by itself.
        let is_over = self.done.send((self.partition, packed)).is_err();
        if let Some(worker) = self.worker.upgrade().filter(|_| !is_over) {
            drop(worker.try_send(Task::Packed));
        }
    }
}

impl Packing {
    /// Of what partition.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Has a task wait until the partition is back.
    pub(super) fn put_off(&mut self, task: Task) {
        self.waiting.push(task);
    }

    /// The partition, if it is done.
    pub(super) fn poll(&self) -> Option<Done> {
        match self.done.try_recv() {
            Ok(done) => Some(done),
            Err(mpsc::TryRecvError::Empty) => None,
            Err(mpsc::TryRecvError::Disconnected) => panic!("the packer panicked"),
        }
    }

    /// Waits for it.
    pub(super) fn wait(&self) -> Done {
        self.done.recv().expect("the packer has not panicked")
    }

    /// What waited for it, in order.
    pub(super) fn into_waiting(self) -> Vec<Task> {
        self.waiting
    }
}
