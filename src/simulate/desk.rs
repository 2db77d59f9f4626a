//! The desk: tickets that are not over, who works on which, and what is open at the start.
//!
//! **Words.** *Line*: the tickets of an inbox that an agent could work on now. *Turn*: here the number of a ticket's stage; a step
//! that was planned for an earlier one is void. *Touch*: once that an agent works on a ticket.
//!
//! **Routing.** The agent who is idle longest takes a ticket: an urgent one first, else the one that lies longest. But now and then
//! one picks the newest, as people do; so most customers are answered soon, and a few wait for long.
//!
//! **Invariants.** No agent of an inbox is idle while a ticket lies in its line. Memory depends on the tickets that are not closed.

use std::collections::{BTreeSet, HashMap};

use foldhash::fast::FixedState;

use super::chance::{Chance, Stream};
use super::facts::{Old, TicketFact, Traits};
use super::floor::{Floor, Step};
use super::inboxes::{CHANNEL, HELPDESK, INBOX_COUNT, INBOXES, InboxNo, Post, SERVICE, WORK_TAIL, tickets_rate};
use super::presence::ON_CONTACT;
use super::record::{Fact, Subject};
use super::staff::AgentNo;
use super::tickets::Task;
use super::waits::scaled;
use crate::time::{EventTime, Span};

/// What is open at the start are the tickets of so many seconds, but at least so many.
const BACKLOG_SECONDS: f64 = 2_700.0;
const BACKLOG_MIN: u64 = 4;
/// Median age of what is open at the start, how long the tail is, and the greatest age.
const AGE: Span = Span::from_seconds(5 * 3_600);
const AGE_TAIL: f64 = 1.6;
const AGE_MAX: Span = Span::from_seconds(40 * 86_400);
/// The part of it that lies in the line, and that waits for the customer; the rest is on hold.
const OLD_IN_LINE: f64 = 0.25;
const OLD_PENDING: f64 = 0.55;
/// The part of touches that takes the newest ticket.
const CHERRY_PICKED: f64 = 0.25;
/// The part of tickets that is urgent, and that is not.
const URGENT: f64 = 0.08;
const LOW: f64 = 0.10;
/// The part of tickets that tells what it is about, and that is a complaint.
const REASON_TOLD: f64 = 0.5;
const COMPLAINTS: f64 = 0.04;
const REASONS: [&str; 4] = ["invoice", "delivery", "outage", "contract"];

/// Everything about tickets.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) chance: Chance,
    pub(super) tickets: HashMap<u64, Ticket, FixedState>,
    post: Post,
    lines: [BTreeSet<Lying>; INBOX_COUNT],
    numbers: u64,
}

/// A ticket in a line: urgent ones come first, then by how long they lie.
type Lying = (bool, EventTime, u64);

/// A ticket that is not over.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    pub(super) inbox: InboxNo,
    pub(super) created: EventTime,
    pub(super) is_urgent: bool,
    /// Lies here since; kept when it is moved.
    pub(super) since: EventTime,
    pub(super) turn: u32,
    pub(super) stage: Stage,
    /// Whether an agent has answered.
    pub(super) was_touched: bool,
    pub(super) was_moved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// A bot looks at it first.
    AtBot,
    InLine,
    Worked,
    /// Waits for the customer since.
    Pending(EventTime),
    OnHold,
    Resolved(EventTime),
}

impl Desk {
    /// Nothing has come yet.
    pub(super) fn new(seed: u64, start: EventTime, rate: f64, profile: super::Profile) -> Self {
        Self {
            chance: Chance::new(seed, Stream::Tickets),
            tickets: HashMap::default(),
            post: Post::new(seed, start, rate, profile),
            lines: Default::default(),
            numbers: 0,
        }
    }

    /// What a new ticket is like.
    pub(super) fn traits(&mut self, is_urgent: bool) -> Traits {
        let is_low = !is_urgent && self.chance.happens(LOW);
        let reason = self.chance.pick(&REASONS);
        let is_told = self.chance.happens(REASON_TOLD);
        Traits {
            priority: if is_urgent { Some("high") } else { is_low.then_some("low") },
            reason: is_told.then_some(reason),
            tags: if self.chance.happens(COMPLAINTS) { &["complaint", "web-form"] } else { &[] },
        }
    }

    pub(super) fn is_urgent(&mut self) -> bool {
        self.chance.happens(URGENT)
    }

    /// Another ticket in the same line, if there is one: this one may be about the same.
    pub(super) fn twin(&self, inbox: InboxNo) -> Option<u64> {
        self.lines[inbox].first().map(|(_, _, ticket)| *ticket)
    }
}

impl Floor {
    /// What lies at the start is told, and post begins to come.
    pub(super) fn open_desk(&mut self) {
        let backlog = BACKLOG_MIN.max((tickets_rate(self.rate) * BACKLOG_SECONDS) as u64);
        (0..backlog).for_each(|_| self.plan(Span::ZERO, Step::Ticket(Task::Old)));
        (0..INBOX_COUNT).for_each(|inbox| self.plan_post(inbox));
        self.plan(super::tickets::SWEPT_EVERY, Step::Ticket(Task::Sweep));
    }

    pub(super) fn plan_post(&mut self, inbox: InboxNo) {
        let at = self.desk.post.next(inbox);
        self.plan_at(at, Step::Ticket(Task::Arrive { inbox }));
    }

    /// A ticket from before the start.
    pub(super) fn take_over(&mut self) {
        let age = scaled(AGE, self.desk.chance.long_tailed(AGE_TAIL)).min(AGE_MAX);
        let share = self.desk.chance.share();
        let (status, stage) = match share {
            share if share < OLD_IN_LINE => ("open", Stage::InLine),
            share if share < OLD_IN_LINE + OLD_PENDING => ("pending", Stage::Pending(self.now)),
            _ => ("on_hold", Stage::OnHold),
        };
        let (created, is_urgent) = (self.now - age, self.desk.is_urgent());
        let first_reply = (stage != Stage::InLine).then(|| created + Span::from_millis(age.as_millis() / 3));
        let ticket = self.file(SERVICE, created, is_urgent);
        self.ticket(ticket).was_touched = first_reply.is_some();
        let queue = INBOXES[SERVICE].name;
        let traits = self.desk.traits(is_urgent);
        self.tell_ticket(ticket, TicketFact::Snapshot(Old { queue, traits, created, status, first_reply }));
        match stage {
            Stage::InLine => self.lie(ticket),
            stage => self.set_aside(ticket, stage),
        }
    }

    /// A new ticket has its number.
    pub(super) fn file(&mut self, inbox: InboxNo, created: EventTime, is_urgent: bool) -> u64 {
        self.desk.numbers += 1;
        let (since, turn, stage) = (created, 0, Stage::AtBot);
        let ticket = Ticket { inbox, created, is_urgent, since, turn, stage, was_touched: false, was_moved: false };
        self.desk.tickets.insert(self.desk.numbers, ticket);
        self.desk.numbers
    }

    /// The ticket goes to an agent who is idle, or into the line.
    pub(super) fn lie(&mut self, ticket: u64) {
        let known = self.ticket(ticket);
        known.turn += 1;
        known.stage = Stage::InLine;
        let (inbox, lying) = (known.inbox, (!known.is_urgent, known.since, ticket));
        match self.staff.idle_at(inbox) {
            Some(agent) => self.work_on(ticket, agent),
            None => drop(self.desk.lines[inbox].insert(lying)),
        }
    }

    /// An agent of an inbox has nothing in hand: takes the next ticket, or rests.
    pub(super) fn seek_ticket(&mut self, agent: AgentNo, inbox: InboxNo) {
        let picks = self.desk.chance.happens(CHERRY_PICKED);
        let line = &mut self.desk.lines[inbox];
        let next = if picks { line.last().copied() } else { line.first().copied() };
        match next {
            Some(lying) => {
                line.remove(&lying);
                self.work_on(lying.2, agent);
            }
            None => self.staff.rest(agent, self.now),
        }
    }

    fn work_on(&mut self, ticket: u64, agent: AgentNo) {
        self.staff.engage(agent);
        let known = self.ticket(ticket);
        known.turn += 1;
        known.stage = Stage::Worked;
        let inbox = known.inbox;
        self.tell_ticket(ticket, TicketFact::Assigned { agent: Some(agent), queue: None });
        self.turn(agent, ON_CONTACT);
        let work = scaled(INBOXES[inbox].work, self.desk.chance.long_tailed(WORK_TAIL));
        self.plan(work, Step::Ticket(Task::Finish { ticket, agent }));
    }

    pub(super) fn ticket(&mut self, ticket: u64) -> &mut Ticket {
        self.desk.tickets.get_mut(&ticket).expect("lines and steps that are not void name tickets that are not over")
    }

    /// The ticket, unless the stage that a step was planned for is over.
    pub(super) fn in_turn(&self, ticket: u64, turn: u32) -> Option<Ticket> {
        self.desk.tickets.get(&ticket).copied().filter(|known| known.turn == turn)
    }

    pub(super) fn tell_ticket(&mut self, ticket: u64, fact: TicketFact) {
        self.tell_of(Subject::Ticket { number: ticket, channel: CHANNEL }, HELPDESK, Fact::Ticket(fact));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulate::{Profile, Settings};

    #[test]
    fn nobody_is_idle_while_a_ticket_lies_in_the_line_that_they_work_on() {
        let settings = Settings { profile: Profile::Flat, ..Settings::new(1, EventTime::from_millis(0), 0.3) };
        let mut floor = Floor::open(&settings);
        let mut lay = 0;
        for _ in 0..50_000 {
            floor.next().expect("endless");
            for inbox in (0..INBOX_COUNT).filter(|inbox| !floor.desk.lines[*inbox].is_empty()) {
                assert_eq!(floor.staff.idle_at(inbox), None, "{} at {}", INBOXES[inbox].name, floor.now);
                lay += 1;
            }
        }
        assert!(lay > 1_000, "lines did build: {lay}");
    }
}
