//! What customers and reviewers say of a contact or ticket.
//!
//! **Why thousandths.** A score may be 4.5; sums of floats depend on their order, sums of whole thousandths do not.

use serde::{Deserialize, Serialize};

use super::{SurveyKind, Text};

/// A survey, its answer, or a review; of the contact or ticket whose event it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feedback<'a> {
    /// The queue that it counts for; without it, that of the contact or ticket.
    pub queue: Option<Text<'a>>,
    /// The agent that it counts for; without it, that of the contact or ticket.
    pub agent: Option<Text<'a>>,
    /// What was said.
    pub opinion: Opinion,
}

/// What was asked or said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opinion {
    /// The customer was asked, by a survey of that kind where it is told.
    Sent(Option<SurveyKind>),
    /// The customer answered with a score.
    Answered(SurveyKind, Thousandths),
    /// Somebody reviewed it.
    Scored {
        /// Points that were given, in [0, `max_points`].
        points: Thousandths,
        /// Points that could be given, above 0.
        max_points: Thousandths,
        /// Something was so wrong that the score is 0.
        is_critical_fail: bool,
    },
}

/// A number of points, in thousandths of one. In [-10^9, 10^9].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Thousandths(pub i64);

impl Thousandths {
    /// The greatest number of points that is accepted.
    pub const POINTS_MAX: i64 = 1_000_000;

    /// That many points, rounded half up to thousandths. `None`: not a number, or more than [`Self::POINTS_MAX`] either way.
    pub fn of(points: f64) -> Option<Self> {
        let is_told = points.abs() <= Self::POINTS_MAX as f64;
        is_told.then(|| Self((points * 1_000.0 + 0.5).floor() as i64))
    }

    /// That many whole points.
    pub const fn whole(points: i64) -> Self {
        Self(points * 1_000)
    }

    /// In points.
    pub fn points(self) -> f64 {
        self.0 as f64 / 1_000.0
    }
}

impl Feedback<'_> {
    /// The order among events of one instant: the place in [`super::TYPES`].
    pub const fn rank(&self) -> u8 {
        match self.opinion {
            Opinion::Sent(_) => 32,
            Opinion::Answered(..) => 33,
            Opinion::Scored { .. } => 34,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_kept_to_the_thousandth() {
        assert_eq!(Thousandths::of(4.5), Some(Thousandths(4_500)));
        assert_eq!(Thousandths::of(-0.0004), Some(Thousandths(0)));
        assert_eq!((Thousandths::of(f64::NAN), Thousandths::of(1e9)), (None, None));
    }
}
