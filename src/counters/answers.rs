//! What the counters have taken of surveys: answers by what they say.
//!
//! **Why not every score.** A score may be any thousandth, and each label value is a series. A whole number is what a customer can
//! choose on nearly every scale; of the net promoter survey only what the score says is of interest.
//! **Invariant.** As many as the scale has whole numbers: rules refuse what is not on it.

use std::collections::BTreeMap;

use crate::event::SurveyKind;
use crate::measure::{Mood, Rating};
use crate::rules::SurveyRules;

/// What an answer says, as a label value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// The score, rounded down.
    Score(i64),
    /// Of the net promoter survey, whose answer it is.
    Promoter(Mood),
}

/// Answers by kind of survey and what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<(SurveyKind, Said), u64>);

impl Said {
    /// What an answer says.
    pub fn of(kind: SurveyKind, rating: Rating) -> Self {
        match kind {
            SurveyKind::Nps => Self::Promoter(rating.mood),
            SurveyKind::Csat | SurveyKind::Ces | SurveyKind::Cx => Self::Score(rating.score.0.div_euclid(1_000)),
        }
    }

    /// Everything that an answer of this kind can say.
    pub fn all(kind: SurveyKind, rules: &SurveyRules) -> Vec<Self> {
        match kind {
            SurveyKind::Nps => [Mood::Good, Mood::Neutral, Mood::Bad].map(Self::Promoter).to_vec(),
            SurveyKind::Csat | SurveyKind::Ces | SurveyKind::Cx => {
                let (least, greatest) = rules.scale(kind).all;
                (least.0.div_euclid(1_000)..=greatest.0.div_euclid(1_000)).map(Self::Score).collect()
            }
        }
    }

    /// The label value.
    pub fn label(self) -> String {
        match self {
            Self::Score(score) => score.to_string(),
            Self::Promoter(Mood::Good) => "promoter".to_owned(),
            Self::Promoter(Mood::Neutral) => "passive".to_owned(),
            Self::Promoter(Mood::Bad) => "detractor".to_owned(),
        }
    }
}

impl Answers {
    /// How many of this kind say that.
    pub fn count(&self, kind: SurveyKind, said: Said) -> u64 {
        self.0.get(&(kind, said)).copied().unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, kind: SurveyKind, said: Said, times: u64) {
        *self.0.entry((kind, said)).or_default() += times;
    }

    pub(super) fn merge(&mut self, other: &Self) {
        other.0.iter().for_each(|((kind, said), count)| self.add(*kind, *said, *count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Thousandths;

    fn said(kind: SurveyKind, thousandths: i64) -> String {
        let rating = SurveyRules::default().rate(kind, Thousandths(thousandths)).unwrap();
        Said::of(kind, rating).label()
    }

    #[test]
    fn a_score_is_told_by_its_whole_number_and_a_promoter_by_name() {
        assert_eq!(said(SurveyKind::Csat, 4_999), "4");
        assert_eq!(
            ["9000", "8500", "0"].map(|text| said(SurveyKind::Nps, text.parse().unwrap())),
            ["promoter", "passive", "detractor"]
        );
    }

    #[test]
    fn all_labels_of_a_scale_are_known_beforehand() {
        let labels = |kind| Said::all(kind, &SurveyRules::default()).into_iter().map(Said::label).collect::<Vec<_>>();
        assert_eq!(labels(SurveyKind::Csat), ["1", "2", "3", "4", "5"]);
        assert_eq!(labels(SurveyKind::Nps), ["promoter", "passive", "detractor"]);
    }
}
