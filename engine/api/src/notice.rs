//! Notices: the inbox of citizens and staff, and their deliveries as operators see them.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
pub(crate) mod subscription;
