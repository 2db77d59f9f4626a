//! What agents did, and when: a timeline for each.
//!
//! **Why a timeline and not slots.** Time in a state passes without an event. Booked into slots of five seconds, as counts are,
//! the states of 5,000 agents over a day would take a gigabyte; the changes themselves take 16 bytes each, and an agent has some
//! two hundred a day. So they are kept as far back as some window looks, and a window adds their time up when somebody reads it.
//!
//! **Words.** *Change*: what an event told. *Stretch*: a state from a moment until the next stretch begins. *Course*: the sealed
//! stretches, and the sums of those that no window reaches any more. *Lapsed*: taken to be offline, since nothing was heard for
//! `agent_ttl`.
//!
//! **Invariant.** What is read at t is that of the distinct changes up to t, sorted by (time, `seq`, id), whatever order they came
//! in; those that came late aside, which are in force from the line that was sealed then.

mod change;
mod course;
mod reading;
mod standing;
mod stretch;
#[cfg(test)]
mod tests;
mod timeline;

pub use change::{Change, Order};
pub use reading::Reading;
pub use timeline::{Placed, Timeline};
