//! Reads of records.

use serde_json::Value;

use super::Unavailable;
use crate::call::StoredRecord;

/// How a filter is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal to the value.
    Equal,
    /// Less than the value.
    Less,
    /// Less than or equal to the value.
    AtMost,
    /// Greater than the value.
    Greater,
    /// Greater than or equal to the value.
    AtLeast,
    /// Equal to one item of the value, which is an array.
    OneOf,
}

/// One condition on a filter that the record kind declares (checked by the host).
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The name of the filter.
    pub filter: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// Of the type of the filter (checked by the host).
    pub value: Value,
}

/// One key of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The name of the filter.
    pub filter: String,
    /// Largest first.
    pub descending: bool,
}

/// A query over one record kind; all conditions must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// The record kind.
    pub kind: String,
    /// All of them must hold.
    pub conditions: Vec<Condition>,
    /// To be completed by the id, so that it is total.
    pub order: Vec<Order>,
    /// At most this many records (already lowered to what is left of the row budget).
    pub limit: u32,
    /// `next` of the page before.
    pub after: Option<String>,
}

/// One page of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The records.
    pub items: Vec<StoredRecord>,
    /// Absent on the last page.
    pub next: Option<String>,
}

/// Why a read has no answer.
#[derive(Debug)]
pub enum ReadError {
    /// The query does not make sense (a broken cursor); the plugin sees the text.
    BadQuery(String),
    /// The world failed.
    Unavailable(Unavailable),
}

/// Reads of records within the transaction of the command.
pub trait Records {
    /// Those of the records that exist, in the order of `ids`.
    fn get_records(&mut self, kind: &str, ids: &[String])
    -> Result<Vec<StoredRecord>, Unavailable>;

    /// One page of the records that fulfil the conditions.
    fn find_records(&mut self, query: &Query) -> Result<Page, ReadError>;

    /// How many records fulfil the conditions; order, limit and cursor do not matter.
    fn count_records(&mut self, query: &Query) -> Result<u64, ReadError>;
}
