//! `nps`: 100 x (promoters - detractors) / answers, from -100 to 100.
//!
//! Promoters gave 9 or 10 of 10, detractors 0 to 6, passives 7 or 8; the scale is fixed (Reichheld 2003). A difference of shares,
//! not a share: 50 promoters and 50 detractors are 0. Booked as `csat`.

use super::{Figure, Kpi};
use crate::event::SurveyKind;
use crate::window::{Cell, Field, Tally, survey_part};

/// Answers of customers who were asked whether they would recommend the company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nps {
    /// 9 and 10.
    pub promoters: i64,
    /// 7 and 8.
    pub passives: i64,
    /// 0 to 6.
    pub detractors: i64,
}

pub(super) const NPS: Kpi = Kpi {
    name: "nps",
    help: "Promoters less detractors, in percent of all answers.",
    read: |tally| Figure::Nps(Nps::of(tally)),
};

impl Nps {
    fn of(tally: &Tally) -> Self {
        let read = |field| tally.get(Cell::part(field, survey_part(Some(SurveyKind::Nps))));
        let [count, promoters, detractors] = [Field::Rated, Field::RatedGood, Field::RatedBad].map(read);
        Self { promoters, passives: count - promoters - detractors, detractors }
    }

    /// All answers.
    pub fn count(self) -> i64 {
        self.promoters + self.passives + self.detractors
    }

    /// In [-100, 100]; `None` of nothing.
    pub fn score(self) -> Option<f64> {
        (self.count() != 0).then(|| 100.0 * (self.promoters - self.detractors) as f64 / self.count() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Thousandths;
    use crate::kpi::booked;
    use crate::measure::{Measure, Mood, Rating};

    #[test]
    fn it_is_promoters_less_detractors_of_all() {
        let rated = |score, mood| Measure::Rated(SurveyKind::Nps, Rating { score: Thousandths::whole(score), mood });
        let answers = [rated(10, Mood::Good), rated(9, Mood::Good), rated(8, Mood::Neutral), rated(0, Mood::Bad)];
        let nps = Nps::of(&booked(&answers));
        assert_eq!(nps, Nps { promoters: 2, passives: 1, detractors: 1 });
        assert_eq!((nps.score(), Nps::default().score()), (Some(25.0), None));
    }
}
