//! Deadlines of records: the day, how it came about, and its light.

pub(crate) mod object;
pub(crate) mod query;
