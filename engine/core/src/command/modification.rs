//! Moving the tokens of an instance by hand.

use std::sync::Arc;

use crate::id::ElementInstanceId;
use crate::variable::Variables;

/// See [`super::Command::ModifyInstance`].
#[derive(Debug, Clone, PartialEq)]
pub struct ModifyInstance {
    /// What is done, in order; at most [`crate::limit::MODIFICATION_INSTRUCTIONS_MAX`].
    pub instructions: Vec<Instruction>,
}

/// One thing done by hand.
#[derive(Debug, Clone, PartialEq)]
pub enum Instruction {
    /// A new token.
    Start {
        /// Where.
        at: Place,
        /// The scope instance around it; scopes between the two are made anew. Without it, the one
        /// instance there is of each scope around is taken, and made where there is none.
        within: Option<ElementInstanceId>,
        /// Set before it starts.
        variables: Vec<ScopeVariables>,
    },
    /// An element instance is ended, with all that lies in it.
    Cancel {
        /// Which.
        element_instance: ElementInstanceId,
    },
    /// All instances of an element are ended.
    CancelAll {
        /// The element's XML id.
        element: Arc<str>,
    },
    /// All instances of an element are ended, and for each a token starts elsewhere.
    Move {
        /// The element's XML id.
        from: Arc<str>,
        /// Where the tokens start; in the same scope instance if it is of the same scope.
        to: Place,
    },
}

/// Where a token starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The element is carried out.
    Before(Arc<str>),
    /// The element is over; its outgoing flow is taken.
    After(Arc<str>),
    /// This sequence flow is taken.
    Flow(Arc<str>),
}

/// Variables of one scope.
#[derive(Debug, Clone, PartialEq)]
pub struct ScopeVariables {
    /// The XML id of a scope that is made, or of the element that starts; `None` is the process.
    pub scope: Option<Arc<str>>,
    /// The values.
    pub variables: Variables,
}
