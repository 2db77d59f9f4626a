//! Names as small numbers: queues, channels and agents as a shard tells them apart.
//!
//! **Why.** The hot path compares and indexes by number (1 ns against 100 for a string). Numbers are private to a shard, in the
//! order of first sight; whatever leaves a shard carries names. They are kept as one more than they are, so that an `Option` of one
//! takes no more room.
//!
//! **Invariant.** A number's name never changes while the shard lives. Names are those of the config, and those that the process's
//! budget admits; the rest share `__other__`, and are counted there.

mod short;

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::num::NonZeroU32;
use std::sync::Arc;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
pub use short::Short;

use crate::budget::{Budget, Kind};

/// What names past a limit are called.
pub const OTHER: &str = "__other__";
/// The queue of legs that came from no queue, and of tickets of which none was told.
pub const DIRECT: &str = "__direct__";
/// The queue of answers to surveys of which nobody knows whose they are.
pub const UNATTRIBUTED: &str = "__unattributed__";

/// A hash that is the same on every machine and in every run.
pub fn hash(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// The same of bytes.
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

/// A queue of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QueueId(NonZeroU32);

/// A channel of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelId(NonZeroU32);

/// An agent of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AgentId(NonZeroU32);

/// A feed of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceId(NonZeroU32);

/// A priority of tickets, of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PriorityId(NonZeroU32);

/// A policy of the config, by its place there; the same in every shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PolicyId(pub u8);

/// A number that stands for a name.
pub trait Id: Copy {
    /// What it is a name of.
    const KIND: Kind;
    /// The id with this number.
    fn from_index(index: u32) -> Self;
    /// Its number.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($id:ident of $kind:ident),*) => {$(
        impl Id for $id {
            const KIND: Kind = Kind::$kind;
            fn from_index(index: u32) -> Self {
                Self(NonZeroU32::MIN.saturating_add(index))
            }
            fn index(self) -> usize {
                self.0.get() as usize - 1
            }
        }
    )*};
}
ids!(QueueId of Queue, ChannelId of Channel, AgentId of Agent, SourceId of Source, PriorityId of Priority);

/// Names and their numbers, both ways.
#[derive(Clone, Debug)]
pub struct Names<I> {
    ids: HashMap<Arc<str>, u32, FixedState>,
    names: Vec<Arc<str>>,
    latest: u32, // that was interned where the same is expected
    budget: Arc<Budget>,
    _id: std::marker::PhantomData<I>,
}

impl<I: Id> Names<I> {
    /// No names yet but `__other__`; this budget admits further ones.
    pub fn new(budget: &Arc<Budget>) -> Self {
        let mut names = Self {
            ids: HashMap::default(),
            names: Vec::new(),
            latest: 0,
            budget: budget.clone(),
            _id: std::marker::PhantomData,
        };
        names.know(OTHER);
        names
    }

    /// The id of a name that an event tells, new or known; that of `__other__` where the budget refuses it.
    pub fn intern(&mut self, name: &str) -> I {
        if let Some(index) = self.ids.get(name) {
            return I::from_index(*index);
        }
        match self.budget.admit(I::KIND, name) {
            Some(name) => self.add(name),
            None => I::from_index(0),
        }
    }

    /// The id of a name that is known.
    pub fn find(&self, name: &str) -> Option<I> {
        self.ids.get(name).map(|index| I::from_index(*index))
    }

    /// The same of a name that nearly always is that of the last time: it is compared with that one first.
    pub fn intern_again(&mut self, name: &str) -> I {
        if *self.names[self.latest as usize] != *name {
            let id = self.intern(name);
            self.latest = u32::try_from(id.index()).expect("limits are far below 2^32");
        }
        I::from_index(self.latest)
    }

    /// The id of a name of the config or of our own, which needs nobody's leave.
    pub fn know(&mut self, name: &str) -> I {
        match self.ids.get(name) {
            Some(index) => I::from_index(*index),
            None => self.add(name.into()),
        }
    }

    fn add(&mut self, name: Arc<str>) -> I {
        let index = u32::try_from(self.names.len()).expect("limits are far below 2^32");
        self.names.push(name.clone());
        self.ids.insert(name, index);
        I::from_index(index)
    }

    /// From here on `alias` is another word for `name`, both of the config.
    pub fn alias(&mut self, alias: &str, name: &str) {
        let id: I = self.know(name);
        self.ids.insert(alias.into(), u32::try_from(id.index()).expect("limits are far below 2^32"));
    }

    /// The name of an id.
    pub fn name(&self, id: I) -> &str {
        &self.names[id.index()]
    }

    /// The name of an id, as all partitions share it.
    pub fn shared(&self, id: I) -> Arc<str> {
        self.names[id.index()].clone()
    }

    /// All names that are told apart, as all partitions share them.
    pub fn shared_all(&self) -> impl Iterator<Item = Arc<str>> {
        self.names[1..].iter().cloned()
    }

    /// The names with this number or a later one.
    pub fn since(&self, number: usize) -> impl Iterator<Item = &str> {
        self.names[number..].iter().map(AsRef::as_ref)
    }

    /// All names by number.
    pub fn list(&self) -> Vec<Arc<str>> {
        self.names.clone()
    }

    /// Takes over the names of a list by their numbers. One that the budget refuses by now is one more `__other__`, so that no number
    /// changes. False, and nothing is known that was not: the list does not begin with the names that are known already.
    pub fn restore(&mut self, list: Vec<Arc<str>>) -> bool {
        if !list.starts_with(&self.names) {
            return false;
        }
        for name in list.into_iter().skip(self.names.len()) {
            let admitted = if *name == *OTHER { None } else { self.budget.admit(I::KIND, &name) };
            match admitted {
                Some(name) => drop(self.add(name)),
                None => self.names.push(self.names[0].clone()),
            }
        }
        true
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never: `__other__` is always there.
    pub fn is_empty(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Limits;

    fn budget(queues: usize) -> Arc<Budget> {
        Budget::new(&Limits::default().with(Kind::Queue, queues))
    }

    #[test]
    fn names_past_the_limit_share_other_and_are_counted() {
        let budget = budget(2);
        let mut names = Names::<QueueId>::new(&budget);
        let first = names.intern("sales");
        assert_eq!(names.intern("sales"), first);
        names.intern("tech");
        let third = names.intern("billing");
        assert_eq!(names.name(third), OTHER);
        assert_eq!(names.name(first), "sales");
        assert_eq!(budget.overflowed().of(Kind::Queue), 1);
    }

    #[test]
    fn a_name_counts_once_in_a_process_and_one_of_the_config_never() {
        let budget = budget(1);
        let (mut one, mut other) = (Names::<QueueId>::new(&budget), Names::<QueueId>::new(&budget));
        for names in [&mut one, &mut other] {
            names.know("vip");
            let (told, known) = (names.intern("sales"), names.intern("vip"));
            assert_eq!((names.name(told), names.name(known)), ("sales", "vip"));
        }
        let refused = other.intern("tech");
        assert_eq!(other.name(refused), OTHER);
        assert_eq!(budget.taken(Kind::Queue), 1);
    }

    #[test]
    fn an_alias_is_another_word_for_the_same() {
        let mut names = Names::<QueueId>::new(&budget(2));
        names.alias("7f3c", "sales");
        assert_eq!(names.intern("7f3c"), names.intern("sales"));
        assert_eq!(names.len(), 2);
    }
}
