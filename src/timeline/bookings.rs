//! What a fold of steps is worth: bookings and withdrawals, in the order they were made.

use serde::{Deserialize, Serialize};

use crate::event::FlowCause;
use crate::id::{AgentId, ChannelId, QueueId};
use crate::measure::{Anomaly, Booking, Measure, Scope};
use crate::time::EventTime;

/// A list of bookings, each with how often it counts: 1, or -1 for a withdrawal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bookings(Vec<(Booking, i64)>);

impl Bookings {
    /// Books a measure of a queue.
    pub fn queue(&mut self, at: EventTime, (queue, channel): (QueueId, ChannelId), measure: Measure) {
        self.add(Booking { at, scope: Scope::Queue(queue, channel), measure }, 1);
    }

    /// Books a measure of an agent.
    pub fn agent(&mut self, at: EventTime, agent: AgentId, measure: Measure) {
        self.add(Booking { at, scope: Scope::Agent(agent), measure }, 1);
    }

    /// Books an event that made no sense.
    pub fn odd(&mut self, at: EventTime, anomaly: Anomaly) {
        self.add(Booking { at, scope: Scope::Books, measure: Measure::Odd(anomaly) }, 1);
    }

    /// Corrects the cause of a flow-out that is already booked, there and here.
    pub fn change_cause(&mut self, booked: &mut Booking, told: FlowCause) {
        let earlier = *booked;
        if let Measure::FlowedOut { cause, .. } = &mut booked.measure {
            *cause = told;
            self.add(earlier, -1);
            self.add(*booked, 1);
        }
    }

    /// Adds what one event is worth; one of many made at once has no duration, and nothing of an agent's.
    pub fn take_over(&mut self, own: &Self, bulk: bool) {
        for (booking, times) in own.iter() {
            let is_of_agent = matches!(booking.scope, Scope::Agent(_));
            let measure = if bulk { booking.measure.of_bulk().filter(|_| !is_of_agent) } else { Some(booking.measure) };
            if let Some(measure) = measure {
                self.add(Booking { measure, ..*booking }, times);
            }
        }
    }

    /// Adds a booking `times` times.
    pub fn add(&mut self, booking: Booking, times: i64) {
        self.0.push((booking, times));
    }

    /// Adds bookings that were made elsewhere.
    pub fn add_all(&mut self, others: &[(Booking, i64)]) {
        self.0.extend_from_slice(others);
    }

    /// How many bookings and withdrawals there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Those from a place on.
    pub fn since(&self, place: usize) -> &[(Booking, i64)] {
        &self.0[place..]
    }

    /// Takes everything of `others` back.
    pub fn withdraw(&mut self, others: &Self) {
        self.0.extend(others.0.iter().map(|(booking, times)| (*booking, -times)));
    }

    /// The bookings with how often each counts.
    pub fn iter(&self) -> impl Iterator<Item = (&Booking, i64)> {
        self.0.iter().map(|(booking, times)| (booking, *times))
    }

    /// Runs of bookings that count for the same, which those of one step nearly always do.
    pub fn by_scope(&self) -> impl Iterator<Item = (&Scope, &[(Booking, i64)])> {
        self.0.chunk_by(|(one, _), (next, _)| one.scope == next.scope).map(|run| (&run[0].0.scope, run))
    }

    /// Whether anything is taken back, here or elsewhere.
    pub fn has_withdrawals(&self) -> bool {
        self.0.iter().any(|(_, times)| *times < 0)
    }

    /// Whether nothing was booked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes out those from a place on.
    pub fn truncate(&mut self, place: usize) {
        self.0.truncate(place);
    }

    /// Keeps what is booked before a moment. Says when the first of the others was booked.
    pub fn keep_before(&mut self, line: EventTime) -> Option<EventTime> {
        let later = self.0.iter().map(|(booking, _)| booking.at).filter(|at| *at >= line).min();
        self.0.retain(|(booking, _)| booking.at < line);
        later
    }

    /// Sorts and adds up, so that what cancels out is gone and equal worth reads equal.
    pub fn net(&mut self) {
        self.0.sort_unstable_by_key(|(booking, _)| *booking);
        self.0.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
        self.0.retain(|(_, times)| *times != 0);
    }
}
