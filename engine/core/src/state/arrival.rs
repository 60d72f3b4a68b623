//! What has come of the several things that a parallel multiple event waits for.

use std::sync::Arc;

use crate::id::ElementIdx;
use crate::variable::Variables;

/// One of several things that an event waits for has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// The event in the model.
    pub element: ElementIdx,
    /// What came with it.
    pub received: Variables,
    /// How it is awaited again once all have come, where the event does not interrupt. A moment that
    /// has passed does not come again, unless it is one of a cycle.
    pub again: Option<Awaited>,
}

/// Something that can be awaited again, as it was evaluated at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Awaited {
    /// A message.
    Message {
        /// Its name.
        name: Arc<str>,
        /// Its correlation key.
        correlation_key: Arc<str>,
    },
    /// A signal.
    Signal {
        /// Its name.
        name: Arc<str>,
    },
    /// A condition.
    Condition {
        /// Which of the event's definitions it is.
        definition: u32,
    },
    /// The next moment of a cycle.
    Timer {
        /// What the cycle goes on with, as [`tongban_bpmn::timer::Due`] gives it.
        then: Arc<str>,
    },
}
