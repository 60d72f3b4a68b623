//! Operations: the verbs of a plugin.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::error::OperationError;
use crate::pointer;

/// An operation that `plugin.toml` declares. [`macro@crate::operation`] implements it for a type
/// that has the name of the function.
pub trait Operation {
    /// The name, as `plugin.toml` declares it.
    const NAME: &'static str;
    /// What it takes: one JSON object.
    type Input: DeserializeOwned + JsonSchema;
    /// What it answers: one JSON object.
    type Output: Serialize + JsonSchema;

    /// Does it.
    fn run(ctx: &mut Context, input: Self::Input) -> Result<Self::Output, OperationError>;
}

/// No input, or no output: the empty JSON object.
///
/// ```
/// use tongban_sdk::{Context, Nothing, OperationError, operation};
/// #[operation]
/// fn touch(ctx: &mut Context, _input: Nothing) -> Result<Nothing, OperationError> {
///     ctx.note_audit("TOUCHED", "touched");
///     Ok(Nothing {})
/// }
/// # assert_eq!(<touch as tongban_sdk::Operation>::NAME, "touch");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nothing {}

/// What a function under [`macro@crate::operation`] returns, however its author calls it.
pub trait OperationResult {
    /// The output on success.
    type Output: Serialize + JsonSchema;

    /// The plain result.
    fn into_result(self) -> Result<Self::Output, OperationError>;
}

impl<T: Serialize + JsonSchema> OperationResult for Result<T, OperationError> {
    type Output = T;

    fn into_result(self) -> Result<T, OperationError> {
        self
    }
}

/// What the plugin's list holds of an operation.
#[derive(Debug, Clone, Copy)]
pub struct OperationDescriptor {
    /// [`Operation::NAME`].
    pub name: &'static str,
    pub(crate) run: fn(&mut Context, &[u8]) -> Result<Vec<u8>, OperationError>,
    /// Makes the JSON Schema of the input; not in a component, which has no use for it.
    #[cfg(not(target_family = "wasm"))]
    pub input_schema: fn() -> serde_json::Value,
    /// Makes the JSON Schema of the output; not in a component.
    #[cfg(not(target_family = "wasm"))]
    pub output_schema: fn() -> serde_json::Value,
}

impl OperationDescriptor {
    /// Of this operation.
    pub const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            run: run::<O>,
            #[cfg(not(target_family = "wasm"))]
            input_schema: crate::schema::read::<O::Input>,
            #[cfg(not(target_family = "wasm"))]
            output_schema: crate::schema::written::<O::Output>,
        }
    }
}

fn run<O: Operation>(ctx: &mut Context, input: &[u8]) -> Result<Vec<u8>, OperationError> {
    let output = O::run(ctx, pointer::decode_input(input)?)?;
    serde_json::to_vec(&output)
        .map_err(|_| OperationError::Failed(format!("the output of {} is no JSON", O::NAME)))
}
