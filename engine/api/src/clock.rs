//! The clock that due times come from.

pub(crate) mod mutation;
pub(crate) mod object;
