//! Scores: what customers and reviewers gave, as sums that merge.
//!
//! **Why thousandths.** A score may be 4.5; integers add up the same in every order and can be withdrawn.

use super::wilson;
use crate::event::{SurveyKind, Thousandths};
use crate::window::{Cell, Field, Tally, survey_part};

/// Scores, as they are reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// How many.
    pub count: i64,
    /// Their sum.
    pub sum: Thousandths,
    /// What they are a share of.
    pub share: Share,
}

/// What scores are a share of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Share {
    /// Of nothing: only their mean is told.
    #[default]
    None,
    /// So many of the scores are good.
    Good(i64),
    /// The sum is of so many points that could be given.
    Points(Thousandths),
}

impl Score {
    /// The answers of one kind of survey that stand; `share` of those that are good.
    pub(super) fn of_survey(tally: &Tally, kind: SurveyKind, share: fn(i64) -> Share) -> Self {
        let read = |field| tally.get(Cell::part(field, survey_part(Some(kind))));
        let sum = Thousandths(read(Field::ScoreSum));
        Self { count: read(Field::Rated), sum, share: share(read(Field::RatedGood)) }
    }

    /// The mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count != 0).then(|| self.sum.points() / self.count as f64)
    }

    /// The share, in [0, 1]; `None` of nothing, and where there is none.
    pub fn ratio(&self) -> Option<f64> {
        let (numerator, denominator) = match self.share {
            Share::None => return None,
            Share::Good(good) => (good, self.count),
            Share::Points(of) => (self.sum.0, of.0),
        };
        (denominator != 0).then(|| numerator as f64 / denominator as f64)
    }

    /// The Wilson 95 % interval of a share of answers; `None` of nothing, and where the share is not of answers.
    pub fn interval(&self) -> Option<(f64, f64)> {
        match self.share {
            Share::Good(good) => wilson::interval(good, self.count),
            Share::None | Share::Points(_) => None,
        }
    }
}
