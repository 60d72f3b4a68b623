//! A process instance: its head, its state, and its history.

use std::sync::Arc;

use tongban_core::event::Event;
use tongban_core::id::{DefinitionId, ElementInstanceId, ProcessInstanceId};
use tongban_core::state::State;

/// Whether an instance runs, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It runs or waits.
    Active,
    /// It reached its end.
    Completed,
    /// It was cancelled, or ended by its caller.
    Canceled,
    /// A bug of ours stopped it; it takes no command until it is mended.
    Halted,
}

/// What is known of an instance without its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessInstance {
    /// Its id, unique over all tenants.
    pub id: ProcessInstanceId,
    /// The definition it is pinned to.
    pub definition_id: DefinitionId,
    /// The BPMN process id.
    pub process_key: Arc<str>,
    /// The XML id of the large multi-instance of which it runs one iteration; absent if it runs the
    /// whole process.
    pub part: Option<Arc<str>>,
    /// The case's own number.
    pub business_key: Option<Arc<str>>,
    /// The correlation key of the message that started it. While it runs, no other message with
    /// this key starts an instance of the process.
    pub correlation_key: Option<Arc<str>>,
    /// The call activity, or body of a multi-instance, that started it.
    pub parent: Option<Parent>,
    /// Whether it runs.
    pub status: Status,
    /// Number of event records so far; the last record has this number.
    pub sequence: i64,
    /// Open incidents.
    pub n_incidents: i32,
    /// When it was started.
    pub started_at: i64,
    /// Who started it.
    pub started_by: Arc<str>,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Since when it rests, if it is suspended.
    pub suspended_at: Option<i64>,
    /// Why it was halted.
    pub halt_reason: Option<Arc<str>>,
}

/// The call activity, or body of a multi-instance, that started an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// The calling instance.
    pub process_instance_id: ProcessInstanceId,
    /// The element instance in it.
    pub element_instance_id: ElementInstanceId,
}

/// An instance with its state, as a command needs it.
#[derive(Debug, Clone)]
pub struct LoadedInstance {
    /// What is known without the state.
    pub head: ProcessInstance,
    /// The state; absent once the instance has ended.
    pub state: Option<Arc<State>>,
}

/// What happened to an instance in one command.
#[derive(Debug, Clone)]
pub struct HistoryEntry {
    /// The instance.
    pub process_instance_id: ProcessInstanceId,
    /// Position in the history of the instance, from 1.
    pub sequence: i64,
    /// When the command was carried out.
    pub at: i64,
    /// Who sent it.
    pub principal: Arc<str>,
    /// The events, in order.
    pub events: Vec<Event>,
}
