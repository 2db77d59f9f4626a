//! Whether the tree has the shape of a configuration: known keys, each with the right type.
//!
//! **Why it is asked again and again.** `raw` alone says which keys there are, and serde stops at the first that does not fit.
//! So that is told and mended, and serde is asked again until it is content. Each block, such as a `[[queue]]`, is asked by itself, so
//! that a long file with a mistake in every block does not cost its length each time.
//!
//! **How it is mended.** An unknown key goes. What has the wrong type becomes its default, else an empty text, else goes too;
//! it keeps its place, and of a place that something is told of already nobody says more.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::REFERENCE;
use super::error::Problem;
use super::hint::{Part, is_unknown_key, reworded};
use super::raw::Raw;
use super::source::Tree;

/// The settings as typed; what is no setting is told and left out.
pub(super) fn typed(tree: &Tree<'_>, problems: &mut Vec<Problem>) -> Option<Raw> {
    let mut tree = tree.clone();
    let calendars = take_blocks(&mut tree, "calendar", problems);
    let blocks = take_blocks(&mut tree, "queue", problems);
    let targets = take_blocks(&mut tree, "kpi", problems);
    let policies = take_blocks(&mut tree, "sla", problems);
    let mut raw: Raw = fitting(tree, Part::Centre, problems)?;
    for block in calendars {
        let at = block.span();
        raw.calendar.extend(fitting(block, Part::Calendar, problems).map(|calendar| Spanned::new(at, calendar)));
    }
    for block in blocks {
        let at = block.span();
        raw.queue.extend(fitting(block, Part::Queue, problems).map(|queue| Spanned::new(at, queue)));
    }
    for block in targets {
        let at = block.span();
        raw.kpi.extend(fitting(block, Part::Target, problems).map(|target| Spanned::new(at, target)));
    }
    for block in policies {
        let at = block.span();
        raw.sla.extend(fitting(block, Part::Policy, problems).map(|policy| Spanned::new(at, policy)));
    }
    Some(raw)
}

/// Takes the blocks that begin with `[[name]]` out of the tree.
fn take_blocks<'a>(tree: &mut Tree<'a>, name: &str, problems: &mut Vec<Problem>) -> Vec<Tree<'a>> {
    let right = || format!("begin each {name} with [[{name}]]");
    let Some(all) = tree.get_mut().remove(name) else { return Vec::new() };
    let at = all.span();
    let DeValue::Array(items) = all.into_inner() else {
        problems.push(Problem::new(at, "not a list of blocks", right()));
        return Vec::new();
    };
    let mut blocks = Vec::new();
    for item in items {
        let at = item.span();
        match item.into_inner() {
            DeValue::Table(block) => blocks.push(Spanned::new(at, block)),
            _ => problems.push(Problem::new(at, "not a block of settings", right())),
        }
    }
    blocks
}

/// What is in this part of the tree, without what does not fit in.
fn fitting<T: DeserializeOwned>(mut tree: Tree<'_>, part: Part, problems: &mut Vec<Problem>) -> Option<T> {
    let defaults = match part {
        Part::Centre => DeTable::parse(REFERENCE).expect("what is built in is TOML").into_inner(),
        Part::Calendar | Part::Queue | Part::Target | Part::Policy => DeTable::new(),
    };
    mend_times(&mut tree, &defaults, problems);
    loop {
        let error = match T::deserialize(Deserializer::from(tree.clone())) {
            Ok(typed) => return Some(typed),
            Err(error) => error,
        };
        let problem = reworded(&error, &tree, part);
        let mend = if is_unknown_key(&error) { Mend::Remove } else { Mend::Replace };
        let mended = mended_in(tree.get_mut(), &defaults, &problem.at, mend);
        if !problems.iter().any(|told| told.at == problem.at) {
            problems.push(problem);
        }
        if !mended {
            return None;
        }
    }
}

fn mend_times<'a>(tree: &mut Tree<'a>, defaults: &DeTable<'a>, problems: &mut Vec<Problem>) {
    while let Some(at) = tree.get_ref().values().find_map(time_in) {
        mended_in(tree.get_mut(), defaults, &at, Mend::Replace);
        problems.push(Problem::new(at, "a time without quotes", "no setting is a TOML time: put quotes around it"));
    }
}

fn time_in(value: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    match value.get_ref() {
        DeValue::Datetime(_) => Some(value.span()),
        DeValue::Table(table) => table.values().find_map(time_in),
        DeValue::Array(items) => items.iter().find_map(time_in),
        _ => None,
    }
}

/// What is done about something that does not fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mend {
    Remove,
    Replace,
}

impl Mend {
    /// What stands at this place instead, if anything.
    fn instead<'a>(self, value: &DeValue<'a>, default: Option<&Spanned<DeValue<'a>>>) -> Option<DeValue<'a>> {
        match default {
            _ if self == Self::Remove => None,
            Some(default) => Some(default.get_ref().clone()),
            None => (value.as_str() != Some("")).then(|| DeValue::String("".into())),
        }
    }
}

/// Mends what stands at this place; whether there was anything.
fn mended_in<'a>(table: &mut DeTable<'a>, defaults: &DeTable<'a>, at: &Range<usize>, mend: Mend) -> bool {
    let stands_here = |(key, value): &(&Spanned<_>, &Spanned<_>)| key.span() == *at || value.span() == *at;
    let Some((key, value)) = table.iter().find(stands_here) else {
        let mut entries = table.iter_mut();
        return entries.any(|(key, value)| mended_within(value, defaults.get(key.get_ref().as_ref()), at, mend));
    };
    let key = key.clone();
    match mend.instead(value.get_ref(), defaults.get(key.get_ref().as_ref())) {
        Some(instead) => drop(table.insert(key, Spanned::new(at.clone(), instead))),
        None => drop(table.remove(key.get_ref().as_ref())),
    }
    true
}

fn mended_within<'a>(
    value: &mut Spanned<DeValue<'a>>,
    default: Option<&Spanned<DeValue<'a>>>,
    at: &Range<usize>,
    mend: Mend,
) -> bool {
    match value.get_mut() {
        DeValue::Table(table) => mended_in(table, &defaults_within(default), at, mend),
        DeValue::Array(items) if items.iter().any(|item| item.span() == *at) => {
            *items = items.iter().filter_map(|item| mended_item(item, at, mend)).collect();
            true
        }
        DeValue::Array(items) => items.iter_mut().any(|item| mended_within(item, None, at, mend)),
        _ => false,
    }
}

fn mended_item<'a>(item: &Spanned<DeValue<'a>>, at: &Range<usize>, mend: Mend) -> Option<Spanned<DeValue<'a>>> {
    if item.span() != *at {
        return Some(item.clone());
    }
    mend.instead(item.get_ref(), None).map(|instead| Spanned::new(at.clone(), instead))
}

/// The defaults of a table's keys; a text is that of all others, as where a table is laid over it.
fn defaults_within<'a>(default: Option<&Spanned<DeValue<'a>>>) -> DeTable<'a> {
    match default.map(Spanned::get_ref) {
        Some(DeValue::Table(table)) => table.clone(),
        Some(text @ DeValue::String(_)) => {
            DeTable::from_iter([(Spanned::new(0..0, "default".into()), Spanned::new(0..0, text.clone()))])
        }
        _ => DeTable::new(),
    }
}
