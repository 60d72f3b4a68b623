//! Types, as `instance of` and item definitions name them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Type { Any }
