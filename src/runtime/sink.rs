//! What the consumer thread tells goes to the worker that owns the partition.

use std::collections::BTreeMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

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
    /// Goes with the consumer thread, which is how others learn that it has ended.
    pub(super) _lives: watch::Sender<()>,
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
        // Its hashes say that somebody wrote it so. Numbers in it that name nothing are still no reason to end.
        let read = move |bytes: &[u8]| {
            let read = || State::read_from(bytes, &rules, &budget).map(Box::new);
            match panic::catch_unwind(AssertUnwindSafe(read)) {
                Ok(read) => read.map_err(|unreadable| unreadable.to_string()),
                Err(_) => Err("the state contradicts itself".to_owned()),
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::books::Books;
    use crate::budget::Limits;
    use crate::kafka::Record;
    use crate::runtime::Partition;

    #[test]
    fn whatever_byte_of_a_state_is_another_it_is_read_or_refused_and_nothing_ends() {
        let (rules, budget) = (Arc::new(Rules::default()), Budget::new(&Limits::default()));
        let place = Place { topic: "t".into(), partition: 0 };
        let resume = Resume { start: 0, committed: None, counted_until: None, letters_from: 0 };
        let state = State::new(&rules, &budget);
        let mut partition = Partition::open(&rules, state, &place, resume, crate::time::Span::ZERO);
        let mut batch = Batch::default();
        let payload =
            br#"{"id":"1","type":"contact.answered","time":1700000000000,"contact_id":"c","queue":"q","agent":"a"}"#;
        batch.push(Record { payload: Some(payload), ..Record::default() });
        partition.apply(&batch, &mut Books::default(), &mut |_, _| {});
        let packed = partition.snapshot("").expect("there is nothing to rebuild").expect("it can be packed");
        let chunks: Vec<_> = packed.chunks.iter().cloned().map(Some).collect();
        let state = packed.manifest("t", 0, 0).unpack(&chunks).expect("it was just packed");
        let workers = Workers {
            queues: Vec::new(),
            shared: Shared::new(None),
            opened: BTreeMap::new(),
            rules,
            budget,
            beat: Beat::default(),
            _lives: watch::channel(()).0,
        };
        let unpacker = workers.unpacker().expect("states can be read");
        assert!((unpacker.read)(&state).is_ok());
        let mut refused = 0;
        for place in 0..state.len() {
            let mut other = state.clone();
            other[place] = 97;
            refused += usize::from((unpacker.read)(&other).is_err());
        }
        assert!(refused > state.len() / 4, "{refused} of {}", state.len());
    }
}
