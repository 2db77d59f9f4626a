//! Lists that nearly always have one item at the most, which lies in the list itself, or none.
//!
//! **Why of our own.** A life is copied and looked through with nearly every event. A list of a crate for short lists copies item by
//! item, and asks where its items lie at each look; this one is copied as it lies.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list of nearly always none or one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) enum Few<T> {
    #[default]
    None,
    One(T),
    Several(Vec<T>),
}

impl<T> Few<T> {
    /// Adds an item at the end.
    pub(super) fn push(&mut self, item: T) {
        *self = match std::mem::take(self) {
            Self::None => Self::One(item),
            Self::One(first) => Self::Several(vec![first, item]),
            Self::Several(mut items) => {
                items.push(item);
                Self::Several(items)
            }
        };
    }

    /// Takes out the item at a place.
    ///
    /// # Panics
    /// There is none.
    pub(super) fn remove(&mut self, place: usize) -> T {
        match std::mem::take(self) {
            Self::One(item) if place == 0 => item,
            Self::Several(mut items) => {
                let item = items.remove(place);
                *self = Self::Several(items);
                item
            }
            _ => panic!("there is no item at {place}"),
        }
    }

    /// Keeps the items that stay, in their order.
    pub(super) fn retain(&mut self, stays: impl Fn(&T) -> bool) {
        match self {
            Self::None => {}
            Self::One(item) if stays(item) => {}
            Self::One(_) => *self = Self::None,
            Self::Several(items) => items.retain(stays),
        }
    }

    /// Reads a little of it, without a look at what it read. The number means nothing.
    pub(super) fn touch(&self) -> usize {
        usize::from(matches!(self, Self::None))
    }

    /// Takes out all items.
    pub(super) fn clear(&mut self) {
        *self = Self::None;
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::None => &[],
            Self::One(item) => std::slice::from_ref(item),
            Self::Several(items) => items,
        }
    }
}

impl<T> DerefMut for Few<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Self::None => &mut [],
            Self::One(item) => std::slice::from_mut(item),
            Self::Several(items) => items,
        }
    }
}

impl<T: PartialEq> PartialEq for Few<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Few<T> {}

impl<T> Extend<T> for Few<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, items: I) {
        items.into_iter().for_each(|item| self.push(item));
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut few = Self::None;
        few.extend(items);
        few
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = std::iter::Chain<std::option::IntoIter<T>, std::vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        let (one, several) = match self {
            Self::None => (None, Vec::new()),
            Self::One(item) => (Some(item), Vec::new()),
            Self::Several(items) => (None, items),
        };
        one.into_iter().chain(several)
    }
}

/// A list that nearly always is empty, and then takes no more than a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::box_collection, reason = "a list that is empty takes three times as much as a pointer, in every life")]
pub(super) struct Seldom<T>(Option<Box<Vec<T>>>);

impl<T> Default for Seldom<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Seldom<T> {
    /// Adds an item at the end; where there are so many already the first goes.
    pub(super) fn push_within(&mut self, max: usize, item: T) {
        let items = self.0.get_or_insert_default();
        if items.len() == max {
            items.remove(0);
        }
        items.push(item);
    }

    /// The items.
    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.as_deref_mut().map(Vec::as_mut_slice).unwrap_or_default().iter_mut()
    }
}

/// As any other list.
impl<T: Serialize> Serialize for Seldom<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.as_deref().map(Vec::as_slice).unwrap_or_default().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Seldom<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::deserialize(deserializer)?;
        Ok(Self((!items.is_empty()).then(|| Box::new(items))))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn few_are_a_list(deeds in proptest::collection::vec((0..4_u8, 0..9_u8), 0..30)) {
            let (mut few, mut list) = (Few::None, Vec::new());
            for (deed, item) in deeds {
                match deed {
                    0 | 1 => {
                        few.push(item);
                        list.push(item);
                    }
                    2 if !list.is_empty() => {
                        let place = usize::from(item) % list.len();
                        prop_assert_eq!(few.remove(place), list.remove(place));
                    }
                    _ => {
                        few.retain(|own| own % 3 != item % 3);
                        list.retain(|own| own % 3 != item % 3);
                    }
                }
                prop_assert_eq!(&*few, &*list);
                prop_assert_eq!(few.clone().into_iter().collect::<Vec<_>>(), list.clone());
                prop_assert!(few == list.iter().copied().collect());
            }
        }
    }

    #[test]
    fn of_a_seldom_list_the_latest_stay_and_it_is_written_as_any_other() {
        let mut seldom = Seldom::default();
        assert_eq!(postcard::to_stdvec(&seldom).unwrap(), postcard::to_stdvec(&Vec::<u8>::new()).unwrap());
        (1..=4_u8).for_each(|item| seldom.push_within(3, item));
        assert_eq!(seldom.iter_mut().map(|item| *item).collect::<Vec<_>>(), [2, 3, 4]);
        let written = postcard::to_stdvec(&seldom).unwrap();
        assert_eq!(written, postcard::to_stdvec(&[2_u8, 3, 4].to_vec()).unwrap());
        assert_eq!(postcard::from_bytes::<Seldom<u8>>(&written).unwrap(), seldom);
    }
}
