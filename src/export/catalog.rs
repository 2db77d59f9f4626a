//! Every metric: name, kind, help and labels, in the order of exposition. Dashboards, rules and docs are checked against it.

use std::borrow::Cow;

use crate::kpi::{COMPLAINT_WINDOWS, Figure, Group, Kpi, QUEUE, Share};
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
    /// What it is about, of families of a queue and channel: those that cannot have it do not show it. `None`: whatever else.
    pub group: Option<Group>,
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

impl Kind {
    /// Its name in the text format.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

const QUEUE_CHANNEL: &[&str] = &["queue", "channel"];
const WINDOW: &[&str] = &["queue", "channel", "window"];
const STAT: &[&str] = &["queue", "channel", "window", "stat"];
const PRIORITY: &[&str] = &["queue", "channel", "priority"];
const PROMISE: &[&str] = &["queue", "channel", "policy", "target"];
const PLACE: &[&str] = &["topic", "partition"];

macro_rules! families {
    ($($id:ident = $kind:ident $name:literal $labels:expr, $help:literal $(, $group:ident)?;)*) => {
        $(
            #[doc = $help]
            pub const $id: Family = Family {
                name: Cow::Borrowed(concat!("contactpulse_", $name)),
                kind: Kind::$kind,
                help: Cow::Borrowed($help),
                labels: $labels,
                group: families!(@group $($group)?),
            };
        )*
        /// The families with a fixed name.
        const FIXED: &[Family] = &[$($id),*];
    };
    (@group) => { None };
    (@group $group:ident) => { Some(Group::$group) };
}

families! {
    OFFERED = Counter "contacts_offered_total" QUEUE_CHANNEL, "Stays that began.", Contacts;
    ANSWERED = Counter "contacts_answered_total" QUEUE_CHANNEL, "Stays that ended with an answer.", Contacts;
    ABANDONED = Counter "contacts_abandoned_total" &["queue", "channel", "short"], "Stays that ended with a hang-up; short: within short_abandon.", Contacts;
    FLOWED_OUT = Counter "contacts_flowed_out_total" &["queue", "channel", "cause"], "Stays that ended unanswered without a hang-up.", Contacts;
    BLOCKED = Counter "contacts_blocked_total" QUEUE_CHANNEL, "Contacts refused before queueing.", Contacts;
    TRANSFERRED = Counter "contacts_transferred_total" QUEUE_CHANNEL, "Legs that ended in a transfer.", Contacts;
    EXPIRED = Counter "contacts_expired_total" QUEUE_CHANNEL, "Stays and talks that never ended.", Contacts;
    MET = Counter "service_level_met_total" QUEUE_CHANNEL, "Contacts that met the threshold, under the queue's preset.", Contacts;
    COUNTED = Counter "service_level_counted_total" QUEUE_CHANNEL, "Contacts that count for the service level, under the queue's preset.", Contacts;
    ANSWER_WAIT = Histogram "answer_wait_seconds" QUEUE_CHANNEL, "Wait of answered stays.", Contacts;
    ABANDON_WAIT = Histogram "abandon_wait_seconds" QUEUE_CHANNEL, "Wait of abandoned stays.", Contacts;
    HANDLE = Histogram "handle_seconds" QUEUE_CHANNEL, "Talk, hold and after-contact work of a leg.", Contacts;
    TALK = Histogram "talk_seconds" QUEUE_CHANNEL, "Talk of a leg, hold excluded.", Contacts;
    HOLD = Histogram "hold_seconds" QUEUE_CHANNEL, "Hold of legs that were held.", Contacts;
    AFTER_CONTACT = Histogram "after_contact_seconds" QUEUE_CHANNEL, "After-contact work of a leg.", Contacts;
    WAITING = Gauge "contacts_waiting" QUEUE_CHANNEL, "Stays that are open now.", Contacts;
    IN_SERVICE = Gauge "contacts_in_service" QUEUE_CHANNEL, "Contacts with an agent who talks or holds now.", Contacts;
    IN_AFTER_CONTACT = Gauge "contacts_in_after_contact" QUEUE_CHANNEL, "Legs in after-contact work now.", Contacts;
    LONGEST_WAIT = Gauge "longest_wait_seconds" QUEUE_CHANNEL, "Age of the oldest open stay, 0 if nobody waits.", Contacts;
    ESTIMATED_WAIT_ERROR = Gauge "estimated_wait_error_seconds" QUEUE_CHANNEL, "How far off estimated_wait_seconds was, in the mean of the contacts that were answered in the last hour: what was shown when each queued, against how long it waited; absent where none was, or another instance owns a partition.", Contacts;
    ESTIMATED_WAIT = Gauge "estimated_wait_seconds" QUEUE_CHANNEL, "How long who queues now will wait, by the head of the line, those answered last and the queue's own rate; absent where nobody works for it, or another instance owns a partition.", Contacts;
    CALLBACKS_WAITING = Gauge "callbacks_waiting" QUEUE_CHANNEL, "Calls back that are owed now.", Contacts;
    OLDEST_CALLBACK = Gauge "oldest_callback_seconds" QUEUE_CHANNEL, "Age of the oldest call back that is owed, 0 if there is none.", Contacts;
    QUEUE_OPEN = Gauge "queue_open" QUEUE_CHANNEL, "1 while the queue is open, else 0: as it was told last; else, of configured queues, by its calendar, and open without one.";
    QUEUE_TOLD_OPEN = Gauge "queue_told_open" QUEUE_CHANNEL, "1 while the queue is told to be open or degraded, 0 while closed; absent until told, and where another instance was told.";
    QUEUE_CONFIGURED = Gauge "queue_configured" QUEUE_CHANNEL, "Always 1, of queues that the config names or has a pattern for.";
    QUEUE_INFO = Gauge "queue_info" &["queue", "display", "team", "site", "tenant", "owner"], "Always 1; what the config knows of the queue.";
    OLDEST_WAITING = Gauge "oldest_waiting_timestamp_seconds" QUEUE_CHANNEL, "When the oldest open stay began.", Contacts;
    TICKETS_CREATED = Counter "tickets_created_total" QUEUE_CHANNEL, "Tickets that began.", Tickets;
    TICKETS_RESOLVED = Counter "tickets_resolved_total" QUEUE_CHANNEL, "Tickets resolved, each time.", Tickets;
    TICKETS_REOPENED = Counter "tickets_reopened_total" QUEUE_CHANNEL, "Resolved tickets that came back, each time.", Tickets;
    TICKETS_CLOSED = Counter "tickets_closed_total" QUEUE_CHANNEL, "Tickets that became final.", Tickets;
    TICKETS_ESCALATED = Counter "tickets_escalated_total" QUEUE_CHANNEL, "Tickets given to a higher tier, each time.", Tickets;
    TICKETS_DELETED = Counter "tickets_deleted_total" QUEUE_CHANNEL, "Tickets that are gone: merged, spam, deleted.", Tickets;
    TICKETS_EXPIRED = Counter "tickets_expired_total" QUEUE_CHANNEL, "Unresolved tickets of which nothing was heard for ticket_ttl.", Tickets;
    FIRST_RESPONSE = Histogram "first_response_seconds" QUEUE_CHANNEL, "From a ticket's start to the first public reply of an agent.", Tickets;
    REPLY = Histogram "reply_seconds" QUEUE_CHANNEL, "From the oldest unanswered message on a ticket to the next public reply of an agent, the first reply left out.", Tickets;
    RESOLUTION = Histogram "resolution_seconds" QUEUE_CHANNEL, "From a ticket's creation to each of its resolves, in calendar time.", Tickets;
    BACKLOG = Gauge "tickets_backlog" PRIORITY, "Tickets that are not resolved now.", Tickets;
    UNASSIGNED = Gauge "tickets_unassigned" PRIORITY, "Unresolved tickets that are assigned to nobody now.", Tickets;
    AWAITING_REPLY = Gauge "tickets_awaiting_reply" PRIORITY, "Unresolved tickets whose last public message is the customer's.", Tickets;
    OLDEST_AWAITING = Gauge "oldest_awaiting_seconds" QUEUE_CHANNEL, "Age of the oldest unanswered message of a customer on an unresolved ticket, 0 if there is none.", Tickets;
    SURVEYS_ANSWERED = Counter "surveys_answered_total" &["queue", "channel", "kind", "score"], "Answers to surveys, those that were replaced later as well; score: the score rounded down, or of nps what it says.", Surveys;
    SLA_TARGETS = Counter "sla_targets_total" &["queue", "channel", "policy", "target", "result"], "Promises that were decided: met, breached at the deadline, or breach_reversed, a breach that was final and turned out not to be any.", Promises;
    SLA_OPEN = Gauge "sla_open" PROMISE, "Promises whose clock runs now, and whose deadline has not passed.", Promises;
    SLA_AT_RISK = Gauge "sla_at_risk" PROMISE, "Those of them whose deadline is within the policy's warn_before.", Promises;
    SLA_BREACHED_OPEN = Gauge "sla_breached_open" PROMISE, "Promises whose deadline has passed, and of which what was promised did not come yet.", Promises;
    SLA_NEXT_DEADLINE = Gauge "sla_next_deadline_seconds" PROMISE, "Time to the nearest deadline that has not passed; absent where no clock runs.", Promises;
    QUEUE_AGENTS = Gauge "queue_agents" &["queue", "state"], "Agents in each state now, in each of their queues.";
    CENTRE_AGENTS = Gauge "centre_agents" &["state"], "Agents in each state now, each once.";
    KPI_TARGET = Gauge "kpi_target" &["kpi", "queue", "channel", "window"], "The target of a KPI, as configured.", Contacts;
    KPI_WARNING = Gauge "kpi_warning" &["kpi", "queue", "channel", "window"], "A figure that is worse is in warning, as configured.";
    KPI_CRITICAL = Gauge "kpi_critical" &["kpi", "queue", "channel", "window"], "A figure that is worse is critical, as configured.";
    KPI_MIN_SAMPLES = Gauge "kpi_min_samples" &["kpi", "queue", "channel", "window"], "Of fewer samples nothing is said, as configured.";
    KPI_INFO = Gauge "kpi_info" &["kpi", "queue", "channel", "window", "direction", "owner", "runbook", "review", "why"], "1: who answers for the KPI, what to do, how often its target is reviewed, and why it is promised, as configured.";
    KPI_STATE = Gauge "kpi_state" &["kpi", "queue", "channel", "window", "state"], "1 for how the KPI stands against its target, 0 for the other states.";
    THRESHOLD = Gauge "service_level_threshold_seconds" QUEUE_CHANNEL, "The threshold of the service level, as configured.", Contacts;
    EVENTS = Counter "events_total" &["topic", "type", "result"], "Events by what became of them.";
    READ = Counter "records_read_total" &["topic"], "Records read.";
    REJECTED = Counter "rejected_total" &["topic", "reason"], "Records that are no event.";
    ANOMALIES = Counter "anomalies_total" &["kind"], "Events that made no sense where they came.";
    CORRECTIONS = Counter "corrections_total" &[], "Bookings that counters had taken and that turned out wrong.";
    BOOKS_DRIFT = Gauge "books_drift" &[], "Stays and tickets that came and are not accounted for, over all queues; anything but 0 is a bug of ContactPulse.";
    SOURCE_LAST_EVENT = Gauge "source_last_event_timestamp_seconds" &["source"], "The greatest event time of the feed.";
    SOURCE_SKEW = Gauge "source_skew_seconds" &["source"], "The broker's record time less the event time, of the feed's latest event.";
    OVERFLOW = Counter "series_overflow_total" &["kind"], "Names, contacts and keys that a bound refused, by what was full.";
    TOPIC_PARTITIONS = Gauge "topic_partitions" &["topic"], "Partitions of a topic.";
    OWNER = Gauge "partition_owner" PLACE, "1 while this instance owns the partition.";
    READY = Gauge "partition_ready" PLACE, "1 once the partition's state is rebuilt, 0 before.";
    LAG_RECORDS = Gauge "consumer_lag_records" PLACE, "Records between the last applied and the end of the partition.";
    LAG_SECONDS = Gauge "consumer_lag_seconds" PLACE, "Age of the last applied record while there are more to read, else 0.";
    WATERMARK = Gauge "watermark_timestamp_seconds" PLACE, "The greatest event time applied.";
    SNAPSHOT_AGE = Gauge "snapshot_age_seconds" PLACE, "Age of the last snapshot of the partition's state; 0 again while nothing comes that it lacks.";
    SNAPSHOT_BYTES = Gauge "snapshot_bytes" PLACE, "Size of the last snapshot of the partition's state, packed.";
    SNAPSHOT_DURATION = Gauge "snapshot_duration_seconds" PLACE, "How long it took to pack and to write it.";
    FRESHNESS = Histogram "freshness_seconds" &[], "From the broker's record time to the event's being visible, of events that are not rebuilt.";
}

/// The families of a KPI's windows: suffixes by the shape of its figure.
pub(super) fn window_families(kpi: &Kpi) -> Vec<Family> {
    let name = kpi.name;
    let all = |parts: &[Part]| parts.iter().map(|part| part.family(kpi, name)).collect::<Vec<_>>();
    match (kpi.read)(&Tally::default()) {
        Figure::Count(_) | Figure::CountBy { .. } => vec![Part("", "").family(kpi, &counted(kpi))],
        Figure::ServiceLevel { .. } => {
            let level = counted(kpi);
            vec![MET_PART.family(kpi, &level), COUNTED_PART.family(kpi, &level), RATIO_PART.family(kpi, name)]
        }
        Figure::Ratio(_) | Figure::RatioBy { .. } => all(&SHARE_PARTS),
        Figure::Distribution(_) | Figure::DistributionBy { .. } => {
            vec![Family { labels: STAT, ..Part("_seconds", "").family(kpi, name) }]
        }
        Figure::Score(score) => match score.share {
            Share::None => all(&[ANSWERS_PART, POINTS_PART, MEAN_PART]),
            Share::Good(_) => all(&[NUMERATOR_PART, ANSWERS_PART, POINTS_PART, MEAN_PART, RATIO_PART]),
            Share::Points(_) => all(&SHARE_PARTS),
        },
        Figure::Nps(_) => {
            let [promoters, passives, detractors] = NPS_PARTS.map(|part| part.family(kpi, &counted(kpi)));
            vec![promoters, passives, detractors, Part("_score", "").family(kpi, name)]
        }
    }
}

/// One family of a KPI: the end of its name, and what its help says beside the KPI's.
struct Part(&'static str, &'static str);

const NUMERATOR_PART: Part = Part("_numerator", ": the numerator");
const DENOMINATOR_PART: Part = Part("_denominator", ": the denominator");
const RATIO_PART: Part = Part("_ratio", ": the ratio");
const SHARE_PARTS: [Part; 3] = [NUMERATOR_PART, DENOMINATOR_PART, RATIO_PART];
const MET_PART: Part = Part("_met", ": those that met it");
const COUNTED_PART: Part = Part("_counted", ": those that count");
const ANSWERS_PART: Part = Part("_denominator", ": the answers");
const POINTS_PART: Part = Part("_points", ": the sum of the scores");
const MEAN_PART: Part = Part("_score", ": the mean score");
const NPS_PARTS: [Part; 3] = [
    Part("_promoters", ": the promoters"),
    Part("_passives", ": the passives"),
    Part("_detractors", ": the detractors"),
];

impl Part {
    fn family(&self, kpi: &Kpi, name: &str) -> Family {
        Family {
            name: format!("contactpulse_window_{name}{}", self.0).into(),
            kind: Kind::Gauge,
            help: format!("{}{}.", kpi.help.trim_end_matches('.'), self.1).into(),
            labels: WINDOW,
            group: Some(kpi.group()),
        }
    }
}

/// The name of a count: with the word for what is counted, unless it begins with one.
fn counted(kpi: &Kpi) -> String {
    let has_noun = ["callbacks_", "complaints_", "tickets_", "surveys_"].iter().any(|noun| kpi.name.starts_with(noun));
    if has_noun { kpi.name.to_owned() } else { format!("{}_{}", kpi.group().noun(), kpi.name) }
}

/// Every family that the KPIs and the service itself can have.
pub fn families() -> Vec<Family> {
    let kpis = QUEUE.iter().chain(COMPLAINT_WINDOWS);
    FIXED.iter().cloned().chain(kpis.flat_map(|kpi| window_families(kpi))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_families_of_a_kpi_are_told_apart_by_their_help() {
        for kpi in QUEUE.iter().chain(COMPLAINT_WINDOWS) {
            let helps: BTreeSet<_> = window_families(kpi).into_iter().map(|family| family.help).collect();
            assert_eq!(helps.len(), window_families(kpi).len(), "{}", kpi.name);
        }
        let help = |name: &str| families().into_iter().find(|family| family.name == name).unwrap().help;
        assert_eq!(help("contactpulse_window_csat_denominator"), "Satisfied answers, of all answers: the answers.");
    }

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
