//! User tasks: a clerk's list, and what is done with a task.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;
pub(crate) mod subscription;
