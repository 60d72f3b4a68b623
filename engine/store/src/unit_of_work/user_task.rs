//! User tasks, as a command needs them before it acts on one.

use tongban_core::id::{ProcessInstanceId, UserTaskId};

use super::UnitOfWork;
use crate::error::Error;
use crate::query;
use crate::row::user_task::UserTask;

impl UnitOfWork {
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
