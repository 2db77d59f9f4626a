//! A shard as bytes: what a later owner of the partition needs to go on as if nothing had happened.
//!
//! **What is left out.** What the counters took, which begin at 0 with every process; memory that is kept for later; and whatever is
//! looked up in the rules, so that a shard is read under the rules that it was folded under (see [`Rules::meaning`]). Places of the
//! budget are taken anew, also past its limit: what was kept stays kept, and only who comes later finds no place.
//!
//! **Invariant.** A shard that was written and is read again shows the same figures as the one that goes on, at every moment and after
//! whatever comes.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use super::agents::AgentsState;
use super::closed::ClosedState;
use super::notices::{Changes, Feed};
use super::rings::Rings;
use super::table::{TableState, Written as WrittenTable};
use super::{KnownNames, Shard};
use crate::binary;
use crate::budget::Budget;
use crate::contact;
use crate::id::{OTHER, QueueId, SourceId};
use crate::rules::Rules;
use crate::ticket;
use crate::time::EventTime;
use crate::window::Tally;

/// Why bytes are no shard.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// They do not have the form.
    #[error("the state has another form: {0}")]
    Form(#[from] postcard::Error),
    /// They were written under rules that name other queues or channels first.
    #[error("the state was written under other rules: it does not begin with the names of these")]
    Rules,
    /// There is more.
    #[error("the state has another form: {0} bytes follow its end")]
    Longer(usize),
}

/// What is written. The order of the fields is the form; [`Read`] has the same.
#[derive(Serialize)]
struct Written<'a> {
    names: [Vec<Arc<str>>; 5],
    watermark: Option<EventTime>,
    counted_to: EventTime,
    contacts: WrittenTable<'a, contact::Life>,
    tickets: WrittenTable<'a, ticket::Life>,
    agents: AgentsState<'a>,
    closed: ClosedState,
    rings: &'a Rings,
    books: &'a Tally,
    queue_states: &'a HashMap<QueueId, Changes, FixedState>,
    feeds: &'a HashMap<SourceId, Feed, FixedState>,
}

/// What is read.
#[derive(Deserialize)]
struct Read {
    names: [Vec<Arc<str>>; 5],
    watermark: Option<EventTime>,
    counted_to: EventTime,
    contacts: TableState<contact::Life>,
    tickets: TableState<ticket::Life>,
    agents: AgentsState<'static>,
    closed: ClosedState,
    rings: Rings,
    books: Tally,
    queue_states: HashMap<QueueId, Changes, FixedState>,
    feeds: HashMap<SourceId, Feed, FixedState>,
}

impl Shard {
    /// Writes the state.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: impl io::Write) -> io::Result<()> {
        debug_assert!(self.changes.is_empty(), "what was applied is booked before it is written");
        let written = Written {
            names: self.names.lists(),
            watermark: self.watermark,
            counted_to: self.counted_to,
            contacts: self.contacts.written(&self.terms),
            tickets: self.tickets.written(&self.terms),
            agents: self.agents.state(),
            closed: self.closed.state(),
            rings: &self.rings,
            books: &self.books,
            queue_states: &self.queue_states,
            feeds: &self.feeds,
        };
        binary::write(&written, out)
    }

    /// The state that was written as these bytes, under the rules that it was folded under; gives what follows it, too.
    ///
    /// # Errors
    /// The bytes are no state, or one under other rules.
    pub fn read_from<'a>(
        bytes: &'a [u8],
        rules: Arc<Rules>,
        budget: &Arc<Budget>,
    ) -> Result<(Self, &'a [u8]), Unreadable> {
        let (read, rest): (Read, _) = postcard::take_from_bytes(bytes)?;
        let mut shard = Self::within(rules, budget);
        if !shard.names.restore(read.names) {
            return Err(Unreadable::Rules);
        }
        shard.learn();
        shard.watermark = read.watermark;
        shard.counted_to = read.counted_to;
        shard.contacts.restore(read.contacts, &shard.terms, &mut shard.changes);
        shard.tickets.restore(read.tickets, &shard.terms, &mut shard.changes);
        let agents = &shard.names.agents;
        shard.agents.restore(read.agents, |agent| agents.name(agent) != OTHER);
        shard.closed.restore(read.closed);
        shard.rings = read.rings;
        shard.books = read.books;
        shard.queue_states = read.queue_states;
        shard.feeds = read.feeds;
        shard.book_changes();
        Ok((shard, rest))
    }
}

impl KnownNames {
    fn lists(&self) -> [Vec<Arc<str>>; 5] {
        [self.queues.list(), self.channels.list(), self.agents.list(), self.sources.list(), self.priorities.list()]
    }

    /// False: the lists do not begin with the names that are known already.
    fn restore(&mut self, [queues, channels, agents, sources, priorities]: [Vec<Arc<str>>; 5]) -> bool {
        self.queues.restore(queues)
            && self.channels.restore(channels)
            && self.agents.restore(agents)
            && self.sources.restore(sources)
            && self.priorities.restore(priorities)
    }
}
