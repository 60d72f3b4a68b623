//! Decisions (DMN), by the tables that hold in the county.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::Context;
use crate::error::OperationError;
#[cfg(target_family = "wasm")]
use crate::host::Host;
use crate::host::{Decided, DecisionError};
use crate::pointer;
use crate::time::Date;

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<T> {
    /// The output.
    pub output: T,
    /// The version of the decision.
    pub version: u32,
    /// From which day that version holds; absent: from the beginning.
    pub effective_from: Option<Date>,
    /// The ids of the rules that matched, those of required decisions first.
    pub rules: Vec<String>,
}

impl Context {
    /// Decides by the version that holds on a day, with the members of `input` as variables. The
    /// county may have put a table of its own in the place of the plugin's.
    ///
    /// The operation declares the id under `decisions` in `plugin.toml`. Where a process goes its
    /// way by a decision, let a business rule task make it: this is for queries and previews.
    ///
    /// ```no_run
    /// # use tongban_sdk::{Context, OperationError};
    /// # fn cap(ctx: &Context) -> Result<Option<i64>, OperationError> {
    /// let input = serde_json::json!({ "item": "CREMATION" });
    /// let cap = ctx.decide::<Option<i64>>("cap_of_item", ctx.today(), &input)?;
    /// Ok(cap.output)
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no version holds on the day or it cannot be made with this input, if the output is not
    /// what `T` expects, or if the operation does not declare it.
    pub fn decide<T: DeserializeOwned>(
        &self,
        decision: &str,
        as_of: Date,
        input: &impl Serialize,
    ) -> Result<Decision<T>, OperationError> {
        let input = serde_json::to_vec(input).map_err(|error| {
            OperationError::Failed(format!("input of the decision {decision}: {error}"))
        })?;
        let Decided {
            output,
            version,
            effective_from,
            rules,
        } = self.host().decide(decision, as_of, &input)?;
        Ok(Decision {
            output: pointer::decode(&output, format_args!("decision {decision}"))?,
            version,
            effective_from,
            rules,
        })
    }
}

impl From<DecisionError> for OperationError {
    fn from(error: DecisionError) -> Self {
        Self::Failed(error.to_string())
    }
}
