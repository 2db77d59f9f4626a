//! Room for what waits to be folded: a bound on bytes, where a queue of tasks bounds only their number.
//!
//! **Why.** A thousand records are some hundred kilobytes as a rule, and a gigabyte where somebody writes garbage of a megabyte each.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Bytes of records that may wait for a worker: some hundredths of a second of folding.
const BYTES_MAX: usize = 4 << 20;
/// How often to look whether the worker still lives.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Shared by who fills a queue and who empties it.
#[derive(Clone, Debug, Default)]
pub(super) struct Room(Arc<(Mutex<usize>, Condvar)>);

impl Room {
    /// Waits until there is room, or nobody makes any, and takes it. Whoever needs more than all has it once nothing else waits.
    pub(super) fn take(&self, bytes: usize, is_over: impl Fn() -> bool) {
        let (taken, freed) = &*self.0;
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && *taken + bytes > BYTES_MAX && !is_over() {
            taken = freed.wait_timeout(taken, LOOK_EVERY).unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken += bytes;
    }

    /// Gives it back.
    pub(super) fn give(&self, bytes: usize) {
        let (taken, freed) = &*self.0;
        *taken.lock().unwrap_or_else(PoisonError::into_inner) -= bytes;
        freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn who_finds_no_room_waits_for_it_and_who_needs_more_than_all_is_let_in_alone() {
        let (room, is_in) = (Room::default(), AtomicBool::new(false));
        room.take(BYTES_MAX * 2, || false);
        thread::scope(|scope| {
            scope.spawn(|| {
                room.take(1, || false);
                is_in.store(true, Ordering::SeqCst);
            });
            thread::sleep(LOOK_EVERY * 2);
            assert!(!is_in.load(Ordering::SeqCst));
            room.give(BYTES_MAX * 2);
        });
        room.take(BYTES_MAX, || true); // nobody makes room any more
    }
}
