//! Instances as they were committed last, decoded, so that the next command on one need not read and
//! decode it again.
//!
//! On SQLite this process alone writes, so what it committed is what is stored. On PostgreSQL the
//! version tells: the row is read and locked all the same, but its state only if another node has
//! changed it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::unit_of_work::tables::{InstanceRow, TenantKey};

/// Rough size of all that is kept at most.
const BYTES_MAX: usize = 16 << 20;
/// Rough size of what an instance takes beside its state.
const HEAD_BYTES: usize = 512;

/// Instances as they were committed last.
#[derive(Debug, Default)]
pub(crate) struct StateCache {
    // Guards only the maps.
    kept: Mutex<Kept>,
}

/// Two generations: what is used moves into the young one, and when that is full the old one goes.
#[derive(Debug, Default)]
struct Kept {
    young: HashMap<TenantKey, InstanceRow>,
    young_bytes: usize,
    old: HashMap<TenantKey, InstanceRow>,
}

impl StateCache {
    /// An instance as it was committed last, if it is kept.
    pub(crate) fn get(&self, key: &TenantKey) -> Option<InstanceRow> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = kept.young.get(key) {
            return Some(row.clone());
        }
        let row = kept.old.remove(key)?;
        kept.put(key.clone(), row.clone());
        Some(row)
    }

    /// Takes over instances as they were committed just now; those that have ended are forgotten.
    pub(crate) fn put_all<'r>(
        &self,
        rows: impl Iterator<Item = (&'r TenantKey, Option<&'r InstanceRow>)>,
    ) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, row) in rows {
            kept.remove(key);
            if let Some(row) = row.filter(|it| it.state.is_some()) {
                kept.put(key.clone(), row.clone());
            }
        }
    }

    /// Forgets instances of which nobody knows what is stored.
    pub(crate) fn forget<'r>(&self, keys: impl Iterator<Item = &'r TenantKey>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        keys.for_each(|key| kept.remove(key));
    }
}

impl Kept {
    fn put(&mut self, key: TenantKey, row: InstanceRow) {
        self.young_bytes += bytes_of(&row);
        self.young.insert(key, row);
        if self.young_bytes > BYTES_MAX / 2 {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }

    fn remove(&mut self, key: &TenantKey) {
        if let Some(row) = self.young.remove(key) {
            self.young_bytes -= bytes_of(&row);
        }
        self.old.remove(key);
    }
}

fn bytes_of(row: &InstanceRow) -> usize {
    HEAD_BYTES + row.state.as_ref().map_or(0, |it| it.bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::id::TenantId;
    use crate::row::process_instance::{ProcessInstance, Status};
    use tongban_core::id::{DefinitionId, ProcessInstanceId};
    use tongban_core::state::State;

    fn row(id: i64, version: i64) -> (TenantKey, InstanceRow) {
        let head = ProcessInstance {
            id: ProcessInstanceId(id),
            definition_id: DefinitionId(1),
            process_key: Arc::from("p"),
            part: None,
            business_key: None,
            correlation_key: None,
            parent: None,
            status: Status::Active,
            sequence: 1,
            n_incidents: 0,
            started_at: 0,
            started_by: Arc::from("x"),
            ended_at: None,
            suspended_at: None,
            halt_reason: None,
        };
        let state = Some(Arc::new(State::empty()));
        let row = InstanceRow {
            head,
            state,
            version,
        };
        ((TenantId::new("150627"), id), row)
    }

    fn put(cache: &StateCache, (key, row): &(TenantKey, InstanceRow)) {
        cache.put_all([(key, Some(row))].into_iter());
    }

    #[test]
    fn what_was_put_last_is_what_is_kept() {
        let cache = StateCache::default();
        put(&cache, &row(1, 1));
        put(&cache, &row(1, 2));
        assert_eq!(cache.get(&row(1, 0).0).unwrap().version, 2);
        let ended = row(1, 3);
        let ended = (
            ended.0,
            InstanceRow {
                state: None,
                ..ended.1
            },
        );
        put(&cache, &ended);
        assert!(cache.get(&ended.0).is_none());
    }

    #[test]
    fn what_is_used_stays_and_the_size_has_a_bound() {
        let cache = StateCache::default();
        let n_rows = i64::try_from(2 * BYTES_MAX / HEAD_BYTES).unwrap();
        let used = row(0, 1);
        put(&cache, &used);
        for id in 1..n_rows {
            put(&cache, &row(id, 1));
            assert!(cache.get(&used.0).is_some());
        }
        assert!(cache.get(&row(1, 1).0).is_none());
        let kept = cache.kept.lock().unwrap();
        assert!(kept.young.len() + kept.old.len() <= BYTES_MAX / HEAD_BYTES);
    }

    #[test]
    fn what_is_forgotten_is_gone_from_both_generations() {
        let cache = StateCache::default();
        put(&cache, &row(1, 1));
        let n_rows = i64::try_from(BYTES_MAX / HEAD_BYTES / 2).unwrap() + 1;
        (2..n_rows).for_each(|id| put(&cache, &row(id, 1)));
        cache.forget([row(1, 1).0].iter());
        assert!(cache.get(&row(1, 1).0).is_none());
    }
}
