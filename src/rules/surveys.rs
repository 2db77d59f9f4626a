//! What was agreed on surveys: their scales, and how an answer reads.

use crate::event::{SurveyKind, Thousandths};
use crate::measure::{Mood, Rating};
use crate::time::Span;

/// What holds for surveys.
#[derive(Clone, Debug, PartialEq)]
pub struct SurveyRules {
    /// How long answers are remembered, and who served a contact or ticket that is over. In [1 m, 90 d].
    pub ttl: Span,
    /// Whether it is remembered who served what is over; without, only what is still open knows.
    pub is_served_remembered: bool,
    /// Satisfaction.
    pub csat: Scale,
    /// Ease.
    pub ces: Scale,
    /// Whether a higher CES is better: of CES 2.0 it is, on the old scale of effort a lower one is.
    pub is_high_ces_better: bool,
    /// Experience; nothing of it counts as good.
    pub cx: Scale,
}

/// The scores that a survey can have, and those that are good: both ends inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// Least and greatest score.
    pub all: (Thousandths, Thousandths),
    /// Least and greatest good score; `None`: none is.
    pub good: Option<(Thousandths, Thousandths)>,
}

/// Scores of the net promoter survey, its promoters, and the greatest of its detractors.
const NPS: Scale = Scale::new(0, 10, Some((9, 10)));
const DETRACTOR_MAX: Thousandths = Thousandths::whole(6);

impl Scale {
    /// A scale of whole scores.
    pub const fn new(least: i64, greatest: i64, good: Option<(i64, i64)>) -> Self {
        let good = match good {
            Some((from, to)) => Some((Thousandths::whole(from), Thousandths::whole(to))),
            None => None,
        };
        Self { all: (Thousandths::whole(least), Thousandths::whole(greatest)), good }
    }
}

impl SurveyRules {
    /// The scale of a survey.
    pub const fn scale(&self, kind: SurveyKind) -> Scale {
        match kind {
            SurveyKind::Csat => self.csat,
            SurveyKind::Nps => NPS,
            SurveyKind::Ces => self.ces,
            SurveyKind::Cx => self.cx,
        }
    }

    /// What an answer is worth; `None` where the score is not on the scale.
    pub fn rate(&self, kind: SurveyKind, score: Thousandths) -> Option<Rating> {
        let Scale { all, good } = self.scale(kind);
        if score < all.0 || all.1 < score {
            return None;
        }
        let is_bad = kind == SurveyKind::Nps && score <= DETRACTOR_MAX;
        let mood = match good {
            Some((from, to)) if from <= score && score <= to => Mood::Good,
            _ if is_bad => Mood::Bad,
            _ => Mood::Neutral,
        };
        Some(Rating { score, mood })
    }
}

impl Default for SurveyRules {
    fn default() -> Self {
        Self {
            ttl: Span::from_seconds(14 * 86_400),
            is_served_remembered: false,
            csat: Scale::new(1, 5, Some((4, 5))),
            ces: Scale::new(1, 7, Some((5, 7))),
            is_high_ces_better: true,
            cx: Scale::new(1, 5, None),
        }
    }
}
