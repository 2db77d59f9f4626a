//! The plan of the centre: its queues with their figures, the curve of a day, and how many agents each hour needs.
//!
//! **Words.** *Load*: agents kept busy on average, in erlang: arrivals per second times seconds of work per contact. *Need*: agents
//! on shift in a half-hour. *Share*: part of all arrivals.
//!
//! **Why these figures.** Published ones of mid-size centres: minutes of talk with a long tail, half a minute of after-contact work,
//! one to three minutes of patience, a morning and an afternoon peak. The queues are invented. Each is staffed to an occupancy of
//! its own, so that some are comfortable while others struggle.

use super::Profile;
use super::chance::exp;
use crate::time::{EventTime, Span};

/// A queue, by its place in [`QUEUES`].
pub type QueueNo = usize;
/// A platform that tells events, by its place in [`SOURCES`].
pub type SourceNo = usize;

/// The platforms of the centre: for calls, for chats, and for tickets.
pub const SOURCES: [&str; 3] = ["pbx", "chat-platform", "helpdesk"];

/// One queue and its figures.
#[derive(Clone, Copy, Debug)]
pub struct Queue {
    /// The name in events.
    pub name: &'static str,
    /// The channel of its contacts.
    pub channel: &'static str,
    /// The platform that tells of it.
    pub source: SourceNo,
    /// From which time of day until which it is open; without them always.
    pub hours: Option<(Span, Span)>,
    /// The priority of its contacts.
    pub priority: &'static str,
    /// Part of all arrivals; together 1.
    pub share: f64,
    /// Median talk.
    pub talk: Span,
    /// How long the tail of talk is: sigma of the log-normal.
    pub tail: f64,
    /// Median after-contact work, with [`WRAP_TAIL`].
    pub wrap: Span,
    /// Scale of the customers' patience.
    pub patience: Span,
    /// Part of talks that is held once.
    pub held: f64,
    /// Part of talks that ends in a transfer, and where to.
    pub transfer: Option<(f64, QueueNo)>,
    /// How long a contact waits until another queue takes it, and which.
    pub overflow: Option<(Span, QueueNo)>,
    /// Whether it then waits in both, and is not moved.
    pub keeps_place: bool,
    /// Part of arrivals that is a call out.
    pub outbound: f64,
    /// Part of arrivals that is no call but a form on the website: call me back.
    pub form: f64,
    /// Part of those who have waited long that takes the offer of a call back.
    pub callback: f64,
    /// Part of those who give up waiting that leaves a message.
    pub voicemail: f64,
    /// The second queue that every third of its agents serves.
    pub second: QueueNo,
    /// Its contacts are taken as if they had come this much earlier.
    pub head_start: Span,
    /// The occupancy that it is staffed for.
    pub occupancy: f64,
}

const VOICE: Queue = Queue {
    name: "sales",
    channel: "voice",
    source: 0,
    hours: None,
    priority: "normal",
    share: 0.30,
    talk: Span::from_seconds(210),
    tail: 0.7,
    wrap: Span::from_seconds(30),
    patience: Span::from_seconds(150),
    held: 0.15,
    transfer: None,
    overflow: None,
    keeps_place: false,
    outbound: 0.0,
    form: 0.02,
    callback: 0.25,
    voicemail: 0.06,
    second: 0,
    head_start: Span::ZERO,
    occupancy: 0.86,
};

/// How many queues there are.
pub const QUEUE_COUNT: usize = 5;

/// The queues of the centre.
pub static QUEUES: [Queue; QUEUE_COUNT] = [
    Queue { transfer: Some((0.06, 1)), outbound: 0.10, second: 3, occupancy: 0.92, ..VOICE },
    Queue {
        name: "billing",
        share: 0.27,
        talk: Span::from_seconds(170),
        transfer: Some((0.08, 0)),
        overflow: Some((Span::from_seconds(75), 0)),
        outbound: 0.04,
        occupancy: 0.90,
        ..VOICE
    },
    Queue {
        name: "tech",
        share: 0.22,
        talk: Span::from_seconds(320),
        tail: 0.8,
        wrap: Span::from_seconds(45),
        patience: Span::from_seconds(240),
        held: 0.3,
        transfer: Some((0.10, 1)),
        second: 1,
        occupancy: 0.88,
        ..VOICE
    },
    Queue {
        name: "vip",
        priority: "high",
        share: 0.06,
        talk: Span::from_seconds(240),
        tail: 0.6,
        patience: Span::from_seconds(90),
        transfer: Some((0.05, 2)),
        overflow: Some((Span::from_seconds(30), 0)),
        keeps_place: true,
        outbound: 0.10,
        callback: 0.40,
        voicemail: 0.12,
        head_start: Span::from_seconds(60),
        occupancy: 0.84,
        ..VOICE
    },
    Queue {
        name: "orders-chat",
        channel: "chat",
        source: 1,
        hours: Some((Span::from_seconds(6 * 3_600), Span::from_seconds(22 * 3_600))),
        share: 0.15,
        talk: Span::from_seconds(260),
        tail: 0.6,
        wrap: Span::from_seconds(15),
        patience: Span::from_seconds(120),
        held: 0.0,
        form: 0.0,
        callback: 0.0,
        voicemail: 0.0,
        second: 4,
        ..VOICE
    },
];

/// Sigma of after-contact work, of every queue.
pub const WRAP_TAIL: f64 = 0.5;
/// Median hold.
pub const HOLD: Span = Span::from_seconds(40);
/// Sigma of hold.
pub const HOLD_TAIL: f64 = 0.6;
/// How long a contact rings at an agent, at least and at most.
pub const RING: (Span, Span) = (Span::from_millis(800), Span::from_millis(4_500));
/// How long a customer who is called takes to answer, at least and at most.
pub const DIAL: (Span, Span) = (Span::from_seconds(5), Span::from_seconds(20));

const SECONDS_PER_DAY: i64 = 86_400;
/// One day.
pub const DAY: Span = Span::from_seconds(SECONDS_PER_DAY);
/// The grain of staffing.
const HALF_HOUR: Span = Span::from_seconds(1_800);
/// Half-hours of a day.
pub const HALF_HOURS: usize = 48;
/// No queue has fewer agents on shift than this.
const NEED_MIN: usize = 2;

/// Arrivals at each full hour (UTC) in relation to each other: a quiet night, a peak before noon and one after it.
const HOURS: [f64; 24] = [
    0.15, 0.10, 0.08, 0.07, 0.08, 0.15, 0.35, 0.75, 1.35, 1.90, 2.20, 2.05, //
    1.60, 1.65, 2.00, 2.05, 1.80, 1.45, 1.10, 0.85, 0.65, 0.45, 0.30, 0.20,
];

/// The time of day (UTC), in [0, 24 h).
pub fn time_of_day(at: EventTime) -> Span {
    Span::from_millis(at.as_millis().rem_euclid(DAY.as_millis()))
}

impl Queue {
    /// Whether it takes contacts at this time of day, and for how long that stays so; for ever without an end.
    pub fn is_open(&self, time_of_day: Span, profile: Profile) -> (bool, Option<Span>) {
        let Some((opens, closes)) = self.hours.filter(|_| profile == Profile::Day) else { return (true, None) };
        let until =
            |edge: Span| Span::from_millis((edge.as_millis() - time_of_day.as_millis()).rem_euclid(DAY.as_millis()));
        let is_open = opens <= time_of_day && time_of_day < closes;
        (is_open, Some(until(if is_open { closes } else { opens })))
    }
}

impl Profile {
    /// Arrivals at this time of day in relation to the mean of a day, which is 1. Straight lines between full hours.
    pub fn level(self, time_of_day: Span) -> f64 {
        match self {
            Self::Flat => 1.0,
            Self::Day => {
                let hours = time_of_day.as_seconds() / 3_600.0;
                let hour = hours as usize;
                let (from, to) = (HOURS[hour % 24], HOURS[(hour + 1) % 24]);
                (from + (to - from) * (hours - hour as f64)) / mean_hour()
            }
        }
    }

    /// The greatest level of a day.
    pub fn peak(self) -> f64 {
        match self {
            Self::Flat => 1.0,
            Self::Day => HOURS.into_iter().fold(0.0, f64::max) / mean_hour(),
        }
    }
}

fn mean_hour() -> f64 {
    HOURS.iter().sum::<f64>() / HOURS.len() as f64
}

/// Agents that a queue needs on shift in each half-hour of the day, when contacts arrive at this mean rate (per second).
pub fn needs(queue: QueueNo, rate: f64, profile: Profile, at_work: f64) -> [usize; HALF_HOURS] {
    staffed(rate * share_with_transfers(queue) * work(&QUEUES[queue]) / QUEUES[queue].occupancy / at_work, profile)
}

/// Agents on shift in each half-hour of the day, where so many are needed on its average.
pub fn staffed(mean: f64, profile: Profile) -> [usize; HALF_HOURS] {
    std::array::from_fn(|half_hour| {
        let middle = Span::from_millis(HALF_HOUR.as_millis() * (2 * half_hour as i64 + 1) / 2);
        ((mean * profile.level(middle)).ceil() as usize).max(NEED_MIN)
    })
}

/// Contacts that come by transfer are work too.
fn share_with_transfers(queue: QueueNo) -> f64 {
    let transferred: f64 = QUEUES
        .iter()
        .filter_map(|from| from.transfer.filter(|(_, to)| *to == queue).map(|(part, _)| from.share * part))
        .sum();
    QUEUES[queue].share + transferred
}

/// Mean seconds that one contact of this queue keeps an agent busy.
fn work(queue: &Queue) -> f64 {
    let mean = |median: Span, sigma: f64| median.as_seconds() * exp(sigma * sigma / 2.0);
    let ring = (RING.0 + RING.1).as_seconds() / 2.0;
    ring + mean(queue.talk, queue.tail) + queue.held * mean(HOLD, HOLD_TAIL) + mean(queue.wrap, WRAP_TAIL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_the_queues_add_up_to_one() {
        let shares: f64 = QUEUES.iter().map(|queue| queue.share).sum();
        assert!((shares - 1.0).abs() < 1e-9, "{shares}");
    }

    #[test]
    fn contacts_move_between_queues_of_one_channel_only() {
        for queue in QUEUES {
            let moves = [queue.transfer.map(|to| to.1), queue.overflow.map(|to| to.1)];
            for to in moves.into_iter().flatten() {
                assert_eq!(QUEUES[to].channel, queue.channel, "{}", queue.name);
                assert_ne!(QUEUES[to].name, queue.name);
            }
        }
    }

    #[test]
    fn a_queue_with_hours_opens_and_closes_by_day_and_never_closes_where_days_are_flat() {
        let chat = &QUEUES[4];
        let hour = |hour: i64| Span::from_seconds(hour * 3_600);
        let by_day = [0, 6, 12, 22].map(|now| chat.is_open(hour(now), Profile::Day));
        assert_eq!(
            by_day,
            [(false, Some(hour(6))), (true, Some(hour(16))), (true, Some(hour(10))), (false, Some(hour(8)))]
        );
        assert_eq!(chat.is_open(hour(3), Profile::Flat), (true, None));
        assert_eq!(QUEUES[0].is_open(hour(3), Profile::Day), (true, None));
    }

    #[test]
    fn the_mean_level_of_a_day_is_one_and_none_is_above_the_peak() {
        for profile in [Profile::Day, Profile::Flat] {
            let levels: Vec<f64> = (0..1_440).map(|m| profile.level(Span::from_seconds(60 * m))).collect();
            let mean = levels.iter().sum::<f64>() / levels.len() as f64;
            assert!((mean - 1.0).abs() < 1e-6, "{mean}");
            assert!(levels.iter().all(|level| *level <= profile.peak()));
        }
    }

    #[test]
    fn a_larger_rate_needs_more_agents_and_no_queue_has_fewer_than_two() {
        let small = needs(0, 0.01, Profile::Day, 0.9);
        let large = needs(0, 1.0, Profile::Day, 0.9);
        assert!(small.iter().all(|need| *need >= 2));
        assert!(small.iter().sum::<usize>() < large.iter().sum());
        assert!(large[6] < large[20], "03:00 against 10:00");
    }
}
