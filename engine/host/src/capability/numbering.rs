//! Gapless numbers.

use std::collections::BTreeMap;

use super::Unavailable;
use crate::manifest::NumberSeries;

/// Why there is no number.
#[derive(Debug)]
pub enum NumberError {
    /// The sequence has reached the width of its field; the plugin sees the text.
    Exhausted(String),
    /// The world failed.
    Unavailable(Unavailable),
}

/// Takes numbers within the transaction of the command.
pub trait Numbering {
    /// The next sequence number (from 1) of the series in this scope. The host has checked that
    /// `scope` has exactly the declared names with values that fit, and formats the result by
    /// the pattern.
    fn allocate_number(
        &mut self,
        series: &NumberSeries,
        scope: &BTreeMap<String, String>,
    ) -> Result<u64, NumberError>;
}
