//! The consumer thread: one loop that polls, hands over, answers rebalances and, once a second, commits and tells the time.
//!
//! **Invariant.** Every turn of the loop ends: no wait in it is longer than two seconds, back-pressure of the sink apart.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tracing::debug;

use super::client::Client;
use super::commit::Commits;
use super::letters::Post;
use super::native::Records;
use super::owned::{Owned, Reading};
use super::statistics::Statistics;
use super::steadiness::Steadiness;
use super::store::Store;
use super::topics::{Topics, find_topics};
use super::{Health, KafkaFailure, Place, Settings, Sink};
use crate::clock;

/// Records handed over at a time: enough that handing over costs nothing against folding.
const BATCH_RECORDS_MAX: usize = 1_000;
/// A batch is handed over at the latest after this.
const BATCH_WAIT: Duration = Duration::from_millis(10);
/// How long a poll waits for a first record; the loop does everything else in between.
const IDLE_WAIT: Duration = Duration::from_millis(100);
/// How often to commit and to tell the time.
const PULSE_EVERY: Duration = Duration::from_secs(1);
/// How often to ask which topics there are; as often as librdkafka looks for new partitions.
const TOPICS_EVERY: Duration = Duration::from_secs(30);
/// How long to wait before asking again what was not answered.
pub(super) const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long to wait for a broker's answer to a question.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_millis(800);

/// However often it did not help, a stall is looked for this often.
const STALL_AFTER_MAX: Duration = Duration::from_secs(600);

/// Why reading ended without a failure.
enum Ended {
    /// It was told to.
    Stopped,
    /// Records that are there do not come.
    Stalled,
}

/// The thread and everything that it alone touches.
pub(super) struct Reader<S: Sink> {
    pub(super) client: Client,
    /// Where snapshots are; `None` where there are none.
    pub(super) store: Option<Store<S::State>>,
    /// Who delivers dead letters; `None` where nobody wants them.
    pub(super) post: Option<Post>,
    pub(super) sink: S,
    pub(super) health: Arc<Health>,
    pub(super) settings: Settings,
    pub(super) owned: Owned,
    pub(super) commits: Commits,
    /// When to look up starts again.
    pub(super) starts_due: Instant,
    /// librdkafka says that an offset is outside the log, not always of which partition.
    pub(super) misplaced: bool,
    /// The partitions of which it says so.
    pub(super) refused_offsets: Vec<Place>,
    /// When to put that right at the earliest.
    pub(super) placing_due: Instant,
    /// Whether it was told that the broker tells no ids of topics.
    pub(super) is_without_topic_ids: bool,
    /// Partitions whose state was lost, until they are begun anew.
    pub(super) broken: Vec<Place>,
    /// The partitions that stalled last, until they are read again.
    pub(super) stalled: Vec<Place>,
    /// For how long nothing may come of what is there.
    pub(super) stall_after: Duration,
    /// How long the group waits for a member that is not heard of.
    pub(super) session: Duration,
    /// Whether the group's shares will stay.
    pub(super) steadiness: Steadiness,
    stop: Arc<AtomicBool>,
    /// When to commit and to tell the time again.
    pub(super) pulse_due: Instant,
    topics_due: Instant,
}

/// Starts the consumer thread. It ends when `stop` is set (within three and a half seconds, with or without a broker), or with a failure
/// that does not heal. A panic of the sink is the thread's panic. `health` tells the rest.
pub fn spawn<S: Sink>(
    settings: &Settings,
    sink: S,
    health: Arc<Health>,
    stop: Arc<AtomicBool>,
) -> Result<JoinHandle<Result<(), KafkaFailure>>, KafkaFailure> {
    let client = Client::new(settings)?;
    let snapshots = settings.snapshots.as_ref().zip(sink.unpacker());
    let store = snapshots.map(|(own, unpacker)| Store::start(settings, &own.topic, unpacker)).transpose()?;
    let letters = settings.letters.as_ref().zip(sink.letters());
    let post = letters.map(|(own, letters)| Post::start(settings, &own.topic, letters, health.clone())).transpose()?;
    let now = clock::monotonic();
    let reader = Reader {
        client,
        store,
        post,
        sink,
        health,
        settings: settings.clone(),
        owned: Owned::default(),
        commits: Commits::default(),
        starts_due: now,
        misplaced: false,
        refused_offsets: Vec::new(),
        is_without_topic_ids: false,
        placing_due: now,
        broken: Vec::new(),
        stalled: Vec::new(),
        stall_after: settings.stall_after,
        session: settings.session(),
        steadiness: Steadiness::default(),
        stop,
        pulse_due: now + PULSE_EVERY,
        topics_due: now + TOPICS_EVERY,
    };
    Ok(thread::Builder::new().name("kafka".to_owned()).spawn(move || reader.run())?)
}

/// Tells that the thread lives, until dropped.
struct Running(Arc<Health>);

impl Running {
    fn new(health: &Arc<Health>) -> Self {
        health.running(true);
        Self(Arc::clone(health))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running(false);
    }
}

impl<S: Sink> Reader<S> {
    fn run(mut self) -> Result<(), KafkaFailure> {
        let _running = Running::new(&self.health);
        loop {
            let outcome = self.read_on();
            self.leave();
            match outcome? {
                Ended::Stopped => return Ok(()),
                Ended::Stalled => self.begin_anew()?,
            }
        }
    }

    /// Goes on with another client: one whose fetcher has stopped may never go on by itself. Each time that helps nothing, it is waited
    /// for twice as long.
    fn begin_anew(&mut self) -> Result<(), KafkaFailure> {
        self.client = Client::new(&self.settings)?;
        self.commits = Commits::default();
        self.steadiness = Steadiness::default();
        self.misplaced = false;
        self.refused_offsets.clear();
        self.stall_after = (self.stall_after * 2).min(STALL_AFTER_MAX);
        Ok(())
    }

    fn read_on(&mut self) -> Result<Ended, KafkaFailure> {
        self.wait_for_topics()?;
        let partitions = self.health.snapshot().partitions.into_values().max();
        self.prepare_topics(partitions.unwrap_or(1))?;
        let topics: Vec<&str> = self.settings.topics.iter().map(String::as_str).collect();
        self.client.subscribe(&topics).map_err(KafkaFailure::creating)?;
        while !self.stopped() {
            self.turn()?;
            if self.is_stalled() {
                return Ok(Ended::Stalled);
            }
        }
        Ok(Ended::Stopped)
    }

    /// Whether some partition has records that do not come although a broker is there.
    fn is_stalled(&mut self) -> bool {
        let after = self.stall_after;
        let is_stalled = |(place, reading): (&Place, &mut Reading)| reading.is_stalled(after).then(|| place.clone());
        let stalled: Vec<Place> = self.owned.readings().filter_map(is_stalled).collect();
        if stalled.is_empty() || self.health.is_away() {
            self.note_recovered();
            return false;
        }
        self.health.stalled(&stalled, after);
        self.stalled = stalled;
        true
    }

    /// Once those that stalled are read again, or are somebody else's, the next stall is looked for as soon as the first.
    fn note_recovered(&mut self) {
        if self.stalled.is_empty() {
            return;
        }
        let owned = &mut self.owned;
        let has_recovered =
            |place: &Place| owned.find(place).is_none_or(|own| own.reading.as_ref().is_some_and(Reading::has_moved));
        // A client that was just made anew owns nothing yet.
        if self.health.has_joined() && self.stalled.iter().all(has_recovered) {
            self.stalled.clear();
            self.stall_after = self.settings.stall_after;
        }
    }

    fn turn(&mut self) -> Result<(), KafkaFailure> {
        self.read(IDLE_WAIT)?;
        self.hand_over();
        self.answer_rebalances()?;
        self.open_pending();
        self.take_store_answers();
        self.take_commit_answers();
        self.save();
        self.begin_broken_anew()?;
        self.hold_and_release()?;
        self.put_right()?;
        if due(&mut self.pulse_due, PULSE_EVERY) {
            self.tidy_store();
            self.commit();
            self.pulse();
        }
        if due(&mut self.topics_due, TOPICS_EVERY) {
            self.look_at_topics();
        }
        Ok(())
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Before joining the group: a topic that is missing is a mistake in the settings, and waiting would hide it. A broker that
    /// is away is not, and is waited for. A topic may be so new that not every broker knows it, so missing needs two answers.
    fn wait_for_topics(&mut self) -> Result<(), KafkaFailure> {
        let mut doubted = false;
        while !self.stopped() {
            match find_topics(&self.client, &self.settings.topics, ANSWER_LIMIT) {
                Err(error) => self.away(&error)?,
                Ok(Topics { partitions, missing }) if missing.is_empty() => return self.found(partitions),
                Ok(Topics { missing, .. }) if doubted => {
                    return Err(self.missing(missing.iter().map(|t| t.to_string())));
                }
                Ok(_) => doubted = true,
            }
            self.serve(RETRY_AFTER)?;
        }
        Ok(())
    }

    fn missing(&self, topics: impl Iterator<Item = String>) -> KafkaFailure {
        KafkaFailure::MissingTopics { topics: topics.collect(), brokers: self.settings.brokers.join(",") }
    }

    /// A broker answered. Statistics from before that moment may still say that none is there.
    fn found(&mut self, partitions: BTreeMap<Arc<str>, usize>) -> Result<(), KafkaFailure> {
        self.read(IDLE_WAIT)?;
        drop(self.client.context().take_statistics());
        self.health.reachable();
        self.health.topics(partitions, BTreeSet::new());
        Ok(())
    }

    /// No broker answered. Why is in librdkafka's log, which is read first.
    fn away(&mut self, error: &KafkaError) -> Result<(), KafkaFailure> {
        self.read(IDLE_WAIT)?;
        self.health.away(&self.client.context().connection_error().unwrap_or_else(|| error.to_string()));
        Ok(())
    }

    /// Serves librdkafka's events for a while, or until stopped.
    pub(super) fn serve(&mut self, span: Duration) -> Result<(), KafkaFailure> {
        let until = clock::monotonic() + span;
        while !self.stopped() && clock::monotonic() < until {
            self.read(IDLE_WAIT)?;
        }
        Ok(())
    }

    /// Serves what librdkafka has to tell, then takes records: waits for a first one, and after it a moment for a batch.
    pub(super) fn read(&mut self, first_wait: Duration) -> Result<(), KafkaFailure> {
        self.serve_events()?;
        let first = self.client.source().take(1, first_wait);
        if !first.is_empty() {
            self.take(&first)?;
            let others = self.client.source().take(BATCH_RECORDS_MAX - 1, BATCH_WAIT);
            self.take(&others)?;
        }
        Ok(())
    }

    /// Each poll serves at most one event. A record comes here only where librdkafka forgot where to put those of its partition, and
    /// then before all that come by their queue, so that the order of offsets is kept.
    pub(super) fn serve_events(&mut self) -> Result<(), KafkaFailure> {
        for _ in 0..self.client.source().events_waiting() {
            self.serve_event(Duration::ZERO)?;
        }
        Ok(())
    }

    /// Waits for an event, at most so long, and takes no records.
    pub(super) fn serve_event(&mut self, wait: Duration) -> Result<(), KafkaFailure> {
        match self.client.poll(wait) {
            Some(Err(error)) => self.trouble(error),
            Some(Ok(message)) => {
                self.owned.take_polled(&message, &self.health);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn take(&mut self, records: &Records) -> Result<(), KafkaFailure> {
        for run in records.runs() {
            match run.error() {
                None => self.owned.take(run, &self.health),
                Some((RDKafkaErrorCode::Fatal, reason)) => return Err(KafkaFailure::Fatal(reason)),
                Some((RDKafkaErrorCode::PartitionEOF, _)) => {}
                Some((code, reason)) => {
                    if code == RDKafkaErrorCode::AutoOffsetReset {
                        self.refused_offsets.extend(self.owned.place_of(run));
                    }
                    self.trouble_by_code(code, reason)?;
                }
            }
        }
        Ok(())
    }

    fn hand_over(&mut self) {
        for (place, reading) in self.owned.readings() {
            if reading.has_records() {
                let batch = reading.take_batch(self.sink.spare());
                self.sink.records(place, batch);
            }
        }
    }

    /// What a poll gave instead of a record.
    fn trouble(&mut self, error: KafkaError) -> Result<(), KafkaFailure> {
        let reason = self.client.context().take_last_error();
        match error {
            KafkaError::MessageConsumptionFatal(_) => return Err(KafkaFailure::Fatal(reason)),
            KafkaError::MessageConsumption(code) => return self.trouble_by_code(code, reason),
            KafkaError::PartitionEOF(_) => {}
            other => self.tell_error("other", &other.to_string()),
        }
        Ok(())
    }

    fn trouble_by_code(&mut self, code: RDKafkaErrorCode, reason: String) -> Result<(), KafkaFailure> {
        match code {
            // Whether any broker is left the statistics say, and they are newer than an error that waited in the queue.
            RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::Resolve => {
                debug!(reason, "a kafka connection failed");
            }
            RDKafkaErrorCode::AutoOffsetReset => {
                debug!(reason, "an offset is outside the log");
                self.misplaced = true;
            }
            RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::UnknownTopic
            | RDKafkaErrorCode::UnknownPartition => self.topics_due = clock::monotonic(),
            _ if is_refusal(code) && !self.health.has_joined() => return Err(KafkaFailure::Refused(reason)),
            _ => self.tell_error(&format!("{code:?}"), &reason),
        }
        Ok(())
    }

    /// Counts an error, and tells it unless one of its kind was told lately.
    pub(super) fn tell_error(&self, kind: &str, reason: &str) {
        self.health.error(reason, self.client.context().may_tell(kind));
    }

    fn pulse(&mut self) {
        self.divert_opened();
        // What was read while answering others must be with the sink before it hears how far reading has come.
        self.hand_over();
        let statistics = self.client.context().take_statistics();
        match statistics.as_ref().map(Statistics::any_broker_up) {
            Some(true) => self.health.reachable(),
            Some(false) => {
                let reason = self.client.context().connection_error();
                self.health.away(reason.as_deref().unwrap_or("no connection stands"));
            }
            None => {}
        }
        statistics.iter().for_each(|statistics| self.note_steadiness(statistics));
        let fresh = statistics.filter(Statistics::any_broker_up);
        let fetched = |place: &super::Place| fresh.as_ref()?.partition(&place.topic, place.partition);
        let ends: Vec<_> = self.owned.readings().map(|(place, r)| (place.clone(), r.pulse(fetched(place)))).collect();
        self.sink.pulse(clock::now(), &ends);
    }

    /// Whether the group's shares will stay, as far as librdkafka tells.
    pub(super) fn note_steadiness(&mut self, statistics: &Statistics) {
        let is_changing = self.steadiness.pulse(statistics.is_rebalancing(), self.owned.is_empty());
        self.health.rebalancing(is_changing);
    }

    fn look_at_topics(&mut self) {
        if self.health.is_away() {
            return;
        }
        match find_topics(&self.client, &self.settings.topics, ANSWER_LIMIT) {
            Ok(found) => self.health.topics(found.partitions, found.missing),
            Err(error) => debug!(%error, "topics cannot be looked at"),
        }
    }
}

/// Whether a moment has come; if so the next one is set.
pub(super) fn due(at: &mut Instant, every: Duration) -> bool {
    let now = clock::monotonic();
    let due = now >= *at;
    if due {
        *at = now + every;
    }
    due
}

/// The broker knows who we are, and says no. Before we were ever let in this is a mistake in the settings; later it may pass.
fn is_refusal(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::Authentication
            | RDKafkaErrorCode::SaslAuthenticationFailed
            | RDKafkaErrorCode::TopicAuthorizationFailed
            | RDKafkaErrorCode::GroupAuthorizationFailed
            | RDKafkaErrorCode::ClusterAuthorizationFailed
            | RDKafkaErrorCode::UnsupportedSASLMechanism
    )
}
