//! The blocks of settings for queues: those of one queue by its name, and those of all that match.
//!
//! **Why in two rounds.** A pattern holds for named queues too, also for those that stand above it; so all blocks are read
//! before any queue's rules are put together.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;

use super::hint::closest;
use super::raw::{self, Raw, Typed};
use super::read::Reader;
use super::value::{Wrong, name_within, time_of_day, zone};
use crate::limits::{ALIASES_MAX, CHANNEL_BYTES_MAX, CHANNELS_MAX, NAME_BYTES_MAX, PATTERNS_MAX, QUEUES_MAX};
use crate::rules::{LevelSettings, Pattern, QueueRules, QueueSettings, Rules};

/// What is used where nobody says which channels a queue has.
const USUAL_CHANNEL: &str = "voice";

/// Whom a block is for.
enum Whom<'a> {
    Named(&'a Typed),
    Matching(&'a Typed),
}

/// The block of one queue, read.
struct Named<'a> {
    name: &'a Typed,
    raw: &'a raw::Queue,
    settings: QueueSettings,
    channels: Vec<String>,
    display: Option<String>,
}

impl Reader {
    /// Puts named queues, their aliases and patterns into the rules, of which all else is known.
    pub(super) fn queues(&mut self, raw: &Raw, rules: &mut Rules) {
        let knows_calendars = self.knows_calendars(raw);
        let raw = &raw.queue;
        let mut named = Vec::new();
        for block in raw {
            let mut settings = self.settings(block.get_ref());
            let known = |text: &str| calendar(text, rules, knows_calendars);
            settings.calendar = self.maybe(block.get_ref().calendar.as_ref(), known);
            match self.whom(block) {
                Some(Whom::Named(name)) => named.extend(self.named(name, block.get_ref(), settings)),
                Some(Whom::Matching(text)) => rules.patterns.extend(self.pattern(text, block.get_ref(), settings)),
                None => {}
            }
        }
        self.few_enough(&named, raw, rules);
        rules.queues = self.by_name(&named, rules);
        rules.aliases = self.aliases(&named, &rules.queues);
    }

    fn whom<'a>(&mut self, block: &'a Spanned<raw::Queue>) -> Option<Whom<'a>> {
        const RIGHT: &str = "name = \"uk-sales\" for one queue, or match = \"uk-*\" for all that match";
        match (&block.get_ref().name, &block.get_ref().pattern) {
            (Some(name), None) => Some(Whom::Named(name)),
            (None, Some(pattern)) => Some(Whom::Matching(pattern)),
            (Some(_), Some(pattern)) => {
                self.refuse(pattern.span(), "a block has a `name` or a `match`, not both", RIGHT)
            }
            (None, None) => self.refuse(block.span(), "neither `name` nor `match`", RIGHT),
        }
    }

    fn settings(&mut self, raw: &raw::Queue) -> QueueSettings {
        let mut label = |typed: &Option<Typed>| self.maybe(typed.as_ref(), |text| name_within(text, NAME_BYTES_MAX));
        let (team, site) = (label(&raw.team), label(&raw.site));
        let (tenant, owner) = (label(&raw.tenant), label(&raw.owner));
        QueueSettings {
            service_level: self.level(&raw.service_level),
            by_channel: raw.channel.iter().filter_map(|(channel, own)| self.channel(channel, own)).collect(),
            zone: self.maybe(raw.time_zone.as_ref(), zone),
            day_start: self.maybe(raw.day_start.as_ref(), time_of_day),
            calendar: None,
            team,
            site,
            tenant,
            owner,
        }
    }

    fn channel(&mut self, name: &Typed, own: &raw::Channel) -> Option<(String, LevelSettings)> {
        let level = self.level(&own.service_level);
        Some((self.name(name, CHANNEL_BYTES_MAX)?, level))
    }

    fn pattern(&mut self, text: &Typed, raw: &raw::Queue, settings: QueueSettings) -> Option<Pattern> {
        let whole = [
            ("aliases", raw.aliases.as_ref().map(Spanned::span)),
            ("channels", raw.channels.as_ref().map(Spanned::span)),
            ("display", raw.display.as_ref().map(Spanned::span)),
        ];
        for (key, at) in whole.into_iter().filter_map(|(key, at)| Some((key, at?))) {
            let right = "give it to each queue by its `name`";
            self.refuse::<()>(at, format!("`{key}` is one queue's own, and a `match` is for many"), right);
        }
        self.name(text, NAME_BYTES_MAX).map(|text| Pattern::new(&text, settings))
    }

    fn named<'a>(&mut self, name: &'a Typed, raw: &'a raw::Queue, settings: QueueSettings) -> Option<Named<'a>> {
        let display = self.maybe(raw.display.as_ref(), |text| name_within(text, NAME_BYTES_MAX));
        let channels = match &raw.channels {
            Some(typed) => self.channels(typed),
            None => usual_channels(&settings),
        };
        self.name(name, NAME_BYTES_MAX).map(|_| Named { name, raw, settings, channels, display })
    }

    fn channels(&mut self, typed: &Spanned<Vec<Typed>>) -> Vec<String> {
        self.some(typed, "a queue has at least one channel, such as [\"voice\"]");
        self.values(typed, |text| name_within(text, CHANNEL_BYTES_MAX))
    }

    /// Every named queue with all that holds for it; a name that comes twice is refused where it comes again.
    fn by_name(&mut self, named: &[Named<'_>], rules: &Rules) -> BTreeMap<String, QueueRules> {
        let mut queues = BTreeMap::new();
        for block in named {
            let name = block.name.get_ref();
            let (channels, display) = (block.channels.clone(), block.display.clone());
            let queue = QueueRules { channels, display, ..rules.laid_over(name, &block.settings) };
            if queues.insert(name.clone(), queue).is_some() {
                self.refuse::<()>(block.name.span(), format!("queue \"{name}\" is there already"), "each name once");
            }
        }
        queues
    }

    /// Every alias with the queue that it leads to.
    fn aliases(&mut self, named: &[Named<'_>], queues: &BTreeMap<String, QueueRules>) -> BTreeMap<String, String> {
        let mut aliases = BTreeMap::<String, String>::new();
        let typed = named.iter().flat_map(|block| {
            block.raw.aliases.iter().flat_map(Spanned::get_ref).map(|alias| (block.name.get_ref(), alias))
        });
        for (name, alias) in typed {
            let Some(text) = self.name(alias, NAME_BYTES_MAX) else { continue };
            match taken(&text, name, queues, &aliases) {
                Some(what) => drop(self.refuse::<()>(alias.span(), what, "each name leads to one queue")),
                None => drop(aliases.insert(text, name.clone())),
            }
        }
        aliases
    }

    /// Refuses more than the service tells apart, where it becomes too many.
    fn few_enough(&mut self, named: &[Named<'_>], raw: &[Spanned<raw::Queue>], rules: &Rules) {
        if let Some(block) = named.get(QUEUES_MAX) {
            self.too_many(block.name.span(), format!("at most {QUEUES_MAX} queues"));
        }
        if rules.patterns.len() > PATTERNS_MAX {
            let patterns = raw.iter().filter_map(|block| block.get_ref().pattern.as_ref());
            let at = patterns.map(Spanned::span).nth(PATTERNS_MAX);
            self.too_many(at.expect("as many were read"), format!("at most {PATTERNS_MAX} blocks with `match`"));
        }
        let aliases = raw.iter().filter_map(|block| block.get_ref().aliases.as_ref());
        if let Some(alias) = aliases.flat_map(Spanned::get_ref).nth(ALIASES_MAX) {
            self.too_many(alias.span(), format!("at most {ALIASES_MAX} aliases over all queues"));
        }
        let mut known = BTreeSet::new();
        let channel = raw.iter().flat_map(|block| channels_of(block.get_ref())).find(|channel| {
            known.insert(channel.get_ref());
            known.len() > CHANNELS_MAX
        });
        if let Some(channel) = channel {
            self.too_many(channel.span(), format!("at most {CHANNELS_MAX} channels over all queues"));
        }
    }

    fn too_many(&mut self, at: Range<usize>, right: String) {
        self.refuse::<()>(at, "too many", right);
    }
}

/// The name of a calendar that there is.
pub(super) fn calendar(text: &str, rules: &Rules, knows_calendars: bool) -> Result<String, Wrong> {
    if !knows_calendars || rules.calendars.contains_key(text) {
        return Ok(text.to_owned());
    }
    let known = || rules.calendars.keys().map(String::as_str);
    let right = match closest(text, known()) {
        Some(close) => format!("did you mean \"{close}\"?"),
        None if rules.calendars.is_empty() => "give it hours in a [[calendar]] of that name".to_owned(),
        None => format!("one of {}", known().collect::<Vec<_>>().join(", ")),
    };
    Err((format!("no calendar is called \"{text}\""), right))
}

/// The usual one, and those that have settings of their own.
fn usual_channels(settings: &QueueSettings) -> Vec<String> {
    let own = settings.by_channel.keys().filter(|channel| *channel != USUAL_CHANNEL);
    [USUAL_CHANNEL.to_owned()].into_iter().chain(own.cloned()).collect()
}

fn channels_of(raw: &raw::Queue) -> impl Iterator<Item = &Typed> {
    raw.channels.iter().flat_map(Spanned::get_ref).chain(raw.channel.keys())
}

/// Why this cannot be an alias of this queue.
fn taken(
    alias: &str,
    name: &str,
    queues: &BTreeMap<String, QueueRules>,
    aliases: &BTreeMap<String, String>,
) -> Option<String> {
    if alias == name {
        return Some(format!("\"{alias}\" is the queue's own name"));
    }
    if queues.contains_key(alias) {
        return Some(format!("\"{alias}\" is a queue of its own"));
    }
    aliases.get(alias).map(|other| format!("\"{alias}\" is an alias of queue \"{other}\" already"))
}
