//! `contactpulse replay`: a log file in, figures out.

use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{ConfigArgs, Failure};
use crate::clock::Pace;
use crate::config::Config;
use crate::export::{self, Scrape};
use crate::lines::{Line, Lines};
use crate::replay::{Reading, Replay, When};
use crate::report;
use crate::rules::Window;
use crate::time::{EventTime, Span};
use crate::wire::Rejected;

/// Rejected lines that are told one by one; the rest are counted.
const REJECTED_TOLD_MAX: u64 = 10;
/// What stands in for the topic in metrics of a replay.
const TOPIC: &str = "replay";

#[derive(Debug, Args)]
pub(super) struct ReplayArgs {
    /// The log: .jsonl, .jsonl.gz or .jsonl.zst; `-` is standard input
    #[arg(long, value_name = "FILE")]
    input: PathBuf,
    #[command(flatten)]
    config: ConfigArgs,
    /// Show the figures as of this time (RFC 3339); repeatable; the default is the end of the log
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "every")]
    at: Vec<EventTime>,
    /// Show the figures at every multiple of this, such as 30m
    #[arg(long, value_name = "SPAN", value_parser = span)]
    every: Option<Span>,
    /// Split the log over this many shards, by contact
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u16).range(1..=1024))]
    shards: u16,
    /// Event time against real time: 1 is real time, 60 a minute a second, `max` as fast as it goes
    #[arg(long, value_name = "X", default_value = "max")]
    speed: Speed,
    /// How to show them
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line a queue, for people
    Table,
    /// One JSON object a line
    Json,
    /// What /metrics would show
    Prometheus,
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

fn span(text: &str) -> Result<Span, &'static str> {
    let span: Span = text.parse()?;
    if span < Span::from_seconds(1) { Err("expected at least 1s") } else { Ok(span) }
}

impl ReplayArgs {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = self.config.load()?;
        let progress = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let lines = self.open(&progress).with_context(|| format!("cannot read {}", self.input.display()))?;
        Ok(self.replay(lines, &config, &progress)?)
    }

    fn replay(&self, mut lines: Lines, config: &Config, progress: &ProgressBar) -> anyhow::Result<()> {
        let mut replay = Replay::new(Arc::new(config.rules.clone()), self.shards.into(), self.when());
        let mut pace = Pace::new(self.speed.0);
        let mut written = Ok(());
        let mut show = |reading: Reading<'_>| {
            if written.is_ok() {
                written = self.show(&reading, config);
            }
        };
        let (mut number, mut rejected_count) = (0, 0);
        while let Some(line) = lines.next_line().with_context(|| self.place(number + 1))? {
            number += 1;
            let result = match line {
                Line::Whole(line) => replay.line(line, &mut show),
                Line::TooLong { bytes } => Err(replay.reject(Rejected::TooLarge { bytes })),
            };
            match result {
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
        progress.finish_and_clear();
        replay.finish(&mut show);
        if rejected_count > REJECTED_TOLD_MAX {
            eprintln!("{}: {rejected_count} lines rejected in all", self.input.display());
        }
        written
    }

    fn when(&self) -> When {
        match (self.every, self.at.is_empty()) {
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

    fn show(&self, reading: &Reading<'_>, config: &Config) -> anyhow::Result<()> {
        let report = || report::report(&reading.view, reading.books, reading.rules, reading.at);
        let text = match self.format {
            Format::Json => format!("{}\n", report()),
            Format::Table => report::table(&report(), &Window::All.name()),
            Format::Prometheus => prometheus(reading, config),
        };
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(|error| anyhow!("cannot write: {error}")),
        }
    }
}

fn prometheus(reading: &Reading<'_>, config: &Config) -> String {
    let windows = config.export.windows.iter().copied().chain([Window::All]);
    let view = reading.view.only(&windows.collect::<Vec<_>>());
    export::text(&Scrape {
        rules: reading.rules,
        view: &view,
        counters: &reading.counters,
        is_whole: true,
        books: &[(TOPIC.to_owned(), reading.books.clone())],
        topics: &[],
        partitions: &[],
        freshness: None,
        overflowed: reading.overflowed,
    })
}
