//! Reopening: what was not solved the first time.
//!
//! `reopened` counts every reopen of a resolved ticket. `reopen_rate` = tickets reopened for the first time / tickets resolved for
//! the first time, so a ticket that comes back thrice is one ticket that came back. Booked at the reopen and at the resolve, each
//! at its own time: in a short window the two sides are not the same tickets. (Vendors divide reopens by resolves, which one
//! restless ticket can lift above 100 %.)

use super::{Figure, Kpi, Ratio, count};
use crate::window::{Cell, Field, Tally};

pub(super) const REOPENED: Kpi =
    Kpi { name: "reopened", help: "Resolved tickets that came back.", read: |tally| count(tally, Field::Reopened) };

pub(super) const REOPEN_RATE: Kpi = Kpi {
    name: "reopen_rate",
    help: "Tickets reopened for the first time, of those resolved for the first time.",
    read: |tally| Figure::Ratio(rate(tally)),
};

fn rate(tally: &Tally) -> Ratio {
    let denominator = tally.get(Cell::part(Field::Resolved, FIRST));
    Ratio { numerator: tally.count(Field::ReopenedFirst), denominator }
}

/// The part of resolves that are a ticket's first.
const FIRST: u16 = 0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;

    #[test]
    fn a_ticket_that_comes_back_twice_is_one_that_came_back() {
        let resolved = |again| Measure::Resolved { again };
        let reopened = |first| Measure::Reopened { first };
        let tally = booked(&[resolved(false), reopened(true), resolved(true), reopened(false), resolved(false)]);
        assert_eq!(rate(&tally), Ratio { numerator: 1, denominator: 2 });
        assert_eq!((REOPENED.read)(&tally), Figure::Count(2));
    }
}
