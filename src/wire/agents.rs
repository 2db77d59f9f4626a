//! What is told of an agent.

use super::Rejected;
use super::fields::Fields;
use super::keys::Key;
use crate::event::{AgentChange, Body};
use crate::limits::IN_HAND_MAX;

pub(super) fn body<'a>(fields: &mut Fields<'a>) -> Result<Body<'a>, Rejected> {
    Ok(Body::Agent {
        agent: fields.required(Key::Agent)?,
        change: AgentChange {
            state: fields.required(Key::State)?,
            queues: fields.names(Key::Queues)?,
            queue_states: fields.texts(Key::QueueStates)?.unwrap_or_default(),
            capacity: in_hand(fields, Key::Capacity)?,
            active: in_hand(fields, Key::Active)?,
            since: fields.time(Key::Since)?,
        },
    })
}

fn in_hand(fields: &mut Fields<'_>, key: Key) -> Result<Option<u16>, Rejected> {
    let number = fields.integer_in(key, 0..=i64::from(IN_HAND_MAX))?;
    Ok(number.map(|number| u16::try_from(number).expect("it was checked")))
}
