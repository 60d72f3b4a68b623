//! Batches: the same thing done to many instances, with its progress and its results.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
pub(crate) mod subscription;
