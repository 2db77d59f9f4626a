//! What is promised of a ticket: a clock for each target, which begins, stands still and ends with what happens to the ticket.
//!
//! **Semantics** are those of Zendesk's metric events (activate, pause, fulfil, breach), where it has the target:
//!
//! | target | begins | stands still | is kept by | begins anew |
//! |---|---|---|---|---|
//! | `first_reply` | where first response does | while resolved | the first public reply of an agent | with a hand-over, where first response does |
//! | `next_reply` | the customer's oldest unanswered message, after the first response | | the next public reply | |
//! | `periodic_update` | a public reply of an agent | | the next one | with each |
//! | `resolution` | the creation | while resolved | the resolve | |
//! | `requester_wait` | the creation | while resolved or pending | the resolve | |
//! | `agent_work` | the creation | while resolved, pending or on hold | the resolve | |
//! | `queue_time` | creation, move, reopening | | the move or resolve | with each |
//!
//! A resolve without a reply ends the first three without a word, as it is no sample of a reply's time either; so does a deletion of
//! all of them. A reopened ticket runs on from where it stood: what was kept is open again with the time that was left, what was
//! broken stays broken and is not broken twice. A ticket that was opened before has no clock that begins with its creation.
//!
//! **Why what is wanted is compared with what there is.** Events, late events and snapshots all change the same facts, and clocks
//! follow from these: so after each of them the clocks are brought into line, and only whether the end of one keeps its promise is a
//! matter of the event.

use serde::{Deserialize, Serialize};

use super::Life;
use super::talk::First;
use crate::event::{Author, Status};
use crate::id::{ChannelId, QueueId};
use crate::measure::{Measure, SlaResult, SlaTarget};
use crate::rules::Tags;
use crate::sla::{Case, Clock};
use crate::terms::Terms;
use crate::ticket::act::{Act, Stage};
use crate::time::EventTime;
use crate::timeline::Bookings;

/// The clocks of a ticket; none where nothing is promised of any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Promises {
    pub(super) tags: Tags,
    pub(super) in_queue_since: Option<EventTime>, // where that was seen
    pub(super) reopened: Option<EventTime>,       // the last time
    clocks: Vec<Clock>,                           // apart from the life, which most centres have without
}

/// What happened, and what policies were chosen by before it.
pub(super) struct Change<'a> {
    pub(super) at: EventTime,
    pub(super) act: &'a Act,
    pub(super) before: Case,
    pub(super) was_open: bool,
}

impl Life {
    /// What a policy is chosen by.
    pub fn case(&self, terms: &Terms) -> Case {
        Case { place: self.place(terms), priority: self.priority(terms), tags: self.promises.tags }
    }

    /// The clocks of an unresolved ticket.
    pub fn clocks(&self) -> &[Clock] {
        if self.is_unresolved() { &self.promises.clocks } else { &[] }
    }

    /// The same, and those that stand still until a resolved one is reopened.
    pub fn all_clocks(&self) -> &[Clock] {
        &self.promises.clocks
    }

    /// The next deadline of a promise, and the place of its clock.
    pub(super) fn promise_due(&self) -> Option<(EventTime, usize)> {
        let clocks = self.promises.clocks.iter().enumerate();
        clocks.filter_map(|(place, clock)| Some((clock.deadline()?, place))).min()
    }

    /// The deadline of a promise passed.
    pub(super) fn break_promise(&mut self, clock: usize, at: EventTime, terms: &Terms, bookings: &mut Bookings) {
        let place = self.place(terms);
        let clock = &mut self.promises.clocks[clock];
        let broken = clock.breach();
        book(clock, broken, at, place, bookings);
    }

    /// Brings the clocks into line with what is true since something happened.
    pub(super) fn keep_promises(&mut self, change: &Change<'_>, terms: &Terms, bookings: &mut Bookings) {
        if !terms.sla.promises_of_tickets() || self.begun.is_none() {
            return;
        }
        let Change { at, before, .. } = change;
        let after = self.case(terms);
        if *before != after {
            self.promises.clocks.iter_mut().for_each(|clock| clock.settle(*at, before, &terms.sla));
        }
        for target in SlaTarget::OF_TICKETS.iter().copied().filter(|target| terms.sla.promises(*target)) {
            self.keep_promise(target, change, terms, bookings);
        }
        if *before != after {
            self.reconsider_promises(*at, &after, terms, bookings);
        }
    }

    fn keep_promise(&mut self, target: SlaTarget, change: &Change<'_>, terms: &Terms, bookings: &mut Bookings) {
        let known = self.promises.take(target);
        let Some((began, runs)) = self.wanted(target) else {
            return known.into_iter().for_each(|clock| change.end(clock, bookings));
        };
        let (mut clock, case) = match known {
            Some(clock) if clock.began() == began && !change.renews(target, self.place(terms).0) => {
                (clock, change.before)
            }
            ended => (self.begin_promise(target, began, ended, change, terms, bookings), self.case(terms)),
        };
        if let Act::Snapshot(_) = change.act {
            clock.pass_silently(change.at);
        }
        match self.is_unresolved() {
            true => clock.reopen(),
            false if change.was_open => change.keep(&mut clock, bookings),
            false => {}
        }
        if runs && !clock.runs() {
            clock.resume(change.at);
            clock.look_up(&self.case(terms), &terms.sla);
        } else if !runs && clock.runs() {
            clock.pause(change.at, &case, &terms.sla);
            let reversed = clock.reconsider(&self.case(terms), &terms.sla); // a late event told of the pause
            book(&clock, reversed, change.at, case.place, bookings);
        }
        self.promises.clocks.push(clock);
    }

    /// A clock that begins, perhaps in place of another. Where that one was broken and nothing kept it, this one is broken, too, and it is
    /// counted if there would be time left now.
    fn begin_promise(
        &self,
        target: SlaTarget,
        began: EventTime,
        ended: Option<Clock>,
        change: &Change<'_>,
        terms: &Terms,
        bookings: &mut Bookings,
    ) -> Clock {
        let case = self.case(terms);
        let mut clock = Clock::start(target, began);
        clock.look_up(&case, &terms.sla);
        if let Some(earlier) = ended {
            change.end(earlier.clone(), bookings);
            if !change.keeps(target) && clock.inherit(&earlier) {
                clock.settle(change.at, &case, &terms.sla);
                let reversed = clock.reconsider(&case, &terms.sla);
                book(&clock, reversed, change.at, case.place, bookings);
            }
        }
        clock
    }

    /// Since when the clock of a target should be there, and whether it should run.
    fn wanted(&self, target: SlaTarget) -> Option<(EventTime, bool)> {
        let is_open = self.is_unresolved();
        let since_open = |since: EventTime| self.promises.reopened.map_or(since, |reopened| since.max(reopened));
        let (created, talk) = (self.created(), &self.talk);
        match target {
            SlaTarget::FirstReply => match talk.first {
                First::Awaited(start) => Some((start, is_open)),
                _ => None,
            },
            SlaTarget::NextReply => {
                let asked = talk.asked.filter(|asked| !asked.by_creation && !matches!(talk.first, First::Awaited(_)));
                asked.filter(|_| is_open).map(|asked| (since_open(asked.since), true))
            }
            SlaTarget::PeriodicUpdate => talk.answered_at.filter(|_| is_open).map(|at| (since_open(at), true)),
            SlaTarget::Resolution => created.map(|created| (created, is_open)),
            SlaTarget::RequesterWait => {
                let waits = self.stage == Stage::Unresolved(Status::Pending);
                created.map(|created| (created, is_open && !waits))
            }
            SlaTarget::AgentWork => created.map(|created| (created, self.stage == Stage::Unresolved(Status::Open))),
            SlaTarget::QueueTime => self.promises.in_queue_since.filter(|_| is_open).map(|since| (since, true)),
            SlaTarget::Answer => None,
        }
    }

    fn reconsider_promises(&mut self, at: EventTime, after: &Case, terms: &Terms, bookings: &mut Bookings) {
        for clock in &mut self.promises.clocks {
            let reversed = clock.reconsider(after, &terms.sla);
            book(clock, reversed, at, after.place, bookings);
        }
    }

    /// Looks up what is promised under other rules than those that the life was folded under.
    pub(super) fn look_up_promises(&mut self, terms: &Terms) {
        let case = self.case(terms);
        self.promises.clocks.iter_mut().for_each(|clock| clock.look_up(&case, &terms.sla));
    }
}

impl Promises {
    fn take(&mut self, target: SlaTarget) -> Option<Clock> {
        let place = self.clocks.iter().position(|clock| clock.target() == target)?;
        Some(self.clocks.remove(place))
    }
}

impl Change<'_> {
    /// Whether it is what a target promises.
    fn keeps(&self, target: SlaTarget) -> bool {
        match (target, self.act) {
            (
                SlaTarget::FirstReply | SlaTarget::NextReply | SlaTarget::PeriodicUpdate,
                Act::Replied { author, is_public, .. },
            ) => *is_public && *author == Author::Agent,
            (
                SlaTarget::Resolution | SlaTarget::RequesterWait | SlaTarget::AgentWork | SlaTarget::QueueTime,
                Act::Resolved { .. } | Act::Closed { .. },
            ) => true,
            (SlaTarget::QueueTime, Act::Assigned { .. } | Act::HandedOver { .. }) => true,
            _ => false,
        }
    }

    /// Whether the clock of a target begins anew with it, even in the instant in which that clock began.
    fn renews(&self, target: SlaTarget, queue: QueueId) -> bool {
        match target {
            SlaTarget::PeriodicUpdate => self.keeps(target),
            SlaTarget::QueueTime => self.before.place.0 != queue,
            _ => false,
        }
    }

    /// What was promised may have come.
    fn keep(&self, clock: &mut Clock, bookings: &mut Bookings) {
        if self.keeps(clock.target()) {
            let kept = clock.keep(self.at);
            book(clock, kept, self.at, self.before.place, bookings);
        }
    }

    /// A clock ends.
    fn end(&self, mut clock: Clock, bookings: &mut Bookings) {
        self.keep(&mut clock, bookings);
    }
}

fn book(clock: &Clock, result: Option<SlaResult>, at: EventTime, place: (QueueId, ChannelId), bookings: &mut Bookings) {
    if let (Some(policy), Some(result)) = (clock.policy(), result) {
        bookings.queue(at, place, Measure::Promise { policy, target: clock.target(), result });
    }
}
