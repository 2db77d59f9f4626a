//! What holds for a queue: the centre's settings, those of every pattern that it matches, and its own, laid over each other.
//!
//! **Why settings are summed before they are applied.** A setting for one channel wins over one for all channels wherever
//! either stands, so that `uk-*` may give chats a minute and `uk-sales` its callers ten seconds. Only the sum of all blocks
//! knows which is which.
//!
//! **Words.** *Settings*: what one block says, and nothing else. *Rules*: everything that holds, complete.
//!
//! **Invariant.** In rules that somebody asks for, `short_abandon` is at most the threshold.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use wildmatch::WildMatch;

use super::{Day, Preset, Rules, ServiceLevel};
use crate::calendar::Calendar;
use crate::time::Span;

/// All that holds for one queue.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueRules {
    /// Channels whose series are there from the start: at least one of a queue that is named, none of any other.
    pub channels: Vec<String>,
    /// The name to show; the queue's own without it.
    pub display: Option<String>,
    /// The team that works in it.
    pub team: Option<String>,
    /// Where it is.
    pub site: Option<String>,
    /// The customer or business that it is run for.
    pub tenant: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How its service level is measured.
    pub service_level: ServiceLevel,
    /// How it is measured on channels that have settings of their own, by channel.
    pub by_channel: BTreeMap<String, ServiceLevel>,
    /// When its day begins.
    pub day: Day,
    /// The name of the calendar that it is open by; around the clock without one.
    pub calendar: Option<String>,
}

/// Settings for every queue whose name has a certain form.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    glob: WildMatch,
    text: String,
    /// What it says of them.
    pub settings: QueueSettings,
}

/// What one block says of a queue; of what it leaves out, nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueSettings {
    /// Of service level, on every channel.
    pub service_level: LevelSettings,
    /// Of service level, on one channel.
    pub by_channel: BTreeMap<String, LevelSettings>,
    /// The zone of its days.
    pub zone: Option<TimeZone>,
    /// When its day begins.
    pub day_start: Option<Span>,
    /// The name of its calendar.
    pub calendar: Option<String>,
    /// As in [`QueueRules`].
    pub team: Option<String>,
    /// As in [`QueueRules`].
    pub site: Option<String>,
    /// As in [`QueueRules`].
    pub tenant: Option<String>,
    /// As in [`QueueRules`].
    pub owner: Option<String>,
}

/// What one block says of service level; the bounds are those of [`ServiceLevel`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LevelSettings {
    /// T.
    pub threshold: Option<Span>,
    /// The share that is promised.
    pub target: Option<f64>,
    /// Abandons that waited at most this long are left out.
    pub short_abandon: Option<Span>,
    /// Which contacts count.
    pub preset: Option<Preset>,
}

impl Rules {
    /// All that holds for a queue, whether it is named, only matched, or neither. `queue` is no alias.
    pub fn queue(&self, queue: &str) -> Cow<'_, QueueRules> {
        match self.queues.get(queue) {
            Some(named) => Cow::Borrowed(named),
            None => Cow::Owned(self.laid_over(queue, &QueueSettings::default())),
        }
    }

    /// How service level is measured in a queue on a channel.
    pub fn service_level(&self, queue: &str, channel: &str) -> ServiceLevel {
        self.queue(queue).service_level_on(channel)
    }

    /// When the day of a queue begins.
    pub fn day(&self, queue: &str) -> Day {
        self.queue(queue).day.clone()
    }

    /// The calendar that a queue is open by; `None` of one that is open around the clock.
    pub fn calendar_of(&self, queue: &str) -> Option<&Arc<Calendar>> {
        self.queue(queue).calendar.as_ref().and_then(|name| self.calendars.get(name))
    }

    /// The name that a queue is kept under, given the name that an event told.
    pub fn canonical<'a>(&'a self, told: &'a str) -> &'a str {
        self.aliases.get(told).map_or(told, String::as_str)
    }

    /// Whether somebody thought of this queue: it is named, or matches a pattern.
    pub fn is_configured(&self, queue: &str) -> bool {
        self.queues.contains_key(queue) || self.patterns.iter().any(|pattern| pattern.matches(queue))
    }

    /// Every threshold that some queue may have on some channel.
    pub fn thresholds(&self) -> BTreeSet<Span> {
        let named = self.queues.values().flat_map(QueueRules::levels).map(|level| level.threshold);
        let matched = self.patterns.iter().flat_map(|pattern| pattern.settings.levels());
        [self.service_level.threshold]
            .into_iter()
            .chain(named)
            .chain(matched.filter_map(|level| level.threshold))
            .collect()
    }

    /// The centre's rules, those of every pattern that this queue matches over them, and `own` on top.
    ///
    /// Patterns may meet in a queue that nobody thought of, one with a short threshold and one with a long `short_abandon`:
    /// then it is cut to the threshold.
    pub fn laid_over(&self, queue: &str, own: &QueueSettings) -> QueueRules {
        let matching = self.patterns.iter().filter(|pattern| pattern.matches(queue)).map(|pattern| &pattern.settings);
        let mut sum = QueueSettings::default();
        matching.chain([own]).for_each(|settings| sum.lay(settings));
        sum.over(self)
    }
}

impl QueueRules {
    /// The rules of a queue that differs in nothing but these.
    pub const fn new(service_level: ServiceLevel, day: Day) -> Self {
        Self {
            channels: Vec::new(),
            display: None,
            team: None,
            site: None,
            tenant: None,
            owner: None,
            service_level,
            by_channel: BTreeMap::new(),
            day,
            calendar: None,
        }
    }

    /// How its service level is measured on a channel.
    pub fn service_level_on(&self, channel: &str) -> ServiceLevel {
        *self.by_channel.get(channel).unwrap_or(&self.service_level)
    }

    fn levels(&self) -> impl Iterator<Item = &ServiceLevel> {
        self.by_channel.values().chain([&self.service_level])
    }
}

impl Pattern {
    /// Settings for queues whose whole name is `text`, where `*` stands for any characters or none and `?` for any one.
    pub fn new(text: &str, settings: QueueSettings) -> Self {
        Self { glob: WildMatch::new(text), text: text.to_owned(), settings }
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether a queue of this name is meant.
    pub fn matches(&self, queue: &str) -> bool {
        self.glob.matches(queue)
    }
}

impl QueueSettings {
    /// Every service level that is spoken of.
    pub fn levels(&self) -> impl Iterator<Item = &LevelSettings> {
        self.by_channel.values().chain([&self.service_level])
    }

    fn lay(&mut self, above: &Self) {
        self.service_level.lay(&above.service_level);
        for (channel, level) in &above.by_channel {
            self.by_channel.entry(channel.clone()).or_default().lay(level);
        }
        lay(&mut self.zone, &above.zone);
        lay(&mut self.day_start, &above.day_start);
        lay(&mut self.calendar, &above.calendar);
        lay(&mut self.team, &above.team);
        lay(&mut self.site, &above.site);
        lay(&mut self.tenant, &above.tenant);
        lay(&mut self.owner, &above.owner);
    }

    fn over(self, centre: &Rules) -> QueueRules {
        let level = self.service_level.over(centre.service_level);
        let by_channel = self.by_channel.into_iter().map(|(channel, own)| (channel, cut(own.over(level)))).collect();
        let day = Day {
            zone: self.zone.unwrap_or_else(|| centre.day.zone.clone()),
            start: self.day_start.unwrap_or(centre.day.start),
        };
        let Self { calendar, team, site, tenant, owner, .. } = self;
        QueueRules { calendar, team, site, tenant, owner, by_channel, ..QueueRules::new(cut(level), day) }
    }
}

impl LevelSettings {
    fn lay(&mut self, above: &Self) {
        lay(&mut self.threshold, &above.threshold);
        lay(&mut self.target, &above.target);
        lay(&mut self.short_abandon, &above.short_abandon);
        lay(&mut self.preset, &above.preset);
    }

    /// What it says, and where it says nothing, `base`.
    pub fn over(self, base: ServiceLevel) -> ServiceLevel {
        ServiceLevel {
            threshold: self.threshold.unwrap_or(base.threshold),
            target: self.target.unwrap_or(base.target),
            short_abandon: self.short_abandon.unwrap_or(base.short_abandon),
            preset: self.preset.unwrap_or(base.preset),
        }
    }
}

fn lay<T: Clone>(below: &mut Option<T>, above: &Option<T>) {
    if above.is_some() {
        below.clone_from(above);
    }
}

fn cut(level: ServiceLevel) -> ServiceLevel {
    ServiceLevel { short_abandon: level.short_abandon.min(level.threshold), ..level }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_for_the_whole_name() {
        for (pattern, matched, others) in [
            ("uk-*", vec!["uk-", "uk-sales", "uk-*"], vec!["uk", "xuk-sales", "UK-sales"]),
            ("uk-?", vec!["uk-1", "uk-é", "uk-?"], vec!["uk-", "uk-12"]),
            ("*-vip-*", vec!["-vip-", "uk-vip-vip-a"], vec!["uk-vip", "vip-a"]),
            ("*", vec!["", "x"], vec![]),
            ("vip", vec!["vip"], vec!["vip1", ""]),
        ] {
            let pattern = Pattern::new(pattern, QueueSettings::default());
            assert!(matched.iter().all(|queue| pattern.matches(queue)), "{}", pattern.text());
            assert!(!others.iter().any(|queue| pattern.matches(queue)), "{}", pattern.text());
        }
    }

    #[test]
    fn where_patterns_meet_a_short_abandon_is_at_most_the_threshold() {
        let level = |level| QueueSettings { service_level: level, ..QueueSettings::default() };
        let long = LevelSettings { short_abandon: Some(Span::from_seconds(15)), ..LevelSettings::default() };
        let short = LevelSettings { threshold: Some(Span::from_seconds(10)), ..LevelSettings::default() };
        let patterns = vec![Pattern::new("*-vip", level(long)), Pattern::new("uk-*", level(short))];
        let rules = Rules { patterns, ..Rules::default() };
        assert_eq!(rules.service_level("de-vip", "voice").short_abandon, Span::from_seconds(15));
        assert_eq!(rules.service_level("uk-vip", "voice").short_abandon, Span::from_seconds(10));
    }
}
