//! Resolving: what was done of the work that came.
//!
//! | KPI | formula |
//! |---|---|
//! | `resolved` | resolves, by attempt (`first`, `again` after a reopen); of an agent, those by the agent |
//! | `resolution_rate` | of a queue resolved / `created`; of an agent resolved / tickets assigned to the agent for the first time |
//! | `replies_per_resolution` | public replies of agents on the ticket up to then / resolves |
//!
//! All booked at the resolve. A resolve of a resolved ticket is none, and a close of an unresolved one is a resolve too. The rate
//! may exceed 1: what is resolved today may have come last week. (Zendesk's "solved" counts tickets by their last solve, so a
//! reopen lowers yesterday's figure; here yesterday stays as it was.) `replies_per_resolution` is over tickets whose creation is
//! known, each resolve with all replies so far.

use super::{Figure, Kpi, Ratio, count_by};
use crate::window::{Field, Tally};

pub(super) const RESOLVED: Kpi = Kpi {
    name: "resolved",
    help: "Tickets resolved.",
    read: |tally| count_by(tally, Field::Resolved, "attempt", |part| ATTEMPTS[part]),
};

pub(super) const RESOLUTION_RATE: Kpi = Kpi {
    name: "resolution_rate",
    help: "Tickets resolved, of those created; may exceed 1.",
    read: |tally| Figure::Ratio(resolved_of(tally, Field::TicketCreated)),
};

pub(super) const AGENT_RESOLUTION_RATE: Kpi = Kpi {
    name: "resolution_rate",
    help: "Tickets resolved, of those assigned for the first time; may exceed 1.",
    read: |tally| Figure::Ratio(resolved_of(tally, Field::AssignedToAgent)),
};

pub(super) const REPLIES_PER_RESOLUTION: Kpi = Kpi {
    name: "replies_per_resolution",
    help: "Public replies of agents on resolved tickets, of the resolves.",
    read: |tally| Figure::Ratio(replies(tally)),
};

/// The first resolve of a ticket, and any later one.
pub(super) const ATTEMPTS: [&str; 2] = ["first", "again"];

fn resolved_of(tally: &Tally, denominator: Field) -> Ratio {
    Ratio { numerator: tally.total(Field::Resolved), denominator: tally.count(denominator) }
}

fn replies(tally: &Tally) -> Ratio {
    let numerator = tally.count(Field::RepliesAtResolve);
    Ratio { numerator, denominator: tally.count(Field::ResolvesWithReplies) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;

    #[test]
    fn more_may_be_resolved_than_came() {
        let again = Measure::Resolved { again: true };
        let tally = booked(&[Measure::TicketCreated, Measure::Resolved { again: false }, again, again]);
        assert_eq!(resolved_of(&tally, Field::TicketCreated).value(), Some(3.0));
        let Figure::CountBy { values, .. } = (RESOLVED.read)(&tally) else { panic!("a count with parts") };
        assert_eq!(values.iter().collect::<Vec<_>>(), [("first", 1), ("again", 2)]);
        assert_eq!(resolved_of(&tally, Field::AssignedToAgent).value(), None, "nothing was assigned");
    }

    #[test]
    fn replies_are_counted_of_each_resolve() {
        let tally = booked(&[Measure::RepliesAtResolve(3), Measure::RepliesAtResolve(0)]);
        assert_eq!(replies(&tally), Ratio { numerator: 3, denominator: 2 });
    }
}
