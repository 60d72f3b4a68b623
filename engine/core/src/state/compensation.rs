//! What of a scope can be undone, and what is being undone (BPMN 2.0, 10.7 and 13.5.5).
//!
//! A scope keeps what has been completed in it while it runs. With its own end that goes to the scope
//! around it, as far as it can still be reached from there.

use crate::id::{CompensationId, ElementIdx, ElementInstanceId};
use crate::variable::Variables;

/// Compensation as one element instance has to do with it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Compensation {
    /// What has been completed in this scope and can be undone, in order of completion.
    pub completed: Vec<CompletedActivity>,
    /// What is being undone in this scope.
    pub runs: Vec<CompensationRun>,
    /// What this element instance itself undoes.
    pub carries_out: Option<CarriesOut>,
}

/// An activity that has been completed and can be undone.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletedActivity {
    /// Its number; a later one has been completed later.
    pub id: CompensationId,
    /// The activity.
    pub element: ElementIdx,
    /// Its local variables at its completion.
    pub variables: Variables,
    /// What had been completed in it, if it can be undone piece by piece.
    pub contents: Vec<CompletedActivity>,
}

/// Activities that are being undone, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct CompensationRun {
    /// Its number.
    pub id: CompensationId,
    /// The event that waits for its end.
    pub thrower: Option<ElementInstanceId>,
    /// What is still to be undone; the last comes first.
    pub activities: Vec<CompletedActivity>,
}

/// That an element instance undoes an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarriesOut {
    /// For this run of the scope around it.
    pub run: CompensationId,
    /// Whether it is the activity itself, a scope in which its contents are undone; else it is the
    /// handler.
    pub is_scope: bool,
}

impl Compensation {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.completed.is_empty() && self.runs.is_empty() && self.carries_out.is_none()
    }
}
