//! Rings: an agent whose telephone rings, and who may miss it.
//!
//! Ringing is part of the wait and ends no stay. A platform that takes a call from those who did not get it tells so after the
//! answer or the hang-up, which has stopped the ringing: nothing is odd about that. It keeps no contact from being over: whoever
//! hung up stops all of it.

use serde::{Deserialize, Serialize};

use super::Life;
use crate::event::MissCause;
use crate::id::{AgentId, QueueId};
use crate::limits::LEGS_MAX;
use crate::measure::{Anomaly, Measure};
use crate::terms::Terms;
use crate::time::EventTime;
use crate::timeline::Bookings;

/// An agent at whom it rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ring {
    pub(super) agent: AgentId,
    pub(super) since: EventTime,
}

/// Rings: how they begin and end.
impl Life {
    pub(super) fn alerting(&mut self, at: EventTime, agent: AgentId, bookings: &mut Bookings) {
        if self.rings.iter().any(|ring| ring.agent == agent) {
            return bookings.odd(at, Anomaly::AlertedTwice);
        }
        if self.rings.len() >= LEGS_MAX {
            return bookings.odd(at, Anomaly::TooManyOpen);
        }
        self.rings.push(Ring { agent, since: at });
    }

    pub(super) fn alert_missed(
        &mut self,
        at: EventTime,
        agent: AgentId,
        queue: Option<QueueId>,
        cause: MissCause,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        let rang = self.stop_ringing_at(agent);
        if !rang && cause.is_own() {
            bookings.odd(at, Anomaly::MissedWithoutAlert);
        }
        if !cause.is_own() {
            return;
        }
        bookings.agent(at, agent, Measure::MissedAlert(cause));
        if !self.is_outbound() {
            bookings.queue(at, self.told_place(queue, terms), Measure::MissedAlert(cause));
        }
    }

    /// Whether it rang there.
    pub(super) fn stop_ringing_at(&mut self, agent: AgentId) -> bool {
        let before = self.rings.len();
        self.rings.retain(|ring| ring.agent != agent);
        self.rings.len() < before
    }

    /// Nobody is called any more, as nobody waits to be answered.
    pub(super) fn stop_ringing(&mut self) {
        self.rings.clear();
    }
}
