//! A seeded contact centre: what demo, benchmarks and tests feed on.
//!
//! **Why a simulation.** Random events would show random figures. Here contacts wait because agents are busy, so queues build and
//! drain, service level falls when it should, and every lifecycle is one that a platform could have told.
//!
//! **Words.** *Happening*: something on the floor, at its moment. *Sent*: its event, at the moment its producer sends it.
//!
//! **Invariant.** Pure: the same settings give the same bytes on every machine, and what comes first does not depend on how much
//! is taken. Reads no clock; waits for nobody.
//!
//! ```text
//! chance → demand → ┐
//!   plan → staff  → floor: waits, rings, talks, chats, callbacks, routine → record → delivery → Sent
//! inboxes → desk  → ┘      tickets, presence, opinions                  → facts  ┘
//! ```

mod callbacks;
mod chance;
mod chats;
mod delivery;
mod demand;
mod desk;
mod facts;
mod floor;
mod inboxes;
mod opinions;
mod plan;
mod presence;
mod record;
mod rings;
mod routine;
mod staff;
mod talks;
mod tickets;
mod waits;

use crate::time::{EventTime, Span};
use delivery::Delivery;
use floor::Floor;
use record::Scribe;

/// What to simulate.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Another seed is another story; it is part of every id.
    pub seed: u64,
    /// When the centre opens, empty; the time of day counts (UTC).
    pub start: EventTime,
    /// Contacts per second on the average of a day; tickets and staffing follow. From [`RATE_MIN`] to [`RATE_MAX`]; beyond them
    /// the nearer holds.
    pub rate: f64,
    /// Arrivals end after so many; what is open of contacts then is told to its end, and the story with the last. Tickets come
    /// beside them and lie where they are in the end, as on any evening. Without it there is no end.
    pub contacts: Option<u64>,
    /// How arrivals spread over the day.
    pub profile: Profile,
    /// The share of events that is sent late. In [0, 1].
    pub late: f64,
    /// How late at most an event is sent, or sent again. Zero: no event is late.
    pub disorder: Span,
    /// The share of events that is sent twice. In [0, 1].
    pub repeats: f64,
}

/// How arrivals spread over the day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// A quiet night, a peak before noon and one after it (UTC).
    #[default]
    Day,
    /// As many at all hours: a demo is busy whenever it is shown.
    Flat,
}

/// One event as its producer sends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// When it is sent: the event's time, or later for one that is delayed or repeated.
    pub due: EventTime,
    /// The record key: the id of the contact or ticket; of an agent's or queue's event its name, of a feed's the source.
    pub key: String,
    /// The event as JSON, on one line, without its end.
    pub record: String,
}

/// The least rate: 86 contacts a day.
pub const RATE_MIN: f64 = 0.001;
/// The greatest rate: 400,000 agents on shift, so that the staff alone takes some hundred megabytes.
pub const RATE_MAX: f64 = 1_000.0;

impl Settings {
    /// A day like any other, without an end: 3 % of events up to 3 s late, 0.2 % sent twice.
    pub fn new(seed: u64, start: EventTime, rate: f64) -> Self {
        Self {
            seed,
            start,
            rate,
            contacts: None,
            profile: Profile::Day,
            late: 0.03,
            disorder: Span::from_seconds(3),
            repeats: 0.002,
        }
    }
}

/// What the centre's platform sends, ordered by `due`; endless unless `contacts` is set. Memory depends on the rate, not on how
/// much was taken.
pub fn centre(settings: Settings) -> impl Iterator<Item = Sent> + Send {
    let settings = Settings { rate: bounded(settings.rate), ..settings };
    Centre {
        floor: Floor::open(&settings),
        scribe: Scribe::new(settings.seed),
        delivery: Delivery::new(&settings),
        posted_until: Some(settings.start),
    }
}

/// The rate, or the nearer bound; the lower one for what is no number.
fn bounded(rate: f64) -> f64 {
    if rate.is_nan() { RATE_MIN } else { rate.clamp(RATE_MIN, RATE_MAX) }
}

struct Centre {
    floor: Floor,
    scribe: Scribe,
    delivery: Delivery,
    /// Every event before this is posted; none: all are.
    posted_until: Option<EventTime>,
}

impl Iterator for Centre {
    type Item = Sent;

    fn next(&mut self) -> Option<Sent> {
        loop {
            if let Some(sent) = self.delivery.next_before(self.posted_until) {
                return Some(sent);
            }
            self.posted_until?;
            self.posted_until = self.post_next();
        }
    }
}

impl Centre {
    fn post_next(&mut self) -> Option<EventTime> {
        let happening = self.floor.next()?;
        let key = self.scribe.key(happening.subject);
        self.delivery.post(happening.at, key, self.scribe.record(&happening));
        Some(happening.at)
    }
}
