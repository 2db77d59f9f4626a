//! Inboxes: the queues of tickets with their figures, how many tickets come, and how many agents they need.
//!
//! **Words.** *Inbox*: a queue of e-mails and cases, worked on by agents of its own. *Touch*: once that an agent works on a ticket.
//!
//! **Why hours for days.** A helpdesk takes days over what is told here within hours: a simulated centre is mostly looked at for an
//! hour or a day, and would otherwise show tickets that come and hardly one that is closed.

use super::Profile;
use super::chance::{Chance, Stream, exp};
use super::demand::surge;
use super::plan::{HALF_HOURS, QUEUE_COUNT, SourceNo, staffed, time_of_day};
use crate::time::{EventTime, Span};

/// An inbox, by its place in [`INBOXES`].
pub type InboxNo = usize;

/// One inbox and its figures.
#[derive(Clone, Copy, Debug)]
pub struct Inbox {
    /// The name in events.
    pub name: &'static str,
    /// Part of all tickets; together 1.
    pub share: f64,
    /// Median work of a touch, with [`WORK_TAIL`].
    pub work: Span,
    /// Touches of a ticket that is here, on average; those that come from elsewhere are among them.
    touches: f64,
    /// The occupancy that it is staffed for.
    occupancy: f64,
}

/// How many inboxes there are.
pub const INBOX_COUNT: usize = 2;
/// Where tickets are solved at first, and where those go that are too hard for that.
pub const SERVICE: InboxNo = 0;
/// See [`SERVICE`].
pub const CLAIMS: InboxNo = 1;

/// The inboxes of the centre.
pub static INBOXES: [Inbox; INBOX_COUNT] = [
    Inbox { name: "service-mail", share: 0.85, work: Span::from_seconds(130), touches: 1.45, occupancy: 0.88 },
    Inbox { name: "claims-mail", share: 0.15, work: Span::from_seconds(240), touches: 2.5, occupancy: 0.84 },
];

/// The channel of all tickets.
pub const CHANNEL: &str = "email";
/// The platform that tells of tickets.
pub const HELPDESK: SourceNo = 2;
/// Sigma of the work of a touch.
pub const WORK_TAIL: f64 = 0.7;
/// Tickets that customers write, for each contact on the floor.
const TICKETS_PER_CONTACT: f64 = 0.15;

/// Tickets a second, on the average of a day.
pub fn tickets_rate(rate: f64) -> f64 {
    rate * TICKETS_PER_CONTACT
}

/// Agents that an inbox needs on shift in each half-hour of the day, when contacts arrive at this mean rate (per second).
pub fn needs(inbox: InboxNo, rate: f64, profile: Profile, at_work: f64) -> [usize; HALF_HOURS] {
    let Inbox { share, work, touches, occupancy, .. } = INBOXES[inbox];
    let work = work.as_seconds() * exp(WORK_TAIL * WORK_TAIL / 2.0);
    staffed(tickets_rate(rate) * share * touches * work / occupancy / at_work, profile)
}

/// When tickets of customers arrive: as contacts do, and from a stream of their own.
#[derive(Debug)]
pub struct Post {
    seed: u64,
    start: EventTime,
    profile: Profile,
    rate: f64,
    chance: Chance,
    /// The latest draw of each inbox, in milliseconds after the start.
    drawn: [f64; INBOX_COUNT],
}

impl Post {
    /// Tickets from `start` on, at this rate of contacts.
    pub fn new(seed: u64, start: EventTime, rate: f64, profile: Profile) -> Self {
        let chance = Chance::new(seed, Stream::Post);
        Self { seed, start, profile, rate: tickets_rate(rate), chance, drawn: [0.0; INBOX_COUNT] }
    }

    /// When the next ticket of this inbox arrives; each call goes one on.
    pub fn next(&mut self, inbox: InboxNo) -> EventTime {
        let peak = self.profile.peak() * surge::MOST;
        let gap_ms = 1_000.0 / (self.rate * INBOXES[inbox].share * peak);
        loop {
            self.drawn[inbox] += gap_ms * self.chance.exponential();
            let at = self.start + Span::from_millis(self.drawn[inbox] as i64);
            let level = self.profile.level(time_of_day(at)) * surge::at(self.seed, QUEUE_COUNT + inbox, at);
            if self.chance.happens(level / peak) {
                return at;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_the_inboxes_add_up_to_one_and_tickets_come_at_their_rate() {
        let shares: f64 = INBOXES.iter().map(|inbox| inbox.share).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
        let end = EventTime::from_millis(86_400_000);
        let mut post = Post::new(3, EventTime::from_millis(0), 2.0, Profile::Day);
        let came = std::iter::from_fn(|| Some(post.next(SERVICE))).take_while(|at| *at < end).count() as f64;
        let expected = tickets_rate(2.0) * INBOXES[SERVICE].share * 86_400.0;
        assert!((came / expected - 1.0).abs() < 0.15, "{came} against {expected}");
    }
}
