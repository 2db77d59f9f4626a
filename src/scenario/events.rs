//! Lines of events as the records that a platform would have sent.
//!
//! **Why text.** The records are read through the same door as those of Kafka and of files, so a scenario proves that door, too.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::line::{Line, RAW, Token};
use super::page::{Page, Wrong, meant};
use super::times::Times;
use super::writer::{Vocabulary, Writer, subject};
use crate::id::{DIRECT, OTHER, UNATTRIBUTED};
use crate::rules::Rules;
use crate::terms::{EMAIL, NORMAL, VOICE};
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
    /// Priorities of tickets.
    pub priorities: BTreeSet<String>,
    /// Policies of the configuration.
    pub policies: Vec<String>,
    /// The words of the configuration.
    words: Vocabulary,
    /// Whether these are all. Not so where lines could not be read: what they tell of must not be called unknown then.
    pub is_whole: bool,
}

impl Told {
    /// Nothing told yet, in a centre of these rules.
    pub fn new(rules: &Rules) -> Self {
        let own = [DIRECT, UNATTRIBUTED, OTHER].map(str::to_owned);
        let channels = rules.queues.values().flat_map(|queue| queue.channels.iter().cloned());
        Self {
            records: Vec::new(),
            queues: rules.queues.keys().cloned().chain(own).collect(),
            channels: channels.chain([VOICE, EMAIL].map(str::to_owned)).collect(),
            agents: BTreeSet::from([OTHER.to_owned()]),
            feeds: BTreeSet::new(),
            priorities: BTreeSet::from([NORMAL, OTHER].map(str::to_owned)),
            policies: rules.policies.iter().map(|policy| policy.name.clone()).collect(),
            words: Vocabulary::of(rules),
            is_whole: true,
        }
    }

    /// Reads the line of an event, or notes what is wrong with it.
    pub fn line(&mut self, line: &Line<'_>, times: &Times, page: &mut Page<'_>) {
        let record = if line.first() == RAW { Ok(raw(line)) } else { self.event(line, times) };
        let Some((record, refused)) = page.take(line, record) else { return };
        page.take(line, check(&record, refused.as_deref(), line));
        if let Ok(json) = serde_json::from_str(&record) {
            self.note(&json);
        }
        self.records.push(record);
    }

    fn event(&self, line: &Line<'_>, times: &Times) -> Result<(String, Option<String>), Wrong> {
        let (tokens, refused) = refusal(line)?;
        let (at, used) = times.read(tokens)?;
        let mut record = Map::new();
        record.insert("id".to_owned(), format!("line-{}", line.number).into());
        let (kind, rest) = subject(&mut record, &tokens[used..], line)?;
        record.insert("time".to_owned(), at.to_string().into());
        let writer = Writer { times, words: &self.words, may_be_wrong: refused.is_some() };
        writer.words(&mut record, kind, rest, line)?;
        Ok((Json::Object(record).to_string(), refused))
    }

    /// Remembers who occurs in a record.
    fn note(&mut self, json: &Json) {
        for (name, value) in json.as_object().into_iter().flatten() {
            let names = match name.as_str() {
                "queue" | "to_queue" => &mut self.queues,
                "agent" | "to_agent" => &mut self.agents,
                "channel" => &mut self.channels,
                "source" => &mut self.feeds,
                "priority" => &mut self.priorities,
                "queues" => {
                    let queues = value.as_array().into_iter().flatten();
                    self.queues.extend(queues.filter_map(Json::as_str).map(str::to_owned));
                    continue;
                }
                "queue_states" => {
                    self.queues.extend(value.as_object().into_iter().flatten().map(|(queue, _)| queue.clone()));
                    continue;
                }
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

/// The tokens before `! REASON`, and the reason.
fn refusal<'l>(line: &'l Line<'_>) -> Result<(&'l [Token], Option<String>), Wrong> {
    let Some(at) = line.tokens.iter().position(|token| token.text == REFUSED) else { return Ok((&line.tokens, None)) };
    match &line.tokens[at + 1..] {
        [reason] => Ok((&line.tokens[..at], Some(reason.text.clone()))),
        _ => Err(Wrong::new(line.span(at), "not one reason after `!`", "such as: ! bad_time")),
    }
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
