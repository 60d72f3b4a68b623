//! Rows by id, shared between clones of a state, with a running sum of their sizes.

use std::collections::BTreeMap;
use std::sync::Arc;

/// A row: it knows its id and roughly how many bytes it takes.
pub(super) trait Row: Clone {
    /// The type of its id.
    type Id: Ord + Copy + std::fmt::Debug;

    /// Its id.
    fn id(&self) -> Self::Id;

    /// Roughly how many bytes it takes when stored.
    fn bytes(&self) -> usize;
}

/// Rows in order of their ids.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table<I: Ord, R> {
    rows: BTreeMap<I, Arc<R>>,
    bytes: usize,
}

impl<R: Row> Table<R::Id, R> {
    pub(super) fn collect(rows: Vec<R>) -> Self {
        let mut table = Table {
            rows: BTreeMap::new(),
            bytes: 0,
        };
        for row in rows {
            table.insert(row);
        }
        table
    }

    pub(super) fn get(&self, id: R::Id) -> Option<&R> {
        self.rows.get(&id).map(Arc::as_ref)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &R> {
        self.rows.values().map(Arc::as_ref)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn insert(&mut self, row: R) {
        self.bytes += row.bytes();
        let replaced = self.rows.insert(row.id(), Arc::new(row));
        assert!(replaced.is_none(), "an id is drawn once");
    }

    pub(super) fn remove(&mut self, id: R::Id) -> Arc<R> {
        let row = self
            .rows
            .remove(&id)
            .expect("an event names a row that exists");
        self.bytes -= row.bytes();
        row
    }

    /// Changes a row in place; it is copied first if a clone of the state shares it.
    pub(super) fn update<T>(&mut self, id: R::Id, change: impl FnOnce(&mut R) -> T) -> T {
        let row = self
            .rows
            .get_mut(&id)
            .expect("an event names a row that exists");
        let before = row.bytes();
        let row = Arc::make_mut(row);
        let result = change(row);
        self.bytes = self.bytes - before + row.bytes();
        result
    }
}
