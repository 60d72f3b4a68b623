//! Deployments, written and read within the transaction.
//!
//! They are rare, so they are not held in memory: the database is told everything first.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, ModelTrait, QueryFilter};
use tongban_core::id::DefinitionId;

use super::UnitOfWork;
use crate::bulk::{self, Shape};
use crate::entity::{
    decision_definition, deployment, form_definition, process_definition, resource,
};
use crate::error::Error;
use crate::query;
use crate::query::definition::Version;
use crate::row::definition::{
    DecisionDefinition, Deployment, FormDefinition, Origin, ProcessDefinition, Resource, SchemaFile,
};

impl UnitOfWork {
    /// Stores a deployment.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_deployment(&mut self, new: &Deployment) -> Result<(), Error> {
        let model = deployment::Model {
            tenant_id: self.tenant_text(),
            id: new.id,
            deployed_at: new.deployed_at,
            deployed_by: new.deployed_by.to_string(),
            source: new.source.to_string(),
        };
        self.write_direct(model).await
    }

    /// Stores a file, unless the same content is stored.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn put_resource(&mut self, new: &Resource) -> Result<(), Error> {
        let model = resource::Model {
            tenant_id: self.tenant_text(),
            digest: new.digest.to_string(),
            content: new.content.to_vec(),
        };
        let shape = Shape::of::<resource::Entity>();
        bulk::upsert(self.told().await?, &shape, vec![bulk::values(&model)]).await
    }

    /// Stores a version of a process.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another node has just stored the same version of the key.
    pub async fn put_process_definition(&mut self, new: &ProcessDefinition) -> Result<(), Error> {
        let model = process_definition::Model {
            tenant_id: self.tenant_text(),
            id: new.id.0,
            key: new.key.to_string(),
            version: new.version,
            version_tag: new.version_tag.as_ref().map(ToString::to_string),
            name: new.name.as_ref().map(ToString::to_string),
            origin: query::definition::origin_number(new.origin),
            resource_name: new.resource_name.to_string(),
            digest: new.digest.to_string(),
            schemas: schemas_text(&new.schemas),
            deployment_id: new.deployment_id,
            deployed_at: new.deployed_at,
        };
        self.write_direct(model).await
    }

    /// Stores a version of a decision.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another node has just stored the same version of the key.
    pub async fn put_decision_definition(&mut self, new: &DecisionDefinition) -> Result<(), Error> {
        let model = decision_definition::Model {
            tenant_id: self.tenant_text(),
            id: new.id,
            key: new.key.to_string(),
            version: new.version,
            name: new.name.as_ref().map(ToString::to_string),
            effective_from: new.effective_from.as_ref().map(ToString::to_string),
            effective_until: new.effective_until.as_ref().map(ToString::to_string),
            origin: query::definition::origin_number(new.origin),
            item_id: new.item,
            resource_name: new.resource_name.to_string(),
            digest: new.digest.to_string(),
            namespace: new.namespace.to_string(),
            imports: (!new.imports.is_empty()).then(|| new.imports.join(" ")),
            deployment_id: new.deployment_id,
            deployed_at: new.deployed_at,
        };
        self.write_direct(model).await
    }

    /// Lets the county's own versions of a decision hold no longer from a date, `YYYY-MM-DD`. Those
    /// that begin on that date or later are left.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn end_county_decisions(&mut self, key: &str, from: &str) -> Result<(), Error> {
        use decision_definition::{Column, Entity};
        let begun = Condition::any()
            .add(Column::EffectiveFrom.is_null())
            .add(Column::EffectiveFrom.lt(from));
        let open = Condition::any()
            .add(Column::EffectiveUntil.is_null())
            .add(Column::EffectiveUntil.gt(from));
        let update = Entity::update_many()
            .col_expr(Column::EffectiveUntil, Expr::value(from))
            .filter(Column::TenantId.eq(self.tenant_text()))
            .filter(Column::Key.eq(key))
            .filter(Column::Origin.eq(query::definition::origin_number(Origin::County)))
            .filter(begun)
            .filter(open);
        self.revise();
        let updated = update.exec(self.told().await?).await;
        updated.map_err(Error::database("end a decision definition"))?;
        Ok(())
    }

    /// Lets the versions of a decision that came with a configuration item never hold.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be written.
    pub async fn void_decisions_of(&mut self, item: i64) -> Result<(), Error> {
        use decision_definition::{Column, Entity};
        let update = Entity::update_many()
            .col_expr(Column::EffectiveUntil, Expr::col(Column::EffectiveFrom))
            .filter(Column::TenantId.eq(self.tenant_text()))
            .filter(Column::ItemId.eq(item));
        self.revise();
        let updated = update.exec(self.told().await?).await;
        updated.map_err(Error::database("take a decision definition back"))?;
        Ok(())
    }

    /// Stores a version of a form.
    ///
    /// # Errors
    /// [`Error::Conflict`] if another node has just stored the same version of the key.
    pub async fn put_form_definition(&mut self, new: &FormDefinition) -> Result<(), Error> {
        let model = form_definition::Model {
            tenant_id: self.tenant_text(),
            id: new.id,
            key: new.key.to_string(),
            version: new.version,
            origin: query::definition::origin_number(new.origin),
            resource_name: new.resource_name.to_string(),
            digest: new.digest.to_string(),
            deployment_id: new.deployment_id,
            deployed_at: new.deployed_at,
        };
        self.write_direct(model).await
    }

    /// A version of a process by its id.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn process_definition(
        &mut self,
        id: DefinitionId,
    ) -> Result<Option<ProcessDefinition>, Error> {
        let tenant = self.tenant();
        query::definition::process(self.tx().await?, &tenant, id).await
    }

    /// A version of a process by its key.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn find_process_definition(
        &mut self,
        key: &str,
        version: Version<'_>,
    ) -> Result<Option<ProcessDefinition>, Error> {
        let tenant = self.tenant();
        query::definition::find_process(self.tx().await?, &tenant, key, version).await
    }

    /// A version of a decision by its key.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn find_decision_definition(
        &mut self,
        key: &str,
        version: Version<'_>,
    ) -> Result<Option<DecisionDefinition>, Error> {
        let tenant = self.tenant();
        query::definition::find_decision(self.tx().await?, &tenant, key, version).await
    }

    /// A version of a form by its key.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn find_form_definition(
        &mut self,
        key: &str,
        version: Version<'_>,
    ) -> Result<Option<FormDefinition>, Error> {
        let tenant = self.tenant();
        query::definition::find_form(self.tx().await?, &tenant, key, version).await
    }

    /// The content of a file by its digest.
    ///
    /// # Errors
    /// [`Error::Database`] if it cannot be read.
    pub async fn resource(&mut self, digest: &str) -> Result<Option<Arc<[u8]>>, Error> {
        let tenant = self.tenant();
        query::definition::resource(self.tx().await?, &tenant, digest).await
    }

    /// Inserts a rare row directly; it is undone with the running command. All nodes look again at what
    /// they keep of such rows.
    pub(super) async fn write_direct<M: ModelTrait>(&mut self, model: M) -> Result<(), Error> {
        self.revise();
        self.insert_direct(model).await
    }

    /// The same for a row that nobody keeps in memory.
    pub(super) async fn insert_direct<M: ModelTrait>(&mut self, model: M) -> Result<(), Error> {
        let shape = Shape::of::<M::Entity>();
        bulk::insert(self.told().await?, &shape, vec![bulk::values(&model)]).await
    }

    /// Inserts or replaces rare rows directly; it is undone with the running command. All nodes look
    /// again at what they keep of such rows.
    pub(super) async fn replace_direct<M: ModelTrait>(
        &mut self,
        models: &[M],
    ) -> Result<(), Error> {
        self.revise();
        self.upsert_direct(models).await
    }

    /// The same for rows that nobody keeps in memory.
    pub(super) async fn upsert_direct<M: ModelTrait>(&mut self, models: &[M]) -> Result<(), Error> {
        let shape = Shape::of::<M::Entity>();
        let rows = models.iter().map(bulk::values).collect();
        bulk::upsert(self.told().await?, &shape, rows).await
    }
}

/// Names and digests in turn.
fn schemas_text(schemas: &[SchemaFile]) -> Option<String> {
    let words = schemas.iter().flat_map(|it| [&*it.name, &*it.digest]);
    let words: Vec<&str> = words.collect();
    (!words.is_empty()).then(|| words.join(" "))
}
