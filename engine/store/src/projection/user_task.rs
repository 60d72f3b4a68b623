//! User tasks as lists show them; those that ended stay.

use sea_orm::EntityTrait;
use tongban_core::event::migration::UserTaskMigrated;
use tongban_core::event::{Event, Form, UserTaskCreated};
use tongban_core::id::UserTaskId;
use tongban_core::state::State;

use crate::entity::user_task::{Entity, Model};
use crate::error::Error;
use crate::row::process_instance::ProcessInstance;
use crate::row::user_task::UserTaskState;
use crate::unit_of_work::UnitOfWork;
use crate::unit_of_work::tables::InstanceKey;

pub(crate) async fn project(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    state: &State,
    event: &Event,
) -> Result<(), Error> {
    match event {
        Event::InstanceSuspended { .. } => suspend(work, head, state, true).await,
        Event::InstanceResumed { .. } => suspend(work, head, state, false).await,
        Event::UserTaskMigrated(migrated) => {
            change(work, head, migrated.id, |row| migrate(row, head, migrated)).await
        }
        Event::UserTaskCreated(created) => {
            let key = work.key_of(head, created.id.0);
            let model = created_row(&key, head, created);
            work.tables.user_task.put_new(key, model);
            Ok(())
        }
        Event::UserTaskAssigned { id, assignee } => {
            let assignee = assignee.as_ref().map(ToString::to_string);
            change(work, head, *id, |row| row.assignee = assignee).await
        }
        Event::UserTaskCompleted {
            id,
            by,
            completed_at,
        } => {
            let by = by.to_string();
            change(work, head, *id, |row| {
                row.state = state_code(UserTaskState::Completed);
                row.completed_by = Some(by);
                row.ended_at = Some(completed_at.0);
                row.next_escalation_at = None;
                row.is_suspended = false;
            })
            .await
        }
        Event::UserTaskCanceled { id, canceled_at } => {
            change(work, head, *id, |row| {
                row.state = state_code(UserTaskState::Canceled);
                row.ended_at = Some(canceled_at.0);
                row.next_escalation_at = None;
                // The instance may have been ended, or its tokens moved, while it rested.
                row.is_suspended = false;
            })
            .await
        }
        _ => Ok(()),
    }
}

pub(crate) fn state_code(state: UserTaskState) -> i16 {
    match state {
        UserTaskState::Created => 0,
        UserTaskState::Completed => 1,
        UserTaskState::Canceled => 2,
    }
}

pub(crate) const FORM_KEY: i16 = 0;
pub(crate) const FORM_ID: i16 = 1;

fn created_row(key: &InstanceKey, head: &ProcessInstance, created: &UserTaskCreated) -> Model {
    let (form_kind, form) = form_columns(created.form.as_ref());
    Model {
        tenant_id: key.0.as_str().to_owned(),
        process_instance_id: key.1,
        id: key.2,
        process_key: head.process_key.to_string(),
        definition_id: head.definition_id.0,
        element_id: created.element_id.to_string(),
        name: created.name.as_ref().map(ToString::to_string),
        state: state_code(UserTaskState::Created),
        assignee: created.assignee.as_ref().map(ToString::to_string),
        candidate_groups: list_text(&created.candidate_groups),
        candidate_users: list_text(&created.candidate_users),
        due_at: created.due_at.map(|it| it.0),
        follow_up_at: created.follow_up_at.map(|it| it.0),
        priority: i32::from(created.priority),
        form_kind,
        form,
        record_kind: created.record_kind.as_ref().map(ToString::to_string),
        record_id: created.record_id.as_ref().map(ToString::to_string),
        created_at: created.created_at.0,
        ended_at: None,
        completed_by: None,
        light: 0,
        escalation_level: 0,
        next_escalation_at: None,
        is_suspended: head.suspended_at.is_some(),
    }
}

/// The task as another version of its process has it.
fn migrate(row: &mut Model, head: &ProcessInstance, migrated: &UserTaskMigrated) {
    row.definition_id = head.definition_id.0;
    row.element_id = migrated.element_id.to_string();
    row.name = migrated.name.as_ref().map(ToString::to_string);
    row.candidate_groups = list_text(&migrated.candidate_groups);
    row.candidate_users = list_text(&migrated.candidate_users);
    (row.form_kind, row.form) = form_columns(migrated.form.as_ref());
}

fn form_columns(form: Option<&Form>) -> (Option<i16>, Option<String>) {
    let form = form.map(|form| match form {
        Form::Key(key) => (FORM_KEY, key.to_string()),
        Form::Id { form_id, .. } => (FORM_ID, form_id.to_string()),
    });
    form.unzip()
}

/// Tasks of an instance that rests are shown as such.
async fn suspend(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    state: &State,
    is_suspended: bool,
) -> Result<(), Error> {
    for task in state.user_tasks() {
        change(work, head, task.id, |row| row.is_suspended = is_suspended).await?;
    }
    Ok(())
}

async fn change(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    id: UserTaskId,
    change: impl FnOnce(&mut Model),
) -> Result<(), Error> {
    let key = work.key_of(head, id.0);
    work.read_user_task(&key).await?;
    if let Some(mut row) = work.tables.user_task.get(&key).flatten().cloned() {
        change(&mut row);
        work.tables.user_task.put(key, row);
    }
    Ok(())
}

impl UnitOfWork {
    /// Makes a task known to the overlay.
    pub(crate) async fn read_user_task(&mut self, key: &InstanceKey) -> Result<(), Error> {
        if self.tables.user_task.get(key).is_none() {
            let find = Entity::find_by_id((key.0.as_str().to_owned(), key.1, key.2));
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a user task"))?;
            self.tables.user_task.learn(key.clone(), found);
        }
        Ok(())
    }
}

/// `|A|B|`, so that a whole name can be looked for; a bar within a name is written `%7C`.
pub(crate) fn list_text<T: AsRef<str>>(names: &[T]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let mut text = String::from("|");
    for name in names {
        text.push_str(&list_name(name.as_ref()));
        text.push('|');
    }
    text
}

/// A name as it stands in a list.
pub(crate) fn list_name(name: &str) -> String {
    name.replace('%', "%25").replace('|', "%7C")
}

/// The names of a list.
pub(crate) fn list_names(text: &str) -> Vec<std::sync::Arc<str>> {
    let names = text.split('|').filter(|it| !it.is_empty());
    names
        .map(|it| it.replace("%7C", "|").replace("%25", "%").into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_names_survives_bars_and_percent_signs() {
        let names = ["婚姻登记员", "a|b", "100%", "%7C"];
        let read = list_names(&list_text(&names));
        assert_eq!(read.iter().map(|it| &**it).collect::<Vec<_>>(), names);
    }
}
