//! The county's own days and the editions of its calendar.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use tongban_feel::time::Date;

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::{calendar_override, calendar_publication};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::calendar::{CalendarOverride, CalendarPublication, PublicationState};

/// The county's own days, by date.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn overrides(
    database: &Database,
    tenant: &TenantId,
) -> Result<Vec<CalendarOverride>, Error> {
    use calendar_override::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(Column::On)
        .all(database.readers())
        .await
        .map_err(Error::database("read the county's own days"))?;
    rows.into_iter().map(override_from_model).collect()
}

/// Editions, the latest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn publications(
    database: &Database,
    tenant: &TenantId,
    page: &PageRequest,
) -> Result<Page<CalendarPublication>, Error> {
    use calendar_publication::{Column, Entity, Model};
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    let keyset = Keyset::new(vec![(Expr::col(Column::Number), Order::Desc)]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read the editions of a calendar"))?;
    let place = |it: &Model| vec![it.number.into()];
    Ok(cut(rows, page, place, publication_from_model))
}

/// An edition by its number, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn publication(
    database: &Database,
    tenant: &TenantId,
    number: i64,
) -> Result<Option<CalendarPublication>, Error> {
    by_number(database.readers(), tenant, number, false).await
}

/// The latest edition, as committed.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn latest_publication(
    database: &Database,
    tenant: &TenantId,
) -> Result<Option<CalendarPublication>, Error> {
    latest(database.readers(), tenant).await
}

/// Editions by which deadlines have yet to be reckoned, over all tenants.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn running_publications(database: &Database) -> Result<Vec<(TenantId, i64)>, Error> {
    use calendar_publication::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::State.eq(state_code(PublicationState::Running)))
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::Number)
        .all(database.readers())
        .await
        .map_err(Error::database("read the editions that are being reckoned"))?;
    let place = |it: calendar_publication::Model| (TenantId::new(&it.tenant_id), it.number);
    Ok(rows.into_iter().map(place).collect())
}

pub(crate) async fn latest<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
) -> Result<Option<CalendarPublication>, Error> {
    use calendar_publication::{Column, Entity};
    let found = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .order_by_desc(Column::Number)
        .one(db)
        .await
        .map_err(Error::database("read the latest edition of a calendar"))?;
    Ok(found.map(publication_from_model))
}

pub(crate) async fn by_number<C: ConnectionTrait>(
    db: &C,
    tenant: &TenantId,
    number: i64,
    lock: bool,
) -> Result<Option<CalendarPublication>, Error> {
    let key = (tenant.as_str().to_owned(), number);
    let mut find = calendar_publication::Entity::find_by_id(key);
    if lock {
        find = find.lock_exclusive();
    }
    let found = find.one(db).await;
    let found = found.map_err(Error::database("read an edition of a calendar"))?;
    Ok(found.map(publication_from_model))
}

fn override_from_model(model: calendar_override::Model) -> Result<CalendarOverride, Error> {
    let on = Date::parse(&model.on).ok_or_else(|| Error::Decode {
        what: "day of a county's own",
        source: model.on.clone().into(),
    })?;
    Ok(CalendarOverride {
        on,
        working: model.working,
        reason: model.reason.into(),
        document: model.document.map(Arc::from),
        updated_at: model.updated_at,
        updated_by: model.updated_by.into(),
    })
}

pub(crate) fn override_to_model(
    tenant: &TenantId,
    day: &CalendarOverride,
) -> calendar_override::Model {
    calendar_override::Model {
        tenant_id: tenant.as_str().to_owned(),
        on: day.on.to_string(),
        working: day.working,
        reason: day.reason.to_string(),
        document: day.document.as_ref().map(ToString::to_string),
        updated_at: day.updated_at,
        updated_by: day.updated_by.to_string(),
    }
}

fn state_code(state: PublicationState) -> i16 {
    match state {
        PublicationState::Running => 0,
        PublicationState::Done => 1,
        PublicationState::Superseded => 2,
    }
}

fn publication_from_model(model: calendar_publication::Model) -> CalendarPublication {
    CalendarPublication {
        number: model.number,
        version: model.version.into(),
        note: model.note.into(),
        published_at: model.published_at,
        published_by: model.published_by.into(),
        state: match model.state {
            0 => PublicationState::Running,
            1 => PublicationState::Done,
            _ => PublicationState::Superseded,
        },
        cursor: (model.cursor_key.into(), model.cursor_record.into()),
        n_passes: model.n_passes,
        selected: model.selected,
        moved: model.moved,
        kept: model.kept,
        provisional: model.provisional,
        ended_at: model.ended_at,
    }
}

pub(crate) fn publication_to_model(
    tenant: &TenantId,
    publication: &CalendarPublication,
) -> calendar_publication::Model {
    calendar_publication::Model {
        tenant_id: tenant.as_str().to_owned(),
        number: publication.number,
        version: publication.version.to_string(),
        note: publication.note.to_string(),
        published_at: publication.published_at,
        published_by: publication.published_by.to_string(),
        state: state_code(publication.state),
        cursor_key: publication.cursor.0.to_string(),
        cursor_record: publication.cursor.1.to_string(),
        n_passes: publication.n_passes,
        selected: publication.selected,
        moved: publication.moved,
        kept: publication.kept,
        provisional: publication.provisional,
        ended_at: publication.ended_at,
    }
}
