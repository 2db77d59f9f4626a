//! Surveys: how many customers were asked, and how many answered.
//!
//! `surveys_sent` counts `survey.sent` once per contact or ticket and kind; one that tells no kind is of the kind `other`.
//! `survey_response_rate` = answers / sent, by kind as well. A later answer of the same kind replaces the earlier one, so an answer
//! counts once, at the time and place of the one that stands. Booked when sent and when answered, each at its own time: in a
//! short window the answers are to surveys that were sent before it. Answers nobody was seen to ask for are in the numerator.

use super::{Figure, Kpi, Ratio, count_by};
use crate::event::SurveyKind;
use crate::window::{Cell, Field, Tally, survey_part};

pub(super) const SURVEYS_SENT: Kpi = Kpi {
    name: "surveys_sent",
    help: "Customers asked by a survey.",
    read: |tally| count_by(tally, Field::SurveySent, "kind", kind_name),
};

pub(super) const SURVEY_RESPONSE_RATE: Kpi =
    Kpi { name: "survey_response_rate", help: "Surveys answered, of those sent.", read: |tally| rate(tally) };

/// The name of the kind that a part of a survey's field is of.
fn kind_name(part: usize) -> &'static str {
    SurveyKind::ALL.get(part).map_or("other", |kind| kind.name())
}

fn rate(tally: &Tally) -> Figure<'_> {
    let whole = Ratio { numerator: tally.total(Field::Rated), denominator: tally.total(Field::SurveySent) };
    let values = std::array::from_fn(|place| {
        let part = survey_part(SurveyKind::ALL.get(place).copied());
        let [numerator, denominator] =
            [Field::Rated, Field::SurveySent].map(|field| tally.get(Cell::part(field, part)));
        (kind_name(place), Ratio { numerator, denominator })
    });
    Figure::RatioBy { whole, dimension: "kind", values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Thousandths;
    use crate::kpi::booked;
    use crate::measure::{Measure, Mood, Rating};

    #[test]
    fn answers_are_of_those_sent_by_kind_and_all_together() {
        let rating = Rating { score: Thousandths::whole(5), mood: Mood::Good };
        let sent = |kind| Measure::SurveySent(kind);
        let tally = booked(&[
            sent(Some(SurveyKind::Csat)),
            sent(Some(SurveyKind::Csat)),
            sent(None),
            Measure::Rated(SurveyKind::Csat, rating),
        ]);
        let Figure::RatioBy { whole, values, .. } = rate(&tally) else { panic!("a ratio with parts") };
        assert_eq!(whole, Ratio { numerator: 1, denominator: 3 });
        assert_eq!(values[0], ("csat", Ratio { numerator: 1, denominator: 2 }));
        assert_eq!(values[4], ("other", Ratio { numerator: 0, denominator: 1 }));
    }
}
