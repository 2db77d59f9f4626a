//! What librdkafka calls while we poll: everything is noted down here and handled by the loop afterwards.
//!
//! **Why.** A callback runs inside `poll`. If it blocked, nothing else would be served; if it panicked it would unwind through
//! librdkafka's own bookkeeping. So a callback copies and returns.
//!
//! **Closing.** Dropping a consumer polls it until it has left the group. The loop is over by then, so from `closing` on a
//! rebalance is answered at once, or the drop would wait for that answer for ever.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionListElem;
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};
use tracing::{debug, error, info, warn};

use super::Place;
use super::statistics::Statistics;
use crate::clock;

/// Lines of one facility are told at most this often.
const LOG_EVERY: Duration = Duration::from_secs(30);

/// Facilities of lost and refused connections: every attempt writes one. [`super::Health`] tells the change instead.
const CONNECTION_FACILITIES: [&str; 2] = ["FAIL", "ERROR"];

/// A change of ownership that the loop must answer.
#[derive(Debug)]
pub(super) enum Rebalance {
    Assigned(Vec<Place>),
    /// `lost`: somebody else may own them already.
    Revoked {
        places: Vec<Place>,
        lost: bool,
    },
}

/// The coordinator's answer to one commit.
#[derive(Debug)]
pub(super) struct CommitAnswer {
    /// The partitions whose commit failed.
    pub failed: Vec<Place>,
    /// Why, if any did.
    pub reason: Option<String>,
    /// The partitions whose commit the coordinator took.
    pub taken: Vec<Place>,
}

#[derive(Debug, Default)]
struct Inbox {
    rebalances: VecDeque<Rebalance>,
    commits: VecDeque<CommitAnswer>,
    statistics: Option<Statistics>,
    last_error: String,
    last_connection_error: Option<String>,
}

/// Where callbacks leave what they were told.
#[derive(Debug, Default)]
pub(super) struct Context {
    inbox: Mutex<Inbox>,
    closing: AtomicBool,
    told: Mutex<HashMap<String, Told>>,
}

/// When a facility was last told, and what was held back since.
#[derive(Debug)]
struct Told {
    at: Instant,
    held_back: u64,
}

impl Context {
    /// Whether one waits to be answered.
    pub fn has_rebalance(&self) -> bool {
        !self.inbox().rebalances.is_empty()
    }

    pub fn next_rebalance(&self) -> Option<Rebalance> {
        self.inbox().rebalances.pop_front()
    }

    pub fn next_commit_answer(&self) -> Option<CommitAnswer> {
        self.inbox().commits.pop_front()
    }

    pub fn take_statistics(&self) -> Option<Statistics> {
        self.inbox().statistics.take()
    }

    /// The text of the error that `poll` has just returned; it carries the topic's name and the like, which the error does not.
    pub fn take_last_error(&self) -> String {
        std::mem::take(&mut self.inbox().last_error)
    }

    /// Why the last connection failed.
    pub fn connection_error(&self) -> Option<String> {
        self.inbox().last_connection_error.clone()
    }

    /// From now on rebalances are answered at once.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a line of this kind may be told now, and how many were held back before it.
    pub fn may_tell(&self, facility: &str) -> Option<u64> {
        let now = clock::monotonic();
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match told.get_mut(facility) {
            Some(last) if now < last.at + LOG_EVERY => {
                last.held_back += 1;
                None
            }
            Some(last) => {
                last.at = now;
                Some(std::mem::take(&mut last.held_back))
            }
            None => {
                told.insert(facility.to_owned(), Told { at: now, held_back: 0 });
                Some(0)
            }
        }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        if CONNECTION_FACILITIES.contains(&facility) {
            debug!(target: "librdkafka", facility, "{line}");
            self.inbox().last_connection_error = Some(without_thread(line).to_owned());
            return;
        }
        if matches!(level, RDKafkaLogLevel::Debug) {
            debug!(target: "librdkafka", facility, "{line}");
            return;
        }
        let Some(held_back) = self.may_tell(facility) else { return };
        match level {
            RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
                info!(target: "librdkafka", facility, held_back, "{line}");
            }
            RDKafkaLogLevel::Warning => warn!(target: "librdkafka", facility, held_back, "{line}"),
            _ => error!(target: "librdkafka", facility, held_back, "{line}"),
        }
    }

    fn stats_raw(&self, json: &[u8]) {
        match Statistics::parse(json) {
            Some(statistics) => self.inbox().statistics = Some(statistics),
            None => debug!(bytes = json.len(), "statistics of librdkafka cannot be read"),
        }
    }

    fn error(&self, _error: KafkaError, reason: &str) {
        self.inbox().last_error = reason.to_owned();
    }
}

impl ConsumerContext for Context {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, code: RDKafkaRespErr, list: &mut TopicPartitionList) {
        if self.closing.load(Ordering::Acquire) {
            // Leaving takes back everything; should even this fail, the bound on the close still holds.
            if let Err(error) = consumer.unassign() {
                debug!(%error, "giving partitions back while closing failed");
            }
            return;
        }
        let places = places_of(list);
        let rebalance = match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS => Rebalance::Assigned(places),
            _ => Rebalance::Revoked { places, lost: consumer.assignment_lost() },
        };
        self.inbox().rebalances.push_back(rebalance);
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        let elements = offsets.elements();
        let reason = match &result {
            Err(error) => Some(error.to_string()),
            Ok(()) => elements.iter().find_map(|element| element.error().err()).map(|error| error.to_string()),
        };
        let has_failed = |element: &TopicPartitionListElem<'_>| result.is_err() || element.error().is_err();
        let (failed, taken): (Vec<_>, Vec<_>) = elements.iter().partition(|element| has_failed(element));
        let places = |elements: Vec<&TopicPartitionListElem<'_>>| {
            elements.into_iter().map(|element| place_of(element.topic(), element.partition())).collect()
        };
        self.inbox().commits.push_back(CommitAnswer { failed: places(failed), reason, taken: places(taken) });
    }
}

/// librdkafka's lines begin with the thread that wrote them.
fn without_thread(line: &str) -> &str {
    line.strip_prefix("[thrd:").and_then(|rest| rest.split_once("]: ")).map_or(line, |(_, text)| text)
}

fn places_of(list: &TopicPartitionList) -> Vec<Place> {
    list.elements().iter().map(|element| place_of(element.topic(), element.partition())).collect()
}

fn place_of(topic: &str, partition: i32) -> Place {
    Place { topic: topic.into(), partition }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_facility_are_held_back_and_others_are_not() {
        let context = Context::default();
        assert_eq!(context.may_tell("SESSTMOUT"), Some(0));
        assert_eq!(context.may_tell("SESSTMOUT"), None);
        assert_eq!(context.may_tell("MAXPOLL"), Some(0));
    }

    #[test]
    fn a_refused_connection_is_remembered_as_the_reason() {
        let context = Context::default();
        context.log(RDKafkaLogLevel::Error, "FAIL", "[thrd:a:1/bootstrap]: connect refused");
        assert_eq!(context.connection_error().as_deref(), Some("connect refused"));
    }
}
