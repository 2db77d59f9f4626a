//! Whether the group's shares will stay as they are.
//!
//! **Why an empty share is doubted.** A cooperative group gives a newcomer nothing at first: the others have to hand over what is to
//! be its own, and only a second rebalance gives it that. In between librdkafka calls the group steady, and a newcomer that
//! believed it would be ready to show nothing.

/// A share of nothing is believed after so many pulses, one a second, without a rebalance. The others hand over within two
/// heartbeats, which are two seconds apart unless the settings say otherwise.
const EMPTY_SHARE_PULSES: u32 = 5;

/// How long the group has been steady.
#[derive(Debug, Default)]
pub(super) struct Steadiness {
    pulses: u32, // in a row without a rebalance, since the last share
}

impl Steadiness {
    /// The group has given a new share.
    pub fn shared(&mut self) {
        self.pulses = 0;
    }

    /// A second has passed, and librdkafka tells whether a rebalance is under way. Whether shares are about to change.
    pub fn pulse(&mut self, is_rebalancing: bool, has_nothing: bool) -> bool {
        self.pulses = if is_rebalancing { 0 } else { self.pulses.saturating_add(1) };
        is_rebalancing || has_nothing && self.pulses < EMPTY_SHARE_PULSES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_believed_at_once_unless_it_is_empty() {
        let mut group = Steadiness::default();
        assert!(group.pulse(true, false));
        assert!(!group.pulse(false, false));
        group.shared();
        let doubts: Vec<bool> = (0..6).map(|_| group.pulse(false, true)).collect();
        assert_eq!(doubts, [true, true, true, true, false, false]);
        assert!(group.pulse(true, true) && group.pulse(false, true), "after another rebalance it is doubted anew");
    }
}
