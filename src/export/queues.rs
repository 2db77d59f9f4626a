//! The families of a queue and channel: counters, histograms, what is so now, and what was agreed.

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::{Pair, Queue};
use super::targets;
use super::text::{Labels, Text};
use crate::counters::{self, Duration, Durations, QueueCounters};
use crate::event::{FlowCause, QueueState};
use crate::kpi::{Floor, Now, Staffed, estimated_wait};
use crate::rules::Window;
use crate::time::Span;

/// The channel of a queue that no contact was in yet.
const VOICE: &str = "voice";

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

pub(super) fn write_counters(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    for (family, read) in COUNTERS {
        text.family(family);
        showing(family, pairs).for_each(|pair| text.sample(&family.name, &pair.labels, read(pair.counters)));
    }
    write_abandoned(pairs, text);
    write_flowed_out(pairs, text);
    let edges = Edges::new(&counters::edges(scrape.rules));
    for (family, duration) in HISTOGRAMS {
        text.family(family);
        for pair in showing(family, pairs) {
            edges.write(&family.name, &pair.labels, pair.counters.duration(*duration), text);
        }
    }
}

/// The pairs that show a family.
pub(super) fn showing<'p, 'a>(family: &Family, pairs: &'p [Pair<'a>]) -> impl Iterator<Item = &'p Pair<'a>> {
    pairs.iter().filter(|pair| pair.shown.has(family.group))
}

/// What is so now of the pairs that show a family; those that only counters know have nothing now.
pub(super) fn now<'p>(family: &Family, pairs: &'p [Pair<'_>]) -> impl Iterator<Item = (&'p Labels, &'p Now)> {
    showing(family, pairs).filter_map(|pair| Some((&pair.labels, &pair.series?.now)))
}

fn write_abandoned(pairs: &[Pair<'_>], text: &mut Text) {
    text.family(&catalog::ABANDONED);
    for pair in showing(&catalog::ABANDONED, pairs) {
        for (short, count) in ["false", "true"].into_iter().zip(pair.counters.abandoned) {
            text.labelled(&catalog::ABANDONED.name, &pair.labels, &[("short", short)], count);
        }
    }
}

fn write_flowed_out(pairs: &[Pair<'_>], text: &mut Text) {
    text.family(&catalog::FLOWED_OUT);
    for pair in showing(&catalog::FLOWED_OUT, pairs) {
        for (cause, count) in FlowCause::ALL.into_iter().zip(pair.counters.flowed_out) {
            text.labelled(&catalog::FLOWED_OUT.name, &pair.labels, &[("cause", cause.name())], count);
        }
    }
}

/// The labels of the edges of histograms, the same for every queue and channel.
pub(super) struct Edges(Vec<String>);

impl Edges {
    pub(super) fn new(edges: &[Span]) -> Self {
        Self(edges.iter().map(|edge| edge.as_seconds().to_string()).collect())
    }

    pub(super) fn write(&self, name: &str, labels: &Labels, durations: &Durations, text: &mut Text) {
        let labels = labels.as_str();
        let mut below = 0;
        for (edge, count) in self.0.iter().zip(&durations.buckets) {
            below += count;
            text.put([name, "_bucket{", labels, ",le=\"", edge, "\"} "], below);
        }
        let count: u64 = durations.buckets.iter().sum();
        text.put([name, "_bucket{", labels, ",le=\"+Inf\"} "], count);
        text.put([name, "_sum{", labels, "} "], durations.sum);
        text.put([name, "_count{", labels, "} "], count);
    }
}

pub(super) fn write_now(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    let counts: [Read<Now>; 4] = [
        (catalog::WAITING, |now| now.waiting),
        (catalog::IN_SERVICE, |now| now.in_service),
        (catalog::IN_AFTER_CONTACT, |now| now.in_after_contact),
        (catalog::CALLBACKS_WAITING, |now| now.callbacks_waiting),
    ];
    for (family, read) in counts {
        text.family(&family);
        now(&family, pairs).for_each(|(labels, now)| text.sample(&family.name, labels, read(now)));
    }
    let ages: [ReadAge; 2] =
        [(catalog::LONGEST_WAIT, |now| now.longest_wait), (catalog::OLDEST_CALLBACK, |now| now.oldest_callback)];
    ages.iter().for_each(|(family, read)| write_age(family, pairs, *read, text));
    write_estimates(scrape, pairs, text);
    text.family(&catalog::OLDEST_WAITING);
    for (pair, oldest) in pairs.iter().filter_map(|pair| Some((pair, pair.series?.now.oldest?))) {
        text.sample(&catalog::OLDEST_WAITING.name, &pair.labels, oldest);
    }
}

/// Waits that are to be expected; of a part of the partitions nothing can be.
fn write_estimates(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    if !scrape.is_whole {
        return;
    }
    let floor = Floor::of(scrape.view.presence.values());
    text.family(&catalog::ESTIMATED_WAIT);
    for pair in showing(&catalog::ESTIMATED_WAIT, pairs) {
        let staffed = Staffed::of(floor.queues.get(pair.queue));
        let estimate = pair.series.and_then(|series| estimated_wait(&series.now, staffed));
        estimate.into_iter().for_each(|wait| text.sample(&catalog::ESTIMATED_WAIT.name, &pair.labels, wait));
    }
}

/// The age of something, 0 where there is none of it.
pub(super) fn write_age(family: &Family, pairs: &[Pair<'_>], read: fn(&Now) -> Option<Span>, text: &mut Text) {
    text.family(family);
    now(family, pairs).for_each(|(labels, now)| text.sample(&family.name, labels, read(now).unwrap_or_default()));
}

/// Which queues are open, and what is known of those that are shown.
fn write_states(scrape: &Scrape<'_>, queues: &[Queue<'_>], pairs: &[Pair<'_>], text: &mut Text) {
    let told = |queue: &str| Some(scrape.view.states.get(queue)?.state != QueueState::Closed);
    let configured = |queue: &str| scrape.rules.is_configured(queue).then_some(true);
    write_flags(&catalog::QUEUE_OPEN, scrape, pairs, |queue| scrape.view.is_open(queue, scrape.rules), text);
    write_flags(&catalog::QUEUE_TOLD_OPEN, scrape, pairs, told, text);
    write_flags(&catalog::QUEUE_CONFIGURED, scrape, pairs, configured, text);
    text.family(&catalog::QUEUE_INFO);
    for (queue, own) in queues {
        let labels = [
            ("queue", *queue),
            ("display", own.display.as_deref().unwrap_or(queue)),
            ("team", known(&own.team)),
            ("site", known(&own.site)),
            ("tenant", known(&own.tenant)),
            ("owner", known(&own.owner)),
        ];
        text.labelled(&catalog::QUEUE_INFO.name, &Labels::default(), &labels, 1_u64);
    }
}

/// What is so or not so of queues, on each of their channels; of a queue that no contact was in yet, and which was opened or closed
/// by hand, on one.
fn write_flags(
    family: &Family,
    scrape: &Scrape<'_>,
    pairs: &[Pair<'_>],
    is_so: impl Fn(&str) -> Option<bool>,
    text: &mut Text,
) {
    text.family(family);
    for pair in pairs.iter().filter(|pair| pair.series.is_some()) {
        is_so(pair.queue).into_iter().for_each(|flag| text.sample(&family.name, &pair.labels, u64::from(flag)));
    }
    for queue in scrape.view.states.keys().filter(|queue| !scrape.view.queues.contains_key(*queue)) {
        let labels = Labels::new(&[("queue", queue), ("channel", VOICE)]);
        is_so(queue).into_iter().for_each(|flag| text.sample(&family.name, &labels, u64::from(flag)));
    }
}

/// What the config says, or nothing.
fn known(word: &Option<String>) -> &str {
    word.as_deref().unwrap_or_default()
}

/// What is known of queues and was agreed on, and how figures stand against it.
pub(super) fn write_agreed(scrape: &Scrape<'_>, queues: &[Queue<'_>], pairs: &[Pair<'_>], text: &mut Text) {
    write_states(scrape, queues, pairs, text);
    let pairs: Vec<&Pair<'_>> = showing(&catalog::KPI_TARGET, pairs).filter(|pair| pair.series.is_some()).collect();
    text.family(&catalog::THRESHOLD);
    for pair in &pairs {
        text.sample(&catalog::THRESHOLD.name, &pair.labels, pair.level.threshold);
    }
    text.family(&catalog::KPI_TARGET);
    let own = targets::own_levels(scrape.verdicts);
    let windows: Vec<(Window, String)> = scrape.view.windows.iter().map(|window| (*window, window.name())).collect();
    for pair in &pairs {
        let is_centres = |window: Window| window != Window::All && !own.contains(&(pair.queue, pair.channel, window));
        for (_, window) in windows.iter().filter(|(window, _)| is_centres(*window)) {
            let [name, labels] = [&*catalog::KPI_TARGET.name, pair.labels.as_str()];
            let rendered = [name, "{kpi=\"service_level\",", labels, ",window=\"", window, "\"} "];
            text.put(rendered, pair.level.target);
        }
    }
    targets::write(scrape, text);
}
