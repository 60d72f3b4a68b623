//! Items that cannot be carried out now, set aside for a while, so that they do not stand in the way
//! of others.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// Items set aside at most; beyond that they are looked at again with every pass.
const ITEMS_MAX: usize = 10_000;
/// What waits for somebody to mend an instance is looked at again after so long.
pub(crate) const HALTED: Duration = Duration::from_secs(600);
/// What failed with the world is looked at again after so many periods of the background work.
pub(crate) const FAILED_PERIODS: u32 = 5;

/// Items that are set aside, each until an instant.
#[derive(Debug)]
pub(crate) struct SetAside<K> {
    items: BTreeMap<K, Instant>,
}

impl<K> Default for SetAside<K> {
    fn default() -> Self {
        SetAside {
            items: BTreeMap::new(),
        }
    }
}

impl<K: Ord> SetAside<K> {
    /// Sets an item aside; says whether there was room.
    pub(crate) fn put(&mut self, key: K, time: Duration) -> bool {
        let has_room = self.items.len() < ITEMS_MAX;
        if has_room {
            self.items.insert(key, Instant::now() + time);
        }
        has_room
    }

    /// Takes items back before their time is over; says whether there were any.
    pub(crate) fn take_back(&mut self, keys: RangeInclusive<K>) -> bool
    where
        K: Clone,
    {
        let found: Vec<K> = self.items.range(keys).map(|it| it.0.clone()).collect();
        for key in &found {
            self.items.remove(key);
        }
        !found.is_empty()
    }

    /// Takes everything back.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }

    /// Whether an item is set aside.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.items.contains_key(key)
    }

    /// Number of items, after those whose time is over have been taken back.
    pub(crate) fn count(&mut self) -> usize {
        let now = Instant::now();
        self.items.retain(|_, until| *until > now);
        self.items.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_comes_back_when_its_time_is_over() {
        let mut aside = SetAside::default();
        assert!(aside.put(1, Duration::ZERO));
        assert!(aside.put(2, HALTED));
        assert!(aside.contains(&1), "until somebody counts");
        assert_eq!(aside.count(), 1);
        assert!(!aside.contains(&1) && aside.contains(&2));
    }

    #[test]
    fn items_are_taken_back_when_there_is_a_reason_to_look_again() {
        let mut aside = SetAside::default();
        for it in 1..=4 {
            assert!(aside.put(it, HALTED));
        }
        assert!(aside.take_back(2..=3));
        assert!(!aside.take_back(2..=3), "they are back");
        assert_eq!(aside.count(), 2);
        assert!(aside.contains(&1) && aside.contains(&4));
    }
}
