//! Targets: what a centre promised of a KPI, from where on that is in danger, and who does what then.
//!
//! **Words.** *Target*: what is aimed at. *Warning*, *critical*: a figure that is worse than one of these is in that state.
//! *Margin*: how far a figure must come back over the limit before the state is left, so that one that hovers there does not
//! flicker.
//!
//! **Invariant.** Of a target that `config` read, critical is at best as good as warning, and warning as target.

use wildmatch::WildMatch;

use super::{Rules, Window};

/// What is promised of one figure, of some queues and channels.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The KPI, by its name in reports.
    pub kpi: String,
    /// Which number of a duration; none of other KPIs.
    pub stat: Option<Stat>,
    /// Over which window; none of KPIs of now.
    pub window: Option<Window>,
    /// Whose it is.
    pub queues: Queues,
    /// On which channels; on every one of the queue where none is named.
    pub channels: Vec<String>,
    /// What is aimed at, in the KPI's unit: a share of 1, seconds, or a count. At least 0.
    pub target: f64,
    /// A figure worse than this is in warning. As good as the target at best.
    pub warning: f64,
    /// A figure worse than this is critical. As good as `warning` at best.
    pub critical: f64,
    /// Which figures are the better ones.
    pub direction: Direction,
    /// How much better than a limit a figure must be before the state is left, in the KPI's unit; at least 0. Without it
    /// [`MARGIN`] of the limit.
    pub margin: Option<f64>,
    /// Of fewer samples nothing is said: denominators of ratios, counts of durations; 0 for all else.
    pub min_samples: i64,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What to do.
    pub runbook: Option<String>,
    /// How often it is looked at whether the target is still the right one.
    pub review: Option<String>,
    /// Why it is promised.
    pub why: Option<String>,
}

/// The margin of a target that names none, as a share of the limit that is left.
pub const MARGIN: f64 = 0.02;

/// Whose a target is.
#[derive(Clone, Debug, PartialEq)]
pub enum Queues {
    /// Every queue that is named in the configuration or matches a pattern of it.
    Configured,
    /// Queues whose whole name is one of these, where `*` stands for any characters or none and `?` for any one.
    Matching(Vec<WildMatch>),
}

/// One number of a duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stat {
    /// The sum through the count.
    Mean,
    /// The percentile, in (0, 100].
    Percentile(i64),
    /// The longest.
    Max,
}

/// Which figures are the better ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The higher ones.
    Higher,
    /// The lower ones.
    Lower,
}

impl Rules {
    /// The targets of a queue on a channel, in the order of the file; of two for the same figure, the later one holds.
    pub fn targets_of(&self, queue: &str, channel: &str) -> Vec<&Target> {
        let is_configured = self.is_configured(queue);
        let mut targets: Vec<&Target> = Vec::new();
        for target in self.targets.iter().rev() {
            let holds = target.is_of_queue(queue, is_configured) && target.is_on(channel);
            if holds && !targets.iter().any(|later| later.figure() == target.figure()) {
                targets.push(target);
            }
        }
        targets.reverse();
        targets
    }

    /// These windows, and those that some target looks at besides.
    pub fn with_target_windows(&self, windows: &[Window]) -> Vec<Window> {
        let mut all = windows.to_vec();
        for window in self.targets.iter().filter_map(|target| target.window) {
            if !all.contains(&window) {
                all.push(window);
            }
        }
        all
    }
}

impl Target {
    /// What is judged: the KPI, the number of a duration, the window.
    pub fn figure(&self) -> (&str, Option<Stat>, Option<Window>) {
        (&self.kpi, self.stat, self.window)
    }

    /// The KPI in labels and checks: `service_level`, `speed_of_answer.p90`; the mean needs no saying.
    pub fn label(&self) -> String {
        match self.stat {
            None | Some(Stat::Mean) => self.kpi.clone(),
            Some(stat) => format!("{}.{}", self.kpi, stat.name()),
        }
    }

    /// The name of its window: `30m`, or `now`.
    pub fn window_name(&self) -> String {
        self.window.map_or_else(|| "now".to_owned(), Window::name)
    }

    /// What is judged, in words: `speed_of_answer.p90 over 30m`, `waiting now`.
    pub fn in_words(&self) -> String {
        match self.window {
            Some(window) => format!("{} over {}", self.label(), window.name()),
            None => format!("{} now", self.label()),
        }
    }

    /// Whether it is a queue's, of which it is known whether somebody configured it.
    pub fn is_of_queue(&self, queue: &str, is_configured: bool) -> bool {
        match &self.queues {
            Queues::Configured => is_configured,
            Queues::Matching(names) => names.iter().any(|name| name.matches(queue)),
        }
    }

    /// Whether both hold on some channel.
    pub fn shares_a_channel_with(&self, other: &Self) -> bool {
        self.channels.is_empty() || other.channels.is_empty() || self.channels.iter().any(|own| other.is_on(own))
    }

    fn is_on(&self, channel: &str) -> bool {
        self.channels.is_empty() || self.channels.iter().any(|own| own == channel)
    }
}

impl Stat {
    /// Every number that may have a target.
    pub const ALL: [Self; 6] =
        [Self::Mean, Self::Percentile(50), Self::Percentile(90), Self::Percentile(95), Self::Percentile(99), Self::Max];

    /// The name in config and reports.
    pub fn name(self) -> String {
        match self {
            Self::Mean => "mean".to_owned(),
            Self::Percentile(percent) => format!("p{percent}"),
            Self::Max => "max".to_owned(),
        }
    }
}

impl Direction {
    /// The name in config and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }

    /// Whether one figure is worse than another.
    pub fn is_worse(self, figure: f64, than: f64) -> bool {
        match self {
            Self::Higher => figure < than,
            Self::Lower => figure > than,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target of 10 waiting at most.
    fn target(queues: Queues, channels: &[&str], limit: f64) -> Target {
        Target {
            kpi: "waiting".to_owned(),
            stat: None,
            window: None,
            queues,
            channels: channels.iter().map(|channel| (*channel).to_owned()).collect(),
            target: limit,
            warning: limit,
            critical: limit,
            direction: Direction::Lower,
            margin: None,
            min_samples: 0,
            owner: None,
            runbook: None,
            review: None,
            why: None,
        }
    }

    fn matching(pattern: &str) -> Queues {
        Queues::Matching(vec![WildMatch::new(pattern)])
    }

    #[test]
    fn where_two_patterns_meet_in_a_queue_the_later_target_holds() {
        let targets = vec![target(matching("uk-*"), &[], 1.0), target(matching("*-vip"), &["chat"], 2.0)];
        let rules = Rules { targets, ..Rules::default() };
        let limits = |queue, channel| -> Vec<f64> {
            rules.targets_of(queue, channel).iter().map(|target| target.target).collect()
        };
        assert_eq!(limits("uk-vip", "chat"), [2.0]);
        assert_eq!(limits("uk-vip", "voice"), [1.0]);
        assert_eq!(limits("de-vip", "voice"), Vec::<f64>::new());
    }

    #[test]
    fn a_target_of_every_configured_queue_is_not_that_of_a_queue_nobody_thought_of() {
        let patterns = vec![super::super::Pattern::new("uk-*", super::super::QueueSettings::default())];
        let rules = Rules { targets: vec![target(Queues::Configured, &[], 1.0)], patterns, ..Rules::default() };
        assert_eq!(["uk-new", "other"].map(|queue| rules.targets_of(queue, "voice").len()), [1, 0]);
    }
}
