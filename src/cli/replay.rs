//! `contactpulse replay`: a log file in, figures out.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, anyhow, ensure};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::backtest::{self, BacktestArgs, Run};
use super::{ConfigArgs, Failure};
use crate::alerts::Outcome;
use crate::books::Books;
use crate::budget::Kind;
use crate::clock::Pace;
use crate::config::Config;
use crate::export::{self, Scrape, SeriesBudget};
use crate::lines::{Line, Lines};
use crate::replay::{Reading, Replay, When};
use crate::report;
use crate::rules::{Rules, Window};
use crate::time::{EventTime, Span};
use crate::wire::{self, Decoded, Rejected};

/// Rejected lines that are told one by one; the rest are counted.
const REJECTED_TOLD_MAX: u64 = 10;
/// Lines of a file that are read before the first is taken, so that what they look at is fetched from memory at once.
const LINES_AHEAD: usize = 64;
/// What stands in for the topic in metrics of a replay.
const TOPIC: &str = "replay";

/// The window of a table.
const TABLE: Window = Window::All;
/// The longest interval of a CSV: as the longest window.
const CSV_EVERY_MAX: Span = Span::from_seconds(24 * 3_600);

#[derive(Debug, Args)]
#[command(after_long_help = report::csv::help())]
pub(super) struct ReplayArgs {
    /// The log: .jsonl, .jsonl.gz or .jsonl.zst; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    /// Show the figures as of this time (RFC 3339); repeatable; the default is the end of the log
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "every")]
    at: Vec<EventTime>,
    /// Show the figures at the end of every interval of this length, such as 30m; if it fits a day, from local midnight on
    #[arg(long, value_name = "SPAN", value_parser = span)]
    every: Option<Span>,
    /// Split the log over this many shards, by contact
    #[arg(long, value_name = "N", default_value = "1", allow_negative_numbers = true)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    shards: u16,
    /// Event time against real time: 1 is real time, 60 a minute a second, `max` as fast as it goes
    #[arg(long, value_name = "X", default_value = "max", allow_negative_numbers = true)]
    speed: Speed,
    /// How to show them
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    backtest: BacktestArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a queue, for people
    Table,
    /// One JSON object a line
    Json,
    /// What /metrics would show
    Prometheus,
    /// A row for each queue, channel and interval of --every, for planners; --help tells the columns
    Csv,
}

/// How fast event time passes; `None`: as fast as it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Speed(pub(super) Option<f64>);

impl FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.parse::<f64>() {
            _ if text == "max" => Ok(Self(None)),
            Ok(factor) if factor.is_finite() && factor > 0.0 => Ok(Self(Some(factor))),
            _ => Err("expected a number above 0, or max"),
        }
    }
}

pub(super) fn time(text: &str) -> Result<EventTime, &'static str> {
    EventTime::parse(text).ok_or("expected an RFC 3339 time with an offset, such as 2026-03-02T09:00:00Z")
}

pub(super) fn span(text: &str) -> Result<Span, &'static str> {
    let span: Span = text.parse()?;
    if span < Span::from_seconds(1) { Err("expected at least 1s") } else { Ok(span) }
}

impl ReplayArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        self.check_usage()?;
        let config = self.config.load()?;
        if self.backtest.alerts {
            return self.backtest(&config);
        }
        self.check_interval(&config.rules)?;
        let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let lines = self.open(&progress).with_context(|| format!("cannot read {}", self.input.display()))?;
        Ok(self.replay(lines, &config, &progress)?)
    }

    fn check_usage(&self) -> Result<(), Failure> {
        if self.format == Format::Csv && self.every.is_none() && !self.backtest.alerts {
            let text = "--format csv shows figures by interval: add --every 30m (and leave out --at)";
            return Err(Failure::Usage(text.to_owned()));
        }
        if self.backtest.alerts && ![Format::Table, Format::Json].contains(&self.format) {
            let text = "--alerts are shown as a table or as JSON: leave out --format, or give --format json";
            return Err(Failure::Usage(text.to_owned()));
        }
        if self.backtest.against.is_some() && self.input == Path::new("-") {
            let text = "--against reads the log twice, which standard input cannot be: give --input FILE";
            return Err(Failure::Usage(text.to_owned()));
        }
        Ok(())
    }

    /// What the alerts of a config would have fired for, and those of another where one is named.
    fn backtest(&self, config: &Config) -> Result<(), Failure> {
        let mut outcomes = vec![self.outcome(config, backtest::called(self.config.config.as_deref()))?];
        if let Some(file) = &self.backtest.against {
            let other = self.config.with_file(file).load()?;
            outcomes.push(self.outcome(&other, backtest::called(Some(file)))?);
        }
        Ok(backtest::show(&outcomes, self.format == Format::Json)?)
    }

    fn outcome(&self, config: &Config, name: String) -> anyhow::Result<Outcome> {
        let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let lines = self.open(&progress).with_context(|| format!("cannot read {}", self.input.display()))?;
        let mut run = Run::new(config);
        let when = When::Every(self.backtest.alerts_every);
        let mut replay = run.reading(Replay::new(Arc::new(config.rules.clone()), self.shards.into(), when));
        let mut look = |reading: Reading<'_>| run.backtest.look(&reading);
        self.feed(lines, &mut replay, &progress, &mut look)?;
        progress.finish_and_clear();
        let books = replay.finish(&mut look);
        self.tell(&books, config.rules.lateness)?;
        let outcome = run.backtest.finish();
        backtest::tell(&name, &outcome);
        Ok(outcome)
    }

    /// A row holds whole slots.
    fn check_interval(&self, rules: &Rules) -> Result<(), Failure> {
        let slot = rules.windows.slot;
        match self.every {
            Some(every) if self.format == Format::Csv && !is_interval(every, slot) => Err(Failure::Usage(format!(
                "--every {every} does not go with --format csv: give a multiple of {slot} (windows.slot), at most 24h, such as 30m"
            ))),
            _ => Ok(()),
        }
    }

    fn replay(&self, lines: Lines, config: &Config, progress: &ProgressBar) -> anyhow::Result<()> {
        let replay = Replay::new(Arc::new(config.rules.clone()), self.shards.into(), self.when());
        let mut replay = match self.format {
            Format::Table => replay.only(config.rules.with_target_windows(&[TABLE])), // it shows no other
            Format::Json | Format::Prometheus | Format::Csv => replay,
        };
        let mut written = Ok(());
        let mut is_first = true;
        let mut series = SeriesBudget::new(config.series_costs(), config.export.series_max);
        let mut show = |reading: Reading<'_>| {
            if written.is_ok() {
                written = self.show(&reading, is_first, config, &mut series);
                is_first = false;
            }
        };
        self.feed(lines, &mut replay, progress, &mut show)?;
        progress.finish_and_clear();
        let books = replay.finish(&mut show);
        std::mem::forget(replay); // the process ends, and its memory goes at once
        written?;
        self.tell(&books, config.rules.lateness)
    }

    fn feed(
        &self,
        mut lines: Lines,
        replay: &mut Replay,
        progress: &ProgressBar,
        show: &mut dyn FnMut(Reading<'_>),
    ) -> anyhow::Result<()> {
        let mut pace = Pace::new(self.speed.0);
        let (mut number, mut rejected_count) = (0, 0);
        while lines.read_ahead(self.lines_ahead()).with_context(|| self.place(number + 1))? {
            let decoded: Vec<_> = lines.ahead().map(decode).collect();
            replay.fetch(decoded.iter().filter_map(|decoded| decoded.as_ref().ok()?.event()));
            for decoded in decoded {
                number += 1;
                match replay.take(decoded, show) {
                    Ok(Some(at)) => pace.keep(at),
                    Ok(None) => {}
                    Err(rejected) => {
                        rejected_count += 1;
                        if rejected_count <= REJECTED_TOLD_MAX {
                            progress.suspend(|| eprintln!("{}: {rejected}", self.place(number)));
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// How many lines are read before the first is taken: of what may come line by line, one.
    fn lines_ahead(&self) -> usize {
        let is_whole = self.speed.0.is_none() && self.input != Path::new("-");
        if is_whole { LINES_AHEAD } else { 1 }
    }

    /// Tells what the figures do not, once they are written. A log without an event is an error.
    fn tell(&self, books: &Books, lateness: Span) -> anyhow::Result<()> {
        let file = self.input.display();
        let rejected: u64 = books.rejected().map(|(_, count)| count).sum();
        if rejected > REJECTED_TOLD_MAX {
            eprintln!("{file}: {rejected} lines rejected in all");
        }
        if self.format == Format::Csv && books.late() > 0 {
            let late = books.late();
            eprintln!(
                "{file}: {late} events came more than {lateness} (lateness) late; rows written before them lack them"
            );
        }
        let (read, unknown) = (books.read(), books.unknown());
        ensure!(
            rejected + unknown < read,
            "no event in {file}: {read} lines, {rejected} of them rejected and {unknown} of types that are not handled"
        );
        Ok(())
    }

    fn when(&self) -> When {
        match (self.every, self.at.is_empty()) {
            (Some(every), _) if self.format == Format::Csv => When::Intervals(every),
            (Some(every), _) => When::Every(every),
            (None, false) => When::At(self.at.clone()),
            (None, true) => When::End,
        }
    }

    fn place(&self, line: u64) -> String {
        format!("{}:{line}", self.input.display())
    }

    fn open(&self, progress: &ProgressBar) -> std::io::Result<Lines> {
        Lines::open(&self.input, |source, bytes| {
            if !std::io::stderr().is_terminal() {
                return source;
            }
            progress.set_length(bytes);
            let style = ProgressStyle::with_template("{bar:40} {percent} %  {bytes_per_sec}  {eta} left");
            progress.set_style(style.expect("a template of known keys"));
            Box::new(progress.wrap_read(source)) as Box<dyn Read>
        })
    }

    fn show(
        &self,
        reading: &Reading<'_>,
        is_first: bool,
        config: &Config,
        series: &mut SeriesBudget,
    ) -> anyhow::Result<()> {
        let report = || {
            let mut report = report::report(&reading.view, reading.books, reading.rules, reading.at);
            report::add_verdicts(&mut report, &reading.verdicts);
            report
        };
        let text = match self.format {
            Format::Json => format!("{}\n", report()),
            Format::Table => report::table(&report(), &TABLE.name()),
            Format::Prometheus => prometheus(reading, config, series),
            Format::Csv => csv(reading, is_first),
        };
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| anyhow!("cannot write: {error}")),
        }
    }
}

/// What a line holds.
fn decode(line: Line<'_>) -> Result<Decoded<'_>, Rejected> {
    match line {
        Line::Whole(line) => wire::decode(Some(line)),
        Line::TooLong { bytes } => Err(Rejected::TooLarge { bytes }),
    }
}

/// Whether rows of this length hold whole slots.
fn is_interval(every: Span, slot: Span) -> bool {
    every <= CSV_EVERY_MAX && every.as_millis() % slot.as_millis() == 0
}

fn csv(reading: &Reading<'_>, is_first: bool) -> String {
    let header = if is_first { report::csv::header() } else { String::new() };
    let interval = reading.interval.as_ref().expect("a CSV is read by intervals");
    header + &report::csv::rows(interval, &reading.view, &reading.rules.day.zone)
}

fn prometheus(reading: &Reading<'_>, config: &Config, series: &mut SeriesBudget) -> String {
    let windows = config.export.windows.iter().copied().chain([Window::All]);
    let view = reading.view.clone().only(&windows.collect::<Vec<_>>());
    let (view, counters) = series.bound(0, view, reading.counters.clone());
    export::text(&Scrape {
        verdicts: &reading.verdicts,
        books: &[(TOPIC.to_owned(), reading.books.clone())],
        overflowed: reading.overflowed.with(Kind::Pair, series.refused()),
        ..Scrape::of(reading.rules, &view, &counters)
    })
}
