//! What is wrong with a scenario file, each thing at its place; all of it together.

use std::ops::Range;

use super::line::Line;
use crate::config::{Excerpt, Mistake, closest};

/// One thing that is wrong with a scenario file: told as a mistake in a configuration is.
pub type Problem = Mistake;

/// What is wrong with a part of a line, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// In characters of the line.
    pub part: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What would be right; may be empty.
    pub right: String,
}

/// A file that is being read, with what was wrong so far.
#[derive(Debug)]
pub(super) struct Page<'a> {
    name: &'a str,
    problems: Vec<(usize, Problem)>,
}

impl Wrong {
    /// Something wrong with a part.
    pub fn new(part: Range<usize>, what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { part, what: what.into(), right: right.into() }
    }
}

impl<'a> Page<'a> {
    /// A page of that name with nothing wrong yet.
    pub fn new(name: &'a str) -> Self {
        Self { name, problems: Vec::new() }
    }

    /// The name of the file.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What there is, or nothing and a note of why.
    pub fn take<T>(&mut self, line: &Line<'_>, result: Result<T, Wrong>) -> Option<T> {
        result.map_err(|wrong| self.refuse(line, wrong)).ok()
    }

    /// Notes what is wrong with a line.
    pub fn refuse(&mut self, line: &Line<'_>, wrong: Wrong) {
        self.note(line.number, line.text, wrong, None);
    }

    /// Notes what is wrong with a text of that number; `key` names the setting.
    pub fn note(&mut self, number: usize, text: &str, wrong: Wrong, key: Option<String>) {
        let place = format!("{}:{number}:{}", self.name, wrong.part.start + 1);
        let excerpt = Excerpt { number: Some(number), line: text.to_owned(), part: wrong.part };
        self.push(number, Problem { place, key, what: wrong.what, right: wrong.right, excerpt });
    }

    /// Notes a problem that knows its place.
    pub fn push(&mut self, number: usize, problem: Problem) {
        self.problems.push((number, problem));
    }

    /// Whether nothing was wrong so far.
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    /// What was made of it, if nothing was wrong; else all problems in the order of the file.
    pub fn done<T>(mut self, made: T) -> Result<T, Vec<Problem>> {
        if self.problems.is_empty() {
            return Ok(made);
        }
        self.problems.sort_by_key(|(number, problem)| (*number, problem.excerpt.part.start));
        Err(self.problems.into_iter().map(|(_, problem)| problem).collect())
    }
}

/// The known word that was meant, else all that are known.
pub(super) fn meant<'a>(word: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    match closest(word, known.clone()) {
        Some(close) => format!("did you mean `{close}`?"),
        None => one_of(known),
    }
}

/// The choices, in words.
pub(super) fn one_of<'a>(known: impl Iterator<Item = &'a str>) -> String {
    format!("one of {}", known.collect::<Vec<_>>().join(", "))
}
