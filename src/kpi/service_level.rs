//! `service_level`: the share of contacts that got through within the threshold T.
//!
//! Each stay falls in one class, booked at *decision time*: at the answer, at the hang-up, at the flow-out, or when T passes with
//! the contact still waiting. A queue with forty callers past their threshold must not read 100 %. T is inclusive.
//!
//! | class | | booked |
//! |---|---|---|
//! | `a` | answered within T | answer |
//! | `s`, `b` | abandoned short, or within T | hang-up |
//! | `f`, `c` | flowed out within T; `c` of these to a callback | flow-out |
//! | past | anything that passes T, however it ends | queued + T |
//!
//! | preset | met / counted |
//! |---|---|
//! | `standard` | a / (a + b + past) |
//! | `abandons_count_against` (Cisco "negative") | a / (a + b + s + past) |
//! | `abandons_within_threshold_ignored` (Cisco "ignore") | a / (a + past) |
//! | `abandons_within_threshold_met` (Cisco "positive", Asterisk SL2) | (a + b + s) / (a + b + s + past) |
//! | `removed_from_queue` (Amazon Connect) | (a + b + s + c) / (a + b + s + f + past) |
//! | `answered_only` (Asterisk SL) | a / answered, booked at the answer |

use super::{Figure, Kpi, Ratio};
use crate::measure::{Measure, Patience};
use crate::rules::Preset;
use crate::window::{Field, Level, Tally};

pub(super) const SERVICE_LEVEL: Kpi = Kpi {
    name: "service_level",
    help: "Contacts that met the threshold, of those that count.",
    read: |tally| Figure::ServiceLevel { configured: configured(tally), classes: Classes::of(tally) },
};

/// Met and counted, each queue under its own preset.
fn configured(tally: &Tally) -> Ratio {
    Ratio { numerator: tally.count(Field::LevelMet), denominator: tally.count(Field::LevelCounted) }
}

/// Whether a measure may add anything, whatever the preset.
pub const fn decides(measure: &Measure) -> bool {
    matches!(
        measure,
        Measure::Answered { .. } | Measure::Abandoned { .. } | Measure::FlowedOut { .. } | Measure::PastThreshold
    )
}

/// What one measure adds under a preset.
pub fn level(measure: &Measure, preset: Preset) -> Level {
    let ratio = Classes::of_measure(measure).ratio(preset);
    Level { met: ratio.numerator > 0, counted: ratio.denominator > 0 }
}

/// How many stays fell in each class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Classes {
    answered: i64,
    answered_within: i64,
    abandoned_short: i64,
    abandoned_within: i64,
    flowed_out_within: i64,
    callback_within: i64,
    past: i64,
}

impl Classes {
    /// The classes that a tally holds.
    pub fn of(tally: &Tally) -> Self {
        Self {
            answered: tally.count(Field::Answered),
            answered_within: tally.count(Field::AnsweredWithin),
            abandoned_short: tally.count(Field::AbandonedShort),
            abandoned_within: tally.count(Field::AbandonedWithin),
            flowed_out_within: tally.count(Field::FlowedOutWithin),
            callback_within: tally.count(Field::CallbackWithin),
            past: tally.count(Field::PastThreshold),
        }
    }

    /// The class that one measure adds to, if it decides anything.
    pub fn of_measure(measure: &Measure) -> Self {
        let mut classes = Self::default();
        match *measure {
            Measure::Answered { within, .. } => {
                classes.answered = 1;
                classes.answered_within = i64::from(within);
            }
            Measure::Abandoned { patience: Patience::Short, .. } => classes.abandoned_short = 1,
            Measure::Abandoned { patience: Patience::Within, .. } => classes.abandoned_within = 1,
            Measure::FlowedOut { within: true, cause: crate::event::FlowCause::Callback, .. } => {
                classes.callback_within = 1;
            }
            Measure::FlowedOut { within: true, .. } => classes.flowed_out_within = 1,
            Measure::PastThreshold => classes.past = 1,
            _ => {}
        }
        classes
    }

    /// Met (numerator) and counted (denominator) under a preset.
    pub fn ratio(&self, preset: Preset) -> Ratio {
        let met = self.answered_within;
        let abandoned = self.abandoned_within + self.abandoned_short;
        let left_within = met + abandoned + self.callback_within;
        let (numerator, denominator) = match preset {
            Preset::Standard => (met, met + self.abandoned_within + self.past),
            Preset::AbandonsCountAgainst => (met, met + abandoned + self.past),
            Preset::AbandonsWithinThresholdIgnored => (met, met + self.past),
            Preset::AbandonsWithinThresholdMet => (met + abandoned, met + abandoned + self.past),
            Preset::RemovedFromQueue => (left_within, left_within + self.flowed_out_within + self.past),
            Preset::AnsweredOnly => (met, self.answered),
        };
        Ratio { numerator, denominator }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(classes: &Classes, preset: Preset) -> f64 {
        (classes.ratio(preset).value().unwrap() * 1e6).round() / 1e6
    }

    #[test]
    fn the_same_hour_reads_as_the_table_says() {
        let hour = Classes {
            answered: 1_000,
            answered_within: 860,
            abandoned_short: 10,
            abandoned_within: 10,
            past: 140 + 40,
            ..Classes::default()
        };
        let read = Preset::ALL.map(|preset| level(&hour, preset));
        assert_eq!(read, [0.819_048, 0.811_321, 0.826_923, 0.830_189, 0.830_189, 0.86]);
    }

    #[test]
    fn cisco_reads_its_own_example() {
        // 100 counted: 70 answered within, 10 abandoned within, 20 past the threshold.
        let example =
            Classes { answered: 90, answered_within: 70, abandoned_within: 10, past: 20, ..Classes::default() };
        assert_eq!(level(&example, Preset::AbandonsWithinThresholdIgnored), 0.777_778);
        assert_eq!(level(&example, Preset::AbandonsCountAgainst), 0.7);
        assert_eq!(level(&example, Preset::AbandonsWithinThresholdMet), 0.8);
    }

    #[test]
    fn a_flow_out_within_the_threshold_counts_only_where_removal_does() {
        let measure = |cause| Measure::FlowedOut { cause, within: true };
        let voicemail = Classes::of_measure(&measure(crate::event::FlowCause::Voicemail));
        let callback = Classes::of_measure(&measure(crate::event::FlowCause::Callback));
        assert_eq!(voicemail.ratio(Preset::Standard), Ratio::default());
        assert_eq!(voicemail.ratio(Preset::RemovedFromQueue), Ratio { numerator: 0, denominator: 1 });
        assert_eq!(callback.ratio(Preset::RemovedFromQueue), Ratio { numerator: 1, denominator: 1 });
    }
}
