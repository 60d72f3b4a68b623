//! Called processes: made for their callers, and what the two tell each other.

use std::sync::Arc;

use tongban_core::command::Command;
use tongban_core::id::{Binding, DefinitionId, ElementInstanceId, ProcessInstanceId};
use tongban_store::query::definition::Version;
use tongban_store::row::definition::Origin;

use crate::definition::Definition;
use crate::executor::follow_up::{Answer, PropagateError, PropagateEscalation, StartChild};
use crate::executor::instance::{NewInstance, refuse_at_rest};
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};

impl Session<'_> {
    /// Makes the process a call activity asked for, and tells the caller.
    pub(crate) fn start_child(&mut self, start: StartChild) -> Decided<()> {
        let (caller, call) = (start.parent.instance.0, start.parent.element_instance);
        let parent = self.load(caller)?;
        refuse_at_rest(&parent)?;
        let variables = parent.state.child_variables(call, start.all_of_parent);
        let caller_definition = parent.definition.clone();
        drop(parent);
        let failed = |message: String| Command::ChildFailed {
            element_instance: call,
            message: message.into(),
        };
        let Some(definition) = self.called_definition(&caller_definition, &start)? else {
            let key = &start.process_key;
            let message = format!("expected a deployed process {key}, found none");
            return self.advance(caller, failed(message));
        };
        let definition_id = DefinitionId(definition.id);
        let new = NewInstance {
            business_key: start.business_key.map(Into::into),
            parent: Some(start.parent),
            ..NewInstance::of(variables)
        };
        let child = match self.create(definition, new) {
            Ok(child) => ProcessInstanceId(child),
            Err(Stop::Refused(error)) => return self.advance(caller, failed(error.to_string())),
            Err(stop) => return Err(stop),
        };
        let command = Command::ChildStarted {
            element_instance: call,
            child,
            definition: definition_id,
        };
        self.advance(caller, command)
    }

    /// The version of a process that a call activity means.
    fn called_definition(
        &mut self,
        caller: &Definition,
        start: &StartChild,
    ) -> Decided<Option<Arc<Definition>>> {
        let key = &start.process_key;
        match &start.binding {
            Binding::Latest => self.find_definition(key, Version::Latest),
            Binding::VersionTag(tag) => self.find_definition(key, Version::Tag(tag)),
            // What came with the caller is meant, but the county's own goes before it. A process
            // that is the county's own came alone.
            Binding::Deployment => {
                let latest = self.find_definition(key, Version::Latest)?;
                if latest
                    .as_ref()
                    .is_some_and(|it| it.origin == Origin::County)
                {
                    return Ok(latest);
                }
                let found = self.find_definition(key, Version::Deployment(caller.deployment))?;
                let is_alone = caller.origin == Origin::County;
                Ok(if is_alone { found.or(latest) } else { found })
            }
        }
    }

    /// Asks a caller whether it catches an error.
    pub(crate) fn propagate_error(&mut self, error: PropagateError) -> Decided<()> {
        let command = Command::ChildThrewError {
            element_instance: error.parent.element_instance,
            child: ProcessInstanceId(error.child),
            thrower: ElementInstanceId(error.thrower),
            path: error.path,
            code: error.code.into(),
            message: error.message.into(),
            variables: error.variables,
        };
        self.advance(error.parent.instance.0, command)
    }

    /// Tells a called process that nobody catches its error.
    pub(crate) fn return_error(&mut self, answer: Answer) -> Decided<()> {
        let command = Command::ErrorNotCaught {
            element_instance: ElementInstanceId(answer.thrower),
            path: answer.path,
        };
        self.advance(answer.child, command)
    }

    /// Asks a caller whether it catches an escalation.
    pub(crate) fn propagate_escalation(&mut self, escalation: PropagateEscalation) -> Decided<()> {
        let command = Command::ChildThrewEscalation {
            element_instance: escalation.parent.element_instance,
            child: ProcessInstanceId(escalation.child),
            thrower: ElementInstanceId(escalation.thrower),
            path: escalation.path,
            code: escalation.code.into(),
            variables: escalation.variables,
        };
        self.advance(escalation.parent.instance.0, command)
    }

    /// Tells a called process that it may go on after its escalation.
    pub(crate) fn answer_escalation(&mut self, answer: Answer) -> Decided<()> {
        let command = Command::EscalationAnswered {
            element_instance: ElementInstanceId(answer.thrower),
            path: answer.path,
        };
        self.advance(answer.child, command)
    }
}
