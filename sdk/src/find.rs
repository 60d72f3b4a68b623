//! Queries with the pending writes of the same call laid over them.
//!
//! The server's pages know nothing of what the call has written. So a written record is left out
//! of them, and if it fulfils the conditions it joins the page into whose range it falls: behind
//! the last record of the page before, up to the last record of this one. The cursor carries that
//! border along.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::context::{Context, body_value, decode, written};
use crate::error::OperationError;
#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::{RecordQuery, StoredRecord, Write};
use crate::query::{self, Key, Page, Query};
use crate::record::{Record, Stored};

/// The end of a page.
#[derive(Serialize, Deserialize)]
struct Cursor {
    /// The server's cursor.
    after: String,
    /// The last record that the server had on the page.
    border: Key,
}

impl Context {
    /// A page of the records that a query finds.
    pub fn find<T: Record>(&self, query: Query) -> Result<Page<T>, OperationError> {
        let mut query = query.into_record_query::<T>()?;
        let begin = query.after.take().map(|text| cursor(&text)).transpose()?;
        query.after = begin.as_ref().map(|it| it.after.clone());
        let page = self.host().find(&query)?;

        let border = page
            .items
            .last()
            .map(|it| key::<T>(it, &query))
            .transpose()?;
        let end = match (page.next, border) {
            (Some(after), Some(border)) => Some(Cursor { after, border }),
            // Nothing came, so the border does not move.
            (Some(after), None) => begin.as_ref().map(|it| Cursor {
                after,
                border: it.border.clone(),
            }),
            (None, _) => None,
        };
        let items = self.overlaid::<T>(page.items, &query, begin.as_ref(), end.as_ref())?;
        let items = items.into_iter().map(decode).collect::<Result<_, _>>()?;
        let next = end.map(|it| serde_json::to_string(&it).unwrap_or_default());
        Ok(Page { items, next })
    }

    /// The first record that a query finds.
    pub fn find_first<T: Record>(&self, query: Query) -> Result<Option<Stored<T>>, OperationError> {
        // What this call has changed is left out of a page, so one record more for each.
        let limit = u32::try_from(self.pending(T::KIND).count()).unwrap_or(u32::MAX);
        let mut query = query.limit(limit.saturating_add(1));
        loop {
            let page = self.find(query.clone())?;
            if let Some(first) = page.items.into_iter().next() {
                return Ok(Some(first));
            }
            let Some(next) = page.next else {
                return Ok(None);
            };
            query = query.after(next);
        }
    }

    /// How many records fulfil the conditions of a query.
    pub fn count<T: Record>(&self, query: Query) -> Result<u64, OperationError> {
        let query = query.into_record_query::<T>()?;
        let mut count = self.host().count(&query)?;
        for (id, write) in self.pending(T::KIND) {
            let before = if is_new(write) {
                None
            } else {
                self.host().get(T::KIND, id)?
            };
            let counted = |record: Option<&StoredRecord>| -> Result<bool, OperationError> {
                let Some(record) = record else {
                    return Ok(false);
                };
                let body = body_value(record)?;
                Ok(query::matches(&body, &query.conditions, T::FILTERS))
            };
            match (counted(before.as_ref())?, counted(written(write).as_ref())?) {
                (true, false) => count = count.saturating_sub(1),
                (false, true) => count = count.saturating_add(1),
                (true, true) | (false, false) => {}
            }
        }
        Ok(count)
    }

    fn overlaid<T: Record>(
        &self,
        page: Vec<StoredRecord>,
        query: &RecordQuery,
        begin: Option<&Cursor>,
        end: Option<&Cursor>,
    ) -> Result<Vec<StoredRecord>, OperationError> {
        if self.pending(T::KIND).next().is_none() {
            return Ok(page);
        }
        let mut items = Vec::new();
        for record in page {
            if self.pending(T::KIND).all(|(id, _)| id != record.id) {
                items.push((key::<T>(&record, query)?, record));
            }
        }
        for record in self
            .pending(T::KIND)
            .filter_map(|(_, write)| written(write))
        {
            let body = body_value(&record)?;
            let key = Key::of(&body, &record.id, &query.order, T::FILTERS);
            let is_behind =
                |border: &Cursor| key.compare(&border.border, &query.order) == Ordering::Greater;
            let is_here = begin.is_none_or(is_behind) && !end.is_some_and(is_behind);
            if is_here && query::matches(&body, &query.conditions, T::FILTERS) {
                items.push((key, record));
            }
        }
        items.sort_by(|(a, _), (b, _)| a.compare(b, &query.order));
        Ok(items.into_iter().map(|(_, record)| record).collect())
    }
}

fn is_new(write: &Write) -> bool {
    matches!(
        write,
        Write::PutRecord {
            expected_version: None,
            ..
        }
    )
}

fn cursor(text: &str) -> Result<Cursor, OperationError> {
    serde_json::from_str(text)
        .map_err(|_| OperationError::failed("expected `next` of a page as the end of a page"))
}

fn key<T: Record>(record: &StoredRecord, query: &RecordQuery) -> Result<Key, OperationError> {
    let body = body_value(record)?;
    Ok(Key::of(&body, &record.id, &query.order, T::FILTERS))
}
