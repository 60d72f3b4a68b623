//! How an activity is carried out several times.

use std::sync::Arc;

use tongban_feel::value::{List, Value};

use crate::id::{ElementInstanceId, ProcessInstanceId};

/// See [`super::Event::LoopStarted`].
#[derive(Debug, Clone, PartialEq)]
pub struct LoopStarted {
    /// The body.
    pub id: ElementInstanceId,
    /// How many iterations there are in all.
    pub count: u32,
    /// The loop counter of the first one this body carries out.
    pub first: u32,
    /// The loop counter of the last one; less than `first` if there is none.
    pub last: u32,
    /// The items of these, in order; none if there is no collection.
    pub items: Arc<List>,
    /// Whether the iterations are instances of their own. The items are then kept outside the state,
    /// and the stored form of the event leaves them out.
    pub is_spread: bool,
}

/// See [`super::Event::IterationCompleted`].
#[derive(Debug, Clone, PartialEq)]
pub struct IterationCompleted {
    /// The body.
    pub id: ElementInstanceId,
    /// Which iteration.
    pub loop_counter: u32,
    /// The instance that ran it, if it was one of its own; its output is then kept outside the
    /// state.
    pub child: Option<ProcessInstanceId>,
    /// What of it goes into the output collection.
    pub output: Option<Value>,
    /// Whether the completion condition holds.
    pub is_satisfied: bool,
}
