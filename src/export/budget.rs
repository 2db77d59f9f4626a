//! How many series `/metrics` may have, and which queues share one when there would be more.
//!
//! **Why.** A pair of queue and channel has some hundreds of series, and names of queues come from events: a feed that puts a
//! number into the name would fill Prometheus. What a pair costs is counted from the catalogue: each label multiplies.
//!
//! **Words.** *Usual* groups of figures are those that a channel has as a rule; others, such as messages of a call, are shown once
//! there are any. What finds no room is shown in the queue `__other__` of its channel, whose room is set aside with the
//! channel's first pair; a channel that has none is `__other__`, too.
//!
//! **Invariant.** What was shown under its own name is always shown under it, and what was not never will be: a counter that
//! moved would look like one that began again. Configured pairs come first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::catalog::{self, Family, Kind as Numbers};
use super::pairs::{has, is_usual};
use super::service::FRESHNESS_EDGES_MS;
use crate::books::Books;
use crate::budget::Kind;
use crate::counters::{self, ByPair, Counters};
use crate::event::{FlowCause, SurveyKind};
use crate::id::OTHER;
use crate::kpi::{Group, Groups};
use crate::limits::{OWN_SERIES_MAX, PRIORITIES_MAX, SOURCES_MAX};
use crate::measure::Anomaly;
use crate::rules::{Rules, Window};
use crate::view::{Series, View};

/// How many series a config gives.
#[derive(Clone, Debug)]
pub struct Costs {
    rules: Arc<Rules>,
    windows: usize,
    edges: usize,
    ticket_edges: usize,
    topics: usize,
}

/// Who has room on `/metrics`. One for the life of a process.
#[derive(Debug)]
pub struct SeriesBudget {
    costs: Costs,
    max: usize,
    used: usize,
    partitions: usize,                                  // the most that were ever shown
    queues: BTreeMap<String, BTreeMap<String, Groups>>, // beside the usual groups
    is_full: bool,
    refused: BTreeSet<(String, String)>,
}

impl Costs {
    /// Of these rules, with gauges of these windows, read from so many topics.
    pub fn new(rules: &Rules, windows: &[Window], topics: usize) -> Self {
        let windows = windows.iter().filter(|window| **window != Window::All).count();
        let (edges, ticket_edges) = (counters::edges(rules).len(), counters::ticket_edges(rules).len());
        Self { rules: Arc::new(rules.clone()), windows, edges, ticket_edges, topics }
    }

    /// Series that are there whatever the queues, those of partitions aside.
    pub fn fixed(&self) -> usize {
        OWN_SERIES_MAX + self.sum(|family| !family.labels.contains(&"queue") && !family.labels.contains(&"partition"))
    }

    /// Series of each partition that is read.
    pub fn partition(&self) -> usize {
        self.sum(|family| family.labels.contains(&"partition"))
    }

    /// Series of each queue, whatever its channels.
    pub fn queue(&self) -> usize {
        self.sum(|family| family.labels.contains(&"queue") && !is_of_pair(family))
    }

    /// Series of a queue on a channel: those of the groups that are usual there.
    pub fn pair(&self, channel: &str) -> usize {
        let is_usual = |group| is_usual(group, channel, &self.rules);
        self.sum(|family| is_of_pair(family) && family.group.is_none_or(is_usual))
    }

    /// What all pairs of the config come to, with the room that is set aside for `__other__`.
    pub fn configured(&self) -> usize {
        SeriesBudget::new(self.clone(), usize::MAX).used
    }

    /// Series of the targets of a queue on a channel.
    fn targets(&self, queue: &str, channel: &str) -> usize {
        self.rules.targets_of(queue, channel).len() * SERIES_OF_A_TARGET
    }

    /// Series of what may be promised in a queue on a channel.
    fn promises(&self, queue: &str, channel: &str) -> usize {
        self.rules.promises_of(queue, channel).count() * SERIES_OF_A_PROMISE
    }

    /// Series of what may be promised of queues that share one: all that is promised anywhere.
    fn all_promises(&self) -> usize {
        self.rules.policies.iter().map(|policy| policy.promises.len()).sum::<usize>() * SERIES_OF_A_PROMISE
    }

    /// Series of a group that is not usual.
    fn unusual(&self, group: Group) -> usize {
        self.sum(|family| is_of_pair(family) && family.group == Some(group))
    }

    fn sum(&self, counts: impl Fn(&Family) -> bool) -> usize {
        let families = catalog::families().into_iter().filter(|family| counts(family));
        families.map(|family| self.series(&family)).sum()
    }

    /// How many series a family has, of one queue, channel and partition; those of targets are counted by themselves.
    fn series(&self, family: &Family) -> usize {
        if is_of_target(family) || is_of_promise(family) {
            return 0;
        }
        let labels: usize = family.labels.iter().map(|label| self.values(family, label)).product();
        match family.kind {
            Numbers::Counter | Numbers::Gauge => labels,
            Numbers::Histogram if family.name == catalog::FRESHNESS.name => FRESHNESS_EDGES_MS.len() + 3,
            Numbers::Histogram if family.group == Some(Group::Tickets) => labels * (self.ticket_edges + 3),
            Numbers::Histogram => labels * (self.edges + 3),
        }
    }

    /// How many values a label has in a family. The type and result of an event go together, as do topic and reason.
    fn values(&self, family: &Family, label: &str) -> usize {
        match label {
            "queue" | "channel" | "display" | "team" | "site" | "tenant" | "owner" | "partition" | "kpi" => 1,
            "topic" if family.labels.contains(&"partition") => 1,
            "topic" => self.topics,
            "window" => self.windows,
            "stat" => 6,
            "short" => 2,
            "cause" => FlowCause::ALL.len(),
            "type" => Books::default().events().count(),
            "result" => 1,
            "reason" => Books::default().reasons().count(),
            "kind" if family.name == catalog::OVERFLOW.name => Kind::ALL.len(),
            "kind" if family.name == catalog::SURVEYS_ANSWERED.name => 1,
            "kind" => Anomaly::ALL.len(),
            "score" => SurveyKind::ALL.into_iter().map(|kind| self.scores(kind)).sum(),
            "priority" => PRIORITIES_MAX + 1,
            "state" => self.rules.agents.states().count(),
            "source" => SOURCES_MAX + 1,
            other => unreachable!("the label {other} of {} has no number of values", family.name),
        }
    }

    /// How many values the score of a survey has as a label.
    fn scores(&self, kind: SurveyKind) -> usize {
        let (least, greatest) = self.rules.surveys.scale(kind).all;
        let whole = usize::try_from((greatest.0 - least.0) / 1_000 + 1).unwrap_or(0);
        if kind == SurveyKind::Nps { 3 } else { whole }
    }
}

/// Families that have series for each target, and none without.
const OF_TARGETS: [&Family; 5] =
    [&catalog::KPI_WARNING, &catalog::KPI_CRITICAL, &catalog::KPI_MIN_SAMPLES, &catalog::KPI_INFO, &catalog::KPI_STATE];
/// Target, warning, critical, samples, whose it is, and four states.
const SERIES_OF_A_TARGET: usize = 9;

/// Open, at risk, breached, the next deadline, and three results.
const SERIES_OF_A_PROMISE: usize = 7;

/// Families that have series for each promise of a policy, and none without.
fn is_of_promise(family: &Family) -> bool {
    family.labels.contains(&"policy")
}

fn is_of_target(family: &Family) -> bool {
    OF_TARGETS.iter().any(|own| own.name == family.name)
}

fn is_of_pair(family: &Family) -> bool {
    family.labels.contains(&"channel")
}

impl SeriesBudget {
    /// Room for `max` series, of which the configured pairs have theirs.
    pub fn new(costs: Costs, max: usize) -> Self {
        let used = costs.fixed() + costs.queue() + costs.pair(OTHER) + costs.all_promises();
        let other = BTreeMap::from([(OTHER.to_owned(), Groups::default())]);
        let queues = BTreeMap::from([(OTHER.to_owned(), other)]);
        let rules = costs.rules.clone();
        let mut budget = Self { costs, max, used, partitions: 0, queues, is_full: false, refused: BTreeSet::new() };
        for (queue, own) in &rules.queues {
            for channel in &own.channels {
                budget.admit(queue, channel);
            }
        }
        budget
    }

    /// Brings figures and counters under the bound, where so many partitions are shown. What has room stays as it is.
    pub fn bound(&mut self, partitions: usize, mut view: View, counters: ByPair) -> (View, ByPair) {
        self.note_partitions(partitions);
        self.bound_pairs(&mut view);
        self.bound_agents(&mut view);
        view.states.retain(|queue, _| self.queues.contains_key(queue) || self.admit_queue(queue));
        (view, self.bound_counters(counters))
    }

    fn bound_pairs(&mut self, view: &mut View) {
        let mut guests = Vec::new();
        for (queue, channels) in &mut view.queues {
            channels.retain(|channel, series| match self.home(queue, channel) {
                None => {
                    series.withheld = series.withheld.and(self.withheld(queue, channel, series));
                    true
                }
                Some(home) => {
                    let withheld = self.withheld(&home.0, &home.1, series);
                    guests.push((home, withheld, std::mem::take(series)));
                    false
                }
            });
        }
        view.queues.retain(|_, channels| !channels.is_empty());
        for ((queue, channel), withheld, series) in guests {
            let host = view.series(&queue, &channel);
            host.absorb(series);
            host.withheld = host.withheld.and(withheld);
        }
    }

    fn bound_counters(&mut self, counters: ByPair) -> ByPair {
        let homes: Vec<_> = counters.queues().map(|((queue, channel), _)| self.home(queue, channel)).collect();
        if homes.iter().all(Option::is_none) {
            return counters;
        }
        let mut homes = homes.into_iter();
        let mut kept = Counters::new(&self.costs.rules);
        kept.merge(&counters, |pair| match homes.next().flatten() {
            Some((queue, channel)) => (queue.into(), channel.into()),
            None => pair.clone(),
        });
        kept
    }

    /// Agents of queues that find no room are in `__other__`, each once in each state.
    fn bound_agents(&mut self, view: &mut View) {
        for agent in view.presence.values_mut() {
            for (queue, _) in &mut agent.queues {
                self.send_home(queue);
            }
            agent.queues.sort_unstable();
            agent.queues.dedup();
        }
        for (mut queue, states) in std::mem::take(&mut view.seen.queues) {
            self.send_home(&mut queue);
            view.seen.queues.entry(queue).or_default().merge(states);
        }
    }

    /// Turns a queue into that which it is shown in, whatever its channel.
    fn send_home(&mut self, queue: &mut Arc<str>) {
        if !self.queues.contains_key(&**queue) && !self.admit_queue(queue) {
            self.refused.insert((queue.as_ref().to_owned(), String::new()));
            *queue = OTHER.into();
        }
    }

    /// Pairs that are not shown, or not in full, under their own name.
    pub fn refused(&self) -> u64 {
        self.refused.len() as u64
    }

    /// Where a pair is shown that is not shown under its own name.
    fn home(&mut self, queue: &str, channel: &str) -> Option<(String, String)> {
        if self.is_admitted(queue, channel) || self.admit(queue, channel) {
            return None;
        }
        if queue != OTHER {
            self.refused.insert((queue.to_owned(), channel.to_owned()));
        }
        let channel = if self.is_admitted(OTHER, channel) { channel } else { OTHER };
        Some((OTHER.to_owned(), channel.to_owned()))
    }

    fn is_admitted(&self, queue: &str, channel: &str) -> bool {
        self.queues.get(queue).is_some_and(|channels| channels.contains_key(channel))
    }

    fn admit(&mut self, queue: &str, channel: &str) -> bool {
        let usual = self.costs.pair(channel) + self.costs.targets(queue, channel);
        let pair = usual + self.costs.promises(queue, channel);
        let for_queue = if self.queues.contains_key(queue) { 0 } else { self.costs.queue() };
        let for_other =
            if queue == OTHER || self.is_admitted(OTHER, channel) { 0 } else { usual + self.costs.all_promises() };
        let has_room = self.take(pair + for_queue + for_other);
        if has_room {
            for queue in [queue, OTHER] {
                let channels = self.queues.entry(queue.to_owned()).or_default();
                channels.entry(channel.to_owned()).or_default();
            }
        }
        has_room
    }

    /// A queue of which nothing but its state by hand was told.
    fn admit_queue(&mut self, queue: &str) -> bool {
        let has_room = self.take(self.costs.queue().max(1));
        if has_room {
            self.queues.entry(queue.to_owned()).or_default();
        }
        has_room
    }

    /// The groups that are not usual and for which there is no room.
    fn withheld(&mut self, queue: &str, channel: &str, series: &Series) -> Groups {
        let rules = self.costs.rules.clone();
        let unusual = Group::ALL.into_iter().filter(|group| !is_usual(*group, channel, &rules));
        let refused = unusual.filter(|group| has(series, *group) && !self.admit_group(queue, channel, *group));
        refused.fold(Groups::default(), Groups::with)
    }

    fn admit_group(&mut self, queue: &str, channel: &str, group: Group) -> bool {
        let admitted = |budget: &mut Self| Some(budget.queues.get_mut(queue)?.get_mut(channel)?.has(group));
        if admitted(self) == Some(true) {
            return true;
        }
        let has_room = self.take(self.costs.unusual(group));
        if has_room && let Some(groups) = self.queues.get_mut(queue).and_then(|channels| channels.get_mut(channel)) {
            *groups = groups.with(group);
        } else {
            self.refused.insert((queue.to_owned(), channel.to_owned()));
        }
        has_room
    }

    /// Once something found no room, nothing further does: what is refused stays so.
    fn take(&mut self, series: usize) -> bool {
        self.is_full |= self.used + series > self.max;
        if !self.is_full {
            self.used += series;
        }
        !self.is_full
    }

    fn note_partitions(&mut self, partitions: usize) {
        let further = partitions.saturating_sub(self.partitions);
        self.partitions += further;
        self.used += further * self.costs.partition();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_of_the_catalogue_has_a_number_of_values() {
        let costs = Costs::new(&Rules::default(), &[Window::Today], 1);
        for family in catalog::families() {
            let is_counted_apart = is_of_target(&family) || is_of_promise(&family);
            assert_eq!(costs.series(&family) == 0, is_counted_apart, "{}", family.name);
        }
    }
}
