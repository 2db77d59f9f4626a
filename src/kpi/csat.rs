//! `csat`: satisfied answers / answers, the mean score, and the Wilson 95 % interval of the share.
//!
//! Satisfied are 4 and 5 of 5, unless `[surveys]` says otherwise. Booked at the answer, for the queue and agent that served the
//! contact or ticket; a later answer replaces an earlier one. (Zendesk asks good or bad and tells the share of good; others tell
//! the mean. Both are here, under one name each: `ratio` and `mean`.)

use super::score::{Score, Share};
use super::{Figure, Kpi};
use crate::event::SurveyKind;

pub(super) const CSAT: Kpi = Kpi {
    name: "csat",
    help: "Satisfied answers, of all answers.",
    read: |tally| Figure::Score(Score::of_survey(tally, SurveyKind::Csat, Share::Good)),
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Thousandths;
    use crate::kpi::booked;
    use crate::measure::{Measure, Mood, Rating};

    #[test]
    fn four_and_five_are_satisfied_and_the_mean_is_over_all() {
        let rated = |score, mood| Measure::Rated(SurveyKind::Csat, Rating { score: Thousandths(score), mood });
        let tally = booked(&[rated(5_000, Mood::Good), rated(4_500, Mood::Good), rated(1_000, Mood::Neutral)]);
        let Figure::Score(score) = (CSAT.read)(&tally) else { panic!("a score") };
        assert_eq!((score.count, score.sum, score.share), (3, Thousandths(10_500), Share::Good(2)));
        assert_eq!((score.mean(), score.ratio()), (Some(3.5), Some(2.0 / 3.0)));
        let (low, high) = score.interval().unwrap();
        assert!(low < 2.0 / 3.0 && 2.0 / 3.0 < high);
    }
}
