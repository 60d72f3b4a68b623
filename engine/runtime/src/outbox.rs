//! What leaves the server, always after the commit that asked for it.
//!
//! **Invariant:** nothing here runs inside a command's transaction, and every answer comes back
//! as a command of its own, so that an answer that arrives twice finds its job gone.

pub(crate) mod check;
pub mod exchange;
