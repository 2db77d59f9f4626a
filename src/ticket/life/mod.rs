//! The life of a ticket: where it is, how far it has come, who waits for whom, and what each step is worth.
//!
//! **Words.** *Begun*: somebody told of it: it was created, adopted by an event that came after a creation nobody saw, or set by a
//! snapshot. *Backlog*: tickets that are begun, not resolved and not gone.
//!
//! **Deadlines.** The time for a first response, the time for resolving a complaint and `ticket_ttl` act after every event of
//! their instant, booked at their own time before each step and whenever somebody looks.
//!
//! **Invariant.** What changes the backlog of a queue is booked, so that it adds up: `backlog = opened_before + created + moved_in
//! - moved_out + reopened - resolved - deleted_open - tickets_expired`.

mod ends;
mod late;
mod promises;
mod snapshot;
mod talk;

use serde::{Deserialize, Serialize};

use super::act::{Act, Stage, Traits};
use crate::event::{Creator, Status};
use crate::feedback::{self, Surveys};
use crate::id::{AgentId, ChannelId, PriorityId, QueueId};
use crate::limits::{ASSIGNEES_MAX, EVENT_IDS_PER_TICKET_MAX};
use crate::measure::{Anomaly, Booking, Measure, Scope, TicketTime};
use crate::terms::Terms;
use crate::time::{EventTime, Span};
use crate::timeline::{self, Bookings, Fate, Memory, Served};
use promises::{Change, Promises};
use smallvec::SmallVec;
use talk::Talk;

/// Everything that is true of a ticket now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    begun: Option<Begun>,
    channel: Option<ChannelId>,
    queue: Option<QueueId>,
    priority: Option<PriorityId>,
    complaint: Complaint,
    stage: Stage,
    pending: Pending,
    assignee: Option<AgentId>,
    assigned: SmallVec<[AgentId; 4]>, // each once, in the order of their first assignment
    talk: Talk,
    promises: Promises,
    resolver: Option<AgentId>, // of the last resolve
    is_resolved_once: bool,
    is_reopened_once: bool,
    is_escalated_once: bool,
    set: Set,
    last_event: Option<EventTime>,
    gone: Option<EventTime>,
    memory: Option<Memory>, // of whose it was, once it is gone or forgotten
    surveys: Option<Box<Surveys>>,
}

/// How a ticket began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Begun {
    at: EventTime, // from then on it counts here
    created: Option<EventTime>,
}

/// Whether it is a complaint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Complaint {
    by_reason: bool,
    by_tags: bool,
    is_counted: bool,       // as created
    due: Option<EventTime>, // while it is not decided whether it is resolved in time
}

/// How long it waited for the customer while it was not resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    so_far: Span,
    since: Option<EventTime>,
}

/// When what a late event may not undo was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Set {
    backlog: EventTime,
    assignee: EventTime,
    status: EventTime,
    traits: EventTime,
}

type Step = timeline::Step<Act>;

enum Deadline {
    Response,
    Complaint,
    Promise(usize),
    Forget,
}

/// What is so now.
impl Life {
    /// Whether it is part of the backlog.
    pub fn is_backlog(&self) -> bool {
        self.begun.is_some() && self.is_unresolved()
    }

    /// Where it is.
    pub fn place(&self, terms: &Terms) -> (QueueId, ChannelId) {
        (self.queue.unwrap_or(terms.direct), self.channel.unwrap_or(terms.email))
    }

    /// How urgent it is.
    pub fn priority(&self, terms: &Terms) -> PriorityId {
        self.priority.unwrap_or(terms.normal)
    }

    /// How far it has come.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Since when it is there: its creation, as far as that is known.
    pub fn opened(&self) -> Option<EventTime> {
        self.begun.map(|begun| begun.created.unwrap_or(begun.at))
    }

    /// To whom it is assigned.
    pub fn assignee(&self) -> Option<AgentId> {
        self.assignee
    }

    /// Since when a message of the customer is unanswered.
    pub fn awaiting_since(&self) -> Option<EventTime> {
        self.talk.asked_since()
    }

    /// Whether it is a complaint.
    pub fn is_complaint(&self) -> bool {
        self.complaint.by_reason || self.complaint.by_tags
    }

    /// What customers and reviewers said of it.
    pub fn surveys(&self) -> Option<&Surveys> {
        self.surveys.as_deref()
    }

    /// Who resolved it last, else to whom it is assigned.
    fn served(&self, terms: &Terms) -> Option<Served> {
        let agent = self.resolver.or(self.assignee);
        self.begun.map(|_| Served { queue: self.place(terms), agent })
    }

    fn change<'a>(&self, step: &'a Step, terms: &Terms) -> Change<'a> {
        Change { at: step.at, act: &step.act, before: self.case(terms), was_open: self.is_unresolved() }
    }

    /// Nothing is known of it from then on but whose it was.
    fn let_go(&mut self, at: EventTime, terms: &Terms) {
        let since_now = |served| Memory { served, until: at + terms.keeps_served() };
        let memory = self.memory.or_else(|| self.served(terms).map(since_now));
        *self = Self { surveys: self.surveys.take(), memory, ..Self::default() };
    }

    fn is_unresolved(&self) -> bool {
        matches!(self.stage, Stage::Unresolved(_))
    }

    fn created(&self) -> Option<EventTime> {
        self.begun.and_then(|begun| begun.created)
    }
}

/// Beginning, moving, changing.
impl Life {
    /// Books what counts for its queue, and for complaints where it is one.
    fn book(&self, at: EventTime, measure: Measure, terms: &Terms, bookings: &mut Bookings) {
        let (queue, channel) = self.place(terms);
        bookings.queue(at, (queue, channel), measure);
        if self.is_complaint() {
            bookings.add(Booking { at, scope: Scope::Complaints(queue, channel), measure }, 1);
        }
    }

    /// Books how much of a time lay in the hours of its queue, where it has any.
    fn book_business(&self, of: TicketTime, from: EventTime, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        if let Some(hours) = terms.sla.hours(self.place(terms).0) {
            self.book(at, Measure::BusinessTime(of, hours.between(from, at)), terms, bookings);
        }
    }

    fn take(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        if step.bulk {
            let mut own = Bookings::default();
            let assigned = self.assigned.len();
            self.act(step.at, &step.act, terms, &mut own);
            self.assigned.truncate(assigned); // a script assigned it: that of a person is still to come
            bookings.take_over(&own, true);
        } else {
            self.act(step.at, &step.act, terms, bookings);
        }
    }

    fn act(&mut self, at: EventTime, act: &Act, terms: &Terms, bookings: &mut Bookings) {
        match *act {
            Act::Created { .. } => bookings.odd(at, Anomaly::CreatedTwice),
            Act::Assigned { agent, queue } => self.assigned(at, agent, queue, terms, bookings),
            Act::HandedOver { queue } => self.handed_over(at, queue, terms, bookings),
            Act::Replied { author, agent, is_public } => self.replied(at, author, agent, is_public, terms, bookings),
            Act::StatusChanged { status: Some(status) } => self.set_status(at, status),
            Act::StatusChanged { status: None } => bookings.odd(at, Anomaly::UnknownStatus),
            Act::Updated { traits } => self.updated(at, traits, terms, bookings),
            Act::Escalated => self.escalated(at, terms, bookings),
            Act::Resolved { agent } => self.resolved(at, agent, terms, bookings),
            Act::Reopened => self.reopened(at, terms, bookings),
            Act::Closed { agent } => self.closed(at, agent, terms, bookings),
            Act::Deleted { cause } => self.deleted(at, cause, terms, bookings),
            Act::Snapshot(ref told) => self.set(at, told, terms, bookings),
            Act::Feedback(_) => {} // has a way of its own: it is no part of what happens to a ticket
        }
    }

    /// The first that is told of it.
    fn begin(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        self.channel = step.channel;
        self.memory = None;
        match step.act {
            Act::Created { queue, by, traits } => self.create(step.at, queue, by, traits, terms, bookings),
            Act::Snapshot(_) => self.take(step, terms, bookings),
            Act::Assigned { queue, .. } | Act::HandedOver { queue } => self.adopt(step, queue, terms, bookings),
            _ => self.adopt(step, step.queue, terms, bookings),
        }
    }

    fn create(
        &mut self,
        at: EventTime,
        queue: QueueId,
        by: Creator,
        traits: Traits,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        self.begun = Some(Begun { at, created: Some(at) });
        self.queue = Some(queue);
        self.promises.in_queue_since = Some(at);
        self.set.backlog = at;
        self.set_traits(at, traits);
        self.talk.begin(at, by, terms);
        self.complaint.due = Some(at + terms.complaint_due);
        self.complaint.is_counted = self.is_complaint();
        self.book(at, Measure::TicketCreated, terms, bookings);
    }

    /// It was there before the log began: nothing is known of its beginning.
    fn adopt(&mut self, step: &Step, queue: Option<QueueId>, terms: &Terms, bookings: &mut Bookings) {
        self.begun = Some(Begun { at: step.at, created: None });
        self.queue = queue;
        self.set.backlog = step.at;
        bookings.queue(step.at, self.place(terms), Measure::TicketAdopted);
        self.take(step, terms, bookings);
    }

    fn assigned(
        &mut self,
        at: EventTime,
        agent: Option<AgentId>,
        queue: Option<QueueId>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) {
        let is_moved = self.move_to(at, queue, terms, bookings);
        if agent.is_some() || is_moved {
            self.assignee = agent;
            self.set.assignee = at;
        }
        if let Some(agent) = agent.filter(|agent| !self.assigned.contains(agent) && self.assigned.len() < ASSIGNEES_MAX)
        {
            self.assigned.push(agent);
            bookings.agent(at, agent, Measure::AssignedToAgent);
        }
    }

    fn handed_over(&mut self, at: EventTime, queue: Option<QueueId>, terms: &Terms, bookings: &mut Bookings) {
        if self.move_to(at, queue, terms, bookings) {
            self.assignee = None;
            self.set.assignee = at;
        }
        self.talk.hand_over(at, terms);
    }

    /// Whether that is another queue than before.
    fn move_to(&mut self, at: EventTime, queue: Option<QueueId>, terms: &Terms, bookings: &mut Bookings) -> bool {
        let from = self.place(terms);
        if queue.is_none_or(|queue| queue == from.0) {
            return false;
        }
        self.queue = queue;
        self.promises.in_queue_since = Some(at);
        if self.is_unresolved() {
            self.set.backlog = at;
            bookings.queue(at, from, Measure::MovedOut);
            bookings.queue(at, self.place(terms), Measure::MovedIn);
        }
        true
    }

    fn set_status(&mut self, at: EventTime, status: Status) {
        self.set.status = at;
        let stage = match self.stage {
            Stage::Unresolved(_) => Stage::Unresolved(status),
            Stage::Resolved { .. } => Stage::Resolved { then: status },
        };
        self.set_stage(at, stage);
    }

    /// Goes on to a stage; the active clock stops while it waits for the customer.
    fn set_stage(&mut self, at: EventTime, stage: Stage) {
        let waits = stage == Stage::Unresolved(Status::Pending);
        match (self.pending.since, waits) {
            (Some(since), false) => {
                self.pending.so_far += (at - since).at_least_zero();
                self.pending.since = None;
            }
            (None, true) => self.pending.since = Some(at),
            _ => {}
        }
        self.stage = stage;
    }

    /// What became known later may make it a complaint; it counts as one that was created, then.
    fn updated(&mut self, at: EventTime, traits: Traits, terms: &Terms, bookings: &mut Bookings) {
        self.set_traits(at, traits);
        if self.is_complaint() && self.created().is_some() && !self.complaint.is_counted {
            self.complaint.is_counted = true;
            let (queue, channel) = self.place(terms);
            let scope = Scope::Complaints(queue, channel);
            bookings.add(Booking { at, scope, measure: Measure::TicketCreated }, 1);
        }
    }

    fn set_traits(&mut self, at: EventTime, traits: Traits) {
        self.set.traits = at;
        self.priority = traits.priority.or(self.priority);
        self.promises.tags = traits.tags.unwrap_or(self.promises.tags);
        self.complaint.by_reason = traits.is_complaint_by_reason.unwrap_or(self.complaint.by_reason);
        self.complaint.by_tags = traits.is_complaint_by_tags.unwrap_or(self.complaint.by_tags);
    }

    fn escalated(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let first = !self.is_escalated_once;
        self.is_escalated_once = true;
        self.book(at, Measure::Escalated { first }, terms, bookings);
    }

    /// What is said of it counts for whose it is, whether it is gone or not.
    fn feedback(&mut self, step: &Step, told: &feedback::Told, terms: &Terms, bookings: &mut Bookings) {
        let served = match &mut self.memory {
            Some(memory) => memory.ask(step.at, terms),
            None => self.served(terms),
        };
        let place = told.place(served, step.channel, terms.email, terms);
        self.surveys.get_or_insert_default().take(step.at, told, place, terms, bookings);
    }
}

/// Deadlines.
impl Life {
    fn deadline(&self, terms: &Terms) -> Option<(EventTime, Deadline)> {
        let response = self.talk.response_due().map(|at| (at, Deadline::Response));
        let complaint = self.complaint.due.map(|at| (at, Deadline::Complaint));
        let promise = self.promise_due().map(|(at, clock)| (at, Deadline::Promise(clock)));
        let forget = self.gone.or(self.last_event).map(|last| (last + terms.ticket_ttl, Deadline::Forget));
        [response, complaint, promise, forget].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    /// The time for resolving it is over, if it is a complaint.
    fn pass_complaint_due(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        self.complaint.due = None;
        self.decide_complaint(at, true, terms, bookings);
    }

    fn decide_complaint(&self, at: EventTime, overdue: bool, terms: &Terms, bookings: &mut Bookings) {
        if self.is_complaint() {
            let (queue, channel) = self.place(terms);
            let scope = Scope::Complaints(queue, channel);
            bookings.add(Booking { at, scope, measure: Measure::ComplaintDecided { overdue } }, 1);
        }
    }

    /// Nothing was heard of it for so long that it is forgotten; that it was not resolved is counted.
    fn expire(&mut self, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        if self.is_backlog() {
            self.book(at, Measure::TicketExpired, terms, bookings);
        }
        self.let_go(self.gone.unwrap_or(at), terms);
    }
}

impl timeline::Life for Life {
    type Act = Act;
    const IDS_MAX: usize = EVENT_IDS_PER_TICKET_MAX;

    fn over(until: Option<EventTime>, memory: Option<Memory>, terms: &Terms) -> Self {
        Self { gone: until.map(|until| until - terms.ticket_ttl), memory, ..Self::default() }
    }

    fn memory(&self, _: &Terms) -> Option<Memory> {
        self.memory
    }

    fn apply(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        if let Act::Feedback(told) = &step.act {
            return self.feedback(step, told, terms, bookings);
        }
        if self.gone.is_some() {
            return bookings.odd(step.at, Anomaly::AfterTheEnd);
        }
        self.last_event = self.last_event.max(Some(step.at));
        let change = self.change(step, terms);
        match self.begun {
            None => self.begin(step, terms, bookings),
            Some(_) => self.take(step, terms, bookings),
        }
        self.keep_promises(&change, terms, bookings);
    }

    fn apply_late(&mut self, step: &Step, terms: &Terms, bookings: &mut Bookings) {
        match &step.act {
            Act::Feedback(told) => self.feedback(step, told, terms, bookings),
            _ if self.gone.is_some() => bookings.odd(step.at, Anomaly::AfterTheEnd),
            _ => {
                let change = self.change(step, terms);
                let mut own = Bookings::default();
                let assigned = self.assigned.len();
                self.act_late(step.at, &step.act, terms, &mut own);
                if step.bulk {
                    self.assigned.truncate(assigned);
                }
                bookings.take_over(&own, step.bulk);
                self.keep_promises(&change, terms, bookings);
            }
        }
    }

    fn advance(&mut self, before: EventTime, terms: &Terms, bookings: &mut Bookings) {
        while let Some((at, deadline)) = self.deadline(terms).filter(|(at, _)| *at < before) {
            match deadline {
                Deadline::Response => self.pass_response_due(at, terms, bookings),
                Deadline::Complaint => self.pass_complaint_due(at, terms, bookings),
                Deadline::Promise(clock) => self.break_promise(clock, at, terms, bookings),
                Deadline::Forget => self.expire(at, terms, bookings),
            }
        }
    }

    fn next_deadline(&self, terms: &Terms) -> EventTime {
        self.deadline(terms).map_or(EventTime::MAX, |(at, _)| at)
    }

    fn look_up_promises(&mut self, terms: &Terms) {
        Self::look_up_promises(self, terms);
    }

    fn touch(&self) -> usize {
        let began = usize::from(self.begun.is_some()) ^ usize::from(self.last_event.is_some());
        self.assigned.len()
            ^ usize::from(self.is_resolved_once)
            ^ usize::from(self.set.traits == EventTime::MIN)
            ^ began
    }

    fn last_event(&self) -> Option<EventTime> {
        self.last_event
    }

    fn fate(&self, line: EventTime, terms: &Terms) -> Fate {
        if self.surveys.as_ref().is_some_and(|surveys| surveys.are_kept(line, terms)) {
            return Fate::Keep;
        }
        self.fate_without_surveys(line, terms)
    }

    fn kept_until(&self, terms: &Terms) -> EventTime {
        let life = match self.gone {
            Some(gone) => gone + terms.lateness,
            None if self.begun.is_none() && self.last_event.is_none() => {
                timeline::forgotten_kept_until(self.memory.as_ref(), terms)
            }
            None => EventTime::MAX,
        };
        let surveys = self.surveys.as_ref().and_then(|surveys| surveys.kept_until(terms));
        surveys.map_or(life, |surveys| surveys.max(life))
    }

    fn rests(&self) -> bool {
        self.is_done()
    }

    fn idle_since(&self, line: EventTime, terms: &Terms) -> Option<EventTime> {
        let heard = self.last_event.filter(|last| self.is_done() && *last + terms.lateness < line);
        let is_idle = heard.is_some() || self.fate_without_surveys(line, terms) != Fate::Keep;
        let answered = self.surveys.as_ref().and_then(|surveys| surveys.latest());
        is_idle.then(|| heard.max(answered).unwrap_or(EventTime::MIN))
    }

    /// A resolved ticket is forgotten: should it be opened again, it is one that was opened before.
    fn give_up(&mut self, line: EventTime, terms: &Terms) -> Fate {
        if let Some(last) = self.last_event.filter(|_| self.is_done()) {
            self.let_go(last, terms);
        }
        self.fate_without_surveys(line, terms)
    }

    fn jumps(&self, _: &Act, _: &Act) -> bool {
        false
    }
}

impl Life {
    /// Whether nothing of it is open: it is resolved, and nothing is left to decide.
    fn is_done(&self) -> bool {
        let is_resolved = self.begun.is_some() && self.gone.is_none() && !self.is_unresolved();
        is_resolved && self.talk.response_due().is_none() && self.complaint.due.is_none()
    }

    fn fate_without_surveys(&self, line: EventTime, terms: &Terms) -> Fate {
        match self.gone {
            Some(over) if over + terms.lateness < line => Fate::Close { until: over + terms.ticket_ttl },
            None if self.begun.is_none() && self.last_event.is_none() => {
                timeline::fate_of_forgotten(self.memory.as_ref(), line, terms)
            }
            _ => Fate::Keep,
        }
    }
}
