//! What operators do to running instances: suspend, resume, modify, migrate.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_core::command::migration::{ElementMapping, MigrateInstance};
use tongban_core::command::modification::{
    Instruction as CoreInstruction, ModifyInstance, Place as CorePlace,
    ScopeVariables as CoreScopeVariables,
};
use tongban_core::command::{Command, SuspensionCause};
use tongban_core::id::{DefinitionId, ElementInstanceId, ProcessInstanceId};
use tongban_core::migration::Finding;
use tongban_store::query::definition::Version;

use crate::change::Subject;
use crate::command::process_instance::{
    Instruction, Mapping, Place, ProcessInstanceCommand, ScopeVariables,
};
use crate::error::{CommandError, Rejected, UserError};
use crate::executor::follow_up::FollowUp;
use crate::executor::session::Session;
use crate::executor::stop::{Decided, Stop};
use crate::outcome::Done;
use crate::variables;

/// Iterations suspended or resumed by one command at most, each then by a command of its own.
const ITERATIONS_MAX: usize = 100;

impl Session<'_> {
    /// Carries out what an operator asks of an instance.
    pub(crate) fn operate(&mut self, command: &ProcessInstanceCommand) -> Decided<Done> {
        // What the work meets concerns the instance, not whoever moves it.
        self.running.is_submission = false;
        let id = command.process_instance();
        self.move_tokens(command)?;
        let number = id.to_string();
        let subject = ("process_instance", number.as_str());
        self.audit_with(command.name(), subject, command.reason())?;
        Ok(Done::ProcessInstanceOperated {
            process_instance: id,
        })
    }

    /// The same without its entry in the audit trail.
    pub(crate) fn move_tokens(&mut self, command: &ProcessInstanceCommand) -> Decided<()> {
        let id = command.process_instance();
        match command {
            ProcessInstanceCommand::Suspend { .. } => {
                let cause = SuspensionCause::Request;
                self.advance(id, Command::SuspendInstance { cause })?;
            }
            ProcessInstanceCommand::Resume { .. } => {
                let cause = SuspensionCause::Request;
                self.advance(id, Command::ResumeInstance { cause })?;
            }
            ProcessInstanceCommand::Recover {
                variables,
                suspended,
                ..
            } => self.recover(id, variables, *suspended)?,
            ProcessInstanceCommand::Modify { instructions, .. } => {
                let instructions = instructions.iter();
                let instructions = instructions
                    .map(|it| self.instruction(it))
                    .collect::<Decided<_>>()?;
                let modify = Box::new(ModifyInstance { instructions });
                self.advance(id, Command::ModifyInstance(modify))?;
            }
            ProcessInstanceCommand::Migrate {
                version,
                mapping,
                dry_run,
                ..
            } => self.migrate(id, (*version, mapping), *dry_run)?,
        }
        Ok(())
    }

    /// Goes on with an instance that was halted, from where it stood before the command that failed:
    /// with what it had put off, and with jobs that nobody has.
    fn recover(&mut self, id: i64, variables: &Json, suspended: bool) -> Decided<()> {
        let variables = variables::from_client(variables, self.shared.bounds.variables_bytes_max)?;
        let runtime = self.runtime;
        let known = runtime.block_on(self.unit().instance(ProcessInstanceId(id)))?;
        if known.is_none() {
            return Err(UserError::new("INSTANCE_NOT_FOUND", &[]).into());
        }
        let was_halted = runtime.block_on(self.unit().recover_instance(ProcessInstanceId(id)))?;
        if !was_halted {
            return Err(UserError::new("INSTANCE_NOT_HALTED", &[]).into());
        }
        self.note_change(Subject::ProcessInstance(id));
        // Timers and follow-ups that found it halted were put off.
        self.running.wakes.timers = true;
        self.running.wakes.continuations = true;
        let mut instance = self.load(id)?;
        let rested = instance.state.is_suspended();
        if suspended && !rested {
            let cause = SuspensionCause::Request;
            self.drive(&mut instance, Command::SuspendInstance { cause })?;
        }
        if !variables.is_empty() {
            let element_instance = None;
            let set = Command::SetVariables {
                element_instance,
                variables,
            };
            self.drive(&mut instance, set)?;
        }
        // What it had put off was taken up with the variables, and may have led to its end.
        let is_over = instance.state.element_instances().next().is_none();
        self.store(instance)?;
        if suspended || rested || is_over {
            return Ok(());
        }
        self.go_on_with(id, 0)
    }

    fn migrate(
        &mut self,
        id: i64,
        (version, mapping): (i32, &[Mapping]),
        dry_run: bool,
    ) -> Decided<()> {
        let mut instance = self.load(id)?;
        let key = instance.process_key().clone();
        let Some(target) = self.find_definition(&key, Version::Number(version))? else {
            let number = version.to_string();
            let parameters = [("key", &*key), ("version", number.as_str())];
            let error = UserError::new("PROCESS_VERSION_NOT_FOUND", &parameters);
            return Err(error.at("/version").into());
        };
        let pair = |it: &Mapping| ElementMapping {
            source: Arc::from(it.source.as_str()),
            target: Arc::from(it.target.as_str()),
        };
        let migrate = MigrateInstance {
            definition: DefinitionId(target.id),
            target: target.process.clone(),
            mapping: mapping.iter().map(pair).collect(),
        };
        let command = Command::MigrateInstance(Box::new(migrate));
        if dry_run {
            return self.try_out(&instance, command);
        }
        instance.migrates_to = Some(target);
        self.drive(&mut instance, command)?;
        self.store(instance)
    }

    fn instruction(&self, instruction: &Instruction) -> Decided<CoreInstruction> {
        Ok(match instruction {
            Instruction::Start {
                at,
                within,
                variables,
            } => CoreInstruction::Start {
                at: place(at),
                within: within.map(ElementInstanceId),
                variables: variables
                    .iter()
                    .map(|it| self.scope_variables(it))
                    .collect::<Decided<_>>()?,
            },
            Instruction::Cancel { element_instance } => CoreInstruction::Cancel {
                element_instance: ElementInstanceId(*element_instance),
            },
            Instruction::CancelAll { element } => CoreInstruction::CancelAll {
                element: Arc::from(element.as_str()),
            },
            Instruction::Move { from, to } => CoreInstruction::Move {
                from: Arc::from(from.as_str()),
                to: place(to),
            },
        })
    }

    fn scope_variables(&self, given: &ScopeVariables) -> Decided<CoreScopeVariables> {
        let bytes_max = self.shared.bounds.variables_bytes_max;
        Ok(CoreScopeVariables {
            scope: given.scope.as_deref().map(Arc::from),
            variables: variables::from_client(&given.variables, bytes_max)?,
        })
    }

    /// Lets a called instance rest, or go on, as its caller does at this moment.
    pub(crate) fn suspend_child(&mut self, parent: i64, child: i64) -> Decided<()> {
        let runtime = self.runtime;
        let peek = self.unit().peek_state(ProcessInstanceId(parent));
        let Some(state) = runtime.block_on(peek)? else {
            // Its caller has ended, and so will it.
            return Ok(());
        };
        let cause = SuspensionCause::Parent;
        let command = match state.is_suspended() {
            true => Command::SuspendInstance { cause },
            false => Command::ResumeInstance { cause },
        };
        self.advance(child, command)
    }

    /// Lets a page of the iterations of a body rest, or go on, and leaves the rest.
    pub(crate) fn suspend_iterations(&mut self, id: i64, body: u32, after: i64) -> Decided<()> {
        let (parent, element_instance) = (ProcessInstanceId(id), ElementInstanceId(body));
        let (runtime, after) = (self.runtime, ProcessInstanceId(after));
        let unit = self.unit();
        let find = unit.child_instances(parent, element_instance, after, ITERATIONS_MAX);
        let found = runtime.block_on(find)?;
        for child in &found {
            let (parent, child) = (id, child.0);
            self.leave(FollowUp::SuspendChild { parent, child });
        }
        if let Some(last) = found.last().filter(|_| found.len() == ITERATIONS_MAX) {
            self.leave(FollowUp::SuspendIterations {
                process_instance: id,
                body,
                after: last.0,
            });
        }
        Ok(())
    }
}

fn place(place: &Place) -> CorePlace {
    match place {
        Place::Before(id) => CorePlace::Before(Arc::from(id.as_str())),
        Place::After(id) => CorePlace::After(Arc::from(id.as_str())),
        Place::Flow(id) => CorePlace::Flow(Arc::from(id.as_str())),
    }
}

/// All that stands against a migration, a finding an error.
pub(crate) fn refused_migration(findings: &[Finding]) -> Stop {
    let mut errors = vec![UserError::new("MIGRATION_REFUSED", &[])];
    errors.extend(findings.iter().map(|it| {
        let mut error = UserError::new(it.kind.code(), &[]);
        error.details = Some(details(it));
        error
    }));
    let warnings = Vec::new();
    Stop::Refused(CommandError::Rejected(Rejected { errors, warnings }))
}

fn details(finding: &Finding) -> Json {
    serde_json::json!({
        "elementId": &*finding.element,
        "targetElementId": finding.target.as_deref(),
        "reason": &*finding.detail,
    })
}
