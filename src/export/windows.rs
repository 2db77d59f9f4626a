//! The families of windows: one or more for each KPI, by the shape of its figure.

use super::Scrape;
use super::catalog::{self, Family};
use super::text::{Labels, Text};
use crate::kpi::{Distribution, Figure, Kpi, QUEUE, Ratio};
use crate::rules::Window;

pub(super) fn write(scrape: &Scrape<'_>, text: &mut Text) {
    for kpi in QUEUE {
        let figures = figures(kpi, scrape);
        for (part, family) in catalog::window_families(kpi).iter().enumerate() {
            if family.name.ends_with("_ratio") && !scrape.is_whole {
                continue;
            }
            text.family(family);
            for (labels, figure) in &figures {
                write_part(family, part, labels, figure, scrape.is_whole, text);
            }
        }
    }
}

fn figures(kpi: &Kpi, scrape: &Scrape<'_>) -> Vec<(Labels, Figure)> {
    let windows = &scrape.view.windows;
    let mut figures = Vec::new();
    for (queue, channels) in &scrape.view.queues {
        for (channel, series) in channels {
            if !kpi.fits(channel) && series.tallies.iter().all(|tally| (kpi.read)(tally).is_zero()) {
                continue;
            }
            let pair = Labels::new(&[("queue", queue), ("channel", channel)]);
            let exported = windows.iter().zip(&series.tallies).filter(|(window, _)| **window != Window::All);
            figures
                .extend(exported.map(|(window, tally)| (pair.with(&[("window", &window.name())]), (kpi.read)(tally))));
        }
    }
    figures
}

/// Writes the part of a figure that belongs to the `part`-th family of its KPI.
fn write_part(family: &Family, part: usize, labels: &Labels, figure: &Figure, is_whole: bool, text: &mut Text) {
    match figure {
        Figure::Count(count) => text.sample(&family.name, labels, count),
        Figure::CountBy { values, .. } => {
            text.sample(&family.name, labels, values.iter().map(|(_, count)| count).sum::<i64>());
        }
        Figure::ServiceLevel { configured: ratio, .. } | Figure::Ratio(ratio) => {
            write_side(&family.name, part, labels, *ratio, text);
        }
        Figure::Distribution(distribution) => write_stats(&family.name, labels, distribution, is_whole, text),
    }
}

fn write_side(name: &str, side: usize, labels: &Labels, ratio: Ratio, text: &mut Text) {
    match (side, ratio.value()) {
        (0, _) => text.sample(name, labels, ratio.numerator),
        (1, _) => text.sample(name, labels, ratio.denominator),
        (_, Some(value)) => text.sample(name, labels, value),
        (_, None) => {}
    }
}

fn write_stats(name: &str, labels: &Labels, distribution: &Distribution, is_whole: bool, text: &mut Text) {
    let mut stat = |stat: &str, value: f64| text.sample(name, &labels.with(&[("stat", stat)]), value);
    stat("samples", distribution.count as f64);
    stat("sum", distribution.sum.as_seconds());
    if !is_whole {
        return;
    }
    let seconds = |span: Option<crate::time::Span>| span.map(crate::time::Span::as_seconds);
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
