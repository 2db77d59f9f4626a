//! What was promised: how much of it was kept, by policy and target, and what is so of that which is open.

use serde_json::{Value, json};

use super::{Object, ratio};
use crate::kpi::{Now, PromiseNow, Ratio, attainment_by};
use crate::rules::Rules;
use crate::time::Span;
use crate::window::Tally;

/// The break-down of `sla_attainment` by policy and by target.
pub(super) fn add_attainment(object: &mut Object, tally: &Tally, rules: &Rules) {
    let by = attainment_by(tally);
    if by.is_empty() {
        return;
    }
    let (mut by_policy, mut by_target) = (Vec::new(), Vec::new());
    for ((policy, target), own) in by {
        add_up(&mut by_policy, rules.policy_name(policy), own);
        add_up(&mut by_target, target.name(), own);
    }
    let parts = |parts: Vec<(&str, Ratio)>| -> Value {
        parts.into_iter().map(|(name, own)| (name.to_owned(), ratio(own))).collect::<Object>().into()
    };
    let whole = object.entry("sla_attainment_by").or_insert_with(|| json!({}));
    whole["policy"] = parts(by_policy);
    whole["target"] = parts(by_target);
}

fn add_up<'a>(parts: &mut Vec<(&'a str, Ratio)>, name: &'a str, own: Ratio) {
    match parts.iter_mut().find(|(known, _)| *known == name) {
        Some((_, ratio)) => {
            ratio.numerator += own.numerator;
            ratio.denominator += own.denominator;
        }
        None => parts.push((name, own)),
    }
}

/// What is so of promises, by policy and target; nothing where there are none.
pub(super) fn add_now(object: &mut Object, now: &Now, rules: &Rules) {
    let mut policies = Object::new();
    for ((policy, target), own) in &now.promises {
        let policy = policies.entry(rules.policy_name(*policy)).or_insert_with(|| json!({}));
        policy[target.name()] = promise(own);
    }
    if !policies.is_empty() {
        object.insert("sla".to_owned(), policies.into());
    }
}

fn promise(now: &PromiseNow) -> Value {
    json!({
        "open": now.open,
        "at_risk": now.at_risk,
        "breached_open": now.breached_open,
        "next_deadline": now.next_deadline.map(Span::as_seconds),
    })
}
