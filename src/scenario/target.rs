//! Checks of targets: `kpi.NAME[.STAT].WINDOW` is how a figure stands, with `.value` or `.samples` what that rests on.

use serde_json::Value;

use super::expected::Kind;
use super::figure::{Place, Unknown};
use super::page::meant;
use crate::rules::{Rules, Target};

/// What the name of such a check begins with.
pub(super) const HEAD: &str = "kpi";

/// What is said where a queue has the target on several channels and the check names none.
const SEVERAL: &str = "several, name the channel";

/// One target of one queue.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    queue: String,
    channel: Option<String>,
    kpi: String,
    stat: Option<String>,
    window: String,
    part: Part,
}

/// What is asked of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    State,
    Value,
    Samples,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Value => "value",
            Self::Samples => "samples",
        }
    }

    const fn kind(self) -> Kind {
        match self {
            Self::State => Kind::Word,
            Self::Value => Kind::Ratio,
            Self::Samples => Kind::Seconds,
        }
    }
}

impl Entry {
    /// The target that is meant by what stands behind `kpi.`; the error is what is wrong, and what would be right.
    pub fn find(rest: &str, place: &Place, rules: &Rules) -> Result<Self, Unknown> {
        let Place::Queue { name, channel } = place else {
            return Err(("targets are those of queues".to_owned(), "put it behind the name of a queue".to_owned()));
        };
        let named = |target: &&Target| rest_of(rest, target).is_some();
        let of_queue = |target: &&Target| target.is_of_queue(name, rules.is_configured(name));
        let Some(target) = rules.targets.iter().filter(of_queue).find(named) else {
            return Err(unknown(rest, name, rules));
        };
        let part = part(rest_of(rest, target).unwrap_or_default())?;
        let stat = target.stat.map(|stat| stat.name());
        let (queue, channel) = (name.clone(), channel.clone());
        Ok(Self { queue, channel, kpi: target.kpi.clone(), stat, window: target.window_name(), part })
    }

    /// How its value is compared.
    pub const fn kind(&self) -> Kind {
        self.part.kind()
    }

    /// What a report has of it; null where it has nothing.
    pub fn read(&self, report: &Value) -> Value {
        let all = report["queues"][&self.queue]["kpis"].as_array();
        let mut own = all.into_iter().flatten().filter(|kpi| self.is_meant(kpi));
        match (own.next(), own.next()) {
            (Some(only), None) => only[self.part.name()].clone(),
            (Some(_), Some(_)) => SEVERAL.into(),
            (None, _) => Value::Null,
        }
    }

    fn is_meant(&self, kpi: &Value) -> bool {
        let is = |key: &str, text: &str| kpi[key] == text;
        let is_channel = self.channel.as_ref().is_none_or(|channel| is("channel", channel));
        is("kpi", &self.kpi) && is("window", &self.window) && kpi["stat"].as_str() == self.stat.as_deref() && is_channel
    }
}

/// What a check is called that asks for the state of a target.
fn name(target: &Target) -> String {
    format!("{}.{}", target.label(), target.window_name())
}

/// What follows the name of a target, if it is that.
fn rest_of<'r>(rest: &'r str, target: &Target) -> Option<&'r str> {
    let after = rest.strip_prefix(&name(target))?;
    if after.is_empty() { Some("") } else { after.strip_prefix('.') }
}

fn part(text: &str) -> Result<Part, Unknown> {
    let all = [Part::State, Part::Value, Part::Samples];
    match all.into_iter().find(|part| part.name() == text) {
        Some(part) => Ok(part),
        None if text.is_empty() => Ok(Part::State),
        None => Err((format!("a target has no part `{text}`"), meant(text, all.iter().map(|part| part.name())))),
    }
}

fn unknown(rest: &str, queue: &str, rules: &Rules) -> Unknown {
    let is_configured = rules.is_configured(queue);
    let own = rules.targets.iter().filter(|target| target.is_of_queue(queue, is_configured));
    let names: Vec<String> = own.map(|target| format!("{HEAD}.{}", name(target))).collect();
    let known = names.iter().map(String::as_str);
    let right = match names.len() {
        0 => "set one by `config`, [[kpi]] and `end`".to_owned(),
        _ => meant(&format!("{HEAD}.{rest}"), known),
    };
    (format!("`{queue}` has no target `{HEAD}.{rest}`"), right)
}
