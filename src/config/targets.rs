//! The blocks of targets: a KPI, whose it is, the limits of its figure, and the words that go with it.
//!
//! **Why after the queues.** A queue that is named must be configured, and only then is it known which are.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use toml::Spanned;
use wildmatch::WildMatch;

use super::check::later_of;
use super::raw::{self, Amount, Raw, Typed};
use super::read::Reader;
use super::value::{DAY, Wrong, exportable, name_within, one_of, span_within, wrong};
use crate::kpi::better;
use crate::limits::{CHANNEL_BYTES_MAX, NAME_BYTES_MAX, SENTENCE_BYTES_MAX, TARGETS_MAX};
use crate::rules::{Direction, Queues, Rules, Stat, Target, Window};
use crate::targets::{Subject, Unit};
use crate::time::Span;

/// The longest duration that anybody promises: a ticket may take a year.
pub(super) const SPAN_MAX: Span = Span::from_seconds(366 * DAY.as_millis() / 1_000);

/// How to name whose a target is where it would be nobody's.
const FOR_ALL: &str = "name queues by [[queue]], or take queues = [\"*\"] for all that appear";

/// The limits of a figure.
struct Limits {
    target: f64,
    warning: f64,
    critical: f64,
}

impl Reader {
    /// Puts targets into the rules, of which all else is known.
    pub(super) fn targets(&mut self, raw: &Raw, rules: &mut Rules) {
        if let Some(block) = raw.kpi.get(TARGETS_MAX) {
            self.refuse::<()>(block.span(), "too many", format!("at most {TARGETS_MAX} targets"));
        }
        let mut read = Vec::new();
        for block in &raw.kpi {
            let target = self.target(block, raw, rules);
            read.extend(target.map(|target| (target, place_of(block))));
        }
        self.each_once(&read, rules);
        rules.targets = read.into_iter().map(|(target, _)| target).collect();
    }

    /// One block. All of it is read before anything that is missing ends it.
    fn target(&mut self, block: &Spanned<raw::Kpi>, raw: &Raw, rules: &Rules) -> Option<Target> {
        let own = block.get_ref();
        let subject = self.subject(block);
        let queues = self.whose(block, raw, rules);
        let channels = own.channels.as_ref().map(|typed| self.channels_of_target(typed)).unwrap_or_default();
        let mut said = |typed: &Option<Typed>, max| self.maybe(typed.as_ref(), |text| name_within(text, max));
        let (owner, review) = (said(&own.owner, NAME_BYTES_MAX), said(&own.review, SENTENCE_BYTES_MAX));
        let (runbook, why) = (said(&own.runbook, SENTENCE_BYTES_MAX), said(&own.why, SENTENCE_BYTES_MAX));
        let subject = subject?;
        let stat = self.stat(own.stat.as_ref(), subject);
        let window = self.window(block, subject, raw, rules);
        let direction = self.direction(block, subject);
        let limits = self.limits(block, subject.unit(), direction);
        let margin = own.margin.as_ref().and_then(|typed| self.amount(typed, subject.unit()));
        let min_samples = self.min_samples(own.min_samples.as_ref(), subject);
        let Limits { target, warning, critical } = limits?;
        Some(Target {
            kpi: subject.name().to_owned(),
            stat,
            window: window?,
            queues: queues?,
            channels,
            target,
            warning,
            critical,
            direction: direction?,
            margin,
            min_samples,
            owner,
            runbook,
            review,
            why,
        })
    }

    fn subject(&mut self, block: &Spanned<raw::Kpi>) -> Option<Subject> {
        match &block.get_ref().kpi {
            Some(typed) => self.value(typed, subject),
            None => self.refuse(block.span(), "no `kpi`", "such as kpi = \"service_level\""),
        }
    }

    fn whose(&mut self, block: &Spanned<raw::Kpi>, raw: &Raw, rules: &Rules) -> Option<Queues> {
        let Some(typed) = &block.get_ref().queues else {
            return match raw.queue[..] {
                [] => self.refuse(place_of(block), "no queue is configured", FOR_ALL),
                _ => Some(Queues::Configured),
            };
        };
        self.some(typed, "names of queues or patterns such as \"uk-*\"; leave it out for every configured queue");
        let knows_queues = self.knows_queues(raw);
        let names = self.values(typed, |text| queue_name(text, rules, knows_queues));
        Some(Queues::Matching(names))
    }

    /// Whether every queue that is configured is known by its name.
    pub(super) fn knows_queues(&self, raw: &Raw) -> bool {
        !raw.queue.iter().any(|block| self.is_nobody(block.get_ref()))
    }

    /// Whether a block of a queue has no good name.
    fn is_nobody(&self, block: &raw::Queue) -> bool {
        let is_good = |typed: &Option<Typed>| typed.as_ref().is_some_and(|typed| !self.told(&typed.span()));
        !is_good(&block.name) && !is_good(&block.pattern)
    }

    fn channels_of_target(&mut self, typed: &Spanned<Vec<Typed>>) -> Vec<String> {
        self.some(typed, "channels such as [\"voice\"]; leave it out for every channel of the queue");
        self.values(typed, |text| name_within(text, CHANNEL_BYTES_MAX))
    }

    fn stat(&mut self, typed: Option<&Typed>, subject: Subject) -> Option<Stat> {
        if !subject.has_stats() {
            let at = typed?.span();
            let what = format!("`{}` is no duration of a window, so it has no `stat`", subject.name());
            return self.refuse(at, what, "leave it out");
        }
        self.maybe(typed, stat).or(Some(Stat::Mean))
    }

    /// The window; `Some(None)` of what is so now. Which windows are kept is known only once that is told without a mistake.
    fn window(
        &mut self,
        block: &Spanned<raw::Kpi>,
        subject: Subject,
        raw: &Raw,
        rules: &Rules,
    ) -> Option<Option<Window>> {
        let typed = block.get_ref().window.as_ref();
        if matches!(subject, Subject::Now(_)) {
            return match typed.filter(|typed| typed.get_ref() != "now") {
                Some(typed) => {
                    let what = format!("`{}` is what is so now, in no window", subject.name());
                    self.refuse(typed.span(), what, "leave out `window`")
                }
                None => Some(None),
            };
        }
        if [&raw.windows.sizes, &raw.windows.intervals].into_iter().any(|list| self.told(&list.span())) {
            return None;
        }
        let kept = &rules.windows.kept[..rules.windows.kept.len() - 1];
        match typed {
            Some(typed) => self.value(typed, |text| exportable(text, kept)).map(Some),
            None => self.refuse(place_of(block), "no `window`", "such as window = \"30m\", one that is kept"),
        }
    }

    fn direction(&mut self, block: &Spanned<raw::Kpi>, subject: Subject) -> Option<Direction> {
        match (&block.get_ref().direction, better(subject.name())) {
            (Some(typed), _) => self.value(typed, direction),
            (None, Some(direction)) => Some(direction),
            (None, None) => {
                let what = format!("which figures of `{}` are better is a matter of opinion", subject.name());
                self.refuse(place_of(block), what, "say direction = \"higher\" or direction = \"lower\"")
            }
        }
    }

    /// The limits, each as good as the one before at best.
    fn limits(&mut self, block: &Spanned<raw::Kpi>, unit: Unit, direction: Option<Direction>) -> Option<Limits> {
        let own = block.get_ref();
        let typed = [("target", &own.target), ("warning", &own.warning), ("critical", &own.critical)];
        let read = typed.map(|(name, typed)| {
            let typed = typed.as_ref()?;
            Some((name, self.amount(typed, unit), typed.span()))
        });
        if own.target.is_none() {
            self.refuse::<()>(place_of(block), "no `target`", example(unit));
        }
        let told: Vec<(&str, Option<f64>, Range<usize>)> = read.iter().flatten().cloned().collect();
        for pair in told.windows(2) {
            self.in_order(&pair[0], &pair[1], direction?);
        }
        let [target, warning, critical] = read.map(|one| one.map(|(_, value, _)| value));
        let target = target??;
        let warning = warning.unwrap_or(Some(target))?;
        Some(Limits { target, warning, critical: critical.unwrap_or(Some(warning))? })
    }

    fn in_order(
        &mut self,
        (good, better, better_at): &(&str, Option<f64>, Range<usize>),
        (bad, worse, worse_at): &(&str, Option<f64>, Range<usize>),
        direction: Direction,
    ) {
        let (Some(better), Some(worse)) = (better, worse) else { return };
        if direction.is_worse(*better, *worse) {
            let what = format!("the {bad}, {worse}, is better than the {good}, {better}");
            let right = match direction {
                Direction::Higher => format!("higher is better here: {bad} at most {good}"),
                Direction::Lower => format!("lower is better here: {bad} at least {good}"),
            };
            self.refuse::<()>(later_of(better_at.clone(), worse_at.clone()), what, right);
        }
    }

    fn amount(&mut self, typed: &Spanned<Amount>, unit: Unit) -> Option<f64> {
        if self.told(&typed.span()) {
            return None;
        }
        match amount(typed.get_ref(), unit) {
            Ok(value) => Some(value),
            Err((what, right)) => self.refuse(typed.span(), what, right),
        }
    }

    fn min_samples(&mut self, typed: Option<&Spanned<i64>>, subject: Subject) -> i64 {
        match typed {
            Some(typed) if !subject.has_samples() => {
                let what = format!("`{}` does not rest on samples", subject.name());
                self.refuse::<()>(typed.span(), what, "leave it out");
                0
            }
            Some(typed) if *typed.get_ref() < 0 => {
                self.refuse::<()>(typed.span(), "fewer than none", "at least 0");
                0
            }
            Some(typed) => *typed.get_ref(),
            None => i64::from(subject.has_samples()),
        }
    }

    /// Refuses a target where an earlier one is for the same figure of the same queue and channel: of every named queue, and of
    /// every pattern's own text, which stands for the queues that it is for. Two patterns that only cross are let be.
    fn each_once(&mut self, read: &[(Target, Range<usize>)], rules: &Rules) {
        let names = names_known(read, rules);
        let queues: Vec<(&String, bool)> = names.iter().map(|name| (name, rules.is_configured(name))).collect();
        let mut seen = BTreeMap::<_, Vec<&Target>>::new();
        for (target, at) in read {
            let of_it = queues.iter().filter(|(queue, is_configured)| target.is_of_queue(queue, *is_configured));
            let mut twice = None;
            for (queue, _) in of_it {
                let earlier = seen.entry((target.figure(), *queue)).or_default();
                if earlier.iter().any(|earlier| earlier.shares_a_channel_with(target)) {
                    twice = twice.or(Some(*queue));
                }
                earlier.push(target);
            }
            if let Some(queue) = twice {
                let what = format!("a target for {} of \"{queue}\" is there already", target.in_words());
                self.refuse::<()>(at.clone(), what, "one for each KPI, stat, queue, channel and window");
            }
        }
    }
}

const fn example(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "such as target = 0.8",
        Unit::Seconds => "such as target = \"30s\"",
        Unit::Count => "such as target = 10",
        Unit::Number => "such as target = 4.5",
    }
}

/// Every name of a queue that the configuration has, patterns as they stand.
fn names_known(read: &[(Target, Range<usize>)], rules: &Rules) -> BTreeSet<String> {
    let patterns = rules.patterns.iter().map(|pattern| pattern.text().to_owned());
    let own = read.iter().flat_map(|(target, _)| match &target.queues {
        Queues::Matching(names) => names.iter().map(WildMatch::to_string).collect(),
        Queues::Configured => Vec::new(),
    });
    rules.queues.keys().cloned().chain(patterns).chain(own).collect()
}

/// Where a block is pointed at as a whole: its KPI, else its beginning.
fn place_of(block: &Spanned<raw::Kpi>) -> Range<usize> {
    block.get_ref().kpi.as_ref().map_or_else(|| block.span(), Spanned::span)
}

fn subject(text: &str) -> Result<Subject, Wrong> {
    let names: Vec<&str> = Subject::all().map(Subject::name).collect();
    Subject::named(text).ok_or_else(|| (format!("no KPI of queues is called \"{text}\""), one_of(text, &names).1))
}

fn stat(text: &str) -> Result<Stat, Wrong> {
    let names = Stat::ALL.map(Stat::name);
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    Stat::ALL.into_iter().find(|stat| stat.name() == text).ok_or_else(|| one_of(text, &known))
}

fn direction(text: &str) -> Result<Direction, Wrong> {
    let known = [Direction::Higher, Direction::Lower];
    known.into_iter().find(|known| known.name() == text).ok_or_else(|| one_of(text, &known.map(Direction::name)))
}

/// A pattern, or the name of a queue that somebody configured.
pub(super) fn queue_name(text: &str, rules: &Rules, knows_queues: bool) -> Result<WildMatch, Wrong> {
    name_within(text, NAME_BYTES_MAX)?;
    let is_pattern = text.contains(['*', '?']);
    if is_pattern || !knows_queues || rules.is_configured(text) {
        return Ok(WildMatch::new(text));
    }
    let known: Vec<&str> = rules.queues.keys().map(String::as_str).collect();
    let right = match rules.aliases.get(text) {
        Some(queue) => format!("write \"{queue}\", of which it is an alias"),
        None if known.is_empty() => FOR_ALL.to_owned(),
        None => one_of(text, &known).1,
    };
    Err((format!("no queue \"{text}\" is configured"), right))
}

/// A number in a KPI's unit.
fn amount(amount: &Amount, unit: Unit) -> Result<f64, Wrong> {
    match (amount, unit) {
        (Amount::Number(number), Unit::Share) => share(*number),
        (Amount::Number(number), Unit::Seconds) if !(0.0..=SPAN_MAX.as_seconds()).contains(number) => Err(wrong(
            format!("{number} is not a number of seconds"),
            format!("0 to {} ({SPAN_MAX})", SPAN_MAX.as_seconds()),
        )),
        (Amount::Number(number), Unit::Count) if !(number.is_finite() && *number >= 0.0) => {
            Err(wrong(format!("{number} is not a count"), "at least 0"))
        }
        (Amount::Number(number), Unit::Number) if !number.is_finite() => {
            Err(wrong(format!("{number} is not a number to hold a figure against"), "such as 4.5"))
        }
        (Amount::Number(number), _) => Ok(*number),
        (Amount::Text(text), Unit::Seconds) => span_within(text, Span::ZERO..=SPAN_MAX).map(Span::as_seconds),
        (Amount::Text(text), Unit::Share) => {
            Err(wrong(format!("\"{text}\" is not a share"), "such as 0.8, without quotes"))
        }
        (Amount::Text(text), Unit::Count) => {
            Err(wrong(format!("\"{text}\" is not a count"), "such as 10, without quotes"))
        }
        (Amount::Text(text), Unit::Number) => {
            Err(wrong(format!("\"{text}\" is not a number"), "such as 4.5, without quotes"))
        }
    }
}

fn share(number: f64) -> Result<f64, Wrong> {
    if (0.0..=1.0).contains(&number) {
        return Ok(number);
    }
    let right = match number {
        percent if (1.0..=100.0).contains(&percent) => format!("0 to 1: write {} for {percent} %", percent / 100.0),
        _ => "0 to 1, such as 0.8".to_owned(),
    };
    Err(wrong(format!("{number} is not a share"), right))
}
