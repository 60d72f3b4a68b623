//! Why tokens cannot be moved by hand as asked.
//!
//! What is asked is a [`crate::command::modification::ModifyInstance`]. Start from
//! [`ModificationRefusal`].

use std::sync::Arc;

use thiserror::Error;

use crate::data_type::DataMismatch;
use crate::id::ElementInstanceId;

/// Why one instruction cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModificationRefusal {
    /// There is nothing to do.
    #[error("expected at least one instruction, found none")]
    Empty,
    /// There is too much to do at once.
    #[error("expected at most {max} instructions, found {found}")]
    TooMany {
        /// How many there may be.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// The process has no such element.
    #[error("expected an element of the process, found {element:?}")]
    ElementUnknown {
        /// What was named.
        element: Arc<str>,
    },
    /// The process has no such sequence flow.
    #[error("expected a sequence flow of the process, found {flow:?}")]
    FlowUnknown {
        /// What was named.
        flow: Arc<str>,
    },
    /// A token cannot start before this element.
    #[error("expected an element that a token can start before, but {element} is a {kind}")]
    NotStartable {
        /// The element's XML id.
        element: Arc<str>,
        /// What it is.
        kind: &'static str,
    },
    /// Nothing comes after the element.
    #[error("expected an element with an outgoing sequence flow, but {element} has none")]
    NoExit {
        /// The element's XML id.
        element: Arc<str>,
    },
    /// The element takes some of its outgoing flows only.
    #[error("expected one way out of {element}, found {count}; name the sequence flow")]
    ExitAmbiguous {
        /// The element's XML id.
        element: Arc<str>,
        /// How many ways there are.
        count: usize,
    },
    /// The element instance given is not one of a scope around the element.
    #[error("expected an instance of a scope around {element}, found {found}")]
    ScopeNotAround {
        /// The element's XML id.
        element: Arc<str>,
        /// What was given.
        found: ElementInstanceId,
    },
    /// Several instances of a scope run.
    #[error("expected one instance of the scope {scope}, found {}; choose one", list(.candidates))]
    ScopeAmbiguous {
        /// The XML id of the scope.
        scope: Arc<str>,
        /// The instances.
        candidates: Vec<ElementInstanceId>,
    },
    /// Nothing new may start in the scope instance.
    #[error("expected a scope in which something can start, but {scope} is ending or interrupted")]
    ScopeClosed {
        /// The scope instance.
        scope: ElementInstanceId,
    },
    /// A token starts in an iteration, which only its multi-instance can make.
    #[error("expected a running iteration of the multi-instance {element}; choose one")]
    MultiInstance {
        /// The XML id of the multi-instance.
        element: Arc<str>,
    },
    /// An interrupting event sub-process is started as a whole only.
    #[error("expected a running instance of {element}, which interrupts; start it as a whole")]
    InterruptingScope {
        /// The XML id of the event sub-process.
        element: Arc<str>,
    },
    /// Variables are given for a scope that is not made here.
    #[error("expected variables of a scope that is made here, but {scope} is not")]
    ScopeNotNew {
        /// What was named.
        scope: Arc<str>,
    },
    /// A scope cannot be made.
    #[error("expected that the scope {element} can be made, but {message}")]
    ScopeFailed {
        /// The XML id of the scope.
        element: Arc<str>,
        /// Why.
        message: Arc<str>,
    },
    /// A value is not what the data of a scope are declared to be.
    #[error("{0}")]
    DataMismatch(Box<DataMismatch>),
    /// No instance of the element runs.
    #[error("expected a running instance of {element}, found none")]
    NotActive {
        /// The element's XML id.
        element: Arc<str>,
    },
    /// The element instance does not run.
    #[error("expected a running element instance {element_instance}, found none")]
    InstanceNotActive {
        /// Which.
        element_instance: ElementInstanceId,
    },
    /// The element instance undoes what has been completed.
    #[error(
        "expected an element instance of the way forward, but {element_instance} undoes something"
    )]
    Undoing {
        /// Which.
        element_instance: ElementInstanceId,
    },
    /// A complex gateway holds tokens that have come.
    #[error(
        "expected an element that holds no tokens, but {element} does; end the scope around it"
    )]
    HoldsTokens {
        /// The element's XML id.
        element: Arc<str>,
    },
    /// The process as a whole is ended by a command of its own.
    #[error("expected an element within the process; cancel the instance to end it as a whole")]
    IsProcess,
}

impl ModificationRefusal {
    /// The stable code; its texts are in [`crate::code::CODES`].
    pub fn code(&self) -> &'static str {
        match self {
            ModificationRefusal::Empty => "MODIFICATION_EMPTY",
            ModificationRefusal::TooMany { .. } => "MODIFICATION_TOO_LARGE",
            ModificationRefusal::ElementUnknown { .. } => "MODIFICATION_ELEMENT_UNKNOWN",
            ModificationRefusal::FlowUnknown { .. } => "MODIFICATION_FLOW_UNKNOWN",
            ModificationRefusal::NotStartable { .. } => "MODIFICATION_NOT_STARTABLE",
            ModificationRefusal::NoExit { .. } => "MODIFICATION_NO_EXIT",
            ModificationRefusal::ExitAmbiguous { .. } => "MODIFICATION_EXIT_AMBIGUOUS",
            ModificationRefusal::ScopeNotAround { .. } => "MODIFICATION_SCOPE_NOT_AROUND",
            ModificationRefusal::ScopeAmbiguous { .. } => "MODIFICATION_SCOPE_AMBIGUOUS",
            ModificationRefusal::ScopeClosed { .. } => "MODIFICATION_SCOPE_CLOSED",
            ModificationRefusal::MultiInstance { .. } => "MODIFICATION_MULTI_INSTANCE",
            ModificationRefusal::InterruptingScope { .. } => "MODIFICATION_INTERRUPTING_SCOPE",
            ModificationRefusal::ScopeNotNew { .. } => "MODIFICATION_SCOPE_NOT_NEW",
            ModificationRefusal::DataMismatch(_) => "DATA_MISMATCH",
            ModificationRefusal::ScopeFailed { .. } => "MODIFICATION_SCOPE_FAILED",
            ModificationRefusal::NotActive { .. }
            | ModificationRefusal::InstanceNotActive { .. } => "MODIFICATION_NOT_ACTIVE",
            ModificationRefusal::Undoing { .. } => "MODIFICATION_OF_COMPENSATION",
            ModificationRefusal::HoldsTokens { .. } => "MODIFICATION_OF_GATEWAY",
            ModificationRefusal::IsProcess => "MODIFICATION_OF_PROCESS",
        }
    }
}

fn list(candidates: &[ElementInstanceId]) -> String {
    let candidates: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    candidates.join(", ")
}
