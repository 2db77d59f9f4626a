//! What the pages and probes show of the running service.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tracing::{error, info};

use super::Service;
use super::sources::{Sources, without_figures};
use super::worker::{Answer, Question, Task, freshness_histogram};
use crate::books::Books;
use crate::budget::Kind;
use crate::clock;
use crate::counters::{AgentsCounters, ByPair, Counters};
use crate::export::{self, AgentNames, AgentsScrape, PartitionVitals, Scrape, SnapshotVitals};
use crate::http::{Filter, Probe, ReportError, Sheet, Site};
use crate::kafka::{Brokers, HealthSnapshot, Letters, Place};
use crate::report;
use crate::rules::Window;
use crate::targets::Verdict;
use crate::time::{EventTime, Span};
use crate::view::{Ask, View};

/// How long a page waits for a worker: it is between two batches within milliseconds, unless it has stopped.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// The loop beats once a second; without a beat for this long it hangs.
const BEAT_MAX: Span = Span::from_seconds(30);

impl Site for Service {
    async fn metrics(&self) -> Result<Vec<Arc<Sheet>>, String> {
        let exported: Vec<Window> = self.config.export.windows.iter().copied().chain([Window::All]).collect();
        let (at, windows) = (clock::now(), self.config.rules.with_target_windows(&exported));
        let mut answer = self.ask(Ask { at, windows, open: false, agents: false }).await?;
        let health = self.health.snapshot();
        answer.partitions.iter_mut().for_each(|partition| partition.snapshot = snapshot(&health, partition));
        let verdicts = self.judge(&answer, &health, at);
        let books: Vec<(String, Books)> = self.by_topic(&answer.counted).collect();
        let topics: Vec<_> = health.partitions.iter().map(|(topic, count)| (topic.to_string(), *count)).collect();
        let is_whole = is_whole(&health, &answer);
        let partitions = answer.partitions.len();
        let (view, counters, refused) = self.bound(answer.view.only(&exported), answer.counters, partitions);
        let mut estimates = self.estimates.lock().unwrap_or_else(PoisonError::into_inner);
        if is_whole {
            estimates.look(&view, at);
        } else {
            estimates.forget();
        }
        let scrape = Scrape {
            rules: &self.config.rules,
            view: &view,
            counters: &counters,
            is_whole,
            verdicts: &verdicts,
            estimates: is_whole.then_some(&estimates),
            books: &books,
            topics: &topics,
            partitions: &answer.partitions,
            freshness: Some(&answer.freshness),
            overflowed: self.budget.overflowed().with(Kind::Pair, refused),
        };
        let beat_age = self.beat.last().map(|beat| (at - beat).at_least_zero());
        let own = self.own.text(&health, self.letters.as_ref().map_or(0, Letters::waiting), beat_age)?;
        let mut figures = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        let sheets = figures.sheets(&scrape, &own);
        figures.keep(view, counters);
        Ok(sheets)
    }

    async fn agent_metrics(&self) -> Result<Option<String>, String> {
        let names = &self.config.export.agents;
        if *names == AgentNames::Off {
            return Ok(None);
        }
        let answer = self.ask(Ask { at: clock::now(), windows: Vec::new(), open: false, agents: true }).await?;
        Ok(Some(export::agents::text(&AgentsScrape {
            rules: &self.config.rules.agents,
            view: &answer.view,
            counters: &answer.agent_counters,
            names,
        })))
    }

    async fn report(&self, filter: Filter) -> Result<String, ReportError> {
        let at = clock::now();
        let chosen = self.chosen_windows(&filter)?;
        let windows = self.config.rules.with_target_windows(&chosen);
        let open = filter.queues.is_empty() && filter.windows.is_empty();
        let mut answer = self
            .ask(Ask { at, windows, open, agents: !filter.without_agents })
            .await
            .map_err(ReportError::Unavailable)?;
        let verdicts = self.judge(&answer, &self.health.snapshot(), at);
        let sources = self.sources().under(answer.brokers);
        answer.view = answer.view.only(&chosen);
        choose_queues(&mut answer.view, &filter, sources.is_ready())?;
        let mut report = report::report(&answer.view, &answer.books, &self.config.rules, at);
        report::add_verdicts(&mut report, &verdicts);
        call_agents(&mut report, &self.config.export.agents);
        if !open || filter.without_agents {
            report["state_hash"] = Value::Null;
        }
        if answer.as_of.is_none() {
            without_figures(&mut report);
        }
        report["sources"] = sources.json(answer.as_of, &answer.lagging);
        Ok(report.to_string())
    }

    fn live(&self) -> Probe {
        let now = clock::now();
        let health = self.health.snapshot();
        let beats = self.beat.last().is_none_or(|beat| now - beat < BEAT_MAX);
        self.beat.tell_whether(beats);
        let line = match (health.running, beats) {
            (false, _) => "the consumer thread is not running",
            (true, false) => "the consumer loop has not turned for 30 s",
            (true, true) => "the consumer loop turns",
        };
        Probe { ok: health.running && beats, lines: vec![line.to_owned()] }
    }

    fn ready(&self) -> Probe {
        self.sources().probe()
    }

    fn started(&self) -> Probe {
        let ok = self.health.snapshot().running;
        Probe { ok, lines: vec![if ok { "started" } else { "starting" }.to_owned()] }
    }
}

impl Service {
    fn sources(&self) -> Sources {
        Sources::new(self.health.snapshot(), |place| self.is_rebuilt(place))
    }

    /// The answers of all workers as one.
    async fn ask(&self, ask: Ask) -> Result<Whole, String> {
        let health = self.health.snapshot();
        let question = Question { is_away: health.is_away(), is_leased: health.is_leased(), ask };
        let mut replies = Vec::new();
        for worker in &self.workers {
            let (reply, answer) = oneshot::channel();
            let sent = timeout(ANSWER_MAX, worker.send(Task::Ask(question.clone(), reply))).await;
            sent.map_err(|_| "a worker is too busy")?.map_err(|_| "a worker has stopped")?;
            replies.push(answer);
        }
        let mut whole = self.nothing(&question.ask, health.brokers);
        for reply in replies {
            let answer = timeout(ANSWER_MAX, reply).await;
            whole.add(answer.map_err(|_| "a worker is too busy")?.map_err(|_| "a worker has stopped")?);
        }
        self.newcomers.meet(whole.view.queues.keys(), |queue| self.config.rules.is_configured(queue));
        Ok(whole)
    }

    /// How figures stand against targets. Those of a part of the centre are judged and not remembered.
    fn judge(&self, answer: &Whole, health: &HealthSnapshot, at: EventTime) -> Vec<Verdict<'_>> {
        let mut judge = self.judge.lock().unwrap_or_else(PoisonError::into_inner);
        match is_whole(health, answer) {
            true => judge.judge(&answer.view, &self.config.rules, at),
            false => judge.look(&answer.view, &self.config.rules),
        }
    }

    /// Figures and counters as there is room for them on `/metrics`, and how many pairs have none.
    fn bound(&self, view: View, counters: ByPair, partitions: usize) -> (View, ByPair, u64) {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        let (view, counters) = series.bound(partitions, view, counters);
        (view, counters, series.refused())
    }

    fn nothing(&self, ask: &Ask, brokers: Brokers) -> Whole {
        Whole {
            view: View::new(&self.config.rules, &ask.windows),
            counters: Counters::new(&self.config.rules),
            agent_counters: AgentsCounters::default(),
            books: Books::default(),
            counted: BTreeMap::new(),
            partitions: Vec::new(),
            as_of: None,
            lagging: Vec::new(),
            freshness: freshness_histogram(),
            brokers,
        }
    }

    /// The books of every configured topic, read or not.
    fn by_topic<'a>(&'a self, counted: &'a BTreeMap<String, Books>) -> impl Iterator<Item = (String, Books)> {
        let topics = self.config.kafka.topics.iter();
        topics.map(|topic| (topic.clone(), counted.get(topic).cloned().unwrap_or_default()))
    }

    fn chosen_windows(&self, filter: &Filter) -> Result<Vec<Window>, ReportError> {
        let kept = &self.config.rules.windows.kept;
        if filter.windows.is_empty() {
            return Ok(kept.clone());
        }
        let named = |name: &String| {
            kept.iter().find(|window| window.name() == *name).copied().ok_or_else(|| ReportError::NoSuchWindow {
                name: name.clone(),
                known: kept.iter().map(|window| window.name()).collect(),
            })
        };
        filter.windows.iter().map(named).collect()
    }
}

/// The answers of all workers as one; the fields are those of an [`Answer`].
#[derive(Debug)]
struct Whole {
    view: View,
    counters: ByPair,
    agent_counters: AgentsCounters<String>,
    books: Books,
    counted: BTreeMap<String, Books>,
    partitions: Vec<PartitionVitals>,
    as_of: Option<EventTime>,
    lagging: Vec<String>,
    freshness: Histogram<u64>,
    /// Under which the workers were asked: it decides as of when they read.
    brokers: Brokers,
}

impl Whole {
    fn add(&mut self, other: Answer) {
        other.views.into_iter().for_each(|view| self.view.merge(view));
        self.counters.merge(&other.gone, Clone::clone);
        other.counters.into_iter().for_each(|share| self.counters.add(share));
        self.agent_counters.merge(&other.agent_counters, Clone::clone);
        self.books.merge(&other.books);
        for (topic, books) in other.counted {
            self.counted.entry(topic).or_default().merge(&books);
        }
        self.partitions.extend(other.partitions);
        self.as_of = [self.as_of, other.as_of].into_iter().flatten().min();
        self.lagging.extend(other.lagging);
        self.freshness.add(other.freshness).expect("all have the same bounds");
    }
}

/// Leaves the queues that are asked for. One that is not there is an error only where all are there that should be.
fn choose_queues(view: &mut View, filter: &Filter, is_complete: bool) -> Result<(), ReportError> {
    let missing = filter.queues.iter().find(|name| !view.knows(name));
    if let Some(name) = missing.filter(|_| is_complete) {
        let known: BTreeSet<String> = view.queues.keys().chain(view.states.keys()).cloned().collect();
        let known = known.into_iter().collect();
        return Err(ReportError::NoSuchQueue { name: name.clone(), known });
    }
    if !filter.queues.is_empty() {
        view.keep_queues(&filter.queues);
    }
    Ok(())
}

/// Calls agents by what they are to be called, in the order of that, and leaves out those who are not to be shown.
fn call_agents(report: &mut Value, names: &AgentNames) {
    let Some(agents) = report["agents"].as_object_mut().map(std::mem::take) else { return };
    let called: BTreeMap<String, Value> =
        agents.into_iter().filter_map(|(agent, own)| Some((names.of(&agent)?.into_owned(), own))).collect();
    report["agents"] = Value::Object(called.into_iter().collect());
}

/// Whether every partition of every topic is here and complete, so that ratios and percentiles are those of the whole centre.
fn is_whole(health: &HealthSnapshot, answer: &Whole) -> bool {
    let all: usize = health.partitions.values().sum();
    all > 0 && answer.partitions.iter().filter(|partition| partition.is_ready).count() == all
}

/// The last snapshot of a partition.
fn snapshot(health: &HealthSnapshot, partition: &PartitionVitals) -> Option<SnapshotVitals> {
    let place = Place { topic: partition.topic.as_str().into(), partition: partition.partition };
    let saved = health.saved.get(&place)?;
    let span = |time: Duration| Span::from_millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    let age = clock::monotonic().saturating_duration_since(saved.at);
    Some(SnapshotVitals { age: span(age), bytes: saved.bytes, took: span(saved.took) })
}

/// When the loop last turned.
#[derive(Clone, Debug, Default)]
pub(super) struct Beat(Arc<BeatState>);

#[derive(Debug, Default)]
struct BeatState {
    last_ms: AtomicI64,
    is_told: AtomicBool, // that it hangs
}

impl Beat {
    pub(super) fn note(&self, now: EventTime) {
        self.0.last_ms.store(now.as_millis(), Ordering::Relaxed);
    }

    /// Logs that the loop hangs, and that it turns again, each once.
    fn tell_whether(&self, beats: bool) {
        let was_told = self.0.is_told.swap(!beats, Ordering::Relaxed);
        match (was_told, beats) {
            (false, false) => {
                error!("the consumer loop has not turned for 30 s; /livez says so, for whoever restarts the process");
            }
            (true, true) => info!("the consumer loop turns again"),
            _ => {}
        }
    }

    /// `None`: it has not turned yet; before the topics are found there is no loop.
    fn last(&self) -> Option<EventTime> {
        let ms = self.0.last_ms.load(Ordering::Relaxed);
        (ms != 0).then(|| EventTime::from_millis(ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::QueueState;
    use crate::rules::Rules;
    use crate::view::Told;

    /// Two queues with contacts, and one of which only the state was told.
    fn view() -> View {
        let mut view = View::new(&Rules::default(), &[Window::All]);
        for queue in ["sales", "tech"] {
            view.series(queue, "voice").now.waiting = 1;
        }
        for queue in ["tech", "night"] {
            let told = Told { at: EventTime::EARLIEST, seq: 0, id: queue.to_owned(), state: QueueState::Closed };
            view.tell_state(queue, told);
        }
        view
    }

    fn shown(queue: &str) -> Option<Vec<String>> {
        let mut view = view();
        let filter = Filter { queues: vec![queue.to_owned()], ..Filter::default() };
        choose_queues(&mut view, &filter, true).ok()?;
        let rules = Rules::default();
        let report = report::report(&view, &Books::default(), &rules, EventTime::EARLIEST);
        Some(report["queues"].as_object().expect("queues are an object").keys().cloned().collect())
    }

    #[test]
    fn a_report_of_one_queue_has_no_other_not_even_one_whose_state_was_told() {
        assert_eq!(shown("sales"), Some(vec!["sales".to_owned()]));
        assert_eq!(shown("night"), Some(vec!["night".to_owned()]));
        assert_eq!(shown("nope"), None);
    }
}
