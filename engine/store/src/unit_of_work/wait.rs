//! What a message finds.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::UnitOfWork;
use crate::entity::message_subscription::{Column, Entity, Model};
use crate::error::Error;
use crate::projection::local;
use crate::row::wait::MessageSubscription;
use tongban_core::id::{ProcessInstanceId, SubscriptionId};

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
        Ok(found.into_iter().map(from_model).collect())
    }
}

fn from_model(model: Model) -> MessageSubscription {
    MessageSubscription {
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        id: SubscriptionId(local(model.id)),
        element_id: model.element_id.into(),
        message_name: model.message_name.into(),
        correlation_key: model.correlation_key.into(),
        created_at: model.created_at,
    }
}
