//! The figures of promises: how many were kept in one window, and what is open now.

use serde_json::{Value, json};

use super::Settings;
use super::clock::Standing;
use super::figure::{Figure, seconds};
use super::figures::Tally;
use super::policies::{POLICIES, Policy, TARGETS};

/// Of all policies and targets.
pub fn of_queue(tally: &Tally) -> [(&'static str, Figure); 2] {
    let (met, breached) = (tally.count("promise_met"), tally.count("promise_breached"));
    [
        ("sla_attainment", Figure::Ratio { part: met, whole: met + breached }),
        ("breach_reversed", Figure::Count(tally.count("promise_reversed") as i64)),
    ]
}

/// By policy, and by target.
pub fn parts(tally: &Tally) -> [(&'static str, Figure); 1] {
    let kept = |[met, breached]: [&str; 2], part: &'static str| {
        let (met, breached) = (tally.count_of_part(met, part), tally.count_of_part(breached, part));
        (part, Figure::Ratio { part: met, whole: met + breached })
    };
    let by_policy = POLICIES.map(|policy| kept(["promise_met_by_policy", "promise_breached_by_policy"], policy));
    let by_target = TARGETS.map(|target| kept(["promise_met", "promise_breached"], target));
    let by = [("policy", Figure::Group(by_policy.into())), ("target", Figure::Group(by_target.into()))];
    [("sla_attainment_by", Figure::Group(by.into()))]
}

/// What is open at `t`, by policy and target; every one of them, so that one too many in a report is seen.
pub fn now(standing: &[&Standing], settings: &Settings, t: i64) -> Value {
    let of_policy = |policy: &Policy| -> Value {
        let of = |target| standing.iter().copied().filter(move |own| own.policy == policy.name && own.target == target);
        TARGETS.map(|target| (target.to_owned(), of_target(of(target), policy, target, t))).into_iter().collect()
    };
    settings.policies.iter().map(|policy| (policy.name.to_owned(), of_policy(policy))).collect()
}

fn of_target<'a>(standing: impl Iterator<Item = &'a Standing>, policy: &Policy, target: &str, t: i64) -> Value {
    let warn_before = policy.promises.iter().find(|own| own.target == target).map_or(0, |own| own.warn_before);
    let (broken, others): (Vec<_>, Vec<_>) = standing.partition(|own| own.is_broken);
    let due: Vec<i64> = others.into_iter().filter_map(|own| own.due).collect();
    json!({
        "open": due.len(),
        "at_risk": due.iter().filter(|due| **due - t <= warn_before).count(),
        "breached_open": broken.len(),
        "next_deadline": due.iter().min().map(|due| seconds(due - t)),
    })
}
