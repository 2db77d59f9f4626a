//! Rule files of Prometheus, as text.

use std::fmt::Write;

use super::{Alert, CONTACT_CENTRE, Group, Half, Owner, Recording, Rule};
use crate::time::Span;

/// A comment is broken before it is longer.
const WIDTH: usize = 118;

/// A rule file of these groups.
pub(super) fn file<'g>(half: Option<Half>, groups: impl Iterator<Item = &'g Group>) -> String {
    let command = half.map_or_else(String::new, |half| format!(" --only {}", half.name()));
    let mut text = format!("# Written by `contactpulse rules{command}`; change the config and write it again.\n#\n");
    let abouts = [Half::ContactCentre, Half::Platform].into_iter().filter(|own| half.is_none_or(|half| half == *own));
    abouts.for_each(|half| comment(half.about(), "", &mut text));
    text.push_str("groups:\n");
    for (place, group) in groups.enumerate() {
        text.push_str(if place > 0 { "\n" } else { "" });
        writeln!(text, "  - name: {}\n    rules:", group.name).expect("writing to a string");
        group.rules.iter().enumerate().for_each(|(place, rule)| write_rule(rule, place == 0, &mut text));
    }
    text
}

impl Half {
    const fn about(self) -> &'static str {
        match self {
            Self::ContactCentre => super::centre::ABOUT,
            Self::Platform => super::platform::ABOUT,
        }
    }
}

fn write_rule(rule: &Rule, is_first: bool, text: &mut String) {
    text.push_str(if is_first { "" } else { "\n" });
    match rule {
        Rule::Recording(recording) => write_recording(recording, text),
        Rule::Alert(alert) => write_alert(alert, text),
    }
}

fn write_recording(recording: &Recording, text: &mut String) {
    comment(recording.why, "      ", text);
    line(text, "      - record: ", recording.record);
    write_promql(&recording.promql, text);
    if let Some(window) = &recording.window {
        line(text, "        labels:\n          window: ", window);
    }
}

fn write_alert(alert: &Alert, text: &mut String) {
    comment(alert.why, "      ", text);
    line(text, "      - alert: ", alert.name);
    write_promql(&alert.promql(), text);
    for (key, span) in [("for", alert.hold), ("keep_firing_for", alert.keep)] {
        if span > Span::ZERO {
            line(text, &format!("        {key}: "), &super::figure::in_prometheus(span));
        }
    }
    text.push_str("        labels:\n");
    line(text, "          severity: ", alert.severity.name());
    line(text, "          owner: ", &quoted(&owner(&alert.owner)));
    alert.labels.iter().for_each(|(label, value)| line(text, &format!("          {label}: "), &quoted(value)));
    text.push_str("        annotations:\n");
    let section = format!("deploy/RUNBOOK.md#{}", alert.name.to_lowercase());
    let runbook = alert.runbook.as_deref().unwrap_or(&section);
    for (name, value) in [("summary", &*alert.summary), ("description", &alert.description), ("runbook", runbook)] {
        line(text, &format!("          {name}: "), &quoted(value));
    }
}

/// The owner of the queue is a label of what the condition gives.
fn owner(owner: &Owner) -> String {
    match owner {
        Owner::Named(name) => (*name).to_owned(),
        Owner::Queue | Owner::Target { .. } => {
            format!("{{{{ with $labels.owner }}}}{{{{ . }}}}{{{{ else }}}}{CONTACT_CENTRE}{{{{ end }}}}")
        }
    }
}

fn write_promql(promql: &str, text: &mut String) {
    if !promql.contains('\n') && !promql.contains(": ") && !promql.contains(" #") {
        return line(text, "        expr: ", promql);
    }
    text.push_str("        expr: |-\n");
    promql.lines().for_each(|part| line(text, "          ", part));
}

fn line(text: &mut String, before: &str, value: &str) {
    writeln!(text, "{before}{value}").expect("writing to a string");
}

/// A scalar: as it is where nothing in it means anything to YAML, else in double quotes, which read what JSON writes.
pub(super) fn quoted(value: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./#+".contains(c);
    let begins_as_a_word = value.starts_with(|c: char| c.is_ascii_alphabetic());
    let is_word = !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&&*value.to_lowercase());
    if begins_as_a_word && is_word && value.chars().all(is_plain) {
        value.to_owned()
    } else {
        serde_json::Value::from(value).to_string()
    }
}

/// A comment, broken into lines; an empty line in it is one.
pub(super) fn comment(words: &str, indent: &str, text: &mut String) {
    for paragraph in words.split('\n').filter(|_| !words.is_empty()) {
        let mut length = 0;
        for word in paragraph.split(' ') {
            if length > 0 && length + 1 + word.len() > WIDTH {
                text.push('\n');
                length = 0;
            }
            if length == 0 {
                write!(text, "{indent}#").expect("writing to a string");
                length = indent.len() + 1;
            }
            if !word.is_empty() {
                write!(text, " {word}").expect("writing to a string");
                length += 1 + word.len();
            }
        }
        text.push('\n');
    }
}
