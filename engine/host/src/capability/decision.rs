//! Decisions of the plugin, or of the county in their place.

use serde_json::{Map, Value};

use super::Unavailable;
use crate::call::Date;

/// What was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The output.
    pub output: Value,
    /// The version that decided.
    pub version: u32,
    /// From which day that version holds; absent: from the beginning.
    pub effective_from: Option<Date>,
    /// The ids of the rules that matched, those of required decisions first.
    pub rules: Vec<String>,
}

/// Why nothing was decided.
#[derive(Debug)]
pub enum DecisionError {
    /// No version holds on the day, or it cannot be made with this input.
    Undecided(String),
    /// The world failed.
    Unavailable(Unavailable),
}

/// Makes decisions.
pub trait Decisions {
    /// Decides by the version that holds on a day, with the members of the input as variables.
    fn make_decision(
        &mut self,
        decision: &str,
        as_of: Date,
        input: &Map<String, Value>,
    ) -> Result<Decision, DecisionError>;
}
