//! A line of a scenario, in words.
//!
//! **Words.** A *token* stands between white space; `"quotes"` hold together what has spaces in it. `#` at the beginning of a
//! token begins a comment.

use std::iter::{Enumerate, Peekable};
use std::ops::Range;
use std::str::Chars;

use super::page::Wrong;

/// The word that begins a line whose rest is taken as it is.
pub(super) const RAW: &str = "raw";

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Its number in the file, from 1.
    pub number: usize,
    /// As typed.
    pub text: &'a str,
    /// Its tokens; of a `raw` line only that word.
    pub tokens: Vec<Token>,
}

/// One word.
#[derive(Clone, Debug, Default)]
pub(super) struct Token {
    /// Without its quotes.
    pub text: String,
    /// Where it stands, in characters of the line.
    pub part: Range<usize>,
    /// The first `=` outside quotes, in bytes of the text.
    equals: Option<usize>,
    /// The last `/` outside quotes, in bytes of the text.
    slash: Option<usize>,
}

impl<'a> Line<'a> {
    /// Takes a line apart.
    pub fn read(number: usize, text: &'a str) -> Result<Self, Wrong> {
        let mut chars = text.chars().enumerate().peekable();
        let mut tokens = Vec::new();
        while let Some(&(start, c)) = chars.peek() {
            match c {
                '#' => break,
                c if c.is_whitespace() => drop(chars.next()),
                _ => tokens.push(token(start, &mut chars)?),
            }
            if tokens.first().is_some_and(|first: &Token| first.text == RAW) {
                break;
            }
        }
        Ok(Self { number, text, tokens })
    }

    /// The first word; empty where there is none.
    pub fn first(&self) -> &str {
        self.tokens.first().map_or("", |token| &token.text)
    }

    /// Whether it belongs to the line above that is not indented.
    pub fn is_indented(&self) -> bool {
        self.text.starts_with(char::is_whitespace)
    }

    /// From its first token to its last.
    pub fn whole(&self) -> Range<usize> {
        self.span(0)
    }

    /// From this token to the last; the end of the line where there is none.
    pub fn span(&self, from: usize) -> Range<usize> {
        let end = self.tokens.last().map_or(0, |last| last.part.end);
        self.tokens.get(from).map_or(end..end, |first| first.part.start..end)
    }

    /// The text of a part.
    pub fn slice(&self, part: Range<usize>) -> String {
        self.text.chars().skip(part.start).take(part.len()).collect()
    }
}

impl Token {
    /// Name and value of `name=value`.
    pub fn field(&self) -> Option<(&str, &str)> {
        self.equals.map(|at| (&self.text[..at], &self.text[at + 1..]))
    }

    /// The part before the last `/`, and what is after it.
    pub fn halves(&self) -> (&str, Option<&str>) {
        match self.slash {
            Some(at) => (&self.text[..at], Some(&self.text[at + 1..])),
            None => (&self.text, None),
        }
    }

    fn push(&mut self, c: char, is_quoted: bool) {
        match c {
            '=' if !is_quoted => self.equals = self.equals.or(Some(self.text.len())),
            '/' if !is_quoted => self.slash = Some(self.text.len()),
            _ => {}
        }
        self.text.push(c);
    }
}

fn token(start: usize, chars: &mut Peekable<Enumerate<Chars<'_>>>) -> Result<Token, Wrong> {
    let mut token = Token { part: start..start, ..Token::default() };
    let mut quote = None;
    while let Some((place, c)) = chars.next_if(|(_, c)| quote.is_some() || !c.is_whitespace()) {
        token.part.end = place + 1;
        match (c, quote) {
            ('"', None) => quote = Some(place),
            ('"', Some(_)) => quote = None,
            _ => token.push(c, quote.is_some()),
        }
    }
    match quote {
        Some(from) => Err(Wrong::new(from..token.part.end, "quotes that do not end", "put a \" where they end")),
        None => Ok(token),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_together_and_a_comment_ends_a_line() {
        let line = Line::read(1, r#"00:10 c1 queued "in bound" reason="a = b/c"  # why"#).unwrap();
        let texts: Vec<&str> = line.tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(texts, ["00:10", "c1", "queued", "in bound", "reason=a = b/c"]);
        assert_eq!(line.tokens[4].field(), Some(("reason", "a = b/c")));
        assert_eq!(line.slice(line.tokens[3].part.clone()), "\"in bound\"");
        assert_eq!(line.tokens[3].halves(), ("in bound", None), "a name in quotes has no channel");
    }

    #[test]
    fn a_queue_and_its_channel_part_at_the_last_slash() {
        let line = Line::read(1, r#"  "a/b"/chat"#).unwrap();
        assert_eq!(line.tokens[0].halves(), ("a/b", Some("chat")));
        assert!(line.is_indented());
    }

    #[test]
    fn quotes_that_do_not_end_are_shown_from_where_they_began() {
        assert_eq!(Line::read(1, "a b\"c d").unwrap_err().part, 3..7);
    }
}
