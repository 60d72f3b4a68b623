//! Identifiers and instants: what the core draws from a counter or is handed by its caller.
//!
//! It knows neither the tenant (a key of storage) nor the opaque ids of the API. Within one
//! instance every id is drawn from the one counter of its state, so that an id is unique over all
//! nouns. Start from [`ProcessInstanceId`].

use std::fmt;

use tongban_feel::time::{DateTime, Timestamp, Zone};

// Events and state name positions of the compiled graph. Who encodes them (storage) knows the core
// but not the compiler, so this is the one place from which they are named outside of it.
pub use tongban_bpmn::graph::{Binding, ElementIdx, FlowIdx};

/// A process instance; given by the caller, who draws it from blocks reserved in storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessInstanceId(pub i64);

/// One version of a process definition, as deployed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId(pub i64);

/// A moment: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

impl fmt::Display for ProcessInstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let timestamp = Timestamp::from_microseconds(self.0);
        write!(f, "{}", DateTime::from_timestamp(timestamp, Zone::utc()))
    }
}

impl Instant {
    /// This moment and a number of microseconds, kept within the range of the type.
    pub fn plus_us(self, microseconds: i64) -> Instant {
        Instant(self.0.saturating_add(microseconds))
    }
}

macro_rules! local_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

local_id! {
    /// One activation of an element within its process instance.
    ElementInstanceId
}
local_id! {
    /// Work for a plugin or a worker.
    JobId
}
local_id! {
    /// A timer that waits.
    TimerId
}
local_id! {
    /// A message that is awaited.
    SubscriptionId
}
local_id! {
    /// A place where the instance cannot go on by itself.
    IncidentId
}
local_id! {
    /// Something that can be undone, or the undoing of several.
    CompensationId
}
local_id! {
    /// A task of a person; its number is that of its element instance.
    UserTaskId
}

impl UserTaskId {
    /// The element instance of the task.
    pub fn element_instance(self) -> ElementInstanceId {
        ElementInstanceId(self.0)
    }
}

impl ElementInstanceId {
    /// The user task of this element instance, if it is one of a user task.
    pub fn user_task(self) -> UserTaskId {
        UserTaskId(self.0)
    }
}

impl From<i64> for ProcessInstanceId {
    fn from(id: i64) -> ProcessInstanceId {
        ProcessInstanceId(id)
    }
}

impl From<u32> for UserTaskId {
    fn from(number: u32) -> UserTaskId {
        UserTaskId(number)
    }
}

impl From<u32> for IncidentId {
    fn from(number: u32) -> IncidentId {
        IncidentId(number)
    }
}
