//! Complaints: the ticket KPIs again, over those tickets whose `reason` or tags match the config.
//!
//! `complaints` holds each ticket KPI under its own name, and `overdue_rate` = not resolved within `complaint_due` (10 d,
//! inclusive) of the creation / decided. A complaint is decided once: at its first resolve if that is in time, else when the time
//! passes, so one that is left lying shows on the day it becomes overdue. One that is deleted undecided leaves. What only the
//! conservation law needs (`opened_before`, moves, `deleted_open`) is not told again. (ISO 10002 asks for volume, time to close
//! and the overdue share; ten days are the working rule of many regulators' handbooks, and a setting.)

use super::{Figure, Kpi, Ratio, closed, created, escalated, first_response, moves, reopened, reply_time};
use super::{resolution_time, resolved};
use crate::window::{Field, Tally};

/// The KPIs of a queue's complaints, over the tally of complaints.
pub const COMPLAINTS: &[&Kpi] = &[
    &created::CREATED,
    &resolved::RESOLVED,
    &reopened::REOPENED,
    &closed::CLOSED,
    &closed::DELETED,
    &escalated::ESCALATED,
    &first_response::RESOLVED_UNREPLIED,
    &moves::TICKETS_EXPIRED,
    &first_response::FIRST_RESPONSE_TIME,
    &reply_time::REPLY_TIME,
    &resolution_time::RESOLUTION_TIME,
    &resolved::RESOLUTION_RATE,
    &first_response::RESPONSE_RATE,
    &resolved::REPLIES_PER_RESOLUTION,
    &escalated::ESCALATION_RATE,
    &reopened::REOPEN_RATE,
    &OVERDUE_RATE,
];

/// Those that have metrics of windows, under names that say of what they are: volume, time to close and the overdue share.
pub const COMPLAINT_WINDOWS: &[&Kpi] = &[
    &Kpi { name: "complaints_created", help: "Complaints that began.", read: created::CREATED.read },
    &Kpi { name: "complaints_resolved", help: "Complaints resolved.", read: resolved::RESOLVED.read },
    &Kpi { name: "complaints_overdue_rate", ..OVERDUE_RATE },
    &Kpi {
        name: "complaints_resolution_time",
        help: "From a complaint's creation to each of its resolves, in calendar time.",
        read: resolution_time::RESOLUTION_TIME.read,
    },
];

const OVERDUE_RATE: Kpi = Kpi {
    name: "overdue_rate",
    help: "Complaints that were not resolved in time, of those of which that is decided.",
    read: |tally| Figure::Ratio(overdue(tally)),
};

fn overdue(tally: &Tally) -> Ratio {
    Ratio { numerator: tally.count(Field::ComplaintOverdue), denominator: tally.count(Field::ComplaintDecided) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;

    #[test]
    fn overdue_is_a_share_of_the_complaints_that_are_decided() {
        let decided = |overdue| Measure::ComplaintDecided { overdue };
        let tally = booked(&[Measure::TicketCreated, decided(true), decided(false), decided(false), decided(false)]);
        assert_eq!(overdue(&tally).value(), Some(0.25));
    }
}
