//! Names of figures, from what a supervisor writes to their place in a report.

use std::collections::BTreeSet;

use serde_json::Value;

use super::events::Told;
use super::expected::Kind;
use super::page::{meant, one_of};
use super::shapes::{Group, Shapes};
use super::target::{Entry, HEAD};
use super::words::{BREAK_DOWNS, CHANNEL, PRIORITY};
use crate::config::closest;
use crate::rules::Rules;

/// Whose figures are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Queue { name: String, channel: Option<String> },
    Agent(String),
    Feed(String),
    Total,
    Events,
}

/// Where a figure stands in a report.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Spot {
    /// The way from the top.
    keys: Vec<String>,
    /// The way to the same figure of all channels, where one channel is meant.
    of_all_channels: Option<Vec<String>>,
    /// The target whose state it is, which stands in a list.
    target: Option<Entry>,
    /// What it is where the report has nothing.
    empty: Value,
    /// How it is compared.
    pub kind: Kind,
}

/// What is wrong with a name, and what would be right.
pub(super) type Unknown = (String, String);

/// What is asked where a name is looked up.
pub(super) struct Names<'a> {
    pub shapes: &'a Shapes,
    pub told: &'a Told,
    pub window: &'a str,
    pub rules: &'a Rules,
}

impl Spot {
    /// How a target stands.
    fn of_target(target: Entry) -> Self {
        Self { keys: Vec::new(), of_all_channels: None, kind: target.kind(), target: Some(target), empty: Value::Null }
    }

    /// What stands there.
    pub fn read(&self, report: &Value) -> Value {
        if let Some(target) = &self.target {
            return target.read(report);
        }
        if let Some(value) = walk(report, &self.keys) {
            return value.clone();
        }
        let whole = self.of_all_channels.as_ref().and_then(|keys| walk(report, keys));
        match whole {
            Some(whole) if *whole != self.empty && walk(report, &self.keys[..self.break_down_end()]).is_none() => {
                "not told by channel".into()
            }
            _ => self.empty.clone(),
        }
    }

    /// How many keys lead to the break-down by channel.
    fn break_down_end(&self) -> usize {
        self.keys.iter().rposition(|key| key == CHANNEL).map_or(0, |at| at + 1)
    }
}

fn walk<'v>(value: &'v Value, keys: &[String]) -> Option<&'v Value> {
    keys.iter().try_fold(value, |value, key| value.get(key))
}

impl Place {
    /// What figures of it look like, with the way to them.
    fn groups<'s>(&self, names: &Names<'s>) -> Vec<(Vec<String>, &'s Value)> {
        let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let both = |place: &[&str], group: &'s Group| {
            vec![
                (keys(&[place, &["windows", names.window]].concat()), &group.window),
                (keys(&[place, &["now"]].concat()), &group.now),
            ]
        };
        match self {
            Self::Queue { name, .. } => both(&["queues", name], &names.shapes.queue),
            Self::Agent(name) => both(&["agents", name], &names.shapes.agent),
            Self::Total => both(&["total"], &names.shapes.total),
            Self::Events => vec![(keys(&["events"]), &names.shapes.events)],
            Self::Feed(name) => vec![(keys(&["feeds", name]), &names.shapes.feed)],
        }
    }

    fn channel(&self) -> Option<&str> {
        match self {
            Self::Queue { channel, .. } => channel.as_deref(),
            _ => None,
        }
    }

    fn has_channels(&self) -> bool {
        matches!(self, Self::Queue { channel: None, .. } | Self::Total)
    }
}

/// Finds a figure by its dotted name.
pub(super) fn find(name: &str, place: &Place, names: &Names<'_>) -> Result<Spot, Unknown> {
    let (head, rest) = name.split_once('.').unwrap_or((name, ""));
    if head == HEAD {
        return Entry::find(rest, place, names.rules).map(Spot::of_target);
    }
    let groups = place.groups(names);
    let shape = |figure: &str| groups.iter().find_map(|(keys, group)| Some((keys.clone(), group.get(figure)?)));
    if let Some((keys, shape)) = shape(head) {
        return plain((keys, shape), head, rest, place, names.told);
    }
    let broken_down = head.strip_suffix("_by").and_then(|figure| Some((figure, shape(figure)?)));
    let Some((figure, (mut keys, shape))) = broken_down else { return Err(unknown(head, place, names)) };
    let (down, rest) = break_down(figure, rest, place.has_channels(), names.told)?;
    keys.extend([vec![head.to_owned()], down].concat());
    let (below, empty) = part(name, shape, rest, names.told)?;
    keys.extend(below);
    Ok(Spot { kind: Kind::of(&keys, empty), keys, of_all_channels: None, target: None, empty: empty.clone() })
}

/// A figure itself; of a queue on one channel, as its break-down tells it.
fn plain(
    (mut keys, shape): (Vec<String>, &Value),
    figure: &str,
    rest: &str,
    place: &Place,
    told: &Told,
) -> Result<Spot, Unknown> {
    let (below, empty) = part(figure, shape, rest, told)?;
    let whole = [&keys[..], &[figure.to_owned()], &below].concat();
    let of_all_channels = place.channel().map(|_| whole.clone());
    match place.channel() {
        Some(channel) => {
            keys.extend([format!("{figure}_by"), CHANNEL.to_owned(), channel.to_owned()]);
            keys.extend(below);
        }
        None => keys = whole,
    }
    Ok(Spot { kind: Kind::of(&keys, empty), keys, of_all_channels, target: None, empty: empty.clone() })
}

/// The dimension and the value of `x_by.DIMENSION.VALUE`, and what is after them.
fn break_down<'n>(
    figure: &str,
    rest: &'n str,
    has_channels: bool,
    told: &Told,
) -> Result<(Vec<String>, &'n str), Unknown> {
    let own = || BREAK_DOWNS.iter().filter(|own| own.figure == figure);
    let (dimension, value) = rest.split_once('.').unwrap_or((rest, ""));
    let mut known = match own().find(|own| own.dimension == dimension) {
        Some(own) => own.values(told),
        None if has_channels && dimension == CHANNEL => told.channels.iter().map(String::as_str).collect(),
        None => {
            let dimensions = own().map(|own| own.dimension).chain(has_channels.then_some(CHANNEL));
            return Err(no_dimension(figure, dimension, &dimensions.collect::<Vec<_>>()));
        }
    };
    // Values may have dots in them.
    let whole = known
        .iter()
        .find(|known| value.strip_prefix(**known).is_some_and(|rest| matches!(rest.chars().next(), None | Some('.'))));
    let (value, rest) = match whole {
        Some(known) => value.split_at(known.len()),
        None => value.split_once('.').unwrap_or((value, "")),
    };
    if !told.is_whole && [CHANNEL, PRIORITY].contains(&dimension) {
        known.insert(value);
    }
    let value = one_word(value, &known)?;
    Ok((vec![dimension.to_owned(), value.to_owned()], rest.trim_start_matches('.')))
}

fn no_dimension(figure: &str, dimension: &str, dimensions: &[&str]) -> Unknown {
    let right = match dimensions {
        [] => format!("`{figure}` has no break-down here"),
        _ => format!("`{figure}` is told by {}", dimensions.join(" and by ")),
    };
    let what = match dimension {
        "" => format!("`{figure}_by` goes on"),
        _ => format!("`{figure}` is not told by `{dimension}`"),
    };
    (what, right)
}

fn one_word<'n>(word: &'n str, known: &BTreeSet<&str>) -> Result<&'n str, Unknown> {
    if known.contains(word) {
        return Ok(word);
    }
    let what = if word.is_empty() { "its value is missing".to_owned() } else { format!("`{word}` does not occur") };
    Err((what, meant(word, known.iter().copied())))
}

/// The way from a figure to one of its parts, and what is there where nothing happened. Figures may stand in a figure, with
/// break-downs of their own. A ratio's own is its quotient, a score's the score.
fn part<'s>(figure: &str, shape: &'s Value, rest: &str, told: &Told) -> Result<(Vec<String>, &'s Value), Unknown> {
    let (mut keys, mut value, mut rest) = (Vec::new(), shape, rest);
    while let Some((key, after)) = (!rest.is_empty()).then(|| rest.split_once('.').unwrap_or((rest, ""))) {
        let Some(parts) = value.as_object() else {
            return Err((format!("`{figure}` has no parts"), format!("leave out `.{rest}`")));
        };
        keys.push(key.to_owned());
        let broken_down = key.strip_suffix("_by").and_then(|inner| Some((inner, parts.get(inner)?)));
        (value, rest) = match (parts.get(key), broken_down) {
            (Some(part), _) => (part, after),
            (None, Some((inner, part))) => {
                let (down, after) = break_down(inner, after, false, told)?;
                keys.extend(down);
                (part, after)
            }
            (None, None) => {
                let right = meant(key, parts.keys().map(String::as_str));
                return Err((format!("`{figure}` has no part `{key}`"), right));
            }
        };
    }
    let Some(parts) = value.as_object() else { return Ok((keys, value)) };
    if let Some(own) = ["ratio", "score"].into_iter().find(|own| parts.contains_key(*own)) {
        keys.push(own.to_owned());
        return Ok((keys, &parts[own]));
    }
    let full: Vec<String> = [&[figure.to_owned()], &keys[..]].concat();
    let choices: Vec<String> = parts.keys().map(|part| format!("{}.{part}", full.join("."))).collect();
    Err((format!("`{}` has several parts", full.join(".")), one_of(choices.iter().map(String::as_str))))
}

/// A name that no figure of the place has: what may have been meant, whose it is, or what there is.
fn unknown(head: &str, place: &Place, names: &Names<'_>) -> Unknown {
    let groups = place.groups(names);
    let known = groups.iter().flat_map(|(_, group)| group.as_object().into_iter().flat_map(|all| all.keys()));
    let known: Vec<&str> = known.map(String::as_str).collect();
    let (queues, agents, books) = (&names.shapes.queue, &names.shapes.agent, &names.shapes.events);
    let told_of = [
        (&queues.window, "queues"),
        (&queues.now, "queues"),
        (&agents.window, "agents"),
        (&names.shapes.feed, "feeds"),
        (books, "`events`"),
    ];
    let elsewhere = told_of.iter().find(|(group, _)| group.get(head).is_some());
    let right = match (closest(head, known.iter().copied()), elsewhere) {
        (Some(close), _) => format!("did you mean `{close}`?"),
        (None, Some((_, whose))) => format!("it is a figure of {whose}"),
        (None, None) => one_of(known.into_iter()),
    };
    (format!("no figure here is called `{head}`"), right)
}
