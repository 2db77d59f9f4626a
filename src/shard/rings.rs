//! The rings of a shard, found by number and not by hash: every booking asks for one.

use std::hint::black_box;
use std::ops::BitXor;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::id::{ChannelId, Id, QueueId};
use crate::measure::Scope;
use crate::window::Ring;

/// What was booked when, for everything that measures count for.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Rings {
    queues: ByQueue,
    complaints: ByQueue,
    agents: Vec<Option<Box<Ring>>>, // by number
}

/// By the number of the queue, and nearly always on one or two channels.
#[derive(Debug, Default, Serialize, Deserialize)]
struct ByQueue(Vec<Vec<(ChannelId, Ring)>>);

impl Rings {
    /// The ring of a scope, new or known. `None`: of the books there is none.
    pub fn ring(&mut self, scope: Scope) -> Option<&mut Ring> {
        match scope {
            Scope::Queue(queue, channel) => Some(self.queues.ring(queue, channel)),
            Scope::Complaints(queue, channel) => Some(self.complaints.ring(queue, channel)),
            Scope::Agent(agent) => Some(at(&mut self.agents, agent.index()).get_or_insert_default()),
            Scope::Books => None,
        }
    }

    /// The ring of a scope, if anything was booked there.
    pub fn get(&self, scope: Scope) -> Option<&Ring> {
        match scope {
            Scope::Queue(queue, channel) => self.queues.get(queue, channel),
            Scope::Complaints(queue, channel) => self.complaints.get(queue, channel),
            Scope::Agent(agent) => self.agents.get(agent.index())?.as_deref(),
            Scope::Books => None,
        }
    }

    /// Reads a little of the rings of these scopes, so that they lie near the processor when something is booked: of all of them at once,
    /// step by step, since each step has to know what the one before read. Changes nothing.
    pub fn fetch(&self, scopes: &[Scope]) {
        let place = |scope: &Scope| match *scope {
            Scope::Queue(queue, _) => self.queues.0.get(queue.index()).map_or(0, Vec::len),
            Scope::Complaints(queue, _) => self.complaints.0.get(queue.index()).map_or(0, Vec::len),
            Scope::Agent(agent) => self.agents.get(agent.index()).map_or(0, |ring| usize::from(ring.is_some())),
            Scope::Books => 0,
        };
        black_box(scopes.iter().map(place).fold(0, BitXor::bitxor));
        let rings: SmallVec<[&Ring; 128]> = scopes.iter().filter_map(|scope| self.get(*scope)).collect();
        black_box(rings.iter().map(|ring| ring.touch()).fold(0, BitXor::bitxor));
        black_box(rings.iter().map(|ring| ring.touch_slots()).fold(0, BitXor::bitxor));
    }

    /// Places for rings, as good as how many rings there are.
    pub fn len(&self) -> usize {
        self.queues.0.len() + self.complaints.0.len() + self.agents.len()
    }

    /// Every ring with its scope.
    pub fn iter(&self) -> impl Iterator<Item = (Scope, &Ring)> {
        let queues = self.queues.iter().map(|(queue, channel, ring)| (Scope::Queue(queue, channel), ring));
        let complaints = self.complaints.iter().map(|(queue, channel, ring)| (Scope::Complaints(queue, channel), ring));
        let agents = (0..).map(Id::from_index).map(Scope::Agent).zip(&self.agents);
        let agents = agents.filter_map(|(scope, ring)| Some((scope, ring.as_deref()?)));
        queues.chain(complaints).chain(agents)
    }

    /// Every ring.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Ring> {
        let queues = self.queues.0.iter_mut().chain(&mut self.complaints.0).flatten().map(|(_, ring)| ring);
        queues.chain(self.agents.iter_mut().filter_map(Option::as_deref_mut))
    }
}

impl ByQueue {
    fn ring(&mut self, queue: QueueId, channel: ChannelId) -> &mut Ring {
        let rings = at(&mut self.0, queue.index());
        let place = rings.iter().position(|(own, _)| *own == channel).unwrap_or_else(|| {
            rings.reserve_exact(1); // a list that grows by itself begins with room for four
            rings.push((channel, Ring::default()));
            rings.len() - 1
        });
        &mut rings[place].1
    }

    fn get(&self, queue: QueueId, channel: ChannelId) -> Option<&Ring> {
        let rings = self.0.get(queue.index())?;
        rings.iter().find(|(own, _)| *own == channel).map(|(_, ring)| ring)
    }

    fn iter(&self) -> impl Iterator<Item = (QueueId, ChannelId, &Ring)> {
        let queues = (0..).map(QueueId::from_index).zip(&self.0);
        queues.flat_map(|(queue, rings)| rings.iter().map(move |(channel, ring)| (queue, *channel, ring)))
    }
}

/// What is at a place of a list that grows as far as it is asked for.
fn at<T: Default>(list: &mut Vec<T>, place: usize) -> &mut T {
    if place >= list.len() {
        list.resize_with(place + 1, T::default);
    }
    &mut list[place]
}
