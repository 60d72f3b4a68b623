//! User tasks.

use std::sync::Arc;

use crate::event::{ListenerCall, UserTaskCreated};
use crate::id::UserTaskId;
use crate::state::State;
use crate::state::user_task::{Completing, UserTask};
use crate::variable::Variables;

impl State {
    pub(super) fn apply_user_task_created(&mut self, created: &UserTaskCreated) {
        let element_instance = created.id.element_instance();
        assert!(
            self.element_instance(element_instance).is_some(),
            "a task is of an element"
        );
        let assignee = created.assignee.clone();
        self.user_tasks.insert(UserTask {
            id: created.id,
            assignee,
            completing: None,
        });
    }

    pub(super) fn apply_user_task_assigned(&mut self, id: UserTaskId, assignee: Option<Arc<str>>) {
        self.user_tasks.update(id, |task| task.assignee = assignee);
    }

    pub(super) fn apply_user_task_completing(
        &mut self,
        id: UserTaskId,
        variables: &Variables,
        by: &Arc<str>,
        listeners: &[ListenerCall],
    ) {
        let (variables, by, listeners) = (variables.clone(), by.clone(), listeners.to_vec());
        self.user_tasks.update(id, |task| {
            assert!(task.completing.is_none(), "a task is completed once");
            task.completing = Some(Completing {
                variables,
                output: Variables::new(),
                by,
                listeners,
            });
        });
    }

    pub(super) fn apply_user_task_listener_completed(
        &mut self,
        id: UserTaskId,
        variables: &Variables,
    ) {
        self.user_tasks.update(id, |task| {
            let completing = task
                .completing
                .as_mut()
                .expect("a listener is asked in a completion");
            completing.variables.set_all(variables);
            completing.output.set_all(variables);
            completing.listeners.remove(0);
        });
    }

    pub(super) fn apply_user_task_gone(&mut self, id: UserTaskId) {
        self.user_tasks.remove(id);
    }
}
