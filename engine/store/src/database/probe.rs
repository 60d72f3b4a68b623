//! Places at which work on the database can be made to fail, for tests.
//!
//! A probe is asked at every point at which a transaction reaches the database: a statement that is
//! added anywhere is a point by itself. Never serve with one.

use std::fmt::Debug;

/// A place at which a transaction reaches the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// It is opened.
    Begin,
    /// It reads or writes.
    Statement,
    /// It commits.
    Commit,
}

/// What becomes of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is carried out.
    Pass,
    /// It fails, and the database never hears of it.
    FailBefore(Failure),
    /// It is carried out, and its answer is lost.
    FailAfter(Failure),
}

/// What a failure looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The connection breaks off.
    Unreachable,
    /// The database answers that it cannot, as when a disk is full.
    Broken,
}

/// Whoever decides what fails.
pub trait Probe: Debug + Send + Sync {
    /// Asked at each point, in order.
    fn at(&self, point: Point) -> Verdict;
}
