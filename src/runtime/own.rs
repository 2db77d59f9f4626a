//! The process's own metrics, in a registry of the `prometheus` crate: few series, written by many hands.

use prometheus::{Encoder, Gauge, IntCounter, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};

use crate::kafka::{Brokers, HealthSnapshot};
use crate::time::Span;

/// The registry and what is in it.
#[derive(Debug)]
pub(super) struct Own {
    registry: Registry,
    broker_up: IntGauge,
    commit_failures: IntCounter,
    offset_gaps: IntCounter,
    missed_offsets: IntCounter,
    truncations: IntCounter,
    kafka_errors: IntCounter,
    snapshot_failures: IntCounter,
    stalls: IntCounter,
    letters: IntCounter,
    letter_failures: IntCounter,
    letters_lost: IntCounter,
    letters_waiting: IntGauge,
    beat_age: Gauge,
}

impl Own {
    pub(super) fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new_custom(Some("contactpulse".to_owned()), None)?;
        let own = Self {
            broker_up: IntGauge::new("kafka_up", "1 while a broker can be reached.")?,
            commit_failures: IntCounter::new("commit_failures_total", "Offset commits that failed.")?,
            offset_gaps: IntCounter::new(
                "offset_gaps_total",
                "Jumps of offsets: transactions and compaction make some.",
            )?,
            missed_offsets: IntCounter::new("missed_offsets_total", "Offsets deleted before they were read.")?,
            truncations: IntCounter::new(
                "log_truncations_total",
                "Times that a partition's log was not the one that was counted: deleted past our offset, cut off, or made anew.",
            )?,
            kafka_errors: IntCounter::new("kafka_errors_total", "Other errors of the Kafka client.")?,
            snapshot_failures: IntCounter::new(
                "snapshot_failures_total",
                "Snapshots that could not be written; the next is tried after the usual time.",
            )?,
            stalls: IntCounter::new(
                "consumer_stalls_total",
                "Times that records which were there did not come, so that the Kafka client was made anew.",
            )?,
            letters: IntCounter::new(
                "dead_letters_total",
                "Rejected records that were delivered to the topic of dead letters.",
            )?,
            letter_failures: IntCounter::new(
                "dead_letter_failures_total",
                "Times that dead letters could not be delivered; they are sent again.",
            )?,
            letters_lost: IntCounter::new(
                "dead_letters_lost_offsets_total",
                "Offsets deleted before their dead letters, if they had any, were delivered.",
            )?,
            letters_waiting: IntGauge::new("dead_letters_waiting", "Dead letters that are not delivered yet.")?,
            beat_age: Gauge::new(
                "consumer_beat_age_seconds",
                "Time since the loop that reads last turned; 0 before it began. It turns once a second.",
            )?,
            registry,
        };
        own.register()?;
        Ok(own)
    }

    fn register(&self) -> Result<(), prometheus::Error> {
        let build = IntGaugeVec::new(Opts::new("build_info", "Always 1; the version is the label."), &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1);
        self.registry.register(Box::new(build))?;
        self.registry.register(Box::new(self.broker_up.clone()))?;
        self.registry.register(Box::new(self.letters_waiting.clone()))?;
        self.registry.register(Box::new(self.beat_age.clone()))?;
        let counters = [
            &self.commit_failures,
            &self.offset_gaps,
            &self.missed_offsets,
            &self.truncations,
            &self.kafka_errors,
            &self.snapshot_failures,
            &self.stalls,
            &self.letters,
            &self.letter_failures,
            &self.letters_lost,
        ];
        for counter in counters {
            self.registry.register(Box::new(counter.clone()))?;
        }
        Ok(())
    }

    /// Brings the metrics up to date and writes them.
    pub(super) fn text(
        &self,
        health: &HealthSnapshot,
        letters_waiting: usize,
        beat_age: Option<Span>,
    ) -> Result<String, String> {
        self.beat_age.set(beat_age.map_or(0.0, |age| age.as_millis() as f64 / 1_000.0));
        self.letters_waiting.set(i64::try_from(letters_waiting).unwrap_or(i64::MAX));
        self.broker_up.set(i64::from(health.brokers == Brokers::Reachable));
        let counters = [
            (&self.commit_failures, health.commit_failures),
            (&self.offset_gaps, health.gaps),
            (&self.missed_offsets, health.missed_offsets),
            (&self.truncations, health.truncations),
            (&self.kafka_errors, health.errors),
            (&self.snapshot_failures, health.save_failures),
            (&self.stalls, health.stalls),
            (&self.letters, health.letters),
            (&self.letter_failures, health.letter_failures),
            (&self.letters_lost, health.letters_lost),
        ];
        for (counter, total) in counters {
            counter.inc_by(total.saturating_sub(counter.get()));
        }
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text).map_err(|error| error.to_string())?;
        String::from_utf8(text).map_err(|error| error.to_string())
    }
}
