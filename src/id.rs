//! Names as small numbers: queues, channels and agents as a shard tells them apart.
//!
//! **Why.** The hot path compares and indexes by number (1 ns against 100 for a string). Numbers are private to a shard, in the
//! order of first sight; whatever leaves a shard carries names.
//!
//! **Invariant.** A number's name never changes while the shard lives, and there are at most as many as the limit, `__other__`
//! among them: names past the limit share it, and are counted.

use std::collections::HashMap;

use foldhash::fast::FixedState;

/// What names past a limit are called.
pub const OTHER: &str = "__other__";
/// The queue of legs that came from no queue.
pub const DIRECT: &str = "__direct__";

/// A queue of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueId(u32);

/// A channel of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(u32);

/// An agent of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AgentId(u32);

/// A feed of this shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(u32);

/// A number that stands for a name.
pub trait Id: Copy {
    /// The id with this number.
    fn from_index(index: u32) -> Self;
    /// Its number.
    fn index(self) -> usize;
}

macro_rules! ids {
    ($($id:ident),*) => {$(
        impl Id for $id {
            fn from_index(index: u32) -> Self {
                Self(index)
            }
            fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}
ids!(QueueId, ChannelId, AgentId, SourceId);

/// Names and their numbers, both ways.
#[derive(Clone, Debug)]
pub struct Names<I> {
    ids: HashMap<Box<str>, u32, FixedState>,
    names: Vec<Box<str>>,
    names_max: usize,
    overflowed: u64,
    _id: std::marker::PhantomData<I>,
}

impl<I: Id> Names<I> {
    /// No names yet, at most `names_max` besides `__other__`.
    pub fn new(names_max: usize) -> Self {
        let mut names = Self {
            ids: HashMap::default(),
            names: Vec::new(),
            names_max: names_max + 1,
            overflowed: 0,
            _id: std::marker::PhantomData,
        };
        names.intern(OTHER);
        names
    }

    /// The id of a name, new or known; past the limit that of `__other__`.
    pub fn intern(&mut self, name: &str) -> I {
        if let Some(index) = self.ids.get(name) {
            return I::from_index(*index);
        }
        if self.names.len() >= self.names_max {
            self.overflowed += 1;
            return I::from_index(0);
        }
        let index = u32::try_from(self.names.len()).expect("limits are far below 2^32");
        self.names.push(name.into());
        self.ids.insert(name.into(), index);
        I::from_index(index)
    }

    /// From here on `alias` is another word for `name`.
    pub fn alias(&mut self, alias: &str, name: &str) {
        let id: I = self.intern(name);
        self.ids.insert(alias.into(), u32::try_from(id.index()).expect("limits are far below 2^32"));
    }

    /// The name of an id.
    pub fn name(&self, id: I) -> &str {
        &self.names[id.index()]
    }

    /// The names with this number or a later one.
    pub fn since(&self, number: usize) -> impl Iterator<Item = &str> {
        self.names[number..].iter().map(AsRef::as_ref)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Never: `__other__` is always there.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Look-ups that found the table full.
    pub fn overflowed(&self) -> u64 {
        self.overflowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_past_the_limit_share_other_and_are_counted() {
        let mut names = Names::<QueueId>::new(2);
        let first = names.intern("sales");
        assert_eq!(names.intern("sales"), first);
        names.intern("tech");
        let third = names.intern("billing");
        assert_eq!(names.name(third), OTHER);
        assert_eq!(names.name(first), "sales");
        assert_eq!(names.overflowed(), 1);
    }

    #[test]
    fn an_alias_is_another_word_for_the_same() {
        let mut names = Names::<QueueId>::new(2);
        names.alias("7f3c", "sales");
        assert_eq!(names.intern("7f3c"), names.intern("sales"));
        assert_eq!(names.len(), 2);
    }
}
