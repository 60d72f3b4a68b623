//! Queries over the declared filters of a record kind.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::OperationError;
use crate::host::{Comparison, Condition, Order, RecordQuery, compare_values};
use crate::record::{FilterPath, Record, Stored};

/// Which records, in which order; see [`crate::Context::find`].
///
/// ```
/// use tongban_sdk::{Date, Query};
/// let today: Date = "2026-03-02".parse()?;
/// let query = Query::new()
///     .equal("state", "COOLING_OFF")
///     .at_most("coolingOffEndsOn", today)
///     .order_by("coolingOffEndsOn")
///     .limit(50);
/// # let _ = query;
/// # Ok::<(), tongban_sdk::InvalidTime>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a query reads nothing by itself"]
pub struct Query {
    conditions: Vec<Condition>,
    order: Vec<Order>,
    limit: Option<u32>,
    after: Option<String>,
    /// The first filter whose value could not be written as JSON.
    unwritable: Option<String>,
}

/// Records found.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The records of this page. Pending writes of the same call are laid over it, so it may
    /// hold a few more than the limit, or fewer, and even none without being the last.
    pub items: Vec<Stored<T>>,
    /// For [`Query::after`]; absent on the last page.
    pub next: Option<String>,
}

/// What a page holds if the query does not say.
const LIMIT_DEFAULT: u32 = 100;

impl Query {
    /// All records of the kind.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those whose filter is this value.
    pub fn equal(self, filter: &str, value: impl Serialize) -> Self {
        self.with(filter, Comparison::Equal, &value)
    }

    /// Those whose filter is less than this value.
    pub fn less(self, filter: &str, value: impl Serialize) -> Self {
        self.with(filter, Comparison::Less, &value)
    }

    /// Those whose filter is this value or less.
    pub fn at_most(self, filter: &str, value: impl Serialize) -> Self {
        self.with(filter, Comparison::AtMost, &value)
    }

    /// Those whose filter is greater than this value.
    pub fn greater(self, filter: &str, value: impl Serialize) -> Self {
        self.with(filter, Comparison::Greater, &value)
    }

    /// Those whose filter is this value or greater.
    pub fn at_least(self, filter: &str, value: impl Serialize) -> Self {
        self.with(filter, Comparison::AtLeast, &value)
    }

    /// Those whose filter is one of these values.
    pub fn one_of<T: Serialize>(self, filter: &str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<T> = values.into_iter().collect();
        self.with(filter, Comparison::OneOf, &values)
    }

    /// Least first; the id comes last of itself. The server orders by one filter that is no truth value, and leaves
    /// out records that have none.
    pub fn order_by(mut self, filter: &str) -> Self {
        self.order.push(Order {
            filter: filter.to_owned(),
            descending: false,
        });
        self
    }

    /// Greatest first. The server has no such order yet: what asks for it fails.
    pub fn order_by_descending(mut self, filter: &str) -> Self {
        self.order.push(Order {
            filter: filter.to_owned(),
            descending: true,
        });
        self
    }

    /// At most this many on a page; 100 if not said.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The page after the one that ended with this [`Page::next`].
    pub fn after(mut self, next: impl Into<String>) -> Self {
        self.after = Some(next.into());
        self
    }

    fn with(mut self, filter: &str, comparison: Comparison, value: &impl Serialize) -> Self {
        match serde_json::to_value(value) {
            Ok(value) => {
                self.conditions.push(Condition {
                    filter: filter.to_owned(),
                    comparison,
                    value,
                });
            }
            Err(_) => {
                self.unwritable.get_or_insert_with(|| filter.to_owned());
            }
        }
        self
    }

    pub(crate) fn into_record_query<T: Record>(self) -> Result<RecordQuery, OperationError> {
        if let Some(filter) = self.unwritable {
            let kind = T::KIND;
            let text = format!("query of {kind}: the value of the filter {filter} is no JSON");
            return Err(OperationError::Failed(text));
        }
        Ok(RecordQuery {
            kind: T::KIND.to_owned(),
            conditions: self.conditions,
            order: self.order,
            limit: self.limit.unwrap_or(LIMIT_DEFAULT),
            after: self.after,
        })
    }
}

/// Whether a body fulfils all conditions; as in SQL, an absent value fulfils none.
pub(crate) fn matches(body: &Value, conditions: &[Condition], filters: &[FilterPath]) -> bool {
    conditions.iter().all(|condition| {
        let Some(found) = filter_value(body, &condition.filter, filters) else {
            return false;
        };
        condition.comparison.holds(found, &condition.value)
    })
}

/// The values by which a record is ordered: those of the query's order, then its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Key {
    values: Vec<Option<Value>>,
    id: String,
}

impl Key {
    pub(crate) fn of(body: &Value, id: &str, order: &[Order], filters: &[FilterPath]) -> Self {
        let value = |key: &Order| filter_value(body, &key.filter, filters).cloned();
        Self {
            values: order.iter().map(value).collect(),
            id: id.to_owned(),
        }
    }

    /// Which of two comes first; absent values come before others.
    pub(crate) fn compare(&self, other: &Self, order: &[Order]) -> Ordering {
        for (key, (a, b)) in order.iter().zip(self.values.iter().zip(&other.values)) {
            let by_key = match (a, b) {
                (Some(a), Some(b)) => compare_values(a, b).unwrap_or(Ordering::Equal),
                _ => a.is_some().cmp(&b.is_some()),
            };
            let by_key = if key.descending {
                by_key.reverse()
            } else {
                by_key
            };
            if by_key != Ordering::Equal {
                return by_key;
            }
        }
        self.id.cmp(&other.id)
    }
}

fn filter_value<'a>(body: &'a Value, name: &str, filters: &[FilterPath]) -> Option<&'a Value> {
    let value = match filters.iter().find(|it| it.name == name) {
        Some(filter) => body.pointer(filter.path),
        None => body.get(name),
    };
    value.filter(|it| !it.is_null())
}
