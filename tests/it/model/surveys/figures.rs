//! The figures of surveys and reviews in one window.

use super::super::figure::{Figure, quotient};
use super::super::figures::Tally;
use super::KINDS;

/// Of the 95 % interval.
const Z: f64 = 1.959_964;

/// The figures of a queue, but for their break-downs.
pub fn of_queue(tally: &Tally) -> Vec<(&'static str, Figure)> {
    let handled = tally.sum(&["handle_time", "resolved"]);
    let asked = [
        ("surveys_sent", Figure::Count(tally.count("surveys_sent") as i64)),
        ("survey_response_rate", ratio(tally.count("answered_survey"), tally.count("surveys_sent"))),
        ("review_coverage", ratio(tally.count("reviewed"), handled)),
    ];
    asked.into_iter().chain(scores(tally)).collect()
}

/// What was scored, of a queue or an agent.
pub fn scores(tally: &Tally) -> [(&'static str, Figure); 5] {
    [
        ("csat", score(tally, "csat", true)),
        ("ces", score(tally, "ces", true)),
        ("cx_rating", score(tally, "cx_rating", false)),
        ("nps", net_promoters(tally)),
        ("quality_score", quality(tally)),
    ]
}

/// Break-downs: the name with `_by`, and what stands there.
pub fn parts(tally: &Tally) -> [(&'static str, Figure); 2] {
    let answered = |kind| {
        let [answered, sent] = ["answered_survey", "surveys_sent"].map(|what| tally.count_of_part(what, kind));
        (kind, ratio(answered, sent))
    };
    let by_kind = vec![("kind", Figure::Group(KINDS.map(answered).into()))];
    [
        ("surveys_sent_by", tally.parts("surveys_sent", "kind", &KINDS)),
        ("survey_response_rate_by", Figure::Group(by_kind)),
    ]
}

fn ratio(part: usize, whole: usize) -> Figure {
    Figure::Ratio { part, whole }
}

fn named(values: &[(&str, Option<f64>)]) -> Figure {
    Figure::Values(values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect())
}

fn points(tally: &Tally, what: &str) -> f64 {
    tally.sum_of(what) as f64 / 1_000.0
}

fn mean(sum: f64, count: usize) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

fn score(tally: &Tally, what: &str, has_good: bool) -> Figure {
    let (count, sum, good) = (tally.count(what), points(tally, what), tally.count_of_part(what, "good"));
    let share = |value: Option<f64>| value.filter(|_| has_good);
    named(&[
        ("count", Some(count as f64)),
        ("sum", Some(sum)),
        ("mean", mean(sum, count)),
        ("numerator", share(Some(good as f64))),
        ("denominator", share(Some(count as f64))),
        ("ratio", share(quotient(good, count))),
        ("low", share(wilson(good, count, -1.0))),
        ("high", share(wilson(good, count, 1.0))),
    ])
}

/// An end of Wilson's interval.
fn wilson(good: usize, count: usize, sign: f64) -> Option<f64> {
    let (share, n) = (quotient(good, count)?, count as f64);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(((share + Z * Z / (2.0 * n) + sign * spread) / (1.0 + Z * Z / n)).clamp(0.0, 1.0))
}

fn net_promoters(tally: &Tally) -> Figure {
    let [promoters, passives, detractors] =
        ["good", "neutral", "bad"].map(|mood| tally.count_of_part("nps", mood) as f64);
    let count = tally.count("nps");
    named(&[
        ("promoters", Some(promoters)),
        ("passives", Some(passives)),
        ("detractors", Some(detractors)),
        ("count", Some(count as f64)),
        ("score", mean(100.0 * (promoters - detractors), count)),
    ])
}

fn quality(tally: &Tally) -> Figure {
    let (count, sum) = (tally.count("review_points"), points(tally, "review_points"));
    let most = points(tally, "review_max_points");
    named(&[
        ("count", Some(count as f64)),
        ("sum", Some(sum)),
        ("mean", mean(sum, count)),
        ("numerator", Some(sum)),
        ("denominator", Some(most)),
        ("ratio", (most > 0.0).then(|| sum / most)),
        ("low", None),
        ("high", None),
    ])
}
