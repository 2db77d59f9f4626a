//! Escalation: tickets given to a higher tier.
//!
//! `escalated` counts every escalation. `escalation_rate` = tickets escalated for the first time / `created`. Booked at the
//! escalation and at the creation, each at its own time and in the queue that holds the ticket then.

use super::{Figure, Kpi, Ratio, count};
use crate::window::{Field, Tally};

pub(super) const ESCALATED: Kpi =
    Kpi { name: "escalated", help: "Tickets given to a higher tier.", read: |tally| count(tally, Field::Escalated) };

pub(super) const ESCALATION_RATE: Kpi = Kpi {
    name: "escalation_rate",
    help: "Tickets escalated for the first time, of those created.",
    read: |tally| Figure::Ratio(rate(tally)),
};

fn rate(tally: &Tally) -> Ratio {
    Ratio { numerator: tally.count(Field::EscalatedFirst), denominator: tally.count(Field::TicketCreated) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;

    #[test]
    fn a_ticket_that_is_escalated_twice_is_one_escalated_ticket() {
        let escalated = |first| Measure::Escalated { first };
        let tally = booked(&[Measure::TicketCreated, Measure::TicketCreated, escalated(true), escalated(false)]);
        assert_eq!(rate(&tally), Ratio { numerator: 1, denominator: 2 });
        assert_eq!((ESCALATED.read)(&tally), Figure::Count(2));
    }
}
