//! The list of what a plugin has, and the one entry to it.

use crate::context::Context;
use crate::error::OperationError;
use crate::host::{AnyHost, Call, Completion, Envelope};
use crate::operation::OperationDescriptor;
use crate::record::RecordDescriptor;

/// What a plugin has; [`macro@crate::plugin`] makes it.
#[derive(Debug, Clone, Copy)]
pub struct Plugin {
    /// Its record kinds.
    pub records: &'static [RecordDescriptor],
    /// Its operations.
    pub operations: &'static [OperationDescriptor],
}

impl Plugin {
    /// Runs one operation.
    pub fn handle(
        &self,
        host: AnyHost,
        envelope: Envelope,
        call: Call,
    ) -> Result<Completion, OperationError> {
        let Some(operation) = self.operations.iter().find(|it| it.name == call.operation) else {
            let text = format!("the plugin has no operation {}", call.operation);
            return Err(OperationError::Failed(text));
        };
        let mut ctx = Context::new(host, envelope, call.snapshot);
        let output = (operation.run)(&mut ctx, &call.input)?;
        Ok(ctx.into_completion(output))
    }
}

/// Lists the record kinds and operations of a plugin, once, in the root of its crate.
///
/// It makes a `pub static PLUGIN`, which tests hand to the harness, and in a component the export
/// of the contract with its panic hook. An operation is named by the path of its function.
///
/// ```
/// mod divorce {
///     use tongban_sdk::{Context, Nothing, OperationError, operation};
///
///     #[operation(name = "withdrawDivorceApplication")]
///     pub fn withdraw(_ctx: &mut Context, _input: Nothing) -> Result<Nothing, OperationError> {
///         Ok(Nothing {})
///     }
/// }
///
/// tongban_sdk::plugin! {
///     records: [],
///     operations: [divorce::withdraw],
/// }
/// # fn main() { assert_eq!(PLUGIN.operations[0].name, "withdrawDivorceApplication"); }
/// ```
#[macro_export]
macro_rules! plugin {
    (
        records: [$($record:ty),* $(,)?],
        operations: [$($operation:ty),* $(,)?] $(,)?
    ) => {
        /// What this plugin has.
        pub static PLUGIN: $crate::Plugin = $crate::Plugin {
            records: &[$($crate::RecordDescriptor::of::<$record>()),*],
            operations: &[$($crate::OperationDescriptor::of::<$operation>()),*],
        };

        #[cfg(target_family = "wasm")]
        const _: () = {
            struct Component;

            impl $crate::guest::Guest for Component {
                fn handle(
                    envelope: $crate::guest::Envelope,
                    call: $crate::guest::Call,
                ) -> ::core::result::Result<
                    $crate::guest::Completion,
                    $crate::guest::OperationError,
                > {
                    $crate::guest::handle(&PLUGIN, envelope, call)
                }
            }

            $crate::guest::export_plugin!(Component);
        };
    };
}
