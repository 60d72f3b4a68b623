//! The crate from outside: expressions, hostile input, decisions, the conformance suite.

mod expressions;
mod hostile;
