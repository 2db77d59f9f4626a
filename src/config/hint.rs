//! What may have been meant by something that has not the shape of a setting.
//!
//! **Why messages are reworded.** serde's are about Rust's types. The reference knows each key's place and an example of its
//! value, so hints come from there and need no table of their own.

use strsim::damerau_levenshtein;
use toml::de::{DeTable, DeValue, Error};

use super::REFERENCE;
use super::error::Problem;
use super::source::{Tree, key_at};

/// How serde begins to complain about a key.
const UNKNOWN: &str = "unknown field ";

/// The part of a configuration that is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All but the blocks.
    Centre,
    /// A block of business hours.
    Calendar,
    /// A block of settings for queues.
    Queue,
    /// A block of a target.
    Target,
    /// A block of a policy.
    Policy,
}

impl Part {
    /// How a block of it begins.
    const fn head(self) -> &'static str {
        match self {
            Self::Centre => "[section]",
            Self::Calendar => "[[calendar]]",
            Self::Queue => "[[queue]]",
            Self::Target => "[[kpi]]",
            Self::Policy => "[[sla]]",
        }
    }
}

/// Whether serde complains about a key, and not about a value.
pub(super) fn is_unknown_key(error: &Error) -> bool {
    error.message().starts_with(UNKNOWN)
}

/// serde's complaint about this part of the tree, in plain words.
pub(super) fn reworded(error: &Error, tree: &Tree<'_>, part: Part) -> Problem {
    let at = error.span().unwrap_or(0..0);
    let path = key_at(tree.get_ref(), &at).unwrap_or_default();
    let message = error.message();
    if let Some(rest) = message.strip_prefix(UNKNOWN) {
        return Problem::new(at, "unknown key", unknown(rest, &path, part));
    }
    Problem::new(at, plain(message), example(&path).unwrap_or_default())
}

/// What a key that nobody knows may have been meant for. `rest` is the key, and then the keys of its table, each in backticks.
fn unknown(rest: &str, path: &[String], part: Part) -> String {
    let mut words = rest.split('`').skip(1).step_by(2);
    let word = words.next().unwrap_or_default();
    let known: Vec<&str> = words.collect();
    closest(word, known.iter().copied())
        .map(|close| format!("did you mean `{close}`?"))
        .or_else(|| elsewhere(word, path, part, &known))
        .unwrap_or_else(|| format!("known here: {}", known.join(", ")))
}

fn elsewhere(word: &str, path: &[String], part: Part, known: &[&str]) -> Option<String> {
    let reference = DeTable::parse(REFERENCE).ok()?.into_inner();
    if (path.len() > 1 || part != Part::Centre) && reference.contains_key(word) {
        return Some(match part {
            Part::Centre => format!("`{word}` stands above the first {}", part.head()),
            _ => format!("`{word}` is the whole centre's and stands outside of {}", part.head()),
        });
    }
    let in_section = |value: &DeValue<'_>| value.as_table().is_some_and(|section| section.contains_key(word));
    let all = switched_on();
    let reference = DeTable::parse(&all).ok()?.into_inner();
    let (section, _) = reference.iter().find(|(_, value)| in_section(value.get_ref()))?;
    let section = section.get_ref().as_ref();
    if part == Part::Queue && known.contains(&section) {
        return Some(format!("did you mean `{section}.{word}`?"));
    }
    Some(format!("`{word}` belongs in [{section}]"))
}

fn plain(message: &str) -> String {
    let message = message.replace("a sequence", "a list").replace("sequence", "list").replace("map", "table");
    match message.strip_prefix("invalid type: ") {
        Some(rest) => format!(
            "found {}",
            rest.replace("f64", "a number").replace("i64", "a whole number").replace("a string", "a text in quotes")
        ),
        None => message,
    }
}

/// The key as the reference has it.
fn example(path: &[String]) -> Option<String> {
    let all = switched_on();
    let reference = DeTable::parse(&all).ok()?.into_inner();
    let (first, rest) = path.split_first()?;
    let start = reference.get(first.as_str())?;
    let value = rest.iter().try_fold(start, |value, key| value.get_ref().get(key.as_str()))?;
    let typed = REFERENCE.get(value.span()).filter(|_| !value.get_ref().is_table())?;
    Some(format!("for example {} = {typed}", path.last()?))
}

/// The reference with every setting that is off switched on, each at its place.
fn switched_on() -> String {
    let on = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with([' ', '\n']) => format!(" {setting}"),
        _ => line.to_owned(),
    };
    REFERENCE.split_inclusive('\n').map(on).collect()
}

/// The candidate that is a slip of the pen away.
pub fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slips_max = (word.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, candidate)| candidate)
}
