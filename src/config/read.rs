//! One setting after the other, from what was typed to what is meant; each against its own bounds.
//!
//! Everything is read before anything is refused, so that all mistakes are told: a setting that is wrong is told and reads as
//! its default. What one setting demands of another is asked in `check`, of values that are good by themselves.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

use toml::Spanned;

use super::check;
use super::error::Problem;
use super::raw::{self, Raw, Typed};
use super::value::{
    DAY, HOUR, MINUTE, MONTH, SECOND, TTL, Wrong, after_contact, exportable, name_within, preset, size, span_within,
    time_of_day, wrong, zone,
};
use super::{Config, Export, Http};
use crate::export::Costs;
use crate::limits::{CHANNEL_BYTES_MAX, SERIES_MAX};
use crate::rules::{ByChannel, Day, LevelSettings, Rules, Window, Windows};
use crate::time::Span;

/// Reads settings and collects what is wrong with them.
pub(super) struct Reader {
    problems: Vec<Problem>,
    defaults_end: usize,
    folder: PathBuf,
    /// Events of ICS files that are no holidays, by calendar.
    pub(super) timed_events: BTreeMap<String, usize>,
}

impl Reader {
    /// A reader that goes on from these problems, of a tree in which places before `defaults_end` were not typed by the user, and
    /// which names other files from this folder.
    pub fn new(defaults_end: usize, folder: PathBuf, problems: Vec<Problem>) -> Self {
        Self { problems, defaults_end, folder, timed_events: BTreeMap::new() }
    }

    /// A file that the configuration names.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The configuration, if nothing is wrong with it.
    pub fn read_all(mut self, raw: &Raw) -> Result<Config, Vec<Problem>> {
        let rules = self.rules(raw);
        check::relations(raw, &rules, &mut self);
        match self.config(raw, rules) {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => Err(self.problems),
        }
    }

    fn config(&mut self, raw: &Raw, rules: Rules) -> Option<Config> {
        let kafka = self.kafka(&raw.kafka);
        let listen = self.value(&raw.http.listen, |text| {
            text.parse().map_err(|_| wrong("not an IP address and a port", "such as \"127.0.0.1:9898\""))
        });
        let agents = self.agent_names(&raw.export);
        let windows = self.exported(raw, &rules.windows.kept);
        let topics = raw.kafka.topics.get_ref().len();
        let series_max = self.series_max(&raw.export.series_max, &Costs::new(&rules, &windows, topics))?;
        let export = Export { windows, agents: agents?, series_max };
        let timed_events = std::mem::take(&mut self.timed_events);
        Some(Config { rules, timed_events, kafka: kafka?, http: Http { listen: listen? }, export })
    }

    fn rules(&mut self, raw: &Raw) -> Rules {
        let base = Rules::default();
        let mut rules = Rules {
            lateness: self.span(&raw.lateness, Span::ZERO..=HOUR).unwrap_or(base.lateness),
            max_skew: self.span(&raw.max_skew, Span::ZERO..=MONTH).unwrap_or(base.max_skew),
            contact_ttl: self.by_channel(&raw.contact_ttl).unwrap_or(base.contact_ttl),
            after_contact: self.value(&raw.after_contact, after_contact).unwrap_or(base.after_contact),
            after_contact_max: self.span(&raw.after_contact_max, SECOND..=MONTH).unwrap_or(base.after_contact_max),
            agents: self.agents(raw),
            day: Day {
                zone: self.value(&raw.time_zone, zone).unwrap_or(base.day.zone),
                start: self.value(&raw.day_start, time_of_day).unwrap_or(base.day.start),
            },
            tickets: self.tickets(&raw.ticket_ttl, &raw.tickets),
            surveys: self.surveys(raw.surveys.as_ref()),
            windows: self.windows(&raw.windows),
            service_level: self.level(&raw.service_level).over(base.service_level),
            ..base
        };
        rules.calendars = self.calendars(raw, &rules.day.zone);
        self.queues(raw, &mut rules);
        self.targets(raw, &mut rules);
        self.policies(raw, &mut rules);
        rules
    }

    /// Every channel's span; without a `default` the tree has filled in what lay under it.
    fn by_channel(&mut self, raw: &Spanned<raw::ByChannel>) -> Option<ByChannel> {
        match raw.get_ref() {
            raw::ByChannel::One(text) => {
                let default = self.span(&Spanned::new(raw.span(), text.clone()), TTL)?;
                Some(ByChannel { default, named: BTreeMap::new() })
            }
            raw::ByChannel::Each(typed) => {
                let default = typed.get("default").map(|default| self.span(default, TTL));
                let named = typed.iter().filter(|(channel, _)| channel.get_ref() != "default");
                let named = named.filter_map(|(channel, span)| {
                    let (channel, span) = (self.name(channel, CHANNEL_BYTES_MAX), self.span(span, TTL));
                    Some((channel?, span?))
                });
                let named = named.collect();
                let Some(default) = default else {
                    return self.refuse(raw.span(), "nothing for the other channels", "such as default = \"12h\"");
                };
                Some(ByChannel { default: default?, named })
            }
        }
    }

    fn windows(&mut self, raw: &raw::Windows) -> Windows {
        let slot = self.span(&raw.slot, SECOND..=MINUTE).unwrap_or(Windows::default().slot);
        let sizes = self.values(&raw.sizes, size);
        let intervals = self.values(&raw.intervals, |text| span_within(text, SECOND..=DAY));
        let aligned = intervals.into_iter().flat_map(|interval| [Window::This(interval), Window::Last(interval)]);
        let kept = sizes.into_iter().chain(aligned).chain([Window::All]).collect();
        Windows { slot, kept }
    }

    /// What is said of service level.
    pub(super) fn level(&mut self, raw: &raw::ServiceLevel) -> LevelSettings {
        LevelSettings {
            threshold: self.maybe(raw.threshold.as_ref(), |text| span_within(text, SECOND..=DAY)),
            target: raw.target.as_ref().and_then(|typed| self.level_target(typed)),
            short_abandon: self.maybe(raw.short_abandon.as_ref(), |text| span_within(text, Span::ZERO..=DAY)),
            preset: self.maybe(raw.preset.as_ref(), preset),
        }
    }

    fn level_target(&mut self, typed: &Spanned<f64>) -> Option<f64> {
        let target = *typed.get_ref();
        if target > 0.0 && target <= 1.0 {
            return Some(target);
        }
        let right = if (2.0..=100.0).contains(&target) {
            format!("above 0, at most 1: write {} for {target} %", target / 100.0)
        } else {
            "above 0, at most 1, such as 0.8".to_owned()
        };
        self.refuse(typed.span(), format!("{target} is not a share"), right)
    }

    /// The windows that have gauges. Unless the user named them, those of the defaults that are kept, else all that are kept.
    /// Which are kept is known only once that is told without a mistake.
    fn exported(&mut self, raw: &Raw, kept: &[Window]) -> Vec<Window> {
        let (typed, kept) = (&raw.export.windows, &kept[..kept.len() - 1]);
        if [&raw.windows.sizes, &raw.windows.intervals].into_iter().any(|list| self.told(&list.span())) {
            return Vec::new();
        }
        if typed.span().start >= self.defaults_end {
            return self.values(typed, |text| exportable(text, kept));
        }
        let usual: Vec<Window> =
            typed.get_ref().iter().filter_map(|text| exportable(text.get_ref(), kept).ok()).collect();
        if usual.is_empty() { kept.to_vec() } else { usual }
    }

    /// How many series there may be: at least those of the configured queues.
    fn series_max(&mut self, typed: &Spanned<i64>, costs: &Costs) -> Option<usize> {
        let (max, least) = (*typed.get_ref(), costs.configured());
        let Some(max) = usize::try_from(max).ok().filter(|max| *max <= SERIES_MAX) else {
            return self.refuse(typed.span(), format!("{max} is out of bounds"), format!("at most {SERIES_MAX}"));
        };
        if max < least && self.problems.is_empty() {
            let what = format!("the configured queues alone give {least} series");
            let right = format!("at least {least}; or fewer queues, channels, thresholds or windows");
            return self.refuse(typed.span(), what, right);
        }
        Some(max)
    }

    /// A name of at least one byte and at most `bytes_max`.
    pub(super) fn name(&mut self, typed: &Typed, bytes_max: usize) -> Option<String> {
        self.value(typed, |text| name_within(text, bytes_max))
    }

    /// A length of time within bounds.
    pub(super) fn span(&mut self, typed: &Typed, bounds: RangeInclusive<Span>) -> Option<Span> {
        self.value(typed, |text| span_within(text, bounds))
    }

    /// A value where one was typed.
    pub(super) fn maybe<T>(&mut self, typed: Option<&Typed>, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        typed.and_then(|typed| self.value(typed, read))
    }

    /// A value; where it is wrong, that is told, once.
    pub(super) fn value<T>(&mut self, typed: &Typed, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        if self.told(&typed.span()) {
            return None;
        }
        match read(typed.get_ref()) {
            Ok(value) => Some(value),
            Err((what, right)) => self.refuse(typed.span(), what, right),
        }
    }

    /// At most so many values; where there are more, that is told at the first of them.
    pub(super) fn at_most(&mut self, max: usize, at: impl Iterator<Item = Range<usize>>, what: &str) {
        let mut at = at.skip(max);
        if let Some(first) = at.next() {
            let all = max + 1 + at.count();
            self.refuse::<()>(first, format!("{all} {what}"), format!("at most {max}"));
        }
    }

    /// The values of a list, each once.
    pub(super) fn values<T: PartialEq>(
        &mut self,
        typed: &Spanned<Vec<Typed>>,
        read: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for item in typed.get_ref() {
            match self.value(item, &read) {
                Some(value) if values.contains(&value) => {
                    self.refuse::<()>(item.span(), format!("\"{}\" is there already", item.get_ref()), "each once");
                }
                value => values.extend(value),
            }
        }
        values
    }

    /// Refuses an empty list.
    pub(super) fn some(&mut self, typed: &Spanned<Vec<Typed>>, right: &str) {
        if typed.get_ref().is_empty() {
            self.refuse::<()>(typed.span(), "an empty list", right);
        }
    }

    /// Whether something is told to be wrong with what stands here.
    pub(super) fn told(&self, at: &Range<usize>) -> bool {
        self.problems.iter().any(|problem| at.start <= problem.at.start && problem.at.end <= at.end)
    }

    /// Tells what is wrong; there is no value then.
    pub(super) fn refuse<T>(
        &mut self,
        at: Range<usize>,
        what: impl Into<String>,
        right: impl Into<String>,
    ) -> Option<T> {
        self.tell(Problem::new(at, what, right));
        None
    }

    /// Tells a problem.
    pub(super) fn tell(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}
