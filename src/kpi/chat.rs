//! Chats: how long customers wait for a person's words, of contacts with messages.
//!
//! `chat_first_response_time` runs from the contact's first queueing to the first message of an agent; a chat that no queue was
//! asked for has none. `chat_reply_time` runs from the oldest message of the customer that no agent has answered to the next
//! message of an agent, the first too. A bot's messages change neither. Booked at the agent's message, in the queue of the leg.

use super::{Kpi, distribution};
use crate::window::Field;

pub(super) const ALL: [&Kpi; 2] = [&FIRST_RESPONSE, &REPLY];

const FIRST_RESPONSE: Kpi = Kpi {
    name: "chat_first_response_time",
    help: "From queueing to the first message of an agent.",
    read: |tally| distribution(tally, Field::ChatFirstResponse),
};

const REPLY: Kpi = Kpi {
    name: "chat_reply_time",
    help: "From the oldest unanswered message of the customer to the next of an agent.",
    read: |tally| distribution(tally, Field::ChatReply),
};
