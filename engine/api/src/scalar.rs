//! The scalars beyond GraphQL's own: one file each, listed here.

mod date;
mod date_time;
mod duration;
mod json;
mod long;

use async_graphql::dynamic::Scalar;

pub use date::Date;
pub use date_time::DateTime;
pub use duration::Duration;

/// Every scalar of the schema.
pub(crate) fn all() -> Vec<Scalar> {
    vec![
        date::scalar(),
        date_time::scalar(),
        duration::scalar(),
        json::scalar(),
        long::scalar(),
    ]
}

/// Name of the scalar for a calendar date.
pub const DATE: &str = "Date";
/// Name of the scalar for an instant.
pub const DATE_TIME: &str = "DateTime";
/// Name of the scalar for a span of time.
pub const DURATION: &str = "Duration";
/// Name of the scalar for free JSON.
pub const JSON: &str = "JSON";
/// Name of the scalar for integers beyond 32 bits.
pub const LONG: &str = "Long";
