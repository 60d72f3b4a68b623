//! Claiming, releasing and completing user tasks.

use std::sync::Arc;

use serde_json::Value as Json;
use tongban_core::command::Command;
use tongban_core::id::{ProcessInstanceId, UserTaskId as CoreUserTaskId};
use tongban_store::row::user_task::{UserTask, UserTaskState};

use crate::command::UserTaskId;
use crate::error::UserError;
use crate::executor::session::Session;
use crate::executor::stop::Decided;
use crate::outcome::Done;
use crate::variables;

impl Session<'_> {
    /// Takes a task for the principal. Taking one's own task again changes nothing.
    pub(crate) fn claim_user_task(&mut self, id: UserTaskId) -> Decided<Done> {
        let row = self.open_user_task(id)?;
        self.check_candidate(&row)?;
        if row.assignee.is_none() {
            self.assign(id, Some(self.running.principal.id.clone()))?;
            self.audit("ClaimUserTask", ("user_task", &subject(id)))?;
        }
        Ok(Done::UserTaskAssigned { user_task: id })
    }

    /// Gives the principal's own task back.
    pub(crate) fn unclaim_user_task(&mut self, id: UserTaskId) -> Decided<Done> {
        let row = self.open_user_task(id)?;
        match &row.assignee {
            None => {
                return Err(UserError::new("USER_TASK_NOT_ASSIGNED", &[])
                    .at("/userTaskId")
                    .into());
            }
            Some(assignee) if *assignee != self.running.principal.id => {
                return Err(assigned_to(assignee).into());
            }
            Some(_) => {}
        }
        self.assign(id, None)?;
        self.audit("UnclaimUserTask", ("user_task", &subject(id)))?;
        Ok(Done::UserTaskAssigned { user_task: id })
    }

    /// Completes a task; its completing listener validates and writes within the command.
    pub(crate) fn complete_user_task(&mut self, id: UserTaskId, submitted: &Json) -> Decided<Done> {
        let variables = variables::from_client(submitted, self.shared.bounds.variables_bytes_max)?;
        let row = self.open_user_task(id)?;
        self.check_candidate(&row)?;
        let by = self.running.principal.id.clone();
        let task = CoreUserTaskId(id.number);
        self.advance(
            id.process_instance,
            Command::CompleteUserTask {
                task,
                variables,
                by,
            },
        )?;
        let warnings = std::mem::take(&mut self.running.warnings);
        if self.running.dry_run {
            return Ok(Done::Checked {
                result: Json::Null,
                warnings,
            });
        }
        self.audit("CompleteUserTask", ("user_task", &subject(id)))?;
        Ok(Done::UserTaskCompleted {
            user_task: id,
            warnings,
        })
    }

    fn open_user_task(&mut self, id: UserTaskId) -> Decided<UserTask> {
        let (instance, task) = (
            ProcessInstanceId(id.process_instance),
            CoreUserTaskId(id.number),
        );
        let runtime = self.runtime;
        let row = runtime.block_on(self.unit().user_task(instance, task))?;
        let open = row.filter(|it| it.state == UserTaskState::Created);
        open.ok_or_else(|| {
            UserError::new("USER_TASK_NOT_FOUND", &[])
                .at("/userTaskId")
                .into()
        })
    }

    /// A task someone has taken is his alone; an open one is for its candidates, or for anybody
    /// where the model names none.
    fn check_candidate(&self, row: &UserTask) -> Decided<()> {
        let principal = &self.running.principal;
        if let Some(assignee) = &row.assignee {
            if *assignee == principal.id || Some(assignee) == principal.person.as_ref() {
                return Ok(());
            }
            return Err(assigned_to(assignee).into());
        }
        let is_open_to_all = row.candidate_groups.is_empty() && row.candidate_users.is_empty();
        let in_group = row
            .candidate_groups
            .iter()
            .any(|it| principal.roles.contains(it));
        let is_named = row
            .candidate_users
            .iter()
            .any(|it| *it == principal.id || Some(it) == principal.person.as_ref());
        if is_open_to_all || in_group || is_named {
            return Ok(());
        }
        Err(UserError::new("USER_TASK_NOT_CANDIDATE", &[])
            .at("/userTaskId")
            .into())
    }

    fn assign(&mut self, id: UserTaskId, assignee: Option<Arc<str>>) -> Decided<()> {
        let task = CoreUserTaskId(id.number);
        self.advance(
            id.process_instance,
            Command::AssignUserTask { task, assignee },
        )
    }
}

fn assigned_to(assignee: &str) -> UserError {
    UserError::new("USER_TASK_ASSIGNED", &[("assignee", assignee)]).at("/userTaskId")
}

fn subject(id: UserTaskId) -> String {
    format!("{}-{}", id.process_instance, id.number)
}
