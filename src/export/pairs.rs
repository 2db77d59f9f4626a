//! The queues and channels of a scrape, and which groups of families each shows.
//!
//! **Invariant.** What was shown once is shown as long as the process lives: counters never fall, and `all` forgets nothing.

use super::Scrape;
use super::text::Labels;
use crate::counters::QueueCounters;
use crate::kpi::{Figure, Group};
use crate::rules::{Rules, ServiceLevel};
use crate::view::Series;

/// One queue and channel, ready to write.
pub(super) struct Pair<'a> {
    pub queue: &'a str,
    pub channel: &'a str,
    pub labels: Labels,
    pub series: &'a Series,
    pub level: ServiceLevel,
    pub shown: Shown,
}

/// The groups that a queue and channel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown([bool; Group::ALL.len()]);

/// Every queue and channel of the view.
pub(super) fn pairs<'a>(scrape: &Scrape<'a>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for (queue, channels) in &scrape.view.queues {
        let own = scrape.rules.queue(queue);
        pairs.extend(channels.iter().map(|(channel, series)| Pair {
            queue,
            channel,
            labels: Labels::new(&[("queue", queue), ("channel", channel)]),
            series,
            level: own.service_level_on(channel),
            shown: Shown::of(channel, Some(series), scrape.counters.get(queue, channel), scrape.rules),
        }));
    }
    pairs
}

impl Shown {
    /// What is usual on the channel, and what there is some of and room for.
    pub fn of(channel: &str, series: Option<&Series>, counters: Option<&QueueCounters>, rules: &Rules) -> Self {
        Self(Group::ALL.map(|group| {
            let is_counted = counters.is_some_and(|counters| counters.has(group));
            let is_withheld = series.is_some_and(|series| series.withheld.has(group));
            let there_is_some = is_counted || series.is_some_and(|series| has(series, group));
            is_usual(group, channel, rules) || there_is_some && !is_withheld
        }))
    }

    /// Whether families of this group are shown, or of none.
    pub fn has(&self, group: Option<Group>) -> bool {
        group.is_none_or(|group| self.0[group as usize])
    }
}

/// Whether it is shown of every queue on the channel; surveys are where they are configured.
pub(super) fn is_usual(group: Group, channel: &str, rules: &Rules) -> bool {
    group.fits(channel) || group == Group::Surveys && rules.surveys.is_served_remembered
}

/// Whether there is anything of a group.
pub(super) fn has(series: &Series, group: Group) -> bool {
    let told = series.tallies.iter().filter(|tally| !tally.is_empty());
    told.into_iter().any(|tally| group.kpis().iter().any(|kpi| is_told(&(kpi.read)(tally))))
}

/// Whether a figure tells of its group: a share of something else, such as reviews of handled legs, does by its numerator only.
fn is_told(figure: &Figure) -> bool {
    match figure {
        Figure::Ratio(ratio) | Figure::RatioBy { whole: ratio, .. } => ratio.numerator != 0,
        other => !other.is_zero(),
    }
}
