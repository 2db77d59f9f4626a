//! What is wrong with a configuration, told so that it can be put right without looking anything up.

use std::fmt;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;

/// Why a configuration could not be loaded.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file could not be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not text.
    #[error("{}:{line}: not UTF-8; save the file as UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The first line that is not text, from 1.
        line: usize,
    },
    /// A `--set` without `=`.
    #[error("--set {given}: expected KEY=VALUE, such as lateness=10s")]
    NotASetting {
        /// As given.
        given: String,
    },
    /// There are mistakes in it.
    #[error("{}", blocks(mistakes))]
    Invalid {
        /// All that were found, in the order of the text. At least one.
        mistakes: Vec<Mistake>,
    },
}

impl ConfigError {
    /// Whether there is no file that could be read: it is not there, is a folder, or is closed to us. That is a failure of the
    /// call and not a mistake in a configuration.
    pub const fn is_missing_file(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }

    /// The kind of error, from a closed set.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "unreadable",
            Self::NotText { .. } => "not_text",
            Self::NotASetting { .. } => "not_a_setting",
            Self::Invalid { .. } => "invalid",
        }
    }
}

fn blocks(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n\n")
}

/// One mistake, with its place and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// `FILE:LINE:COLUMN`, or `--set`.
    pub place: String,
    /// The dotted key, where there is one.
    pub key: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What would be right; may be empty.
    pub right: String,
    /// The line that it is in.
    pub excerpt: Excerpt,
}

/// A line of configuration and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Its number in the file, from 1; none for `--set`.
    pub number: Option<usize>,
    /// The line.
    pub line: String,
    /// The part, in characters of the line.
    pub part: Range<usize>,
}

impl Excerpt {
    /// Puts asterisks in place of the part that is meant.
    pub(super) fn hide(&mut self) {
        let hidden = self.line.chars().enumerate().map(|(at, own)| if self.part.contains(&at) { '*' } else { own });
        self.line = hidden.collect();
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place)?;
        if let Some(key) = &self.key {
            let before = if self.excerpt.number.is_some() { ": " } else { " " };
            write!(f, "{before}{key}")?;
        }
        write!(f, ": {}\n{}", self.what, self.excerpt)?;
        if self.right.is_empty() { Ok(()) } else { write!(f, " {}", self.right) }
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.number.map_or(String::new(), |number| number.to_string());
        let margin = " ".repeat(number.len());
        // A tab stays a tab, so that the carets stand under their part however wide it is shown.
        let before = self.line.chars().take(self.part.start);
        let indent: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
        let carets = "^".repeat(self.part.len().max(1));
        write!(f, "{margin} |\n{number} | {}\n{margin} | {indent}{carets}", self.line)
    }
}

/// A mistake whose place is still a range of all the text that was loaded.
#[derive(Debug)]
pub(super) struct Problem {
    /// Where it is.
    pub at: Range<usize>,
    /// What is wrong.
    pub what: String,
    /// What would be right; may be empty.
    pub right: String,
    /// Where it is, of what is wrong in another file that is named at `at`.
    pub elsewhere: Option<Box<(String, Excerpt)>>,
}

impl Problem {
    /// A problem at this place.
    pub fn new(at: Range<usize>, what: impl Into<String>, right: impl Into<String>) -> Self {
        Self { at, what: what.into(), right: right.into(), elsewhere: None }
    }
}
