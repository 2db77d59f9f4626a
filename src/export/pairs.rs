//! The queues and channels of a scrape, and which groups of families each shows.
//!
//! **Invariant.** What was shown once is shown as long as the process lives: counters never fall, and `all` forgets nothing.

use std::borrow::Cow;

use super::Scrape;
use super::text::Labels;
use crate::counters::QueueCounters;
use crate::kpi::{Figure, Group};
use crate::rules::{QueueRules, Rules, ServiceLevel};
use crate::view::Series;

/// One queue and channel, ready to write.
pub(super) struct Pair<'a> {
    pub queue: &'a str,
    pub channel: &'a str,
    pub labels: Labels,
    /// Its figures; `None` of one that only counters know.
    pub series: Option<&'a Series>,
    pub level: ServiceLevel,
    /// What the counters have taken; nothing of one that only the view knows.
    pub counters: &'a QueueCounters,
    pub shown: Shown,
}

/// A queue of the view, and all that holds for it.
pub(super) type Queue<'a> = (&'a str, Cow<'a, QueueRules>);

/// The groups that a queue and channel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown([bool; Group::ALL.len()]);

/// Every queue of the view.
pub(super) fn queues<'a>(scrape: &Scrape<'a>) -> Vec<Queue<'a>> {
    scrape.view.queues.keys().map(|queue| (queue.as_str(), scrape.rules.queue(queue))).collect()
}

/// Every queue and channel of the view or the counters, in order; both are, and so they are gone through side by side.
pub(super) fn pairs<'a>(scrape: &Scrape<'a>, queues: &[Queue<'a>], nothing: &'a QueueCounters) -> Vec<Pair<'a>> {
    let mut pairs = Vec::with_capacity(scrape.view.queues.len());
    let mut counted = scrape.counters.queues().map(|((queue, channel), own)| ((&**queue, &**channel), own)).peekable();
    for ((queue, rules), channels) in queues.iter().zip(scrape.view.queues.values()) {
        for (channel, series) in channels {
            let name = (*queue, channel.as_str());
            while let Some((other, own)) = counted.next_if(|(other, _)| *other < name) {
                pairs.push(Pair::new(scrape.rules, other, None, scrape.rules.service_level, own));
            }
            let own = counted.next_if(|(other, _)| *other == name).map_or(nothing, |(_, own)| own);
            pairs.push(Pair::new(scrape.rules, name, Some(series), rules.service_level_on(channel), own));
        }
    }
    pairs.extend(counted.map(|(name, own)| Pair::new(scrape.rules, name, None, scrape.rules.service_level, own)));
    pairs
}

impl<'a> Pair<'a> {
    fn new(
        rules: &Rules,
        (queue, channel): (&'a str, &'a str),
        series: Option<&'a Series>,
        level: ServiceLevel,
        counters: &'a QueueCounters,
    ) -> Self {
        let labels = Labels::new(&[("queue", queue), ("channel", channel)]);
        let shown = Shown::of(channel, series, counters, rules);
        Self { queue, channel, labels, series, level, counters, shown }
    }
}

impl Shown {
    /// What is usual on the channel, and what there is some of and room for.
    fn of(channel: &str, series: Option<&Series>, counters: &QueueCounters, rules: &Rules) -> Self {
        Self(Group::ALL.map(|group| {
            let is_withheld = || series.is_some_and(|series| series.withheld.has(group));
            let there_is_some = || counters.has(group) || series.is_some_and(|series| has(series, group));
            is_usual(group, channel, rules) || !is_withheld() && there_is_some()
        }))
    }

    /// Whether families of this group are shown, or of none.
    pub fn has(&self, group: Option<Group>) -> bool {
        group.is_none_or(|group| self.0[group as usize])
    }
}

/// Whether it is shown of every queue on the channel; surveys are where they are configured, promises where anything is promised.
pub(super) fn is_usual(group: Group, channel: &str, rules: &Rules) -> bool {
    let is_promised = || rules.promised_on(channel).any(|target| Group::of_promise(target).fits(channel));
    match group {
        Group::Surveys => rules.surveys.is_served_remembered,
        Group::Promises => is_promised(),
        _ => group.fits(channel),
    }
}

/// Whether there is anything of a group.
pub(super) fn has(series: &Series, group: Group) -> bool {
    let told = series.tallies.iter().filter(|tally| group.may_be_in(tally));
    told.into_iter().any(|tally| group.kpis().iter().any(|kpi| is_told(&(kpi.read)(tally))))
}

/// Whether a figure tells of its group: a share of something else, such as reviews of handled legs, does by its numerator only.
fn is_told(figure: &Figure<'_>) -> bool {
    match figure {
        Figure::Ratio(ratio) | Figure::RatioBy { whole: ratio, .. } => ratio.numerator != 0,
        other => !other.is_zero(),
    }
}
