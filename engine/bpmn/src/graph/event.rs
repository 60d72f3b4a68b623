//! What the rarer events wait for or cause: conditions, compensation, links and several at once.

use std::sync::Arc;

use tongban_feel::expression::Expression;

use super::EventDefinition;

/// A condition that is awaited (BPMN 2.0, 10.5.5 and table 10.101).
#[derive(Debug, Clone)]
pub struct ConditionalDefinition {
    /// What is looked at; it has come about when it becomes true.
    pub condition: Expression,
    /// The variables whose change lets it be looked at again: those it reads, or those that
    /// `zeebe:conditionalFilter` names.
    pub variables: Vec<Arc<str>>,
}

impl ConditionalDefinition {
    /// A condition that is looked at again when a variable changes that it reads.
    pub fn new(condition: Expression) -> ConditionalDefinition {
        let variables = condition.variables().into_iter().collect();
        ConditionalDefinition {
            condition,
            variables,
        }
    }
}

/// Compensation that is thrown, or awaited (BPMN 2.0, 10.7 and 13.5.5).
#[derive(Debug, Clone)]
pub struct CompensateDefinition {
    /// `activityRef`: the one activity that is compensated; all of the scope if absent. Always absent
    /// where compensation is caught.
    pub activity: Option<Arc<str>>,
    /// Whether who throws it waits for the handlers.
    pub wait_for_completion: bool,
}

/// One end of a link, which stands for a sequence flow within one scope (BPMN 2.0, 10.5.5).
#[derive(Debug, Clone)]
pub struct LinkDefinition {
    /// The name that its two ends have in common.
    pub name: Arc<str>,
}

/// Several definitions of one event.
#[derive(Debug, Clone)]
pub struct MultipleDefinition {
    /// In file order; none of them is multiple again.
    pub definitions: Vec<EventDefinition>,
    /// `parallelMultiple`: all have to come, not only one; catching events only.
    pub is_parallel: bool,
}

impl EventDefinition {
    /// The single definitions that it consists of.
    pub fn parts(&self) -> &[EventDefinition] {
        match self {
            EventDefinition::Multiple(it) => &it.definitions,
            EventDefinition::Timer(_)
            | EventDefinition::Message(_)
            | EventDefinition::Signal(_)
            | EventDefinition::Conditional(_)
            | EventDefinition::Error(_)
            | EventDefinition::Escalation(_)
            | EventDefinition::Compensate(_)
            | EventDefinition::Cancel
            | EventDefinition::Link(_)
            | EventDefinition::Terminate => std::slice::from_ref(self),
        }
    }

    /// Whether all of several definitions have to come.
    pub fn is_parallel(&self) -> bool {
        matches!(self, EventDefinition::Multiple(it) if it.is_parallel)
    }

    /// Whether it catches or throws compensation only.
    pub fn is_compensation(&self) -> bool {
        matches!(self, EventDefinition::Compensate(_))
    }
}
