//! One ticket: its events, sorted, taken one after the other, and what that comes to.
//!
//! **Words.** *Asked*: the customer wrote and no agent has answered yet. *First response*: awaited from the moment that somebody
//! asked first; `response_rate` decides on its own, since a resolve ends the one and not the other.

mod course;
pub mod figures;
mod promises;
mod snapshot;
mod talk;

use super::Settings;
use super::clock::Clock;
use super::contact::{Booking, Pair, Place};
use super::event::{Event, TYPES};
use super::surveys::{Memory, Opinion, Served};

/// Where a ticket is in its life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unknown,
    Unresolved,
    Resolved,
    Deleted,
}

/// What is known of the first response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum First {
    /// It happened, or not, before anybody told of the ticket.
    Unknown,
    /// An agent wrote first, and the customer has not written.
    NotAsked,
    Awaited,
    Decided,
}

/// The oldest message of the customer that no agent answered.
#[derive(Clone, Copy)]
struct Asked {
    since: i64,
    is_creation: bool,
}

/// A ticket as its events so far left it.
pub struct Ticket<'a> {
    settings: &'a Settings,
    booked: Vec<Booking>,
    pub opinions: Vec<Opinion>,
    /// Of a ticket that was deleted or forgotten.
    memory: Option<Memory>,
    /// The event that is being taken keeps out of durations and agents' figures.
    in_bulk: bool,
    last_event: i64,
    stage: Stage,
    pair: Pair,
    priority: String,
    status: &'static str,
    reason: Option<String>,
    tags: Vec<String>,
    assignee: Option<String>,
    /// Every agent it was ever assigned to.
    assigned: Vec<String>,
    /// Of the last resolve.
    resolver: Option<String>,
    /// When it was first heard of.
    began: i64,
    created: Option<i64>,
    handed_over: Option<i64>,
    first: First,
    /// When the customer asked first.
    first_asked: Option<i64>,
    is_rate_decided: bool,
    asked: Option<Asked>,
    replies: i64,
    /// An agent has replied, as was seen or told.
    is_replied: bool,
    pending: i64,
    was_complaint: bool,
    was_resolved: bool,
    was_reopened: bool,
    was_escalated: bool,
    is_due_decided: bool,
    /// Of what is promised, one of each target.
    clocks: Vec<Clock>,
    /// By an agent in public, the last time.
    answered_at: Option<i64>,
    /// When it came to its queue, or came back, where that was told.
    in_queue_since: Option<i64>,
    /// The last time.
    reopened_at: Option<i64>,
}

/// The most agents whose first assignment counts.
const ASSIGNED_MAX: usize = 32;

/// The ticket as it stands at `t`, from its distinct events up to `t`.
pub fn fold<'a>(mut events: Vec<Event>, settings: &'a Settings, t: i64) -> Ticket<'a> {
    events.sort_by_key(|event| (event.time, event.seq, event.rank, event.id().to_owned()));
    let mut ticket = Ticket::unknown(settings);
    for event in &events {
        ticket.pass_deadlines_before(event.time);
        ticket.take(event);
    }
    ticket.pass_deadlines_before(t);
    ticket
}

impl<'a> Ticket<'a> {
    fn unknown(settings: &'a Settings) -> Self {
        Self {
            settings,
            booked: Vec::new(),
            opinions: Vec::new(),
            memory: None,
            in_bulk: false,
            last_event: i64::MIN,
            stage: Stage::Unknown,
            pair: Pair::default(),
            priority: "normal".to_owned(),
            status: "open",
            reason: None,
            tags: Vec::new(),
            assignee: None,
            assigned: Vec::new(),
            resolver: None,
            began: i64::MIN,
            created: None,
            handed_over: None,
            first: First::Unknown,
            first_asked: None,
            is_rate_decided: false,
            asked: None,
            replies: 0,
            is_replied: false,
            pending: 0,
            was_complaint: false,
            was_resolved: false,
            was_reopened: false,
            was_escalated: false,
            is_due_decided: false,
            clocks: Vec::new(),
            answered_at: None,
            in_queue_since: None,
            reopened_at: None,
        }
    }

    fn take(&mut self, event: &Event) {
        if event.is_feedback() {
            let served = self.served(event.time);
            return self.opinions.push(Opinion::read(event, served));
        }
        if self.stage == Stage::Deleted {
            return self.note(event.time, "after_the_end");
        }
        if self.stage == Stage::Unresolved && self.status == "pending" {
            self.pending += event.time - self.last_event;
        }
        self.last_event = event.time;
        self.in_bulk = event.is_bulk();
        let before = self.case();
        self.happens(event);
        self.promises_are_reconsidered(event.time, &before);
        self.in_bulk = false;
    }

    fn happens(&mut self, event: &Event) {
        match TYPES[event.rank] {
            "ticket.created" => return self.created(event),
            "ticket.snapshot" => return self.snapshot(event),
            _ if self.stage == Stage::Unknown => self.is_adopted_by(event),
            _ => {}
        }
        match TYPES[event.rank] {
            "ticket.assigned" => self.assigned(event),
            "ticket.handed_over" => self.handed_over(event),
            "ticket.replied" => self.replied(event),
            "ticket.status_changed" => self.status_changed(event),
            "ticket.updated" => self.updated(event),
            "ticket.escalated" => self.escalated(event.time),
            "ticket.resolved" => self.resolved(event),
            "ticket.reopened" => self.reopened(event.time),
            "ticket.closed" => self.closed(event),
            "ticket.deleted" => self.deleted(event),
            _ => {}
        }
    }

    fn book(&mut self, at: i64, what: &'static str, part: &'static str, ms: i64) {
        let place = Place::Queue(self.pair.clone());
        self.booked.push(Booking { at, place, what, part, ms });
        if self.is_complaint() {
            self.book_for_complaints(at, what, part, ms);
        }
    }

    fn book_for_complaints(&mut self, at: i64, what: &'static str, part: &'static str, ms: i64) {
        let place = Place::Complaints(self.pair.clone());
        self.booked.push(Booking { at, place, what, part, ms });
    }

    /// Books a duration, which an event in bulk does not tell.
    fn measure(&mut self, at: i64, what: &'static str, part: &'static str, ms: i64) {
        if !self.in_bulk {
            self.book(at, what, part, ms);
        }
    }

    /// Books a figure of an agent, which an event in bulk is not.
    fn book_agent(&mut self, at: i64, agent: &str, what: &'static str, part: &'static str, ms: i64) {
        if !self.in_bulk {
            let place = Place::Agent(agent.to_owned());
            self.booked.push(Booking { at, place, what, part, ms });
        }
    }

    fn note(&mut self, at: i64, what: &'static str) {
        self.booked.push(Booking { at, place: Place::Books, what, part: "", ms: 0 });
    }

    fn is_complaint(&self) -> bool {
        let (reasons, tags) = (&self.settings.complaint_reasons, &self.settings.complaint_tags);
        let has_reason = self.reason.as_ref().is_some_and(|reason| reasons.contains(reason));
        has_reason || self.tags.iter().any(|tag| tags.contains(tag))
    }

    /// Where it is, and who resolved it last, else has it; of one that is gone as long as that is remembered.
    fn served(&mut self, at: i64) -> Option<Served> {
        match self.stage {
            Stage::Unknown | Stage::Deleted => self.memory.as_mut()?.recall(at, self.settings),
            Stage::Unresolved | Stage::Resolved => Some(self.served_last()),
        }
    }

    fn served_last(&self) -> Served {
        (self.pair.clone(), self.resolver.as_ref().or(self.assignee.as_ref()).cloned())
    }

    fn is_gone(&mut self, at: i64) {
        self.memory = Some(Memory::of(Some(self.served_last()), at, self.settings));
    }
}

/// What happens when a deadline passes, given when it was.
type Passes<T> = fn(&mut T, i64);

/// What time alone decides.
impl Ticket<'_> {
    fn pass_deadlines_before(&mut self, t: i64) {
        while let Some((at, passes)) = self.next_deadline().filter(|(at, _)| *at < t) {
            passes(self, at);
        }
    }

    fn next_deadline(&self) -> Option<(i64, Passes<Self>)> {
        let is_known = !matches!(self.stage, Stage::Unknown | Stage::Deleted);
        let ttl = is_known.then(|| self.last_event + self.settings.ticket_ttl);
        let deadlines: [(Option<i64>, Passes<Self>); 4] = [
            (self.response_due().filter(|_| is_known), Self::is_not_replied_in_time),
            (self.complaint_due().filter(|_| is_known), Self::is_not_resolved_in_time),
            (self.next_promise_due(), Self::breaks_promises),
            (ttl, Self::is_forgotten),
        ];
        deadlines.into_iter().filter_map(|(at, passes)| Some((at?, passes))).min_by_key(|(at, _)| *at)
    }

    fn response_due(&self) -> Option<i64> {
        let start = self.start_of_first_response().filter(|_| !self.is_rate_decided)?;
        Some(start + self.settings.response_within)
    }

    fn is_not_replied_in_time(&mut self, at: i64) {
        self.is_rate_decided = true;
        self.book(at, "not_responded", "", 0);
    }

    fn complaint_due(&self) -> Option<i64> {
        self.created.filter(|_| !self.is_due_decided).map(|created| created + self.settings.complaint_due)
    }

    fn is_not_resolved_in_time(&mut self, at: i64) {
        self.is_due_decided = true;
        if self.is_complaint() {
            self.book_for_complaints(at, "overdue", "", 0);
        }
    }

    fn is_forgotten(&mut self, at: i64) {
        if self.stage == Stage::Unresolved {
            self.book(at, "tickets_expired", "", 0);
        }
        self.is_gone(at);
        let unknown = Self::unknown(self.settings);
        let known = std::mem::replace(self, unknown);
        (self.booked, self.opinions, self.memory) = (known.booked, known.opinions, known.memory);
    }

    /// When nobody knows any longer that it was deleted.
    pub fn is_key_forgotten_at(&self) -> Option<i64> {
        (self.stage == Stage::Deleted).then(|| self.last_event + self.settings.ticket_ttl)
    }
}

/// What a ticket comes to.
impl Ticket<'_> {
    pub fn is_unresolved(&self) -> bool {
        self.stage == Stage::Unresolved
    }

    pub fn queue(&self) -> &str {
        &self.pair.0
    }

    pub fn priority(&self) -> &str {
        &self.priority
    }

    pub fn status(&self) -> &'static str {
        self.status
    }

    pub fn is_assigned(&self) -> bool {
        self.assignee.is_some()
    }

    /// Since when its age counts.
    pub fn since(&self) -> i64 {
        self.created.unwrap_or(self.began)
    }

    /// Since when the customer waits for an answer.
    pub fn awaiting_since(&self) -> Option<i64> {
        self.asked.map(|asked| asked.since)
    }

    /// Everything that counts.
    pub fn bookings(&self) -> Vec<Booking> {
        let opinions = super::surveys::bookings(&self.opinions, self.settings);
        self.booked.iter().cloned().chain(opinions).collect()
    }
}
