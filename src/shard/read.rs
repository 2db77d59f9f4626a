//! What a shard shows as of a moment.
//!
//! Rings hold what events were worth. A view puts right what depends on the moment: deadlines that passed without an event are
//! added, and what was booked by events after the moment is taken back.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;

use super::{Shard, level, stands};
use crate::contact::{Bookings, Life, Phase};
use crate::id::{ChannelId, QueueId};
use crate::kpi::Now;
use crate::measure::Scope;
use crate::time::EventTime;
use crate::view::{Ask, Feed, Told, View};
use crate::window::{Level, Ring, Tally, floor};

type Changes = HashMap<Scope, Bookings, FixedState>;
type Nows = HashMap<(QueueId, ChannelId), Now, FixedState>;

impl Shard {
    /// The figures as of a moment, which is not before the sealed line.
    pub fn view(&self, ask: &Ask) -> View {
        let mut view = View { windows: ask.windows.clone(), books: self.books.clone(), ..View::default() };
        let (changes, nows) = self.look(ask, &mut view);
        let nothing = Ring::default();
        for scope in self.rings.keys().chain(changes.keys().filter(|scope| !self.rings.contains_key(scope))) {
            let ring = self.rings.get(scope).unwrap_or(&nothing);
            if ask.agents || !matches!(scope, Scope::Agent(_)) {
                self.show(*scope, ring, changes.get(scope), ask, &mut view);
            }
        }
        for ((queue, channel), now) in nows {
            let series = view.series(self.names.queues.name(queue), self.names.channels.name(channel));
            series.now.merge(&now);
        }
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

    /// Goes through the contacts: what they change as of the moment, and what is so then.
    fn look(&self, ask: &Ask, view: &mut View) -> (Changes, Nows) {
        let (mut changes, mut nows) = (Changes::default(), Nows::default());
        let mut scratch = Bookings::default();
        for (id, contact) in &self.contacts {
            let life = contact.as_of(ask.at, &self.terms, &mut scratch);
            for (booking, times) in scratch.iter().filter(|(booking, _)| stands(self.left_out, booking)) {
                match booking.scope {
                    Scope::Books => view.books.book(&booking.measure, Level::default(), times),
                    scope => changes.entry(scope).or_default().add(*booking, times),
                }
            }
            scratch.clear();
            note_now(&life, ask.at, &mut nows);
            if ask.open && life.is_open() {
                view.open.push(self.open_contact(id, &life));
            }
        }
        (changes, nows)
    }

    fn show(&self, scope: Scope, ring: &Ring, changes: Option<&Bookings>, ask: &Ask, view: &mut View) {
        let day = match scope {
            Scope::Queue(queue, _) => self.terms.day(queue),
            Scope::Agent(_) | Scope::Books => &self.rules.day,
        };
        let ranges = ask.windows.iter().map(|window| window.range(ask.at, day));
        let tallies = ranges.map(|range| self.tally(ring, changes, range)).collect();
        match scope {
            Scope::Queue(queue, channel) => {
                view.series(self.names.queues.name(queue), self.names.channels.name(channel)).tallies = tallies;
            }
            Scope::Agent(agent) => drop(view.agents.insert(self.names.agents.name(agent).to_owned(), tallies)),
            Scope::Books => {}
        }
    }

    fn tally(&self, ring: &Ring, changes: Option<&Bookings>, range: Option<Range<EventTime>>) -> Tally {
        let mut tally = range.as_ref().map_or_else(|| ring.all().clone(), |range| ring.between(range));
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
