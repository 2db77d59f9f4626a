//! What a shard shows as of a moment.
//!
//! Rings hold what events were worth. A view puts right what depends on the moment: deadlines that passed without an event are
//! added, and what was booked by events after the moment is taken back.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::{Shard, level, stands};
use crate::contact::{Life, Phase};
use crate::id::{ChannelId, PolicyId, PriorityId, QueueId};
use crate::kpi::{Now, PriorityNow, PromiseNow, RECENT, Recent};
use crate::measure::Scope;
use crate::rules::Window;
use crate::sla::{Clock, Standing};
use crate::ticket::{self, Stage};
use crate::time::EventTime;
use crate::timeline::Bookings;
use crate::view::{Ask, Feed, Series, Told, View};
use crate::window::{Cells, Level, Ring, Sums, Tally, floor};

type Changes = HashMap<Scope, Bookings, FixedState>;
type Pair = (QueueId, ChannelId);
type Nows = HashMap<Pair, Now, FixedState>;
type Priorities = HashMap<(Pair, PriorityId), PriorityNow, FixedState>;

/// What the contacts and tickets of a shard show at one moment.
#[derive(Default)]
struct Look {
    changes: Changes,
    nows: Nows,
    priorities: Priorities,
    scratch: Bookings,
}

impl Shard {
    /// The figures as of a moment, which is not before the sealed line.
    pub fn view(&self, ask: &Ask) -> View {
        debug_assert!(self.changes.is_empty(), "what was applied is booked before it is read");
        let mut view =
            View { at: Some(ask.at), windows: ask.windows.clone(), books: self.books.clone(), ..View::default() };
        let mut look = Look::default();
        self.look_at_contacts(ask, &mut look, &mut view);
        self.look_at_tickets(ask, &mut look, &mut view);
        let (nothing, mut sums) = (Ring::default(), Sums::default());
        let changed = look.changes.keys().filter(|scope| self.rings.get(**scope).is_none());
        for (scope, ring) in self.rings.iter().chain(changed.map(|scope| (*scope, &nothing))) {
            if ask.agents || !matches!(scope, Scope::Agent(_)) {
                self.show((scope, ring), look.changes.get(&scope), ask, &mut sums, &mut view);
            }
        }
        self.show_nows(look.nows, &look.priorities, &mut view);
        self.show_agents(ask, &mut view);
        self.show_notices(ask.at, &mut view);
        view
    }

    fn show_notices(&self, at: EventTime, view: &mut View) {
        for (queue, changes) in &self.queue_states {
            if let Some(change) = changes.as_of(at) {
                let told = Told { at: change.at, seq: change.seq, id: change.id.to_string(), state: change.state };
                view.tell_state(self.names.queues.name(*queue), told);
            }
        }
        for (source, feed) in &self.feeds {
            if let Some((last_event, skew)) = feed.latest() {
                view.tell_feed(self.names.sources.name(*source), Feed { last_event, skew });
            }
        }
    }

    fn show_nows(&self, nows: Nows, priorities: &Priorities, view: &mut View) {
        for (pair, now) in nows {
            self.series(pair, view).now.merge(&now);
        }
        for ((pair, priority), now) in priorities {
            let by_priority = &mut self.series(*pair, view).now.tickets.by_priority;
            by_priority.entry(self.names.priorities.name(*priority).to_owned()).or_default().merge(now);
        }
    }

    fn series<'a>(&self, (queue, channel): Pair, view: &'a mut View) -> &'a mut Series {
        view.series(self.names.queues.name(queue), self.names.channels.name(channel))
    }

    /// Goes through the contacts: what they change as of the moment, and what is so then.
    fn look_at_contacts(&self, ask: &Ask, look: &mut Look, view: &mut View) {
        self.contacts.look(ask.at, |id, contact| {
            let life = contact.as_of(ask.at, &self.terms, &mut look.scratch);
            self.note_changes(look, view);
            note_now(&life, ask.at, &mut look.nows);
            for stay in life.stays() {
                stay.promise.iter().for_each(|clock| self.note_promise(clock, stay.queue, ask.at, &mut look.nows));
            }
            if ask.open && life.is_open() {
                view.open.push(self.open_contact(id, &life));
            }
        });
    }

    /// Goes through the tickets likewise.
    fn look_at_tickets(&self, ask: &Ask, look: &mut Look, view: &mut View) {
        self.tickets.look(ask.at, |id, ticket| {
            let life = ticket.as_of(ask.at, &self.terms, &mut look.scratch);
            self.note_changes(look, view);
            self.note_ticket(&life, ask.at, look);
            if ask.open && life.is_backlog() {
                view.open.push(self.open_ticket(id, &life));
            }
        });
    }

    fn note_changes(&self, look: &mut Look, view: &mut View) {
        for (booking, times) in look.scratch.iter().filter(|(booking, _)| stands(self.left_out, booking)) {
            match booking.scope {
                Scope::Books => view.books.book(&booking.measure, Level::default(), times),
                scope => look.changes.entry(scope).or_default().add(*booking, times),
            }
        }
        look.scratch.clear();
    }

    fn note_ticket(&self, life: &ticket::Life, at: EventTime, look: &mut Look) {
        let (Stage::Unresolved(status), Some(opened)) = (life.stage(), life.opened()) else { return };
        let place = life.place(&self.terms);
        let awaiting = life.awaiting_since();
        let now = look.nows.entry(place).or_default();
        now.tickets.add(status, at - opened, awaiting.map(|since| at - since));
        look.priorities.entry((place, life.priority(&self.terms))).or_default().merge(&PriorityNow {
            backlog: 1,
            unassigned: u64::from(life.assignee().is_none()),
            awaiting_reply: u64::from(awaiting.is_some()),
        });
        life.clocks().iter().for_each(|clock| self.note_promise(clock, place, at, &mut look.nows));
    }

    /// What is so of a promise, where there is one.
    fn note_promise(&self, clock: &Clock, place: Pair, at: EventTime, nows: &mut Nows) {
        let (Some(policy), Some(standing)) = (clock.policy(), clock.standing()) else { return };
        let now = match standing {
            Standing::Pauses => PromiseNow::default(),
            Standing::Breached => PromiseNow { breached_open: 1, ..PromiseNow::default() },
            Standing::Runs { due } => {
                let left = (due - at).at_least_zero();
                let is_at_risk = left <= self.terms.sla.warn_before(policy, clock.target());
                let next_deadline = (due < EventTime::MAX).then_some(left);
                PromiseNow { open: 1, at_risk: u64::from(is_at_risk), breached_open: 0, next_deadline }
            }
        };
        nows.entry(place).or_default().add_promises((policy, clock.target()), &now);
    }

    fn show(
        &self,
        (scope, ring): (Scope, &Ring),
        changes: Option<&Bookings>,
        ask: &Ask,
        sums: &mut Sums,
        view: &mut View,
    ) {
        let day = match scope {
            Scope::Queue(queue, _) | Scope::Complaints(queue, _) => self.terms.day(queue),
            Scope::Agent(_) | Scope::Books => &self.rules.day,
        };
        let ranges = ask.windows.iter().map(|window| window.range(ask.at, day));
        let tallies = self.tallies(ring, changes, ranges, sums);
        match scope {
            Scope::Queue(queue, channel) => {
                let recent = RECENT.map(|span| self.recent(ring, changes, Window::Sliding(span).range(ask.at, day)));
                let series = self.series((queue, channel), view);
                (series.tallies, series.now.recent) = (tallies, recent);
            }
            Scope::Complaints(queue, channel) => self.series((queue, channel), view).complaints = tallies,
            Scope::Agent(agent) => drop(view.agents.insert(self.names.agents.name(agent).to_owned(), tallies)),
            Scope::Books => {}
        }
    }

    /// What was done in one of the last windows; nothing where slots do not reach as far.
    fn recent(&self, ring: &Ring, changes: Option<&Bookings>, range: Option<Range<EventTime>>) -> Recent {
        let mut recent = Recent::default();
        let Some(range) = range.filter(|range| range.end - range.start <= self.reach.sliding) else { return recent };
        ring.lately(&range, &self.reach).for_each(|(cell, count)| recent.add(cell, count));
        for (booking, times) in changes.into_iter().flat_map(Bookings::iter) {
            if range.contains(&floor(booking.at, self.reach.slot)) {
                recent.book(&booking.measure, Level::default(), times);
            }
        }
        recent
    }

    /// What was booked in each window. One that ends where the one before it does and begins earlier has all of that and what was booked
    /// before, so nothing is added up twice.
    fn tallies(
        &self,
        ring: &Ring,
        changes: Option<&Bookings>,
        ranges: impl Iterator<Item = Option<Range<EventTime>>>,
        sums: &mut Sums,
    ) -> Vec<Tally> {
        let mut tallies: Vec<Tally> = Vec::with_capacity(ranges.size_hint().0);
        let mut last: Option<Range<EventTime>> = None;
        for range in ranges {
            let inner = last.as_ref().zip(range.as_ref());
            let inner = inner.filter(|(inner, own)| inner.end == own.end && own.start <= inner.start);
            let tally = match inner.zip(tallies.last()) {
                Some(((inner, own), known)) => {
                    let mut tally = self.tally(ring, changes, Some(own.start..inner.start), sums);
                    tally.merge(known);
                    tally
                }
                None => self.tally(ring, changes, range.clone(), sums),
            };
            tallies.push(tally);
            last = range;
        }
        tallies
    }

    fn tally(
        &self,
        ring: &Ring,
        changes: Option<&Bookings>,
        range: Option<Range<EventTime>>,
        sums: &mut Sums,
    ) -> Tally {
        let reach = &self.reach;
        let mut tally = match &range {
            Some(range) => ring.between(range, reach, sums),
            None => ring.all(sums),
        };
        for (booking, times) in changes.into_iter().flat_map(Bookings::iter) {
            let slot = floor(booking.at, self.reach.slot);
            if range.as_ref().is_none_or(|range| range.contains(&slot)) {
                tally.book(&booking.measure, level(&self.terms, booking), times);
            }
        }
        tally
    }

    /// What is open of a contact, in words that do not depend on this shard's numbers.
    fn open_contact(&self, id: &str, life: &Life) -> String {
        let (first_queued, is_served) = life.chain();
        let place = |(queue, channel): (QueueId, ChannelId)| {
            format!("{:?}/{:?}", self.names.queues.name(queue), self.names.channels.name(channel))
        };
        let mut text = format!("{id:?} first {first_queued:?} served {is_served}");
        for stay in life.stays() {
            text += &format!(" stay {} since {:?} past {}", place(stay.queue), stay.since, stay.is_past);
            text += &stay.promise.iter().map(|clock| promised(clock)).collect::<String>();
        }
        for leg in life.legs() {
            let agent = self.names.agents.name(leg.agent);
            text += &format!(" leg {agent:?} {} {:?} {:?} {:?}", place(leg.queue), leg.role, leg.direction, leg.phase);
        }
        if let Some(callback) = life.callback() {
            text +=
                &format!(" callback {} since {:?} due {:?}", place(callback.queue), callback.since, callback.due_at);
        }
        let (ringing, asked) = life.unanswered();
        let mut ringing: Vec<&str> = ringing.map(|agent| self.names.agents.name(agent)).collect();
        ringing.sort_unstable();
        text += &format!(" rings {ringing:?} asked {asked:?}");
        text
    }

    /// An unresolved ticket, likewise.
    fn open_ticket(&self, id: &str, life: &ticket::Life) -> String {
        let (queue, channel) = life.place(&self.terms);
        let place = (self.names.queues.name(queue), self.names.channels.name(channel));
        let priority = self.names.priorities.name(life.priority(&self.terms));
        let assignee = life.assignee().map(|agent| self.names.agents.name(agent));
        let facts = (life.stage(), life.opened(), life.awaiting_since(), life.is_complaint());
        let promises: String = life.clocks().iter().map(promised).collect();
        format!("ticket {id:?} {place:?} {priority:?} {assignee:?} {facts:?}{promises}")
    }
}

/// What is promised, as text; nothing where nothing is.
fn promised(clock: &Clock) -> String {
    let stands =
        |(policy, standing): (PolicyId, Standing)| format!(" {} by {}: {standing:?}", clock.target().name(), policy.0);
    clock.policy().zip(clock.standing()).map(stands).unwrap_or_default()
}

fn note_now(life: &Life, at: EventTime, nows: &mut Nows) {
    for stay in life.stays() {
        nows.entry(stay.queue).or_default().add_waiting(stay.since, at);
    }
    if let Some(callback) = life.callback() {
        nows.entry(callback.queue).or_default().add_callback(callback.since, at);
    }
    let mut served: Vec<(QueueId, ChannelId)> = Vec::new();
    for leg in life.legs().iter().filter(|leg| leg.serves_queue()) {
        let now = nows.entry(leg.queue).or_default();
        if matches!(leg.phase, Phase::Wrapping { .. }) {
            now.in_after_contact += 1;
        } else if !served.contains(&leg.queue) {
            now.in_service += 1;
            served.push(leg.queue);
        }
    }
}
