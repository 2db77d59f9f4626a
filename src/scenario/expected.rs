//! The values of checks: how they are written, and when a figure meets them.
//!
//! Counts and sums are exact. A ratio or a mean is compared to the digits that are written, but a whole number means exactly that.
//! Minimum, maximum and percentiles come from a histogram and are met within 1 %.

use serde_json::Value;

use super::times::Times;
use crate::time::{EventTime, Span};

/// A value that is absent.
const NONE: &str = "none";
/// What a minimum, a maximum or a percentile may be off by, of the value.
const WITHIN: f64 = 0.01;
/// Half of the smallest difference that reports tell apart, in seconds.
const HALF_A_MILLISECOND: f64 = 0.000_5;
/// The digits after the point that a ratio is written with, unless it needs more.
const DIGITS: usize = 4;
const DIGITS_MAX: usize = 12;
/// The digits after the point of seconds.
const MILLISECONDS: usize = 3;

/// What a figure is, and so how it is written and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A whole number.
    Count,
    /// Seconds, exact to the millisecond.
    Seconds,
    /// Seconds within 1 %.
    About,
    /// Seconds, as many digits as are written.
    Mean,
    /// A quotient or a score, as many digits as are written.
    Ratio,
    /// One word.
    Word,
    /// A moment.
    Moment,
}

/// What a check expects.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    /// As typed.
    pub written: String,
    want: Want,
}

#[derive(Clone, Debug, PartialEq)]
enum Want {
    None,
    Number { value: f64, digits: usize },
    Span(Span),
    Word,
    Moment(EventTime),
}

impl Kind {
    /// The kind of the figure at the end of this way, which is `empty` where nothing happened.
    pub fn of(keys: &[String], empty: &Value) -> Self {
        // An agent's state in a queue; the last key is the name of the queue.
        if matches!(keys, [.., agents_now, queues, _] if agents_now == "now" && queues == "queues") {
            return Self::Word;
        }
        if matches!(keys, [.., now, open] if now == "now" && open == "open") {
            return Self::Word;
        }
        match keys.last().map_or("", String::as_str) {
            "ratio" | "score" | "low" | "high" => Self::Ratio,
            "mean" => Self::Mean,
            "min" | "max" | "p50" | "p90" | "p95" | "p99" => Self::About,
            "state" => Self::Word,
            "last_event" => Self::Moment,
            _ if empty.is_i64() || empty.is_u64() => Self::Count,
            _ if empty.is_string() => Self::Word,
            _ => Self::Seconds,
        }
    }

    /// What a value of this kind looks like.
    const fn right(self) -> &'static str {
        match self {
            Self::Count => "a whole number, such as 2",
            Self::Seconds | Self::About | Self::Mean => "seconds, such as 35, 12.5 or 2m, or none",
            Self::Ratio => "a share such as 0.8, or none",
            Self::Word => "one word, or none",
            Self::Moment => "a time, such as 02:10, or none",
        }
    }

    const fn is_seconds(self) -> bool {
        matches!(self, Self::Seconds | Self::About | Self::Mean)
    }
}

impl Expected {
    /// Reads a value for a figure of this kind; the error is what is wrong, and what would be right.
    pub fn read(text: &str, kind: Kind, times: &Times) -> Result<Self, (String, String)> {
        let want = match kind {
            Kind::Count if text == NONE => return Err(("a count is never absent".to_owned(), "write 0".to_owned())),
            _ if text == NONE => Some(Want::None),
            Kind::Word => Some(Want::Word),
            Kind::Moment => times.moment(text, 0..0).ok().map(Want::Moment),
            _ => number(text, kind).or_else(|| span(text).filter(|_| kind.is_seconds())),
        };
        let wrong = || (format!("`{text}` is not a value of this figure"), right(text, kind));
        Ok(Self { written: text.to_owned(), want: want.ok_or_else(wrong)? })
    }

    /// Whether a figure is as expected.
    pub fn meets(&self, got: &Value, kind: Kind) -> bool {
        match &self.want {
            Want::None => got.is_null(),
            Want::Word => {
                got.as_str() == Some(&self.written) || got.as_bool().is_some_and(|is| is.to_string() == self.written)
            }
            Want::Moment(at) => got.as_str().and_then(EventTime::parse) == Some(*at),
            Want::Span(span) => got.as_f64().is_some_and(|got| meets(got, span.as_seconds(), MILLISECONDS, kind)),
            Want::Number { value, digits } => got.as_f64().is_some_and(|got| meets(got, *value, *digits, kind)),
        }
    }

    /// A figure written as the expected value is.
    pub fn rewritten(&self, got: &Value, kind: Kind) -> String {
        let span = got.as_f64().filter(|_| matches!(self.want, Want::Span(_))).map(|seconds| (seconds * 1e3).round());
        span.map_or_else(|| written(got, kind), |ms| Span::from_millis(ms as i64).to_string())
    }
}

fn meets(got: f64, want: f64, digits: usize, kind: Kind) -> bool {
    let slack = match kind {
        Kind::About => want.abs() * WITHIN + HALF_A_MILLISECOND,
        Kind::Ratio | Kind::Mean if want.fract() != 0.0 => 0.5 * 0.1_f64.powi(digits.min(DIGITS_MAX) as i32) + 1e-12,
        Kind::Ratio => 1e-12,
        _ => HALF_A_MILLISECOND,
    };
    (got - want).abs() <= slack
}

fn number(text: &str, kind: Kind) -> Option<Want> {
    let (whole, fraction) = text.trim_start_matches('-').split_once('.').unwrap_or((text.trim_start_matches('-'), "0"));
    let is_number = [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let digits = if text.contains('.') { fraction.len() } else { 0 };
    let fits = is_number && (kind != Kind::Count || digits == 0);
    fits.then(|| text.parse().ok()).flatten().map(|value| Want::Number { value, digits })
}

fn span(text: &str) -> Option<Want> {
    text.parse().ok().map(Want::Span)
}

fn right(text: &str, kind: Kind) -> String {
    let percent = text.strip_suffix('%').and_then(|percent| percent.parse::<f64>().ok());
    match percent.filter(|_| kind == Kind::Ratio) {
        Some(percent) => format!("write {} for {text}", percent / 100.0),
        None => kind.right().to_owned(),
    }
}

/// A figure as a supervisor writes it.
pub(super) fn written(got: &Value, kind: Kind) -> String {
    match got {
        Value::Null => NONE.to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) if number.is_f64() => decimals(number.as_f64().unwrap_or_default(), kind),
        other => other.to_string(),
    }
}

/// With as few digits as are met by the number: at least one of a ratio, none of whole seconds.
fn decimals(value: f64, kind: Kind) -> String {
    let first = match kind {
        Kind::Ratio => DIGITS,
        Kind::About => 0,
        _ => MILLISECONDS,
    };
    let tells = |text: &String| text.parse::<f64>().is_ok_and(|want| meets(value, want, digits_of(text), kind));
    let mut all = (first..=DIGITS_MAX).map(|digits| format!("{value:.digits$}"));
    let text = all.clone().find(tells).or_else(|| all.next_back()).unwrap_or_default();
    let short = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if kind == Kind::Ratio && !short.contains('.') { format!("{short}.0") } else { short.to_owned() }
}

fn digits_of(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn times() -> Times {
        Times { day: "2026-03-02".parse().unwrap(), zone: jiff::tz::TimeZone::UTC }
    }

    fn is_met(text: &str, kind: Kind, got: Value) -> bool {
        Expected::read(text, kind, &times()).unwrap().meets(&got, kind)
    }

    #[test]
    fn counts_and_sums_are_exact() {
        assert!(is_met("2", Kind::Count, json!(2)) && !is_met("2", Kind::Count, json!(3)));
        assert!(is_met("40.774", Kind::Seconds, json!(40.774)) && !is_met("40.77", Kind::Seconds, json!(40.774)));
        assert!(is_met("2m", Kind::Seconds, json!(120.0)) && is_met("1500ms", Kind::Seconds, json!(1.5)));
        assert!(is_met("none", Kind::Seconds, Value::Null) && !is_met("0", Kind::Seconds, Value::Null));
    }

    #[test]
    fn a_ratio_is_compared_to_the_digits_that_are_written_and_a_whole_one_exactly() {
        assert!(is_met("0.8333", Kind::Ratio, json!(5.0 / 6.0)) && is_met("0.83", Kind::Ratio, json!(5.0 / 6.0)));
        assert!(!is_met("0.834", Kind::Ratio, json!(5.0 / 6.0)));
        assert!(!is_met("1.0", Kind::Ratio, json!(0.96)) && !is_met("0", Kind::Ratio, json!(0.04)));
    }

    #[test]
    fn percentiles_are_met_within_one_percent() {
        assert!(is_met("12", Kind::About, json!(12.03)) && !is_met("12", Kind::About, json!(12.2)));
    }

    #[test]
    fn what_is_no_value_of_its_figure_is_refused() {
        let wrong = |text, kind| Expected::read(text, kind, &times()).unwrap_err().1;
        assert_eq!(wrong("80%", Kind::Ratio), "write 0.8 for 80%");
        assert_eq!(wrong("none", Kind::Count), "write 0");
        for text in ["1.5", "-", "two", "1e3", "5s", ".5", ""] {
            assert_eq!(wrong(text, Kind::Count), "a whole number, such as 2", "{text}");
        }
    }

    #[test]
    fn what_is_written_for_a_figure_is_met_by_it() {
        for (kind, got, text) in [
            (Kind::Ratio, json!(5.0 / 6.0), "0.8333"),
            (Kind::Ratio, json!(1.0), "1.0"),
            (Kind::Ratio, json!(0.00001), "0.00001"),
            (Kind::Seconds, json!(35.0), "35"),
            (Kind::Mean, json!(40.0 / 3.0), "13.333"),
            (Kind::About, json!(34.943), "35"),
            (Kind::About, json!(100.3), "100"),
            (Kind::About, json!(0.25), "0.25"),
            (Kind::Count, json!(7), "7"),
            (Kind::Mean, Value::Null, "none"),
        ] {
            assert_eq!(written(&got, kind), text);
            assert!(is_met(text, kind, got), "{text}");
        }
        let span = Expected::read("2m", Kind::Seconds, &times()).unwrap();
        assert_eq!(span.rewritten(&json!(35.5), Kind::Seconds), "35500ms");
    }
}
