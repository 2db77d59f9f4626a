//! `state_seconds`: time in each state, up to the moment of reading, the state that lasts included. The state is the latest by
//! (time, `seq`, id).

use super::agent_time::{TimeFigure, TimeKpi};
use crate::rules::StateId;
use crate::time::Span;
use crate::window::{Field, Tally};

pub(super) const STATE_SECONDS: TimeKpi = TimeKpi {
    name: "state_seconds",
    help: "Time in each state.",
    read: |tally| TimeFigure::ByState(by_state(tally).collect()),
};

/// The time in each state that there was any in.
pub fn by_state(tally: &Tally) -> impl Iterator<Item = (StateId, Span)> {
    let state = |part: u16| StateId(u8::try_from(part).expect("a part of this field is a state's number"));
    tally.parts(Field::StateTime).map(move |(part, ms)| (state(part), Span::from_millis(ms)))
}
