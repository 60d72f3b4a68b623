//! How often an activity is carried out, and with what (BPMN 2.0, 10.3.8 and 13.3.7).
//!
//! A multi-instance activity is two elements: a body, which has the flows and boundary events and
//! the kind [`super::ElementKind::MultiInstance`], and within it the activity, which has the
//! mappings. Start from [`MultiInstance`].

use std::sync::Arc;

use tongban_feel::expression::Expression;

use super::{ElementIdx, EventDefinition};

/// The body of a multi-instance activity.
#[derive(Debug, Clone)]
pub struct MultiInstance {
    /// The activity.
    pub inner: ElementIdx,
    /// Whether the next iteration waits for the end of the one before.
    pub is_sequential: bool,
    /// How many iterations there are.
    pub input: LoopInput,
    /// What is gathered of them.
    pub output: Option<LoopOutput>,
    /// Evaluated at the end of each iteration; once it holds, the others are ended.
    pub completion_condition: Option<Expression>,
    /// What is thrown when iterations come to their end.
    pub behavior: Behavior,
}

/// When a multi-instance throws events, to be caught at its border (BPMN 2.0, table 10.30). They are
/// messages, signals and escalations.
#[derive(Debug, Clone, Default)]
pub enum Behavior {
    /// Never.
    #[default]
    All,
    /// At the end of the first iteration.
    One(EventDefinition),
    /// At the end of each iteration.
    None(EventDefinition),
    /// At the end of each iteration, those whose condition holds.
    Complex(Vec<ComplexBehavior>),
}

/// `complexBehaviorDefinition`
#[derive(Debug, Clone)]
pub struct ComplexBehavior {
    /// Evaluated at the end of each iteration.
    pub condition: Expression,
    /// Thrown if the condition holds.
    pub event: EventDefinition,
}

/// What decides how many iterations there are.
#[derive(Debug, Clone)]
pub enum LoopInput {
    /// `loopCardinality`: so many.
    Cardinality(Expression),
    /// `zeebe:loopCharacteristics inputCollection`: one for each item of a list, or for each
    /// integer of a range.
    Collection {
        /// The list.
        collection: Expression,
        /// `inputElement`: the local variable that holds the item.
        element: Option<Arc<str>>,
    },
}

/// `outputCollection` and `outputElement`.
#[derive(Debug, Clone)]
pub struct LoopOutput {
    /// The variable that gets the list, in the order of the iterations.
    pub collection: Arc<str>,
    /// What of an iteration goes into the list.
    pub element: Expression,
    /// The variable that `element` reads, if it reads one: it is local to each iteration, so that
    /// iterations do not overwrite each other's.
    pub variable: Option<Arc<str>>,
}

impl LoopOutput {
    /// An output whose local variable is read off the expression.
    pub fn new(collection: &str, element: Expression) -> LoopOutput {
        let path = element.source().trim();
        let variable = path.split('.').next();
        let variable = variable.filter(|_| crate::expression::is_path(path));
        LoopOutput {
            collection: Arc::from(collection),
            variable: variable.map(Arc::from),
            element,
        }
    }
}
