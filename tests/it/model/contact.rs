//! One contact: its events, sorted, taken one after the other, and what that comes to.
//!
//! **Words.** *Stay*: one contact in one queue once. *Leg*: one agent on the contact. *Booking*: one thing that counts, at its time.

use super::Settings;
use super::callbacks::Callback;
use super::event::{Event, TYPES};
use super::leg::{Leg, Phase};
use super::stay::{Exit, Stay};
use super::surveys::{Memory, Opinion, Served};

/// One thing that counts: where, when, what, which part of it, and how long (0 for what is only counted).
#[derive(Clone, PartialEq)]
pub struct Booking {
    pub at: i64,
    pub place: Place,
    pub what: &'static str,
    /// A cause or a result; empty where there are none.
    pub part: &'static str,
    pub ms: i64,
}

/// A queue and a channel.
pub type Pair = (String, String);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Queue(Pair),
    Agent(String),
    /// Counted for the complaints of a queue.
    Complaints(Pair),
    /// Counted for no queue or agent.
    Books,
}

/// A contact as its events so far left it.
pub struct Contact<'a> {
    pub(super) settings: &'a Settings,
    pub(super) stays: Vec<Stay>,
    pub(super) legs: Vec<Leg>,
    /// Agents who ring.
    pub(super) ringing: Vec<String>,
    pub(super) callback: Option<Callback>,
    booked: Vec<Booking>,
    opinions: Vec<Opinion>,
    /// Of a contact that is over, from its first survey on.
    memory: Option<Memory>,
    /// The event that is being taken keeps out of durations and agents' figures.
    pub(super) in_bulk: bool,
    pub(super) channel: String,
    pub(super) priority: String,
    pub(super) latest_queue: Option<String>,
    pub(super) was_queued: bool,
    pub(super) outbound: bool,
    /// When the customer was queued first, until the first answer; for inbound contacts.
    pub(super) customer_since: Option<i64>,
    /// Somebody told when the customer was queued first.
    pub(super) first_is_known: bool,
    /// A snapshot found an agent on it.
    pub(super) served: bool,
    /// When this contact was queued first, whatever its chain waited before.
    pub(super) queued_here: Option<i64>,
    /// The oldest message of the customer that no agent answered.
    pub(super) asked_since: Option<i64>,
    pub(super) agent_has_written: bool,
    last_event: i64,
    /// Abandoned, blocked or ended: over as soon as nothing is open.
    pub(super) closing: bool,
    over_since: Option<i64>,
}

/// The contact as it stands at `t`, from its distinct events up to `t`.
pub fn fold<'a>(mut events: Vec<Event>, settings: &'a Settings, t: i64) -> Contact<'a> {
    let mut contact = Contact::new(settings);
    while let Some((time, seq)) = events.iter().map(|event| (event.time, event.seq)).min() {
        contact.pass_deadlines_before(time);
        let of_this_instant = || (0..events.len()).filter(|&i| (events[i].time, events[i].seq) == (time, seq));
        let first = of_this_instant().map(|i| events[i].rank).min().expect("the instant has an event");
        let next = of_this_instant().min_by_key(|&i| (contact.rank(&events[i], first), events[i].rank, events[i].id()));
        contact.take(&events.remove(next.expect("the instant has an event")));
    }
    contact.pass_deadlines_before(t);
    contact
}

impl<'a> Contact<'a> {
    fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            stays: Vec::new(),
            legs: Vec::new(),
            ringing: Vec::new(),
            callback: None,
            booked: Vec::new(),
            opinions: Vec::new(),
            memory: None,
            in_bulk: false,
            channel: "voice".to_owned(),
            priority: "normal".to_owned(),
            latest_queue: None,
            was_queued: false,
            outbound: false,
            customer_since: None,
            first_is_known: false,
            served: false,
            queued_here: None,
            asked_since: None,
            agent_has_written: false,
            last_event: i64::MIN,
            closing: false,
            over_since: None,
        }
    }

    /// The place in the order of one instant, as the contact stands now.
    fn rank(&self, event: &Event, first: usize) -> i64 {
        let before_queued = TYPES[first] == "contact.queued";
        let before_answered = before_queued || TYPES[first] == "contact.answered";
        match TYPES[event.rank] {
            "contact.flowed_out" if before_queued && self.open_stay_in(&event.queue()).is_some() => -1,
            "contact.transferred" if before_answered && self.legs.iter().any(Leg::talks) => -1,
            _ => event.rank as i64,
        }
    }

    fn take(&mut self, event: &Event) {
        if event.is_feedback() {
            let served = self.served(event.time);
            return self.opinions.push(Opinion::read(event, served));
        }
        if self.over_since.is_some_and(|over| event.time - self.settings.lateness > over) {
            return self.note(event.time, "after_the_end");
        }
        self.last_event = event.time;
        self.channel = event.text("channel").unwrap_or(&self.channel).to_owned();
        self.learns_priority(event);
        self.in_bulk = event.is_bulk();
        self.happens(event);
        self.in_bulk = false;
        self.note_whether_over(event.time);
    }

    fn happens(&mut self, event: &Event) {
        let (at, agent) = (event.time, event.text("agent"));
        match TYPES[event.rank] {
            "contact.queued" => self.queued(event),
            "contact.alerting" => self.alerting(event),
            "contact.alert_missed" => self.alert_missed(event),
            "contact.answered" => self.answered(event),
            "contact.held" => self.held(at, agent),
            "contact.resumed" => self.resumed(at, agent),
            "contact.transferred" => self.transferred(at, agent),
            "contact.flowed_out" => self.flowed_out(event),
            "contact.abandoned" => self.abandoned(event),
            "contact.blocked" => self.blocked(event),
            "contact.message" => self.message(event),
            "contact.callback_requested" => self.callback_requested(event),
            "contact.callback_attempted" => self.callback_attempted(event),
            "contact.ended" => self.ended(at, agent),
            "contact.wrapped" => self.wrapped(at, agent),
            "contact.snapshot" => self.snapshot(event),
            _ => {}
        }
    }

    pub(super) fn book(&mut self, at: i64, place: Place, what: &'static str, part: &'static str, ms: i64) {
        self.booked.push(Booking { at, place, what, part, ms });
    }

    /// Books a duration, which an event in bulk does not tell.
    pub(super) fn measure(&mut self, at: i64, place: Place, what: &'static str, ms: i64) {
        if !self.in_bulk {
            self.book(at, place, what, "", ms);
        }
    }

    /// Books a figure of an agent, which an event in bulk is not.
    pub(super) fn book_agent(&mut self, at: i64, agent: &str, what: &'static str, part: &'static str, ms: i64) {
        if !self.in_bulk {
            self.book(at, Place::Agent(agent.to_owned()), what, part, ms);
        }
    }

    /// Something odd, or worth covering.
    pub(super) fn note(&mut self, at: i64, what: &'static str) {
        self.book(at, Place::Books, what, "", 0);
    }

    /// The queue, on the channel that holds now.
    pub(super) fn pair(&self, queue: Option<&str>) -> Pair {
        (queue.unwrap_or("__direct__").to_owned(), self.channel.clone())
    }

    pub(super) fn latest_pair(&self) -> Pair {
        self.pair(self.latest_queue.as_deref())
    }

    /// The open ones, the oldest first.
    pub(super) fn open_stays(&self) -> impl Iterator<Item = usize> {
        (0..self.stays.len()).filter(|&i| self.stays[i].end.is_none())
    }

    pub(super) fn open_stay_in(&self, queue: &str) -> Option<usize> {
        self.open_stays().find(|&i| self.stays[i].pair.0 == queue)
    }

    fn pass_deadlines_before(&mut self, t: i64) {
        while let Some((deadline, leg)) = self.next_wrap_limit().filter(|(deadline, _)| *deadline < t) {
            self.end_leg(deadline, leg, None);
            self.count_leg(deadline, leg, "wrap_timeout");
            self.note_whether_over(deadline);
        }
        self.break_promises_before(self.given_up_at().map_or(t, |given_up| t.min(given_up + 1)));
        if let Some(deadline) = self.given_up_at().filter(|deadline| *deadline < t) {
            self.expire(deadline);
        }
    }

    fn next_wrap_limit(&self) -> Option<(i64, usize)> {
        let limit = |i: usize| Some((self.legs[i].wraps_since()? + self.settings.after_contact_max, i));
        (0..self.legs.len()).filter_map(limit).min()
    }

    /// When the contact may be forgotten: given up, or over for as long.
    pub(super) fn is_forgotten_at(&self) -> Option<i64> {
        let over = self.over_since.map(|over| over + self.settings.ttl_of(&self.channel));
        over.into_iter().chain(self.given_up_at()).min()
    }

    /// When the contact is given up; `None` before its first event.
    fn given_up_at(&self) -> Option<i64> {
        let due_at = self.callback.as_ref().and_then(|callback| callback.due_at);
        let last = self.last_event.max(due_at.unwrap_or(i64::MIN));
        (self.last_event != i64::MIN).then(|| last + self.settings.ttl_of(&self.channel))
    }

    fn expire(&mut self, at: i64) {
        self.end_all_stays(at, &Exit::Expired);
        for leg in 0..self.legs.len() {
            if self.legs[leg].talks() {
                self.expire_talk(at, leg);
            }
        }
        self.give_callback_up(at);
        self.closing = true;
        self.note_whether_over(at);
    }

    fn expire_talk(&mut self, at: i64, leg: usize) {
        self.legs[leg].phase = Phase::Over;
        self.note(at, "talk_expired");
        if !self.outbound {
            self.count_leg(at, leg, "expired");
        }
    }

    /// Where it was served last and by whom, as long as that is remembered.
    fn served(&mut self, at: i64) -> Option<Served> {
        let Some(over) = self.over_since else {
            return self.served_last();
        };
        let (served, settings) = (self.served_last(), self.settings);
        self.memory.get_or_insert_with(|| Memory::of(served, over, settings)).recall(at, settings)
    }

    fn served_last(&self) -> Option<Served> {
        let leg = self.legs.iter().rev().find(|leg| leg.role == "primary");
        let served = leg.map(|leg| (leg.pair.clone(), Some(leg.agent.clone())));
        served.or_else(|| self.latest_queue.is_some().then(|| (self.latest_pair(), None)))
    }

    fn note_whether_over(&mut self, at: i64) {
        let is_open = self.open_stays().next().is_some() || self.legs.iter().any(Leg::is_open);
        let over = self.closing && !is_open && self.callback.is_none();
        self.over_since = over.then_some(self.over_since.unwrap_or(at));
        if !over {
            self.memory = None;
        }
    }
}

/// What a contact comes to at `t`.
impl Contact<'_> {
    pub fn waiting(&self) -> impl Iterator<Item = &Stay> {
        self.open_stays().map(|i| &self.stays[i])
    }

    pub fn in_service(&self) -> impl Iterator<Item = &Leg> {
        self.primary_inbound_legs().filter(|leg| leg.talks())
    }

    pub fn in_after_contact(&self) -> impl Iterator<Item = &Leg> {
        self.primary_inbound_legs().filter(|leg| leg.wraps_since().is_some())
    }

    pub fn callback(&self) -> Option<&Callback> {
        self.callback.as_ref()
    }

    fn primary_inbound_legs(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| !self.outbound && leg.role == "primary")
    }

    /// Everything that counts at `t`.
    pub fn bookings(&self, t: i64) -> Vec<Booking> {
        let stays = self.stays.iter().flat_map(|stay| stay.counts(self.settings, t));
        let opinions = super::surveys::bookings(&self.opinions, self.settings);
        stays.chain(self.booked.iter().cloned()).chain(opinions).collect()
    }
}
