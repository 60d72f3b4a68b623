//! What messages and signals find.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use tongban_core::id::{ProcessInstanceId, SubscriptionId};

use super::UnitOfWork;
use super::tables::InstanceKey;
use crate::entity::{message_subscription, signal_subscription};
use crate::error::Error;
use crate::projection::local;
use crate::row::wait::{MessageSubscription, SignalSubscription};

impl UnitOfWork {
    /// Open subscriptions for a message, in order of instances.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn message_subscriptions(
        &mut self,
        message_name: &str,
        correlation_key: &str,
    ) -> Result<Vec<MessageSubscription>, Error> {
        use message_subscription::{Column, Entity, Model};
        let tenant = self.tenant();
        let select = Entity::find()
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::MessageName.eq(message_name))
            .filter(Column::CorrelationKey.eq(correlation_key));
        let stored = select.all(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read message subscriptions"))?;
        let overlay = &self.tables.message_subscription;
        let key = |it: &Model| (tenant.clone(), it.process_instance_id, it.id);
        let mut found: Vec<Model> = stored
            .into_iter()
            .filter(|it| overlay.get(&key(it)).is_none())
            .collect();
        let whole_tenant =
            (tenant.clone(), i64::MIN, i64::MIN)..=(tenant.clone(), i64::MAX, i64::MAX);
        let known = overlay.known_in(whole_tenant).filter_map(|(_, row)| row);
        let matches =
            |it: &&Model| it.message_name == message_name && it.correlation_key == correlation_key;
        found.extend(known.filter(matches).cloned());
        found.sort_by_key(|it| (it.process_instance_id, it.id));
        Ok(found.into_iter().map(message_subscription).collect())
    }

    /// Subscriptions for a signal that were opened up to a moment, in order of instances: those
    /// after a subscription, and at most so many.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn signal_subscriptions(
        &mut self,
        signal_name: &str,
        opened_until: i64,
        after: (ProcessInstanceId, SubscriptionId),
        limit: usize,
    ) -> Result<Vec<SignalSubscription>, Error> {
        use signal_subscription::{Column, Entity, Model};
        let tenant = self.tenant();
        let after: InstanceKey = (tenant.clone(), after.0.0, i64::from(after.1.0));
        let last: InstanceKey = (tenant.clone(), i64::MAX, i64::MAX);
        let position = Expr::tuple([Expr::col(Column::ProcessInstanceId), Expr::col(Column::Id)]);
        let beyond = Expr::tuple([Expr::value(after.1), Expr::value(after.2)]);
        let n_known = self
            .tables
            .signal_subscription
            .known_in(after.clone()..=last.clone())
            .count();
        let select = Entity::find()
            .filter(Column::TenantId.eq(tenant.as_str()))
            .filter(Column::SignalName.eq(signal_name))
            .filter(Column::CreatedAt.lte(opened_until))
            .filter(position.gt(beyond))
            .order_by_asc(Column::ProcessInstanceId)
            .order_by_asc(Column::Id)
            // What is known may stand instead of as many stored rows.
            .limit((limit + n_known) as u64);
        let stored = select.all(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read signal subscriptions"))?;
        let overlay = &self.tables.signal_subscription;
        let key = |it: &Model| (tenant.clone(), it.process_instance_id, it.id);
        let mut found: Vec<Model> = stored
            .into_iter()
            .filter(|it| overlay.get(&key(it)).is_none())
            .collect();
        let known = overlay.known_in(after.clone()..=last);
        let known = known.filter(|(key, _)| **key > after);
        let matches = |it: &&Model| it.signal_name == signal_name && it.created_at <= opened_until;
        found.extend(known.filter_map(|(_, row)| row).filter(matches).cloned());
        found.sort_by_key(|it| (it.process_instance_id, it.id));
        found.truncate(limit);
        Ok(found.into_iter().map(signal_subscription).collect())
    }

    /// How many instances wait for a signal.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be counted; [`Error::Conflict`] from telling the database
    /// what the group has done.
    pub async fn count_signal_waits(&mut self, signal_name: &str) -> Result<u64, Error> {
        use signal_subscription::{Column, Entity};
        let tenant = self.tenant_text();
        let select = Entity::find()
            .select_only()
            .column(Column::ProcessInstanceId)
            .filter(Column::TenantId.eq(tenant))
            .filter(Column::SignalName.eq(signal_name))
            .distinct();
        let counted = select.count(self.told().await?).await;
        counted.map_err(Error::database("count signal subscriptions"))
    }
}

fn message_subscription(model: message_subscription::Model) -> MessageSubscription {
    MessageSubscription {
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        id: SubscriptionId(local(model.id)),
        process_key: model.process_key.into(),
        element_id: model.element_id.into(),
        message_name: model.message_name.into(),
        correlation_key: model.correlation_key.into(),
        created_at: model.created_at,
    }
}

fn signal_subscription(model: signal_subscription::Model) -> SignalSubscription {
    SignalSubscription {
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        id: SubscriptionId(local(model.id)),
        element_id: model.element_id.into(),
        created_at: model.created_at,
    }
}
