//! What is durable: rows, event records, migrations, one unit of work, read queries.
//!
//! The crate keeps what the core decided and hands it back: it encodes the core's state and
//! events, keeps the projections that lists are read from, and commits many commands at once.
//! It knows no plugin, no GraphQL and no HTTP, reads no clock and draws no identifier from chance.
//!
//! Start from [`database::Database`]; commands write through [`unit_of_work::UnitOfWork`],
//! lists read through [`query`].
//!
//! **Invariant:** every key begins with the tenant, and nothing written by one command of a unit of
//! work remains when that command is dropped.

pub mod database;
pub mod unit_of_work;

pub mod query;
pub mod row;

pub mod record;
pub mod record_kind;

pub mod dialect;
pub mod error;
pub mod id;

mod bulk;
mod entity;
mod migration;
mod overlay;
mod projection;
