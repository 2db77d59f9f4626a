//! How an event gets into a shard.

use super::{Shard, hash};
use crate::contact::{Act, Contact, Fate, Lines, Step, Taken, VOICE};
use crate::event::{Event, Text, What};
use crate::id::AgentId;
use crate::limits::CONTACTS_MAX;
use crate::measure::Anomaly;
use crate::time::EventTime;

/// Events that are applied between two sweeps at the least.
const SWEEP_EVERY_MIN: usize = 4_096;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was applied, in its place by time.
    Applied,
    /// It was known; nothing changed.
    Duplicate,
    /// It came after its time was sealed; what it still can do is done.
    Late,
    /// It claims to be from the future; nothing changed.
    BadTime,
}

impl Shard {
    /// Applies one event. `recorded_at` is the broker's time of the record, where there is a broker.
    pub fn apply(&mut self, event: &Event<'_>, recorded_at: Option<EventTime>) -> Outcome {
        if recorded_at.is_some_and(|recorded| event.at > recorded + self.rules.max_skew) {
            return Outcome::BadTime;
        }
        let outcome = self.place(event);
        let seen = recorded_at.map_or(event.at, |recorded| recorded.min(event.at));
        self.watermark = self.watermark.max(Some(seen));
        self.applied_since_sweep += 1;
        if self.applied_since_sweep > self.contacts.len().max(SWEEP_EVERY_MIN) {
            self.sweep();
        }
        outcome
    }

    fn place(&mut self, event: &Event<'_>) -> Outcome {
        let line = self.line();
        let timely = if event.at < line { Outcome::Late } else { Outcome::Applied };
        if let Err(anomaly) = self.admit(event, line) {
            self.stray(event.at, anomaly);
            return timely;
        }
        let step = self.step(event);
        let contact = self.contacts.get_mut(event.contact.as_ref()).expect("it was admitted");
        if !contact.remember(hash(&event.id)) {
            return Outcome::Duplicate;
        }
        let mut taken = Taken::default();
        let lines = Lines { sealed: line, counted: self.counted_to };
        let added = match timely {
            Outcome::Late => {
                contact.add_late(&step, lines, &self.terms, &mut self.changes, &mut taken);
                Ok(())
            }
            _ => contact.add(step, &self.terms, &mut self.changes),
        };
        if event.at < self.counted_to {
            contact.settle(self.counted_to, &self.terms, &mut taken);
        }
        self.count(&taken);
        self.book_changes();
        added.unwrap_or_else(|anomaly| self.stray(event.at, anomaly));
        timely
    }

    /// Sees to it that the event's contact is in the table, sealed up to the line; a new one if it is unknown. The error says
    /// why it cannot be: it is over, its time is so long ago that it may have been forgotten, or the table is full.
    fn admit(&mut self, event: &Event<'_>, line: EventTime) -> Result<(), Anomaly> {
        let id = event.contact.as_ref();
        if let Some(contact) = self.contacts.get_mut(id) {
            let mut taken = Taken::default();
            let lines = Lines { sealed: line, counted: self.counted_to };
            contact.seal(lines, &self.terms, &mut self.changes, &mut taken);
            let fate = contact.fate(line, &self.terms);
            let ttl = contact.ttl(&self.terms);
            self.count(&taken);
            self.book_changes();
            match fate {
                Fate::Keep => return Ok(()),
                Fate::Forget => {}
                Fate::Close(since) => self.close(hash(id), since + ttl),
            }
            self.contacts.remove(id);
        }
        if self.closed.get(&hash(id)).is_some_and(|until| event.at.max(line) <= *until) {
            return Err(Anomaly::AfterTheEnd);
        }
        if event.at < line && self.was_forgotten(event, line) {
            return Err(Anomaly::LateBeginning);
        }
        if self.contacts.len() >= CONTACTS_MAX {
            self.overflowed += 1;
            return Err(Anomaly::TooManyOpen);
        }
        self.contacts.insert(id.into(), Contact::default());
        Ok(())
    }

    /// Whether a contact of that time would be forgotten by now. Such an event may be new or told again, and nobody can tell.
    fn was_forgotten(&self, event: &Event<'_>, line: EventTime) -> bool {
        let channel = event.channel.as_deref().unwrap_or(VOICE);
        event.at + self.rules.contact_ttl.of(channel) < line
    }

    /// Counts an event that no contact takes.
    fn stray(&mut self, at: EventTime, anomaly: Anomaly) {
        self.changes.odd(at, anomaly);
        let mut taken = Taken::default();
        taken.bookings.odd(at, anomaly);
        self.count(&taken);
        self.book_changes();
    }

    fn step(&mut self, event: &Event<'_>) -> Step {
        let channel = event.channel.as_ref().map(|channel| self.names.channels.intern(channel));
        let act = self.act(event);
        self.terms.learn(&self.rules, &self.names.queues, &self.names.channels);
        Step { at: event.at, seq: event.seq, rank: event.what.rank(), id: event.id.as_ref().into(), channel, act }
    }

    fn act(&mut self, event: &Event<'_>) -> Act {
        let queues = &mut self.names.queues;
        match &event.what {
            What::Queued { queue, direction, root, first_queued_at, also } => Act::Queued {
                queue: queues.intern(queue),
                direction: *direction,
                is_root: root.as_ref().is_none_or(|root| *root == event.contact),
                first_queued_at: *first_queued_at,
                also: *also,
            },
            What::Answered { agent, queue, role } => Act::Answered {
                queue: queue.as_ref().map(|queue| queues.intern(queue)),
                agent: self.names.agents.intern(agent),
                role: *role,
            },
            What::Held { agent } => Act::Held { agent: self.agent(agent) },
            What::Resumed { agent } => Act::Resumed { agent: self.agent(agent) },
            What::Transferred { agent } => Act::Transferred { agent: self.agent(agent) },
            What::FlowedOut { queue, cause } => Act::FlowedOut { queue: queues.intern(queue), cause: *cause },
            What::Abandoned => Act::Abandoned,
            What::Blocked { queue } => Act::Blocked { queue: queues.intern(queue) },
            What::Updated => Act::Updated,
            What::Ended { agent } => Act::Ended { agent: self.agent(agent) },
            What::Wrapped { agent } => Act::Wrapped { agent: self.agent(agent) },
        }
    }

    fn agent(&mut self, agent: &Option<Text<'_>>) -> Option<AgentId> {
        agent.as_ref().map(|agent| self.names.agents.intern(agent))
    }
}
