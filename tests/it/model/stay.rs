//! One contact in one queue once, and what that counts for.

use super::Settings;
use super::contact::Pair;

pub struct Stay {
    pub pair: Pair,
    pub since: i64,
    pub end: Option<(i64, Exit)>,
}

/// How a stay ended.
pub enum Exit {
    Answered,
    Abandoned,
    FlowedOut { cause: String, by_overflow: bool },
    Expired,
}

impl Stay {
    /// What it counts for at `t`: when, what, and how long. The letters are those of KPIS.md; `past` is A+, B+, F+ or w.
    pub fn counts(&self, settings: &Settings, t: i64) -> Vec<(i64, &str, i64)> {
        let limit = self.since + settings.threshold_of(&self.pair.0);
        let left = self.end.as_ref().map_or(t, |(at, _)| *at);
        let (wait, within) = (left - self.since, left <= limit);
        let short = 0 < settings.short_abandon && wait <= settings.short_abandon;
        let mut counts = vec![(self.since, "offered", 0)];
        counts.extend((!within).then_some((limit, "past", 0)));
        match &self.end {
            None => {}
            Some((at, Exit::Answered)) => {
                counts.extend([(*at, "answered", 0), (*at, "speed_of_answer", wait)]);
                counts.extend(within.then_some((*at, "a", 0)));
            }
            Some((at, Exit::Abandoned)) => {
                counts.extend([(*at, "abandoned", 0), (*at, "time_to_abandon", wait)]);
                counts.extend(short.then_some((*at, "short_abandoned", 0)));
                counts.extend((within && !short).then_some((*at, "b", 0)));
            }
            Some((at, Exit::FlowedOut { cause, .. })) => {
                counts.extend([(*at, "flowed_out", 0), (*at, cause.as_str(), 0)]);
                counts.extend(within.then_some((*at, "f", 0)));
                counts.extend((within && cause == "callback").then_some((*at, "c", 0)));
            }
            Some((at, Exit::Expired)) => counts.push((*at, "expired", 0)),
        }
        counts
    }
}
