//! One table of the unit of work, held in memory over the database.
//!
//! Two layers: what accepted commands of the group left, and what the running command has done.
//! A slot remembers whether the database has yet to hear of it, and whether the row is new there,
//! so that a row that is put and removed within a group never reaches the database.

use std::collections::BTreeMap;

/// A table in memory.
#[derive(Debug)]
pub(crate) struct Overlay<K, V> {
    group: BTreeMap<K, Slot<V>>,
    command: BTreeMap<K, Slot<V>>,
}

/// Which of the two layers is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// What accepted commands left.
    Group,
    /// What the running command has done.
    Command,
}

#[derive(Debug)]
struct Slot<V> {
    /// `None` is a removed row, or one that is known to be absent.
    value: Option<V>,
    /// Whether the database has yet to be told.
    dirty: bool,
    /// Whether the database surely has no row under this key.
    fresh: bool,
}

/// What the database has to be told of one layer.
#[derive(Debug)]
pub(crate) struct Changes<K, V> {
    /// Rows that are surely new.
    pub(crate) inserts: Vec<(K, V)>,
    /// Rows that may or may not be there.
    pub(crate) upserts: Vec<(K, V)>,
    /// Keys of rows that have to go.
    pub(crate) deletes: Vec<K>,
}

impl<K, V> Default for Overlay<K, V> {
    fn default() -> Self {
        Overlay {
            group: BTreeMap::new(),
            command: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone, V: Clone> Overlay<K, V> {
    /// What is known of a key: nothing, that it is absent, or its row.
    pub(crate) fn get(&self, key: &K) -> Option<Option<&V>> {
        let slot = self.command.get(key).or_else(|| self.group.get(key))?;
        Some(slot.value.as_ref())
    }

    /// Notes what the database answered; what a command has written is not touched.
    pub(crate) fn learn(&mut self, key: K, value: Option<V>) {
        if self.command.contains_key(&key) {
            // The answer may show what the command itself has told the database.
            return;
        }
        let fresh = value.is_none();
        self.group.entry(key).or_insert(Slot {
            value,
            dirty: false,
            fresh,
        });
    }

    /// Stores a row.
    pub(crate) fn put(&mut self, key: K, value: V) {
        if let Some(slot) = self.command.get_mut(&key) {
            slot.value = Some(value);
            slot.dirty = true;
            return;
        }
        let fresh = self
            .group
            .get(&key)
            .is_some_and(|slot| !slot.dirty && slot.fresh);
        self.command.insert(
            key,
            Slot {
                value: Some(value),
                dirty: true,
                fresh,
            },
        );
    }

    /// Stores a row under a key that was never used before.
    pub(crate) fn put_new(&mut self, key: K, value: V) {
        let absent = |slot: &Slot<V>| slot.fresh && slot.value.is_none();
        let fresh = self.group.get(&key).is_none_or(absent);
        let slot = self.command.entry(key).or_insert(Slot {
            value: None,
            dirty: true,
            fresh,
        });
        slot.value = Some(value);
        slot.dirty = true;
    }

    /// Removes a row, whether or not there is one.
    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(slot) = self.command.get_mut(key)
            && slot.fresh
        {
            // The slot stays: under a savepoint the group may still show the row as it was before.
            slot.value = None;
            slot.dirty = false;
            return;
        }
        let known_absent = match self.get(key) {
            Some(visible) => visible.is_none(),
            None => false,
        };
        if !known_absent {
            let slot = Slot {
                value: None,
                dirty: true,
                fresh: false,
            };
            self.command.insert(key.clone(), slot);
        }
    }

    /// Lays the running command's changes into the group.
    pub(crate) fn accept(&mut self) {
        for (key, slot) in std::mem::take(&mut self.command) {
            match self.group.get_mut(&key) {
                Some(below) if below.dirty && below.fresh && slot.dirty => {
                    below.dirty = slot.value.is_some();
                    below.value = slot.value;
                }
                _ => {
                    self.group.insert(key, slot);
                }
            }
        }
    }

    /// Forgets the running command's changes.
    pub(crate) fn drop_command(&mut self) {
        self.command.clear();
    }

    /// Whether the database has been told everything of a layer.
    pub(crate) fn is_told(&self, layer: Layer) -> bool {
        let slots = match layer {
            Layer::Group => &self.group,
            Layer::Command => &self.command,
        };
        slots.values().all(|slot| !slot.dirty)
    }

    /// Hands out what the database has to be told of a layer, and takes it as told.
    pub(crate) fn take_changes(&mut self, layer: Layer) -> Changes<K, V> {
        let slots = match layer {
            Layer::Group => &mut self.group,
            Layer::Command => &mut self.command,
        };
        let mut changes = Changes {
            inserts: Vec::new(),
            upserts: Vec::new(),
            deletes: Vec::new(),
        };
        for (key, slot) in slots.iter_mut().filter(|(_, slot)| slot.dirty) {
            match (&slot.value, slot.fresh) {
                (Some(value), true) => changes.inserts.push((key.clone(), value.clone())),
                (Some(value), false) => changes.upserts.push((key.clone(), value.clone())),
                (None, _) => changes.deletes.push(key.clone()),
            }
            slot.dirty = false;
            slot.fresh = slot.value.is_none();
        }
        changes
    }

    /// Changes a row that was told to the database just now, where it is held: what the running
    /// command has made of a row of the group lies over the same row of the database.
    pub(crate) fn amend_told(&mut self, layer: Layer, key: &K, amend: impl Fn(&mut V)) {
        let group = (layer == Layer::Group).then_some(&mut self.group);
        for slots in group.into_iter().chain([&mut self.command]) {
            if let Some(value) = slots.get_mut(key).and_then(|slot| slot.value.as_mut()) {
                amend(value);
            }
        }
    }

    /// All keys with something known, in key order; the running command's word counts.
    pub(crate) fn known(&self) -> impl Iterator<Item = (&K, Option<&V>)> {
        let below = self
            .group
            .iter()
            .filter(|(key, _)| !self.command.contains_key(*key));
        self.command
            .iter()
            .chain(below)
            .map(|(key, slot)| (key, slot.value.as_ref()))
    }

    /// Keys in a range with something known, unordered between the layers.
    pub(crate) fn known_in<R>(&self, range: R) -> impl Iterator<Item = (&K, Option<&V>)>
    where
        R: std::ops::RangeBounds<K> + Clone,
    {
        let below = self.group.range(range.clone());
        let below = below.filter(|(key, _)| !self.command.contains_key(*key));
        self.command
            .range(range)
            .chain(below)
            .map(|(key, slot)| (key, slot.value.as_ref()))
    }
}

#[cfg(test)]
mod tests;
