//! The texts that settings come from, laid over each other as one tree, and the way back from a value to its place.
//!
//! **How a place is kept.** Every source is parsed behind as much white space as the sources before it are long, so a range of
//! bytes tells its source as well as the place in it, and the greater of two ranges is the one typed over the other.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::REFERENCE;
use super::error::{ConfigError, Excerpt, Mistake, Problem};

/// The key whose value is shown to nobody.
const SECRET: &str = "export.pseudonym_key";

/// All settings, each with its place.
pub(super) type Tree<'a> = Spanned<DeTable<'a>>;

/// What was loaded: the defaults, then the file, then each `--set`.
pub(super) struct Sources(Vec<Source>);

struct Source {
    name: Name,
    /// White space up to `start`, then the text.
    text: String,
    start: usize,
}

enum Name {
    File(String),
    Set,
}

impl Sources {
    /// Lines up all sources; `file` is the name to show and the text.
    pub fn gather(file: Option<(&str, &str)>, set: &[String]) -> Result<Self, ConfigError> {
        let mut sources = Self(Vec::new());
        sources.push(Name::File("defaults".to_owned()), REFERENCE);
        if let Some((name, text)) = file {
            sources.push(Name::File(name.to_owned()), text.trim_start_matches('\u{feff}'));
        }
        for given in set {
            sources.push(Name::Set, &as_toml(given)?);
        }
        Ok(sources)
    }

    fn push(&mut self, name: Name, text: &str) {
        let start = self.0.last().map_or(0, |last| last.text.len());
        self.0.push(Source { name, text: " ".repeat(start) + text, start });
    }

    /// Where the defaults end: what begins before was not typed by the user.
    pub fn defaults_end(&self) -> usize {
        self.0[0].text.len()
    }

    /// The folder that the file is in, from which other files are named; of none the one that the program runs in.
    pub fn folder(&self) -> PathBuf {
        let file = self.0.iter().find_map(|source| match &source.name {
            Name::File(name) if source.start > 0 => Path::new(name).parent(),
            _ => None,
        });
        file.unwrap_or(Path::new("")).to_owned()
    }

    /// All sources over each other, the later over the earlier.
    pub fn tree(&self) -> Result<Tree<'_>, Problem> {
        let mut tree = DeTable::new();
        for source in &self.0 {
            lay_over(&mut tree, source.parse()?.into_inner());
        }
        Ok(Spanned::new(0..0, tree))
    }

    /// The problems as their reader sees them, in the order of the text.
    pub fn tell(&self, mut problems: Vec<Problem>, tree: Option<&Tree<'_>>) -> ConfigError {
        problems.sort_by_key(|problem| problem.at.start);
        let mistake = |problem: Problem| {
            let key = tree.and_then(|tree| key_at(tree.get_ref(), &problem.at)).map(|key| dotted(&key));
            let (place, mut excerpt) = match problem.elsewhere {
                Some(elsewhere) => *elsewhere,
                None => self.of(&problem.at).place(&problem.at),
            };
            let mut what = problem.what;
            if key.as_deref() == Some(SECRET) {
                excerpt.hide();
                what = without_quoted(&what);
            }
            Mistake { place, key, what, right: problem.right, excerpt }
        };
        ConfigError::Invalid { mistakes: problems.into_iter().map(mistake).collect() }
    }

    fn of(&self, at: &Range<usize>) -> &Source {
        self.0.iter().rfind(|source| source.start <= at.start).unwrap_or(&self.0[0])
    }
}

/// A message without what it quotes.
fn without_quoted(what: &str) -> String {
    let parts: Vec<&str> = what.split('`').step_by(2).collect();
    parts.join("…")
}

impl Source {
    fn parse(&self) -> Result<Tree<'_>, Problem> {
        DeTable::parse(&self.text).map_err(|error| {
            let end = self.text.len();
            Problem::new(error.span().unwrap_or(end..end), format!("not TOML: {}", error.message()), "")
        })
    }

    fn place(&self, at: &Range<usize>) -> (String, Excerpt) {
        let text = &self.text[self.start..];
        let from = (at.start - self.start).min(text.len());
        let line_start = text[..from].rfind('\n').map_or(0, |newline| newline + 1);
        let line = text[line_start..].lines().next().unwrap_or_default();
        let column = text[line_start..from].chars().count();
        let to = (at.end - self.start).clamp(from, text.len());
        let meant = text[from..to].lines().next().unwrap_or_default().trim_end();
        let part = column..column + meant.chars().count();
        let number = 1 + text[..from].matches('\n').count();
        let (place, number) = match &self.name {
            Name::File(name) => (format!("{name}:{number}:{}", column + 1), Some(number)),
            Name::Set => ("--set".to_owned(), None),
        };
        (place, Excerpt { number, line: line.to_owned(), part })
    }
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, ConfigError> {
    let bytes = std::fs::read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let text = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        ConfigError::NotText { path: path.to_owned(), line: 1 + text.iter().filter(|byte| **byte == b'\n').count() }
    })
}

/// `KEY=VALUE` as a line of TOML. No setting is a TOML time, so `day_start=06:00:00` is text.
fn as_toml(given: &str) -> Result<String, ConfigError> {
    let not_a_setting = || ConfigError::NotASetting { given: given.to_owned() };
    let (key, value) = given.split_once('=').ok_or_else(not_a_setting)?;
    let value = value.trim();
    let typed = DeValue::parse(value).is_ok_and(|value| !value.get_ref().is_datetime());
    Ok(if typed { given.to_owned() } else { format!("{key}={}", toml::Value::from(value)) })
}

fn lay_over<'a>(below: &mut DeTable<'a>, above: DeTable<'a>) {
    for (key, value) in above {
        let merged = merged(below.remove(key.get_ref().as_ref()), value);
        below.insert(key, merged);
    }
}

/// Tables merge, everything else replaces. A table over a plain text keeps that as its `default`: so `contact_ttl.voice` may be
/// set over a `contact_ttl` that was one for all.
fn merged<'a>(below: Option<Spanned<DeValue<'a>>>, above: Spanned<DeValue<'a>>) -> Spanned<DeValue<'a>> {
    let (span, below_span) = (above.span(), below.as_ref().map_or(0..0, Spanned::span));
    let value = match (below.map(Spanned::into_inner), above.into_inner()) {
        (Some(DeValue::Table(mut below)), DeValue::Table(above)) => {
            lay_over(&mut below, above);
            DeValue::Table(below)
        }
        (Some(text @ DeValue::String(_)), DeValue::Table(mut above)) => {
            above.entry(Spanned::new(below_span.clone(), "default".into())).or_insert(Spanned::new(below_span, text));
            DeValue::Table(above)
        }
        (_, above) => above,
    };
    Spanned::new(span, value)
}

/// What begins in double brackets.
const BLOCKS: [&str; 4] = ["calendar", "queue", "kpi", "sla"];

/// The names on the way to what stands at this place; a queue's is `queue NAME`, or what its name is to match, a target's
/// `kpi NAME`, a calendar's `calendar NAME`.
pub(super) fn key_at(table: &DeTable<'_>, at: &Range<usize>) -> Option<Vec<String>> {
    table.iter().find_map(|(key, value)| {
        let below = if key.span() == *at { Some(Vec::new()) } else { key_within(value, at) };
        below.map(|below| joined(key.get_ref(), below))
    })
}

fn key_within(value: &Spanned<DeValue<'_>>, at: &Range<usize>) -> Option<Vec<String>> {
    let below = match value.get_ref() {
        DeValue::Table(table) => key_at(table, at),
        DeValue::Array(items) => items.iter().find_map(|item| block_at(item, at)),
        _ => None,
    };
    let encloses = value.span().start <= at.start && at.end <= value.span().end;
    below.or_else(|| encloses.then(Vec::new))
}

fn block_at(item: &Spanned<DeValue<'_>>, at: &Range<usize>) -> Option<Vec<String>> {
    let table = item.get_ref().as_table()?;
    let text = |key| table.get(key).and_then(|name: &Spanned<DeValue<'_>>| name.get_ref().as_str());
    let name = text("name").or_else(|| text("match")).or_else(|| text("kpi")).unwrap_or_default();
    key_within(item, at).map(|below| joined(name, below))
}

fn joined(first: &str, mut rest: Vec<String>) -> Vec<String> {
    rest.insert(0, first.to_owned());
    rest
}

fn dotted(key: &[String]) -> String {
    match key {
        [block, name, rest @ ..] if BLOCKS.contains(&block.as_str()) && name.is_empty() => {
            format!("{block} {}", rest.join(".")).trim_end().to_owned()
        }
        [block, name, rest @ ..] if BLOCKS.contains(&block.as_str()) => {
            format!("{block} \"{name}\" {}", rest.join(".")).trim_end().to_owned()
        }
        _ => key.join("."),
    }
}
