//! First response: how long customers wait for the first word of a person.
//!
//! | KPI | formula | booked |
//! |---|---|---|
//! | `first_response_time` (FRT) | first public reply of an agent - start | reply |
//! | `resolved_unreplied` | tickets resolved while their customer waited for it: no sample, ever | resolved |
//! | `response_rate` | replied within H / (replied within H + not); H is `response_within` (24 h), inclusive | reply, or start + H |
//!
//! The start is the creation, or where `first_response_from` says so the handover from a bot; of a ticket that an agent created,
//! the customer's first message. What a bot writes and what the customer cannot read is no response. A rate over tickets that got
//! a reply would hide those that did not; so a ticket counts as missed when H passes, not when somebody answers at last. Adopted
//! tickets are in neither: nobody knows their start. Calendar clock; by clock `business`, what lay in the hours of the queue that held
//! the ticket at the reply, where it has hours. (Zendesk's "first reply time" is the same on its calendar
//! clock; Intercom's starts at the first message of the conversation even where a bot answered it.)

use super::{Figure, Kpi, Ratio, count, distribution_by_clock};
use crate::window::{Field, Tally};

pub(super) const FIRST_RESPONSE_TIME: Kpi = Kpi {
    name: "first_response_time",
    help: "From a ticket's start to the first public reply of an agent.",
    read: |tally| distribution_by_clock(tally, Field::FirstResponse, Field::FirstResponseBusiness),
};

pub(super) const RESOLVED_UNREPLIED: Kpi = Kpi {
    name: "resolved_unreplied",
    help: "Tickets resolved without a public reply of an agent.",
    read: |tally| count(tally, Field::ResolvedUnreplied),
};

pub(super) const RESPONSE_RATE: Kpi = Kpi {
    name: "response_rate",
    help: "Tickets first answered in time, of those of which that is decided.",
    read: |tally| Figure::Ratio(rate(tally)),
};

fn rate(tally: &Tally) -> Ratio {
    Ratio { numerator: tally.count(Field::ResponseWithin), denominator: tally.count(Field::ResponseDecided) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;

    #[test]
    fn a_ticket_that_nobody_answers_in_time_lowers_the_rate() {
        let decided = |within| Measure::ResponseDecided { within };
        assert_eq!(rate(&booked(&[decided(true), decided(false), decided(true)])).value(), Some(2.0 / 3.0));
        assert_eq!(rate(&booked(&[])).value(), None);
    }
}
