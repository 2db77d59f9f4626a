//! The settings of surveys: scales, and which of their scores are good.
//!
//! **Invariant.** Good scores are on their scale. Whoever sets a scale or its direction says which scores are good, for those
//! of the default would read as something else.

use std::ops::{Range, RangeInclusive};

use toml::Spanned;

use super::check::later_of;
use super::raw::{self, Scores};
use super::read::Reader;
use super::value::{DAY, MINUTE, Wrong, one_of};
use crate::event::Thousandths;
use crate::rules::{Scale, SurveyRules};
use crate::time::Span;

/// Whoever has not answered by then will not.
const TTL: RangeInclusive<Span> = MINUTE..=Span::from_seconds(90 * DAY.as_millis() / 1_000);
/// A score beyond these is no answer of a person.
const SCORES: RangeInclusive<i64> = -100..=100;
/// Scores of one scale; each is a series of every queue, and percent are the finest scale in use.
const SCALE_MAX: i64 = 101;

/// Scores from one to another, both ends inclusive.
type Ends = (i64, i64);

/// A scale as it was typed, with the name of its good scores.
struct Typed<'a> {
    scale: Option<&'a Scores>,
    good: Option<&'a Scores>,
    word: &'static str,
    /// Whether the greatest scores are the best.
    is_high_better: bool,
    /// What makes scores of one's own necessary.
    own: Option<Range<usize>>,
}

impl Reader {
    /// What holds for surveys; that there is a section turns on that is remembered who served what is over.
    pub(super) fn surveys(&mut self, raw: Option<&raw::Surveys>) -> SurveyRules {
        let base = SurveyRules::default();
        let Some(raw) = raw else { return base };
        let is_high_ces_better = self.maybe(raw.ces.better.as_ref(), is_high).unwrap_or(base.is_high_ces_better);
        let csat = Typed {
            scale: raw.csat.scale.as_ref(),
            good: raw.csat.satisfied.as_ref(),
            word: "satisfied",
            is_high_better: true,
            own: raw.csat.scale.as_ref().map(Spanned::span),
        };
        let better = raw.ces.better.as_ref().filter(|_| !is_high_ces_better);
        let ces = Typed {
            scale: raw.ces.scale.as_ref(),
            good: raw.ces.easy.as_ref(),
            word: "easy",
            is_high_better: is_high_ces_better,
            own: raw.ces.scale.as_ref().map(Spanned::span).or(better.map(Spanned::span)),
        };
        let ces_scale = self.scale(&ces, base.ces);
        if raw.ces.better.as_ref().is_none_or(|better| !self.told(&better.span())) {
            self.easiest_is_easy(&ces, ces_scale);
        }
        SurveyRules {
            ttl: raw.survey_ttl.as_ref().and_then(|typed| self.span(typed, TTL)).unwrap_or(base.ttl),
            is_served_remembered: true,
            csat: self.scale(&csat, base.csat),
            ces: ces_scale,
            is_high_ces_better,
            cx: raw.cx.scale.as_ref().and_then(|typed| self.all(typed)).map_or(base.cx, |all| scale(all, None)),
        }
    }

    fn scale(&mut self, typed: &Typed<'_>, base: Scale) -> Scale {
        let all = typed.scale.map_or(Some(whole(base.all)), |scale| self.all(scale));
        let good = typed.good.map(|good| self.ends(good));
        let (Some(all), Some(good)) = (all, good.unwrap_or(base.good.map(whole))) else { return base };
        match (typed.good, &typed.own) {
            (None, Some(own)) => self.no_good_scores(typed, all, own.clone()),
            (Some(at), _) if good.0 < all.0 || all.1 < good.1 => {
                let what = format!("[{}, {}] is not on the scale from {} to {}", good.0, good.1, all.0, all.1);
                let at = typed.scale.map_or(at.span(), |scale| later_of(at.span(), scale.span()));
                self.refuse::<()>(at, what, format!("{} scores are some of the scale", typed.word));
            }
            _ => {}
        }
        scale(all, Some(good))
    }

    fn no_good_scores(&mut self, typed: &Typed<'_>, (least, greatest): Ends, at: Range<usize>) {
        let best = if typed.is_high_better { (greatest - 1, greatest) } else { (least, least + 1) };
        let right = format!("say which, such as {} = [{}, {}]", typed.word, best.0, best.1);
        self.refuse::<()>(at, format!("nothing says which of its scores are {}", typed.word), right);
    }

    /// Refuses a direction and easy scores that contradict each other.
    fn easiest_is_easy(&mut self, typed: &Typed<'_>, scale: Scale) {
        let (Some(good), Some(at)) = (scale.good, typed.good.map(Spanned::span)) else { return };
        let (least, greatest) = whole(scale.all);
        let (is_easy, best, better) = match typed.is_high_better {
            true => (good.1 == scale.all.1, greatest, "higher"),
            false => (good.0 == scale.all.0, least, "lower"),
        };
        if !is_easy && !self.told(&at) {
            let what = format!("{best} is the easiest score and not among the easy ones");
            self.refuse::<()>(at, what, format!("with better = \"{better}\", {best} is one of them"));
        }
    }

    /// All scores of a scale, of which there are at least two.
    fn all(&mut self, typed: &Scores) -> Option<Ends> {
        let all = self.ends(typed)?;
        if all.0 == all.1 {
            return self.refuse(typed.span(), "a scale of one score", "the least score and a greater one");
        }
        let scores = all.1 - all.0 + 1;
        if scores > SCALE_MAX {
            return self.refuse(typed.span(), format!("a scale of {scores} scores"), format!("at most {SCALE_MAX}"));
        }
        Some(all)
    }

    /// The least and the greatest.
    fn ends(&mut self, typed: &Scores) -> Option<Ends> {
        if self.told(&typed.span()) {
            return None;
        }
        let [least, greatest] = &typed.get_ref()[..] else {
            let what = format!("{} numbers", typed.get_ref().len());
            return self.refuse(typed.span(), what, "two of them: the least score and the greatest, such as [1, 5]");
        };
        for score in [least, greatest].into_iter().filter(|score| !SCORES.contains(score.get_ref())) {
            let right = format!("from {} to {}", SCORES.start(), SCORES.end());
            self.refuse::<()>(score.span(), format!("{} is out of bounds", score.get_ref()), right);
        }
        let (least, greatest) = (*least.get_ref(), *greatest.get_ref());
        if least > greatest {
            let what = format!("{least} is more than {greatest}");
            return self.refuse(typed.span(), what, format!("the least first: [{greatest}, {least}]"));
        }
        (!self.told(&typed.span())).then_some((least, greatest))
    }
}

fn is_high(text: &str) -> Result<bool, Wrong> {
    match text {
        "higher" => Ok(true),
        "lower" => Ok(false),
        _ => Err(one_of(text, &["higher", "lower"])),
    }
}

fn whole((least, greatest): (Thousandths, Thousandths)) -> Ends {
    (least.0 / 1_000, greatest.0 / 1_000)
}

fn scale(all: Ends, good: Option<Ends>) -> Scale {
    Scale::new(all.0, all.1, good)
}
