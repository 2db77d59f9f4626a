//! Routine: what the platforms tell by the clock. Queues open and close, feeds show that they are alive, and the telephone system
//! repeats a part of what is open.
//!
//! **Why only a part is repeated.** A snapshot is the whole of a contact, and knows one stay or one leg. Of a contact with more to it
//! (a second place, after-contact work from before a transfer, advice, ringing, a question in a chat), it would take something away.
//! So only what a snapshot can hold is repeated, and what it repeats is so already: no figure changes.

use super::floor::{Contact, Errand, Floor, Stage, Step};
use super::plan::{QUEUE_COUNT, QUEUES, QueueNo, SOURCES, SourceNo, time_of_day};
use super::record::{Fact, State, Subject};
use crate::time::Span;

/// A feed that told nothing for this long tells that it is alive.
const SILENCE_MAX: Span = Span::from_seconds(10);
/// How often open contacts are repeated, and the part of them that is.
const REPEATED_EVERY: Span = Span::from_seconds(900);
const REPEATED: f64 = 0.2;

impl Floor {
    /// What goes on for ever begins.
    pub(super) fn plan_routine(&mut self) {
        (0..QUEUE_COUNT).for_each(|queue| self.plan(Span::ZERO, Step::Doors { queue }));
        (0..SOURCES.len()).for_each(|source| self.plan(SILENCE_MAX, Step::Beat { source }));
        self.plan(REPEATED_EVERY, Step::Repeat);
    }

    /// A queue is open or closed from now on.
    pub(super) fn doors(&mut self, queue: QueueNo) {
        let (is_open, stays_so) = QUEUES[queue].is_open(time_of_day(self.now), self.profile);
        let subject = Subject::Queue { name: QUEUES[queue].name, channel: QUEUES[queue].channel };
        let state = if is_open { "open" } else { "closed" };
        self.tell_of(subject, QUEUES[queue].source, Fact::StateChanged { state });
        if let Some(stays_so) = stays_so {
            self.plan(stays_so, Step::Doors { queue });
        }
    }

    /// The feed shows that it is alive, if nothing else did.
    pub(super) fn beat(&mut self, source: SourceNo) {
        if self.heard[source] + SILENCE_MAX <= self.now {
            self.tell_of(Subject::Source { name: SOURCES[source] }, source, Fact::Heartbeat);
        }
        self.plan_at(self.heard[source] + SILENCE_MAX, Step::Beat { source });
    }

    /// The telephone system repeats a part of what is open.
    pub(super) fn repeat(&mut self) {
        let mut open: Vec<u64> = self.contacts.keys().copied().collect();
        open.sort_unstable();
        for contact in open {
            let Some(state) = state(&self.contacts[&contact]).filter(|_| self.chance.happens(REPEATED)) else {
                continue;
            };
            let queue = self.contact(contact).queue;
            self.tell(contact, queue, Fact::Snapshot(state));
        }
        self.plan(REPEATED_EVERY, Step::Repeat);
    }
}

/// All that is so of a contact, where a snapshot can hold it.
fn state(contact: &Contact) -> Option<State> {
    if contact.beside > 0 || contact.also.is_some() || QUEUES[contact.queue].channel != "voice" {
        return None;
    }
    let queue = QUEUES[contact.queue].name;
    match contact.stage {
        Stage::Waiting { since } => Some(State::Waiting { queue, since }),
        Stage::Talking { agent, since, held, .. } => {
            Some(State::Talking { queue, agent, since, held, outbound: contact.outbound })
        }
        Stage::ToCall { errand: Errand::Callback { asked, due, .. } } => Some(State::Callback { asked, due }),
        Stage::ToCall { .. } | Stage::Ringing { .. } | Stage::Dialled { .. } => None,
    }
}
