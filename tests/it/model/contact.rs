//! One contact: its events, sorted, taken one after the other, and what that comes to.
//!
//! **Words.** *Stay*: one contact in one queue once. *Leg*: one agent on the contact. *Booking*: one thing that counts, at its time.

use super::Settings;
use super::event::{Event, TYPES, time_of};
use super::stay::{Exit, Stay};

/// One thing that counts: where, when, what, and how long (0 for what is only counted).
pub struct Booking {
    pub at: i64,
    pub place: Place,
    pub what: String,
    pub ms: i64,
}

/// A queue and a channel.
pub type Pair = (String, String);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    Queue(Pair),
    Agent(String),
    /// Counted for no queue or agent.
    Books,
}

pub struct Leg {
    /// Of the stay that it answered; else the latest queue on the channel of its beginning.
    pub pair: Pair,
    agent: String,
    role: String,
    since: i64,
    hold: i64,
    was_held: bool,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Talking,
    Held { since: i64 },
    AfterContact { since: i64 },
    Over,
}

/// A contact as its events so far left it.
pub struct Contact<'a> {
    settings: &'a Settings,
    stays: Vec<Stay>,
    legs: Vec<Leg>,
    booked: Vec<Booking>,
    channel: String,
    latest_queue: Option<String>,
    was_queued: bool,
    outbound: bool,
    /// When the customer was queued first, until the first answer; for inbound contacts.
    customer_since: Option<i64>,
    last_event: i64,
    /// Abandoned, blocked or ended: over as soon as nothing is open.
    closing: bool,
    over_since: Option<i64>,
}

impl Leg {
    fn talks(&self) -> bool {
        matches!(self.phase, Phase::Talking | Phase::Held { .. })
    }

    fn wraps_since(&self) -> Option<i64> {
        if let Phase::AfterContact { since } = self.phase { Some(since) } else { None }
    }

    fn is_of(&self, agent: Option<&str>) -> bool {
        agent.is_none_or(|agent| self.agent == agent)
    }
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
            booked: Vec::new(),
            channel: "voice".to_owned(),
            latest_queue: None,
            was_queued: false,
            outbound: false,
            customer_since: None,
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
        if self.over_since.is_some_and(|over| event.time - self.settings.lateness > over) {
            return self.book(event.time, Place::Books, "after_the_end", 0);
        }
        self.last_event = event.time;
        self.channel = event.text("channel").unwrap_or(&self.channel).to_owned();
        let (at, agent) = (event.time, event.text("agent"));
        match TYPES[event.rank] {
            "contact.queued" => self.queued(event),
            "contact.answered" => self.answered(event),
            "contact.held" => self.held(at, agent),
            "contact.resumed" => self.resumed(at, agent),
            "contact.transferred" => self.transferred(at, agent),
            "contact.flowed_out" => self.flowed_out(event),
            "contact.abandoned" => self.abandoned(at),
            "contact.blocked" => self.blocked(event),
            "contact.ended" => self.ended(at, agent),
            "contact.wrapped" => self.wrapped(at, agent),
            _ => {}
        }
        self.note_whether_over(at);
    }

    fn queued(&mut self, event: &Event) {
        if !self.was_queued {
            self.first_queued(event);
        }
        if self.open_stay_in(&event.queue()).is_some() {
            return;
        }
        self.latest_queue = Some(event.queue());
        self.closing = false;
        if self.outbound {
            return;
        }
        if event.fields["also"] != true {
            self.flow_out_all(event.time, "overflow");
        }
        let pair = self.pair(event.text("queue"));
        self.stays.push(Stay { pair, since: event.time, end: None });
    }

    fn first_queued(&mut self, event: &Event) {
        self.was_queued = true;
        self.outbound = event.text("direction") == Some("outbound");
        if self.outbound {
            return;
        }
        self.customer_since = Some(time_of(&event.fields["first_queued_at"]).unwrap_or(event.time));
        if event.text("root_contact_id").is_none_or(|root| Some(root) == event.text("contact_id")) {
            self.book(event.time, Place::Queue(self.pair(event.text("queue"))), "volume", 0);
        }
    }

    fn answered(&mut self, event: &Event) {
        let agent = event.text("agent").expect("an answer names its agent");
        let role = event.text("role").unwrap_or("primary");
        let stay = self.answered_stay(event.text("queue")).filter(|_| role != "monitor");
        let pair = stay.map_or_else(|| self.pair(self.latest_queue.as_deref()), |i| self.stays[i].pair.clone());
        if role != "monitor" {
            self.end_stays_by_answer(event.time, stay);
            self.customer_answered(event.time, &pair);
        }
        if self.talks_as(agent, role) {
            return self.book(event.time, Place::Books, "answered_twice", 0);
        }
        self.closing = false;
        if role == "primary" {
            self.book(event.time, Place::Agent(agent.to_owned()), "answered", 0);
        }
        let (agent, role, since) = (agent.to_owned(), role.to_owned(), event.time);
        self.legs.push(Leg { pair, agent, role, since, hold: 0, was_held: false, phase: Phase::Talking });
    }

    /// Whether the agent talks already, in that role.
    fn talks_as(&self, agent: &str, role: &str) -> bool {
        self.latest_leg(Some(agent), |leg| leg.role == role && leg.talks()).is_some()
    }

    /// The stay that an answer ends: in the named queue, else the oldest.
    fn answered_stay(&self, queue: Option<&str>) -> Option<usize> {
        queue.and_then(|queue| self.open_stay_in(queue)).or_else(|| self.open_stays().next())
    }

    fn end_stays_by_answer(&mut self, at: i64, answered: Option<usize>) {
        if let Some(stay) = answered {
            self.stays[stay].end = Some((at, Exit::Answered));
        }
        self.flow_out_all(at, "served_elsewhere");
    }

    /// The first answer since the customer was first queued.
    fn customer_answered(&mut self, at: i64, pair: &Pair) {
        if let Some(since) = self.customer_since.take() {
            self.book(at, Place::Queue(pair.clone()), "customer_wait", (at - since).max(0));
        }
    }

    fn held(&mut self, at: i64, agent: Option<&str>) {
        if let Some(leg) = self.latest_leg(agent, |leg| leg.phase == Phase::Talking) {
            self.legs[leg].phase = Phase::Held { since: at };
            self.legs[leg].was_held = true;
        }
    }

    fn resumed(&mut self, at: i64, agent: Option<&str>) {
        if let Some(leg) = self.latest_leg(agent, |leg| matches!(leg.phase, Phase::Held { .. })) {
            self.resume(at, leg);
        }
    }

    fn resume(&mut self, at: i64, leg: usize) {
        if let Phase::Held { since } = self.legs[leg].phase {
            self.legs[leg].hold += at - since;
            self.legs[leg].phase = Phase::Talking;
        }
    }

    fn transferred(&mut self, at: i64, agent: Option<&str>) {
        if let Some(leg) = self.latest_leg(agent, Leg::talks) {
            self.closing = false;
            self.end_talk(at, leg, true);
        }
    }

    fn flowed_out(&mut self, event: &Event) {
        let cause = event.text("cause").unwrap_or("other").to_owned();
        if let Some(open) = self.open_stay_in(&event.queue()) {
            self.stays[open].end = Some((event.time, Exit::FlowedOut { cause, by_overflow: false }));
        } else if let Some(told) = self.cause_of_overflow(&event.queue()) {
            *told = cause;
            self.book(event.time, Place::Books, "cause_told_later", 0);
        }
    }

    /// The cause of the latest stay in the queue that an overflow ended.
    fn cause_of_overflow(&mut self, queue: &str) -> Option<&mut String> {
        self.stays.iter_mut().rev().filter(|stay| stay.pair.0 == queue).find_map(|stay| match &mut stay.end {
            Some((_, Exit::FlowedOut { cause, by_overflow: true })) => Some(cause),
            _ => None,
        })
    }

    fn abandoned(&mut self, at: i64) {
        self.closing = true;
        self.end_all_stays(at, || Exit::Abandoned);
    }

    fn blocked(&mut self, event: &Event) {
        self.closing = true;
        self.book(event.time, Place::Queue(self.pair(event.text("queue"))), "blocked", 0);
    }

    fn ended(&mut self, at: i64, agent: Option<&str>) {
        let ends_a_leg = self.latest_leg(agent, Leg::talks).is_some();
        while let Some(leg) = self.latest_leg(agent, Leg::talks) {
            self.end_talk(at, leg, false);
            if agent.is_some() {
                break;
            }
        }
        if agent.is_none() {
            self.end_all_stays(at, || Exit::Abandoned);
        }
        if agent.is_none() || ends_a_leg && !self.legs.iter().any(Leg::talks) {
            self.closing = true;
        }
    }

    fn wrapped(&mut self, at: i64, agent: Option<&str>) {
        let wrapping =
            (0..self.legs.len()).filter(|&i| self.legs[i].is_of(agent) && self.legs[i].wraps_since().is_some());
        let longest = wrapping.min_by_key(|&i| self.legs[i].wraps_since());
        if let Some(leg) = longest {
            let after_contact = at - self.legs[leg].wraps_since().expect("it is in after-contact work");
            self.end_leg(at, leg, Some(after_contact));
        } else if let Some(leg) = self.latest_leg(agent, Leg::talks) {
            self.end_talk(at, leg, false);
            if self.settings.wraps_are_told {
                self.end_leg(at, leg, Some(0));
            }
        }
    }

    /// The leg begun last of those that fit.
    fn latest_leg(&self, agent: Option<&str>, fits: impl Fn(&Leg) -> bool) -> Option<usize> {
        self.legs.iter().rposition(|leg| leg.is_of(agent) && fits(leg))
    }

    fn end_talk(&mut self, at: i64, leg: usize, transferred: bool) {
        self.resume(at, leg);
        let Leg { since, hold, was_held, .. } = self.legs[leg];
        self.legs[leg].phase = Phase::AfterContact { since: at };
        self.book_leg(at, leg, "talk_time", at - since - hold);
        if was_held {
            self.book_leg(at, leg, "hold_time", hold);
        }
        if !self.outbound {
            self.book_leg(at, leg, if transferred { "transferred" } else { "not_transferred" }, 0);
        }
        if !self.settings.wraps_are_told {
            self.end_leg(at, leg, None);
        }
    }

    /// A leg is over, with so much after-contact work told.
    fn end_leg(&mut self, at: i64, leg: usize, after_contact: Option<i64>) {
        let talk_end = self.legs[leg].wraps_since().expect("talk has ended");
        let handle = talk_end - self.legs[leg].since + after_contact.unwrap_or(0);
        self.legs[leg].phase = Phase::Over;
        self.book_leg(at, leg, "handle_time", handle);
        if let Some(ms) = after_contact {
            self.book_leg(at, leg, "after_contact_time", ms);
        }
        if self.legs[leg].role != "monitor" {
            self.book(at, Place::Agent(self.legs[leg].agent.clone()), "handle_time", handle);
        }
    }

    /// Books a primary leg in its queue; the others count in none.
    fn book_leg(&mut self, at: i64, leg: usize, what: &str, ms: i64) {
        if self.legs[leg].role == "primary" {
            self.book(at, Place::Queue(self.legs[leg].pair.clone()), what, ms);
        }
    }

    fn book(&mut self, at: i64, place: Place, what: &str, ms: i64) {
        self.booked.push(Booking { at, place, what: what.to_owned(), ms });
    }

    /// The queue, on the channel that holds now.
    fn pair(&self, queue: Option<&str>) -> Pair {
        (queue.unwrap_or("__direct__").to_owned(), self.channel.clone())
    }

    fn open_stays(&self) -> impl Iterator<Item = usize> {
        (0..self.stays.len()).filter(|&i| self.stays[i].end.is_none())
    }

    fn open_stay_in(&self, queue: &str) -> Option<usize> {
        self.open_stays().find(|&i| self.stays[i].pair.0 == queue)
    }

    fn flow_out_all(&mut self, at: i64, cause: &str) {
        self.end_all_stays(at, || Exit::FlowedOut { cause: cause.to_owned(), by_overflow: cause == "overflow" });
    }

    fn end_all_stays(&mut self, at: i64, exit: impl Fn() -> Exit) {
        for stay in self.stays.iter_mut().filter(|stay| stay.end.is_none()) {
            stay.end = Some((at, exit()));
        }
    }

    fn pass_deadlines_before(&mut self, t: i64) {
        while let Some((deadline, leg)) = self.next_wrap_limit().filter(|(deadline, _)| *deadline < t) {
            self.end_leg(deadline, leg, None);
            self.book_leg(deadline, leg, "wrap_timeout", 0);
            self.note_whether_over(deadline);
        }
        let deadline = self.last_event.saturating_add(self.settings.contact_ttl);
        if self.last_event != i64::MIN && deadline < t {
            self.expire(deadline);
        }
    }

    fn next_wrap_limit(&self) -> Option<(i64, usize)> {
        let limit = |i: usize| Some((self.legs[i].wraps_since()? + self.settings.after_contact_max, i));
        (0..self.legs.len()).filter_map(limit).min()
    }

    fn expire(&mut self, at: i64) {
        self.end_all_stays(at, || Exit::Expired);
        for leg in 0..self.legs.len() {
            if self.legs[leg].talks() {
                self.expire_talk(at, leg);
            }
        }
        self.closing = true;
        self.note_whether_over(at);
    }

    fn expire_talk(&mut self, at: i64, leg: usize) {
        self.legs[leg].phase = Phase::Over;
        self.book(at, Place::Books, "talk_expired", 0);
        if !self.outbound {
            self.book_leg(at, leg, "expired", 0);
        }
    }

    fn note_whether_over(&mut self, at: i64) {
        let nothing_is_open =
            self.open_stays().next().is_none() && self.legs.iter().all(|leg| leg.phase == Phase::Over);
        let over = self.closing && nothing_is_open;
        self.over_since = over.then_some(self.over_since.unwrap_or(at));
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

    fn primary_inbound_legs(&self) -> impl Iterator<Item = &Leg> {
        self.legs.iter().filter(|leg| !self.outbound && leg.role == "primary")
    }

    /// Everything that counts at `t`.
    pub fn bookings(self, t: i64) -> Vec<Booking> {
        let mut booked = self.booked;
        for stay in &self.stays {
            let place = Place::Queue(stay.pair.clone());
            let counts = stay.counts(self.settings, t).into_iter();
            booked.extend(counts.map(|(at, what, ms)| Booking { at, place: place.clone(), what: what.to_owned(), ms }));
        }
        booked
    }
}
