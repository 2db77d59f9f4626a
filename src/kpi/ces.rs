//! `ces`: the mean score of effort, and easy answers / answers.
//!
//! The scale and its direction are settings: of CES 2.0 ("the company made it easy", 1 to 7) a higher score is better and 5 to 7
//! are easy; on the old scale of effort (1 to 5) a lower one is. The share is of easy answers either way. Booked as `csat`.

use super::score::{Score, Share};
use super::{Figure, Kpi};
use crate::event::SurveyKind;

pub(super) const CES: Kpi = Kpi {
    name: "ces",
    help: "Answers that it was easy, of all answers.",
    read: |tally| Figure::Score(Score::of_survey(tally, SurveyKind::Ces, Share::Good)),
};
