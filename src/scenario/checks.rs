//! Checks: `at` a moment, and below it a line a place with the figures that it must have.

use std::collections::BTreeSet;

use super::events::Told;
use super::expected::Expected;
use super::figure::{Names, Place, Spot, find};
use super::line::{Line, Token};
use super::page::{Page, Wrong, meant};
use super::shapes::Shapes;
use super::times::Times;
use crate::rules::{Rules, Window};
use crate::time::EventTime;

const RIGHT: &str = "such as: at 03:00 window 15m";

/// One figure that a place must have at a moment.
#[derive(Clone, Debug)]
pub(super) struct Check {
    /// The line in the file, from 1.
    pub line: usize,
    /// Moment, window and place, as typed.
    pub head: String,
    /// The moment.
    pub at: EventTime,
    /// The name of the figure, as typed.
    pub figure: String,
    /// Where it stands in a report.
    pub spot: Spot,
    /// What it must be.
    pub expected: Expected,
    /// Where that is written, in characters of the line.
    pub part: std::ops::Range<usize>,
}

/// A line that begins with `at`, and those indented below it.
#[derive(Debug)]
pub(super) struct Block<'a> {
    /// The line.
    pub head: Line<'a>,
    /// Those below it.
    pub places: Vec<Line<'a>>,
}

/// What checks are read against.
pub(super) struct Reader<'a> {
    pub shapes: &'a Shapes,
    pub told: &'a Told,
    pub times: &'a Times,
    pub rules: &'a Rules,
}

/// When and over which window.
struct At {
    moment: EventTime,
    window: String,
    words: String,
}

impl Reader<'_> {
    /// The checks of a block.
    pub fn block(&self, block: &Block<'_>, page: &mut Page<'_>) -> Vec<Check> {
        let Some(at) = page.take(&block.head, self.at(&block.head)) else { return Vec::new() };
        if block.places.is_empty() {
            let right = "below it, indented: a queue and its figures, such as:   sales  answered 1";
            page.refuse(&block.head, Wrong::new(block.head.whole(), "nothing is checked here", right));
        }
        block.places.iter().flat_map(|line| self.line(&at, line, page)).collect()
    }

    fn at(&self, line: &Line<'_>) -> Result<At, Wrong> {
        let tokens = &line.tokens[1..];
        if tokens.is_empty() {
            return Err(Wrong::new(line.whole(), "no time", RIGHT));
        }
        let (moment, used) = self.times.read(tokens)?;
        let time = line.slice(tokens[0].part.start..tokens[used - 1].part.end);
        match &tokens[used..] {
            [] => Ok(At { moment, window: Window::All.name(), words: format!("at {time}") }),
            [word, window] if word.text == "window" => {
                let words = format!("at {time}, window {}", window.text);
                Ok(At { moment, window: self.window(window)?, words })
            }
            [first, ..] => Err(Wrong::new(first.part.start..line.whole().end, "not a window", RIGHT)),
        }
    }

    fn window(&self, token: &Token) -> Result<String, Wrong> {
        let kept: Vec<String> = self.rules.windows.kept.iter().map(|window| window.name()).collect();
        if kept.contains(&token.text) || !self.told.is_whole {
            return Ok(token.text.clone());
        }
        let right = format!("{}; others by `set windows.sizes`", super::page::one_of(kept.iter().map(String::as_str)));
        Err(Wrong::new(token.part.clone(), format!("no window `{}` is kept", token.text), right))
    }

    fn line(&self, at: &At, line: &Line<'_>, page: &mut Page<'_>) -> Vec<Check> {
        let Some((place, used)) = page.take(line, self.place(line)) else { return Vec::new() };
        let pairs = &line.tokens[used..];
        if pairs.is_empty() {
            let right = "after the place: a figure and its value, such as: answered 1";
            page.refuse(line, Wrong::new(line.whole(), "no figure", right));
        }
        let head = format!("{}, {}", at.words, line.slice(line.whole().start..line.tokens[used - 1].part.end));
        let names = Names { shapes: self.shapes, told: self.told, window: &at.window, rules: self.rules };
        let read = |pair: &[Token]| self.pair(pair, &place, &names);
        let mut checks = Vec::new();
        for pair in pairs.chunks(2) {
            if let Some((spot, expected)) = page.take(line, read(pair)) {
                let (figure, part) = (pair[0].text.clone(), pair[1].part.clone());
                checks.push(Check {
                    line: line.number,
                    head: head.clone(),
                    at: at.moment,
                    figure,
                    spot,
                    expected,
                    part,
                });
            }
        }
        checks
    }

    fn place(&self, line: &Line<'_>) -> Result<(Place, usize), Wrong> {
        match &line.tokens[..] {
            [word, ..] if word.text == "total" => Ok((Place::Total, 1)),
            [word, ..] if word.text == "events" => Ok((Place::Events, 1)),
            [word, name, ..] if word.text == "agent" => {
                self.known(&name.text, name, &self.told.agents, "agent")?;
                Ok((Place::Agent(name.text.clone()), 2))
            }
            [word, name, ..] if word.text == "feed" => {
                self.known(&name.text, name, &self.told.feeds, "feed")?;
                Ok((Place::Feed(name.text.clone()), 2))
            }
            [token, ..] => Ok((self.queue(token)?, 1)),
            [] => Err(Wrong::new(line.whole(), "no place", "")),
        }
    }

    fn queue(&self, token: &Token) -> Result<Place, Wrong> {
        let (name, channel) = token.halves();
        self.known(name, token, &self.told.queues, "queue")?;
        if let Some(channel) = channel {
            self.known(channel, token, &self.told.channels, "channel")?;
        }
        Ok(Place::Queue { name: name.to_owned(), channel: channel.map(str::to_owned) })
    }

    fn pair(&self, pair: &[Token], place: &Place, names: &Names<'_>) -> Result<(Spot, Expected), Wrong> {
        let figure = &pair[0];
        let at = |token: &Token| {
            let part = token.part.clone();
            move |(what, right)| Wrong::new(part, what, right)
        };
        let spot = find(&figure.text, place, names).map_err(at(figure))?;
        let [_, value] = pair else {
            let right = format!("such as: {} 1", figure.text);
            return Err(Wrong::new(figure.part.clone(), format!("`{}` without its value", figure.text), right));
        };
        let expected = Expected::read(&value.text, spot.kind, self.times).map_err(at(value))?;
        Ok((spot, expected))
    }

    /// Refuses a name that does not occur in the scenario: it would have no figures whatever the program did.
    fn known(&self, name: &str, token: &Token, known: &BTreeSet<String>, what: &str) -> Result<(), Wrong> {
        if known.contains(name) || !self.told.is_whole {
            return Ok(());
        }
        let names = known.iter().map(String::as_str).filter(|name| !name.starts_with("__"));
        let right = match names.clone().count() {
            0 => format!("no {what} occurs at all"),
            _ => meant(name, names),
        };
        Err(Wrong::new(token.part.clone(), format!("no {what} `{name}` occurs in this scenario"), right))
    }
}
