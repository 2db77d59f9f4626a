//! Counters on their way to a reader.

use std::collections::btree_map::Entry;
use std::sync::Arc;

use super::{Counters, QueueCounters};
use crate::measure::Anomaly;

/// What counters had taken when somebody asked. It holds the numbers themselves, not a copy.
#[derive(Clone, Debug)]
pub struct Share<K> {
    queues: Vec<(K, Arc<QueueCounters>)>,
    anomalies: [u64; Anomaly::ALL.len()],
    corrections: u64,
}

impl<K: Ord> Counters<K> {
    /// What was taken up to now, under other keys.
    pub fn share<J>(&self, mut rename: impl FnMut(&K) -> J) -> Share<J> {
        let queues = self.queues.iter().map(|(key, queue)| (rename(key), queue.clone())).collect();
        Share { queues, anomalies: self.anomalies, corrections: self.corrections }
    }

    /// Adds what others had taken.
    pub fn add(&mut self, share: Share<K>) {
        for (key, queue) in share.queues {
            match self.queues.entry(key) {
                Entry::Vacant(place) => drop(place.insert(queue)),
                Entry::Occupied(mut own) => Arc::make_mut(own.get_mut()).merge(&queue),
            }
        }
        for (own, count) in self.anomalies.iter_mut().zip(share.anomalies) {
            *own += count;
        }
        self.corrections += share.corrections;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{Preset, Rules};

    #[test]
    fn what_a_reader_holds_does_not_change_with_what_is_counted_on() {
        let mut counters = Counters::new(&Rules::default());
        counters.queue(1, Preset::Standard).offered = 3;
        let share = counters.share(|key| key.to_string());
        counters.queue(1, Preset::Standard).offered = 5;
        let mut read = Counters::new(&Rules::default());
        read.add(share.clone());
        assert_eq!(read.queues().map(|(key, own)| (key.as_str(), own.offered)).collect::<Vec<_>>(), [("1", 3)]);
        read.add(share);
        assert_eq!(read.queues().map(|(_, own)| own.offered).sum::<u64>(), 6, "twice is twice");
        assert_eq!(counters.queues().map(|(_, own)| own.offered).sum::<u64>(), 5, "and nothing to who counts");
    }
}
