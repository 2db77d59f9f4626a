//! Quality: what reviewers say of the work.
//!
//! | KPI | formula |
//! |---|---|
//! | `quality_score` (IQS) | points given / points that could be given; a critical fail gives 0 points |
//! | `review_coverage` | contacts and tickets reviewed, each once / handled: legs of `handle_time` + `resolved` |
//!
//! Booked at the review, for the queue and agent that served the contact or ticket. Every review counts in the score, a second one
//! of the same contact too; sums before ratios, so a review of 50 points weighs more than one of 10 (Klaus averages the
//! percentages of reviews instead). A leg handled last week and reviewed today is in the numerator today only.

use super::score::{Score, Share};
use super::{Distribution, Figure, Kpi, Ratio};
use crate::event::Thousandths;
use crate::window::{Field, Tally};

pub(super) const QUALITY_SCORE: Kpi = Kpi {
    name: "quality_score",
    help: "Points that reviewers gave, of those that they could give.",
    read: |tally| Figure::Score(score(tally)),
};

pub(super) const REVIEW_COVERAGE: Kpi = Kpi {
    name: "review_coverage",
    help: "Contacts and tickets reviewed, of the legs handled and tickets resolved.",
    read: |tally| Figure::Ratio(coverage(tally)),
};

fn score(tally: &Tally) -> Score {
    let points = |field| Thousandths(tally.count(field));
    let share = Share::Points(points(Field::ScoredMax));
    Score { count: tally.count(Field::Scored), sum: points(Field::ScoredPoints), share }
}

fn coverage(tally: &Tally) -> Ratio {
    let handled = Distribution::of(tally, Field::HandleTime).count + tally.total(Field::Resolved);
    Ratio { numerator: tally.count(Field::Reviewed), denominator: handled }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kpi::booked;
    use crate::measure::Measure;
    use crate::time::Span;

    #[test]
    fn points_are_summed_before_they_are_divided() {
        let scored =
            |points, of| Measure::Scored { points: Thousandths::whole(points), max_points: Thousandths::whole(of) };
        let score = score(&booked(&[scored(45, 50), scored(0, 10)]));
        assert_eq!((score.mean(), score.ratio(), score.interval()), (Some(22.5), Some(0.75), None));
    }

    #[test]
    fn handled_are_legs_and_resolved_tickets() {
        let handle = Measure::Handle(Span::from_seconds(60));
        let resolved = Measure::Resolved { again: false };
        let tally = booked(&[handle, handle, resolved, Measure::Reviewed]);
        assert_eq!(coverage(&tally), Ratio { numerator: 1, denominator: 3 });
    }
}
