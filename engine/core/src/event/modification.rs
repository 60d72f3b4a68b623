//! What was done to an instance by hand.

use std::sync::Arc;

use crate::id::{ElementInstanceId, FlowIdx};

/// See [`super::Event::InstanceModified`]. What it comes to is in the events that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceModified {
    /// The scope instances that are made without starting what they start with.
    pub made: Vec<ElementInstanceId>,
    /// The element instances that start without a token.
    pub started: Vec<ElementInstanceId>,
    /// The flows that are taken without an element that leaves.
    pub taken: Vec<FlowIdx>,
    /// What was asked for, for people: `+` and where a token starts, `-` and what is ended, by XML
    /// ids.
    pub summary: Vec<Arc<str>>,
}
