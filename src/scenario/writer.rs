//! Whom a line of an event is of, and its words as the fields of a record.

use serde_json::{Map, Value as Json, json};

use super::line::{Line, Token};
use super::page::{Wrong, meant};
use super::times::Times;
use super::words::{FIELDS, Happens, Kind, OBJECTS, SUBJECTS, Subject, Value};
use crate::config::closest;
use crate::event::Status;
use crate::rules::Rules;

const RIGHT: &str = "a time, a contact and what happened: 00:00 c1 queued sales; or 00:00 ticket t1 created sales; or \
                     00:00 agent ann available; or 00:00 queue sales closed; or 00:00 feed asterisk heartbeat";

/// Fills in whom an event is of and its type; gives the type and what is after it.
pub(super) fn subject<'t>(
    record: &mut Map<String, Json>,
    tokens: &'t [Token],
    line: &Line<'_>,
) -> Result<(&'static Kind, &'t [Token]), Wrong> {
    let not_an_event = || Wrong::new(line.whole(), "not an event", RIGHT);
    let first = tokens.first().ok_or_else(not_an_event)?;
    let [contact, others @ ..] = &SUBJECTS;
    let subject = others.iter().find(|subject| subject.word == first.text).unwrap_or(contact);
    let rest = if subject.word.is_empty() { tokens } else { &tokens[1..] };
    let [name, word, after @ ..] = rest else { return Err(not_an_event()) };
    let (kind, rest) = match subject.happens {
        Happens::Changes(kind) => (kind, &rest[1..]),
        Happens::Named(_) => (kind(subject, word)?, after),
    };
    record.insert("type".to_owned(), subject.type_of(kind).into());
    record.insert(subject.field.to_owned(), name.text.as_str().into());
    Ok((kind, rest))
}

fn kind(subject: &Subject, token: &Token) -> Result<&'static Kind, Wrong> {
    let word = token.text.strip_prefix(subject.prefix).unwrap_or(&token.text);
    let elsewhere = || SUBJECTS.iter().find(|other| other.kinds().any(|kind| kind.word == word));
    let wrong = || {
        let known = subject.kinds().map(|kind| kind.word);
        let right = match (closest(word, known.clone()), elsewhere()) {
            (None, Some(other)) => format!("it happens to {}: {} {word}", other.called, example(other)),
            _ => meant(word, known),
        };
        Wrong::new(token.part.clone(), format!("nothing that happens is called `{word}`"), right)
    };
    subject.kinds().find(|kind| kind.word == word).ok_or_else(wrong)
}

fn example(subject: &Subject) -> String {
    if subject.word.is_empty() { "c1".to_owned() } else { format!("{} NAME", subject.word) }
}

/// Words that stand for themselves in events and mean something only by the configuration.
#[derive(Debug)]
pub(super) struct Vocabulary {
    states: Vec<String>,
    statuses: Vec<String>,
}

impl Vocabulary {
    /// Those of these rules.
    pub fn of(rules: &Rules) -> Self {
        let states = rules.agents.states().map(|state| rules.agents.name(state).to_owned());
        let statuses = Status::ALL.map(Status::name).into_iter().chain(["resolved", "closed"]).map(str::to_owned);
        Self { states: states.collect(), statuses: statuses.chain(rules.tickets.statuses.keys().cloned()).collect() }
    }

    /// The word that was meant by one that is a slip of the pen away; any other may be there to be unknown.
    fn slip(&self, field: &str, word: &str) -> Option<&str> {
        let known = match field {
            "state" | "queue_states" => &self.states,
            "status" => &self.statuses,
            _ => return None,
        };
        let is_known = known.iter().any(|known| known == word);
        closest(word, known.iter().map(String::as_str)).filter(|_| !is_known)
    }
}

/// Writes the words after the type into a record.
pub(super) struct Writer<'a> {
    pub times: &'a Times,
    pub words: &'a Vocabulary,
    /// Whether the event is to be rejected, and so may hold anything.
    pub may_be_wrong: bool,
}

impl Writer<'_> {
    /// Fields by name, and those that need none in their order.
    pub fn words(
        &self,
        record: &mut Map<String, Json>,
        kind: &Kind,
        tokens: &[Token],
        line: &Line<'_>,
    ) -> Result<(), Wrong> {
        let mut slots = kind.slots.iter();
        for token in tokens {
            match token.field() {
                Some((name, value)) => self.field(record, name, value, token)?,
                None => {
                    let slot = slots.next().ok_or_else(|| too_many(kind, token))?;
                    self.field(record, slot.field, &token.text, token)?;
                }
            }
        }
        let missing = slots.find(|slot| slot.is_required && !record.contains_key(slot.field));
        match missing {
            Some(slot) if !self.may_be_wrong => {
                let right = format!("`{}` is followed by its {}", kind.word, slot.field);
                Err(Wrong::new(line.whole(), format!("no {}", slot.field), right))
            }
            _ => Ok(()),
        }
    }

    fn field(&self, record: &mut Map<String, Json>, name: &str, value: &str, token: &Token) -> Result<(), Wrong> {
        if let Some((object, entry)) = name.split_once('.').filter(|(object, _)| OBJECTS.contains(object)) {
            self.check_word(object, value, token)?;
            record.entry(object).or_insert_with(|| json!({}))[entry] = value.into();
            return Ok(());
        }
        let Some((_, kind)) = FIELDS.iter().find(|(field, _)| *field == name) else {
            let part = token.part.start..token.part.start + name.chars().count();
            return Err(Wrong::new(part, format!("events have no field `{name}`"), field_meant(name)));
        };
        if record["type"] != "queue.state_changed" {
            self.check_word(name, value, token)?;
        }
        record.insert(name.to_owned(), self.value(*kind, value, token)?);
        Ok(())
    }

    fn check_word(&self, field: &str, word: &str, token: &Token) -> Result<(), Wrong> {
        match self.words.slip(field, word) {
            Some(close) => {
                let right = format!("did you mean `{close}`?");
                Err(Wrong::new(token.part.clone(), format!("nobody knows `{word}`"), right))
            }
            None => Ok(()),
        }
    }

    /// A value in the JSON that its field has; where it has not that form, as text, which is then rejected.
    fn value(&self, kind: Value, text: &str, token: &Token) -> Result<Json, Wrong> {
        let integer = || text.parse::<i64>().ok().map(Json::from);
        let typed = match kind {
            Value::Text => None,
            Value::Flag => text.parse::<bool>().ok().map(Json::from),
            Value::Integer => integer(),
            Value::Number => integer().or_else(|| text.parse::<f64>().ok().map(Json::from)),
            Value::List => Some(text.split(',').filter(|name| !name.is_empty()).collect::<Vec<_>>().into()),
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

fn too_many(kind: &Kind, token: &Token) -> Wrong {
    let fields: Vec<&str> = kind.slots.iter().map(|slot| slot.field).collect();
    let here = if fields.is_empty() { "nothing".to_owned() } else { fields.join(" and ") };
    let right = format!("{here} can stand here; all else is name=value, such as channel=chat");
    Wrong::new(token.part.clone(), format!("`{}` means nothing after `{}`", token.text, kind.word), right)
}
