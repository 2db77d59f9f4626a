//! `contactpulse replay --alerts`: what a log would have paged for, under one config or under two.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Args;
use serde_json::{Value, json};

use super::replay::span;
use crate::alerts::{Backtest, Episode, Missed, Outcome, RuleBook};
use crate::config::Config;
use crate::replay::Replay;
use crate::rules::Window;
use crate::time::{EventTime, Span};

#[derive(Debug, Args)]
pub(super) struct BacktestArgs {
    /// Show what the alerts of `contactpulse rules` on queues and promises would have fired for, and which
    /// intervals missed their service level; of the service itself no log tells
    #[arg(long, conflicts_with_all = ["at", "every"])]
    pub(super) alerts: bool,
    /// Show beside it what they would have fired for under this config
    #[arg(long, value_name = "FILE", requires = "alerts")]
    pub(super) against: Option<PathBuf>,
    /// How often conditions are looked at, in event time: Prometheus's evaluation interval
    #[arg(long, value_name = "SPAN", value_parser = span, default_value = "15s", requires = "alerts")]
    pub(super) alerts_every: Span,
}

/// A backtest and what has to be read for it.
pub(super) struct Run {
    pub(super) backtest: Backtest,
    windows: Vec<Window>,
}

/// What happened under one config, and under another where there is one: one alert of one place.
struct Row<'o> {
    own: Option<&'o Episode>,
    other: Option<&'o Episode>,
}

impl Run {
    /// The alerts of a config, and the first of its intervals.
    pub(super) fn new(config: &Config) -> Self {
        let book = RuleBook::new(&config.rules, &config.export.windows);
        let interval = config.rules.windows.kept.iter().find_map(|window| match window {
            Window::Last(span) => Some(*span),
            _ => None,
        });
        let backtest = Backtest::new(&book, interval);
        let mut windows = config.rules.with_target_windows(&backtest.windows());
        windows.push(Window::All);
        Self { backtest, windows }
    }

    /// A replay that reads no more than this asks for.
    pub(super) fn reading(&self, replay: Replay) -> Replay {
        replay.only(self.windows.clone())
    }
}

/// Tells who is in no alert: their figures are there, and nobody would have been told.
pub(super) fn tell(config: &str, outcome: &Outcome) {
    let pages = count(outcome, "page");
    let tickets = count(outcome, "ticket");
    eprintln!("{config}: {pages} pages and {tickets} tickets in {} looks", outcome.moments);
    if !outcome.unknown.is_empty() {
        eprintln!("{config}: not configured, and so in no alert: {}", outcome.unknown.join(", "));
    }
}

/// Writes what was found to standard output.
pub(super) fn show(outcomes: &[Outcome], is_json: bool) -> anyhow::Result<()> {
    let rows = rows(outcomes);
    let text = if is_json { as_json(&rows, outcomes) } else { as_table(&rows, outcomes) };
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        result => result.map_err(|error| anyhow!("cannot write: {error}")),
    }
}

/// What a config is called.
pub(super) fn called(config: Option<&Path>) -> String {
    config.map_or_else(|| "defaults".to_owned(), |path| path.display().to_string())
}

fn count(outcome: &Outcome, severity: &str) -> usize {
    outcome.episodes.iter().filter(|episode| episode.severity.name() == severity).count()
}

/// Episodes of one alert and place that overlap stand in one row.
fn rows(outcomes: &[Outcome]) -> Vec<Row<'_>> {
    let others: &[Episode] = outcomes.get(1).map_or(&[], |other| &other.episodes);
    let mut free: Vec<&Episode> = others.iter().collect();
    let mut rows = Vec::new();
    for own in outcomes.iter().take(1).flat_map(|outcome| &outcome.episodes) {
        let same = free.iter().position(|other| is_same(own, other));
        rows.push(Row { own: Some(own), other: same.map(|place| free.remove(place)) });
    }
    rows.extend(free.into_iter().map(|other| Row { own: None, other: Some(other) }));
    rows.sort_by_key(|row| row.either().fired);
    rows
}

fn is_same(own: &Episode, other: &Episode) -> bool {
    let name =
        |episode: &Episode| (episode.alert, episode.about.clone(), episode.place.clone(), episode.promise.clone());
    let end = |episode: &Episode| episode.ended.unwrap_or(EventTime::MAX);
    name(own) == name(other) && own.fired < end(other) && other.fired < end(own)
}

impl<'o> Row<'o> {
    fn either(&self) -> &'o Episode {
        self.own.or(self.other).expect("a row has an episode")
    }
}

fn as_json(rows: &[Row<'_>], outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for row in rows {
        let mut line = identity(row.either());
        match outcomes {
            [_, _] => {
                line["config"] = row.own.map_or(Value::Null, course);
                line["against"] = row.other.map_or(Value::Null, course);
            }
            _ => merge(&mut line, course(row.either())),
        }
        writeln!(text, "{line}").expect("writing to a string");
    }
    for (outcome, config) in outcomes.iter().zip(["config", "against"]) {
        for missed in &outcome.missed {
            let mut line = json!({ "missed": missed_json(missed) });
            if outcomes.len() > 1 {
                line["of"] = config.into();
            }
            writeln!(text, "{line}").expect("writing to a string");
        }
    }
    text
}

fn identity(episode: &Episode) -> Value {
    let (queue, channel) = episode.place.clone().unzip();
    let (policy, target) = episode.promise.clone().unzip();
    json!({
        "alert": episode.alert, "about": episode.about, "severity": episode.severity.name(), "owner": episode.owner,
        "queue": queue, "channel": channel, "policy": policy, "target": target,
    })
}

fn course(episode: &Episode) -> Value {
    let time = |at: EventTime| at.to_string();
    json!({
        "since": time(episode.since), "fired": time(episode.fired), "ended": episode.ended.map(time),
        "seconds": episode.ended.map(|ended| (ended - episode.fired).as_seconds()), "value": episode.value,
    })
}

fn missed_json(missed: &Missed) -> Value {
    json!({
        "start": missed.start.to_string(), "end": missed.end.to_string(), "queue": missed.queue, "channel": missed.channel,
        "met": missed.met, "counted": missed.counted, "target": missed.target,
    })
}

fn merge(line: &mut Value, more: Value) {
    if let (Value::Object(line), Value::Object(more)) = (line, more) {
        line.extend(more);
    }
}

fn as_table(rows: &[Row<'_>], outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for row in rows {
        let columns: Vec<String> = [row.own, row.other].into_iter().take(outcomes.len()).map(when).collect();
        let episode = row.either();
        let promise =
            episode.promise.as_ref().map_or_else(String::new, |(policy, target)| format!(" of {policy} ({target})"));
        let what = format!("{} {}{promise}", episode.alert, episode.about);
        let place = episode
            .place
            .as_ref()
            .map_or_else(|| "whole centre".to_owned(), |(queue, channel)| format!("{queue} ({channel})"));
        let severity = episode.severity.name();
        writeln!(text, "{}  {severity:<6}  {}  {place}, {}", columns.join("  "), what.trim_end(), episode.owner)
            .expect("writing to a string");
    }
    for (outcome, name) in outcomes.iter().zip(["", " (against)"]) {
        writeln!(text, "\nservice level missed{name}: {}", outcome.missed.len()).expect("writing to a string");
        outcome.missed.iter().for_each(|missed| write_missed(missed, &mut text));
    }
    text
}

/// When it fired and for how long, in as many columns whatever there is.
fn when(episode: Option<&Episode>) -> String {
    let Some(episode) = episode else { return format!("{:<20}  {:>9}", "-", "-") };
    let lasted = episode.ended.map_or_else(|| "still on".to_owned(), |ended| in_hours(ended - episode.fired));
    format!("{:<20}  {lasted:>9}", episode.fired.to_string())
}

/// A span in hours, minutes and seconds.
fn in_hours(span: Span) -> String {
    let seconds = span.as_millis() / 1_000;
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

fn write_missed(missed: &Missed, text: &mut String) {
    let percent = |share: f64| (share * 100.0 * 10.0).round() / 10.0;
    let level = percent(missed.met as f64 / missed.counted as f64);
    let Missed { start, end, queue, channel, met, counted, target } = missed;
    writeln!(text, "{start} to {end}  {queue} ({channel})  {level} % of {} %, {met} of {counted}", percent(*target))
        .expect("writing to a string");
}
