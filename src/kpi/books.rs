//! The conservation laws: what came in less what became of it and what is still there.
//!
//! Of stays `offered + adopted = answered + abandoned + flowed_out + expired + waiting`, expired talks not counted. Of tickets
//! `backlog = opened_before + created + moved_in - moved_out + reopened - resolved - deleted_open - tickets_expired`.
//! **Invariant.** Both hold for every queue and channel over all time, at every moment: what is off is a booking that is missing.

use super::Now;
use crate::window::{Field, Tally};

/// By how many stays and tickets the books of a queue and channel are off: 0 unless a booking is missing. `tally` is over all time.
pub fn books_drift(tally: &Tally, now: &Now) -> u64 {
    let backlog = now.tickets.sum(|own| own.backlog);
    off(stays(tally), now.waiting) + off(tickets(tally), backlog)
}

fn off(due: i64, found: u64) -> u64 {
    due.abs_diff(i64::try_from(found).unwrap_or(i64::MAX))
}

/// The stays that must be waiting.
fn stays(tally: &Tally) -> i64 {
    let came = sum(tally, &[Field::Offered, Field::Adopted]);
    let left = sum(tally, &[Field::Answered, Field::Abandoned, Field::StayExpired, Field::Disowned]);
    came - left - tally.total(Field::FlowedOut)
}

/// The tickets that must be unresolved.
fn tickets(tally: &Tally) -> i64 {
    let came = sum(tally, &[Field::TicketAdopted, Field::TicketCreated, Field::MovedIn, Field::Reopened]);
    let left = sum(tally, &[Field::TicketDisowned, Field::MovedOut, Field::DeletedOpen, Field::TicketExpired]);
    came - left - tally.total(Field::Resolved)
}

fn sum(tally: &Tally, fields: &[Field]) -> i64 {
    fields.iter().map(|field| tally.count(*field)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::DeleteCause;
    use crate::kpi::{PriorityNow, booked};
    use crate::measure::Measure;

    fn backlog(tickets: u64) -> Now {
        let mut now = Now::default();
        now.tickets.by_priority.insert("normal".to_owned(), PriorityNow { backlog: tickets, ..PriorityNow::default() });
        now
    }

    #[test]
    fn every_way_into_the_backlog_and_out_of_it_balances() {
        let story = [
            Measure::TicketCreated,
            Measure::TicketCreated,
            Measure::TicketAdopted,
            Measure::TicketAdopted,
            Measure::MovedIn,
            Measure::Resolved { again: false },
            Measure::Reopened { first: true },
            Measure::TicketDeleted { cause: DeleteCause::Spam, open: true },
            Measure::TicketDeleted { cause: DeleteCause::Spam, open: false },
            Measure::MovedOut,
            Measure::TicketDisowned,
            Measure::TicketExpired,
        ];
        assert_eq!(books_drift(&booked(&story), &backlog(1)), 0);
        assert_eq!(books_drift(&booked(&story[1..]), &backlog(1)), 1);
    }

    #[test]
    fn too_many_stays_do_not_hide_too_few_tickets() {
        let tally = booked(&[Measure::Offered, Measure::Resolved { again: false }]);
        assert_eq!(books_drift(&tally, &Now::default()), 2);
    }
}
