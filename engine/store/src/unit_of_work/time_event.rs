//! What came with time, stored with the change that brought it.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QuerySelect, Statement, Value};

use super::UnitOfWork;
use crate::bulk::{self, Shape};
use crate::dialect::Dialect;
use crate::entity::time_event;
use crate::error::Error;
use crate::query::time_event as query;
use crate::row::time_event::{NewTimeEvent, TimeEventState};

impl UnitOfWork {
    /// Stores events; one whose key is taken is dropped. Those without an operation need nobody's
    /// attention but notices'.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be written.
    pub async fn put_time_events(&mut self, events: Vec<NewTimeEvent>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let (tenant, at) = (self.tenant(), self.context().at);
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let id = self.next_id().await?;
            rows.push(bulk::values(&query::to_model(&tenant, id, at, &event)));
        }
        let shape = Shape::of::<time_event::Entity>();
        bulk::insert_absent(self.told().await?, &shape, rows).await
    }

    /// Takes an event of which a plugin has yet to be told; false if it has been told meanwhile. On
    /// PostgreSQL no other node takes it until the commit.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn take_time_event(&mut self, id: i64) -> Result<bool, Error> {
        let place = (self.tenant_text(), id);
        let mut find = time_event::Entity::find_by_id(place);
        if self.database.dialect() == Dialect::Postgresql {
            find = find.lock_exclusive();
        }
        let found = find.one(self.tx().await?).await;
        let found = found.map_err(Error::database("take an event"))?;
        let pending = query::state_code(TimeEventState::Pending);
        Ok(found.is_some_and(|it| it.state == pending))
    }

    /// Notes how telling the plugin of an event ended.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn settle_time_event(
        &mut self,
        id: i64,
        state: TimeEventState,
        message: Option<Arc<str>>,
    ) -> Result<(), Error> {
        let tenant = self.tenant_text();
        let tx = self.told().await?;
        let backend = tx.get_database_backend();
        let text = match backend {
            DbBackend::Postgres => {
                "UPDATE \"time_event\" SET \"state\" = $1, \"message\" = $2, \"n_tries\" = \"n_tries\" + 1 \
                 WHERE \"tenant_id\" = $3 AND \"id\" = $4"
            }
            _ => {
                "UPDATE \"time_event\" SET \"state\" = ?, \"message\" = ?, \"n_tries\" = \"n_tries\" + 1 \
                 WHERE \"tenant_id\" = ? AND \"id\" = ?"
            }
        };
        let values: [Value; 4] = [
            query::state_code(state).into(),
            message.map(|it| it.to_string()).into(),
            tenant.into(),
            id.into(),
        ];
        let statement = Statement::from_sql_and_values(backend, text, values);
        tx.execute_raw(statement)
            .await
            .map_err(Error::database("settle an event"))?;
        Ok(())
    }

    /// Forgets settled events that came before an instant, of all tenants; says how many.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be removed.
    pub async fn purge_time_events(&mut self, before: i64) -> Result<u64, Error> {
        use sea_orm::{ColumnTrait, QueryFilter};
        use time_event::{Column, Entity};
        let delete = Entity::delete_many()
            .filter(Column::State.ne(query::state_code(TimeEventState::Pending)))
            .filter(Column::At.lt(before));
        let done = delete
            .exec(self.told().await?)
            .await
            .map_err(Error::database("forget events"))?;
        Ok(done.rows_affected)
    }
}
