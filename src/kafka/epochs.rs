//! Under which leaders the records of a partition were written.
//!
//! **Why.** Every leader has an epoch, higher than those before, and what a log lost at a change of leaders is written again under the
//! next. So of two logs of a topic that agree in offset and epoch of one record, all before it is the same; the record alone may
//! have been sent again.

/// More changes of leaders than between a record and the offset that is committed after it.
const CHANGES_MAX: usize = 16;

/// From which offsets on records are of which epoch; rising. `None`: the broker does not tell.
#[derive(Debug, Default)]
pub(super) struct Epochs(Vec<(i64, Option<i32>)>);

impl Epochs {
    /// A record that comes after all others.
    pub fn note(&mut self, offset: i64, epoch: Option<i32>) {
        if self.0.last().is_some_and(|(_, last)| *last == epoch) {
            return;
        }
        if self.0.len() == CHANGES_MAX {
            self.0.remove(0);
        }
        self.0.push((offset, epoch));
    }

    /// The epoch of the last record before an offset, where it is known.
    pub fn before(&self, next: i64) -> Option<i32> {
        self.0.iter().rev().find(|(first, _)| *first < next)?.1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_before_an_offset_is_that_of_the_record_before_it() {
        let mut epochs = Epochs::default();
        for (offset, epoch) in [(4, Some(0)), (5, Some(0)), (8, Some(2)), (9, None), (10, Some(3))] {
            epochs.note(offset, epoch);
        }
        let before = [4, 5, 8, 9, 10, 11, 99].map(|next| epochs.before(next));
        assert_eq!(before, [None, Some(0), Some(0), Some(2), None, Some(3), Some(3)]);
    }

    #[test]
    fn what_is_forgotten_is_not_known() {
        let mut epochs = Epochs::default();
        (0..100).for_each(|epoch| epochs.note(i64::from(epoch), Some(epoch)));
        assert_eq!((epochs.before(100), epochs.before(85), epochs.before(84)), (Some(99), Some(84), None));
    }
}
