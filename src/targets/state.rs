//! The state of a figure against its limits, with hysteresis.
//!
//! A worse state is entered as soon as its limit is crossed: a figure at the limit still keeps the promise. It is left only where
//! the figure is better than the limit by the margin, or is the best that there can be: a service level of 1 leaves every state.
//! The two limits are held independently, so that a figure which leaves `critical` may stay in `warning`.

use super::Unit;
use crate::rules::{Direction, MARGIN, Target};

/// How a figure stands against its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Too few samples, or no figure at all.
    NoData,
    /// Not worse than `warning`.
    Ok,
    /// Worse than `warning`, or was and did not come back by the margin.
    Warning,
    /// Worse than `critical`, or was and did not come back by the margin.
    Critical,
}

/// What floats may be off by: 0.8 and its margin are not 0.816 to the last bit.
const ROUNDING: f64 = 1e-9;

impl State {
    /// Every state, the better ones first.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Warning, Self::Critical, Self::NoData];

    /// The name in reports and labels.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoData => "no_data",
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The state of a figure that was in the state `was` when it was last judged.
    pub(super) fn of(figure: f64, was: Self, target: &Target, unit: Unit) -> Self {
        let holds = |limit, state| {
            is_worse(target.direction, figure, limit) || was >= state && !has_left(figure, limit, target, unit)
        };
        if holds(target.critical, Self::Critical) {
            Self::Critical
        } else if holds(target.warning, Self::Warning) {
            Self::Warning
        } else {
            Self::Ok
        }
    }
}

/// Whether a figure is beyond a limit by more than floats are off by.
fn is_worse(direction: Direction, figure: f64, limit: f64) -> bool {
    let slack = ROUNDING * limit.abs().max(1.0);
    direction.is_worse(figure, limit) && (figure - limit).abs() > slack
}

fn has_left(figure: f64, limit: f64, target: &Target, unit: Unit) -> bool {
    !is_worse(target.direction, figure, back(limit, target, unit))
}

/// The figure at which a limit is left.
fn back(limit: f64, target: &Target, unit: Unit) -> f64 {
    let margin = target.margin.unwrap_or(limit.abs() * MARGIN);
    match (target.direction, unit) {
        (Direction::Higher, Unit::Share) => (limit + margin).min(1.0),
        (Direction::Higher, _) => limit + margin,
        (Direction::Lower, _) => (limit - margin).max(0.0),
    }
}
