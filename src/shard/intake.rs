//! How an event gets into a shard.

use smallvec::SmallVec;

use super::notices::Change;
use super::table::{Admitted, Call, Fold, Sweep, Table};
use super::{Parts, Shard};
use crate::event::{Body, ContactEvent, Event, QueueState, TicketEvent, TicketWhat, What};
use crate::id::{QueueId, hash};
use crate::measure::{Anomaly, Scope};
use crate::time::EventTime;
use crate::timeline::{Life, Sealing, Step};

/// Events that are applied between two sweeps at the least: as many as there are things to sweep, so that a sweep costs an event no
/// more than one look.
const SWEEP_EVERY_MIN: usize = 4_096;

/// Bookings that are put down together at the most.
const BOOKED_TOGETHER: usize = 256;

/// So many times a sweep looks only at what is over, and then once at everything.
const SWEEPS_OF_SOME: usize = 7;

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
    /// Fetches from memory what these events will look at: their contacts and tickets, and the rings of those queues and agents that
    /// they nearly always count for. Nothing changes; to apply them is faster then.
    pub fn fetch<'e>(&self, events: impl Iterator<Item = &'e Event<'e>> + Clone) {
        let mut scopes = SmallVec::<[Scope; 128]>::new();
        let bodies = events.map(|event| &event.body);
        let contacts = bodies.clone().filter_map(|body| if let Body::Contact(own) = body { Some(own) } else { None });
        let tickets = bodies.filter_map(|body| if let Body::Ticket(own) = body { Some(own) } else { None });
        for agent in contacts.clone().filter_map(|own| own.what.agent()) {
            scopes.extend(self.names.agents.find(agent).map(Scope::Agent));
        }
        self.contacts.fetch(contacts.map(|own| &*own.contact), |contact| {
            let life = contact.sealed_life();
            let told = contact.steps().iter().find_map(|step| Some((step.act.queue()?, step.channel)));
            let told = told.map(|(queue, channel)| (queue, channel.unwrap_or(self.terms.voice)));
            let place = life.stays().first().map(|stay| stay.queue).or(life.legs().first().map(|leg| leg.queue));
            scopes.extend(place.or(told).map(|(queue, channel)| Scope::Queue(queue, channel)));
        });
        self.tickets.fetch(tickets.map(|own| &*own.ticket), |ticket| {
            let told = ticket.steps().iter().find_map(|step| Some((step.act.queue()?, step.channel)));
            let told = told.map(|(queue, channel)| (queue, channel.unwrap_or(self.terms.email)));
            let (queue, channel) = told.unwrap_or_else(|| ticket.sealed_life().place(&self.terms));
            scopes.push(Scope::Queue(queue, channel));
        });
        self.rings.fetch(&scopes);
    }

    /// Applies one event. `recorded_at` is the broker's time of the record, where there is a broker.
    pub fn apply(&mut self, event: &Event<'_>, recorded_at: Option<EventTime>) -> Outcome {
        let outcome = self.apply_one(event, recorded_at);
        self.book();
        outcome
    }

    /// Applies one event of several. What they are worth may be booked later, so that it is booked of many at once and the processor keeps
    /// the code for it at hand: before anything is read, [`Shard::book`] is called.
    pub fn apply_one(&mut self, event: &Event<'_>, recorded_at: Option<EventTime>) -> Outcome {
        if recorded_at.is_some_and(|recorded| event.at > recorded + self.rules.max_skew) {
            return Outcome::BadTime;
        }
        let outcome = match &event.body {
            Body::Contact(own) => self.contact(event, own),
            Body::Ticket(own) => self.ticket(event, own),
            Body::Agent { agent, change } => self.agent(event, agent, change),
            Body::QueueState { queue, state } => self.queue_state(event, queue, *state),
            Body::Heartbeat => self.heartbeat(event),
        };
        if outcome != Outcome::Duplicate {
            self.note_feed(event, recorded_at);
        }
        let seen = recorded_at.map_or(event.at, |recorded| recorded.min(event.at));
        self.watermark = self.watermark.max(Some(seen));
        self.applied_since_sweep += 1;
        let swept = self.contacts.len() + self.tickets.len() + self.rings.len();
        if self.applied_since_sweep > swept.max(SWEEP_EVERY_MIN) {
            self.sweep(if self.sweeps_of_some < SWEEPS_OF_SOME { Sweep::Over } else { Sweep::All });
        }
        if self.changes.len().max(self.taken.bookings.len()) >= BOOKED_TOGETHER {
            self.book();
        }
        outcome
    }

    /// Books what events are worth that were applied one by one, and lets the counters take what became final.
    pub fn book(&mut self) {
        self.count();
        self.book_changes();
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
            let source = self.names.sources.intern_again(source);
            self.feeds.entry(source).or_default().note(event.at, recorded_at);
        }
    }

    /// The number of a queue, and its terms looked up if it is new.
    pub(super) fn queue(&mut self, name: &str) -> QueueId {
        let queue = self.names.queues.intern(name);
        self.learn();
        queue
    }

    fn contact(&mut self, event: &Event<'_>, own: &ContactEvent<'_>) -> Outcome {
        let step = self.contact_step(event, own);
        let ttl = &self.rules.contact_ttl;
        let ttl = own.channel.as_deref().map_or_else(|| ttl.shortest(), |channel| ttl.of(channel));
        let is_feedback = matches!(own.what, What::Feedback(_));
        let goes_first = self.terms.goes_first(step.act.queue());
        let call = Call { id: &own.contact, at: event.at, ttl, is_feedback, goes_first };
        let Parts { contacts, mut fold, .. } = self.parts();
        let placed = place(contacts, &call, step, &mut fold);
        self.take_in(event.at, placed)
    }

    fn ticket(&mut self, event: &Event<'_>, own: &TicketEvent<'_>) -> Outcome {
        let step = self.ticket_step(event, own);
        let ttl = self.rules.tickets.ttl;
        let is_feedback = matches!(own.what, TicketWhat::Feedback(_));
        let goes_first = self.terms.goes_first(step.act.queue().or(step.queue));
        let call = Call { id: &own.ticket, at: event.at, ttl, is_feedback, goes_first };
        let Parts { tickets, mut fold, .. } = self.parts();
        let placed = place(tickets, &call, step, &mut fold);
        self.take_in(event.at, placed)
    }

    /// What became of an event of a contact or ticket.
    fn take_in(&mut self, at: EventTime, placed: Result<Outcome, Anomaly>) -> Outcome {
        placed.unwrap_or_else(|anomaly| {
            self.stray(at, anomaly);
            timely(at, self.line())
        })
    }

    /// Counts an event that no contact takes.
    pub(super) fn stray(&mut self, at: EventTime, anomaly: Anomaly) {
        self.changes.odd(at, anomaly);
        self.taken.bookings.odd(at, anomaly);
    }
}

/// Whether an event came before its time was sealed.
pub(super) fn timely(at: EventTime, line: EventTime) -> Outcome {
    if at < line { Outcome::Late } else { Outcome::Applied }
}

/// Puts a step into its subject's life.
fn place<L: Life>(
    table: &mut Table<L>,
    call: &Call<'_>,
    step: Step<L::Act>,
    fold: &mut Fold<'_>,
) -> Result<Outcome, Anomaly> {
    let mut admitted = table.admit(call, fold)?;
    let Admitted { subject, spares, .. } = &mut admitted;
    if !subject.remember(&step.id, step.at) {
        return Ok(Outcome::Duplicate);
    }
    let Sealing { terms, lines, .. } = fold.sealing;
    let (at, timely) = (step.at, timely(step.at, lines.sealed));
    let mut due = if timely == Outcome::Late {
        if subject.is_idle_repeat(&step, terms) {
            return Ok(Outcome::Duplicate);
        }
        subject.add_late(&step, &mut fold.sealing, spares);
        subject.due(terms, spares)
    } else {
        subject.add(step, terms, fold.sealing.changes, spares)?
    };
    if at < lines.counted {
        due = subject.settle(lines.counted, terms, fold.sealing.taken, spares);
    }
    admitted.done(due);
    Ok(timely)
}
