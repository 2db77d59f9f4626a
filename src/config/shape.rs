//! Whether the tree has the shape of a configuration: known keys, each with the right type; and hints where it has not.
//!
//! **Why messages are reworded.** serde's are about Rust's types. The reference knows each key's place and an example of its
//! value, so hints come from there and need no table of their own.

use std::ops::Range;

use serde::Deserialize;
use strsim::damerau_levenshtein;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer, Error};

use super::REFERENCE;
use super::error::Problem;
use super::raw::Raw;
use super::source::{Tree, key_at};

/// The settings as typed.
pub(super) fn typed(tree: &Tree<'_>) -> Result<Raw, Problem> {
    if let Some(at) = tree.get_ref().values().find_map(time_in) {
        return Err(Problem::new(at, "a time without quotes", "no setting is a TOML time: put quotes around it"));
    }
    Raw::deserialize(Deserializer::from(tree.clone())).map_err(|error| reworded(&error, tree))
}

fn time_in(value: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::Datetime(_) => Some(value.span()),
        DeValue::Table(table) => table.values().find_map(time_in),
        DeValue::Array(items) => items.iter().find_map(time_in),
        _ => None,
    }
}

fn reworded(error: &Error, tree: &Tree<'_>) -> Problem {
    let at = error.span().unwrap_or(0..0);
    let key = key_at(tree.get_ref(), &at).unwrap_or_default();
    let path = if key.first().is_some_and(|first| first == "queue") { key.get(2..).unwrap_or_default() } else { &key };
    let message = error.message();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return Problem::new(at, "unknown key", unknown(rest, path));
    }
    if message.starts_with("missing field") {
        return Problem::new(at, message.replace("field", "key"), "every [[queue]] needs a name");
    }
    let right = if key == ["queue"] { Some("begin each queue with [[queue]]".to_owned()) } else { example(path) };
    Problem::new(at, plain(message), right.unwrap_or_default())
}

/// What a key that nobody knows may have been meant for. `rest` is the key, and then the keys of its table, each in backticks.
fn unknown(rest: &str, path: &[String]) -> String {
    let mut words = rest.split('`').skip(1).step_by(2);
    let word = words.next().unwrap_or_default();
    let known: Vec<&str> = words.collect();
    closest(word, known.iter().copied())
        .map(|close| format!("did you mean `{close}`?"))
        .or_else(|| elsewhere(word, path))
        .unwrap_or_else(|| format!("known here: {}", known.join(", ")))
}

fn elsewhere(word: &str, path: &[String]) -> Option<String> {
    let reference = DeTable::parse(REFERENCE).ok()?.into_inner();
    if path.len() > 1 && reference.contains_key(word) {
        return Some(format!("`{word}` stands above the first [section]"));
    }
    let in_section = |value: &DeValue<'_>| value.as_table().is_some_and(|section| section.contains_key(word));
    let (section, _) = reference.iter().find(|(_, value)| in_section(value.get_ref()))?;
    Some(format!("`{word}` belongs in [{}]", section.get_ref()))
}

fn plain(message: &str) -> String {
    let message = message.replace("a sequence", "a list").replace("sequence", "list").replace("map", "table");
    match message.strip_prefix("invalid type: ") {
        Some(rest) => format!("found {}", rest.replace("f64", "a number").replace("a string", "a text in quotes")),
        None => message,
    }
}

/// The key as the reference has it.
fn example(path: &[String]) -> Option<String> {
    let reference = DeTable::parse(REFERENCE).ok()?.into_inner();
    let (first, rest) = path.split_first()?;
    let start = reference.get(first.as_str())?;
    let value = rest.iter().try_fold(start, |value, key| value.get_ref().get(key.as_str()))?;
    let typed = REFERENCE.get(value.span()).filter(|_| !value.get_ref().is_table())?;
    Some(format!("for example {} = {typed}", path.last()?))
}

/// The candidate that is a slip of the pen away.
pub(super) fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slips_max = (word.chars().count() / 3).max(1);
    candidates
        .map(|candidate| (damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, candidate)| candidate)
}
