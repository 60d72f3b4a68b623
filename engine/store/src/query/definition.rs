//! Definitions and the files they were read from.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, Order};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};
use tongban_core::id::DefinitionId;

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::{decision_definition, form_definition, process_definition, resource};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::definition::{
    DecisionDefinition, FormDefinition, Origin, ProcessDefinition, SchemaFile,
};

/// Which version of a key is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version<'a> {
    /// The newest.
    Latest,
    /// The one with this number.
    Number(i32),
    /// The newest with this version tag; decisions and forms have none.
    Tag(&'a str),
    /// The one that came with this deployment.
    Deployment(i64),
}

/// Versions of processes: by key, the newest version first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list_processes(
    database: &Database,
    tenant: &TenantId,
    key: Option<&str>,
    page: &PageRequest,
) -> Result<Page<ProcessDefinition>, Error> {
    use process_definition::{Column, Entity, Model};
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(key) = key {
        select = select.filter(Column::Key.eq(key));
    }
    let keyset = Keyset::new(vec![
        (Expr::col(Column::Key), Order::Asc),
        (Expr::col(Column::Version), Order::Desc),
    ]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read process definitions"))?;
    let place = |it: &Model| vec![it.key.as_str().into(), i64::from(it.version).into()];
    Ok(cut(rows, page, place, process_from_model))
}

/// One version of a process, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_process(
    database: &Database,
    tenant: &TenantId,
    id: DefinitionId,
) -> Result<Option<ProcessDefinition>, Error> {
    process(database.readers(), tenant, id).await
}

/// One version of a process by its key, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_process_by_key(
    database: &Database,
    tenant: &TenantId,
    key: &str,
    version: Version<'_>,
) -> Result<Option<ProcessDefinition>, Error> {
    find_process(database.readers(), tenant, key, version).await
}

/// One version of a decision by its key, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_decision_by_key(
    database: &Database,
    tenant: &TenantId,
    key: &str,
    version: Version<'_>,
) -> Result<Option<DecisionDefinition>, Error> {
    find_decision(database.readers(), tenant, key, version).await
}

/// The version of a decision that holds on a date, `YYYY-MM-DD`, as committed.
///
/// Of those that hold then the county's own go first; among them the one that began last, and
/// among equals the newest.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_decision_as_of(
    database: &Database,
    tenant: &TenantId,
    key: &str,
    date: &str,
) -> Result<Option<DecisionDefinition>, Error> {
    use decision_definition::Column;
    let select = in_force(tenant, date)
        .filter(Column::Key.eq(key))
        .order_by_desc(Column::Version);
    let found = select
        .limit(1)
        .one(database.readers())
        .await
        .map_err(Error::database("read a decision definition"))?;
    Ok(found.map(decision_from_model))
}

/// The decision whose file is meant where another imports a namespace on a date, `YYYY-MM-DD`, as
/// committed: chosen like the version of a decision, and among equals what was deployed last.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_import_as_of(
    database: &Database,
    tenant: &TenantId,
    namespace: &str,
    date: &str,
) -> Result<Option<DecisionDefinition>, Error> {
    use decision_definition::Column;
    let select = in_force(tenant, date)
        .filter(Column::Namespace.eq(namespace))
        .order_by_desc(Column::DeployedAt)
        .order_by_desc(Column::Id);
    let found = select
        .limit(1)
        .one(database.readers())
        .await
        .map_err(Error::database("read an imported decision definition"))?;
    Ok(found.map(decision_from_model))
}

/// What holds on a date: the county's own first, and what began last.
fn in_force(tenant: &TenantId, date: &str) -> Select<decision_definition::Entity> {
    use decision_definition::{Column, Entity};
    let begun = Condition::any()
        .add(Column::EffectiveFrom.is_null())
        .add(Column::EffectiveFrom.lte(date));
    let open = Condition::any()
        .add(Column::EffectiveUntil.is_null())
        .add(Column::EffectiveUntil.gt(date));
    let is_county = Expr::col(Column::Origin).eq(origin_number(Origin::County));
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(begun)
        .filter(open)
        .order_by_desc(is_county)
        // What is effective from ever comes before any date.
        .order_by_desc(Expr::col(Column::EffectiveFrom).if_null(""))
}

/// All versions of a decision, the newest first; those of a key are few.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn decision_versions(
    database: &Database,
    tenant: &TenantId,
    key: &str,
    versions_max: u64,
) -> Result<Vec<DecisionDefinition>, Error> {
    use decision_definition::{Column, Entity};
    let select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Key.eq(key))
        .order_by_desc(Column::Version)
        .limit(versions_max);
    let found = select.all(database.readers()).await;
    let found = found.map_err(Error::database("read decision definitions"))?;
    Ok(found.into_iter().map(decision_from_model).collect())
}

/// One version of a form by its key, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_form_by_key(
    database: &Database,
    tenant: &TenantId,
    key: &str,
    version: Version<'_>,
) -> Result<Option<FormDefinition>, Error> {
    find_form(database.readers(), tenant, key, version).await
}

/// The content of a file by its digest, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_resource(
    database: &Database,
    tenant: &TenantId,
    digest: &str,
) -> Result<Option<Arc<[u8]>>, Error> {
    resource(database.readers(), tenant, digest).await
}

pub(crate) async fn process<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    id: DefinitionId,
) -> Result<Option<ProcessDefinition>, Error> {
    let key = (tenant.as_str().to_owned(), id.0);
    let found = process_definition::Entity::find_by_id(key).one(db).await;
    Ok(found
        .map_err(Error::database("read a process definition"))?
        .map(process_from_model))
}

/// The columns by which versions of a key are told apart.
struct VersionColumns<E: EntityTrait> {
    tenant: E::Column,
    key: E::Column,
    version: E::Column,
    /// What has no tags has no version with one.
    tag: Option<E::Column>,
    deployment: E::Column,
}

/// The newest row of a key that a version means.
async fn find_version<E: EntityTrait, C: ConnectionTrait>(
    db: &C,
    columns: VersionColumns<E>,
    (tenant, key): (&TenantId, &str),
    version: Version<'_>,
    action: &'static str,
) -> Result<Option<E::Model>, Error> {
    let select = E::find()
        .filter(columns.tenant.eq(tenant.as_str()))
        .filter(columns.key.eq(key))
        .order_by_desc(columns.version)
        .limit(1);
    let select = match (version, columns.tag) {
        (Version::Latest, _) => select,
        (Version::Number(number), _) => select.filter(columns.version.eq(number)),
        (Version::Tag(tag), Some(column)) => select.filter(column.eq(tag)),
        (Version::Tag(_), None) => return Ok(None),
        (Version::Deployment(id), _) => select.filter(columns.deployment.eq(id)),
    };
    select.one(db).await.map_err(Error::database(action))
}

pub(crate) async fn find_process<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    key: &str,
    version: Version<'_>,
) -> Result<Option<ProcessDefinition>, Error> {
    use process_definition::{Column, Entity};
    let columns = VersionColumns::<Entity> {
        tenant: Column::TenantId,
        key: Column::Key,
        version: Column::Version,
        tag: Some(Column::VersionTag),
        deployment: Column::DeploymentId,
    };
    let found = find_version(
        db,
        columns,
        (tenant, key),
        version,
        "read a process definition",
    )
    .await?;
    Ok(found.map(process_from_model))
}

pub(crate) async fn find_decision<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    key: &str,
    version: Version<'_>,
) -> Result<Option<DecisionDefinition>, Error> {
    use decision_definition::{Column, Entity};
    let columns = VersionColumns::<Entity> {
        tenant: Column::TenantId,
        key: Column::Key,
        version: Column::Version,
        tag: None,
        deployment: Column::DeploymentId,
    };
    let found = find_version(
        db,
        columns,
        (tenant, key),
        version,
        "read a decision definition",
    )
    .await?;
    Ok(found.map(decision_from_model))
}

pub(crate) async fn find_form<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    key: &str,
    version: Version<'_>,
) -> Result<Option<FormDefinition>, Error> {
    use form_definition::{Column, Entity};
    let columns = VersionColumns::<Entity> {
        tenant: Column::TenantId,
        key: Column::Key,
        version: Column::Version,
        tag: None,
        deployment: Column::DeploymentId,
    };
    let found = find_version(
        db,
        columns,
        (tenant, key),
        version,
        "read a form definition",
    )
    .await?;
    Ok(found.map(form_from_model))
}

pub(crate) async fn resource<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    digest: &str,
) -> Result<Option<Arc<[u8]>>, Error> {
    let key = (tenant.as_str().to_owned(), digest.to_owned());
    let found = resource::Entity::find_by_id(key).one(db).await;
    Ok(found
        .map_err(Error::database("read a deployed file"))?
        .map(|it| it.content.into()))
}

pub(crate) fn origin_number(origin: Origin) -> i16 {
    match origin {
        Origin::Upload => 0,
        Origin::Plugin => 1,
        Origin::County => 2,
    }
}

fn origin(number: i16) -> Origin {
    match number {
        1 => Origin::Plugin,
        2 => Origin::County,
        _ => Origin::Upload,
    }
}

fn process_from_model(model: process_definition::Model) -> ProcessDefinition {
    ProcessDefinition {
        id: DefinitionId(model.id),
        key: model.key.into(),
        version: model.version,
        version_tag: model.version_tag.map(Arc::from),
        name: model.name.map(Arc::from),
        origin: origin(model.origin),
        resource_name: model.resource_name.into(),
        digest: model.digest.into(),
        schemas: schemas(model.schemas.as_deref()),
        deployment_id: model.deployment_id,
        deployed_at: model.deployed_at,
    }
}

fn decision_from_model(model: decision_definition::Model) -> DecisionDefinition {
    DecisionDefinition {
        id: model.id,
        key: model.key.into(),
        version: model.version,
        name: model.name.map(Arc::from),
        effective_from: model.effective_from.map(Arc::from),
        effective_until: model.effective_until.map(Arc::from),
        origin: origin(model.origin),
        item: model.item_id,
        resource_name: model.resource_name.into(),
        digest: model.digest.into(),
        namespace: model.namespace.into(),
        imports: digests(model.imports.as_deref()),
        deployment_id: model.deployment_id,
        deployed_at: model.deployed_at,
    }
}

/// Names and digests in turn.
fn schemas(text: Option<&str>) -> Vec<SchemaFile> {
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    let pairs = words.chunks_exact(2);
    pairs
        .map(|it| SchemaFile {
            name: Arc::from(it[0]),
            digest: Arc::from(it[1]),
        })
        .collect()
}

fn digests(text: Option<&str>) -> Vec<Arc<str>> {
    text.unwrap_or_default()
        .split_whitespace()
        .map(Arc::from)
        .collect()
}

fn form_from_model(model: form_definition::Model) -> FormDefinition {
    FormDefinition {
        id: model.id,
        key: model.key.into(),
        version: model.version,
        origin: origin(model.origin),
        resource_name: model.resource_name.into(),
        digest: model.digest.into(),
        deployment_id: model.deployment_id,
        deployed_at: model.deployed_at,
    }
}
