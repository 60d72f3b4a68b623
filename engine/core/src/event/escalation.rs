//! Escalations on their way through called processes.

use std::sync::Arc;

use crate::command::{ChildThrower, ParentLink};
use crate::id::{ElementInstanceId, ProcessInstanceId};
use crate::variable::Variables;

/// See [`super::Event::EscalationPropagated`].
#[derive(Debug, Clone, PartialEq)]
pub struct EscalationPropagated {
    /// Where the answer goes: this instance.
    pub instance: ProcessInstanceId,
    /// The element instance that threw the escalation, or the call activity that passes it on.
    pub thrower: ElementInstanceId,
    /// The way back to the thrower, if the escalation is passed on.
    pub path: Vec<ChildThrower>,
    /// The call activity that is asked.
    pub parent: ParentLink,
    /// The escalation code.
    pub code: Arc<str>,
    /// Handed to the event that catches it.
    pub variables: Variables,
}

/// See [`super::Event::EscalationAnswered`].
#[derive(Debug, Clone, PartialEq)]
pub struct EscalationAnswered {
    /// The call activity.
    pub element_instance: ElementInstanceId,
    /// The child.
    pub child: ProcessInstanceId,
    /// The element instance in the child.
    pub thrower: ElementInstanceId,
    /// The way on from there.
    pub path: Vec<ChildThrower>,
}
