//! The families of windows: one or more for each KPI, by the shape of its figure.
//!
//! **Why a table.** Text has the samples of a family together, so each KPI of each queue in turn; a tally is read best all at once,
//! while it is at hand. So the numbers of all KPIs are read tally by tally into a table, and written from it family by family.
//!
//! **Words.** *Block*: KPIs of one group, of which a queue and channel shows all or none. *Row*: one window of one queue and channel.
//! *Column*: one number of one KPI.

use std::borrow::Cow;

use super::Scrape;
use super::catalog::{self, Family};
use super::pairs::Pair;
use super::text::{Number, Text};
use crate::event::Thousandths;
use crate::kpi::{COMPLAINT_WINDOWS, Distribution, Figure, Group, Kpi, QUEUE, Score, Share};
use crate::rules::Window;
use crate::time::Span;
use crate::view::Series;
use crate::window::Tally;

/// The families of windows, and the room for their numbers.
#[derive(Debug)]
pub(super) struct Windows {
    blocks: Vec<Block>,
    table: Table,
}

#[derive(Debug)]
struct Block {
    group: Group,
    tallies: fn(&Series) -> &[Tally],
    kpis: Vec<Shape>,
}

/// A KPI, its families, and the columns from `first` on that its numbers have.
#[derive(Debug)]
struct Shape {
    kpi: &'static Kpi,
    families: Vec<Family>,
    first: usize,
    columns: usize,
    has_stats: bool,
}

/// The numbers of a block: by column, and in it by row.
#[derive(Debug, Default)]
struct Table {
    numbers: Vec<Option<Number>>,
    labels: String, // of one row after the other, each from its brace on and without the closing one
    ends: Vec<usize>,
}

/// The numbers of a distribution, as its family labels them.
const STATS: [&str; NUMBERS_MAX] = ["samples", "sum", "p50", "p90", "mean", "max"];
/// The first ones of these add up over instances.
const ADDING_UP: usize = 2;
/// As many as any figure has.
const NUMBERS_MAX: usize = 6;

/// The numbers of a figure, in the order of its families or of [`STATS`]; `None`: it has no value.
type Numbers = [Option<Number>; NUMBERS_MAX];

impl Windows {
    pub(super) fn new() -> Self {
        let of_all = QUEUE.chunk_by(|one, next| one.group() == next.group());
        let mut blocks: Vec<Block> = of_all.map(|kpis| Block::new(kpis, |series| &series.tallies)).collect();
        blocks.push(Block::new(COMPLAINT_WINDOWS, |series| &series.complaints));
        Self { blocks, table: Table::default() }
    }

    pub(super) fn write(&mut self, scrape: &Scrape<'_>, pairs: &[Pair<'_>], text: &mut Text) {
        let windows: Vec<(usize, String)> = exported(&scrape.view.windows).collect();
        for block in &self.blocks {
            self.table.label(block.rows(pairs, &windows).map(|(pair, window, _)| (pair, window)));
            let tallies = block.rows(pairs, &windows).map(|(_, _, tally)| tally);
            block.read(tallies, scrape.is_whole, &mut self.table);
            block.write(&self.table, scrape.is_whole, text);
        }
    }
}

/// The windows that are shown: their places in the view, and their names.
fn exported(windows: &[Window]) -> impl Iterator<Item = (usize, String)> {
    let places = windows.iter().enumerate().filter(|(_, window)| **window != Window::All);
    places.map(|(place, window)| (place, window.name()))
}

impl Block {
    fn new(kpis: &[&'static Kpi], tallies: fn(&Series) -> &[Tally]) -> Self {
        let mut first = 0;
        let shape = |kpi: &&'static Kpi| {
            let shape = Shape::new(kpi, first);
            first += shape.columns;
            shape
        };
        Self { group: kpis[0].group(), tallies, kpis: kpis.iter().map(shape).collect() }
    }

    /// The rows: each window of each pair that shows the block.
    fn rows<'r>(
        &'r self,
        pairs: &'r [Pair<'r>],
        windows: &'r [(usize, String)],
    ) -> impl Iterator<Item = (&'r Pair<'r>, &'r str, &'r Tally)> {
        let showing = pairs.iter().filter(|pair| pair.shown.has(Some(self.group)));
        let tallies = showing.filter_map(|pair| Some((pair, (self.tallies)(pair.series?))));
        tallies.flat_map(|(pair, tallies)| {
            windows.iter().filter_map(move |(place, name)| Some((pair, &**name, tallies.get(*place)?)))
        })
    }

    fn read<'t>(&self, tallies: impl Iterator<Item = &'t Tally>, is_whole: bool, table: &mut Table) {
        let rows = table.ends.len();
        table.numbers.clear();
        table.numbers.resize(rows * self.kpis.iter().map(|shape| shape.columns).sum::<usize>(), None);
        for (row, tally) in tallies.enumerate() {
            for shape in &self.kpis {
                let numbers = numbers(&(shape.kpi.read)(tally), is_whole);
                for (place, number) in numbers[..shape.columns].iter().enumerate() {
                    table.numbers[(shape.first + place) * rows + row] = *number;
                }
            }
        }
    }

    fn write(&self, table: &Table, is_whole: bool, text: &mut Text) {
        for shape in &self.kpis {
            for (place, family) in shape.families.iter().enumerate() {
                if shape.has_stats {
                    write_stats(family, shape.first, table, text);
                } else if adds_up(family) || is_whole {
                    write_column(family, shape.first + place, table, text);
                }
            }
        }
    }
}

impl Shape {
    fn new(kpi: &'static Kpi, first: usize) -> Self {
        let families = catalog::window_families(kpi);
        let nothing = Tally::default();
        let has_stats = matches!((kpi.read)(&nothing), Figure::Distribution(_) | Figure::DistributionBy { .. });
        let columns = if has_stats { STATS.len() } else { families.len() };
        Self { kpi, families, first, columns, has_stats }
    }
}

impl Table {
    /// Begins anew, with a row for each pair and window.
    fn label<'r>(&mut self, rows: impl Iterator<Item = (&'r Pair<'r>, &'r str)>) {
        self.labels.clear();
        self.ends.clear();
        for (pair, window) in rows {
            for part in ["{", pair.labels.as_str(), ",window=\"", window, "\""] {
                self.labels.push_str(part);
            }
            self.ends.push(self.labels.len());
        }
    }

    /// The rows from the first on: their labels.
    fn labels(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| &self.labels[std::mem::replace(&mut start, *end)..*end])
    }

    fn column(&self, column: usize) -> &[Option<Number>] {
        let rows = self.ends.len();
        &self.numbers[column * rows..(column + 1) * rows]
    }
}

/// Where `/metrics` shows one number of a KPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name of its family.
    pub family: Cow<'static, str>,
    /// The label `stat`, of a duration.
    pub stat: Option<&'static str>,
    /// Whether the sum over instances means something.
    pub adds_up: bool,
}

/// Where the number of a KPI is shown that has this place among its numbers.
///
/// # Panics
/// It is no KPI of windows, or has no such number.
pub fn column(kpi: &'static Kpi, place: usize) -> Column {
    let shape = Shape::new(kpi, 0);
    if shape.has_stats {
        let adds_up = place < ADDING_UP;
        return Column { family: shape.families[0].name.clone(), stat: Some(STATS[place]), adds_up };
    }
    let family = &shape.families[place];
    Column { family: family.name.clone(), stat: None, adds_up: adds_up(family) }
}

/// That number; of a duration that does not add up, that of the whole centre.
pub fn number(kpi: &Kpi, tally: &Tally, place: usize) -> Option<f64> {
    numbers(&(kpi.read)(tally), place >= ADDING_UP)[place].map(Number::as_f64)
}

/// Whether the sums of a family over instances mean something.
fn adds_up(family: &Family) -> bool {
    !["_ratio", "_score"].iter().any(|end| family.name.ends_with(end))
}

fn write_column(family: &Family, column: usize, table: &Table, text: &mut Text) {
    text.family(family);
    for (labels, number) in table.labels().zip(table.column(column)) {
        if let Some(number) = number {
            text.put([&family.name, labels, "} "], *number);
        }
    }
}

fn write_stats(family: &Family, first: usize, table: &Table, text: &mut Text) {
    text.family(family);
    for (row, labels) in table.labels().enumerate() {
        for (place, stat) in STATS.iter().enumerate() {
            if let Some(number) = table.column(first + place)[row] {
                text.put([&family.name, labels, ",stat=\"", stat, "\"} "], number);
            }
        }
    }
}

fn numbers(figure: &Figure<'_>, is_whole: bool) -> Numbers {
    let whole = |count: i64| Some(Number::Whole(count));
    let real = |number: Option<f64>| number.map(Number::Real);
    match figure {
        Figure::Count(count) => with_none([whole(*count)]),
        Figure::CountBy { values, .. } => with_none([whole(values.total())]),
        Figure::ServiceLevel { configured: ratio, .. }
        | Figure::Ratio(ratio)
        | Figure::RatioBy { whole: ratio, .. } => {
            with_none([whole(ratio.numerator), whole(ratio.denominator), real(ratio.value())])
        }
        Figure::Score(score) => score_numbers(score),
        Figure::Nps(nps) => {
            with_none([whole(nps.promoters), whole(nps.passives), whole(nps.detractors), real(nps.score())])
        }
        Figure::Distribution(whole) | Figure::DistributionBy { whole, .. } => stats(whole, is_whole),
    }
}

fn score_numbers(score: &Score) -> Numbers {
    let whole = |count: i64| Some(Number::Whole(count));
    let points = |points: Thousandths| Some(Number::Thousandths(points.0));
    let (count, sum) = (whole(score.count), points(score.sum));
    let [mean, ratio] = [score.mean(), score.ratio()].map(|number| number.map(Number::Real));
    match score.share {
        Share::None => with_none([count, sum, mean]),
        Share::Good(good) => with_none([whole(good), count, sum, mean, ratio]),
        Share::Points(of) => with_none([sum, points(of), ratio]),
    }
}

/// In the order of [`STATS`]; those that do not add up only of the whole centre.
fn stats(distribution: &Distribution<'_>, is_whole: bool) -> Numbers {
    let adding_up = [Some(Number::Whole(distribution.count)), Some(distribution.sum.into())];
    if !is_whole {
        return with_none(adding_up);
    }
    let span = |span: Option<Span>| span.map(Number::from);
    let [count, sum] = adding_up;
    let [p50, p90] = [50, 90].map(|percent| span(distribution.percentile(percent)));
    [count, sum, p50, p90, distribution.mean().map(Number::Real), span(distribution.max())]
}

fn with_none<const N: usize>(numbers: [Option<Number>; N]) -> Numbers {
    let mut all = [None; NUMBERS_MAX];
    all[..N].copy_from_slice(&numbers);
    all
}
