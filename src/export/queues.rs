//! The families of a queue and channel: counters, histograms, what is so now, and what was agreed.

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::{Pair, Shown};
use super::targets;
use super::text::{Labels, Text};
use super::{surveys, tickets};
use crate::counters::{Counters, Duration, Durations, QueueCounters};
use crate::event::{FlowCause, QueueState};
use crate::kpi::Now;
use crate::rules::Window;
use crate::time::Span;

/// The channel of a queue that no contact was in yet.
const VOICE: &str = "voice";

/// What the counters of one queue and channel have taken, ready to write.
pub(super) struct Counted<'a> {
    pub labels: Labels,
    pub counters: &'a QueueCounters,
    pub shown: Shown,
}

/// A family, and how its number is read.
pub(super) type Read<T> = (Family, fn(&T) -> u64);

/// A family, and how its age is read.
type ReadAge = (Family, fn(&Now) -> Option<Span>);

const COUNTERS: &[Read<QueueCounters>] = &[
    (catalog::OFFERED, |queue| queue.offered),
    (catalog::ANSWERED, |queue| queue.answered),
    (catalog::BLOCKED, |queue| queue.blocked),
    (catalog::TRANSFERRED, |queue| queue.transferred),
    (catalog::EXPIRED, |queue| queue.expired),
    (catalog::MET, |queue| queue.met),
    (catalog::COUNTED, |queue| queue.counted),
];

const HISTOGRAMS: &[(Family, Duration)] = &[
    (catalog::ANSWER_WAIT, Duration::AnswerWait),
    (catalog::ABANDON_WAIT, Duration::AbandonWait),
    (catalog::HANDLE, Duration::Handle),
    (catalog::TALK, Duration::Talk),
    (catalog::HOLD, Duration::Hold),
    (catalog::AFTER_CONTACT, Duration::AfterContact),
];

pub(super) fn write(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    let counters = with_every_pair(scrape, pairs);
    let counted = counted(scrape, &counters);
    for (family, read) in COUNTERS {
        text.family(family);
        of(family, &counted).for_each(|own| text.sample(&family.name, &own.labels, read(own.counters)));
    }
    write_abandoned(&counted, text);
    write_flowed_out(&counted, text);
    for (family, duration) in HISTOGRAMS {
        text.family(family);
        for own in of(family, &counted) {
            write_histogram(&family.name, &own.labels, own.counters.duration(*duration), text);
        }
    }
    write_now(pairs, text);
    tickets::write(scrape, &counted, pairs, text);
    surveys::write(&counted, scrape.rules, text);
    write_states(scrape, pairs, text);
    write_agreed(scrape, pairs, text);
}

/// Those that show a family.
pub(super) fn of<'c, 'a>(family: &Family, counted: &'c [Counted<'a>]) -> impl Iterator<Item = &'c Counted<'a>> {
    counted.iter().filter(|own| own.shown.has(family.group))
}

fn counted<'a>(scrape: &Scrape<'_>, counters: &'a Counters<(String, String)>) -> Vec<Counted<'a>> {
    let own = |((queue, channel), counters): (&(String, String), &'a QueueCounters)| {
        let series = scrape.view.queues.get(queue).and_then(|channels| channels.get(channel));
        let shown = Shown::of(channel, series, Some(counters), scrape.rules);
        Counted { labels: Labels::new(&[("queue", queue), ("channel", channel)]), counters, shown }
    };
    counters.queues().map(own).collect()
}

/// The counters, at 0 where a queue and channel is shown of which nothing was taken yet.
fn with_every_pair(scrape: &Scrape<'_>, pairs: &[Pair<'_>]) -> Counters<(String, String)> {
    let mut counters = scrape.counters.clone();
    for pair in pairs {
        counters.queue((pair.queue.to_owned(), pair.channel.to_owned()), pair.level.preset);
    }
    counters
}

fn write_abandoned(counted: &[Counted<'_>], text: &mut Text) {
    text.family(&catalog::ABANDONED);
    for own in of(&catalog::ABANDONED, counted) {
        for (short, count) in ["false", "true"].into_iter().zip(own.counters.abandoned) {
            text.sample(&catalog::ABANDONED.name, &own.labels.with(&[("short", short)]), count);
        }
    }
}

fn write_flowed_out(counted: &[Counted<'_>], text: &mut Text) {
    text.family(&catalog::FLOWED_OUT);
    for own in of(&catalog::FLOWED_OUT, counted) {
        for (cause, count) in FlowCause::ALL.into_iter().zip(own.counters.flowed_out) {
            text.sample(&catalog::FLOWED_OUT.name, &own.labels.with(&[("cause", cause.name())]), count);
        }
    }
}

pub(super) fn write_histogram(name: &str, labels: &Labels, durations: &Durations, text: &mut Text) {
    let bucket = format!("{name}_bucket");
    let mut below = 0;
    for (edge, count) in durations.edges.iter().zip(&durations.buckets) {
        below += count;
        text.sample(&bucket, &labels.with(&[("le", &edge.as_seconds().to_string())]), below);
    }
    let count: u64 = durations.buckets.iter().sum();
    text.sample(&bucket, &labels.with(&[("le", "+Inf")]), count);
    text.sample(&format!("{name}_sum"), labels, durations.sum.as_seconds());
    text.sample(&format!("{name}_count"), labels, count);
}

fn write_now(pairs: &[Pair<'_>], text: &mut Text) {
    let counts: [Read<Now>; 4] = [
        (catalog::WAITING, |now| now.waiting),
        (catalog::IN_SERVICE, |now| now.in_service),
        (catalog::IN_AFTER_CONTACT, |now| now.in_after_contact),
        (catalog::CALLBACKS_WAITING, |now| now.callbacks_waiting),
    ];
    for (family, read) in counts {
        text.family(&family);
        showing(&family, pairs).for_each(|pair| text.sample(&family.name, &pair.labels, read(&pair.series.now)));
    }
    let ages: [ReadAge; 2] =
        [(catalog::LONGEST_WAIT, |now| now.longest_wait), (catalog::OLDEST_CALLBACK, |now| now.oldest_callback)];
    ages.iter().for_each(|(family, read)| write_age(family, pairs, *read, text));
    text.family(&catalog::OLDEST_WAITING);
    for (pair, oldest) in pairs.iter().filter_map(|pair| Some((pair, pair.series.now.oldest?))) {
        text.sample(&catalog::OLDEST_WAITING.name, &pair.labels, oldest.as_seconds());
    }
}

/// The age of something, 0 where there is none of it.
pub(super) fn write_age(family: &Family, pairs: &[Pair<'_>], read: fn(&Now) -> Option<Span>, text: &mut Text) {
    text.family(family);
    for pair in showing(family, pairs) {
        text.sample(&family.name, &pair.labels, read(&pair.series.now).unwrap_or_default().as_seconds());
    }
}

/// The pairs that show a family.
pub(super) fn showing<'p, 'a>(family: &Family, pairs: &'p [Pair<'a>]) -> impl Iterator<Item = &'p Pair<'a>> {
    pairs.iter().filter(|pair| pair.shown.has(family.group))
}

/// What queues are by hand, and what is known of those that are shown.
fn write_states(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    text.family(&catalog::QUEUE_OPEN);
    for (pair, told) in pairs.iter().filter_map(|pair| Some((pair, scrape.view.states.get(pair.queue)?))) {
        let is_open = told.state != QueueState::Closed;
        text.sample(&catalog::QUEUE_OPEN.name, &pair.labels, u8::from(is_open));
    }
    let unused = scrape.view.states.iter().filter(|(queue, _)| !scrape.view.queues.contains_key(*queue));
    for (queue, told) in unused {
        let labels = Labels::new(&[("queue", queue), ("channel", VOICE)]);
        text.sample(&catalog::QUEUE_OPEN.name, &labels, u8::from(told.state != QueueState::Closed));
    }
    text.family(&catalog::QUEUE_INFO);
    for queue in scrape.view.queues.keys() {
        let own = scrape.rules.queue(queue);
        let known = |label: &'static str, value: &Option<String>| (label, value.clone().unwrap_or_default());
        let labels = [
            ("queue", queue.clone()),
            ("display", own.display.clone().unwrap_or_else(|| queue.clone())),
            known("team", &own.team),
            known("site", &own.site),
            known("tenant", &own.tenant),
            known("owner", &own.owner),
        ];
        let labels: Vec<(&str, &str)> = labels.iter().map(|(label, value)| (*label, value.as_str())).collect();
        text.sample(&catalog::QUEUE_INFO.name, &Labels::new(&labels), 1);
    }
}

fn write_agreed(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    text.family(&catalog::THRESHOLD);
    for pair in showing(&catalog::THRESHOLD, pairs) {
        let threshold = pair.level.threshold;
        text.sample(&catalog::THRESHOLD.name, &pair.labels, threshold.as_seconds());
    }
    text.family(&catalog::KPI_TARGET);
    let own = targets::own_levels(scrape.verdicts);
    for pair in showing(&catalog::KPI_TARGET, pairs) {
        let target = pair.level.target;
        let is_centres = |window: &&Window| !own.contains(&(pair.queue, pair.channel, **window));
        for window in scrape.view.windows.iter().filter(|window| **window != Window::All).filter(is_centres) {
            let pairs = [("queue", pair.queue), ("channel", pair.channel), ("window", &window.name())];
            let labels = Labels::new(&[("kpi", "service_level")]).with(&pairs);
            text.sample(&catalog::KPI_TARGET.name, &labels, target);
        }
    }
    targets::write(scrape, text);
}
