//! Who asks: a principal read from a signed token, and which roles may use which field.
//!
//! It does not know where a token came from: `token` verifies signatures of the configured issuer, `right` holds
//! the rights table that each root field must appear in.

pub mod anonymous;
pub mod principal;
pub mod right;
pub mod token;
