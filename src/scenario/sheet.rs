//! A file in its parts: the sentence, the settings above, the script below.

use super::line::{Line, RAW};
use super::page::{Page, Wrong};
use super::times;

/// The words that begin a line of settings.
pub(super) const SETTINGS: [&str; 7] = ["day", "queue", "calendar", "sla", "set", "config", "once"];
/// The word that ends the lines that `config` begins.
const END: &str = "end";

/// The parts of a file.
#[derive(Debug, Default)]
pub(super) struct Sheet<'a> {
    /// What the scenario proves.
    pub sentence: String,
    /// Settings, a line each.
    pub settings: Vec<Line<'a>>,
    /// What stands between `config` and `end`: the number of each line and its text.
    pub config: Vec<(usize, &'a str)>,
    /// Events and checks.
    pub script: Vec<Line<'a>>,
}

impl<'a> Sheet<'a> {
    /// Takes a file apart.
    pub fn split(text: &'a str, page: &mut Page<'_>) -> Self {
        let mut sheet = Self::default();
        let text = text.trim_start_matches('\u{feff}');
        let mut lines = (1..).zip(text.lines()).skip_while(|(_, text)| text.trim().is_empty()).peekable();
        sheet.sentence(lines.peek().copied().unwrap_or((1, "")), page);
        while let Some((number, text)) = lines.next() {
            let Some(line) = read(number, text, page) else { continue };
            match line.first() {
                _ if line.tokens.is_empty() => {}
                "config" => sheet.config(&line, &mut lines, page),
                _ => sheet.line(line, page),
            }
        }
        sheet
    }

    fn sentence(&mut self, (number, text): (usize, &str), page: &mut Page<'_>) {
        let sentence = text.trim().strip_prefix('#').map(str::trim).unwrap_or_default();
        if sentence.is_empty() {
            let part = 0..text.chars().count();
            let right = "a scenario begins with it: # A caller who hangs up at once was no lost caller.";
            page.note(number, text, Wrong::new(part, "not the sentence that the scenario proves", right), None);
        }
        sentence.clone_into(&mut self.sentence);
    }

    fn config(&mut self, opened: &Line<'a>, lines: &mut impl Iterator<Item = (usize, &'a str)>, page: &mut Page<'_>) {
        self.check_above(opened, page);
        for (number, text) in lines {
            if text.trim() == END {
                return;
            }
            self.config.push((number, text));
        }
        // Where it was to end nobody knows, so nothing is said about the lines below.
        self.config.clear();
        page.refuse(opened, Wrong::new(opened.whole(), "a `config` without `end`", "put `end` on a line below it"));
    }

    fn line(&mut self, line: Line<'a>, page: &mut Page<'_>) {
        if SETTINGS.contains(&line.first()) && !line.is_indented() {
            self.check_above(&line, page);
            self.settings.push(line);
        } else {
            self.script.push(line);
        }
    }

    /// Settings hold from the beginning, so they stand there.
    fn check_above(&self, line: &Line<'_>, page: &mut Page<'_>) {
        if let Some(first) = self.script.iter().find(|line| is_script(line)) {
            let right = format!("settings stand above the first event, which is in line {}", first.number);
            page.refuse(line, Wrong::new(line.whole(), "a setting below an event", right));
        }
    }
}

fn read<'a>(number: usize, text: &'a str, page: &mut Page<'_>) -> Option<Line<'a>> {
    match Line::read(number, text) {
        Ok(line) => Some(line),
        Err(wrong) => {
            page.note(number, text, wrong, None);
            None
        }
    }
}

/// Whether it is an event or a check, and not a setting with a slip of the pen in it.
fn is_script(line: &Line<'_>) -> bool {
    times::begins(line.first()) || ["at", RAW].contains(&line.first())
}
