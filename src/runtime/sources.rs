//! How far the figures can be trusted, and in plain words why not: for `/readyz`, for the report and for the page.
//!
//! **Ready** means: a broker can be reached, the group gave this instance its share and is not about to change it, and what was
//! read before is counted again. A share of nothing is a share.
//!
//! **Invariant.** Where no partition shows a figure there is none, not a zero (I10): a zero reads "nobody is waiting".

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::clock;
use crate::http::Probe;
use crate::kafka::{Brokers, HealthSnapshot, Place, Saved};
use crate::targets::State;
use crate::time::EventTime;

/// As the alert `ContactPulseSnapshotOld` has it: ten intervals by default.
const SNAPSHOT_AGE_MAX: Duration = Duration::from_secs(300);

/// Where the figures come from, as of one moment.
#[derive(Debug)]
pub(super) struct Sources {
    health: HealthSnapshot,
    rebuilding: Vec<Place>, // opened, but their figures are not shown yet
}

impl Sources {
    pub(super) fn new(health: HealthSnapshot, is_rebuilt: impl Fn(&Place) -> bool) -> Self {
        let rebuilding = health.opened.iter().filter(|place| !is_rebuilt(place)).cloned().collect();
        Self { health, rebuilding }
    }

    /// With the brokers as they were when the figures were read: while they are away, these stand still from the first report on that
    /// says so.
    pub(super) fn under(self, brokers: Brokers) -> Self {
        Self { health: HealthSnapshot { brokers, ..self.health }, ..self }
    }

    /// Whether the figures can be trusted.
    pub(super) fn is_ready(&self) -> bool {
        self.problems().is_empty()
    }

    /// The answer of `/readyz`.
    pub(super) fn probe(&self) -> Probe {
        let problems = self.problems();
        match problems.is_empty() {
            true => Probe { ok: true, lines: [self.share()].into_iter().chain(self.old_snapshots()).collect() },
            false => Probe { ok: false, lines: problems },
        }
    }

    /// `sources` of the report. `as_of`: the time that its figures are as of; `None`: there are none.
    pub(super) fn json(&self, as_of: Option<EventTime>, lagging: &[String]) -> Value {
        let problems = self.problems();
        let away_since = match self.health.brokers {
            Brokers::Away { since } => Some(since),
            Brokers::Untried | Brokers::Reachable => None,
        };
        let missing: Vec<String> = self.opening().chain(&self.rebuilding).map(Place::to_string).collect();
        json!({
            "ready": problems.is_empty(),
            "as_of": as_of.map(|at| at.to_string()),
            "brokers_reachable": self.health.brokers == Brokers::Reachable,
            "brokers_away_since": away_since.map(|at| at.to_string()),
            "partitions_lost_at": self.health.lost_at.map(|at| at.to_string()),
            "partitions_owned": self.health.owned.len(),
            "rebalancing": self.health.rebalancing,
            "rebuilding": missing,
            "lagging": lagging,
            "notes": if problems.is_empty() && self.health.owned.is_empty() { vec![self.share()] } else { problems },
        })
    }

    /// Snapshots that should be younger. Figures are right all the same, so that who is ready stays so.
    fn old_snapshots(&self) -> impl Iterator<Item = String> {
        let now = clock::monotonic();
        let age = move |saved: &Saved| now.saturating_duration_since(saved.at);
        let old = self.health.saved.iter().filter(move |(_, saved)| age(saved) > SNAPSHOT_AGE_MAX);
        old.map(move |(place, saved)| format!("{place}: the last snapshot is {} s old", age(saved).as_secs()))
    }

    fn share(&self) -> String {
        match self.health.opened.len() {
            0 => "ready, but no partition: the other members of the consumer group read them all".to_owned(),
            1 => "ready, 1 partition".to_owned(),
            count => format!("ready, {count} partitions"),
        }
    }

    /// Every reason not to trust the figures, or to find none.
    fn problems(&self) -> Vec<String> {
        let mut lines = self.connection_problems();
        let rebuilding = self.rebuilding.iter();
        lines.extend(rebuilding.map(|place| format!("{place}: rebuilding state from the log")));
        let held = self.health.held.iter();
        lines.extend(held.map(|place| format!("{place}: not read on before its dead letters can be delivered")));
        lines.extend(self.opening().map(|place| match self.health.refused.contains(place) {
            true => format!("{place}: not read, since no snapshot can be used and kafka.bootstrap is \"refuse\""),
            false => format!("{place}: finding out where to begin"),
        }));
        lines
    }

    fn connection_problems(&self) -> Vec<String> {
        let health = &self.health;
        let mut lines = Vec::new();
        if !health.running {
            lines.push("kafka: the consumer thread is not running".to_owned());
        }
        match health.brokers {
            Brokers::Untried => lines.push("kafka: not connected yet".to_owned()),
            Brokers::Away { since } => lines.push(format!("kafka: no broker can be reached since {since}")),
            Brokers::Reachable => lines.extend(self.group_problem().map(str::to_owned)),
        }
        lines.extend(health.lost_at.map(lost));
        if health.lost_at.is_none() && !health.opened.is_empty() && self.rebuilding.is_empty() && !health.is_leased() {
            lines.push(unleased(health.lease_until.is_some()).to_owned());
        }
        lines.extend(health.missing_topics.iter().map(|topic| format!("kafka: topic {topic} is missing")));
        lines
    }

    fn group_problem(&self) -> Option<&'static str> {
        match (self.health.joined, self.health.rebalancing) {
            (false, _) => Some("kafka: joining the consumer group"),
            (true, true) => Some("kafka: the consumer group is sharing out its partitions anew"),
            (true, false) => None,
        }
    }

    /// Partitions that are ours and not read yet.
    fn opening(&self) -> impl Iterator<Item = &Place> {
        self.health.owned.difference(&self.health.opened)
    }
}

fn unleased(was_leased: bool) -> &'static str {
    match was_leased {
        true => "kafka: no commit was taken for as long as a session lasts; another instance may read our partitions",
        false => "kafka: no commit was taken yet",
    }
}

fn lost(at: EventTime) -> String {
    format!(
        "kafka: the session in the consumer group ran out at {at}, and the partitions of this instance with it; another \
         instance may read them now"
    )
}

/// Takes every figure out of a report; queues, targets and windows stay.
pub(super) fn without_figures(report: &mut Value) {
    report["agents"] = json!({});
    empty(&mut report["total"]);
    report["queues"].as_object_mut().into_iter().flat_map(Map::values_mut).for_each(empty);
    let queues = report["queues"].as_object_mut().into_iter().flat_map(Map::values_mut);
    let judged = queues.flat_map(|queue| queue.get_mut("kpis").and_then(Value::as_array_mut).into_iter().flatten());
    judged.for_each(unjudge);
}

/// What is promised stays, how it stands nobody knows.
fn unjudge(kpi: &mut Value) {
    kpi["value"] = Value::Null;
    kpi["samples"] = Value::Null;
    kpi["state"] = State::NoData.name().into();
}

fn empty(figures: &mut Value) {
    figures["now"] = json!({});
    figures["windows"].as_object_mut().into_iter().flat_map(Map::values_mut).for_each(|window| *window = json!({}));
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: EventTime = EventTime::from_millis(1_700_000_000_000);

    fn place(partition: i32) -> Place {
        Place { topic: "t".into(), partition }
    }

    /// A member of the group that has nothing to complain about.
    fn well(partitions: i32) -> HealthSnapshot {
        let owned: std::collections::BTreeSet<Place> = (0..partitions).map(place).collect();
        HealthSnapshot {
            running: true,
            brokers: Brokers::Reachable,
            joined: true,
            opened: owned.clone(),
            owned,
            lease_until: Some(std::time::Duration::MAX),
            ..HealthSnapshot::default()
        }
    }

    fn probe(health: HealthSnapshot) -> (bool, String) {
        let Probe { ok, lines } = Sources::new(health, |_| true).probe();
        (ok, lines.join(" · "))
    }

    #[test]
    fn a_member_with_its_share_is_ready_and_one_whose_share_is_nothing_says_so() {
        assert_eq!(probe(well(6)), (true, "ready, 6 partitions".to_owned()));
        let (ok, line) = probe(well(0));
        assert!(ok && line.contains("no partition"), "{line}");
        let sources = Sources::new(well(0), |_| true).json(None, &[]);
        assert_eq!((&sources["ready"], &sources["notes"]), (&json!(true), &json!([line])));
    }

    #[test]
    fn nobody_is_ready_before_the_first_share_or_while_shares_change() {
        let joining = HealthSnapshot { joined: false, ..well(0) };
        assert_eq!(probe(joining), (false, "kafka: joining the consumer group".to_owned()));
        let changing = HealthSnapshot { rebalancing: true, ..well(6) };
        assert_eq!(probe(changing), (false, "kafka: the consumer group is sharing out its partitions anew".to_owned()));
    }

    #[test]
    fn a_partition_that_is_not_rebuilt_is_named() {
        let mut health = well(2);
        health.opened.remove(&place(1));
        let sources = Sources::new(health, |_| false);
        let expected = ["t/0: rebuilding state from the log", "t/1: finding out where to begin"];
        assert_eq!(sources.probe().lines, expected);
        assert_eq!(sources.json(None, &[])["rebuilding"], json!(["t/1", "t/0"]));
    }

    #[test]
    fn who_may_not_be_the_owner_any_more_says_so() {
        let over = HealthSnapshot { lease_until: Some(std::time::Duration::ZERO), ..well(2) };
        assert!(probe(over).1.contains("another instance may read our partitions"));
        let before = HealthSnapshot { lease_until: None, ..well(2) };
        assert_eq!(probe(before), (false, "kafka: no commit was taken yet".to_owned()));
    }

    #[test]
    fn a_partition_that_is_held_says_why_and_an_old_snapshot_is_told_by_who_is_ready() {
        let mut health = well(2);
        health.held.insert(place(1));
        assert_eq!(probe(health), (false, "t/1: not read on before its dead letters can be delivered".to_owned()));
        let mut health = well(1);
        let at = clock::monotonic();
        health.saved.insert(place(0), Saved { at, bytes: 1, took: Duration::ZERO });
        assert_eq!(probe(health.clone()), (true, "ready, 1 partition".to_owned()));
        if let Some(long_ago) = at.checked_sub(2 * SNAPSHOT_AGE_MAX) {
            health.saved.insert(place(0), Saved { at: long_ago, bytes: 1, took: Duration::ZERO });
            assert_eq!(probe(health), (true, "ready, 1 partition · t/0: the last snapshot is 600 s old".to_owned()));
        }
    }

    #[test]
    fn a_partition_that_is_refused_says_why() {
        let mut health = well(2);
        health.opened.remove(&place(1));
        health.refused.insert(place(1));
        assert!(probe(health).1.starts_with("t/1: not read, since no snapshot can be used"));
    }

    #[test]
    fn an_outage_is_told_with_its_beginning_and_a_loss_with_its_reason() {
        let away = HealthSnapshot { brokers: Brokers::Away { since: SINCE }, ..well(2) };
        assert_eq!(probe(away.clone()), (false, format!("kafka: no broker can be reached since {SINCE}")));
        let sources = Sources::new(away.clone(), |_| true).json(Some(SINCE), &["t/0".to_owned()]);
        let (text, reachable) = (json!(SINCE.to_string()), json!(false));
        assert_eq!((&sources["brokers_reachable"], &sources["brokers_away_since"]), (&reachable, &text));
        assert_eq!((&sources["as_of"], &sources["partitions_lost_at"]), (&text, &Value::Null));

        let lost = HealthSnapshot { joined: false, lost_at: Some(SINCE), ..away };
        assert!(
            probe(lost)
                .1
                .contains(&format!("the session in the consumer group ran out at {SINCE}, and the partitions"))
        );
    }

    #[test]
    fn a_report_without_figures_keeps_its_queues_targets_and_windows_and_has_no_zero() {
        let figures =
            json!({ "now": { "waiting": 0 }, "windows": { "5m": { "offered": 0 }, "all": { "offered": 0 } } });
        let mut queue = figures.clone();
        queue["display"] = json!("Sales");
        queue["kpis"] = json!([{ "kpi": "waiting", "target": 5, "value": 0, "samples": 9, "state": "ok" }]);
        let mut report = json!({ "queues": { "sales": queue }, "agents": { "ann": {} }, "total": figures });
        without_figures(&mut report);
        let nothing = json!({ "now": {}, "windows": { "5m": {}, "all": {} } });
        let judged = json!([{ "kpi": "waiting", "target": 5, "value": null, "samples": null, "state": "no_data" }]);
        let queue = json!({ "display": "Sales", "now": {}, "windows": { "5m": {}, "all": {} }, "kpis": judged });
        let expected = json!({
            "queues": { "sales": queue },
            "agents": {}, "total": nothing,
        });
        assert_eq!(report, expected);
    }
}
