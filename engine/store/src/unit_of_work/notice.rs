//! Notices, who has read them, and their ways out, written within the transaction.

use std::sync::Arc;

use sea_orm::sea_query::{LockBehavior, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::UnitOfWork;
use super::tables::PartKey;
use crate::dialect::Dialect;
use crate::entity::{notice, notice_delivery, notice_preference, notice_read};
use crate::error::Error;
use crate::id::TenantId;
use crate::query;
use crate::row::notice::{Notice, NoticeDelivery, TakingDeliveries};

impl UnitOfWork {
    /// Stores a new notice.
    pub fn put_notice(&mut self, new: &Notice) {
        let key = (self.tenant(), new.id);
        let model = query::notice::to_model(&key.0, new);
        self.grow(256 + model.text_zh.len() + model.text_en.len());
        self.tables.notice.put_new(key, model);
    }

    /// Whether a notice was sent under this key before.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn is_notice_sent(&mut self, dedupe_key: &str) -> Result<bool, Error> {
        let tenant = self.tenant();
        let known = self.tables.notice.known().filter_map(|(_, row)| row);
        let is_same = |it: &notice::Model| {
            it.tenant_id == tenant.as_str() && it.dedupe_key.as_deref() == Some(dedupe_key)
        };
        if known.into_iter().any(is_same) {
            return Ok(true);
        }
        let find = notice::Entity::find()
            .filter(notice::Column::TenantId.eq(tenant.as_str()))
            .filter(notice::Column::DedupeKey.eq(dedupe_key));
        let found = find.one(self.tx().await?).await;
        Ok(found.map_err(Error::database("read a notice"))?.is_some())
    }

    /// A notice.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn notice(&mut self, id: i64) -> Result<Option<Notice>, Error> {
        let key = (self.tenant(), id);
        if self.tables.notice.get(&key).is_none() {
            let find = notice::Entity::find_by_id((key.0.as_str().to_owned(), id));
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a notice"))?;
            self.tables.notice.learn(key.clone(), found);
        }
        let row = self.tables.notice.get(&key).flatten();
        Ok(row.cloned().map(query::notice::from_model))
    }

    /// Notes that somebody has read a notice; the first time counts.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn mark_notice_read(&mut self, id: i64, reader: &str, at: i64) -> Result<(), Error> {
        let key: PartKey = (self.tenant(), id, Arc::from(reader));
        if self.tables.notice_read.get(&key).is_none() {
            let id = (key.0.as_str().to_owned(), key.1, reader.to_owned());
            let find = notice_read::Entity::find_by_id(id);
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read who has read a notice"))?;
            self.tables.notice_read.learn(key.clone(), found);
        }
        if self.tables.notice_read.get(&key).flatten().is_none() {
            let model = notice_read::Model {
                tenant_id: key.0.as_str().to_owned(),
                notice_id: key.1,
                reader: reader.to_owned(),
                read_at: at,
            };
            self.grow(96);
            self.tables.notice_read.put(key, model);
        }
        Ok(())
    }

    /// The language in which somebody wants to be told things, if he has said so.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn notice_locale(&mut self, reader: &str) -> Result<Option<Arc<str>>, Error> {
        let key = (self.tenant(), Arc::from(reader));
        if self.tables.notice_preference.get(&key).is_none() {
            let id = (key.0.as_str().to_owned(), reader.to_owned());
            let find = notice_preference::Entity::find_by_id(id);
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a preference"))?;
            self.tables.notice_preference.learn(key.clone(), found);
        }
        let row = self.tables.notice_preference.get(&key).flatten();
        Ok(row.map(|it| Arc::from(it.locale.as_str())))
    }

    /// Stores the language in which somebody wants to be told things.
    pub fn put_notice_locale(&mut self, reader: &str, locale: &str) {
        let key = (self.tenant(), Arc::from(reader));
        let model = notice_preference::Model {
            tenant_id: key.0.as_str().to_owned(),
            reader: reader.to_owned(),
            locale: locale.to_owned(),
        };
        self.grow(64);
        self.tables.notice_preference.put(key, model);
    }

    /// Stores a delivery, new or changed.
    pub fn put_notice_delivery(&mut self, delivery: &NoticeDelivery) {
        let key: PartKey = (
            delivery.tenant.clone(),
            delivery.notice_id,
            delivery.channel.clone(),
        );
        self.grow(160);
        let model = query::notice::delivery_to_model(delivery);
        self.tables.notice_delivery.put(key, model);
    }

    /// A delivery; on PostgreSQL it is locked.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn notice_delivery(
        &mut self,
        notice_id: i64,
        channel: &str,
    ) -> Result<Option<NoticeDelivery>, Error> {
        let key: PartKey = (self.tenant(), notice_id, Arc::from(channel));
        if self.tables.notice_delivery.get(&key).is_none() {
            let id = (key.0.as_str().to_owned(), notice_id, channel.to_owned());
            let mut find = notice_delivery::Entity::find_by_id(id);
            if self.database.dialect() == Dialect::Postgresql {
                find = find.lock_exclusive();
            }
            let found = find.one(self.tx().await?).await;
            let found = found.map_err(Error::database("read a delivery"))?;
            self.tables.notice_delivery.learn(key.clone(), found);
        }
        let row = self.tables.notice_delivery.get(&key).flatten();
        Ok(row.cloned().map(query::notice::delivery_from_model))
    }

    /// Takes deliveries to a target under a lease, over all tenants, the longest waiting first.
    /// What another transaction is taking at the same moment is passed over.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn take_notice_deliveries(
        &mut self,
        taking: &TakingDeliveries<'_>,
    ) -> Result<Vec<NoticeDelivery>, Error> {
        use notice_delivery::{Column, Entity, Model};
        let limit = taking.limit;
        let is_due = |it: &&Model| {
            it.target == taking.target
                && it.available_at.is_some_and(|at| at <= taking.at)
                && taking.share.has(it.notice_id)
        };
        let known = self.tables.notice_delivery.known();
        let (n_known, mut found) = known.fold((0, Vec::new()), |(n, mut due), (_, row)| {
            due.extend(row.filter(is_due).cloned());
            (n + 1, due)
        });
        let mut select = Entity::find()
            .filter(Column::Target.eq(taking.target))
            .filter(Column::AvailableAt.lte(taking.at))
            .filter(taking.share.of(Column::NoticeId))
            .order_by_asc(Column::AvailableAt)
            .order_by_asc(Column::TenantId)
            .order_by_asc(Column::NoticeId)
            .order_by_asc(Column::Channel)
            .limit((limit + n_known) as u64);
        if self.database.dialect() == Dialect::Postgresql {
            select = select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let stored = select.all(self.tx().await?).await;
        let stored = stored.map_err(Error::database("read due deliveries"))?;
        let deliveries = &self.tables.notice_delivery;
        let unknown = |it: &Model| deliveries.get(&key_of(it)).is_none();
        found.extend(stored.into_iter().filter(unknown));
        found.sort_by_key(|it| (it.available_at, it.notice_id));
        found.truncate(limit);
        let mut taken = Vec::with_capacity(found.len());
        for mut row in found {
            row.available_at = Some(taking.until);
            row.lease_token += 1;
            taken.push(query::notice::delivery_from_model(row.clone()));
            self.grow(160);
            self.tables.notice_delivery.put(key_of(&row), row);
        }
        Ok(taken)
    }
}

fn key_of(row: &notice_delivery::Model) -> PartKey {
    (
        TenantId::new(&row.tenant_id),
        row.notice_id,
        Arc::from(row.channel.as_str()),
    )
}
