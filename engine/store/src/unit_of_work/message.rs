//! Kept messages: published, and waiting for those who will wait for them.
//!
//! A message that is kept reaches each process at most once. Who publishes and who begins to wait
//! look for each other under one lock, so that on several nodes they do not miss each other.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use tongban_core::id::ProcessInstanceId;

use super::UnitOfWork;
use super::tables::{PartKey, RecordKey};
use crate::dialect::Dialect;
use crate::entity::{message, message_correlation, message_start};
use crate::error::Error;
use crate::id::TenantId;
use crate::query::wait::Share;
use crate::record::{decode_variables, encode_variables};
use crate::row::message::Message;
use crate::row::process_instance::ProcessInstance;

/// Rows read in one statement.
const PAGE: usize = 64;

/// Where a message lies in the order of publication.
pub type Position = (i64, i64);

/// Which kept messages are looked for.
#[derive(Debug, Clone, Copy)]
pub struct MessageFilter<'f> {
    /// With one of these names.
    pub names: &'f [Arc<str>],
    /// With this correlation key; with any if absent.
    pub correlation_key: Option<&'f str>,
    /// Those that have not reached this process.
    pub process_key: &'f str,
    /// Published after the message at this position.
    pub after: Option<Position>,
}

impl Message {
    /// Where it lies in the order of publication.
    #[must_use]
    pub fn position(&self) -> Position {
        (self.published_at, self.id)
    }
}

impl UnitOfWork {
    /// Waits until nobody else looks for this message or publishes it, and keeps others from it up
    /// to the commit. On SQLite there is nobody else.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another transaction is in the way.
    pub async fn lock_message(&mut self, name: &str, correlation_key: &str) -> Result<(), Error> {
        if self.database.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let tenant = self.tenant_text();
        let text = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        let value = format!("message {tenant}/{}/{name}/{correlation_key}", name.len());
        let tx = self.tx().await?;
        let backend = tx.get_database_backend();
        let statement = Statement::from_sql_and_values(backend, text, [value.into()]);
        let locked = tx.execute_raw(statement).await;
        locked.map_err(Error::database("lock a message"))?;
        Ok(())
    }

    /// Whether a message with this id is kept under the name and key.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn is_message_kept(
        &mut self,
        name: &str,
        correlation_key: &str,
        message_id: &str,
    ) -> Result<bool, Error> {
        use message::{Column, Entity, Model};
        let (tenant, now) = (self.tenant(), self.context().at);
        let select = Entity::find()
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::Name.eq(name))
            .filter(Column::CorrelationKey.eq(correlation_key))
            .filter(Column::MessageId.eq(message_id))
            .filter(Column::ExpiresAt.gt(now));
        let stored = select.one(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read a kept message"))?;
        let is_same = |it: &Model| {
            let same_id = it.message_id.as_deref() == Some(message_id);
            it.name == name && it.correlation_key == correlation_key && same_id
        };
        let known = self.tables.message.known_in(whole(&tenant));
        let mut known = known.filter_map(|(_, row)| row);
        Ok(stored.is_some() || known.any(|it| is_same(it) && it.expires_at > now))
    }

    /// Keeps a message.
    pub fn keep_message(&mut self, message: &Message) {
        let model = message::Model {
            tenant_id: self.tenant_text(),
            id: message.id,
            name: message.name.to_string(),
            correlation_key: message.correlation_key.to_string(),
            message_id: message.message_id.as_deref().map(str::to_owned),
            variables: encode_variables(&message.variables),
            published_at: message.published_at,
            expires_at: message.expires_at,
        };
        self.grow(128 + model.variables.len());
        let key = (self.tenant(), message.id);
        self.tables.message.put_new(key, model);
    }

    /// Notes that a kept message has reached a process, which it had not before.
    pub fn note_correlation(&mut self, message: i64, process_key: &Arc<str>) {
        let key = (self.tenant(), message, process_key.clone());
        let model = message_correlation::Model {
            tenant_id: key.0.as_str().to_owned(),
            message,
            process_key: process_key.to_string(),
        };
        self.grow(64);
        self.tables.message_correlation.put_new(key, model);
    }

    /// Whether a kept message has reached a process.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn is_correlated(
        &mut self,
        message: i64,
        process_key: &Arc<str>,
    ) -> Result<bool, Error> {
        let key: PartKey = (self.tenant(), message, process_key.clone());
        if self.tables.message_correlation.get(&key).is_none() {
            let id = (key.0.as_str().to_owned(), message, process_key.to_string());
            let found = message_correlation::Entity::find_by_id(id);
            let found = found.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read whom a message has reached"))?;
            self.tables.message_correlation.learn(key.clone(), found);
        }
        Ok(matches!(
            self.tables.message_correlation.get(&key),
            Some(Some(_))
        ))
    }

    /// The first kept message in the order of publication.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read, [`Error::Decode`] if it cannot be understood.
    pub async fn next_message(
        &mut self,
        filter: MessageFilter<'_>,
    ) -> Result<Option<Message>, Error> {
        let (tenant, now) = (self.tenant(), self.context().at);
        let known = self.tables.message.known_in(whole(&tenant));
        let known = known.filter_map(|(_, row)| row);
        let known = known.filter(|it| it.expires_at > now && filter.matches(it));
        let known = known.filter(|it| self.may_reach(it.id, filter.process_key));
        let known = known.min_by_key(|it| (it.published_at, it.id)).cloned();
        let stored = self.next_stored_message(filter).await?;
        let first = stored
            .into_iter()
            .chain(known)
            .min_by_key(|it| (it.published_at, it.id));
        first.map(from_model).transpose()
    }

    /// The first message that the database knows and this unit of work does not.
    async fn next_stored_message(
        &mut self,
        mut filter: MessageFilter<'_>,
    ) -> Result<Option<message::Model>, Error> {
        use message::{Column, Entity};
        let (tenant, now) = (self.tenant(), self.context().at);
        loop {
            let select = Entity::find()
                .filter(filter.condition(tenant.as_str()))
                .filter(Column::ExpiresAt.gt(now))
                .order_by_asc(Column::PublishedAt)
                .order_by_asc(Column::Id)
                .limit(PAGE as u64);
            let rows = select.all(self.tx().await?).await;
            let rows = rows.map_err(Error::database("read kept messages"))?;
            let (n_rows, last) = (rows.len(), rows.last().map(|it| (it.published_at, it.id)));
            let found = rows.into_iter().find(|it| {
                let is_unknown = self.tables.message.get(&(tenant.clone(), it.id)).is_none();
                is_unknown && self.may_reach(it.id, filter.process_key)
            });
            if found.is_some() || n_rows < PAGE {
                return Ok(found);
            }
            filter.after = last;
        }
    }

    /// Whether nothing of what this unit of work has done says that a message has reached a
    /// process.
    fn may_reach(&self, message: i64, process_key: &str) -> bool {
        let key = (
            self.context().tenant.clone(),
            message,
            Arc::from(process_key),
        );
        !matches!(self.tables.message_correlation.get(&key), Some(Some(_)))
    }

    /// The running instance of a process that a message with this correlation key has started.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn started_by_message(
        &mut self,
        process_key: &str,
        correlation_key: &str,
    ) -> Result<Option<ProcessInstanceId>, Error> {
        let key = self.start_key(process_key, correlation_key);
        if self.tables.message_start.get(&key).is_none() {
            let id = (
                key.0.as_str().to_owned(),
                process_key.to_owned(),
                correlation_key.to_owned(),
            );
            let found = message_start::Entity::find_by_id(id);
            let found = found.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read who was started by a message"))?;
            self.tables.message_start.learn(key.clone(), found);
        }
        let row = self.tables.message_start.get(&key).flatten();
        Ok(row.map(|it| ProcessInstanceId(it.process_instance_id)))
    }

    /// Notes with which correlation key a message has started an instance, until it ends.
    ///
    /// # Errors
    /// [`Error::UnknownProcessInstance`] if it is not stored; [`Error::Database`].
    pub async fn note_message_start(
        &mut self,
        instance: ProcessInstanceId,
        correlation_key: &str,
    ) -> Result<(), Error> {
        let row = self.instance_row(instance).await?;
        let mut row = row.ok_or(Error::UnknownProcessInstance { id: instance.0 })?;
        if row.head.ended_at.is_some() {
            return Ok(());
        }
        let key = self.start_key(&row.head.process_key, correlation_key);
        let model = message_start::Model {
            tenant_id: key.0.as_str().to_owned(),
            process_key: key.1.to_string(),
            correlation_key: key.2.to_string(),
            process_instance_id: instance.0,
        };
        row.head.correlation_key = Some(key.2.clone());
        let instance_key = (key.0.clone(), instance.0);
        self.tables.process_instance.put(instance_key, row);
        self.tables.message_start.put_new(key, model);
        Ok(())
    }

    /// An instance that has ended stands in no message's way any more.
    pub(super) fn free_message_start(&mut self, head: &ProcessInstance) {
        if let Some(correlation_key) = &head.correlation_key {
            let key = self.start_key(&head.process_key, correlation_key);
            self.tables.message_start.remove(&key);
        }
    }

    fn start_key(&self, process_key: &str, correlation_key: &str) -> RecordKey {
        let tenant = self.context().tenant.clone();
        (tenant, Arc::from(process_key), Arc::from(correlation_key))
    }

    /// Removes messages of a share that have expired, over all tenants and at most so many; says
    /// how many.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be removed.
    pub async fn remove_expired_messages(
        &mut self,
        share: &Share,
        now: i64,
        limit: u64,
    ) -> Result<u64, Error> {
        let tx = self.told().await?;
        let backend = tx.get_database_backend();
        let (first, second) = match backend {
            sea_orm::DbBackend::Postgres => ("$1", "$2"),
            _ => ("?", "?"),
        };
        let expired = format!(
            "(SELECT \"tenant_id\", \"id\" FROM \"message\" WHERE \"expires_at\" <= {first} \
             AND {} ORDER BY \"expires_at\", \"tenant_id\", \"id\" LIMIT {second})",
            share.text_of("id")
        );
        let mut n_removed = 0;
        for (table, id) in [("message_correlation", "message"), ("message", "id")] {
            let text =
                format!("DELETE FROM \"{table}\" WHERE (\"tenant_id\", \"{id}\") IN {expired}");
            let values = [now.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
            let statement = Statement::from_sql_and_values(backend, text, values);
            let done = tx.execute_raw(statement).await;
            n_removed = done
                .map_err(Error::database("remove expired messages"))?
                .rows_affected();
        }
        Ok(n_removed)
    }
}

impl MessageFilter<'_> {
    fn matches(&self, model: &message::Model) -> bool {
        let position = (model.published_at, model.id);
        self.names.iter().any(|it| **it == *model.name)
            && self
                .correlation_key
                .is_none_or(|it| it == model.correlation_key)
            && self.after.is_none_or(|it| it < position)
    }

    fn condition(&self, tenant: &str) -> Condition {
        use message::{Column, Entity};
        let mut condition = Condition::all()
            .add(Column::TenantId.eq(tenant))
            .add(Column::Name.is_in(self.names.iter().map(|it| &**it)));
        if let Some(key) = self.correlation_key {
            condition = condition.add(Column::CorrelationKey.eq(key));
        }
        if let Some((published_at, id)) = self.after {
            let position = Expr::tuple([Expr::col(Column::PublishedAt), Expr::col(Column::Id)]);
            let after = Expr::tuple([Expr::value(published_at), Expr::value(id)]);
            condition = condition.add(position.gt(after));
        }
        let reached = Query::select()
            .expr(Expr::value(1))
            .from(message_correlation::Entity)
            .and_where(message_correlation::Column::TenantId.eq(tenant))
            .and_where(
                Expr::col((
                    message_correlation::Entity,
                    message_correlation::Column::Message,
                ))
                .equals((Entity, Column::Id)),
            )
            .and_where(message_correlation::Column::ProcessKey.eq(self.process_key))
            .to_owned();
        condition.add(Expr::exists(reached).not())
    }
}

fn whole(tenant: &TenantId) -> std::ops::RangeInclusive<(TenantId, i64)> {
    (tenant.clone(), i64::MIN)..=(tenant.clone(), i64::MAX)
}

fn from_model(model: message::Model) -> Result<Message, Error> {
    Ok(Message {
        id: model.id,
        variables: decode_variables(&model.variables)?,
        name: model.name.into(),
        correlation_key: model.correlation_key.into(),
        message_id: model.message_id.map(Arc::from),
        published_at: model.published_at,
        expires_at: model.expires_at,
    })
}
