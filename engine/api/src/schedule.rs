//! Periodic work: schedules, what staff change about them, their runs and items.

pub(crate) mod mutation;
pub(crate) mod object;
pub(crate) mod query;

mod item;
mod name;
mod rule;
mod run;
