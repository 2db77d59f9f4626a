//! Settings at the top of a scenario: short words for a configuration, which is then read as every other one.
//!
//! **Why by way of TOML.** What may be set, its bounds and what is said about mistakes is then in one place, `config`. Each line
//! of TOML remembers the line and the words that it was made of, so a mistake is shown where it was typed.

use std::ops::Range;

use jiff::civil::{Date, date};

use super::line::{Line, Token};
use super::page::{Page, Problem, Wrong, meant};
use super::sheet::Sheet;
use super::times::Times;
use crate::config::{Config, ConfigError, Excerpt, Mistake};
use crate::rules::Rules;

/// The day of clock times, unless a scenario names one: a Monday.
const DAY: Date = date(2026, 3, 2);
/// What may stand after a queue's name.
const QUEUE_WORDS: [&str; 6] = ["target", "in", "short", "preset", "channels", "calendar"];
const POLICY_RIGHT: &str = "such as: sla gold priorities urgent first_reply 1h";
const CALENDAR_RIGHT: &str = "such as: calendar office mon-fri 09:00-17:00";
const QUEUE_RIGHT: &str = "such as: queue sales target 80% in 20s";

/// What a scenario is read under.
#[derive(Debug)]
pub(super) struct Settings {
    /// The rules of the centre; the defaults where its settings are wrong.
    pub rules: Rules,
    /// What its clock times are of.
    pub times: Times,
    /// Whether it is told once only, and not a second time with every event repeated.
    pub once: bool,
}

impl Settings {
    /// Reads the settings of a file.
    pub fn read(sheet: &Sheet<'_>, page: &mut Page<'_>) -> Self {
        let mut typed = Typed::default();
        sheet.config.iter().for_each(|(number, text)| typed.push(text, *number, text, None));
        let (mut day, mut once) = (DAY, false);
        for line in &sheet.settings {
            let result = match line.first() {
                "day" => self::day(line).map(|told| day = told),
                "queue" => typed.queue(line, page),
                "sla" => typed.policy(line, page),
                "calendar" => typed.calendar(line, page),
                "set" => typed.set(line),
                _ => alone(line).map(|()| once = true),
            };
            page.take(line, result);
        }
        let rules = typed.rules(page);
        let times = Times { day, zone: rules.day.zone.clone() };
        Self { rules, times, once }
    }
}

fn day(line: &Line<'_>) -> Result<Date, Wrong> {
    const RIGHT: &str = "such as: day 2026-03-02";
    let [_, day] = &line.tokens[..] else { return Err(Wrong::new(line.whole(), "not one day", RIGHT)) };
    day.text.parse().map_err(|_| Wrong::new(day.part.clone(), format!("`{}` is not a day", day.text), RIGHT))
}

fn alone(line: &Line<'_>) -> Result<(), Wrong> {
    match line.tokens.len() {
        1 => Ok(()),
        _ => Err(Wrong::new(line.span(1), format!("more than `{}`", line.first()), "it stands alone")),
    }
}

/// A configuration that is being typed, and where each of its lines comes from.
#[derive(Default)]
struct Typed<'a> {
    toml: String,
    origins: Vec<Origin<'a>>,
    set: Vec<Set<'a>>,
}

/// A `set` line.
struct Set<'a> {
    /// As `--set` has it.
    setting: String,
    key: Origin<'a>,
    value: Origin<'a>,
}

/// Where a setting was typed.
#[derive(Clone)]
struct Origin<'a> {
    number: usize,
    text: &'a str,
    /// The words that are meant; none where it was typed as it is.
    part: Option<Range<usize>>,
}

impl<'a> Typed<'a> {
    fn push(&mut self, toml: &str, number: usize, text: &'a str, part: Option<Range<usize>>) {
        self.toml += toml;
        self.toml.push('\n');
        self.origins.push(Origin { number, text, part });
    }

    /// `queue NAME [target P%] [in SPAN] [short SPAN] [preset NAME] [calendar NAME] [channels A,B]`
    fn queue(&mut self, line: &Line<'a>, page: &mut Page<'_>) -> Result<(), Wrong> {
        let [_, name, rest @ ..] = &line.tokens[..] else {
            return Err(Wrong::new(line.whole(), "a queue without a name", QUEUE_RIGHT));
        };
        self.push("[[queue]]", line.number, line.text, Some(name.part.clone()));
        self.push(&format!("name = {}", quoted(&name.text)), line.number, line.text, Some(name.part.clone()));
        for pair in rest.chunks(2) {
            if let Some((toml, part)) = page.take(line, queue_setting(pair)) {
                self.push(&toml, line.number, line.text, Some(part));
            }
        }
        Ok(())
    }

    /// `sla NAME [queues A,B] [channels A] [priorities A] [tags A] [calendar NAME] [clock business] [warn SPAN] TARGET SPAN ...`
    fn policy(&mut self, line: &Line<'a>, page: &mut Page<'_>) -> Result<(), Wrong> {
        let [_, name, rest @ ..] = &line.tokens[..] else {
            return Err(Wrong::new(line.whole(), "a policy without a name", POLICY_RIGHT));
        };
        self.push("[[sla]]", line.number, line.text, Some(name.part.clone()));
        self.push(&format!("name = {}", quoted(&name.text)), line.number, line.text, Some(name.part.clone()));
        for pair in rest.chunks(2) {
            if let Some((toml, part)) = page.take(line, policy_setting(pair)) {
                self.push(&toml, line.number, line.text, Some(part));
            }
        }
        Ok(())
    }

    /// `calendar NAME [zone ZONE] [holiday DAY] DAYS FROM-TO,FROM-TO ...`
    fn calendar(&mut self, line: &Line<'a>, page: &mut Page<'_>) -> Result<(), Wrong> {
        let [_, name, rest @ ..] = &line.tokens[..] else {
            return Err(Wrong::new(line.whole(), "a calendar without a name", CALENDAR_RIGHT));
        };
        self.push("[[calendar]]", line.number, line.text, Some(name.part.clone()));
        self.push(&format!("name = {}", quoted(&name.text)), line.number, line.text, Some(name.part.clone()));
        for pair in rest.chunks(2) {
            if let Some((toml, part)) = page.take(line, calendar_setting(pair)) {
                self.push(&toml, line.number, line.text, Some(part));
            }
        }
        Ok(())
    }

    /// `set KEY VALUE`, as `--set KEY=VALUE`.
    fn set(&mut self, line: &Line<'a>) -> Result<(), Wrong> {
        let [_, key, _, ..] = &line.tokens[..] else {
            return Err(Wrong::new(line.whole(), "not a setting and its value", "such as: set contact_ttl 10m"));
        };
        if key.text.contains('=') {
            return Err(Wrong::new(key.part.clone(), "`=` in a setting", "put a space between its name and its value"));
        }
        let setting = format!("{}={}", key.text, line.slice(line.span(2)));
        let origin = |part| Origin { number: line.number, text: line.text, part: Some(part) };
        self.set.push(Set { setting, key: origin(key.part.clone()), value: origin(line.span(2)) });
        Ok(())
    }

    /// The rules that were typed; the defaults where something is wrong with them, which the page takes down.
    fn rules(&self, page: &mut Page<'_>) -> Rules {
        let set: Vec<String> = self.set.iter().map(|set| set.setting.clone()).collect();
        match Config::parse(page.name(), &self.toml, &set) {
            Ok(config) => return config.rules,
            Err(ConfigError::Invalid { mistakes }) => mistakes.into_iter().for_each(|mistake| self.tell(mistake, page)),
            Err(other) => page.note(1, "", Wrong::new(0..0, other.to_string(), ""), None),
        }
        Rules::default()
    }

    /// Notes a mistake at the line that it was typed in; one in the defaults, which settings above them made, as it is.
    fn tell(&self, mistake: Mistake, page: &mut Page<'_>) {
        let Some(origin) = self.origin(&mistake, page.name()).cloned() else {
            return page.push(0, mistake);
        };
        let Problem { key, what, right, excerpt, .. } = mistake;
        let part = origin.part.unwrap_or(excerpt.part);
        page.note(origin.number, origin.text, Wrong::new(part, what, right), key);
    }

    fn origin(&self, mistake: &Mistake, name: &str) -> Option<&Origin<'a>> {
        let Excerpt { number, line, part } = &mistake.excerpt;
        match number {
            Some(number) if mistake.place.starts_with(&format!("{name}:")) => {
                self.origins.get(number - 1).or(self.origins.last())
            }
            Some(_) => None,
            None => {
                let key = line.split('=').next().unwrap_or_default();
                let set = self.set.iter().rfind(|set| set.setting.split('=').next() == Some(key))?;
                Some(if part.start < key.chars().count() { &set.key } else { &set.value })
            }
        }
    }
}

/// One setting of a queue as TOML, and the words that it was made of.
fn queue_setting(pair: &[Token]) -> Result<(String, Range<usize>), Wrong> {
    let word = &pair[0];
    if !QUEUE_WORDS.contains(&word.text.as_str()) {
        let right = meant(&word.text, QUEUE_WORDS.into_iter());
        return Err(Wrong::new(word.part.clone(), format!("a queue has no `{}`", word.text), right));
    }
    let [_, value] = pair else {
        return Err(Wrong::new(word.part.clone(), format!("`{}` without its value", word.text), QUEUE_RIGHT));
    };
    let toml = match word.text.as_str() {
        "target" => format!("service_level.target = {}", share(value)?),
        "in" => format!("service_level.threshold = {}", quoted(&value.text)),
        "short" => format!("service_level.short_abandon = {}", quoted(&value.text)),
        "preset" => format!("service_level.preset = {}", quoted(&value.text)),
        "calendar" => format!("calendar = {}", quoted(&value.text)),
        _ => format!("channels = {}", list(&value.text)),
    };
    Ok((toml, value.part.clone()))
}

/// One setting of a policy as TOML, and the words that it was made of.
fn policy_setting(pair: &[Token]) -> Result<(String, Range<usize>), Wrong> {
    let [word, value] = pair else {
        return Err(Wrong::new(pair[0].part.clone(), format!("`{}` without its value", pair[0].text), POLICY_RIGHT));
    };
    let toml = match word.text.as_str() {
        own @ ("queues" | "channels" | "priorities" | "tags") => format!("{own} = {}", list(&value.text)),
        own @ ("calendar" | "clock") => format!("{own} = {}", quoted(&value.text)),
        "warn" => format!("warn_before = {}", quoted(&value.text)),
        target => format!("targets.{} = {}", quoted(target), quoted(&value.text)),
    };
    Ok((toml, word.part.start..value.part.end))
}

/// One setting of a calendar, likewise.
fn calendar_setting(pair: &[Token]) -> Result<(String, Range<usize>), Wrong> {
    let [word, value] = pair else {
        return Err(Wrong::new(pair[0].part.clone(), format!("`{}` without its value", pair[0].text), CALENDAR_RIGHT));
    };
    let toml = match word.text.as_str() {
        "zone" => format!("time_zone = {}", quoted(&value.text)),
        "holidays" => format!("holidays = {}", list(&value.text)),
        days => format!("hours.{} = {}", quoted(days), list(&value.text)),
    };
    Ok((toml, word.part.start..value.part.end))
}

/// `a,b` as a list of texts.
fn list(text: &str) -> String {
    format!("[{}]", text.split(',').map(quoted).collect::<Vec<_>>().join(", "))
}

/// `80%` as `0.8`.
fn share(value: &Token) -> Result<f64, Wrong> {
    let percent = value.text.strip_suffix('%').and_then(|number| number.parse::<f64>().ok());
    let share = percent.filter(|percent| *percent > 0.0 && *percent <= 100.0).map(|percent| percent / 100.0);
    let wrong = || Wrong::new(value.part.clone(), format!("`{}` is not a share", value.text), "such as 80%");
    share.ok_or_else(wrong)
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
