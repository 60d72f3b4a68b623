//! Process instances: where a case stands, its history, starting and cancelling.

pub(crate) mod element_instance;
pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod operate;
pub(crate) mod query;
