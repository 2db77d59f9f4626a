//! The blocks of policies: what each is for, and what it promises.

use std::ops::Range;

use toml::Spanned;

use super::queues::calendar;
use super::raw::{self, Raw, Typed};
use super::read::Reader;
use super::targets::{SPAN_MAX, queue_name};
use super::value::{SECOND, Wrong, name_within, one_of};
use crate::limits::{CHANNEL_BYTES_MAX, LIST_MAX, NAME_BYTES_MAX, PATTERNS_MAX, POLICIES_MAX, SLA_TAGS_MAX};
use crate::measure::SlaTarget;
use crate::rules::{Clock, Filter, Policy, Promise, Rules};
use crate::time::Span;

/// Whether everything is known that a policy may name; else nobody says that something is not there.
#[derive(Clone, Copy)]
struct Known {
    calendars: bool,
    queues: bool,
}

/// What a policy says of all that it promises.
struct Common {
    clock: Clock,
    warn_before: Option<(Span, Range<usize>)>,
}

impl Reader {
    /// Puts policies into the rules, of which calendars are known.
    pub(super) fn policies(&mut self, raw: &Raw, rules: &mut Rules) {
        let known = Known { calendars: self.knows_calendars(raw), queues: self.knows_queues(raw) };
        let raw = &raw.sla;
        if let Some(block) = raw.get(POLICIES_MAX) {
            self.refuse::<()>(place_of(block), "too many", format!("at most {POLICIES_MAX} policies"));
        }
        let mut read: Vec<Policy> = Vec::new();
        for block in raw {
            let policy = self.policy(block, rules, known);
            if let Some(policy) = policy {
                self.is_named_once(block, &policy, &read);
                read.push(policy);
            }
        }
        rules.policies = read;
        let tags = rules.sla_tags().len();
        if let (true, Some(block)) = (tags > SLA_TAGS_MAX, raw.last()) {
            let what = format!("policies ask for {tags} tags");
            self.refuse::<()>(place_of(block), what, format!("at most {SLA_TAGS_MAX} over all policies"));
        }
    }

    fn policy(&mut self, block: &Spanned<raw::Sla>, rules: &Rules, known: Known) -> Option<Policy> {
        let own = block.get_ref();
        let name = match &own.name {
            Some(typed) => self.name(typed, NAME_BYTES_MAX),
            None => self.refuse(place_of(block), "no `name`", "such as name = \"gold\""),
        };
        let filter = self.filter(own, rules, known);
        let calendar = self.maybe(own.calendar.as_ref(), |text| calendar(text, rules, known.calendars));
        let clock = self.maybe(own.clock.as_ref(), clock).unwrap_or_default();
        let warn_before = own.warn_before.as_ref();
        let warn_before = warn_before.and_then(|typed| Some((self.span(typed, Span::ZERO..=SPAN_MAX)?, typed.span())));
        if own.targets.is_empty() {
            self.refuse::<()>(place_of(block), "nothing is promised", "such as targets = { first_reply = \"1h\" }");
        }
        let common = Common { clock, warn_before };
        let mut promises: Vec<(SlaTarget, Promise)> = own
            .targets
            .iter()
            .filter_map(|(target, promise)| {
                let (target, promise) = (self.value(target, target_named), self.promise(promise, &common));
                Some((target?, promise?))
            })
            .collect();
        promises.sort_unstable_by_key(|(target, _)| *target);
        Some(Policy { name: name?, filter, calendar, promises })
    }

    fn filter(&mut self, own: &raw::Sla, rules: &Rules, known: Known) -> Filter {
        let queues = own.queues.as_ref().map_or_else(Vec::new, |typed| {
            self.some(typed, "names of queues or patterns such as \"uk-*\"; leave it out for every queue");
            self.at_most(PATTERNS_MAX, typed.get_ref().iter().map(Spanned::span), "queues");
            self.values(typed, |text| queue_name(text, rules, known.queues))
        });
        let mut words = |typed: &Option<Spanned<Vec<Typed>>>, bytes_max, example| {
            typed.as_ref().map_or_else(Vec::new, |typed| {
                self.some(typed, example);
                self.at_most(LIST_MAX, typed.get_ref().iter().map(Spanned::span), "words");
                self.values(typed, |text| name_within(text, bytes_max))
            })
        };
        Filter {
            queues,
            channels: words(
                &own.channels,
                CHANNEL_BYTES_MAX,
                "channels such as [\"email\"]; leave it out for every channel",
            ),
            priorities: words(
                &own.priorities,
                CHANNEL_BYTES_MAX,
                "priorities such as [\"urgent\"]; leave it out for every priority",
            ),
            tags: words(
                &own.tags,
                NAME_BYTES_MAX,
                "tags such as [\"gold\"]; leave it out for tickets with any tags or none",
            ),
        }
    }

    fn promise(&mut self, typed: &Spanned<raw::Promise>, common: &Common) -> Option<Promise> {
        let at = typed.span();
        let (within, own_clock, warn_before) = match typed.get_ref() {
            raw::Promise::Within(text) => {
                (self.span(&Spanned::new(at.clone(), text.clone()), SECOND..=SPAN_MAX), None, None)
            }
            raw::Promise::Told(told) => {
                let within = match &told.within {
                    Some(within) => self.span(within, SECOND..=SPAN_MAX),
                    None => self.refuse(at.clone(), "no `within`", "such as { within = \"4h\", clock = \"business\" }"),
                };
                let warn_before = told
                    .warn_before
                    .as_ref()
                    .and_then(|typed| Some((self.span(typed, Span::ZERO..=SPAN_MAX)?, typed.span())));
                (within, self.maybe(told.clock.as_ref(), clock), warn_before)
            }
        };
        let within = within?;
        let warn_before = warn_before.or_else(|| common.warn_before.clone());
        if let Some((long, typed_at)) = warn_before.as_ref().filter(|(span, _)| *span > within) {
            let what = format!("a warning {long} before the end of {within}");
            let at = if typed_at.start > at.start { typed_at.clone() } else { at };
            return self.refuse(
                at,
                what,
                format!("a warn_before of at most {within}, of this target alone if need be"),
            );
        }
        let warn_before = warn_before.map_or_else(|| Promise::usual_warning(within), |(span, _)| span);
        Some(Promise { within, clock: own_clock.unwrap_or(common.clock), warn_before })
    }

    fn is_named_once(&mut self, block: &Spanned<raw::Sla>, policy: &Policy, earlier: &[Policy]) {
        if earlier.iter().any(|own| own.name == policy.name) {
            let what = format!("a policy \"{}\" is there already", policy.name);
            self.refuse::<()>(place_of(block), what, "each name once");
        }
    }
}

/// Where a block is pointed at as a whole: its name, else its beginning.
fn place_of(block: &Spanned<raw::Sla>) -> Range<usize> {
    block.get_ref().name.as_ref().map_or_else(|| block.span(), Spanned::span)
}

fn clock(text: &str) -> Result<Clock, Wrong> {
    let known = [Clock::Calendar, Clock::Business];
    known.into_iter().find(|known| known.name() == text).ok_or_else(|| one_of(text, &known.map(Clock::name)))
}

fn target_named(text: &str) -> Result<SlaTarget, Wrong> {
    let named = SlaTarget::ALL.into_iter().find(|target| target.name() == text);
    named.ok_or_else(|| one_of(text, &SlaTarget::ALL.map(SlaTarget::name)))
}
