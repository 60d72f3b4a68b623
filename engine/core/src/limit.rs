//! The bounds of everything that grows.
//!
//! Start from [`Limits`]; the defaults are what the server uses.

use tongban_feel::environment::Budget;

/// Matching rules kept as the evidence of one decision.
pub const DECISION_RULES_MAX: usize = 100;

/// Instructions of one modification.
pub const MODIFICATION_INSTRUCTIONS_MAX: usize = 100;
/// Findings told of one migration.
pub const MIGRATION_FINDINGS_MAX: usize = 100;

/// The bounds of one step and of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Units of work in one step; the rest waits in the state for [`crate::command::Command::Continue`].
    pub steps_max: u32,
    /// Approximate bytes of one instance's state.
    pub state_bytes_max: usize,
    /// Element instances of one process instance at a time.
    pub element_instances_max: usize,
    /// How deep processes may call each other.
    pub call_depth_max: u32,
    /// Iterations of a multi-instance.
    pub iterations_max: u32,
    /// Iterations of a multi-instance that are kept in the state; more become instances of their
    /// own.
    pub iterations_inline_max: u32,
    /// Approximate bytes of the items of a multi-instance.
    pub items_bytes_max: usize,
    /// Approximate bytes of the items of a multi-instance that are kept in the state; with more
    /// its iterations become instances of their own.
    pub items_inline_bytes_max: usize,
    /// Approximate bytes of an output collection that is brought into the state.
    pub output_collection_bytes_max: usize,
    /// Retries of a job that does not say how many.
    pub job_retries_default: u32,
    /// What one FEEL evaluation may use.
    pub feel: Budget,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            steps_max: 1_000,
            state_bytes_max: 256 * 1024,
            element_instances_max: 1_000,
            call_depth_max: 16,
            iterations_max: 100_000,
            iterations_inline_max: 100,
            items_bytes_max: 2 << 20,
            items_inline_bytes_max: 32 * 1024,
            output_collection_bytes_max: 96 * 1024,
            job_retries_default: 3,
            feel: Budget {
                steps: 100_000,
                depth: 100,
                bytes: 1 << 20,
                regex_bytes: 64 << 10,
            },
        }
    }
}
