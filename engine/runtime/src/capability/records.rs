//! Reads of records within the transaction.

use std::sync::Arc;

use tongban_feel::time::Date;
use tongban_host::call::StoredRecord;
use tongban_host::capability::Unavailable;
use tongban_host::capability::record::{Comparison, Condition, Page, Query, ReadError, Records};
use tongban_host::manifest::{Filter, FilterType, RecordKind};
use tongban_store::error::Error as StoreError;
use tongban_store::query::page::{Cursor, PageRequest};
use tongban_store::query::record::{ColumnFilter, ColumnTest, RecordFilter, RecordOrder};
use tongban_store::row::record::{ColumnValue, Record};

use super::{CallCapabilities, unavailable};
use crate::record_columns::value_of;

impl Records for CallCapabilities {
    fn get_records(
        &mut self,
        kind: &str,
        ids: &[String],
    ) -> Result<Vec<StoredRecord>, Unavailable> {
        let mut records = Vec::with_capacity(ids.len());
        for id in ids {
            let read = CallCapabilities::wait(&self.runtime, self.unit.record(kind, id));
            if let Some(record) = read.map_err(unavailable)? {
                records.push(to_host(kind, record));
            }
        }
        Ok(records)
    }

    fn find_records(&mut self, query: &Query) -> Result<Page, ReadError> {
        let order = self.order_of(query)?;
        let filter = RecordFilter {
            order,
            ..self.filter_of(query)?
        };
        let after = query.after.as_deref().map(Cursor::from_text);
        let page = PageRequest {
            first: query.limit,
            after,
        };
        let find = self.unit.find_records(&query.kind, &filter, &page);
        let found = CallCapabilities::wait(&self.runtime, find).map_err(read_error)?;
        let next = match (found.has_next_page, found.edges.last()) {
            (true, Some(last)) => Some(last.cursor.as_str().to_owned()),
            _ => None,
        };
        let items = found
            .into_nodes()
            .into_iter()
            .map(|it| to_host(&query.kind, it))
            .collect();
        Ok(Page { items, next })
    }

    fn count_records(&mut self, query: &Query) -> Result<u64, ReadError> {
        let filter = self.filter_of(query)?;
        let count = self.unit.count_records(&query.kind, &filter);
        CallCapabilities::wait(&self.runtime, count).map_err(read_error)
    }
}

impl CallCapabilities {
    /// One column that is no truth value, the least first: there is an index for it.
    fn order_of(&self, query: &Query) -> Result<RecordOrder, ReadError> {
        let order = match &query.order[..] {
            [] => return Ok(RecordOrder::Id),
            [only] if !only.descending => only,
            [first, ..] => {
                let text = format!(
                    "expected one order, the least first, found {} and others or the greatest first",
                    first.filter
                );
                return Err(ReadError::BadQuery(text));
            }
        };
        let plugin = self.tenant.record_plugin(&query.kind);
        let declared = plugin.and_then(|it| it.manifest().record(&query.kind));
        let filters = declared.into_iter().flat_map(|it| &it.filters);
        let is_boolean = |it: &Filter| it.name == order.filter && it.r#type == FilterType::Boolean;
        if filters.into_iter().any(is_boolean) {
            let text = format!(
                "expected an order by what is no truth value, found {}",
                order.filter
            );
            return Err(ReadError::BadQuery(text));
        }
        Ok(RecordOrder::Column(Arc::from(order.filter.as_str())))
    }

    fn filter_of(&self, query: &Query) -> Result<RecordFilter, ReadError> {
        let plugin = self.tenant.record_plugin(&query.kind);
        let declared = plugin.and_then(|it| it.manifest().record(&query.kind));
        let declared = declared.ok_or_else(|| {
            ReadError::BadQuery(format!(
                "no active plugin declares record kind {}",
                query.kind
            ))
        })?;
        let columns = query
            .conditions
            .iter()
            .map(|it| column_filter(declared, it));
        let columns = columns.collect::<Option<Vec<_>>>();
        let columns = columns.ok_or_else(|| {
            ReadError::BadQuery("expected values that can be compared in this way".to_owned())
        })?;
        Ok(RecordFilter {
            columns,
            ..RecordFilter::default()
        })
    }
}

fn column_filter(declared: &RecordKind, condition: &Condition) -> Option<ColumnFilter> {
    let filter = declared
        .filters
        .iter()
        .find(|it| it.name == condition.filter)?;
    let value = || value_of(filter.r#type, &condition.value);
    let test = match condition.comparison {
        Comparison::Equal if condition.value.is_null() => ColumnTest::IsNull,
        Comparison::Equal => ColumnTest::Equals(value()?),
        Comparison::AtMost => ColumnTest::Between {
            from: None,
            to: Some(value()?),
        },
        Comparison::AtLeast => ColumnTest::Between {
            from: Some(value()?),
            to: None,
        },
        Comparison::Less => ColumnTest::Between {
            from: None,
            to: Some(beside(&value()?, -1)?),
        },
        Comparison::Greater => ColumnTest::Between {
            from: Some(beside(&value()?, 1)?),
            to: None,
        },
        Comparison::OneOf => {
            let items = condition.value.as_array()?.iter();
            ColumnTest::In(
                items
                    .map(|it| value_of(filter.r#type, it))
                    .collect::<Option<_>>()?,
            )
        }
    };
    Some(ColumnFilter {
        column: Arc::from(condition.filter.as_str()),
        test,
    })
}

/// The next or previous value, for types whose values can be counted.
fn beside(value: &ColumnValue, step: i64) -> Option<ColumnValue> {
    match value {
        ColumnValue::Integer(number) => Some(ColumnValue::Integer(number.checked_add(step)?)),
        ColumnValue::Instant(instant) => Some(ColumnValue::Instant(instant.checked_add(step)?)),
        ColumnValue::Date(date) => {
            let date = Date::parse(date)?.add_days(step)?;
            Some(ColumnValue::Date(Arc::from(date.to_string())))
        }
        ColumnValue::Text(_) | ColumnValue::Boolean(_) => None,
    }
}

fn to_host(kind: &str, record: Record) -> StoredRecord {
    StoredRecord {
        kind: kind.to_owned(),
        id: record.id.to_string(),
        version: u64::try_from(record.version).unwrap_or(0),
        schema_version: u32::try_from(record.schema_version).unwrap_or(0),
        body: record.body.as_bytes().to_vec(),
    }
}

fn read_error(error: StoreError) -> ReadError {
    match error {
        StoreError::BadCursor
        | StoreError::UnknownRecordColumn { .. }
        | StoreError::UnknownRecordKind { .. } => ReadError::BadQuery(error.to_string()),
        _ => ReadError::Unavailable(unavailable(error)),
    }
}
