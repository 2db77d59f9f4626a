//! The consumer, with an end that takes a bounded time.
//!
//! **Why.** Dropping a consumer leaves the group, which takes one round trip, but with the broker gone it blocks for five seconds
//! and more. So it is dropped on a thread of its own and waited for only so long; a process that ends takes that thread with it.
//! That holds for a panic in the sink too: it must reach whoever joins the thread, not hang in an unwinding drop.

use std::ops::Deref;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer};
use tracing::{debug, warn};

use super::context::Context;
use super::native::Source;
use super::{KafkaFailure, Settings};

/// Leaving the group takes a round trip to its coordinator.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);

/// A consumer that leaves its group when dropped, in at most [`CLOSE_LIMIT`].
pub(super) struct Client(Option<Source<Context>>);

impl Client {
    /// A consumer that is in no group yet.
    pub fn new(settings: &Settings) -> Result<Self, KafkaFailure> {
        let consumer = settings.client_config().create_with_context(Context::default());
        let source = consumer.and_then(Source::new);
        source.map(|source| Self(Some(source))).map_err(KafkaFailure::creating)
    }

    /// Where the records come from.
    pub fn source(&self) -> &Source<Context> {
        self.0.as_ref().expect("the consumer is taken only in drop")
    }
}

impl Deref for Client {
    type Target = BaseConsumer<Context>;

    fn deref(&self) -> &Self::Target {
        self.source().consumer()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            answer_what_is_open(source.consumer());
            drop_within(source, CLOSE_LIMIT);
        }
    }
}

/// A rebalance that was taken from the queue but not answered would keep the consumer from closing. Where none is open, both
/// calls change nothing.
fn answer_what_is_open(consumer: &BaseConsumer<Context>) {
    consumer.context().close();
    let nothing = TopicPartitionList::new();
    for result in [consumer.incremental_assign(&nothing), consumer.incremental_unassign(&nothing)] {
        if let Err(error) = result {
            debug!(%error, "answering a rebalance while closing failed");
        }
    }
}

fn drop_within(source: Source<Context>, limit: Duration) {
    let (done, dropped) = mpsc::channel::<()>();
    let dropping = thread::Builder::new().name("kafka-close".to_owned()).spawn(move || {
        drop(source);
        drop(done);
    });
    match dropping {
        // The sender sends nothing: that it is gone says that the consumer is.
        Ok(_) if dropped.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) => {
            warn!("leaving the consumer group takes too long; going without");
        }
        Ok(_) => {}
        Err(error) => warn!(%error, "no thread to close the kafka client on; it was closed here"),
    }
}
