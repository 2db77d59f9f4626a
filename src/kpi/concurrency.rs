//! `concurrency`: contact-seconds in hand / busy seconds, how many contacts a busy agent has at a time. `slot_use`: contact-seconds
//! in hand / slot-seconds, while busy or idle and where the agent's `capacity` is known: how full the agent's hands are against
//! what they can hold. In hand are `active` where events tell it, else one contact while busy.

use super::agent_time::{TimeKpi, share, time};
use crate::window::Field;

pub(super) const CONCURRENCY: TimeKpi = TimeKpi {
    name: "concurrency",
    help: "Contacts in hand while busy.",
    read: |tally| share(time(tally, Field::InHandTime), time(tally, Field::BusyTime)),
};

pub(super) const SLOT_USE: TimeKpi = TimeKpi {
    name: "slot_use",
    help: "Contacts in hand of those that the agent may have.",
    read: |tally| share(time(tally, Field::SlotInHandTime), time(tally, Field::SlotTime)),
};
