//! Waiting for a condition.

use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits for what should take a second or two.
pub const PATIENCE: Duration = Duration::from_secs(120);

const PAUSE: Duration = Duration::from_millis(25);

/// Asks again and again until the answer is there, and returns it. Panics with `what` when `patience` is over.
#[track_caller]
pub fn eventually<T>(what: &str, patience: Duration, answer: impl FnMut() -> Option<T>) -> T {
    within(patience, answer).unwrap_or_else(|| panic!("waited {patience:?} in vain: {what}"))
}

/// Asks again and again until the answer is there or `patience` is over.
pub fn within<T>(patience: Duration, mut answer: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + patience;
    loop {
        let answer = answer();
        if answer.is_some() || Instant::now() >= deadline {
            return answer;
        }
        thread::sleep(PAUSE);
    }
}
