//! Work that is still to be done: a continuation as data.
//!
//! A step takes units from a queue until it is empty or the step bound is reached; what is left
//! goes into the state by an event. A unit whose element instance is gone or has moved on in the
//! meantime does nothing. Start from [`Work`].

use crate::id::{CompensationId, ElementIdx, ElementInstanceId, FlowIdx, SubscriptionId};
use crate::variable::Variables;

/// One unit of work.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A token that took a flow arrives at its target.
    Enter {
        /// The scope instance.
        scope: ElementInstanceId,
        /// The flow.
        flow: FlowIdx,
    },
    /// An element starts without a flow: a start event, a boundary event, an event sub-process.
    Start {
        /// The scope instance.
        scope: ElementInstanceId,
        /// The element.
        element: ElementIdx,
        /// What came with its trigger.
        received: Variables,
    },
    /// Runs the activation of an element instance (again).
    Activate {
        /// Which.
        id: ElementInstanceId,
    },
    /// Runs the completion of an element instance (again).
    Complete {
        /// Which.
        id: ElementInstanceId,
        /// What came with its end.
        received: Variables,
    },
    /// Ends an element instance early.
    Terminate {
        /// Which.
        id: ElementInstanceId,
    },
    /// Looks whether a scope has come to its end, or can start what interrupted it.
    Settle {
        /// Which.
        scope: ElementInstanceId,
    },
    /// Looks whether the tokens that wait at a gateway are all that can come.
    Join {
        /// The scope instance.
        scope: ElementInstanceId,
        /// The gateway.
        element: ElementIdx,
    },
    /// Looks at a condition again.
    Evaluate {
        /// Its subscription.
        subscription: SubscriptionId,
    },
    /// Undoes the next activity of a run, or ends the run.
    Compensate {
        /// The scope instance.
        scope: ElementInstanceId,
        /// The run.
        run: CompensationId,
    },
    /// Does again what an active element instance asked for outside.
    Retry {
        /// Which.
        id: ElementInstanceId,
    },
}
