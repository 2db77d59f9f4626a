//! Scenarios: what happens in a contact centre and the figures that it must give, in the words of those who run one.
//!
//! **Why a form of its own.** The specification is read by supervisors, who know calls and clocks, and not JSON. A scenario is short
//! enough to be read aloud, and what is wrong with it is shown where it stands.
//!
//! **Words.** The *sentence* is what a scenario proves, its first line. *Settings* stand above; *events* follow in the order of
//! arrival; a *check* names a figure and what it must be. A *problem* is a mistake in the file, a *difference* a wrong figure.
//!
//! **Invariant.** Events are read as records by `wire` and folded by `replay`, as those of any log: nothing here knows what an
//! event means or how a figure comes about. No file is touched; `cli` reads and writes them.

mod checks;
mod events;
mod expected;
mod figure;
mod line;
mod outcome;
mod page;
mod settings;
mod shapes;
mod sheet;
mod target;
mod times;
mod words;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

pub use outcome::{Difference, Outcome};
pub use page::Problem;

use checks::{Block, Check, Reader};
use events::Told;
use line::{Line, RAW};
use page::{Page, Wrong, meant};
use settings::Settings;
use shapes::Shapes;
use sheet::{SETTINGS, Sheet};

use crate::replay::{Reading, Replay, When};
use crate::report;
use crate::rules::Rules;
use crate::time::EventTime;

/// One scenario, ready to be run.
///
/// Unless its settings say `once`, it is told a second time with every event repeated, which must change nothing but the books.
#[derive(Debug)]
pub struct Scenario {
    name: String,
    text: String,
    sentence: String,
    rules: Arc<Rules>,
    records: Vec<String>,
    checks: Vec<Check>,
    /// Whether it is told once only, and not a second time with every event repeated.
    once: bool,
}

impl Scenario {
    /// Reads a scenario; `name` stands for its file.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text.
    pub fn parse(name: &str, text: &str) -> Result<Self, Vec<Problem>> {
        let mut page = Page::new(name);
        let sheet = Sheet::split(text, &mut page);
        let settings = Settings::read(&sheet, &mut page);
        let mut told = Told::new(&settings.rules);
        let blocks = script(sheet.script, &mut told, &settings, &mut page);
        told.is_whole = page.is_clean();
        let shapes = Shapes::ask(&settings.rules, &told.queues);
        let reader = Reader { shapes: &shapes, told: &told, times: &settings.times, rules: &settings.rules };
        let checks = blocks.iter().flat_map(|block| reader.block(block, &mut page)).collect();
        page.done(Self {
            name: name.to_owned(),
            text: text.to_owned(),
            sentence: sheet.sentence,
            rules: Arc::new(settings.rules),
            records: told.records,
            checks,
            once: settings.once,
        })
    }

    /// What it proves.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The rules of its centre.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Its events as records, in the order of arrival; some may be there to be rejected.
    pub fn records(&self) -> impl Iterator<Item = &str> {
        self.records.iter().map(String::as_str)
    }

    /// Its checks: the name of a figure and what it must be, both as typed.
    pub fn claims(&self) -> impl Iterator<Item = (&str, &str)> {
        self.checks.iter().map(|check| (check.figure.as_str(), check.expected.written.as_str()))
    }

    /// Tells the events to the program and compares the figures.
    pub fn run(&self) -> Outcome {
        self.run_with(&|rules, when| Replay::new(rules, 1, when))
    }

    /// As [`Scenario::run`], with replays of the caller's own making: of several shards, or of a program that lacks a booking.
    ///
    /// # Panics
    /// A replay that is made must be read when it was asked to be.
    pub fn run_with(&self, make: &dyn Fn(Arc<Rules>, When) -> Replay) -> Outcome {
        let told = self.reports(make, 1);
        let differences = self.checks.iter().filter_map(|check| Difference::of(check, &told[&check.at])).collect();
        let mut outcome = Outcome::new(&self.name, &self.sentence, differences);
        if !self.once {
            outcome.compare_repeated(&told, &self.reports(make, 2));
        }
        outcome
    }

    /// Its text with the figures of an outcome in place of those that were expected; all else stays as it is.
    pub fn updated(&self, outcome: &Outcome) -> String {
        outcome.written_into(&self.text)
    }

    /// A report at each moment that is checked, every event told so many times.
    fn reports(&self, make: &dyn Fn(Arc<Rules>, When) -> Replay, times: usize) -> BTreeMap<EventTime, Value> {
        let moments: BTreeSet<EventTime> = self.checks.iter().map(|check| check.at).collect();
        let mut reports = BTreeMap::new();
        let mut show = |reading: Reading<'_>| {
            let mut report = report::report(&reading.view, reading.books, reading.rules, reading.at);
            report::add_verdicts(&mut report, &reading.verdicts);
            reports.insert(reading.at, report);
        };
        let mut replay = make(self.rules.clone(), When::At(moments.into_iter().collect()));
        for record in self.records.iter().flat_map(|record| std::iter::repeat_n(record, times)) {
            // Whether it is to be rejected was settled when the scenario was read; the replay has it in its books.
            let _ = replay.line(record.as_bytes(), &mut show);
        }
        replay.finish(&mut show);
        reports
    }
}

/// Reads the events and gathers the checks.
fn script<'a>(lines: Vec<Line<'a>>, told: &mut Told, settings: &Settings, page: &mut Page<'_>) -> Vec<Block<'a>> {
    let mut blocks: Vec<Block<'a>> = Vec::new();
    let mut last = None;
    let mut is_open = false;
    for line in lines {
        last = Some(line.clone());
        match blocks.last_mut() {
            Some(block) if line.is_indented() && is_open => block.places.push(line),
            _ if line.is_indented() => {
                let right = "the figures of a place stand below a line such as: at 03:00";
                page.refuse(&line, Wrong::new(line.whole(), "an indented line that belongs to no `at`", right));
            }
            _ => {
                is_open = line.first() == "at";
                if is_open {
                    blocks.push(Block { head: line, places: Vec::new() });
                } else {
                    event(&line, told, settings, page);
                }
            }
        }
    }
    if blocks.is_empty() && page.is_clean() {
        let (number, text) = last.as_ref().map_or((1, ""), |line| (line.number, line.text));
        let part = last.as_ref().map_or(0..0, Line::whole);
        page.note(number, text, Wrong::new(part, "nothing is checked", "end with such as: at 03:00"), None);
    }
    blocks
}

fn event(line: &Line<'_>, told: &mut Told, settings: &Settings, page: &mut Page<'_>) {
    let first = line.first();
    if first == RAW || times::begins(first) {
        return told.line(line, &settings.times, page);
    }
    let words = SETTINGS.into_iter().chain(["at", RAW]);
    let right = match crate::config::closest(first, words.clone()) {
        Some(_) => meant(first, words),
        None => "a line begins with a time, `at`, or a setting".to_owned(),
    };
    page.refuse(line, Wrong::new(line.tokens[0].part.clone(), format!("no line begins with `{first}`"), right));
}

#[cfg(test)]
mod tests;
