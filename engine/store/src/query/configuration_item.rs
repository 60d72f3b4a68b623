//! Configuration items and what was done to them.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, Select,
};

use super::page::{Keyset, Page, PageRequest, cut};
use super::wait::Share;
use crate::bulk::{self, Lock};
use crate::database::Database;
use crate::entity::{configuration_event, configuration_item};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::configuration_item::{
    ConfigurationEvent, ConfigurationItem, DueItem, ItemAction, ItemState,
};

/// Items of a tenant read at once by [`ItemFilter`] without a page; those in effect are few.
const ITEMS_MAX: u64 = 10_000;
/// What was done to one item, at most.
const EVENTS_MAX: u64 = 10_000;

/// Which items are meant; everything that is absent does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Of this kind.
    pub kind: Option<Arc<str>>,
    /// With this key.
    pub key: Option<Arc<str>>,
    /// Of what this plugin declares.
    pub plugin: Option<Arc<str>>,
    /// In one of these states; in any if empty.
    pub states: Vec<ItemState>,
}

impl ItemFilter {
    fn select(&self, tenant: &TenantId) -> Select<configuration_item::Entity> {
        use configuration_item::{Column, Entity};
        let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
        if let Some(kind) = &self.kind {
            select = select.filter(Column::Kind.eq(&**kind));
        }
        if let Some(key) = &self.key {
            select = select.filter(Column::Key.eq(&**key));
        }
        if let Some(plugin) = &self.plugin {
            select = select.filter(Column::Plugin.eq(&**plugin));
        }
        if !self.states.is_empty() {
            let states = self.states.iter().map(|it| state_number(*it));
            select = select.filter(Column::State.is_in(states));
        }
        select
    }
}

/// Items, the newest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &ItemFilter,
    page: &PageRequest,
) -> Result<Page<ConfigurationItem>, Error> {
    let mut select = filter.select(tenant);
    let keyset = Keyset::new(vec![(
        Expr::col(configuration_item::Column::Id),
        Order::Desc,
    )]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read configuration items"))?;
    let place = |it: &configuration_item::Model| vec![it.id.into()];
    Ok(cut(rows, page, place, from_model))
}

/// One item, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<ConfigurationItem>, Error> {
    let key = (tenant.as_str().to_owned(), id);
    let found = configuration_item::Entity::find_by_id(key);
    let found = found.one(database.readers()).await;
    let found = found.map_err(Error::database("read a configuration item"))?;
    Ok(found.map(from_model))
}

/// What was done to an item, the first thing first.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn events(
    database: &Database,
    tenant: &TenantId,
    item: i64,
) -> Result<Vec<ConfigurationEvent>, Error> {
    events_of(database.readers(), tenant, item).await
}

/// Approved items of a share, over all tenants, that are due by an instant, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due(
    database: &Database,
    share: &Share,
    at: i64,
    items_max: u64,
) -> Result<Vec<DueItem>, Error> {
    use configuration_item::{Column, Entity};
    let select = Entity::find()
        .select_only()
        .columns([Column::TenantId, Column::Id, Column::DueAt])
        .filter(Column::DueAt.lte(at))
        .filter(share.of(Column::Id))
        .order_by_asc(Column::DueAt)
        .order_by_asc(Column::Id)
        .limit(items_max)
        .into_tuple::<(String, i64, i64)>();
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read due configuration items"))?;
    let of = |(tenant, id, due_at): (String, i64, i64)| DueItem {
        tenant: TenantId::new(&tenant),
        id,
        due_at,
    };
    Ok(rows.into_iter().map(of).collect())
}

/// An item; on PostgreSQL it is locked.
pub(crate) async fn item<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<ConfigurationItem>, Error> {
    let keys = vec![vec![tenant.as_str().into(), id.into()]];
    let action = "read a configuration item";
    let found = bulk::select::<configuration_item::Entity, _>(db, keys, Lock::Wait, action).await;
    Ok(found?.pop().map(from_model))
}

/// Items by what is asked, the oldest first; on PostgreSQL they are locked.
pub(crate) async fn filtered<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    filter: &ItemFilter,
) -> Result<Vec<ConfigurationItem>, Error> {
    let select = filter.select(tenant);
    let mut select = select
        .order_by_asc(configuration_item::Column::Id)
        .limit(ITEMS_MAX);
    if db.get_database_backend() == DbBackend::Postgres {
        select = select.lock_exclusive();
    }
    let found = select.all(db).await;
    let found = found.map_err(Error::database("read configuration items"))?;
    Ok(found.into_iter().map(from_model).collect())
}

pub(crate) async fn events_of<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    item: i64,
) -> Result<Vec<ConfigurationEvent>, Error> {
    use configuration_event::{Column, Entity, Model};
    let select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::ItemId.eq(item))
        .order_by_asc(Column::Sequence)
        .limit(EVENTS_MAX);
    let found = select.all(db).await;
    let found = found.map_err(Error::database("read the history of a configuration item"))?;
    let of = |it: Model| ConfigurationEvent {
        item: it.item_id,
        sequence: it.sequence,
        at: it.at,
        principal: it.principal.into(),
        action: action(it.action),
        version: it.version,
        digest: it.digest.map(Arc::from),
        detail: it.detail.map(Arc::from),
    };
    Ok(found.into_iter().map(of).collect())
}

pub(crate) fn state_number(state: ItemState) -> i16 {
    place(&ItemState::ALL, state)
}

pub(crate) fn action_number(action: ItemAction) -> i16 {
    place(&ItemAction::ALL, action)
}

fn place<T: PartialEq>(all: &[T], one: T) -> i16 {
    let place = all.iter().position(|it| *it == one);
    place
        .and_then(|it| i16::try_from(it).ok())
        .expect("every one is listed, and they are few")
}

fn of_number<T: Copy>(all: &[T], number: i16) -> T {
    let place = usize::try_from(number).unwrap_or(0);
    // Only this crate writes the column.
    all.get(place).copied().unwrap_or(all[0])
}

fn action(number: i16) -> ItemAction {
    of_number(&ItemAction::ALL, number)
}

pub(crate) fn to_model(tenant: String, it: &ConfigurationItem) -> configuration_item::Model {
    configuration_item::Model {
        tenant_id: tenant,
        id: it.id,
        kind: it.kind.to_string(),
        key: it.key.to_string(),
        plugin: it.plugin.as_ref().map(ToString::to_string),
        state: state_number(it.state),
        version: it.version,
        ends: it.ends,
        digest: it.digest.as_ref().map(ToString::to_string),
        effective_from: it.effective_from.as_ref().map(ToString::to_string),
        due_at: it.due_at,
        original_digest: it.original_digest.as_ref().map(ToString::to_string),
        findings: it.findings.to_string(),
        note: it.note.to_string(),
        created_at: it.created_at,
        created_by: it.created_by.to_string(),
        updated_at: it.updated_at,
        updated_by: it.updated_by.to_string(),
        approved_at: it.approved_at,
        approved_by: it.approved_by.as_ref().map(ToString::to_string),
        activated_at: it.activated_at,
    }
}

fn from_model(it: configuration_item::Model) -> ConfigurationItem {
    ConfigurationItem {
        id: it.id,
        kind: it.kind.into(),
        key: it.key.into(),
        plugin: it.plugin.map(Arc::from),
        state: of_number(&ItemState::ALL, it.state),
        version: it.version,
        ends: it.ends,
        digest: it.digest.map(Arc::from),
        effective_from: it.effective_from.map(Arc::from),
        due_at: it.due_at,
        original_digest: it.original_digest.map(Arc::from),
        findings: it.findings.into(),
        note: it.note.into(),
        created_at: it.created_at,
        created_by: it.created_by.into(),
        updated_at: it.updated_at,
        updated_by: it.updated_by.into(),
        approved_at: it.approved_at,
        approved_by: it.approved_by.map(Arc::from),
        activated_at: it.activated_at,
    }
}
