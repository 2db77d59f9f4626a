//! Promises: which policy holds for what, and the clocks that run towards their deadlines.
//!
//! **Why clocks and not deadlines.** A pause, another priority or a move changes the deadline, and so does another policy after the
//! next start. So a clock keeps facts: how long it has run, in calendar and in business time, and since when it runs again; the
//! deadline follows from these and from the terms of the day. It is looked up when one of them changes, not whenever somebody asks.
//!
//! **Words.** *Case*: what a policy is chosen by. *Pledge*: what is promised in a case. *Due*: the last moment that meets it.
//!
//! **Invariant.** A clock is decided once: met, or broken at its due moment. What is broken stays so; that it need not have been is
//! counted apart, once.

mod clock;
mod terms;

pub use clock::{Clock, Standing};
pub use terms::{Case, Pledge, Terms};
