//! The families of windows: one or more for each KPI, by the shape of its figure.

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::Pair;
use super::text::{Labels, Text};
use crate::kpi::{COMPLAINT_WINDOWS, Distribution, Figure, Kpi, QUEUE, Score, Share};
use crate::rules::Window;
use crate::time::Span;
use crate::view::Series;
use crate::window::Tally;

pub(super) fn write(scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
    for kpi in QUEUE {
        write_kpi(kpi, &figures(kpi, scrape, pairs, |series| &series.tallies), scrape.is_whole, text);
    }
    for kpi in COMPLAINT_WINDOWS {
        write_kpi(kpi, &figures(kpi, scrape, pairs, |series| &series.complaints), scrape.is_whole, text);
    }
}

/// The figure of each exported window of each pair that shows the KPI.
fn figures(
    kpi: &Kpi,
    scrape: &Scrape<'_>,
    pairs: &[Pair<'_>],
    tallies: fn(&Series) -> &[Tally],
) -> Vec<(Labels, Figure)> {
    let group = Some(kpi.group());
    let mut figures = Vec::new();
    for pair in pairs.iter().filter(|pair| pair.shown.has(group)) {
        let exported =
            scrape.view.windows.iter().zip(tallies(pair.series)).filter(|(window, _)| **window != Window::All);
        figures.extend(
            exported.map(|(window, tally)| (pair.labels.with(&[("window", &window.name())]), (kpi.read)(tally))),
        );
    }
    figures
}

fn write_kpi(kpi: &Kpi, figures: &[(Labels, Figure)], is_whole: bool, text: &mut Text) {
    for (place, family) in catalog::window_families(kpi).iter().enumerate() {
        let adds_up = !["_ratio", "_score"].iter().any(|end| family.name.ends_with(end));
        if adds_up || is_whole {
            text.family(family);
            figures.iter().for_each(|(labels, figure)| write_figure(family, place, labels, figure, is_whole, text));
        }
    }
}

/// Writes what the family with this place among those of its KPI shows of a figure.
fn write_figure(family: &Family, place: usize, labels: &Labels, figure: &Figure, is_whole: bool, text: &mut Text) {
    match figure {
        Figure::Distribution(whole) | Figure::DistributionBy { whole, .. } => {
            write_stats(&family.name, labels, whole, is_whole, text);
        }
        _ => {
            if let Some(number) = numbers(figure).get(place).copied().flatten() {
                text.sample(&family.name, labels, number);
            }
        }
    }
}

/// The numbers of a figure, in the order of the families; `None`: it has no value.
fn numbers(figure: &Figure) -> Vec<Option<f64>> {
    let number = |count: i64| Some(count as f64);
    match figure {
        Figure::Count(count) => vec![number(*count)],
        Figure::CountBy { values, .. } => vec![number(values.iter().map(|(_, count)| count).sum())],
        Figure::ServiceLevel { configured: ratio, .. }
        | Figure::Ratio(ratio)
        | Figure::RatioBy { whole: ratio, .. } => {
            vec![number(ratio.numerator), number(ratio.denominator), ratio.value()]
        }
        Figure::Score(score) => score_numbers(score),
        Figure::Nps(nps) => {
            vec![number(nps.promoters), number(nps.passives), number(nps.detractors), nps.score()]
        }
        Figure::Distribution(_) | Figure::DistributionBy { .. } => Vec::new(),
    }
}

fn score_numbers(score: &Score) -> Vec<Option<f64>> {
    let (count, sum) = (Some(score.count as f64), Some(score.sum.points()));
    match score.share {
        Share::None => vec![count, sum, score.mean()],
        Share::Good(good) => vec![Some(good as f64), count, sum, score.mean(), score.ratio()],
        Share::Points(of) => vec![sum, Some(of.points()), score.ratio()],
    }
}

fn write_stats(name: &str, labels: &Labels, distribution: &Distribution, is_whole: bool, text: &mut Text) {
    let mut stat = |stat: &str, value: f64| text.sample(name, &labels.with(&[("stat", stat)]), value);
    stat("samples", distribution.count as f64);
    stat("sum", distribution.sum.as_seconds());
    if !is_whole {
        return;
    }
    let seconds = |span: Option<Span>| span.map(Span::as_seconds);
    let stats = [
        ("p50", seconds(distribution.percentile(50))),
        ("p90", seconds(distribution.percentile(90))),
        ("mean", distribution.mean()),
        ("max", seconds(distribution.max())),
    ];
    for (name, value) in stats {
        if let Some(value) = value {
            stat(name, value);
        }
    }
}
