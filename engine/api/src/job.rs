//! Jobs: taken and ended by external workers, watched by operators.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
pub(crate) mod subscription;
