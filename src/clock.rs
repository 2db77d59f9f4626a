//! The machine's clock. Nothing else in the program reads it.
//!
//! **Why one file.** What asks for the time here cannot be replayed. Everything that can is left of the rims, and is told the
//! time as an argument.

#![expect(clippy::disallowed_methods, reason = "this is the one file that reads the clock")]

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::EventTime;

/// The wall clock.
pub fn now() -> EventTime {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EventTime::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

/// A clock that only runs forward, for timeouts.
pub fn monotonic() -> Instant {
    Instant::now()
}

/// A clock that only runs forward and counts the time that the machine sleeps, for what others rely on not being ours any more.
pub fn boottime() -> Duration {
    let time = rustix::time::clock_gettime(BOOTTIME);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const BOOTTIME: rustix::time::ClockId = rustix::time::ClockId::Boottime;
/// Other systems count the time asleep in their monotonic clock, or tell no such clock.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const BOOTTIME: rustix::time::ClockId = rustix::time::ClockId::Monotonic;

/// Lets event time pass at a given speed.
#[derive(Debug)]
pub struct Pace {
    factor: Option<f64>,
    start: Option<(EventTime, Instant)>,
}

impl Pace {
    /// `factor` times as fast as real time; `None`: without waiting.
    pub fn new(factor: Option<f64>) -> Self {
        Self { factor, start: None }
    }

    /// Real time, from a moment of event time that is now; what is due before it is not waited for.
    pub fn starting(now: EventTime) -> Self {
        Self { factor: Some(1.0), start: Some((now, Instant::now())) }
    }

    /// Waits until it is time for an event.
    pub fn keep(&mut self, at: EventTime) {
        let Some(factor) = self.factor else { return };
        let (first, began) = *self.start.get_or_insert_with(|| (at, Instant::now()));
        let due = Duration::try_from_secs_f64((at - first).as_seconds() / factor).unwrap_or_default();
        thread::sleep(due.saturating_sub(began.elapsed()));
    }
}
