//! The settings of agents: their states, and whether and how they are shown.

use std::ops::RangeInclusive;

use toml::Spanned;

use super::Config;
use super::hint::closest;
use super::raw::{self, Raw, Typed};
use super::read::Reader;
use super::value::{MINUTE, MONTH, Wrong, name_within, one_of, wrong};
use crate::export::{AgentNames, Pseudonyms};
use crate::limits::{CHANNEL_BYTES_MAX, OWN_STATES_MAX};
use crate::rules::{AgentRules, STATES};
use crate::time::Span;

/// For how long an agent may go without an event: a shift at the least, and not for ever.
const TTL: RangeInclusive<Span> = MINUTE..=MONTH;

/// A key of fewer bytes can be tried out.
const KEY_BYTES: RangeInclusive<usize> = 16..=1_024;

/// What nobody is paid for to be, or in which a contact is all that counts.
const NEVER_PRODUCTIVE: [&str; 2] = ["offline", "available"];

impl Reader {
    /// The states of agents, and how long one lasts without an event.
    pub(super) fn agents(&mut self, raw: &Raw) -> AgentRules {
        let ttl = self.span(&raw.agent_ttl, TTL).unwrap_or(AgentRules::default().ttl);
        let own = self.values(&raw.agents.states, own_state);
        if own.len() > OWN_STATES_MAX {
            let what = format!("{} states", own.len());
            self.refuse::<()>(raw.agents.states.span(), what, format!("at most {OWN_STATES_MAX}"));
            return AgentRules::new(ttl, &[], &[]);
        }
        let productive = self.productive(raw, &own);
        AgentRules::new(ttl, &own, &productive)
    }

    /// The states in which time is used well. Which there are is known only once that is told without a mistake.
    fn productive(&mut self, raw: &Raw, own: &[String]) -> Vec<String> {
        if self.told(&raw.agents.states.span()) {
            return Vec::new();
        }
        let known: Vec<&str> = STATES.into_iter().chain(own.iter().map(String::as_str)).collect();
        self.values(&raw.agents.productive, |text| productive_state(text, &known))
    }

    /// How agents are called.
    pub(super) fn agent_names(&mut self, raw: &raw::Export) -> Option<AgentNames> {
        let key = raw.pseudonym_key.as_ref();
        let pseudonyms = key.map(|key| self.value(key, pseudonym_key));
        let choice = self.value(&raw.agents, |text| match text {
            "off" | "on" | "pseudonym" => Ok(text.to_owned()),
            _ => Err(one_of(text, &["off", "on", "pseudonym"])),
        });
        match (choice?.as_str(), pseudonyms) {
            ("off", _) => Some(AgentNames::Off),
            ("on", _) => Some(AgentNames::Real),
            (_, Some(pseudonyms)) => pseudonyms.map(AgentNames::Pseudonyms),
            (_, None) => self.needs_key(&raw.agents),
        }
    }

    fn needs_key<T>(&mut self, agents: &Typed) -> Option<T> {
        let right = "export.pseudonym_key, a secret of at least 16 bytes";
        self.refuse(Spanned::span(agents), "\"pseudonym\" needs a key", right)
    }
}

fn own_state(text: &str) -> Result<String, Wrong> {
    if STATES.contains(&text) {
        return Err(wrong(format!("\"{text}\" is there anyway"), "states beside offline, available and the others"));
    }
    if text.starts_with("__") {
        return Err(wrong(format!("\"{text}\" begins as names of our own do"), "a name without __ before it"));
    }
    name_within(text, CHANNEL_BYTES_MAX)
}

fn productive_state(text: &str, known: &[&str]) -> Result<String, Wrong> {
    if NEVER_PRODUCTIVE.contains(&text) {
        return Err(wrong(format!("\"{text}\" is never productive"), "any other state, such as \"training\""));
    }
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let close = closest(text, known.iter().copied()).map(|close| format!("did you mean \"{close}\"?"));
    Err(wrong(
        format!("no state is called \"{text}\""),
        close.unwrap_or_else(|| "or add it to agents.states".to_owned()),
    ))
}

/// Nothing of it is told, for it is a secret.
fn pseudonym_key(text: &str) -> Result<Pseudonyms, Wrong> {
    if KEY_BYTES.contains(&text.len()) {
        return Ok(Pseudonyms::new(text));
    }
    let (least, most) = (KEY_BYTES.start(), KEY_BYTES.end());
    Err(wrong(
        format!("a key of {} bytes", text.len()),
        format!("{least} to {most} bytes, such as from `openssl rand -hex 16`"),
    ))
}

/// What the settings of agents mean.
pub(super) fn ticked(config: &Config) -> String {
    let rules = &config.rules.agents;
    let own: Vec<&str> = rules.states().map(|state| rules.name(state)).skip(STATES.len()).collect();
    let productive: Vec<&str> =
        rules.states().filter(|state| rules.is_productive(*state)).map(|state| rules.name(state)).collect();
    let mut parts = vec![format!("offline after {} without an event", rules.ttl)];
    let own = &own[..own.len() - 1]; // the last stands for words that nobody knows
    parts.extend((!own.is_empty()).then(|| format!("also {}", own.join(" "))));
    parts.extend((!productive.is_empty()).then(|| format!("productive in {}", productive.join(" "))));
    parts.push(match config.export.agents {
        AgentNames::Off => "not shown one by one".to_owned(),
        AgentNames::Real => "shown by name".to_owned(),
        AgentNames::Pseudonyms(_) => "shown by pseudonym".to_owned(),
    });
    parts.join(", ")
}
