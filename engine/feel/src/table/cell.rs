//! Input entries.

use std::sync::Arc;

use crate::ast::{Node, Test};

/// An input entry: unary tests on the value of its column.
#[derive(Debug)]
pub(crate) enum Cell {
    /// `-`
    Any,
    Tests(Box<CellTests>),
}

#[derive(Debug)]
pub(crate) struct CellTests {
    pub(crate) source: Arc<str>,
    pub(crate) tests: Box<[Test]>,
    pub(crate) negated: bool,
}

impl Cell {
    pub(crate) fn source(&self) -> &str {
        match self {
            Cell::Any => "-",
            Cell::Tests(tests) => &tests.source,
        }
    }

    pub(crate) fn tests(&self) -> &[Test] {
        match self {
            Cell::Any => &[],
            Cell::Tests(tests) => &tests.tests,
        }
    }

    /// Whether the cell compares with constants only, so that its outcome depends on nothing but
    /// the value.
    pub(crate) fn is_constant(&self) -> bool {
        are_constant(self.tests())
    }
}

/// Whether tests compare with constants only.
pub(crate) fn are_constant(tests: &[Test]) -> bool {
    tests.iter().all(|test| match test {
        Test::Any => true,
        Test::Compare(_, node) | Test::Value(node) => matches!(node, Node::Constant(_)),
        Test::Condition(_) => false,
    })
}
