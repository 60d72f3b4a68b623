//! The calendar of the county: its days, its editions, and their publication.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
