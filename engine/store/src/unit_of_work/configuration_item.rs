//! Configuration items, written and read within the transaction.
//!
//! They are rare, so they are not held in memory: the database is told everything first. On
//! PostgreSQL an item is locked as it is read, so that two people on two nodes never both find it as
//! it was. What is in effect has rows of its own; no node keeps an item in mind.

use super::UnitOfWork;
use crate::entity::configuration_event;
use crate::error::Error;
use crate::query::configuration_item::{self as query, ItemFilter};
use crate::row::configuration_item::{ConfigurationEvent, ConfigurationItem};

impl UnitOfWork {
    /// Stores an item, new or changed.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_configuration_item(&mut self, item: &ConfigurationItem) -> Result<(), Error> {
        let model = query::to_model(self.tenant_text(), item);
        self.upsert_direct(&[model]).await
    }

    /// An item.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn configuration_item(
        &mut self,
        id: i64,
    ) -> Result<Option<ConfigurationItem>, Error> {
        let tenant = self.tenant();
        query::item(self.tx().await?, &tenant, id).await
    }

    /// Items by what is asked, the oldest first.
    ///
    /// # Errors
    /// [`Error::Database`] if they cannot be read.
    pub async fn configuration_items(
        &mut self,
        filter: &ItemFilter,
    ) -> Result<Vec<ConfigurationItem>, Error> {
        let tenant = self.tenant();
        query::filtered(self.tx().await?, &tenant, filter).await
    }

    /// What was done to an item, the first thing first.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn configuration_events(
        &mut self,
        item: i64,
    ) -> Result<Vec<ConfigurationEvent>, Error> {
        let tenant = self.tenant();
        query::events_of(self.tx().await?, &tenant, item).await
    }

    /// Adds what was done to an item; its place is given here.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn add_configuration_event(&mut self, new: &ConfigurationEvent) -> Result<(), Error> {
        let before = self.configuration_events(new.item).await?;
        let model = configuration_event::Model {
            tenant_id: self.tenant_text(),
            item_id: new.item,
            sequence: before.last().map_or(0, |it| it.sequence) + 1,
            at: new.at,
            principal: new.principal.to_string(),
            action: query::action_number(new.action),
            version: new.version,
            digest: new.digest.as_ref().map(ToString::to_string),
            detail: new.detail.as_ref().map(ToString::to_string),
        };
        self.insert_direct(model).await
    }
}
