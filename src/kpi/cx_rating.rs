//! `cx_rating`: the mean of what customers gave for the experience on the whole.
//!
//! Only a mean: no score of it counts as good, so it is a share of nothing. Booked as `csat`.

use super::score::{Score, Share};
use super::{Figure, Kpi};
use crate::event::SurveyKind;

pub(super) const CX_RATING: Kpi = Kpi {
    name: "cx_rating",
    help: "What customers gave for the experience on the whole.",
    read: |tally| Figure::Score(Score::of_survey(tally, SurveyKind::Cx, |_| Share::None)),
};
