//! What the consumer thread tells goes to the worker that owns the partition.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::partition::State;
use super::room::Room;
use super::site::Beat;
use super::worker::{Opening, Shared, Task};
use crate::budget::Budget;
use crate::kafka::{Batch, Ends, Letters, Place, Progress, Resume, Sink, Unpacker};
use crate::rules::Rules;
use crate::snapshot::Packed;
use crate::time::EventTime;

/// How long a hand-over waits for the worker's last word.
const SETTLE_MAX: Duration = Duration::from_secs(1);

/// The consumer thread's end of the workers' queues.
pub(super) struct Workers {
    /// With the room for records that each may have waiting.
    pub(super) queues: Vec<(mpsc::Sender<Task>, Room)>,
    pub(super) shared: Shared,
    /// How often each partition was opened: what a worker says of an earlier time is passed over.
    pub(super) opened: BTreeMap<Place, Opening>,
    pub(super) rules: Arc<Rules>,
    pub(super) budget: Arc<Budget>,
    pub(super) beat: Beat,
}

impl Workers {
    fn queue_of(&self, place: &Place) -> &(mpsc::Sender<Task>, Room) {
        &self.queues[usize::try_from(place.partition).unwrap_or(0) % self.queues.len()]
    }

    fn tell(&self, place: &Place, task: Task) {
        let (queue, _) = self.queue_of(place);
        queue.blocking_send(task).expect("workers live until their queues are dropped, unless one panicked");
    }
}

impl Sink for Workers {
    type State = Box<State>;

    fn unpacker(&self) -> Option<Unpacker<Box<State>>> {
        let (rules, budget) = (self.rules.clone(), self.budget.clone());
        let meaning = rules.meaning();
        let read = move |bytes: &[u8]| {
            State::read_from(bytes, &rules, &budget).map(Box::new).map_err(|unreadable| unreadable.to_string())
        };
        Some(Unpacker { rules: meaning, read: Box::new(read) })
    }

    fn want_snapshot(&mut self, place: &Place) {
        self.tell(place, Task::Pack(place.clone()));
    }

    fn snapshots(&mut self) -> Vec<(Place, Packed)> {
        std::mem::take(&mut *self.shared.snapshots.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn letters(&self) -> Option<Letters> {
        self.shared.letters.clone()
    }

    fn broken(&mut self) -> Vec<Place> {
        std::mem::take(&mut *self.shared.broken.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn opened(&mut self, place: &Place, resume: Resume, state: Option<Box<State>>) {
        let opening = self.opened.entry(place.clone()).or_default();
        *opening += 1;
        let opening = *opening;
        self.tell(place, Task::Open(place.clone(), opening, resume, state));
    }

    fn records(&mut self, place: &Place, batch: Batch) {
        let (queue, room) = self.queue_of(place);
        room.take(batch.bytes(), || queue.is_closed());
        self.tell(place, Task::Records(place.clone(), batch));
    }

    fn spare(&mut self) -> Batch {
        self.shared.spares.take()
    }

    fn pulse(&mut self, now: EventTime, ends: &[(Place, Ends)]) {
        self.beat.note(now);
        for (queue, _) in &self.queues {
            let task = Task::Pulse(now, ends.to_vec());
            queue.blocking_send(task).expect("workers live until their queues are dropped, unless one panicked");
        }
    }

    fn closed(&mut self, place: &Place) {
        self.tell(place, Task::Close(place.clone()));
    }

    fn progress(&mut self, place: &Place) -> Option<Progress> {
        let commits = self.shared.commits.lock().unwrap_or_else(PoisonError::into_inner);
        let (opening, progress) = commits.get(place)?;
        (self.opened.get(place) == Some(opening)).then_some(*progress)
    }

    fn settle(&mut self, place: &Place) -> Option<Progress> {
        let (reply, settled) = sync_channel(1);
        self.tell(place, Task::Settle(place.clone(), reply));
        settled.recv_timeout(SETTLE_MAX).ok().flatten()
    }
}
