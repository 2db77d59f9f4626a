//! The KPIs: one a file, its formula and source in the file's doc, computed from a tally.
//!
//! **Rules for all.** Sums before ratios: a ratio is a numerator and a denominator until it is shown, a duration is a
//! distribution, so partitions and queues merge exactly. Empty is absent: a ratio over nothing has no value.
//!
//! **To add one**: a file here, its line in the list of its [`Group`] or in [`AGENT`], and, where nothing books it yet, a measure. Reports and metrics follow from the lists.

mod abandonment;
mod adopted;
mod agent_time;
mod agents;
mod answered;
mod better;
mod blocked;
mod books;
mod callbacks;
mod ces;
mod chat;
mod closed;
mod complaints;
mod concurrency;
mod created;
mod csat;
mod customer_wait;
mod cx_rating;
mod distribution;
mod escalated;
mod estimated_wait;
mod expired;
mod first_response;
mod flowed_out;
mod group;
mod handle_time;
mod missed_alerts;
mod moves;
mod now;
mod nps;
mod occupancy;
mod offered;
mod quality;
mod reopened;
mod reply_time;
mod resolution_time;
mod resolved;
mod score;
pub mod service_level;
mod sla_attainment;
mod speed_of_answer;
mod state_seconds;
mod surveys;
mod transfer_rate;
mod utilization;
mod volume;
mod wilson;

pub use agent_time::{TimeFigure, TimeKpi, TimeShare};
pub use agents::{AgentNow, ByState, Floor, Seen, States};
pub use better::better;
pub use books::books_drift;
pub use complaints::{COMPLAINT_WINDOWS, COMPLAINTS};
pub use distribution::Distribution;
pub use estimated_wait::{RECENT, Recent, Staffed, estimated_wait};
pub use group::{Group, Groups};
pub use now::{AGES, NOW, Now, NowFigure, NowKpi, NowParts, PriorityNow, PromiseNow, TicketsNow};
pub use nps::Nps;
pub use score::{Score, Share};
pub use sla_attainment::attainment_by;
pub use state_seconds::by_state;

use crate::event::SurveyKind;
use crate::window::{Field, Parts, Tally};

/// One KPI: its name in reports and metrics, and how it reads a tally.
#[derive(Debug)]
pub struct Kpi {
    /// The name in reports and, prefixed, in metrics.
    pub name: &'static str,
    /// One sentence for people.
    pub help: &'static str,
    /// Its value over what a tally holds.
    pub read: fn(&Tally) -> Figure<'_>,
}

/// The value of a KPI. It is read without taking memory: what it has many of stays in the tally.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure<'a> {
    /// How many.
    Count(i64),
    /// How many, by the values of a dimension.
    CountBy {
        /// The name of the dimension.
        dimension: &'static str,
        /// How many of each.
        values: Words<'a>,
    },
    /// Two sums and their quotient.
    Ratio(Ratio),
    /// Two sums and their quotient, by the values of a dimension as well.
    RatioBy {
        /// Over all values.
        whole: Ratio,
        /// The name of the dimension.
        dimension: &'static str,
        /// Those of each value.
        values: [(&'static str, Ratio); SURVEY_KINDS],
    },
    /// Met of counted, under each preset.
    ServiceLevel {
        /// Each queue under its own preset.
        configured: Ratio,
        /// From which every preset can be read.
        classes: service_level::Classes,
    },
    /// Durations.
    Distribution(Distribution<'a>),
    /// Durations, by the values of dimensions as well.
    DistributionBy {
        /// All of them, in calendar time.
        whole: Distribution<'a>,
        /// Those of each value of each dimension: attempts, and clocks.
        parts: [Option<Part<'a>>; 4],
    },
    /// What people gave.
    Score(Score),
    /// Promoters less detractors.
    Nps(Nps),
}

/// How many, by the words of a closed set; those that there are any of.
#[derive(Clone, Debug)]
pub struct Words<'a> {
    parts: Parts<'a>,
    word: fn(usize) -> &'static str,
}

/// Durations of one value of a dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Part<'a> {
    /// The name of the dimension.
    pub dimension: &'static str,
    /// The value.
    pub value: &'static str,
    /// Its durations.
    pub durations: Distribution<'a>,
}

/// The kinds of surveys, with the one of those that tell none.
const SURVEY_KINDS: usize = SurveyKind::ALL.len() + 1;

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

impl Words<'_> {
    /// Each word, and how many.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, i64)> {
        self.parts.clone().map(|(part, count)| ((self.word)(usize::from(part)), count))
    }

    /// All of them together.
    pub fn total(&self) -> i64 {
        self.parts.clone().map(|(_, count)| count).sum()
    }
}

impl PartialEq for Words<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Figure<'_> {
    /// Whether there is nothing to show.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Count(count) => *count == 0,
            Self::CountBy { values, .. } => values.iter().all(|(_, count)| count == 0),
            Self::Ratio(ratio) => *ratio == Ratio::default(),
            Self::RatioBy { whole, values, .. } => {
                *whole == Ratio::default() && values.iter().all(|(_, ratio)| *ratio == Ratio::default())
            }
            Self::ServiceLevel { classes, .. } => *classes == service_level::Classes::default(),
            Self::Distribution(whole) | Self::DistributionBy { whole, .. } => whole.count == 0,
            Self::Score(score) => score.count == 0,
            Self::Nps(nps) => nps.count() == 0,
        }
    }
}

/// The KPIs of a queue and channel about demand of every kind.
pub const DEMAND: &[&Kpi] = &[&volume::VOLUME];

/// Those about contacts.
pub const CONTACTS: &[&Kpi] = &[
    &offered::OFFERED,
    &adopted::ADOPTED,
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
    &callbacks::WAIT,
];

/// Those about contacts with messages.
pub const CHATS: &[&Kpi] = &chat::ALL;

/// Those about tickets.
pub const TICKETS: &[&Kpi] = &[
    &created::CREATED,
    &resolved::RESOLVED,
    &reopened::REOPENED,
    &closed::CLOSED,
    &closed::DELETED,
    &escalated::ESCALATED,
    &first_response::RESOLVED_UNREPLIED,
    &moves::OPENED_BEFORE,
    &moves::MOVED_IN,
    &moves::MOVED_OUT,
    &moves::DELETED_OPEN,
    &moves::TICKETS_EXPIRED,
    &resolved::RESOLUTION_RATE,
    &first_response::RESPONSE_RATE,
    &resolved::REPLIES_PER_RESOLUTION,
    &escalated::ESCALATION_RATE,
    &reopened::REOPEN_RATE,
    &first_response::FIRST_RESPONSE_TIME,
    &reply_time::REPLY_TIME,
    &resolution_time::RESOLUTION_TIME,
];

/// Those about what customers and reviewers say of either.
pub const SURVEYS: &[&Kpi] = &[
    &surveys::SURVEYS_SENT,
    &surveys::SURVEY_RESPONSE_RATE,
    &csat::CSAT,
    &nps::NPS,
    &ces::CES,
    &cx_rating::CX_RATING,
    &quality::QUALITY_SCORE,
    &quality::REVIEW_COVERAGE,
];

/// Those about what was promised of either.
pub const PROMISES: &[&Kpi] = &[&sla_attainment::SLA_ATTAINMENT, &sla_attainment::BREACH_REVERSED];

/// All KPIs of a queue and channel.
pub const QUEUE: &[&Kpi] = &joined::<KPIS>(LISTS);

const LISTS: [&[&Kpi]; 6] = [CONTACTS, CHATS, DEMAND, TICKETS, SURVEYS, PROMISES];
const KPIS: usize = CONTACTS.len() + CHATS.len() + DEMAND.len() + TICKETS.len() + SURVEYS.len() + PROMISES.len();

/// The KPIs of an agent.
pub const AGENT: &[&Kpi] = &[
    &answered::ANSWERED,
    &missed_alerts::MISSED_ALERTS,
    &handle_time::HANDLE_TIME,
    &resolved::RESOLVED,
    &first_response::FIRST_RESPONSE_TIME,
    &resolved::AGENT_RESOLUTION_RATE,
    &csat::CSAT,
    &nps::NPS,
    &ces::CES,
    &cx_rating::CX_RATING,
    &quality::QUALITY_SCORE,
];

/// The KPIs of an agent's time.
pub const AGENT_TIME: &[&TimeKpi] = &[
    &state_seconds::STATE_SECONDS,
    &occupancy::OCCUPANCY,
    &concurrency::CONCURRENCY,
    &concurrency::SLOT_USE,
    &utilization::UTILIZATION,
];

/// The lists one after the other; `N` is the sum of their lengths.
const fn joined<const N: usize>(lists: [&[&'static Kpi]; 6]) -> [&'static Kpi; N] {
    let mut all = [lists[0][0]; N];
    let (mut list, mut place, mut filled) = (0, 0, 0);
    while filled < N {
        if place == lists[list].len() {
            (list, place) = (list + 1, 0);
        } else {
            all[filled] = lists[list][place];
            (place, filled) = (place + 1, filled + 1);
        }
    }
    all
}

fn count(tally: &Tally, field: Field) -> Figure<'static> {
    Figure::Count(tally.count(field))
}

fn distribution(tally: &Tally, field: Field) -> Figure<'_> {
    Figure::Distribution(Distribution::of(tally, field))
}

/// Durations in calendar time, and those of them in the hours of queues that have any.
fn distribution_by_clock(tally: &Tally, field: Field, business: Field) -> Figure<'_> {
    let business = Part { dimension: "clock", value: "business", durations: Distribution::of(tally, business) };
    Figure::DistributionBy { whole: Distribution::of(tally, field), parts: [Some(business), None, None, None] }
}

/// How many, by the words of a closed set.
fn count_by<'a>(
    tally: &'a Tally,
    field: Field,
    dimension: &'static str,
    word: fn(usize) -> &'static str,
) -> Figure<'a> {
    Figure::CountBy { dimension, values: Words { parts: tally.parts(field), word } }
}

/// A tally that holds these.
#[cfg(test)]
fn booked(measures: &[crate::measure::Measure]) -> Tally {
    use crate::window::{Cells, Level};

    let mut tally = Tally::default();
    measures.iter().for_each(|measure| tally.book(measure, Level::default(), 1));
    tally
}
