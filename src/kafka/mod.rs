//! Kafka: the thread that reads, who owns which partition, where reading begins and what is committed.
//!
//! **Why one thread with a plain consumer.** Rebalances, statistics, commits' answers and librdkafka's own log are served only by
//! polling. One loop on one thread that does nothing else sees them in order, and no lock guards who owns what. What is read
//! goes to a [`Sink`], which may block this thread for a while (back-pressure) but never longer than `max.poll.interval.ms`.
//!
//! **Words.** *Place*: one partition of one topic. *Owned*: given to us by the group. *Opened*: its start is known and it is read.
//! *Start*: the first offset that is read: the next of a snapshot or, without one, found from `bootstrap`; never after what is
//! *seen*, up to which an earlier owner has counted. *Progress*: what was applied and counted by now, as the sink tells. *Letter*: a
//! record that the sink rejected, on its way to the topic of dead letters.
//!
//! **Invariants.** Offsets of a place reach the sink in rising order, each at most once between `opened` and `closed`. Only owned
//! places are committed, only from this thread, never below what was found committed. Nothing jumps silently: a log that was
//! truncated under us is counted and told. No letter is passed: whoever begins where a commit says finds those that were not delivered.

mod batch;
mod client;
mod commit;
mod consumer;
mod context;
mod embedded;
mod epochs;
mod failure;
mod header_list;
mod health;
mod letters;
mod native;
mod own_topic;
mod owned;
mod ownership;
mod produce;
mod saves;
mod settings;
mod start;
mod statistics;
mod steadiness;
mod store;
#[cfg(test)]
mod tests;
mod topics;
mod writer;

use std::sync::Arc;

pub use batch::{Batch, Record};
pub use consumer::spawn;
pub use embedded::EmbeddedBroker;
pub use failure::KafkaFailure;
pub use header_list::HeaderList;
pub use health::{Brokers, Health, HealthSnapshot, Saved};
pub use letters::{Content, LetterSettings, Letters};
pub use produce::{Delivered, ProduceFailure, Producer};
pub use settings::{Bootstrap, STALL_AFTER, Settings, SnapshotSettings, is_owned_property};
pub use store::Unpacker;

use crate::snapshot::Packed;
use crate::time::EventTime;

/// One partition of one topic.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Place {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The partition's number, from 0.
    pub partition: i32,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.topic, self.partition)
    }
}

/// Where a partition's reading begins, and what an earlier owner has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resume {
    /// The first offset that will be delivered, where there is one.
    pub start: i64,
    /// What lies below was counted by an earlier owner: it is replayed silently. `None`: everything counts.
    pub committed: Option<i64>,
    /// Up to here in event time an earlier owner's counters have been taken; from the commit's metadata.
    pub counted_until: Option<EventTime>,
    /// Dead letters of what lies below were delivered by an earlier owner, or nobody wants them. Not after `committed`, nor before `start`
    /// where nothing is committed.
    pub letters_from: i64,
}

/// The two ends of a partition's log, and how far it has been read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends {
    /// The first offset that the broker still has.
    pub low: i64,
    /// The offset after the last record that may be read (the last stable offset, where producers use transactions).
    pub high: i64,
    /// Everything below has been delivered. Passes what is no record to us: markers of transactions, aborted or compacted records.
    pub read: i64,
    /// The broker told `high` within the last second or so; false while none can be reached.
    pub fresh: bool,
}

/// What may be committed for a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Everything below has been applied.
    pub next: i64,
    /// Counters have been taken up to here.
    pub until: Option<EventTime>,
}

/// Who takes what the consumer thread reads. Called on that thread, in order; may block for back-pressure only.
pub trait Sink: Send + 'static {
    /// What a partition knows, as it is read from a snapshot.
    type State: Send + 'static;

    /// How states are read from snapshots. Without, there are none.
    fn unpacker(&self) -> Option<Unpacker<Self::State>> {
        None
    }
    /// Where the sink puts the records that it rejects. Without, nobody wants them.
    fn letters(&self) -> Option<Letters> {
        None
    }
    /// Partitions whose state was lost, because a record broke it: they are to be closed, and opened anew.
    fn broken(&mut self) -> Vec<Place> {
        Vec::new()
    }
    /// A snapshot of this partition is wanted: [`Sink::snapshots`] gives it when it is there.
    fn want_snapshot(&mut self, _place: &Place) {}
    /// Snapshots that were wanted and are there.
    fn snapshots(&mut self) -> Vec<(Place, Packed)> {
        Vec::new()
    }
    /// The partition is ours and will be read as `resume` says, from this state or from nothing. Comes before its first record.
    fn opened(&mut self, place: &Place, resume: Resume, state: Option<Self::State>);
    /// The next records of an opened partition.
    fn records(&mut self, place: &Place, batch: Batch);
    /// A batch whose records are done with, for its memory.
    fn spare(&mut self) -> Batch {
        Batch::default()
    }
    /// About once a second: the time, and the ends of every opened partition.
    fn pulse(&mut self, now: EventTime, ends: &[(Place, Ends)]);
    /// Revoked, lost, or we stop: the partition must show nothing at the next scrape.
    fn closed(&mut self, place: &Place);
    /// What may be committed for the partition now. `None`: nothing yet.
    fn progress(&mut self, place: &Place) -> Option<Progress>;
    /// The last word before `closed` where the hand-over is orderly: after it nothing more of the partition may be counted.
    fn settle(&mut self, place: &Place) -> Option<Progress> {
        self.progress(place)
    }
}
