//! What is remembered of contacts and tickets that are over: their keys, and who served them.
//!
//! **Why packed.** A stray event must open nothing for half a day, and a customer may answer a survey for two weeks: a million
//! entries, which as plain fields would be 48 bytes each. Here one is [`ENTRY_BYTES`]. The entries lie in many small tables,
//! because a table doubles when it is full and holds both sizes while it moves: of one in sixty-four that does not show.
//!
//! **Invariant.** What is held at a moment depends only on what was remembered, not on when it was tidied up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use crate::budget::{Budget, Kind, Room};
use crate::id::{AgentId, ChannelId, Id, QueueId};
use crate::limits::{AGENTS_MAX, CHANNELS_MAX, CLOSED_BYTES_MAX, CLOSED_MAX, QUEUES_MAX};
use crate::time::EventTime;
use crate::timeline::{Memory, Served};

/// What one entry takes, its byte of the table's directory included.
const ENTRY_BYTES: usize = size_of::<(Key, Packed)>() + 1;

/// However the entries are spread over tables: one that has just grown is 7/16 full.
const _: () = assert!(CLOSED_MAX * ENTRY_BYTES * 16 / 7 < CLOSED_BYTES_MAX);

/// Tables that share the entries.
const TABLES: usize = 64;

/// A table that is filled less than one part in this many gives memory back.
const ROOMY: usize = 4;

/// Numbers of names, those of the config and our own words included, fit their bytes.
const _: () = assert!(2 * QUEUES_MAX + 16 < u16::MAX as usize && 2 * CHANNELS_MAX + 16 < u8::MAX as usize);
const _: () = assert!(AGENTS_MAX + 16 < NOBODY as usize);

/// The number of no agent.
const NOBODY: u16 = u16::MAX;

/// Keys of what is over, each with its end, and who served it.
#[derive(Debug)]
pub struct Closed {
    tables: Vec<HashMap<Key, Packed, FixedState>>,
    keys: Room,
    attributions: Room,
}

/// What is written of it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClosedState(Vec<(Key, Packed)>);

type Key = [u8; 8];

/// A moment in the six bytes that the years 1970 to 2100 and any time to live after them need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Moment([u8; 6]);

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Packed {
    until: Moment,        // `Moment::NEVER`: its key takes no place
    served_until: Moment, // `Moment::NEVER`: nothing is known of who served it
    queue: [u8; 2],
    channel: u8,
    agent: [u8; 2],
}

impl Closed {
    /// Nothing yet; this budget gives the places.
    pub fn new(budget: &Arc<Budget>) -> Self {
        let tables = (0..TABLES).map(|_| HashMap::default()).collect();
        Self { tables, keys: budget.room(Kind::Closed), attributions: budget.room(Kind::Attribution) }
    }

    /// What is to be written of it.
    pub(super) fn state(&self) -> ClosedState {
        ClosedState(self.tables.iter().flatten().map(|(key, packed)| (*key, *packed)).collect())
    }

    /// Takes over what was written.
    pub(super) fn restore(&mut self, ClosedState(entries): ClosedState) {
        for (key, packed) in entries {
            self.keys.take_again(usize::from(packed.has_key()));
            self.attributions.take_again(usize::from(packed.is_attributed()));
            self.tables[number(u64::from_le_bytes(key))].insert(key, packed);
        }
    }

    /// Remembers a key until a moment, inclusive, and who served it until another. What is known already is kept for the longer
    /// time; who served it is replaced where it is told again.
    pub fn remember(&mut self, key: u64, until: EventTime, served: Option<Served>, served_until: EventTime) {
        let Self { tables, keys, attributions } = self;
        let mut entry = table(tables, key).entry(key.to_le_bytes());
        let mut packed = match &mut entry {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) => Packed::BLANK,
        };
        if until > EventTime::MIN && (packed.has_key() || keys.take()) {
            packed.until = packed.until.max(Moment::pack(until));
        }
        if let Some(served) = served
            && (packed.is_attributed() || attributions.take())
        {
            packed.attribute(served, packed.served_until.max(Moment::pack(served_until)));
        }
        if !packed.is_blank() {
            entry.insert_entry(packed);
        }
    }

    /// Until when the key is kept, where it is at a moment.
    pub fn until(&self, key: u64, at: EventTime) -> Option<EventTime> {
        self.get(key).filter(|packed| packed.has_key()).map(|packed| packed.until.unpack()).filter(|until| at <= *until)
    }

    /// Who served it and until when that is known, where it is at a moment.
    pub fn memory(&self, key: u64, at: EventTime) -> Option<Memory> {
        let packed = self.get(key).filter(|packed| packed.is_attributed())?;
        let memory = Memory { served: packed.served(), until: packed.served_until.unpack() };
        (at <= memory.until).then_some(memory)
    }

    /// Forgets what no moment from `line` on asks for.
    pub fn retain(&mut self, line: EventTime) {
        for table in &mut self.tables {
            table.retain(|_, packed| {
                if packed.is_attributed() && packed.served_until.unpack() < line {
                    packed.served_until = Moment::NEVER;
                    self.attributions.give_back(1);
                }
                if packed.has_key() && packed.until.unpack() < line {
                    packed.until = Moment::NEVER;
                    self.keys.give_back(1);
                }
                !packed.is_blank()
            });
            if table.len() < table.capacity() / ROOMY {
                table.shrink_to_fit();
            }
        }
    }

    /// How many keys are kept.
    pub fn len(&self) -> usize {
        self.keys.taken()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn get(&self, key: u64) -> Option<&Packed> {
        self.tables[number(key)].get(&key.to_le_bytes())
    }
}

fn table(tables: &mut [HashMap<Key, Packed, FixedState>], key: u64) -> &mut HashMap<Key, Packed, FixedState> {
    &mut tables[number(key)]
}

/// Which table a key is in.
fn number(key: u64) -> usize {
    (key >> 32) as usize % TABLES
}

impl Packed {
    /// Neither a key nor who served it.
    const BLANK: Self = Self {
        until: Moment::NEVER,
        served_until: Moment::NEVER,
        queue: [0; 2],
        channel: 0,
        agent: NOBODY.to_le_bytes(),
    };

    fn has_key(&self) -> bool {
        self.until != Moment::NEVER
    }

    fn is_blank(&self) -> bool {
        !self.has_key() && !self.is_attributed()
    }

    fn is_attributed(&self) -> bool {
        self.served_until != Moment::NEVER
    }

    fn attribute(&mut self, served: Served, until: Moment) {
        self.served_until = until;
        self.queue = short(served.queue.0.index()).to_le_bytes();
        self.channel = u8::try_from(served.queue.1.index()).expect("there are fewer channels");
        self.agent = served.agent.map_or(NOBODY, |agent| short(agent.index())).to_le_bytes();
    }

    fn served(&self) -> Served {
        let agent = u16::from_le_bytes(self.agent);
        Served {
            queue: (
                QueueId::from_index(u16::from_le_bytes(self.queue).into()),
                ChannelId::from_index(self.channel.into()),
            ),
            agent: (agent != NOBODY).then(|| AgentId::from_index(agent.into())),
        }
    }
}

fn short(index: usize) -> u16 {
    u16::try_from(index).expect("there are fewer queues and agents")
}

impl Moment {
    /// Before every event: never.
    const NEVER: Self = Self([0, 0, 0, 0, 0, 0x80]);

    /// What lies outside of its reach is cut to the first or last moment that it can say.
    fn pack(at: EventTime) -> Self {
        let [b0, b1, b2, b3, b4, b5, ..] = at.as_millis().clamp(1 - (1 << 47), (1 << 47) - 1).to_le_bytes();
        Self([b0, b1, b2, b3, b4, b5])
    }

    fn unpack(self) -> EventTime {
        let [b0, b1, b2, b3, b4, b5] = self.0;
        EventTime::from_millis(i64::from_le_bytes([0, 0, b0, b1, b2, b3, b4, b5]) >> 16)
    }

    fn max(self, other: Self) -> Self {
        if other.unpack() > self.unpack() { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The slow, obvious way: plain fields in an ordered map.
    #[derive(Default)]
    struct Plain {
        keys: BTreeMap<u64, EventTime>,
        served: BTreeMap<u64, (Served, EventTime)>,
    }

    impl Plain {
        fn remember(&mut self, key: u64, until: EventTime, served: Option<Served>, served_until: EventTime) {
            let kept = self.keys.entry(key).or_insert(until);
            *kept = until.max(*kept);
            if let Some(served) = served {
                let earlier = self.served.get(&key).map_or(served_until, |(_, until)| *until);
                self.served.insert(key, (served, earlier.max(served_until)));
            }
        }

        fn retain(&mut self, line: EventTime) {
            self.served.retain(|_, (_, until)| *until >= line);
            self.keys.retain(|_, until| *until >= line);
        }
    }

    #[derive(Clone, Debug)]
    enum Deed {
        Remember(u64, i64, Option<Served>, i64),
        Retain(i64),
    }

    fn at(ms: i64) -> EventTime {
        EventTime::from_millis(ms)
    }

    fn served() -> impl Strategy<Value = Served> {
        let agent = proptest::option::of(0..AGENTS_MAX as u32);
        (0..2 * QUEUES_MAX as u32, 0..2 * CHANNELS_MAX as u32, agent).prop_map(|(queue, channel, agent)| Served {
            queue: (QueueId::from_index(queue), ChannelId::from_index(channel)),
            agent: agent.map(AgentId::from_index),
        })
    }

    fn deed() -> impl Strategy<Value = Deed> {
        let key = (0..20_u64).prop_map(|key| key.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let remember = (key, 0..100_i64, proptest::option::of(served()), 0..200_i64);
        prop_oneof![
            4 => remember.prop_map(|(key, until, served, kept)| Deed::Remember(key, until, served, kept)),
            1 => (0..200_i64).prop_map(Deed::Retain),
        ]
    }

    proptest! {
        #[test]
        fn it_remembers_what_a_plain_map_remembers(deeds in proptest::collection::vec(deed(), 0..200)) {
            let budget = Budget::new(&Limits::default());
            let (mut closed, mut plain, mut line) = (Closed::new(&budget), Plain::default(), 0);
            for deed in deeds {
                match deed {
                    Deed::Remember(key, until, served, kept) => {
                        let (until, kept) = (at(line + until), at(line + kept));
                        closed.remember(key, until, served, kept);
                        plain.remember(key, until, served, kept);
                    }
                    Deed::Retain(further) => {
                        line += further;
                        closed.retain(at(line));
                        plain.retain(at(line));
                    }
                }
                for key in plain.keys.keys().chain(plain.served.keys()) {
                    for moment in [line, line + 30, line + 99, line + 150].map(at) {
                        let until = plain.keys.get(key).copied().filter(|until| moment <= *until);
                        prop_assert_eq!(closed.until(*key, moment), until);
                        let known = plain.served.get(key).filter(|(_, until)| moment <= *until);
                        prop_assert_eq!(closed.memory(*key, moment), known.map(|(served, until)| Memory { served: *served, until: *until }));
                    }
                }
                prop_assert_eq!(closed.keys.taken(), plain.keys.len());
                prop_assert_eq!(budget.taken(Kind::Closed), plain.keys.len());
                prop_assert_eq!(budget.taken(Kind::Attribution), plain.served.len());
            }
        }

        #[test]
        fn every_moment_that_an_event_can_have_survives(ms in -1_000_000_i64..10_000_000_000_000) {
            prop_assert_eq!(Moment::pack(at(ms)).unpack(), at(ms));
        }
    }

    #[test]
    fn a_moment_out_of_reach_is_the_nearest_that_can_be_said() {
        assert!(Moment::pack(EventTime::MAX).unpack() > EventTime::TOO_LATE);
        assert!(Moment::pack(EventTime::MIN).unpack() < EventTime::EARLIEST);
        assert_ne!(Moment::pack(EventTime::MIN), Moment::NEVER);
    }

    #[test]
    fn what_finds_no_place_is_not_remembered_and_is_counted() {
        let limits = Limits::default().with(Kind::Closed, 2).with(Kind::Attribution, 1);
        let budget = Budget::new(&limits);
        let mut closed = Closed::new(&budget);
        let ann =
            Served { queue: (QueueId::from_index(1), ChannelId::from_index(2)), agent: Some(AgentId::from_index(3)) };
        for key in 1..=3 {
            closed.remember(key, at(10), Some(ann), at(20));
        }
        assert_eq!([1, 2, 3].map(|key| closed.until(key, at(10)).is_some()), [true, true, false]);
        assert_eq!(
            [1, 2, 3].map(|key| closed.memory(key, at(10)).map(|memory| memory.served)),
            [Some(ann), None, None]
        );
        assert_eq!((budget.overflowed().of(Kind::Closed), budget.overflowed().of(Kind::Attribution)), (1, 2));
        drop(closed);
        assert_eq!((budget.taken(Kind::Closed), budget.taken(Kind::Attribution)), (0, 0));
    }
}
