//! Targets and policies in the ticked list: whose each is, where it becomes a warning, and who answers for it.

use super::ticked::percent;
use crate::measure::SlaTarget;
use crate::rules::{Clock, Direction, Filter, Policy, Promise, Queues, Target};
use crate::targets::{Subject, Unit};
use crate::time::Span;

/// One target in plain words.
pub(super) fn target(target: &Target) -> String {
    let unit = Subject::named(&target.kpi).map_or(Unit::Count, Subject::unit);
    let worse = match target.direction {
        Direction::Higher => "below",
        Direction::Lower => "above",
    };
    let amount = |amount| amount_of(amount, unit);
    let limits = format!(
        "{}, warning {worse} {}, critical {worse} {}",
        amount(target.target),
        amount(target.warning),
        amount(target.critical)
    );
    let mut parts = vec![limits];
    parts.extend(target.margin.map(|margin| format!("left by {}", amount(margin))));
    parts.extend((target.min_samples > 1).then(|| format!("of at least {} samples", target.min_samples)));
    let said =
        [("owner", &target.owner), ("runbook", &target.runbook), ("review", &target.review), ("why", &target.why)];
    parts.extend(said.into_iter().filter_map(|(name, text)| Some(format!("{name} {}", text.as_ref()?))));
    format!("{} of {}: {}", target.in_words(), whose(target), parts.join("; "))
}

/// One policy in plain words.
pub(super) fn policy(policy: &Policy) -> String {
    let promises: Vec<String> = policy.promises.iter().map(promise).collect();
    let hours = policy.calendar.as_ref().map(|name| format!("; hours of {name}")).unwrap_or_default();
    format!("{} of {}: {}{hours}", policy.name, meant(&policy.filter), promises.join(", "))
}

fn promise((target, promise): &(SlaTarget, Promise)) -> String {
    let clock = if promise.clock == Clock::Business { " of business time" } else { "" };
    format!("{} in {}{clock} (at risk {} before)", target.name(), promise.within, promise.warn_before)
}

fn meant(filter: &Filter) -> String {
    let queues: Vec<String> = filter.queues.iter().map(ToString::to_string).collect();
    let words = [
        ("queues", &queues),
        ("channels", &filter.channels),
        ("priorities", &filter.priorities),
        ("tags", &filter.tags),
    ];
    let told = words.into_iter().filter(|(_, own)| !own.is_empty());
    let told: Vec<String> = told.map(|(name, own)| format!("{name} {}", own.join(" "))).collect();
    if told.is_empty() { "everything".to_owned() } else { told.join(", ") }
}

fn whose(target: &Target) -> String {
    let queues = match &target.queues {
        Queues::Configured => "every configured queue".to_owned(),
        Queues::Matching(names) => names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    };
    if target.channels.is_empty() { queues } else { format!("{queues} on {}", target.channels.join(" ")) }
}

fn amount_of(amount: f64, unit: Unit) -> String {
    match unit {
        Unit::Share => percent(amount),
        Unit::Seconds => Span::from_millis((amount * 1e3).round() as i64).to_string(),
        Unit::Count | Unit::Number => amount.to_string(),
    }
}
