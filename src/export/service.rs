//! The families of the service itself: what it read, what it owns, how far behind it is.

use super::catalog::{self, Family};
use super::text::{Labels, Number, Text};
use super::{PartitionVitals, Scrape};
use crate::kpi::books_drift;
use crate::rules::Window;

/// Edges of the freshness histogram, in milliseconds.
pub(super) const FRESHNESS_EDGES_MS: [u64; 10] = [10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000];

pub(super) fn write(scrape: &Scrape<'_>, text: &mut Text) {
    write_books(scrape, text);
    single(&catalog::CORRECTIONS, scrape.counters.corrections(), text);
    single(&catalog::BOOKS_DRIFT, drift(scrape), text);
    text.family(&catalog::OVERFLOW);
    for (kind, count) in scrape.overflowed.iter() {
        text.sample(&catalog::OVERFLOW.name, &Labels::new(&[("kind", kind.name())]), count);
    }
    write_estimate_errors(scrape, text);
    write_feeds(scrape, text);
    text.family(&catalog::TOPIC_PARTITIONS);
    for (topic, partitions) in scrape.topics {
        text.sample(&catalog::TOPIC_PARTITIONS.name, &Labels::new(&[("topic", topic)]), *partitions as u64);
    }
    write_partitions(scrape.partitions, text);
    write_freshness(scrape, text);
}

/// Beside the service's own figures, as they change without any event: what is an hour old is forgotten.
fn write_estimate_errors(scrape: &Scrape<'_>, text: &mut Text) {
    let Some(estimates) = scrape.estimates else { return };
    text.family(&catalog::ESTIMATED_WAIT_ERROR);
    for (queue, channel, error) in estimates.errors() {
        let labels = Labels::new(&[("queue", queue), ("channel", channel)]);
        text.sample(&catalog::ESTIMATED_WAIT_ERROR.name, &labels, error.mean());
    }
}

fn single(family: &Family, value: u64, text: &mut Text) {
    text.family(family);
    text.sample(&family.name, &Labels::default(), value);
}

fn write_books(scrape: &Scrape<'_>, text: &mut Text) {
    text.family(&catalog::EVENTS);
    for (topic, books) in scrape.books {
        for (kind, result, count) in books.events() {
            let labels = Labels::new(&[("topic", topic), ("type", kind), ("result", result)]);
            text.sample(&catalog::EVENTS.name, &labels, count);
        }
    }
    text.family(&catalog::READ);
    for (topic, books) in scrape.books {
        text.sample(&catalog::READ.name, &Labels::new(&[("topic", topic)]), books.read());
    }
    text.family(&catalog::REJECTED);
    for (topic, books) in scrape.books {
        for (reason, count) in books.reasons() {
            text.sample(&catalog::REJECTED.name, &Labels::new(&[("topic", topic), ("reason", reason)]), count);
        }
    }
    text.family(&catalog::ANOMALIES);
    for (anomaly, count) in scrape.counters.anomalies() {
        text.sample(&catalog::ANOMALIES.name, &Labels::new(&[("kind", anomaly.name())]), count);
    }
}

fn write_feeds(scrape: &Scrape<'_>, text: &mut Text) {
    let labels = |source: &str| Labels::new(&[("source", source)]);
    text.family(&catalog::SOURCE_LAST_EVENT);
    for (source, feed) in &scrape.view.feeds {
        text.sample(&catalog::SOURCE_LAST_EVENT.name, &labels(source), feed.last_event);
    }
    text.family(&catalog::SOURCE_SKEW);
    for (source, skew) in scrape.view.feeds.iter().filter_map(|(source, feed)| Some((source, feed.skew?))) {
        text.sample(&catalog::SOURCE_SKEW.name, &labels(source), skew);
    }
}

/// Stays and tickets that are not accounted for, each queue by itself, so that two errors do not cancel out.
fn drift(scrape: &Scrape<'_>) -> u64 {
    let Some(all) = scrape.view.windows.iter().position(|window| *window == Window::All) else {
        return 0;
    };
    let series = scrape.view.queues.values().flat_map(|channels| channels.values());
    series.map(|series| books_drift(&series.tallies[all], &series.now)).sum()
}

/// How a number of a partition is read; `None`: not known.
type Read = fn(&PartitionVitals) -> Option<Number>;

fn write_partitions(partitions: &[PartitionVitals], text: &mut Text) {
    let families: [(Family, Read); 8] = [
        (catalog::OWNER, |_| Some(Number::Whole(1))),
        (catalog::READY, |partition| Some(Number::Whole(i64::from(partition.is_ready)))),
        (catalog::LAG_RECORDS, |partition| partition.lag_records.map(Number::from)),
        (catalog::LAG_SECONDS, |partition| partition.lag.map(Number::from)),
        (catalog::WATERMARK, |partition| partition.watermark.map(Number::from)),
        (catalog::SNAPSHOT_AGE, |partition| partition.snapshot.map(|snapshot| snapshot.age.into())),
        (catalog::SNAPSHOT_BYTES, |partition| partition.snapshot.map(|snapshot| snapshot.bytes.into())),
        (catalog::SNAPSHOT_DURATION, |partition| partition.snapshot.map(|snapshot| snapshot.took.into())),
    ];
    for (family, read) in families {
        text.family(&family);
        for partition in partitions {
            let labels = [("topic", partition.topic.as_str()), ("partition", &partition.partition.to_string())];
            if let Some(value) = read(partition) {
                text.sample(&family.name, &Labels::new(&labels), value);
            }
        }
    }
}

fn write_freshness(scrape: &Scrape<'_>, text: &mut Text) {
    let Some(histogram) = scrape.freshness else { return };
    let name = &catalog::FRESHNESS.name;
    text.family(&catalog::FRESHNESS);
    for edge in FRESHNESS_EDGES_MS {
        let le = (edge as f64 / 1_000.0).to_string();
        text.sample(&format!("{name}_bucket"), &Labels::new(&[("le", &le)]), histogram.count_between(0, edge));
    }
    let sum: f64 =
        histogram.iter_recorded().map(|step| step.value_iterated_to() as f64 * step.count_at_value() as f64).sum();
    text.sample(&format!("{name}_bucket"), &Labels::new(&[("le", "+Inf")]), histogram.len());
    text.sample(&format!("{name}_sum"), &Labels::default(), sum / 1_000.0);
    text.sample(&format!("{name}_count"), &Labels::default(), histogram.len());
}
