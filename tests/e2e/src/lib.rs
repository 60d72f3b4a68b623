//! The domains' scenarios and the tour of the README as scripts that a real server is taken through.
//!
//! Nothing here knows more of the engine than its GraphQL and its binary.

pub mod procedure;
pub mod scenario;
pub mod tour;
