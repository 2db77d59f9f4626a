//! Lines of events as the records that a platform would have sent.
//!
//! **Why text.** The records are read through the same door as those of Kafka and of files, so a scenario proves that door, too.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::line::{Line, RAW, Token};
use super::page::{Page, Wrong, meant};
use super::times::Times;
use super::words::{ATTRIBUTE, FIELDS, KINDS, Kind, Value};
use crate::config::closest;
use crate::rules::Rules;
use crate::wire::{self, Rejected};

/// Stands before the reason for which a line is to be rejected.
const REFUSED: &str = "!";

/// The records of a scenario, and who occurs in them.
#[derive(Debug)]
pub(super) struct Told {
    /// One record each, in order of arrival.
    pub records: Vec<String>,
    /// Queues, of the configuration as well.
    pub queues: BTreeSet<String>,
    /// Channels, of the configuration as well.
    pub channels: BTreeSet<String>,
    /// Agents.
    pub agents: BTreeSet<String>,
    /// Feeds.
    pub feeds: BTreeSet<String>,
    /// Whether these are all. Not so where lines could not be read: what they tell of must not be called unknown then.
    pub is_whole: bool,
}

impl Told {
    /// Nothing told yet, in a centre of these rules.
    pub fn new(rules: &Rules) -> Self {
        let own = ["__direct__", "__other__"].map(str::to_owned);
        let channels = rules.queues.values().flat_map(|queue| queue.channels.iter().cloned());
        Self {
            records: Vec::new(),
            queues: rules.queues.keys().cloned().chain(own).collect(),
            channels: channels.chain(["voice".to_owned()]).collect(),
            agents: BTreeSet::from(["__other__".to_owned()]),
            feeds: BTreeSet::new(),
            is_whole: true,
        }
    }

    /// Reads the line of an event, or notes what is wrong with it.
    pub fn line(&mut self, line: &Line<'_>, times: &Times, page: &mut Page<'_>) {
        let record = if line.first() == RAW { Ok(raw(line)) } else { event(line, times) };
        let Some((record, refused)) = page.take(line, record) else { return };
        page.take(line, check(&record, refused.as_deref(), line));
        if let Ok(json) = serde_json::from_str(&record) {
            self.note(&json);
        }
        self.records.push(record);
    }

    /// Remembers who occurs in a record.
    fn note(&mut self, json: &Json) {
        for (name, value) in json.as_object().into_iter().flatten() {
            let names = match name.as_str() {
                "queue" | "to_queue" => &mut self.queues,
                "agent" | "to_agent" => &mut self.agents,
                "channel" => &mut self.channels,
                "source" => &mut self.feeds,
                _ => {
                    self.note(value);
                    continue;
                }
            };
            names.extend(value.as_str().map(str::to_owned));
        }
    }
}

/// The text of a `raw` line, and the reason for which it is to be rejected.
fn raw(line: &Line<'_>) -> (String, Option<String>) {
    let text = line.text.trim_start().strip_prefix(RAW).unwrap_or_default();
    match text.rsplit_once(&format!(" {REFUSED} ")) {
        Some((text, reason)) => (text.trim().to_owned(), Some(reason.trim().to_owned())),
        None => (text.trim().to_owned(), None),
    }
}

fn event(line: &Line<'_>, times: &Times) -> Result<(String, Option<String>), Wrong> {
    let (tokens, refused) = refusal(line)?;
    let (at, used) = times.read(tokens)?;
    let mut record = Map::new();
    record.insert("id".to_owned(), format!("line-{}", line.number).into());
    let (kind, rest) = subject(&mut record, &tokens[used..], line)?;
    record.insert("time".to_owned(), at.to_string().into());
    let writer = Writer { times, may_be_wrong: refused.is_some() };
    writer.words(&mut record, kind, rest, line)?;
    Ok((Json::Object(record).to_string(), refused))
}

/// The tokens before `! REASON`, and the reason.
fn refusal<'l>(line: &'l Line<'_>) -> Result<(&'l [Token], Option<String>), Wrong> {
    let Some(at) = line.tokens.iter().position(|token| token.text == REFUSED) else { return Ok((&line.tokens, None)) };
    match &line.tokens[at + 1..] {
        [reason] => Ok((&line.tokens[..at], Some(reason.text.clone()))),
        _ => Err(Wrong::new(line.span(at), "not one reason after `!`", "such as: ! bad_time")),
    }
}

/// Fills in whom an event is of and its type; gives the type, if it is one of a contact, and what is after it.
fn subject<'t>(
    record: &mut Map<String, Json>,
    tokens: &'t [Token],
    line: &Line<'_>,
) -> Result<(Option<&'static Kind>, &'t [Token]), Wrong> {
    let mut put = |name: &str, value: &str| drop(record.insert(name.to_owned(), value.into()));
    match tokens {
        [subject, name, state, rest @ ..] if subject.text == "queue" => {
            put("type", "queue.state_changed");
            put("queue", &name.text);
            put("state", &state.text);
            Ok((None, rest))
        }
        [subject, name, word, rest @ ..] if subject.text == "feed" && word.text == "heartbeat" => {
            put("type", "source.heartbeat");
            put("source", &name.text);
            Ok((None, rest))
        }
        [contact, word, rest @ ..] if !["queue", "feed"].contains(&contact.text.as_str()) => {
            let kind = kind(word)?;
            put("type", &format!("contact.{}", kind.word));
            put("contact_id", &contact.text);
            Ok((Some(kind), rest))
        }
        _ => Err(Wrong::new(
            line.whole(),
            "not an event",
            "a time, a contact and what happened: 00:00 c1 queued sales; or 00:00 queue sales closed; \
             or 00:00 feed asterisk heartbeat",
        )),
    }
}

fn kind(token: &Token) -> Result<&'static Kind, Wrong> {
    let word = token.text.strip_prefix("contact.").unwrap_or(&token.text);
    let wrong = || {
        let right = meant(word, KINDS.iter().map(|kind| kind.word));
        Wrong::new(token.part.clone(), format!("nothing that happens is called `{word}`"), right)
    };
    KINDS.iter().find(|kind| kind.word == word).ok_or_else(wrong)
}

/// Writes the words after the type into a record.
struct Writer<'a> {
    times: &'a Times,
    /// Whether the event is to be rejected, and so may hold anything.
    may_be_wrong: bool,
}

impl Writer<'_> {
    fn words(
        &self,
        record: &mut Map<String, Json>,
        kind: Option<&Kind>,
        tokens: &[Token],
        line: &Line<'_>,
    ) -> Result<(), Wrong> {
        let mut slots = kind.map_or(&[][..], |kind| kind.slots).iter();
        for token in tokens {
            match token.field() {
                Some((name, value)) => self.field(record, name, value, token)?,
                None => {
                    let slot = slots.next().ok_or_else(|| too_many(kind, token))?;
                    record.insert(slot.field.to_owned(), token.text.as_str().into());
                }
            }
        }
        let missing = slots.find(|slot| slot.is_required && !record.contains_key(slot.field));
        match (missing, kind) {
            (Some(slot), Some(kind)) if !self.may_be_wrong => {
                let right = format!("`{}` is followed by its {}", kind.word, slot.field);
                Err(Wrong::new(line.whole(), format!("no {}", slot.field), right))
            }
            _ => Ok(()),
        }
    }

    fn field(&self, record: &mut Map<String, Json>, name: &str, value: &str, token: &Token) -> Result<(), Wrong> {
        if let Some(attribute) = name.strip_prefix(ATTRIBUTE) {
            record.entry("attributes").or_insert_with(|| json!({}))[attribute] = value.into();
            return Ok(());
        }
        let Some((_, kind)) = FIELDS.iter().find(|(field, _)| *field == name) else {
            let part = token.part.start..token.part.start + name.chars().count();
            return Err(Wrong::new(part, format!("events have no field `{name}`"), field_meant(name)));
        };
        record.insert(name.to_owned(), self.value(*kind, value, token)?);
        Ok(())
    }

    /// A value in the JSON that its field has; where it has not that form, as text, which is then rejected.
    fn value(&self, kind: Value, text: &str, token: &Token) -> Result<Json, Wrong> {
        let typed = match kind {
            Value::Text => None,
            Value::Flag => text.parse::<bool>().ok().map(Json::from),
            Value::Integer => text.parse::<i64>().ok().map(Json::from),
            Value::Time => match self.times.moment(text, token.part.clone()) {
                Err(wrong) if !self.may_be_wrong => return Err(wrong),
                moment => moment.ok().map(|at| at.to_string().into()),
            },
        };
        Ok(typed.unwrap_or_else(|| text.into()))
    }
}

fn field_meant(name: &str) -> String {
    match closest(name, FIELDS.iter().map(|(field, _)| *field)) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "the fields are those of the event contract; an attribute is attributes.NAME=VALUE".to_owned(),
    }
}

fn too_many(kind: Option<&Kind>, token: &Token) -> Wrong {
    let after = kind.map_or_else(String::new, |kind| format!(" after `{}`", kind.word));
    let fields: Vec<&str> = kind.into_iter().flat_map(|kind| kind.slots).map(|slot| slot.field).collect();
    let here = if fields.is_empty() { "nothing".to_owned() } else { fields.join(" and ") };
    let right = format!("{here} can stand here; all else is name=value, such as channel=chat");
    Wrong::new(token.part.clone(), format!("`{}` means nothing{after}", token.text), right)
}

/// Whether a record is taken or rejected as the scenario has it.
fn check(record: &str, refused: Option<&str>, line: &Line<'_>) -> Result<(), Wrong> {
    let rejected = wire::decode(Some(record.as_bytes())).err();
    let found = rejected.as_ref().map(Rejected::reason);
    let (what, right) = match (found, refused) {
        (found, refused) if found == refused => return Ok(()),
        (_, Some(reason)) if !Rejected::REASONS.contains(&reason) => {
            (format!("`{reason}` is not a reason for rejection"), meant(reason, Rejected::REASONS.into_iter()))
        }
        (Some(found), Some(reason)) => {
            (format!("this is rejected as {found}, not as {reason}"), format!("`! {found}` if that is what it proves"))
        }
        (Some(found), None) => {
            let why = rejected.map(|rejected| rejected.to_string()).unwrap_or_default();
            (why, format!("or end the line with `! {found}` if its rejection is what the scenario proves"))
        }
        (None, _) => ("this is not rejected".to_owned(), "leave out `!` and the reason".to_owned()),
    };
    Err(Wrong::new(part_of(line), what, right))
}

/// The line without what is before its first word; all of it where it is raw.
fn part_of(line: &Line<'_>) -> std::ops::Range<usize> {
    let start = line.whole().start;
    let end = if line.first() == RAW { line.text.trim_end().chars().count() } else { line.whole().end };
    start..end
}
