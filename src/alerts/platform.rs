//! The rules of the platform: whether figures can be believed.
//!
//! **Why PromQL.** These are about the service and what Prometheus sees of it, of which no log tells; so there is nothing to compute.

use super::centre::SILENT;
use super::{Alert, Condition, Group, Half, Recording, Rule};
use crate::time::Span;

pub(super) const ABOUT: &str = "\
Whether ContactPulse itself can be believed. Alerts with figures=\"unreliable\" silence all alerts on KPIs while they fire: figures that \
are old, or that lack part of the centre, are no reason to call agents.

Several instances share the partitions, and a partition moves between them; so everything is merged by partition first.";

const MINUTE: Span = Span::from_seconds(60);

pub(super) fn groups() -> [Group; 3] {
    let group = |name, rules| Group { name, half: Half::Platform, rules };
    [
        group("platform-figures", figures()),
        group("platform-partitions", partitions()),
        group("platform-records", records()),
    ]
}

fn figures() -> Vec<Rule> {
    vec![
        recording(
            "topic_partition:contactpulse_consumer_lag_records:max",
            "max by (topic, partition) (contactpulse_consumer_lag_records)",
            "",
        ),
        recording(
            "topic_partition:contactpulse_watermark_timestamp_seconds:max",
            "max by (topic, partition) (contactpulse_watermark_timestamp_seconds)",
            "",
        ),
        recording(
            "topic:contactpulse_consumer_lag_seconds:max",
            "max by (topic) (contactpulse_consumer_lag_seconds)",
            "",
        ),
        page("ContactPulseDown", r#"absent(up{job="contactpulse"} == 1)"#)
            .lasting(MINUTE, MINUTE)
            .unreliable()
            .saying(
                "0 ContactPulse instances can be scraped, at least 1 has to be: look whether the processes run",
                "There are no figures at all. Wallboards show nothing or old numbers.",
            )
            .into(),
        page("ContactPulseKafkaUnreachable", "max(contactpulse_kafka_up) == 0")
            .because("Also where no broker was ever reached: then there is neither lag nor a partition that could be missed.")
            .lasting(Span::from_seconds(120), MINUTE)
            .unreliable()
            .saying(
                "0 ContactPulse instances reach Kafka, at least 1 has to: look at the brokers",
                "Nothing is read. Once the sessions have timed out, no figures of queues are shown either.",
            )
            .into(),
        page("ContactPulseStuck", r#"topic_partition:contactpulse_consumer_lag_records:max > 0
unless on (topic, partition) changes(topic_partition:contactpulse_watermark_timestamp_seconds:max[2m]) > 0"#)
            .because("Records are there, and the event time reached does not move. A quiet partition has no lag and is no matter.")
            .lasting(Span::from_seconds(120), MINUTE)
            .unreliable()
            .saying(
                "{{ $labels.topic }}/{{ $labels.partition }} stands still with {{ $value }} records unread, 0 is normal: read the log of its owner",
                "The partition has records that nobody applies. What is shown of its contacts is old.",
            )
            .into(),
        page("ContactPulseFeedSilent", r#"sum by (topic) (increase(contactpulse_records_read_total[10m])) == 0
and sum by (topic) (increase(contactpulse_records_read_total[6h])) > 600
and on () sum(contactpulse_contacts_in_service) > 0"#)
            .because("A broker that is gone tells no lag. What tells is silence while contacts are in service: 600 records in six hours are 17 in ten minutes, and none of 17 is no chance.")
            .lasting(Span::ZERO, MINUTE)
            .unreliable()
            .saying(
                "{{ $value }} records have come from {{ $labels.topic }} in ten minutes, with contacts in service there have to be some: look at the feed",
                "The broker is out of reach, or the platform has stopped sending. What is shown is as of the last record.",
            )
            .into(),
        page("ContactPulseSourceSilent", SILENT)
            .because(
                "A platform that has stopped sending leaves its callers waiting for ever. The greatest event time of a busy source, one whose \
                 time was another at 600 scrapes in six hours, moves every half minute; so ten minutes without are no chance while contacts \
                 are open. A source that is scraped less often than twice a minute is never busy.",
            )
            .lasting(Span::ZERO, MINUTE)
            .unreliable()
            .saying(
                "The source {{ $labels.source }} has been silent for {{ $value | humanizeDuration }}, the limit is 10m: look at the platform's feed",
                "Contacts are open of which nothing is told any more. What is shown of this platform is as of its last event.",
            )
            .into(),
        page("ContactPulseBehind", "topic:contactpulse_consumer_lag_seconds:max > 120")
            .lasting(Span::from_seconds(120), MINUTE)
            .unreliable()
            .saying(
                "{{ $labels.topic }} is read {{ $value | humanizeDuration }} late, the limit is 2m: look at the load of the instances",
                "At least one partition is this far behind. Its queues are shown as they were then.",
            )
            .into(),
        ticket("ContactPulseConsumerLag", "topic:contactpulse_consumer_lag_seconds:max > 30")
            .because("Half a minute is the default `lateness`: a partition further behind is shown as of its last event.")
            .lasting(Span::from_seconds(600), MINUTE)
            .saying(
                "{{ $labels.topic }} has been read late for ten minutes, now {{ $value | humanizeDuration }}, the limit is 30s: plan one more instance",
                "The instances keep up, but with no room to spare. Wallboards lag behind the floor.",
            )
            .into(),
        ticket("ContactPulseConsumerStalled", "increase(contactpulse_consumer_stalls_total[1h]) > 0")
            .because("Records were there and none was delivered for half a minute: the client was made anew, and lost nothing.")
            .saying(
                "The consumer of {{ $labels.instance }} was made anew {{ $value | humanize }} times in an hour, 0 is normal: look at the leaders of its partitions",
                "The Kafka client had stopped reading. The instance has helped itself; whatever stopped the client may come again.",
            )
            .into(),
    ]
}

fn partitions() -> Vec<Rule> {
    vec![
        recording(
            "topic:contactpulse_partitions_unowned:count",
            r#"max by (topic) (contactpulse_topic_partitions)
- (
  count by (topic) (count by (topic, partition) (contactpulse_partition_owner == 1))
  or 0 * max by (topic) (contactpulse_topic_partitions)
)"#,
            "Counted by partition, so that two owners of one do not hide that another has none; none at all counts as 0.",
        ),
        page("ContactPulsePartitionUnowned", "topic:contactpulse_partitions_unowned:count > 0")
            .lasting(Span::from_seconds(120), MINUTE)
            .unreliable()
            .saying(
                "Nobody reads {{ $value }} of the partitions of {{ $labels.topic }}, 0 is normal: look whether every instance runs",
                "The contacts of these partitions are in no figure. Every queue shows too little.",
            )
            .into(),
        page("ContactPulsePartitionTwoOwners", "sum by (topic, partition) (contactpulse_partition_owner) > 1")
            .because("A hand-over shows two owners for one scrape at the most.")
            .lasting(MINUTE, MINUTE)
            .unreliable()
            .saying(
                "{{ $value }} instances own {{ $labels.topic }}/{{ $labels.partition }}, 1 should: look for a second deployment",
                "Its contacts are counted more than once in every sum over instances.",
            )
            .into(),
        ticket("ContactPulseSnapshotOld", "max by (topic, partition) (contactpulse_snapshot_age_seconds) > 300")
            .because("The age is 0 again while nothing comes. Ten intervals by default: less is a broker that was away for a moment.")
            .lasting(Span::from_seconds(120), MINUTE)
            .saying(
                "The last snapshot of {{ $labels.topic }}/{{ $labels.partition }} is {{ $value | humanizeDuration }} old, the limit is 5m: look at the topic of snapshots",
                "Figures are right. Whoever reads the partition next has all of that to read again before it shows any.",
            )
            .into(),
        ticket(
            "ContactPulseLogTruncated",
            "contactpulse_log_truncations_total
- (contactpulse_log_truncations_total offset 1h or 0 * contactpulse_log_truncations_total) > 0",
        )
            .because("Most often it is found at a start, before the first scrape, where `increase()` sees nothing.")
            .saying(
                "{{ $value }} times in an hour {{ $labels.instance }} found another log than it had counted, 0 is normal: its own log names the partitions",
                "A topic was made anew or cut off, or retention took records before they were read. What is gone is in no figure.",
            )
            .into(),
    ]
}

fn records() -> Vec<Rule> {
    vec![
        recording(
            "topic:contactpulse_rejected:ratio_rate5m",
            r#"sum by (topic) (rate(contactpulse_rejected_total[5m]))
/ (sum by (topic) (rate(contactpulse_records_read_total[5m])) > 0)"#,
            "",
        ),
        page("ContactPulseRecordsMostlyRejected", r#"topic:contactpulse_rejected:ratio_rate5m > 0.25
and sum by (topic) (increase(contactpulse_rejected_total[5m])) >= 5"#)
            .lasting(Span::from_seconds(300), MINUTE)
            .unreliable()
            .saying(
                "{{ $value | humanizePercentage }} of the records of {{ $labels.topic }} are rejected, the limit is 25 %: ask the producer what it released",
                "A producer has changed its events, most likely with a release. What it sends is in no figure.",
            )
            .into(),
        ticket("ContactPulseRecordsRejected", r#"topic:contactpulse_rejected:ratio_rate5m > 0.01
and sum by (topic) (increase(contactpulse_rejected_total[5m])) >= 5"#)
            .lasting(Span::from_seconds(600), MINUTE)
            .saying(
                "{{ $value | humanizePercentage }} of the records of {{ $labels.topic }} are rejected, the limit is 1 %: look at the dead letters",
                "More than one record in a hundred does not fit the event contract. What they told is in no figure.",
            )
            .into(),
        ticket("ContactPulseDeadLettersWaiting", "min_over_time(contactpulse_dead_letters_waiting[2m]) > 0 and increase(contactpulse_dead_letter_failures_total[2m]) > 0")
            .because("While letters wait the group's committed offset waits with them, and a partition that has too many is not read on.")
            .lasting(Span::from_seconds(180), MINUTE)
            .saying(
                "{{ $value }} dead letters of {{ $labels.instance }} cannot be delivered, 0 should wait: look at the topic of dead letters",
                "Nothing is lost, and a partition that has too many of them is not read on, so that its figures stand still.",
            )
            .into(),
        ticket("ContactPulseBooksDrift", "contactpulse_books_drift != 0")
            .because("Per queue, what came in must equal what left and what is still there. Anything else is a fault of the program.")
            .lasting(MINUTE, MINUTE)
            .saying(
                "The books of {{ $labels.instance }} are off by {{ $value }}, 0 is right: keep its log and its report, then restart it",
                "ContactPulse has lost or invented a contact. This is a fault in ContactPulse, not in the centre.",
            )
            .into(),
    ]
}

fn recording(record: &'static str, promql: &str, why: &'static str) -> Rule {
    Rule::Recording(Recording { record, window: None, promql: promql.to_owned(), why })
}

fn page(name: &'static str, promql: &'static str) -> Alert {
    Alert::page(name, Condition::Service(promql))
}

fn ticket(name: &'static str, promql: &'static str) -> Alert {
    Alert::ticket(name, Condition::Service(promql))
}

impl Alert {
    /// While it fires, nobody can believe the figures.
    fn unreliable(self) -> Self {
        self.labelled("figures", "unreliable")
    }
}

impl From<Alert> for Rule {
    fn from(alert: Alert) -> Self {
        Self::Alert(Box::new(alert))
    }
}
