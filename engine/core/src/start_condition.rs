//! Conditions that start a process.
//!
//! A process has no variables before it starts, so that such a condition is not watched: whoever starts
//! a process without saying where offers variables, and if it has no none start event it starts where
//! they fulfil a condition. (Camunda 7 and 8 have a command of their own that offers variables to all
//! processes; here the process is named.) Start from [`fulfilled`].

use std::sync::Arc;

use tongban_bpmn::graph::{ElementIdx, ElementKind, EventDefinition, ProcessDefinition};
use tongban_feel::expression::{Expression, Scope};
use tongban_feel::value::Value;

use crate::now::Now;
use crate::variable::Variables;

struct Offered<'a>(&'a Variables);

impl Scope for Offered<'_> {
    fn lookup(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }
}

/// A condition that cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The start event.
    pub element_id: Arc<str>,
    /// Why.
    pub message: String,
}

/// The start events of a process whose condition these variables fulfil, in file order.
///
/// # Errors
/// If a condition cannot be evaluated, or its value is neither a truth value nor null.
pub fn fulfilled(
    definition: &ProcessDefinition,
    variables: &Variables,
    now: &Now<'_>,
) -> Result<Vec<ElementIdx>, Unreadable> {
    let mut found = Vec::new();
    for (idx, condition) in conditions(definition) {
        let value = condition.evaluate(&Offered(variables), &now.environment());
        let message = match value {
            Ok(Value::Boolean(true)) => {
                found.push(idx);
                continue;
            }
            Ok(Value::Boolean(false) | Value::Null) => continue,
            Ok(other) => {
                let (kind, source) = (other.type_name(), condition.source());
                format!("expected a boolean, found {kind} in `{source}`")
            }
            Err(error) => format!("{error} in `{}`", condition.source()),
        };
        return Err(Unreadable {
            element_id: definition.element(idx).id.clone(),
            message,
        });
    }
    // One of several conditions of an event is enough.
    found.dedup();
    Ok(found)
}

/// The conditions of all start events, in file order.
pub(crate) fn conditions(
    definition: &ProcessDefinition,
) -> impl Iterator<Item = (ElementIdx, &Expression)> {
    let container = definition.container(ElementIdx::ROOT);
    let starts = container.into_iter().flat_map(|it| &it.start_events);
    starts.flat_map(move |idx| {
        let definition = match &definition.element(*idx).kind {
            ElementKind::StartEvent(start) => start.definition.as_ref(),
            _ => None,
        };
        let parts = definition.into_iter().flat_map(EventDefinition::parts);
        parts.filter_map(move |part| match part {
            EventDefinition::Conditional(it) => Some((*idx, &it.condition)),
            _ => None,
        })
    })
}
