//! Static checks of a model: what is probably not meant so.

mod cover;
mod name;
mod space;
mod table;

pub(super) use name::names;
pub(super) use table::table;

#[cfg(test)]
mod tests;
