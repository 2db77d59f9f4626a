//! The KPIs: one a file, its formula and source in the file's doc, computed from a tally.
//!
//! **Rules for all.** Sums before ratios: a ratio is a numerator and a denominator until it is shown, a duration is a
//! distribution, so partitions and queues merge exactly. Empty is absent: a ratio over nothing has no value.
//!
//! **To add one**: a file here, its line in [`QUEUE`] or [`AGENT`], and, where nothing books it yet, a measure. Reports and
//! metrics follow from the list.

mod abandonment;
mod adopted;
mod answered;
mod blocked;
mod callbacks;
mod chat;
mod customer_wait;
mod distribution;
mod expired;
mod flowed_out;
mod handle_time;
mod missed_alerts;
mod now;
mod offered;
pub mod service_level;
mod speed_of_answer;
mod transfer_rate;
mod volume;

pub use distribution::Distribution;
pub use now::{NOW, Now, NowFigure, NowKpi};

use crate::window::{Field, Tally};

/// One KPI: its name in reports and metrics, and how it reads a tally.
#[derive(Debug)]
pub struct Kpi {
    /// The name in reports and, prefixed, in metrics.
    pub name: &'static str,
    /// One sentence for people.
    pub help: &'static str,
    /// Its value over what a tally holds.
    pub read: fn(&Tally) -> Figure,
}

impl Kpi {
    /// Whether contacts on this channel can have it; others have it only once they do.
    pub fn fits(&self, channel: &str) -> bool {
        !chat::ALL.iter().any(|own| own.name == self.name) || !["voice", "email"].contains(&channel)
    }
}

/// The value of a KPI.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// How many.
    Count(i64),
    /// How many, by the values of a dimension.
    CountBy {
        /// The name of the dimension.
        dimension: &'static str,
        /// How many of each.
        values: Vec<(&'static str, i64)>,
    },
    /// Two sums and their quotient.
    Ratio(Ratio),
    /// Met of counted, under each preset.
    ServiceLevel {
        /// Each queue under its own preset.
        configured: Ratio,
        /// From which every preset can be read.
        classes: service_level::Classes,
    },
    /// Durations.
    Distribution(Distribution),
}

/// Two sums, and their quotient where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// What is counted.
    pub numerator: i64,
    /// What it is counted of.
    pub denominator: i64,
}

impl Ratio {
    /// The quotient; `None` of nothing.
    pub fn value(self) -> Option<f64> {
        (self.denominator != 0).then(|| self.numerator as f64 / self.denominator as f64)
    }
}

impl Figure {
    /// Whether there is nothing to show.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::CountBy { values, .. } => values.iter().all(|(_, count)| *count == 0),
            Self::Ratio(ratio) => *ratio == Ratio::default(),
            Self::ServiceLevel { classes, .. } => *classes == service_level::Classes::default(),
            Self::Distribution(distribution) => distribution.count == 0,
        }
    }
}

/// The KPIs of a queue and channel.
pub const QUEUE: &[&Kpi] = &[
    &offered::OFFERED,
    &adopted::ADOPTED,
    &volume::VOLUME,
    &answered::ANSWERED,
    &abandonment::ABANDONED,
    &abandonment::SHORT_ABANDONED,
    &flowed_out::FLOWED_OUT,
    &blocked::BLOCKED,
    &transfer_rate::TRANSFERRED,
    &missed_alerts::MISSED_ALERTS,
    &callbacks::REQUESTED,
    &callbacks::ATTEMPTED,
    &expired::EXPIRED,
    &handle_time::WRAP_TIMEOUT,
    &service_level::SERVICE_LEVEL,
    &abandonment::ABANDONMENT_RATE,
    &blocked::BLOCKAGE_RATE,
    &transfer_rate::TRANSFER_RATE,
    &callbacks::SUCCESS,
    &speed_of_answer::SPEED_OF_ANSWER,
    &customer_wait::CUSTOMER_WAIT,
    &abandonment::TIME_TO_ABANDON,
    &handle_time::HANDLE_TIME,
    &handle_time::TALK_TIME,
    &handle_time::HOLD_TIME,
    &handle_time::AFTER_CONTACT_TIME,
    chat::ALL[0],
    chat::ALL[1],
    &callbacks::WAIT,
];

/// The KPIs of an agent.
pub const AGENT: &[&Kpi] = &[&answered::ANSWERED, &missed_alerts::MISSED_ALERTS, &handle_time::HANDLE_TIME];

/// What came in less what became of it, those who wait aside: 0 unless a booking is missing.
///
/// `offered + adopted = answered + abandoned + flowed_out + expired + waiting`, expired talks not counted.
pub fn books_drift(tally: &Tally, waiting: i64) -> i64 {
    let came = tally.count(Field::Offered) + tally.count(Field::Adopted);
    let left = [Field::Answered, Field::Abandoned, Field::StayExpired, Field::Disowned].map(|field| tally.count(field));
    came - left.iter().sum::<i64>() - tally.total(Field::FlowedOut) - waiting
}

fn count(tally: &Tally, field: Field) -> Figure {
    Figure::Count(tally.count(field))
}

fn distribution(tally: &Tally, field: Field) -> Figure {
    Figure::Distribution(Distribution::of(tally, field))
}

/// How many, by the words of a closed set.
fn count_by(tally: &Tally, field: Field, dimension: &'static str, word: fn(usize) -> &'static str) -> Figure {
    let values = tally.parts(field).map(|(part, count)| (word(usize::from(part)), count)).collect();
    Figure::CountBy { dimension, values }
}
