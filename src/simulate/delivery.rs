//! Delivery: when each event is sent. Most at once, some late, a few twice.
//!
//! **Why apart.** Feeds reorder and repeat; what happened is the same. Delivery draws from a stream of its own, so that the same
//! seed tells the same story with and without disorder.
//!
//! **Invariant.** Parcels leave in the order of `due`, and none is due before its event's time.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::chance::{Chance, Stream};
use super::{Sent, Settings};
use crate::time::{EventTime, Span};

/// The events that are not sent yet.
#[derive(Debug)]
pub struct Delivery {
    chance: Chance,
    late: f64,
    disorder: Span,
    repeats: f64,
    outbox: BinaryHeap<Reverse<Parcel>>,
    posted: u64,
}

#[derive(Debug)]
struct Parcel {
    number: u64,
    sent: Sent,
}

impl Delivery {
    /// Nothing is sent yet.
    pub fn new(settings: &Settings) -> Self {
        let Settings { seed, late, disorder, repeats, .. } = *settings;
        let chance = Chance::new(seed, Stream::Delivery);
        Self { chance, late, disorder: disorder.at_least_zero(), repeats, outbox: BinaryHeap::new(), posted: 0 }
    }

    /// Takes an event, which must not be earlier than any before it.
    pub fn post(&mut self, at: EventTime, key: String, record: String) {
        let delay = if self.chance.happens(self.late) { self.delay() } else { Span::ZERO };
        if self.chance.happens(self.repeats) {
            let again = delay.max(self.delay());
            self.put(Sent { due: at + again, key: key.clone(), record: record.clone() });
        }
        self.put(Sent { due: at + delay, key, record });
    }

    fn delay(&mut self) -> Span {
        self.chance.between(Span::from_millis(1), self.disorder).min(self.disorder)
    }

    fn put(&mut self, sent: Sent) {
        self.posted += 1;
        self.outbox.push(Reverse(Parcel { number: self.posted, sent }));
    }

    /// The next that is due before this moment; without one, whatever is left.
    pub fn next_before(&mut self, moment: Option<EventTime>) -> Option<Sent> {
        let Reverse(first) = self.outbox.peek()?;
        if moment.is_some_and(|moment| first.sent.due >= moment) {
            return None;
        }
        self.outbox.pop().map(|Reverse(parcel)| parcel.sent)
    }
}

impl Ord for Parcel {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.sent.due, self.number).cmp(&(other.sent.due, other.number))
    }
}

impl PartialOrd for Parcel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Parcel {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Parcel {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parcels_leave_in_the_order_of_due_and_as_soon_as_nothing_earlier_can_come() {
        let start = EventTime::from_millis(0);
        let disorder = Span::from_millis(5);
        let settings = Settings { late: 0.5, repeats: 0.2, disorder, ..Settings::new(1, start, 1.0) };
        let mut delivery = Delivery::new(&settings);
        let mut sent = Vec::new();
        for at in (0..2_000).map(|n| EventTime::from_millis(n / 3)) {
            delivery.post(at, String::new(), at.to_string());
            sent.extend(std::iter::from_fn(|| delivery.next_before(Some(at))));
            assert!(
                delivery.outbox.iter().all(|Reverse(parcel)| at <= parcel.sent.due && parcel.sent.due <= at + disorder)
            );
        }
        sent.extend(std::iter::from_fn(|| delivery.next_before(None)));
        assert!(sent.is_sorted_by_key(|sent| sent.due));
        assert!((2_300..2_500).contains(&sent.len()), "{}", sent.len());
    }
}
