//! A leg: one agent's part of a contact, from the answer to the end of after-contact work.
//!
//! **Invariant.** A leg talks or holds, then wraps, then is gone; each phase holds the times that are true in it.

use serde::{Deserialize, Serialize};

use crate::event::{Direction, Role};
use crate::id::{AgentId, ChannelId, QueueId};
use crate::measure::Measure;
use crate::rules::AfterContact;
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::Bookings;

/// One agent's part of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Whose.
    pub agent: AgentId,
    /// Where its work counts.
    pub queue: (QueueId, ChannelId),
    /// What the agent does on the contact.
    pub role: Role,
    /// Who called whom.
    pub direction: Direction,
    /// What the agent is doing.
    pub phase: Phase,
}

/// What an agent is doing on a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Talks, since then; before that, this much talk and, where it was held, hold.
    Talking {
        /// Start of this stretch of talk.
        since: EventTime,
        /// Talk before it.
        talk: Span,
        /// Hold before it.
        hold: Option<Span>,
    },
    /// Keeps the customer on hold, since then.
    Holding {
        /// Start of this hold.
        since: EventTime,
        /// Talk before it.
        talk: Span,
        /// Hold before it.
        hold: Span,
    },
    /// After-contact work, since then.
    Wrapping {
        /// End of the talk.
        since: EventTime,
        /// All talk and hold.
        worked: Span,
    },
}

/// Whether a leg goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Goes {
    /// There is more to come.
    On,
    /// It is booked to the end.
    Away,
}

impl Leg {
    /// Whether the customer is with this agent, on hold or not.
    pub fn is_talking(&self) -> bool {
        !self.is_wrapping()
    }

    /// Whether it is in after-contact work.
    pub fn is_wrapping(&self) -> bool {
        matches!(self.phase, Phase::Wrapping { .. })
    }

    /// Whether the customer is on hold.
    pub fn is_holding(&self) -> bool {
        matches!(self.phase, Phase::Holding { .. })
    }

    /// Whether the queue's KPIs of service count it: an agent who serves an inbound contact.
    pub fn serves_queue(&self) -> bool {
        self.role == Role::Primary && self.direction == Direction::Inbound
    }

    /// Since when it is in this phase.
    pub fn since(&self) -> EventTime {
        match self.phase {
            Phase::Talking { since, .. } | Phase::Holding { since, .. } | Phase::Wrapping { since, .. } => since,
        }
    }

    /// Until when its after-contact work is waited for.
    pub fn wrap_deadline(&self, terms: &Terms) -> Option<EventTime> {
        self.is_wrapping().then(|| self.since() + terms.after_contact_max)
    }

    /// Hold begins.
    pub fn hold(&mut self, at: EventTime) {
        if let Phase::Talking { since, talk, hold } = self.phase {
            let talk = talk + (at - since).at_least_zero();
            self.phase = Phase::Holding { since: at, talk, hold: hold.unwrap_or(Span::ZERO) };
        }
    }

    /// Hold ends.
    pub fn resume(&mut self, at: EventTime) {
        if let Phase::Holding { since, talk, hold } = self.phase {
            let hold = hold + (at - since).at_least_zero();
            self.phase = Phase::Talking { since: at, talk, hold: Some(hold) };
        }
    }

    /// Talk ends: books it. After-contact work begins, where the platform tells its end.
    pub fn end_talk(&mut self, at: EventTime, transferred: bool, terms: &Terms, bookings: &mut Bookings) -> Goes {
        let (talk, hold) = match self.phase {
            Phase::Talking { since, talk, hold } => (talk + (at - since).at_least_zero(), hold),
            Phase::Holding { since, talk, hold } => (talk, Some(hold + (at - since).at_least_zero())),
            Phase::Wrapping { .. } => return Goes::On,
        };
        self.book_talk(at, talk, hold, transferred, bookings);
        self.phase = Phase::Wrapping { since: at, worked: talk + hold.unwrap_or(Span::ZERO) };
        match terms.after_contact {
            AfterContact::Events => Goes::On,
            AfterContact::None => {
                self.finish(at, Span::ZERO, bookings);
                Goes::Away
            }
        }
    }

    /// After-contact work ends, as the platform told.
    pub fn wrap(&self, at: EventTime, bookings: &mut Bookings) {
        let after = (at - self.since()).at_least_zero();
        if self.role == Role::Primary {
            bookings.queue(at, self.queue, Measure::AfterContact(after));
        }
        self.finish(at, after, bookings);
    }

    /// Nobody told the end of after-contact work in time: booked without any.
    pub fn time_out(&self, at: EventTime, bookings: &mut Bookings) {
        if self.role == Role::Primary {
            bookings.queue(at, self.queue, Measure::WrapTimeout);
        }
        self.finish(at, Span::ZERO, bookings);
    }

    fn book_talk(&self, at: EventTime, talk: Span, hold: Option<Span>, transferred: bool, bookings: &mut Bookings) {
        if self.role != Role::Primary {
            return;
        }
        bookings.queue(at, self.queue, Measure::Talk(talk));
        if let Some(hold) = hold {
            bookings.queue(at, self.queue, Measure::Hold(hold));
        }
        if self.direction == Direction::Inbound {
            bookings.queue(at, self.queue, Measure::LegEnded { transferred });
        }
    }

    fn finish(&self, at: EventTime, after: Span, bookings: &mut Bookings) {
        if let Phase::Wrapping { worked, .. } = self.phase {
            let handle = Measure::Handle(worked + after);
            if self.role == Role::Primary {
                bookings.queue(at, self.queue, handle);
            }
            if self.role != Role::Monitor {
                bookings.agent(at, self.agent, handle);
            }
        }
    }
}
