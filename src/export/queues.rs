//! The families of a queue and channel: counters, histograms, what is so now, and what was agreed.

use super::Scrape;
use super::catalog::{self, Family};
use super::text::{Labels, Text};
use crate::counters::{Counters, Duration, Durations, QueueCounters};
use crate::event::{FlowCause, QueueState};
use crate::kpi::Now;
use crate::rules::{ServiceLevel, Window};
use crate::time::Span;

/// The channel of a queue that no contact was in yet.
const VOICE: &str = "voice";

/// One queue and channel, ready to write.
struct Pair<'a> {
    queue: &'a str,
    channel: &'a str,
    labels: Labels,
    now: Now,
    level: ServiceLevel,
}

/// A family, and how its number is read.
type Read<T> = (Family, fn(&T) -> u64);

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

pub(super) fn write(scrape: &Scrape<'_>, text: &mut Text) {
    let pairs = pairs(scrape);
    let counters = with_every_pair(scrape, &pairs);
    let counted: Vec<(Labels, &QueueCounters)> = counters.queues().map(|(key, queue)| (labels(key), queue)).collect();
    for (family, read) in COUNTERS {
        text.family(family);
        counted.iter().for_each(|(labels, queue)| text.sample(&family.name, labels, read(queue)));
    }
    write_abandoned(&counted, text);
    write_flowed_out(&counted, text);
    for (family, duration) in HISTOGRAMS {
        text.family(family);
        for (labels, queue) in &counted {
            write_histogram(&family.name, labels, queue.duration(*duration), text);
        }
    }
    write_now(&pairs, text);
    write_states(scrape, &pairs, text);
    write_agreed(scrape, &pairs, text);
}

/// The counters, at 0 where a queue and channel is shown of which nothing was taken yet.
fn with_every_pair(scrape: &Scrape<'_>, pairs: &[Pair<'_>]) -> Counters<(String, String)> {
    let mut counters = scrape.counters.clone();
    for pair in pairs {
        counters.queue((pair.queue.to_owned(), pair.channel.to_owned()), pair.level.preset);
    }
    counters
}

fn labels((queue, channel): &(String, String)) -> Labels {
    Labels::new(&[("queue", queue), ("channel", channel)])
}

fn pairs<'a>(scrape: &Scrape<'a>) -> Vec<Pair<'a>> {
    let mut pairs = Vec::new();
    for (queue, channels) in &scrape.view.queues {
        let rules = scrape.rules.queue(queue);
        pairs.extend(channels.iter().map(|(channel, series)| Pair {
            queue,
            channel,
            labels: Labels::new(&[("queue", queue), ("channel", channel)]),
            now: series.now,
            level: rules.service_level_on(channel),
        }));
    }
    pairs
}

fn write_abandoned(counted: &[(Labels, &QueueCounters)], text: &mut Text) {
    text.family(&catalog::ABANDONED);
    for (labels, queue) in counted {
        for (short, count) in ["false", "true"].into_iter().zip(queue.abandoned) {
            text.sample(&catalog::ABANDONED.name, &labels.with(&[("short", short)]), count);
        }
    }
}

fn write_flowed_out(counted: &[(Labels, &QueueCounters)], text: &mut Text) {
    text.family(&catalog::FLOWED_OUT);
    for (labels, queue) in counted {
        for (cause, count) in FlowCause::ALL.into_iter().zip(queue.flowed_out) {
            text.sample(&catalog::FLOWED_OUT.name, &labels.with(&[("cause", cause.name())]), count);
        }
    }
}

fn write_histogram(name: &str, labels: &Labels, durations: &Durations, text: &mut Text) {
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
        pairs.iter().for_each(|pair| text.sample(&family.name, &pair.labels, read(&pair.now)));
    }
    let ages: [ReadAge; 2] =
        [(catalog::LONGEST_WAIT, |now| now.longest_wait), (catalog::OLDEST_CALLBACK, |now| now.oldest_callback)];
    for (family, read) in ages {
        text.family(&family);
        let age = |pair: &Pair<'_>| read(&pair.now).unwrap_or_default().as_seconds();
        pairs.iter().for_each(|pair| text.sample(&family.name, &pair.labels, age(pair)));
    }
    text.family(&catalog::OLDEST_WAITING);
    for (pair, oldest) in pairs.iter().filter_map(|pair| Some((pair, pair.now.oldest?))) {
        text.sample(&catalog::OLDEST_WAITING.name, &pair.labels, oldest.as_seconds());
    }
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
    for pair in pairs {
        let threshold = pair.level.threshold;
        text.sample(&catalog::THRESHOLD.name, &pair.labels, threshold.as_seconds());
    }
    text.family(&catalog::KPI_TARGET);
    for pair in pairs {
        let target = pair.level.target;
        for window in scrape.view.windows.iter().filter(|window| **window != Window::All) {
            let pairs = [("queue", pair.queue), ("channel", pair.channel), ("window", &window.name())];
            let labels = Labels::new(&[("kpi", "service_level")]).with(&pairs);
            text.sample(&catalog::KPI_TARGET.name, &labels, target);
        }
    }
}
