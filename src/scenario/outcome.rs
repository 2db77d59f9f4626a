//! How a scenario came out, and the way to put its expectations right.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde_json::Value;

use super::checks::Check;
use super::expected::written;
use crate::time::EventTime;

/// How a scenario came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    name: String,
    sentence: String,
    differences: Vec<Difference>,
}

/// A figure that is not what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    line: usize,
    head: String,
    figure: String,
    expected: String,
    got: String,
    /// Where the expected value is written, in characters of its line, and what to write; none where the events are at fault.
    fix: Option<(Range<usize>, String)>,
}

impl Difference {
    /// The name of the figure, as it was typed.
    pub fn figure(&self) -> &str {
        &self.figure
    }

    /// What a report has other than a check expects.
    pub(super) fn of(check: &Check, report: &Value) -> Option<Self> {
        let (got, kind) = (check.spot.read(report), check.spot.kind);
        let differs = !check.expected.meets(&got, kind);
        differs.then(|| Self {
            line: check.line,
            head: check.head.clone(),
            figure: check.figure.clone(),
            expected: check.expected.written.clone(),
            got: written(&got, kind),
            fix: Some((check.part.clone(), check.expected.rewritten(&got, kind))),
        })
    }
}

impl Outcome {
    pub(super) fn new(name: &str, sentence: &str, differences: Vec<Difference>) -> Self {
        Self { name: name.to_owned(), sentence: sentence.to_owned(), differences }
    }

    /// Whether every figure was as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether new expectations would make it pass.
    pub fn is_updatable(&self) -> bool {
        self.differences.iter().all(|difference| difference.fix.is_some())
    }

    /// Every figure that is not what was expected, in the order of the text.
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }

    /// Repeats must change nothing but the books: notes the first figure of each moment that they changed.
    pub(super) fn compare_repeated(&mut self, told: &BTreeMap<EventTime, Value>, again: &BTreeMap<EventTime, Value>) {
        for ((at, told), again) in told.iter().zip(again.values()) {
            let Some((path, told, again)) = first_difference(told, again, "") else { continue };
            self.differences.push(Difference {
                line: 1,
                head: format!("as of {at}, with every event told twice"),
                figure: path,
                expected: told.to_string(),
                got: again.to_string(),
                fix: None,
            });
        }
    }

    pub(super) fn written_into(&self, text: &str) -> String {
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        // From the last to the first, so that what is still to be replaced stays in its place.
        for difference in self.differences.iter().rev() {
            if let (Some((part, value)), Some(line)) = (&difference.fix, lines.get_mut(difference.line - 1)) {
                line.replace_range(bytes(line, part), value);
            }
        }
        lines.concat()
    }
}

fn bytes(line: &str, part: &Range<usize>) -> Range<usize> {
    let byte = |place| line.char_indices().nth(place).map_or(line.len(), |(byte, _)| byte);
    byte(part.start)..byte(part.end)
}

/// The first figure that differs, its way from the top, and both its values.
fn first_difference<'v>(one: &'v Value, other: &'v Value, path: &str) -> Option<(String, &'v Value, &'v Value)> {
    if one == other {
        return None;
    }
    let (Some(parts), Some(others)) = (one.as_object(), other.as_object()) else {
        return Some((path.to_owned(), one, other));
    };
    let names = parts.keys().chain(others.keys().filter(|name| !parts.contains_key(*name)));
    let figures = names.filter(|name| !(path.is_empty() && *name == "events"));
    figures.into_iter().find_map(|name| {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        first_difference(&one[name], &other[name], &path)
    })
}

impl fmt::Display for Outcome {
    /// A paragraph for each place whose figures differ, with file and line; nothing where all are as expected.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut heads =
            self.differences.chunk_by(|one, next| (one.line, &one.head) == (next.line, &next.head)).peekable();
        while let Some(differences) = heads.next() {
            let first = &differences[0];
            writeln!(f, "{}:{}  {}\n  {}", self.name, first.line, self.sentence, first.head)?;
            let width = differences.iter().map(|one| one.figure.chars().count()).max().unwrap_or_default();
            for Difference { figure, expected, got, .. } in differences {
                writeln!(f, "    {figure:width$}  expected {expected}, got {got}")?;
            }
            if heads.peek().is_some() {
                writeln!(f)?;
            }
        }
        Ok(())
    }
}
