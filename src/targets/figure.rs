//! The figure that a target is about: which KPI a name means, what its numbers are, and how one is read.

use crate::kpi::{COMPLAINT_WINDOWS, Distribution, Figure, Kpi, NOW, Now, NowFigure, NowKpi, QUEUE, Score, Share};
use crate::rules::{Stat, Target};
use crate::time::Span;
use crate::view::Series;
use crate::window::Tally;

/// A KPI that may have a target.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// What is booked in a window.
    Booked(&'static Kpi),
    /// What is booked in a window of tickets that are complaints.
    OfComplaints(&'static Kpi),
    /// What is so now.
    Now(&'static NowKpi),
}

/// What the numbers of a KPI are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many.
    Count,
    /// A share of 1.
    Share,
    /// Seconds.
    Seconds,
    /// Any number: a score, or a quotient that may be above 1.
    Number,
}

/// Ratios that are no share of 1: there may be more of what is counted than of what it is held against.
const QUOTIENTS: [&str; 2] = ["resolution_rate", "replies_per_resolution"];

/// A figure and what it rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Read {
    /// In the KPI's unit; `None` of nothing.
    pub value: Option<f64>,
    /// The denominator of a ratio, the count of durations; none of anything else.
    pub samples: Option<i64>,
}

impl Unit {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Share => "share",
            Self::Seconds => "seconds",
            Self::Number => "number",
        }
    }
}

impl Subject {
    /// The KPI of that name; `None` where no queue has it.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|subject| subject.name() == name)
    }

    /// Every KPI that may have a target.
    pub fn all() -> impl Iterator<Item = Self> {
        let of_complaints = COMPLAINT_WINDOWS.iter().map(|kpi| Self::OfComplaints(kpi));
        QUEUE.iter().map(|kpi| Self::Booked(kpi)).chain(of_complaints).chain(NOW.iter().map(Self::Now))
    }

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Booked(kpi) | Self::OfComplaints(kpi) => kpi.name,
            Self::Now(kpi) => kpi.name,
        }
    }

    /// The KPI that is booked in windows; none of what is so now.
    pub const fn booked(self) -> Option<&'static Kpi> {
        match self {
            Self::Booked(kpi) | Self::OfComplaints(kpi) => Some(kpi),
            Self::Now(_) => None,
        }
    }

    /// What its numbers are.
    pub fn unit(self) -> Unit {
        match self {
            Self::Booked(kpi) | Self::OfComplaints(kpi) => match (kpi.read)(&Tally::default()) {
                Figure::Count(_) | Figure::CountBy { .. } => Unit::Count,
                Figure::Ratio(_) if QUOTIENTS.contains(&kpi.name) => Unit::Number,
                Figure::Ratio(_) | Figure::RatioBy { .. } | Figure::ServiceLevel { .. } => Unit::Share,
                Figure::Distribution(_) | Figure::DistributionBy { .. } => Unit::Seconds,
                Figure::Score(Score { share: Share::None, .. }) | Figure::Nps(_) => Unit::Number,
                Figure::Score(_) => Unit::Share,
            },
            Self::Now(kpi) => match (kpi.read)(&Now::default()) {
                NowFigure::Count(_) => Unit::Count,
                NowFigure::Age(_) => Unit::Seconds,
            },
        }
    }

    /// Whether it is a duration of which a mean, percentiles and a maximum are told.
    pub fn has_stats(self) -> bool {
        !matches!(self, Self::Now(_)) && self.unit() == Unit::Seconds
    }

    /// Whether it rests on samples that can be too few.
    pub fn has_samples(self) -> bool {
        !matches!(self, Self::Now(_)) && self.unit() != Unit::Count
    }

    /// Whether there is anything to show of it on this channel.
    pub(super) fn fits(self, channel: &str, series: &Series) -> bool {
        match self {
            Self::Booked(kpi) => kpi.fits(channel) || is_told(kpi, &series.tallies),
            Self::OfComplaints(kpi) => kpi.fits(channel) || is_told(kpi, &series.complaints),
            Self::Now(_) => true,
        }
    }

    /// Its figure in a series, over the window that has this place there.
    pub(super) fn read(self, target: &Target, series: &Series, place: Option<usize>) -> Read {
        match self {
            Self::Booked(kpi) => of_window(kpi, place.and_then(|place| series.tallies.get(place)), target.stat),
            Self::OfComplaints(kpi) => {
                of_window(kpi, place.and_then(|place| series.complaints.get(place)), target.stat)
            }
            Self::Now(kpi) => Read { value: now((kpi.read)(&series.now)), samples: None },
        }
    }
}

fn is_told(kpi: &Kpi, tallies: &[Tally]) -> bool {
    tallies.iter().any(|tally| !(kpi.read)(tally).is_zero())
}

fn of_window(kpi: &Kpi, tally: Option<&Tally>, stat: Option<Stat>) -> Read {
    tally.map_or_else(Read::default, |tally| booked(&(kpi.read)(tally), stat))
}

fn now(figure: NowFigure) -> Option<f64> {
    match figure {
        NowFigure::Count(count) => Some(count as f64),
        NowFigure::Age(age) => age.map(Span::as_seconds),
    }
}

fn booked(figure: &Figure<'_>, stat: Option<Stat>) -> Read {
    let counted = |count: i64| Read { value: Some(count as f64), samples: None };
    match figure {
        Figure::Count(count) => counted(*count),
        Figure::CountBy { values, .. } => counted(values.total()),
        Figure::Ratio(ratio)
        | Figure::RatioBy { whole: ratio, .. }
        | Figure::ServiceLevel { configured: ratio, .. } => {
            Read { value: ratio.value(), samples: Some(ratio.denominator) }
        }
        Figure::Score(score) => Read { value: score.ratio().or_else(|| mean(score)), samples: Some(score.count) },
        Figure::Nps(nps) => Read { value: nps.score(), samples: Some(nps.count()) },
        Figure::Distribution(durations) | Figure::DistributionBy { whole: durations, .. } => {
            Read { value: number(durations, stat.unwrap_or(Stat::Mean)), samples: Some(durations.count) }
        }
    }
}

/// Of scores that are a share of nothing, what is judged.
fn mean(score: &Score) -> Option<f64> {
    score.mean().filter(|_| score.share == Share::None)
}

fn number(durations: &Distribution<'_>, stat: Stat) -> Option<f64> {
    match stat {
        Stat::Mean => durations.mean(),
        Stat::Percentile(percent) => durations.percentile(percent).map(Span::as_seconds),
        Stat::Max => durations.max().map(Span::as_seconds),
    }
}
