//! Static checks of a model: what is probably not meant so.

mod cover;
mod name;
mod space;
mod table;
mod work;

pub(super) use name::names;
pub(super) use table::table;
pub(super) use work::Work;

#[cfg(test)]
mod tests;
