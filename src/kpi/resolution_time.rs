//! `resolution_time`: resolved - created, at every resolve.
//!
//! The figure itself is on the calendar clock over all attempts. By attempt: `first`, and `again` after a reopen, which runs from
//! the creation too, for that is how long the customer had the problem. By clock: `active`, which stands still while the ticket
//! is `pending` (waits for the customer) and runs while it is `on_hold` (waits for a third party), and `business`: what lay in the hours
//! of the queue that held it at the resolve, where it has hours. Booked at the resolve; of
//! tickets whose creation is known. (Zendesk tells "first" and "full" resolution time apart, the latter up to the last solve of
//! each ticket, so that a reopen takes the earlier sample away; here both are samples, at their own times. Freshdesk's
//! excludes pending time, as `active` does.)

use super::resolved::ATTEMPTS;
use super::{Distribution, Figure, Kpi, Part};
use crate::window::{Field, Tally};

pub(super) const RESOLUTION_TIME: Kpi = Kpi {
    name: "resolution_time",
    help: "From a ticket's creation to each of its resolves, in calendar time.",
    read: |tally| time(tally),
};

fn time(tally: &Tally) -> Figure<'_> {
    let [first, again] = [Field::ResolutionFirst, Field::ResolutionAgain].map(|field| Distribution::of(tally, field));
    let whole = first.with(&again);
    let [active, business] =
        [Field::ResolutionActive, Field::ResolutionBusiness].map(|field| Distribution::of(tally, field));
    let part = |dimension, value, durations| Some(Part { dimension, value, durations });
    let [at_first, later] = ATTEMPTS;
    let parts = [
        part("attempt", at_first, first),
        part("attempt", later, again),
        part("clock", "active", active),
        part("clock", "business", business),
    ];
    Figure::DistributionBy { whole, parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;
    use crate::time::Span;

    #[test]
    fn all_attempts_are_the_whole_and_the_active_clock_stands_beside_it() {
        let hours = |hours: i64| Span::from_seconds(3_600 * hours);
        let resolved = |calendar, active, again| Measure::ResolutionTime {
            calendar: hours(calendar),
            active: hours(active),
            again,
        };
        let tally = booked(&[resolved(4, 1, false), resolved(6, 2, true), resolved(2, 2, false)]);
        let Figure::DistributionBy { whole, parts } = time(&tally) else { panic!("durations with parts") };
        assert_eq!((whole.count, whole.sum), (3, hours(12)));
        assert_eq!(whole.percentile(100), whole.max());
        let sums: Vec<_> = parts.iter().flatten().map(|part| (part.value, part.durations.sum)).collect();
        assert_eq!(sums, [("first", hours(6)), ("again", hours(6)), ("active", hours(5)), ("business", Span::ZERO)]);
    }
}
