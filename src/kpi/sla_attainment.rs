//! SLA attainment: how many of the promises that were decided were kept.
//!
//! `sla_attainment` = met / (met + breached), over all policies and targets of a queue; reports tell it by policy and by target as
//! well. A breach is booked at its deadline, not when the ticket is solved at last, so a queue of forgotten tickets does not read
//! 100 %. What was promised and came exactly at the deadline is met. (Zendesk counts the same way, by metric events: "breach" at the
//! instant of the deadline.) Promises that end undecided, such as that of a deleted ticket, are in neither number.
//!
//! `breach_reversed` counts breaches that were final and would not be any more: a late event told that what was promised had come in
//! time, or other terms give more time. They stay breached.

use super::{Figure, Kpi, Ratio};
use crate::id::PolicyId;
use crate::measure::SlaTarget;
use crate::window::{Field, Tally, promise_of};

pub(super) const SLA_ATTAINMENT: Kpi = Kpi {
    name: "sla_attainment",
    help: "Promises that were kept, of those that were decided.",
    read: |tally| Figure::Ratio(attainment(tally)),
};

pub(super) const BREACH_REVERSED: Kpi = Kpi {
    name: "breach_reversed",
    help: "Breaches of promises that were final and turned out not to be any.",
    read: |tally| Figure::Count(tally.total(Field::SlaReversed)),
};

fn attainment(tally: &Tally) -> Ratio {
    let met = tally.total(Field::SlaMet);
    Ratio { numerator: met, denominator: met + tally.total(Field::SlaBreached) }
}

/// What was met of what was decided, by policy and target, in order.
pub fn attainment_by(tally: &Tally) -> Vec<((PolicyId, SlaTarget), Ratio)> {
    let met = tally.parts(Field::SlaMet).map(|(part, count)| (part, count, count));
    let breached = tally.parts(Field::SlaBreached).map(|(part, count)| (part, 0, count));
    let mut all: Vec<(u16, i64, i64)> = met.chain(breached).collect();
    all.sort_unstable_by_key(|(part, ..)| *part);
    let mut by: Vec<((PolicyId, SlaTarget), Ratio)> = Vec::new();
    for (part, numerator, denominator) in all {
        let key = promise_of(part);
        match by.last_mut().filter(|(last, _)| *last == key) {
            Some((_, ratio)) => {
                ratio.numerator += numerator;
                ratio.denominator += denominator;
            }
            None => by.push((key, Ratio { numerator, denominator })),
        }
    }
    by
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::{Measure, SlaResult};

    #[test]
    fn what_is_decided_adds_up_over_policies_and_targets() {
        let promise = |policy, target, result| Measure::Promise { policy: PolicyId(policy), target, result };
        let tally = booked(&[
            promise(0, SlaTarget::FirstReply, SlaResult::Met),
            promise(0, SlaTarget::FirstReply, SlaResult::Breached),
            promise(0, SlaTarget::Answer, SlaResult::Met),
            promise(63, SlaTarget::Resolution, SlaResult::Breached),
            promise(63, SlaTarget::Resolution, SlaResult::Reversed),
        ]);
        assert_eq!(attainment(&tally), Ratio { numerator: 2, denominator: 4 });
        assert_eq!((BREACH_REVERSED.read)(&tally), Figure::Count(1));
        let ratio = |numerator, denominator| Ratio { numerator, denominator };
        let by = [
            ((PolicyId(0), SlaTarget::FirstReply), ratio(1, 2)),
            ((PolicyId(0), SlaTarget::Answer), ratio(1, 1)),
            ((PolicyId(63), SlaTarget::Resolution), ratio(0, 1)),
        ];
        assert_eq!(attainment_by(&tally), by);
    }

    #[test]
    fn nothing_decided_is_no_attainment() {
        assert_eq!(attainment(&Tally::default()).value(), None);
    }
}
