//! Demand: when the next contact of each queue arrives.
//!
//! **Why thinning.** Arrivals are a Poisson process whose rate changes all the time. Drawing at the greatest rate and keeping each
//! draw with the part that the rate has of it just then (Lewis and Shedler 1979) is exact for every curve.
//!
//! **Words.** *Surge*: how much busier than planned a queue is. Staffing knows the curve of the day, but not the surges; without
//! them a large centre at 85 % occupancy would hardly ever queue.

use super::Profile;
use super::chance::{Chance, Stream};
use super::plan::{QUEUE_COUNT, QUEUES, QueueNo, time_of_day};
use crate::time::{EventTime, Span};

/// The arrivals of every queue.
#[derive(Debug)]
pub struct Demand {
    seed: u64,
    start: EventTime,
    profile: Profile,
    rate: f64,
    chance: Chance,
    /// The latest draw of each queue, in milliseconds after the start. Not whole ones: rounding gaps would slow a busy queue.
    drawn: [f64; QUEUE_COUNT],
}

impl Demand {
    /// Arrivals from `start` on, `rate` a second on the average of a day.
    pub fn new(seed: u64, start: EventTime, rate: f64, profile: Profile) -> Self {
        let chance = Chance::new(seed, Stream::Arrivals);
        Self { seed, start, profile, rate, chance, drawn: [0.0; QUEUE_COUNT] }
    }

    /// When the next contact of this queue arrives; each call goes one on.
    pub fn next(&mut self, queue: QueueNo) -> EventTime {
        let peak = self.profile.peak() * surge::MOST;
        let gap_ms = 1_000.0 / (self.rate * QUEUES[queue].share * peak);
        loop {
            self.drawn[queue] += gap_ms * self.chance.exponential();
            let at = self.start + Span::from_millis(self.drawn[queue] as i64);
            let level = self.profile.level(time_of_day(at)) * surge::at(self.seed, queue, at);
            if self.chance.happens(level / peak) {
                return at;
            }
        }
    }
}

/// How much busier than planned a queue is, at any moment.
pub mod surge {
    use super::{Chance, EventTime, Span, Stream};

    /// Surges lie within 1 ± this, 1 on average.
    const WIDTH: f64 = 0.6;
    /// The greatest surge.
    pub const MOST: f64 = 1.0 + WIDTH;
    /// Between two knots a surge changes in a straight line.
    const KNOT: Span = Span::from_seconds(900);

    /// Of the queue with this number, at this moment.
    pub fn at(seed: u64, queue: usize, at: EventTime) -> f64 {
        let knot = at.as_millis().div_euclid(KNOT.as_millis());
        let part = at.as_millis().rem_euclid(KNOT.as_millis()) as f64 / KNOT.as_millis() as f64;
        let (from, to) = (at_knot(seed, queue, knot), at_knot(seed, queue, knot + 1));
        from + (to - from) * part
    }

    fn at_knot(seed: u64, queue: usize, knot: i64) -> f64 {
        1.0 + WIDTH * (2.0 * Chance::new(seed, Stream::Surge { queue, knot }).share() - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_gets_its_share_of_the_rate_over_a_day() {
        let start = EventTime::from_millis(0);
        let day_end = EventTime::from_millis(86_400_000);
        for profile in [Profile::Day, Profile::Flat] {
            let mut demand = Demand::new(3, start, 2.0, profile);
            let arrivals = std::iter::from_fn(|| Some(demand.next(1))).take_while(|at| *at < day_end).count();
            let expected = 2.0 * QUEUES[1].share * 86_400.0;
            assert!((arrivals as f64 / expected - 1.0).abs() < 0.15, "{arrivals} against {expected}");
        }
    }
}
