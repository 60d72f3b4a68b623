//! User tasks, as a command needs them before it acts on one.

use tongban_core::id::{ProcessInstanceId, UserTaskId};

use super::UnitOfWork;
use super::tables::InstanceKey;
use crate::bulk::{self, Lock};
use crate::entity::user_task::Entity;
use crate::error::Error;
use crate::id::TenantId;
use crate::query;
use crate::row::user_task::UserTask;

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
}
