//! One setting after the other, from what was typed to what is meant; each against its own bounds.
//!
//! Everything is read before anything is refused, so that all mistakes are told. What one setting demands of another is
//! asked in `check`, of values that are good by themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Range, RangeInclusive};

use toml::Spanned;

use super::error::Problem;
use super::raw::{self, Raw, Typed};
use super::value::{
    DAY, HOUR, MINUTE, MONTH, SECOND, Wrong, after_contact, exportable, name_within, preset, size, span_within,
    time_of_day, wrong, zone,
};
use super::{Config, Export, Http};
use crate::limits::{CHANNEL_BYTES_MAX, CHANNELS_MAX, NAME_BYTES_MAX, QUEUES_MAX};
use crate::rules::{ByChannel, Day, QueueRules, Rules, ServiceLevel, Window, Windows};
use crate::time::Span;

/// Reads settings and collects what is wrong with them.
pub(super) struct Reader {
    problems: Vec<Problem>,
    defaults_end: usize,
}

impl Reader {
    /// A reader of a tree in which places before `defaults_end` were not typed by the user.
    pub fn new(defaults_end: usize) -> Self {
        Self { problems: Vec::new(), defaults_end }
    }

    /// The configuration, each value within its own bounds.
    pub fn read_all(mut self, raw: &Raw) -> Result<Config, Vec<Problem>> {
        match self.config(raw) {
            Some(config) if self.problems.is_empty() => Ok(config),
            _ => Err(self.problems),
        }
    }

    fn config(&mut self, raw: &Raw) -> Option<Config> {
        let rules = self.rules(raw);
        let kafka = self.kafka(&raw.kafka);
        let listen = self.value(&raw.http.listen, |text| {
            text.parse().map_err(|_| wrong("not an IP address and a port", "such as \"127.0.0.1:9898\""))
        });
        let windows = rules.as_ref().map(|rules| self.exported(&raw.export.windows, &rules.windows.kept));
        Some(Config {
            rules: rules?,
            kafka: kafka?,
            http: Http { listen: listen? },
            export: Export { windows: windows? },
        })
    }

    fn rules(&mut self, raw: &Raw) -> Option<Rules> {
        let lateness = self.span(&raw.lateness, Span::ZERO..=HOUR);
        let max_skew = self.span(&raw.max_skew, Span::ZERO..=MONTH);
        let contact_ttl = self.by_channel(&raw.contact_ttl);
        let after_contact = self.value(&raw.after_contact, after_contact);
        let after_contact_max = self.span(&raw.after_contact_max, SECOND..=MONTH);
        let (zone, start) = (self.value(&raw.time_zone, zone), self.value(&raw.day_start, time_of_day));
        let windows = self.windows(&raw.windows);
        let service_level = self.service_level(&raw.service_level, ServiceLevel::default());
        let day = Day { zone: zone?, start: start? };
        let service_level = service_level?;
        let queues = self.queues(&raw.queue, &service_level, &day);
        Some(Rules {
            lateness: lateness?,
            max_skew: max_skew?,
            contact_ttl: contact_ttl?,
            after_contact: after_contact?,
            after_contact_max: after_contact_max?,
            day,
            windows: windows?,
            service_level,
            queues,
        })
    }

    /// Every channel's span; without a `default` the tree has filled in what lay under it.
    fn by_channel(&mut self, raw: &Spanned<raw::ByChannel>) -> Option<ByChannel> {
        const BOUNDS: RangeInclusive<Span> = SECOND..=MONTH;
        match raw.get_ref() {
            raw::ByChannel::One(text) => {
                let default = self.span(&Spanned::new(raw.span(), text.clone()), BOUNDS)?;
                Some(ByChannel { default, named: BTreeMap::new() })
            }
            raw::ByChannel::Each(typed) => {
                let Some(default) = typed.get("default") else {
                    return self.refuse(raw.span(), "nothing for the other channels", "such as default = \"12h\"");
                };
                let default = self.span(default, BOUNDS);
                let named = typed.iter().filter(|(channel, _)| channel.get_ref() != "default");
                let named = named.filter_map(|(channel, span)| {
                    Some((self.name(channel, CHANNEL_BYTES_MAX)?, self.span(span, BOUNDS)?))
                });
                let named = named.collect();
                Some(ByChannel { default: default?, named })
            }
        }
    }

    fn windows(&mut self, raw: &raw::Windows) -> Option<Windows> {
        let slot = self.span(&raw.slot, SECOND..=MINUTE);
        let sizes = self.values(&raw.sizes, size);
        let intervals = self.values(&raw.intervals, |text| span_within(text, SECOND..=DAY));
        let aligned = intervals.into_iter().flat_map(|interval| [Window::This(interval), Window::Last(interval)]);
        let kept = sizes.into_iter().chain(aligned).chain([Window::All]).collect();
        Some(Windows { slot: slot?, kept })
    }

    /// The service level as typed, `base` where it was not.
    fn service_level(&mut self, raw: &raw::ServiceLevel, base: ServiceLevel) -> Option<ServiceLevel> {
        let threshold = self.or(raw.threshold.as_ref(), base.threshold, |text| span_within(text, SECOND..=DAY));
        let target = self.target(raw.target.as_ref(), base.target);
        let short_abandon =
            self.or(raw.short_abandon.as_ref(), base.short_abandon, |text| span_within(text, Span::ZERO..=DAY));
        let preset = self.or(raw.preset.as_ref(), base.preset, preset);
        Some(ServiceLevel { threshold: threshold?, target: target?, short_abandon: short_abandon?, preset: preset? })
    }

    fn target(&mut self, typed: Option<&Spanned<f64>>, base: f64) -> Option<f64> {
        let Some(typed) = typed else { return Some(base) };
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

    /// Queues by name; a name that comes twice is refused where it comes again.
    fn queues(&mut self, raw: &[raw::Queue], base: &ServiceLevel, day: &Day) -> BTreeMap<String, QueueRules> {
        let mut queues = BTreeMap::new();
        let mut channels = BTreeSet::new();
        for typed in raw {
            let Some((name, queue)) = self.queue(typed, base, day) else { continue };
            channels.extend(queue.channels.iter().cloned());
            if queues.insert(name.clone(), queue).is_some() {
                self.refuse::<()>(typed.name.span(), format!("queue \"{name}\" is there already"), "each name once");
            }
            if queues.len() > QUEUES_MAX || channels.len() > CHANNELS_MAX {
                let right = format!("at most {QUEUES_MAX} queues, and {CHANNELS_MAX} channels over all of them");
                self.refuse::<()>(typed.name.span(), "too many", right);
                break;
            }
        }
        queues
    }

    fn queue(&mut self, raw: &raw::Queue, base: &ServiceLevel, day: &Day) -> Option<(String, QueueRules)> {
        let name = self.name(&raw.name, NAME_BYTES_MAX);
        let channels = raw.channels.as_ref().map_or_else(|| vec!["voice".to_owned()], |typed| self.channels(typed));
        let display = raw.display.as_ref().map(|typed| self.name(typed, NAME_BYTES_MAX));
        let service_level = self.service_level(&raw.service_level, *base);
        let zone = self.or(raw.time_zone.as_ref(), day.zone.clone(), zone);
        let start = self.or(raw.day_start.as_ref(), day.start, time_of_day);
        let queue = QueueRules {
            channels,
            display: display.flatten(),
            service_level: service_level?,
            day: Day { zone: zone?, start: start? },
        };
        Some((name?, queue))
    }

    fn channels(&mut self, typed: &Spanned<Vec<Typed>>) -> Vec<String> {
        self.some(typed, "a queue has at least one channel, such as [\"voice\"]");
        self.values(typed, |text| name_within(text, CHANNEL_BYTES_MAX))
    }

    /// The windows that have gauges. Unless the user named them, those of the defaults that are kept, else all that are kept.
    fn exported(&mut self, typed: &Spanned<Vec<Typed>>, kept: &[Window]) -> Vec<Window> {
        let kept = &kept[..kept.len() - 1];
        if typed.span().start >= self.defaults_end {
            return self.values(typed, |text| exportable(text, kept));
        }
        let usual: Vec<Window> =
            typed.get_ref().iter().filter_map(|text| exportable(text.get_ref(), kept).ok()).collect();
        if usual.is_empty() { kept.to_vec() } else { usual }
    }

    /// A name of at least one byte and at most `bytes_max`.
    fn name(&mut self, typed: &Typed, bytes_max: usize) -> Option<String> {
        self.value(typed, |text| name_within(text, bytes_max))
    }

    /// A length of time within bounds.
    pub(super) fn span(&mut self, typed: &Typed, bounds: RangeInclusive<Span>) -> Option<Span> {
        self.value(typed, |text| span_within(text, bounds))
    }

    /// A value of its own, or `base` where none was typed.
    fn or<T>(&mut self, typed: Option<&Typed>, base: T, read: impl Fn(&str) -> Result<T, Wrong>) -> Option<T> {
        typed.map_or(Some(base), |typed| self.value(typed, read))
    }

    /// A value; where it is wrong, that is told.
    pub(super) fn value<T>(&mut self, typed: &Typed, read: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        match read(typed.get_ref()) {
            Ok(value) => Some(value),
            Err((what, right)) => self.refuse(typed.span(), what, right),
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

    /// Tells what is wrong; there is no value then.
    pub(super) fn refuse<T>(
        &mut self,
        at: Range<usize>,
        what: impl Into<String>,
        right: impl Into<String>,
    ) -> Option<T> {
        self.problems.push(Problem::new(at, what, right));
        None
    }
}
