//! Answers that are made once for all who wait for the same.
//!
//! **Why this is no cache.** An answer is given to those only who had asked before it was begun: it is as fresh for each of them as
//! one of their own. A second scraper or a wall of wallboards costs one answer more at a time, however many they are.
//!
//! **Words.** *Flight*: the answers to one question, one after the other. *Begun*: how many of them were begun.
//! **Invariant.** A flight is kept while somebody waits for it, and no longer.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync;

/// Questions that somebody waits for, and how each stands.
#[derive(Debug)]
pub(super) struct Flights<K, T>(Mutex<BTreeMap<K, Arc<Flight<T>>>>);

#[derive(Debug)]
struct Flight<T> {
    begun: AtomicU64,
    latest: sync::Mutex<Option<(u64, T)>>, // the number of the latest answer; held while one is made
}

impl<K, T> Default for Flights<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Ord + Clone, T: Clone> Flights<K, T> {
    /// The answer to a question: one that somebody else has begun since, else what `make` gives.
    pub(super) async fn pass(&self, question: &K, make: impl Future<Output = T>) -> T {
        let waiting = Waiting { flights: self, question, flight: self.join(question) };
        waiting.flight.answer(make).await
    }

    fn join(&self, question: &K) -> Arc<Flight<T>> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        flights.entry(question.clone()).or_insert_with(|| Arc::new(Flight::new())).clone()
    }
}

impl<T: Clone> Flight<T> {
    fn new() -> Self {
        Self { begun: AtomicU64::new(0), latest: sync::Mutex::new(None) }
    }

    async fn answer(&self, make: impl Future<Output = T>) -> T {
        let begun_before = self.begun.load(Ordering::Acquire);
        let mut latest = self.latest.lock().await;
        if let Some((number, answer)) = &*latest
            && *number > begun_before
        {
            return answer.clone();
        }
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let answer = make.await;
        *latest = Some((number, answer.clone()));
        answer
    }
}

/// One who waits. Whoever leaves last, with an answer or without, ends the flight.
struct Waiting<'f, K: Ord, T> {
    flights: &'f Flights<K, T>,
    question: &'f K,
    flight: Arc<Flight<T>>,
}

impl<K: Ord, T> Drop for Waiting<'_, K, T> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One hold is this one's, the other the table's; new ones are given under its lock.
        if Arc::strong_count(&self.flight) == 2 {
            flights.remove(self.question);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use tokio::sync::Notify;

    #[tokio::test]
    async fn who_asks_while_an_answer_is_made_shares_the_next_one() {
        let (flights, made, gate) = (Flights::<u8, usize>::default(), AtomicUsize::new(0), Notify::new());
        let ask = || {
            flights.pass(&1, async {
                let number = made.fetch_add(1, Ordering::Relaxed);
                gate.notified().await;
                number
            })
        };
        let let_through = async {
            for _ in 0..2 {
                tokio::task::yield_now().await;
                gate.notify_one();
            }
        };
        let (first, second, third, ()) = tokio::join!(ask(), ask(), ask(), let_through);
        assert_eq!([first, second, third], [0, 1, 1], "the later two came after the first answer was begun");
        assert!(flights.0.lock().unwrap().is_empty(), "nobody waits any more");
    }

    #[tokio::test]
    async fn each_question_has_its_own_answer_and_a_later_one_a_new_one() {
        let flights = Flights::<u8, u8>::default();
        assert_eq!(flights.pass(&1, async { 10 }).await, 10);
        assert_eq!(flights.pass(&2, async { 20 }).await, 20);
        assert_eq!(flights.pass(&1, async { 11 }).await, 11);
    }

    #[tokio::test]
    async fn one_who_leaves_in_the_middle_leaves_the_making_to_the_next() {
        let flights = Flights::<u8, u8>::default();
        {
            let given_up = flights.pass(&1, std::future::pending());
            let soon = std::time::Duration::from_millis(1);
            assert!(tokio::time::timeout(soon, given_up).await.is_err());
        }
        assert_eq!(flights.pass(&1, async { 2 }).await, 2);
    }
}
