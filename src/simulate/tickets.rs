//! Tickets: how one comes, what becomes of it when an agent has worked on it, and how it ends.
//!
//! **Words.** *Sweep*: a script that resolves what waits for its customer for too long, and closes what is resolved: in bulk.
//!
//! **Invariant.** A ticket lies in a line, is worked on, or has a step planned that moves it on, or the sweep will.

use super::desk::{Stage, Ticket};
use super::facts::{TicketFact, Traits};
use super::floor::{Floor, Step};
use super::inboxes::{CHANNEL, CLAIMS, HELPDESK, INBOXES, InboxNo, SERVICE};
use super::opinions::Asked;
use super::record::Subject;
use super::staff::AgentNo;
use super::waits::{CUSTOMERS, scaled};
use crate::time::Span;

/// How often the sweep comes, and how long a ticket has then been resolved or waited for its customer.
pub(super) const SWEPT_EVERY: Span = Span::from_seconds(1_800);
const CLOSED_AFTER: Span = Span::from_seconds(1_800);
const GIVEN_UP_AFTER: Span = Span::from_seconds(2 * 3_600);
/// The part of new tickets that a bot greets, and how long it keeps them, at least and at most.
const BOT: f64 = 0.3;
const BOT_KEEPS: (Span, Span) = (Span::from_seconds(3), Span::from_seconds(40));
/// The part of customers that writes again while nobody answers, and after how long, at least and at most.
const NUDGES: f64 = 0.12;
const NUDGED_AFTER: (Span, Span) = (Span::from_seconds(600), Span::from_seconds(2_400));
/// The part of customers that comes back to a pending ticket, and to a resolved one, and that confirms the latter.
const ANSWERS: f64 = 0.65;
const RETURNS: f64 = 0.10;
const CONFIRMS: f64 = 0.25;
/// Median time until a customer writes, and until a third party does; and how long their tail is.
const CUSTOMER_WRITES: Span = Span::from_seconds(1_200);
const THIRD_PARTY: Span = Span::from_seconds(2_400);
const WRITING_TAIL: f64 = 0.8;
/// What becomes of a ticket that was worked on: parts of touches.
const REMOVED: f64 = 0.05;
const ESCALATED: f64 = 0.07;
const MISROUTED: f64 = 0.03;
const HELD: f64 = 0.06;
const PENDING: f64 = 0.28;
/// The part of removed tickets that is spam, and the part that a person deletes; the rest is merged into another, where there is one.
const SPAM: f64 = 0.5;
const DELETED: f64 = 0.15;
/// The part of first touches that finds out what it is about, and of these that finds a complaint, and that it is urgent.
const TRIAGED: f64 = 0.25;
const FOUND_COMPLAINT: f64 = 0.12;
const FOUND_URGENT: f64 = 0.3;
/// The part of resolved tickets that is resolved without a word.
const SILENT: f64 = 0.06;
/// The part of replies that names no agent: it is the assignee's.
const UNSIGNED: f64 = 0.2;
/// A ticket open for this long is the greatest strain.
const STRAIN_MAX: Span = Span::from_seconds(4 * 3_600);
/// Which survey customers of tickets get.
const SURVEY: usize = 2;

/// What is due of tickets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    Old,
    Sweep,
    Arrive { inbox: InboxNo },
    HandOver { ticket: u64, turn: u32 },
    Nudge { ticket: u64, turn: u32 },
    Finish { ticket: u64, agent: AgentNo },
    Answer { ticket: u64, turn: u32 },
    GoOn { ticket: u64, turn: u32 },
    Return { ticket: u64, turn: u32 },
    Confirm { ticket: u64, turn: u32 },
}

impl Floor {
    pub(super) fn do_task(&mut self, task: Task) {
        match task {
            Task::Old => self.take_over(),
            Task::Sweep => self.sweep(),
            Task::Arrive { inbox } => self.arrive_by_post(inbox),
            Task::HandOver { ticket, turn } => self.hand_over(ticket, turn),
            Task::Nudge { ticket, turn } => self.nudge(ticket, turn),
            Task::Finish { ticket, agent } => self.finish(ticket, agent),
            Task::Answer { ticket, turn } => self.come_back(ticket, turn, Some("open")),
            Task::GoOn { ticket, turn } => self.go_on(ticket, turn),
            Task::Return { ticket, turn } => self.come_back(ticket, turn, None),
            Task::Confirm { ticket, turn } => self.confirm(ticket, turn),
        }
    }

    /// A customer has written.
    fn arrive_by_post(&mut self, inbox: InboxNo) {
        self.plan_post(inbox);
        let ticket = self.create(inbox, false, None);
        if self.desk.chance.happens(NUDGES) {
            let after = self.desk.chance.between(NUDGED_AFTER.0, NUDGED_AFTER.1);
            let turn = self.ticket(ticket).turn + 1;
            self.plan(after, Step::Ticket(Task::Nudge { ticket, turn }));
        }
        if self.desk.chance.happens(BOT) {
            self.reply(ticket, "bot", None);
            self.plan_task(BOT_KEEPS, |turn| Task::HandOver { ticket, turn }, ticket);
        } else {
            self.lie(ticket);
        }
    }

    /// A ticket that an agent on the floor opens for somebody who called.
    pub(super) fn open_ticket_for(&mut self, customer: Option<u64>) {
        let ticket = self.create(SERVICE, true, customer);
        self.lie(ticket);
    }

    fn create(&mut self, inbox: InboxNo, by_agent: bool, customer: Option<u64>) -> u64 {
        let is_urgent = self.desk.is_urgent();
        let ticket = self.file(inbox, self.now, is_urgent);
        let traits = self.desk.traits(is_urgent);
        let customer = customer.or_else(|| (!by_agent).then(|| self.desk.chance.below(CUSTOMERS)));
        self.tell_ticket(ticket, TicketFact::Created { queue: INBOXES[inbox].name, by_agent, traits, customer });
        ticket
    }

    fn plan_task(&mut self, (least, most): (Span, Span), task: impl FnOnce(u32) -> Task, ticket: u64) {
        let after = self.desk.chance.between(least, most);
        let turn = self.ticket(ticket).turn;
        self.plan(after, Step::Ticket(task(turn)));
    }

    fn plan_writing(&mut self, median: Span, task: impl FnOnce(u32) -> Task, ticket: u64) {
        let after = scaled(median, self.desk.chance.long_tailed(WRITING_TAIL));
        self.plan_task((after, after), task, ticket);
    }

    fn hand_over(&mut self, ticket: u64, turn: u32) {
        let Some(Ticket { inbox, .. }) = self.in_turn(ticket, turn) else { return };
        self.tell_ticket(ticket, TicketFact::HandedOver { queue: INBOXES[inbox].name });
        self.lie(ticket);
    }

    /// Asks whether anybody is there, if it still lies in the line.
    fn nudge(&mut self, ticket: u64, turn: u32) {
        if self.in_turn(ticket, turn).is_some_and(|known| known.stage == Stage::InLine) {
            self.reply(ticket, "customer", None);
        }
    }

    fn reply(&mut self, ticket: u64, author: &'static str, agent: Option<AgentNo>) {
        self.tell_ticket(ticket, TicketFact::Replied { author, agent, private: false });
    }

    /// An agent has worked on the ticket: something becomes of it, and the agent takes the next.
    fn finish(&mut self, ticket: u64, agent: AgentNo) {
        self.triage(ticket);
        let Ticket { inbox, was_touched, was_moved, .. } = *self.ticket(ticket);
        let mut share = self.desk.chance.share();
        let mut becomes = |part: f64, can_be: bool| {
            let is_it = can_be && (0.0..part).contains(&share);
            share -= part;
            is_it
        };
        if becomes(REMOVED, !was_touched) {
            self.remove(ticket);
        } else if becomes(ESCALATED, inbox == SERVICE && !was_moved) {
            self.escalate(ticket, agent);
        } else if becomes(MISROUTED, !was_touched && !was_moved) {
            self.move_to(ticket, SERVICE + CLAIMS - inbox);
        } else if becomes(HELD, true) {
            self.answer_ticket(ticket, agent);
            self.set_status(ticket, "on_hold", Stage::OnHold);
        } else if becomes(PENDING, true) {
            self.answer_ticket(ticket, agent);
            self.set_status(ticket, "pending", Stage::Pending(self.now));
        } else {
            self.resolve(ticket, agent);
        }
        self.release(agent);
    }

    /// What it is about becomes known, the first time.
    fn triage(&mut self, ticket: u64) {
        let Ticket { was_touched, .. } = *self.ticket(ticket);
        if was_touched || !self.desk.chance.happens(TRIAGED) {
            return;
        }
        let is_complaint = self.desk.chance.happens(FOUND_COMPLAINT);
        let about = if is_complaint { Some("complaint") } else { Some("delivery") };
        let is_urgent = self.desk.chance.happens(FOUND_URGENT);
        self.ticket(ticket).is_urgent |= is_urgent;
        let priority = is_urgent.then_some("high");
        let tags: &[&str] = if is_complaint { &["complaint"] } else { &["parcel"] };
        self.tell_ticket(ticket, TicketFact::Updated { traits: Traits { priority, reason: about, tags } });
    }

    /// Nobody needs it any more: spam, deleted, or the same as another one.
    fn remove(&mut self, ticket: u64) {
        let Ticket { inbox, .. } = *self.ticket(ticket);
        let share = self.desk.chance.share();
        let (cause, into) = match self.desk.twin(inbox) {
            _ if share < SPAM => ("spam", None),
            Some(twin) if share >= SPAM + DELETED => ("merged", Some(twin)),
            _ => ("deleted", None),
        };
        self.desk.tickets.remove(&ticket);
        self.tell_ticket(ticket, TicketFact::Deleted { cause, into });
    }

    /// A word to the colleagues, and it is theirs.
    fn escalate(&mut self, ticket: u64, agent: AgentNo) {
        self.tell_ticket(ticket, TicketFact::Replied { author: "agent", agent: Some(agent), private: true });
        self.tell_ticket(ticket, TicketFact::Escalated);
        self.move_to(ticket, CLAIMS);
    }

    fn move_to(&mut self, ticket: u64, inbox: InboxNo) {
        let known = self.ticket(ticket);
        (known.inbox, known.was_moved) = (inbox, true);
        self.tell_ticket(ticket, TicketFact::Assigned { agent: None, queue: Some(INBOXES[inbox].name) });
        self.lie(ticket);
    }

    fn answer_ticket(&mut self, ticket: u64, agent: AgentNo) {
        let is_signed = !self.desk.chance.happens(UNSIGNED);
        self.ticket(ticket).was_touched = true;
        self.reply(ticket, "agent", is_signed.then_some(agent));
    }

    fn set_status(&mut self, ticket: u64, status: &'static str, stage: Stage) {
        self.tell_ticket(ticket, TicketFact::StatusChanged { status });
        self.set_aside(ticket, stage);
    }

    /// Nothing can be done until somebody else has written.
    pub(super) fn set_aside(&mut self, ticket: u64, stage: Stage) {
        let known = self.ticket(ticket);
        known.turn += 1;
        known.stage = stage;
        match stage {
            Stage::OnHold => self.plan_writing(THIRD_PARTY, |turn| Task::GoOn { ticket, turn }, ticket),
            Stage::Pending(_) if self.desk.chance.happens(ANSWERS) => {
                self.plan_writing(CUSTOMER_WRITES, |turn| Task::Answer { ticket, turn }, ticket);
            }
            _ => {}
        }
    }

    /// The third party has said what it had to.
    fn go_on(&mut self, ticket: u64, turn: u32) {
        if self.in_turn(ticket, turn).is_some() {
            self.tell_ticket(ticket, TicketFact::StatusChanged { status: "open" });
            self.lie_anew(ticket);
        }
    }

    fn lie_anew(&mut self, ticket: u64) {
        let now = self.now;
        self.ticket(ticket).since = now;
        self.lie(ticket);
    }

    /// The customer writes on a ticket that waited for it, or that was resolved.
    fn come_back(&mut self, ticket: u64, turn: u32, status: Option<&'static str>) {
        if self.in_turn(ticket, turn).is_none() {
            return;
        }
        self.reply(ticket, "customer", None);
        self.tell_ticket(ticket, status.map_or(TicketFact::Reopened, |status| TicketFact::StatusChanged { status }));
        self.lie_anew(ticket);
    }

    fn resolve(&mut self, ticket: u64, agent: AgentNo) {
        if !self.desk.chance.happens(SILENT) {
            self.answer_ticket(ticket, agent);
        }
        self.tell_ticket(ticket, TicketFact::Resolved { agent: Some(agent) });
        self.note_resolved(ticket);
        let Ticket { created, .. } = *self.ticket(ticket);
        self.seek_opinions(Asked {
            subject: Subject::Ticket { number: ticket, channel: CHANNEL },
            source: HELPDESK,
            place: None,
            strain: ((self.now - created).as_seconds() / STRAIN_MAX.as_seconds()).min(1.0),
            survey: SURVEY,
        });
        let share = self.desk.chance.share();
        if share < RETURNS {
            self.plan_writing(CUSTOMER_WRITES, |turn| Task::Return { ticket, turn }, ticket);
        } else if share < RETURNS + CONFIRMS {
            self.plan_writing(CUSTOMER_WRITES, |turn| Task::Confirm { ticket, turn }, ticket);
        }
    }

    fn note_resolved(&mut self, ticket: u64) {
        let now = self.now;
        let known = self.ticket(ticket);
        known.turn += 1;
        (known.stage, known.was_touched) = (Stage::Resolved(now), true);
    }

    fn confirm(&mut self, ticket: u64, turn: u32) {
        if self.in_turn(ticket, turn).is_some() {
            self.close(ticket, false);
        }
    }

    fn close(&mut self, ticket: u64, bulk: bool) {
        self.desk.tickets.remove(&ticket);
        self.tell_ticket(ticket, TicketFact::Closed { bulk });
    }

    /// The script: what is resolved for long is closed, and what waits for its customer for long is resolved.
    fn sweep(&mut self) {
        let mut tickets: Vec<u64> = self.desk.tickets.keys().copied().collect();
        tickets.sort_unstable();
        for ticket in tickets {
            let stage = self.ticket(ticket).stage;
            match stage {
                Stage::Resolved(since) if since + CLOSED_AFTER <= self.now => self.close(ticket, true),
                Stage::Pending(since) if since + GIVEN_UP_AFTER <= self.now => {
                    self.tell_ticket(ticket, TicketFact::Resolved { agent: None });
                    self.note_resolved(ticket);
                }
                _ => {}
            }
        }
        self.plan(SWEPT_EVERY, Step::Ticket(Task::Sweep));
    }
}
