//! The crate from outside: expressions, hostile input, the conformance suite.

mod dmn_tck;
mod expressions;
mod hostile;
