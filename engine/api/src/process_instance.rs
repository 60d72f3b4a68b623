//! Process instances: where a case stands, its history, starting and cancelling.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
