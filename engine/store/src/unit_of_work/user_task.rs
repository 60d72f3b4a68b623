//! User tasks, as a command needs them before it acts on one, and where they stand on their ladders.

use sea_orm::Value;
use tongban_core::escalation::Standing;
use tongban_core::id::{ProcessInstanceId, UserTaskId};

use super::UnitOfWork;
use super::tables::InstanceKey;
use crate::bulk::{self, Lock, Target};
use crate::entity::user_task::Entity;
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::user_task::state_code;
use crate::query;
use crate::query::user_task::light_code;
use crate::row::user_task::{UserTask, UserTaskState};

impl UnitOfWork {
    /// Reads user tasks that commands of the group will need, in one statement. Calling it is optional.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn prefetch_user_tasks(
        &mut self,
        tasks: &[(TenantId, ProcessInstanceId, UserTaskId)],
    ) -> Result<(), Error> {
        let key = |(tenant, instance, id): &(TenantId, ProcessInstanceId, UserTaskId)| {
            (tenant.clone(), instance.0, i64::from(id.0))
        };
        let mut keys: Vec<InstanceKey> = tasks.iter().map(key).collect();
        keys.retain(|it| self.tables.user_task.get(it).is_none());
        keys.sort();
        keys.dedup();
        let values = |it: &InstanceKey| vec![it.0.as_str().into(), it.1.into(), it.2.into()];
        let (rows, action) = (keys.iter().map(values).collect(), "read user tasks");
        let models = bulk::select::<Entity, _>(self.tx().await?, rows, Lock::No, action).await?;
        for model in models {
            let key = (
                TenantId::new(&model.tenant_id),
                model.process_instance_id,
                model.id,
            );
            self.tables.user_task.learn(key, Some(model));
        }
        for key in keys {
            self.tables.user_task.learn(key, None);
        }
        Ok(())
    }

    /// A user task as the group leaves it, if the group has touched it.
    #[must_use]
    pub fn left_user_task(
        &self,
        tenant: &TenantId,
        instance: ProcessInstanceId,
        id: UserTaskId,
    ) -> Option<UserTask> {
        let key = (tenant.clone(), instance.0, i64::from(id.0));
        let row = self.tables.user_task.get(&key).flatten();
        row.cloned().map(query::user_task::from_model)
    }

    /// A user task.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn user_task(
        &mut self,
        instance: ProcessInstanceId,
        id: UserTaskId,
    ) -> Result<Option<UserTask>, Error> {
        let key = (self.tenant(), instance.0, i64::from(id.0));
        self.read_user_task(&key).await?;
        let row = self.tables.user_task.get(&key).flatten();
        Ok(row.cloned().map(query::user_task::from_model))
    }

    /// Notes where a task stands that this command has created and that waits still.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn put_task_standing(
        &mut self,
        instance: ProcessInstanceId,
        id: UserTaskId,
        standing: Standing,
    ) -> Result<(), Error> {
        let key = (self.tenant(), instance.0, i64::from(id.0));
        self.read_user_task(&key).await?;
        let open = state_code(UserTaskState::Created);
        let row = self.tables.user_task.get(&key).flatten().cloned();
        if let Some(mut row) = row.filter(|it| it.state == open) {
            row.light = light_code(standing.light);
            row.escalation_level = i16::from(standing.level);
            row.next_escalation_at = standing.next_at.map(|it| it.0);
            self.tables.user_task.put(key, row);
        }
        Ok(())
    }

    /// Notes where tasks stand, and nothing else of them: who works on one meanwhile is not in the
    /// way. Says how many there were.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn escalate_tasks(
        &mut self,
        tasks: &[(ProcessInstanceId, UserTaskId, Standing)],
    ) -> Result<u64, Error> {
        let tenant = self.tenant_text();
        let row = |(instance, id, standing): &(ProcessInstanceId, UserTaskId, Standing)| {
            let values: [Value; 5] = [
                instance.0.into(),
                i64::from(id.0).into(),
                light_code(standing.light).into(),
                i16::from(standing.level).into(),
                standing.next_at.map(|it| it.0).into(),
            ];
            values.to_vec()
        };
        let rows = tasks.iter().map(row).collect();
        let target = Target {
            table: "user_task",
            tenant: &tenant,
            key: &["process_instance_id", "id"],
            set: &["light", "escalation_level", "next_escalation_at"],
            also: "",
        };
        bulk::update(self.told().await?, &target, rows).await
    }
}
