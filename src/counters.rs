//! What the Prometheus counters and histograms have taken.
//!
//! **Why apart from the windows.** Windows are corrected when an event arrives out of order; a counter may never fall. So
//! counters take a booking once it is final, `lateness` behind, and what turns out wrong after that is only counted as a
//! correction. They start at 0 with the process and stay when a partition leaves.
//!
//! **Why shared.** A reader takes the counters of a shard as they are, without a copy; who counts on copies those of a queue only
//! where a reader still holds them. So a scrape keeps the shard for as long as it takes to go through the names.
//!
//! **Invariant.** Nothing here ever decreases.

mod agents;
mod answers;
mod share;
mod tickets;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use agents::{AgentCounters, AgentsCounters};
pub use answers::{Answers, Said};
pub use share::Share;
pub use tickets::{TicketCounters, TicketDuration, ticket_edges};

use crate::event::FlowCause;
use crate::id::PolicyId;
use crate::kpi::Group;
use crate::kpi::service_level::Classes;
use crate::measure::{Anomaly, Measure, Patience, Scope, SlaResult, SlaTarget};
use crate::rules::{Preset, Rules};
use crate::time::Span;
use crate::timeline::Taken;

/// Edges that every histogram of contacts has, in seconds; every configured threshold is added.
const EDGES_SECONDS: [i64; 14] = [1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 1_200, 1_800, 3_600];

/// The counters of some scopes, by a key of the owner's choice: numbers within a shard, names outside.
#[derive(Clone, Debug)]
pub struct Counters<K> {
    queues: BTreeMap<K, Arc<QueueCounters>>,
    anomalies: [u64; Anomaly::ALL.len()],
    corrections: u64,
    edges: Edges,
}

/// A queue and a channel, by name.
pub type PairName = (Arc<str>, Arc<str>);

/// The counters of queues and channels by name.
pub type ByPair = Counters<PairName>;

/// The edges of histograms, the same for every queue and channel.
#[derive(Clone, Debug)]
struct Edges {
    contacts: Arc<[Span]>,
    tickets: Arc<[Span]>,
}

/// The counters of one queue and channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCounters {
    /// Stays that began.
    pub offered: u64,
    /// Stays that ended with an answer.
    pub answered: u64,
    /// Stays that ended with a hang-up: longer than `short_abandon`, and not.
    pub abandoned: [u64; 2],
    /// Stays that flowed out, in the order of [`FlowCause::ALL`].
    pub flowed_out: [u64; FlowCause::ALL.len()],
    /// Refused before queueing.
    pub blocked: u64,
    /// Legs that ended in a transfer.
    pub transferred: u64,
    /// Stays and talks that never ended.
    pub expired: u64,
    /// Service level under the queue's preset: met.
    pub met: u64,
    /// Service level under the queue's preset: counted.
    pub counted: u64,
    /// Durations, in the order of [`Duration`].
    pub durations: [Durations; Duration::ALL.len()],
    /// Tickets; made with the first of them, for most queues have none.
    pub tickets: Option<Box<TicketCounters>>,
    /// Answers to surveys.
    pub answers: Answers,
    /// What became of promises, by policy, target and result.
    pub promises: BTreeMap<(PolicyId, SlaTarget, SlaResult), u64>,
    preset: Preset,
    ticket_edges: Arc<[Span]>,
}

/// The durations that have a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duration {
    /// Wait of answered stays.
    AnswerWait,
    /// Wait of abandoned stays.
    AbandonWait,
    /// Handle time of legs.
    Handle,
    /// Talk of legs.
    Talk,
    /// Hold of legs that were held.
    Hold,
    /// After-contact work of legs.
    AfterContact,
}

/// A cumulative histogram of durations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durations {
    /// The upper edges, inclusive.
    pub edges: Arc<[Span]>,
    /// How many fell between an edge and the one before; the last is past all edges.
    pub buckets: Vec<u64>,
    /// The sum of all.
    pub sum: Span,
}

impl Duration {
    /// Every duration, in order.
    pub const ALL: [Self; 6] =
        [Self::AnswerWait, Self::AbandonWait, Self::Handle, Self::Talk, Self::Hold, Self::AfterContact];
}

/// How often a booking is counted.
fn counted(times: i64) -> u64 {
    u64::try_from(times).expect("only what is wanted more often than counted is taken")
}

/// The edges of every histogram of contacts: a fixed set, and each threshold of `rules`.
pub fn edges(rules: &Rules) -> Arc<[Span]> {
    let fixed = EDGES_SECONDS.map(Span::from_seconds);
    let edges: BTreeSet<Span> = fixed.into_iter().chain(rules.thresholds()).collect();
    edges.into_iter().collect()
}

impl<K: Ord> Counters<K> {
    /// Counters at 0. Histograms have an edge at each time that `rules` promise.
    pub fn new(rules: &Rules) -> Self {
        let edges = Edges { contacts: edges(rules), tickets: ticket_edges(rules) };
        Self { queues: BTreeMap::new(), anomalies: [0; Anomaly::ALL.len()], corrections: 0, edges }
    }

    /// Takes what became final. `key` says whose a scope is and how its service level is measured.
    pub fn take(&mut self, taken: &Taken, mut key: impl FnMut(&Scope) -> Option<(K, Preset)>) {
        self.corrections += taken.corrections;
        for (scope, bookings) in taken.bookings.by_scope() {
            if let Some((key, preset)) = key(scope) {
                let queue = self.queue(key, preset);
                bookings.iter().for_each(|(booking, times)| queue.book(&booking.measure, counted(*times)));
            }
            for (booking, times) in bookings {
                if let Measure::Odd(anomaly) = booking.measure {
                    self.anomalies[anomaly as usize] += counted(*times);
                }
            }
        }
    }

    /// Notes corrections of what other counters have taken.
    pub fn correct(&mut self, corrections: u64) {
        self.corrections += corrections;
    }

    /// The counters of a queue and channel, at 0 if it is new.
    pub fn queue(&mut self, key: K, preset: Preset) -> &mut QueueCounters {
        let queue = self.queues.entry(key).or_insert_with(|| Arc::new(QueueCounters::new(preset, &self.edges)));
        Arc::make_mut(queue)
    }

    /// What a queue and channel has of which nothing was taken.
    pub fn at_zero(&self) -> QueueCounters {
        QueueCounters::new(Preset::default(), &self.edges)
    }

    /// The counters of every queue and channel.
    pub fn queues(&self) -> impl Iterator<Item = (&K, &QueueCounters)> {
        self.queues.iter().map(|(key, queue)| (key, &**queue))
    }

    /// How often each kind of anomaly was seen.
    pub fn anomalies(&self) -> impl Iterator<Item = (Anomaly, u64)> {
        Anomaly::ALL.into_iter().zip(self.anomalies)
    }

    /// Bookings that were taken and turned out wrong.
    pub fn corrections(&self) -> u64 {
        self.corrections
    }

    /// Adds the counters of others, their keys renamed.
    pub fn merge<J: Ord>(&mut self, other: &Counters<J>, rename: impl FnMut(&J) -> K) {
        self.add(other.share(rename));
    }
}

impl QueueCounters {
    fn new(preset: Preset, edges: &Edges) -> Self {
        Self {
            offered: 0,
            answered: 0,
            abandoned: [0; 2],
            flowed_out: [0; FlowCause::ALL.len()],
            blocked: 0,
            transferred: 0,
            expired: 0,
            met: 0,
            counted: 0,
            durations: std::array::from_fn(|_| Durations::new(&edges.contacts)),
            tickets: None,
            answers: Answers::default(),
            promises: BTreeMap::new(),
            preset,
            ticket_edges: edges.tickets.clone(),
        }
    }

    /// Whether anything of this group was taken.
    pub fn has(&self, group: Group) -> bool {
        match group {
            Group::Demand | Group::Chats => false,
            Group::Contacts => self.has_contacts(),
            Group::Tickets => self.tickets.is_some(),
            Group::Surveys => !self.answers.is_empty(),
            Group::Promises => !self.promises.is_empty(),
        }
    }

    fn has_contacts(&self) -> bool {
        let counts = [self.offered, self.answered, self.blocked, self.transferred, self.expired, self.counted];
        let lists = self.abandoned.iter().chain(&self.flowed_out).chain(&counts);
        lists.into_iter().any(|count| *count > 0) || self.durations.iter().any(|own| !own.is_empty())
    }

    /// The histogram of a duration.
    pub fn duration(&self, duration: Duration) -> &Durations {
        &self.durations[duration as usize]
    }

    fn book(&mut self, measure: &Measure, times: u64) {
        let level = Classes::of_measure(measure).ratio(self.preset);
        self.met += times * u64::try_from(level.numerator).unwrap_or(0);
        self.counted += times * u64::try_from(level.denominator).unwrap_or(0);
        match *measure {
            Measure::Offered => self.offered += times,
            Measure::Answered { wait, .. } => {
                self.answered += times;
                wait.into_iter().for_each(|wait| self.add(Duration::AnswerWait, wait, times));
            }
            Measure::Abandoned { wait, patience, .. } => {
                self.abandoned[usize::from(patience == Patience::Short)] += times;
                wait.into_iter().for_each(|wait| self.add(Duration::AbandonWait, wait, times));
            }
            Measure::FlowedOut { cause, .. } => self.flowed_out[cause as usize] += times,
            Measure::Blocked => self.blocked += times,
            Measure::StayExpired | Measure::TalkExpired => self.expired += times,
            Measure::LegEnded { transferred: true } => self.transferred += times,
            Measure::Talk(talk) => self.add(Duration::Talk, talk, times),
            Measure::Hold(hold) => self.add(Duration::Hold, hold, times),
            Measure::Handle(handle) => self.add(Duration::Handle, handle, times),
            Measure::AfterContact(after) => self.add(Duration::AfterContact, after, times),
            Measure::SurveyAnswered(kind, rating) => self.answers.add(kind, Said::of(kind, rating), times),
            Measure::Promise { policy, target, result } => {
                *self.promises.entry((policy, target, result)).or_default() += times;
            }
            _ if TicketCounters::takes(measure) => self.tickets().book(measure, times),
            _ => {}
        }
    }

    fn tickets(&mut self) -> &mut TicketCounters {
        self.tickets.get_or_insert_with(|| Box::new(TicketCounters::new(&self.ticket_edges)))
    }

    fn add(&mut self, duration: Duration, value: Span, times: u64) {
        self.durations[duration as usize].add(value, times);
    }

    fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.answered += other.answered;
        self.blocked += other.blocked;
        self.transferred += other.transferred;
        self.expired += other.expired;
        self.met += other.met;
        self.counted += other.counted;
        let lists = [(&mut self.abandoned[..], &other.abandoned[..]), (&mut self.flowed_out, &other.flowed_out)];
        for (own, others) in lists {
            own.iter_mut().zip(others).for_each(|(own, other)| *own += other);
        }
        for (own, other) in self.durations.iter_mut().zip(&other.durations) {
            own.merge(other);
        }
        if let Some(tickets) = &other.tickets {
            self.tickets().merge(tickets);
        }
        self.answers.merge(&other.answers);
        for (key, count) in &other.promises {
            *self.promises.entry(*key).or_default() += count;
        }
    }
}

impl Durations {
    fn new(edges: &Arc<[Span]>) -> Self {
        Self { edges: edges.clone(), buckets: vec![0; edges.len() + 1], sum: Span::ZERO }
    }

    fn add(&mut self, value: Span, times: u64) {
        let bucket = self.edges.partition_point(|edge| *edge < value);
        self.buckets[bucket] += times;
        let times = i64::try_from(times).expect("a booking counts a few times");
        self.sum += Span::from_millis(value.as_millis() * times);
    }

    /// Whether nothing was taken.
    pub fn is_empty(&self) -> bool {
        self.buckets.iter().all(|count| *count == 0)
    }

    fn merge(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(own, other)| *own += other);
        self.sum += other.sum;
    }
}
