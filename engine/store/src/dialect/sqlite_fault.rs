//! placeholder

/// Name.
pub const NAME: &str = "drop-unflushed";

/// Registers.
pub fn register() {}
