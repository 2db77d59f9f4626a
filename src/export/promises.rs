//! The families of promises: what became of them, and what is so of those that are open.
//!
//! What may be promised in a queue on a channel is there from the start, so that the first breach is a rise that Prometheus sees; what
//! else was, a promise of a ticket that came by telephone, once there is any.

use std::collections::BTreeSet;

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::Pair;
use super::queues::showing;
use super::text::Text;
use crate::id::PolicyId;
use crate::kpi::{Group, PromiseNow};
use crate::measure::{SlaResult, SlaTarget};
use crate::time::Span;

/// A promise of a policy.
type Key = (PolicyId, SlaTarget);

/// A family, and how its number is read.
type Live = (Family, fn(&PromiseNow) -> u64);

const LIVE: &[Live] = &[
    (catalog::SLA_OPEN, |now| now.open),
    (catalog::SLA_AT_RISK, |now| now.at_risk),
    (catalog::SLA_BREACHED_OPEN, |now| now.breached_open),
];

pub(super) fn write(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    let shown: Vec<_> = showing(&catalog::SLA_OPEN, pairs).map(|pair| (pair, keys(scrape, pair))).collect();
    write_results(scrape, &shown, text);
    for (family, read) in LIVE {
        text.family(family);
        for (pair, key, now) in live(&shown) {
            text.labelled(&family.name, &pair.labels, &labels(scrape, key), read(&now));
        }
    }
    text.family(&catalog::SLA_NEXT_DEADLINE);
    for (pair, key, now) in live(&shown) {
        now.next_deadline.into_iter().for_each(|left: Span| {
            text.labelled(&catalog::SLA_NEXT_DEADLINE.name, &pair.labels, &labels(scrape, key), left);
        });
    }
}

fn write_results(scrape: &Scrape<'_>, shown: &[(&Pair<'_>, BTreeSet<Key>)], text: &mut Text) {
    text.family(&catalog::SLA_TARGETS);
    for (pair, keys) in shown {
        for (policy, target) in keys {
            for result in SlaResult::ALL {
                let count = pair.counters.promises.get(&(*policy, *target, result)).copied().unwrap_or_default();
                let [policy, target] = labels(scrape, (*policy, *target));
                let labels = [policy, target, ("result", result.name())];
                text.labelled(&catalog::SLA_TARGETS.name, &pair.labels, &labels, count);
            }
        }
    }
}

/// What is so now of each promise of those that have figures.
fn live<'s, 'a>(shown: &'s [(&'s Pair<'a>, BTreeSet<Key>)]) -> impl Iterator<Item = (&'s Pair<'a>, Key, PromiseNow)> {
    let with_figures = shown.iter().filter_map(|(pair, keys)| Some((*pair, pair.series?, keys)));
    with_figures.flat_map(|(pair, series, keys)| keys.iter().map(move |key| (pair, *key, series.now.promise(*key))))
}

fn labels<'a>(scrape: &Scrape<'a>, (policy, target): Key) -> [(&'static str, &'a str); 2] {
    [("policy", scrape.rules.policy_name(policy)), ("target", target.name())]
}

/// The promises that a queue and channel shows, in order.
fn keys(scrape: &Scrape<'_>, pair: &Pair<'_>) -> BTreeSet<Key> {
    let possible = scrape.rules.promises_of(pair.queue, pair.channel);
    let usual = possible.filter(|(_, target)| Group::of_promise(*target).fits(pair.channel));
    let counted = pair.counters.promises.keys().map(|(policy, target, _)| (*policy, *target));
    let open = pair.series.into_iter().flat_map(|series| series.now.promises.iter().map(|(key, _)| *key));
    usual.chain(counted).chain(open).collect()
}
