//! What the KPIs of agents' time have in common: they are sums of time, and their quotients.

use super::Ratio;
use crate::rules::StateId;
use crate::time::Span;
use crate::window::{Field, Tally};

/// A KPI of an agent's time: its name in reports, and how it reads a tally.
#[derive(Debug)]
pub struct TimeKpi {
    /// The name in reports.
    pub name: &'static str,
    /// One sentence for people.
    pub help: &'static str,
    /// Its value over what a tally holds.
    pub read: fn(&Tally) -> TimeFigure,
}

/// The value of a KPI of an agent's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeFigure {
    /// How long in each state, of those that there was any time in.
    ByState(Vec<(StateId, Span)>),
    /// One sum of time as a share of another.
    Share(TimeShare),
}

/// Two sums of time, and their quotient where there is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeShare {
    /// What is counted.
    pub numerator: Span,
    /// What it is counted of.
    pub denominator: Span,
}

impl TimeShare {
    /// The quotient; `None` of no time.
    pub fn value(self) -> Option<f64> {
        Ratio { numerator: self.numerator.as_millis(), denominator: self.denominator.as_millis() }.value()
    }
}

/// The time that a field counts.
pub(super) fn time(tally: &Tally, field: Field) -> Span {
    Span::from_millis(tally.count(field))
}

/// One sum of time as a share of another.
pub(super) fn share(numerator: Span, denominator: Span) -> TimeFigure {
    TimeFigure::Share(TimeShare { numerator, denominator })
}
