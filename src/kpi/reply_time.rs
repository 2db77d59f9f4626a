//! `reply_time`: from the oldest message of the customer that is unanswered to the next public reply of an agent.
//!
//! The first reply is not in it, that is `first_response_time`; nor is an answer to the creation. Three messages in a row are one
//! question, asked when the first of them came. Booked at the reply, calendar clock; by clock
//! `business`, what lay in the hours of the queue that held the ticket then, where it has hours. (Zendesk's "next reply time" likewise.)

use super::{Kpi, distribution_by_clock};
use crate::window::Field;

pub(super) const REPLY_TIME: Kpi = Kpi {
    name: "reply_time",
    help: "From the oldest unanswered message of the customer to the next public reply of an agent, the first reply left out.",
    read: |tally| distribution_by_clock(tally, Field::TicketReply, Field::TicketReplyBusiness),
};
