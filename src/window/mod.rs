//! Sliding windows over event time.
//!
//! **Why slots.** A fifteen-minute window that slides every five seconds is 180 slots added up when somebody looks, not 180
//! windows written on every event.
//!
//! **Words.** *Tally*: what was booked in some stretch of time. *Ring*: the tallies of one series, by slot. *Late*: before
//! `watermark - lateness`; a late booking keeps its time and lands in its slot, if that is still kept.

mod cells;
mod histogram;
mod packed;
mod range;
mod ring;
mod slots;
mod tally;

pub use cells::{Cells, Level, promise_of, promise_part, survey_part};
pub use histogram::{bucket, middle};
pub use range::day_start;
pub use ring::{Past, Reach, Ring, ceil, floor};
pub use tally::{Cell, Field, Parts, Sums, Tally};
