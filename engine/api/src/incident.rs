//! Incidents: what stopped an instance, and trying it again.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
