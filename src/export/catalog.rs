//! Every metric: name, kind, help and labels, in the order of exposition. Dashboards, rules and docs are checked against it.

use std::borrow::Cow;
use std::fmt;

use crate::kpi::{Figure, Kpi, QUEUE};
use crate::window::Tally;

/// A family of series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What its numbers are.
    pub kind: Kind,
    /// One sentence.
    pub help: Cow<'static, str>,
    /// The names of its labels.
    pub labels: &'static [&'static str],
}

/// What the numbers of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Cumulative buckets, a sum and a count.
    Histogram,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        })
    }
}

const QUEUE_CHANNEL: &[&str] = &["queue", "channel"];
const WINDOW: &[&str] = &["queue", "channel", "window"];
const PLACE: &[&str] = &["topic", "partition"];

macro_rules! families {
    ($($id:ident = $kind:ident $name:literal $labels:expr, $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $id: Family = Family {
                name: Cow::Borrowed(concat!("contactpulse_", $name)),
                kind: Kind::$kind,
                help: Cow::Borrowed($help),
                labels: $labels,
            };
        )*
        /// The families with a fixed name.
        const FIXED: &[Family] = &[$($id),*];
    };
}

families! {
    OFFERED = Counter "contacts_offered_total" QUEUE_CHANNEL, "Stays that began.";
    ANSWERED = Counter "contacts_answered_total" QUEUE_CHANNEL, "Stays that ended with an answer.";
    ABANDONED = Counter "contacts_abandoned_total" &["queue", "channel", "short"], "Stays that ended with a hang-up; short: within short_abandon.";
    FLOWED_OUT = Counter "contacts_flowed_out_total" &["queue", "channel", "cause"], "Stays that ended unanswered without a hang-up.";
    BLOCKED = Counter "contacts_blocked_total" QUEUE_CHANNEL, "Contacts refused before queueing.";
    TRANSFERRED = Counter "contacts_transferred_total" QUEUE_CHANNEL, "Legs that ended in a transfer.";
    EXPIRED = Counter "contacts_expired_total" QUEUE_CHANNEL, "Stays and talks that never ended.";
    MET = Counter "service_level_met_total" QUEUE_CHANNEL, "Contacts that met the threshold, under the queue's preset.";
    COUNTED = Counter "service_level_counted_total" QUEUE_CHANNEL, "Contacts that count for the service level, under the queue's preset.";
    ANSWER_WAIT = Histogram "answer_wait_seconds" QUEUE_CHANNEL, "Wait of answered stays.";
    ABANDON_WAIT = Histogram "abandon_wait_seconds" QUEUE_CHANNEL, "Wait of abandoned stays.";
    HANDLE = Histogram "handle_seconds" QUEUE_CHANNEL, "Talk, hold and after-contact work of a leg.";
    TALK = Histogram "talk_seconds" QUEUE_CHANNEL, "Talk of a leg, hold excluded.";
    HOLD = Histogram "hold_seconds" QUEUE_CHANNEL, "Hold of legs that were held.";
    AFTER_CONTACT = Histogram "after_contact_seconds" QUEUE_CHANNEL, "After-contact work of a leg.";
    WAITING = Gauge "contacts_waiting" QUEUE_CHANNEL, "Stays that are open now.";
    IN_SERVICE = Gauge "contacts_in_service" QUEUE_CHANNEL, "Contacts with an agent who talks or holds now.";
    IN_AFTER_CONTACT = Gauge "contacts_in_after_contact" QUEUE_CHANNEL, "Legs in after-contact work now.";
    LONGEST_WAIT = Gauge "longest_wait_seconds" QUEUE_CHANNEL, "Age of the oldest open stay, 0 if nobody waits.";
    CALLBACKS_WAITING = Gauge "callbacks_waiting" QUEUE_CHANNEL, "Calls back that are owed now.";
    OLDEST_CALLBACK = Gauge "oldest_callback_seconds" QUEUE_CHANNEL, "Age of the oldest call back that is owed, 0 if there is none.";
    QUEUE_OPEN = Gauge "queue_open" QUEUE_CHANNEL, "1 while the queue is told to be open or degraded, 0 while closed; absent until told.";
    QUEUE_INFO = Gauge "queue_info" &["queue", "display", "team", "site", "tenant", "owner"], "Always 1; what the config knows of the queue.";
    OLDEST_WAITING = Gauge "oldest_waiting_timestamp_seconds" QUEUE_CHANNEL, "When the oldest open stay began.";
    KPI_TARGET = Gauge "kpi_target" &["kpi", "queue", "channel", "window"], "The target of a KPI, as configured.";
    THRESHOLD = Gauge "service_level_threshold_seconds" QUEUE_CHANNEL, "The threshold of the service level, as configured.";
    EVENTS = Counter "events_total" &["topic", "type", "result"], "Events by what became of them.";
    READ = Counter "records_read_total" &["topic"], "Records read.";
    REJECTED = Counter "rejected_total" &["topic", "reason"], "Records that are no event.";
    ANOMALIES = Counter "anomalies_total" &["kind"], "Events that made no sense where they came.";
    CORRECTIONS = Counter "corrections_total" &[], "Bookings that counters had taken and that turned out wrong.";
    BOOKS_DRIFT = Gauge "books_drift" &[], "Contacts offered less those accounted for, over all queues; anything but 0 is a bug of ContactPulse.";
    SOURCE_LAST_EVENT = Gauge "source_last_event_timestamp_seconds" &["source"], "The greatest event time of the feed.";
    SOURCE_SKEW = Gauge "source_skew_seconds" &["source"], "The broker's record time less the event time, of the feed's latest event.";
    OVERFLOW = Counter "series_overflow_total" &[], "Look-ups that found a table full.";
    TOPIC_PARTITIONS = Gauge "topic_partitions" &["topic"], "Partitions of a topic.";
    OWNER = Gauge "partition_owner" PLACE, "1 while this instance owns the partition.";
    READY = Gauge "partition_ready" PLACE, "1 once the partition's state is rebuilt, 0 before.";
    LAG_RECORDS = Gauge "consumer_lag_records" PLACE, "Records between the last applied and the end of the partition.";
    LAG_SECONDS = Gauge "consumer_lag_seconds" PLACE, "Age of the last applied record while there are more to read, else 0.";
    WATERMARK = Gauge "watermark_timestamp_seconds" PLACE, "The greatest event time applied.";
    FRESHNESS = Histogram "freshness_seconds" &[], "From the broker's record time to the event's being visible, of events that are not rebuilt.";
}

/// The families of a KPI's windows: suffixes by the shape of its figure.
pub(super) fn window_families(kpi: &Kpi) -> Vec<Family> {
    let family = |name: String| Family { name: name.into(), kind: Kind::Gauge, help: kpi.help.into(), labels: WINDOW };
    let stat = &["queue", "channel", "window", "stat"];
    let name = kpi.name;
    match (kpi.read)(&Tally::default()) {
        Figure::Count(_) | Figure::CountBy { .. } if name.starts_with("callbacks_") => {
            vec![family(format!("contactpulse_window_{name}"))]
        }
        Figure::Count(_) | Figure::CountBy { .. } => vec![family(format!("contactpulse_window_contacts_{name}"))],
        Figure::ServiceLevel { .. } => vec![
            family(format!("contactpulse_window_contacts_{name}_met")),
            family(format!("contactpulse_window_contacts_{name}_counted")),
            family(format!("contactpulse_window_{name}_ratio")),
        ],
        Figure::Ratio(_) => ["numerator", "denominator", "ratio"]
            .map(|side| family(format!("contactpulse_window_{name}_{side}")))
            .to_vec(),
        Figure::Distribution(_) => {
            vec![Family { labels: stat, ..family(format!("contactpulse_window_{name}_seconds")) }]
        }
    }
}

/// Every family that the KPIs and the service itself can have.
pub fn families() -> Vec<Family> {
    FIXED.iter().cloned().chain(QUEUE.iter().flat_map(|kpi| window_families(kpi))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_keep_the_conventions() {
        let families = families();
        let names: BTreeSet<_> = families.iter().map(|family| &family.name).collect();
        assert_eq!(names.len(), families.len());
        for family in &families {
            let is_total = family.name.ends_with("_total");
            assert_eq!(is_total, family.kind == Kind::Counter, "{}", family.name);
        }
    }
}
