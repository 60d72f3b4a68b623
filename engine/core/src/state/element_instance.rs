//! One activation of an element.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::id::{DefinitionId, ElementIdx, ElementInstanceId, FlowIdx, JobId, ProcessInstanceId};
use crate::state::ad_hoc_sub_process::AdHoc;
use crate::state::arrival::Arrival;
use crate::state::compensation::{CarriesOut, Compensation};
use crate::state::multi_instance::Loop;
use crate::variable::Variables;

/// One activation of an element; for a container, a scope with variables and contents.
#[derive(Debug, Clone, PartialEq)]
pub struct ElementInstance {
    /// Its id.
    pub id: ElementInstanceId,
    /// The element.
    pub element: ElementIdx,
    /// The scope instance; only the process itself has none.
    pub scope: Option<ElementInstanceId>,
    /// Where it stands in its life.
    pub phase: Phase,
    /// How many element instances have this one as their scope.
    pub active_children: u32,
    /// Tokens in this scope that have taken a flow and wait for its target.
    pub taken_flows: BTreeMap<FlowIdx, u32>,
    /// Its local variables.
    pub variables: Variables,
    /// What came with its trigger or end and is not mapped yet.
    pub received: Variables,
    /// Whether its outputs have been written, while its flows wait for an incident.
    pub is_written: bool,
    /// Whether what it would wait for has come: at the event-based gateway before it.
    pub is_triggered: bool,
    /// Which iteration of the multi-instance or loop around it, counted from 1.
    pub loop_counter: Option<u32>,
    /// Where the iterations stand, of the body of a multi-instance that has begun.
    pub multi_instance: Option<Box<Loop>>,
    /// How many iterations the body of a standard loop has begun.
    pub rounds: u32,
    /// The flows that have given their token to a complex gateway, once it has started.
    pub given: Option<Vec<FlowIdx>>,
    /// What has been chosen in an ad-hoc sub-process, once it is active.
    pub ad_hoc: Option<Box<AdHoc>>,
    /// The event that interrupted it.
    pub interruption: Option<Interruption>,
    /// The process it has called.
    pub child: Option<Child>,
    /// What it has asked for outside and is not answered yet.
    pub request: Option<Request>,
    /// What has come for parallel multiple events that wait for more.
    pub arrivals: Vec<Arrival>,
    /// How many of several things it has thrown.
    pub thrown: u32,
    /// What can be undone in it, and what it undoes.
    pub compensation: Option<Box<Compensation>>,
}

impl ElementInstance {
    /// What it undoes, if it is there for that.
    pub fn carries_out(&self) -> Option<CarriesOut> {
        self.compensation.as_ref()?.carries_out
    }

    /// Whether something in it is being undone.
    pub fn is_undoing(&self) -> bool {
        let compensation = self.compensation.as_ref();
        compensation.is_some_and(|it| !it.runs.is_empty())
    }
}

/// The life of an element instance. One that has ended is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Its inputs are read, its work is being opened.
    Activating,
    /// It waits, or its contents run.
    Active,
    /// Its outputs are being written.
    Completing,
    /// It is being ended early.
    Terminating,
}

impl Phase {
    /// The transition guard: whether the life of an element instance may go on like this.
    pub fn may_become(self, next: Phase) -> bool {
        match (self, next) {
            (Phase::Activating, Phase::Active)
            | (Phase::Active, Phase::Completing)
            | (Phase::Activating | Phase::Active | Phase::Completing, Phase::Terminating) => true,
            (
                Phase::Activating | Phase::Active | Phase::Completing | Phase::Terminating,
                Phase::Activating | Phase::Active | Phase::Completing | Phase::Terminating,
            ) => false,
        }
    }
}

/// An event that ends what an element instance was doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Interruption {
    /// The boundary event, event sub-process, or terminate or cancel end event, or an ad-hoc
    /// sub-process itself, whose completion condition holds.
    pub by: ElementIdx,
    /// What came with its trigger.
    pub received: Variables,
    /// Whether the event sub-process has started, what a canceled transaction has done is being
    /// undone, or the scope that has interrupted itself comes to its end.
    pub started: bool,
}

/// A called process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Child {
    /// The instance.
    pub instance: ProcessInstanceId,
    /// Of which definition.
    pub definition: DefinitionId,
}

/// A question that has left the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A business rule task waits for its decision.
    Decision,
    /// A call activity waits for its process to be made.
    Child,
    /// The parent is asked whether it catches an error.
    ParentCatch {
        /// The job that threw it, if one did.
        job: Option<JobId>,
        /// The error code.
        code: Arc<str>,
        /// What happened, for people.
        message: Arc<str>,
    },
    /// The parent is asked whether something that catches an escalation ends this instance.
    ParentEscalation {
        /// The escalation code.
        code: Arc<str>,
    },
}
