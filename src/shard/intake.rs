//! How an event gets into a shard.

use super::notices::Change;
use super::{Shard, hash};
use crate::contact::{Act, Contact, Fate, Lines, Step, Taken, Told};
use crate::event::{Body, ContactEvent, Event, QueueState, Snapshot, Text, What};
use crate::id::{Id, Names, QueueId};
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
        let outcome = match &event.body {
            Body::Contact(own) => self.place(event, own),
            Body::QueueState { queue, state } => self.queue_state(event, queue, *state),
            Body::Heartbeat => self.heartbeat(event),
        };
        if outcome != Outcome::Duplicate {
            self.note_feed(event, recorded_at);
        }
        let seen = recorded_at.map_or(event.at, |recorded| recorded.min(event.at));
        self.watermark = self.watermark.max(Some(seen));
        self.applied_since_sweep += 1;
        if self.applied_since_sweep > self.contacts.len().max(SWEEP_EVERY_MIN) {
            self.sweep();
        }
        outcome
    }

    fn queue_state(&mut self, event: &Event<'_>, queue: &str, state: QueueState) -> Outcome {
        let line = self.line();
        let queue = self.queue(queue);
        let change = Change { at: event.at, seq: event.seq, id: event.id.as_ref().into(), state };
        let is_new = self.queue_states.entry(queue).or_default().add(change, line);
        if is_new { timely(event.at, line) } else { Outcome::Duplicate }
    }

    fn heartbeat(&mut self, event: &Event<'_>) -> Outcome {
        let line = self.line();
        let Some(source) = &event.source else { return timely(event.at, line) };
        let feed = self.feeds.entry(self.names.sources.intern(source)).or_default();
        if feed.beat(event.at, hash(&event.id), line) { timely(event.at, line) } else { Outcome::Duplicate }
    }

    fn note_feed(&mut self, event: &Event<'_>, recorded_at: Option<EventTime>) {
        if let Some(source) = &event.source {
            let source = self.names.sources.intern(source);
            self.feeds.entry(source).or_default().note(event.at, recorded_at);
        }
    }

    /// The number of a queue, and its terms looked up if it is new.
    fn queue(&mut self, name: &str) -> QueueId {
        let queue = self.names.queues.intern(name);
        self.terms.learn(&self.rules, &self.names.queues, &mut self.names.channels);
        queue
    }

    fn place(&mut self, event: &Event<'_>, own: &ContactEvent<'_>) -> Outcome {
        let line = self.line();
        let timely = timely(event.at, line);
        if let Err(anomaly) = self.admit(event.at, own, line) {
            self.stray(event.at, anomaly);
            return timely;
        }
        let step = self.step(event, own);
        let contact = self.contacts.get_mut(own.contact.as_ref()).expect("it was admitted");
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
    fn admit(&mut self, at: EventTime, event: &ContactEvent<'_>, line: EventTime) -> Result<(), Anomaly> {
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
        if self.closed.get(&hash(id)).is_some_and(|until| at.max(line) <= *until) {
            return Err(Anomaly::AfterTheEnd);
        }
        if at < line && self.was_forgotten(at, event, line) {
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
    fn was_forgotten(&self, at: EventTime, event: &ContactEvent<'_>, line: EventTime) -> bool {
        let ttl = &self.rules.contact_ttl;
        let ttl = event.channel.as_deref().map_or_else(|| ttl.shortest(), |channel| ttl.of(channel));
        at + ttl < line
    }

    /// Counts an event that no contact takes.
    fn stray(&mut self, at: EventTime, anomaly: Anomaly) {
        self.changes.odd(at, anomaly);
        let mut taken = Taken::default();
        taken.bookings.odd(at, anomaly);
        self.count(&taken);
        self.book_changes();
    }

    fn step(&mut self, event: &Event<'_>, own: &ContactEvent<'_>) -> Step {
        let channel = own.channel.as_ref().map(|channel| self.names.channels.intern(channel));
        let act = self.act(own);
        self.terms.learn(&self.rules, &self.names.queues, &mut self.names.channels);
        let id = event.id.as_ref().into();
        Step { at: event.at, seq: event.seq, rank: own.what.rank(), id, channel, bulk: own.bulk, act }
    }

    fn act(&mut self, event: &ContactEvent<'_>) -> Act {
        let queues = &mut self.names.queues;
        match &event.what {
            What::Queued { queue, direction, root, first_queued_at, also } => Act::Queued {
                queue: queues.intern(queue),
                direction: *direction,
                is_root: root.as_ref().is_none_or(|root| *root == event.contact),
                first_queued_at: *first_queued_at,
                also: *also,
            },
            What::Alerting { agent, .. } => Act::Alerting { agent: self.names.agents.intern(agent) },
            What::AlertMissed { agent, queue, cause } => {
                Act::AlertMissed { queue: queues.maybe(queue), agent: self.names.agents.intern(agent), cause: *cause }
            }
            What::Answered { agent, queue, role } => {
                Act::Answered { queue: queues.maybe(queue), agent: self.names.agents.intern(agent), role: *role }
            }
            What::Held { agent } => Act::Held { agent: self.names.agents.maybe(agent) },
            What::Resumed { agent } => Act::Resumed { agent: self.names.agents.maybe(agent) },
            What::Transferred { agent } => Act::Transferred { agent: self.names.agents.maybe(agent) },
            What::FlowedOut { queue, cause } => Act::FlowedOut { queue: queues.intern(queue), cause: *cause },
            What::Abandoned { cause } => Act::Abandoned { cause: *cause },
            What::Blocked { queue } => Act::Blocked { queue: queues.intern(queue) },
            What::Message { author, agent } => Act::Message { author: *author, agent: self.names.agents.maybe(agent) },
            What::CallbackRequested { queue, due_at } => {
                Act::CallbackRequested { queue: queues.maybe(queue), due_at: *due_at }
            }
            What::CallbackAttempted { result } => Act::CallbackAttempted { result: *result },
            What::Updated => Act::Updated,
            What::Ended { agent } => Act::Ended { agent: self.names.agents.maybe(agent) },
            What::Wrapped { agent } => Act::Wrapped { agent: self.names.agents.maybe(agent) },
            What::Snapshot(snapshot) => Act::Snapshot(Box::new(self.told(snapshot))),
        }
    }

    fn told(&mut self, snapshot: &Snapshot<'_>) -> Told {
        Told {
            queue: self.names.queues.maybe(&snapshot.queue),
            queued_at: snapshot.queued_at,
            agent: self.names.agents.maybe(&snapshot.agent),
            answered_at: snapshot.answered_at,
            role: snapshot.role,
            held_at: snapshot.held_at,
            ended_at: snapshot.ended_at,
            direction: snapshot.direction,
            first_queued_at: snapshot.first_queued_at,
            callback_requested_at: snapshot.callback_requested_at,
            due_at: snapshot.due_at,
        }
    }
}

/// Whether an event came before its time was sealed.
fn timely(at: EventTime, line: EventTime) -> Outcome {
    if at < line { Outcome::Late } else { Outcome::Applied }
}

impl<I: Id> Names<I> {
    /// The id of a name that may be absent.
    fn maybe(&mut self, name: &Option<Text<'_>>) -> Option<I> {
        name.as_ref().map(|name| self.intern(name))
    }
}
