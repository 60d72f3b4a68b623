//! The inbox, and the deliveries of notices, as committed.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, Order, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    Select,
};

use super::page::{Keyset, Page, PageRequest, cut};
use super::wait::{Share, earliest};
use crate::database::Database;
use crate::entity::{notice, notice_delivery, notice_read};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::notice::{DeliveryState, Notice, NoticeDelivery, NoticeText, Recipient};

const PERSON: i16 = 0;
const ROLE: i16 = 1;
const STAFF: i16 = 2;

/// Who reads: what he is decides what is in his inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Under which name he marks notices as read.
    pub name: Arc<str>,
    /// The citizen he is.
    pub person: Option<Arc<str>>,
    /// The member of staff he is.
    pub staff: Option<Arc<str>>,
    /// Roles he has as staff.
    pub roles: Vec<Arc<str>>,
    /// The division he acts for.
    pub division: Arc<str>,
}

/// Which notices; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeFilter {
    /// Only those the reader has not read, or only those he has.
    pub unread: Option<bool>,
    /// With this code.
    pub code: Option<Arc<str>>,
    /// About this record.
    pub record: Option<(Arc<str>, Arc<str>)>,
}

/// A notice in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxEntry {
    /// The notice.
    pub notice: Notice,
    /// When the reader marked it as read.
    pub read_at: Option<i64>,
}

/// A reader's inbox, the newest first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    reader: &Reader,
    filter: &NoticeFilter,
    page: &PageRequest,
) -> Result<Page<InboxEntry>, Error> {
    let mut select = inbox(tenant, reader, filter);
    let keyset = Keyset::new(vec![
        (Expr::col(notice::Column::CreatedAt), Order::Desc),
        (Expr::col(notice::Column::Id), Order::Desc),
    ]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read notices"))?;
    let read = read_by(database, tenant, reader, rows.iter().map(|it| it.id)).await?;
    let place = |it: &notice::Model| vec![it.created_at.into(), it.id.into()];
    Ok(cut(rows, page, place, |it| InboxEntry {
        read_at: read.get(&it.id).copied(),
        notice: from_model(it),
    }))
}

/// A notice of a reader's inbox.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    reader: &Reader,
    id: i64,
) -> Result<Option<InboxEntry>, Error> {
    let select = inbox(tenant, reader, &NoticeFilter::default());
    let select = select.filter(notice::Column::Id.eq(id));
    let found = select.one(database.readers()).await;
    let Some(found) = found.map_err(Error::database("read a notice"))? else {
        return Ok(None);
    };
    let read = read_by(database, tenant, reader, [id].into_iter()).await?;
    Ok(Some(InboxEntry {
        notice: from_model(found),
        read_at: read.get(&id).copied(),
    }))
}

/// How many notices a reader has yet to read, counted up to a bound.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn count_unread(
    database: &Database,
    tenant: &TenantId,
    reader: &Reader,
    max: u64,
) -> Result<u64, Error> {
    let filter = NoticeFilter {
        unread: Some(true),
        ..NoticeFilter::default()
    };
    let select = inbox(tenant, reader, &filter).limit(max);
    select
        .count(database.readers())
        .await
        .map_err(Error::database("count notices"))
}

/// The deliveries of some notices.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn deliveries_of(
    database: &Database,
    tenant: &TenantId,
    notice_ids: &[i64],
) -> Result<Vec<NoticeDelivery>, Error> {
    use notice_delivery::{Column, Entity};
    let select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::NoticeId.is_in(notice_ids.iter().copied()));
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read deliveries"))?;
    Ok(rows.into_iter().map(delivery_from_model).collect())
}

/// Deliveries in a state, the newest notice first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list_deliveries(
    database: &Database,
    tenant: &TenantId,
    state: Option<DeliveryState>,
    page: &PageRequest,
) -> Result<Page<NoticeDelivery>, Error> {
    use notice_delivery::{Column, Entity, Model};
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if let Some(state) = state {
        select = select.filter(Column::State.eq(state_code(state)));
    }
    let keyset = Keyset::new(vec![
        (Expr::col(Column::NoticeId), Order::Desc),
        (Expr::col(Column::Channel), Order::Asc),
    ]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read deliveries"))?;
    let place = |it: &Model| vec![it.notice_id.into(), it.channel.as_str().into()];
    Ok(cut(rows, page, place, delivery_from_model))
}

/// A notice whoever it is for: for those who send it out.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get_any(
    database: &Database,
    tenant: &TenantId,
    id: i64,
) -> Result<Option<Notice>, Error> {
    let find = notice::Entity::find_by_id((tenant.as_str().to_owned(), id));
    let found = find.one(database.readers()).await;
    Ok(found
        .map_err(Error::database("read a notice"))?
        .map(from_model))
}

/// The language in which somebody wants to be told things, if he has said so.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn locale(
    database: &Database,
    tenant: &TenantId,
    reader: &str,
) -> Result<Option<Arc<str>>, Error> {
    let id = (tenant.as_str().to_owned(), reader.to_owned());
    let find = crate::entity::notice_preference::Entity::find_by_id(id);
    let found = find.one(database.readers()).await;
    let found = found.map_err(Error::database("read a preference"))?;
    Ok(found.map(|it| Arc::from(it.locale)))
}

/// When the next delivery of a share to a target can be tried, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_delivery_at(
    database: &Database,
    target: &str,
    share: &Share,
) -> Result<Option<i64>, Error> {
    use notice_delivery::{Column, Entity};
    let open = Condition::all()
        .add(Column::Target.eq(target))
        .add(Column::AvailableAt.is_not_null())
        .add(share.of(Column::NoticeId));
    let action = "read the next delivery";
    earliest::<Entity>(database, Column::AvailableAt, open, action).await
}

fn inbox(tenant: &TenantId, reader: &Reader, filter: &NoticeFilter) -> Select<notice::Entity> {
    use notice::Column;
    let mut select = notice::Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(is_for(reader));
    if let Some(code) = &filter.code {
        select = select.filter(Column::Code.eq(&**code));
    }
    if let Some((kind, id)) = &filter.record {
        select = select
            .filter(Column::RecordKind.eq(&**kind))
            .filter(Column::RecordId.eq(&**id));
    }
    if let Some(unread) = filter.unread {
        let read = has_read(tenant, reader);
        select = select.filter(if unread { read.not() } else { read });
    }
    select
}

fn is_for(reader: &Reader) -> Condition {
    use notice::Column;
    let of = |kind: i16| Condition::all().add(Column::RecipientKind.eq(kind));
    let mut any = Condition::any();
    if let Some(person) = &reader.person {
        any = any.add(of(PERSON).add(Column::Recipient.eq(&**person)));
    }
    if let Some(staff) = &reader.staff {
        any = any.add(of(STAFF).add(Column::Recipient.eq(&**staff)));
    }
    if !reader.roles.is_empty() {
        let roles = reader.roles.iter().map(|it| &**it);
        // Whoever acts for a township acts within its county, too.
        let around = (1..=reader.division.len()).filter_map(|end| reader.division.get(..end));
        any = any.add(
            of(ROLE)
                .add(Column::Recipient.is_in(roles))
                .add(Column::Division.is_in(around)),
        );
    }
    if any.is_empty() {
        // Nobody in particular is told nothing.
        any = any.add(Expr::val(1).eq(0));
    }
    any
}

fn has_read(tenant: &TenantId, reader: &Reader) -> SimpleExpr {
    use notice_read::{Column, Entity};
    let marks = Query::select()
        .column((Entity, Column::NoticeId))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::TenantId)).eq(tenant.as_str()))
        .and_where(Expr::col((Entity, Column::Reader)).eq(&*reader.name))
        .and_where(
            Expr::col((Entity, Column::NoticeId)).equals((notice::Entity, notice::Column::Id)),
        )
        .to_owned();
    Expr::exists(marks)
}

async fn read_by(
    database: &Database,
    tenant: &TenantId,
    reader: &Reader,
    ids: impl Iterator<Item = i64>,
) -> Result<BTreeMap<i64, i64>, Error> {
    use notice_read::{Column, Entity};
    let ids: Vec<i64> = ids.collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let select = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::NoticeId.is_in(ids))
        .filter(Column::Reader.eq(&*reader.name));
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read who has read notices"))?;
    Ok(rows
        .into_iter()
        .map(|it| (it.notice_id, it.read_at))
        .collect())
}

fn state_code(state: DeliveryState) -> i16 {
    match state {
        DeliveryState::Pending => 0,
        DeliveryState::Delivered => 1,
        DeliveryState::Dead => 2,
    }
}

pub(crate) fn to_model(tenant: &TenantId, row: &Notice) -> notice::Model {
    let text = |it: &Arc<str>| it.to_string();
    let (recipient_kind, recipient, division) = match &row.recipient {
        Recipient::Person(id) => (PERSON, id, None),
        Recipient::Role { role, division } => (ROLE, role, Some(text(division))),
        Recipient::Staff(id) => (STAFF, id, None),
    };
    notice::Model {
        tenant_id: tenant.as_str().to_owned(),
        id: row.id,
        code: text(&row.code),
        plugin: text(&row.plugin),
        recipient_kind,
        recipient: text(recipient),
        division,
        record_kind: row.record.as_ref().map(|it| text(&it.0)),
        record_id: row.record.as_ref().map(|it| text(&it.1)),
        title_zh: text(&row.title.zh),
        title_en: text(&row.title.en),
        text_zh: text(&row.text.zh),
        text_en: text(&row.text.en),
        fields: serde_json::to_string(&row.fields).expect("a map of texts is JSON"),
        dedupe_key: row.dedupe_key.as_ref().map(text),
        created_at: row.created_at,
    }
}

pub(crate) fn from_model(model: notice::Model) -> Notice {
    let recipient: Arc<str> = model.recipient.into();
    Notice {
        id: model.id,
        code: model.code.into(),
        plugin: model.plugin.into(),
        recipient: match model.recipient_kind {
            PERSON => Recipient::Person(recipient),
            ROLE => Recipient::Role {
                role: recipient,
                division: model.division.unwrap_or_default().into(),
            },
            _ => Recipient::Staff(recipient),
        },
        record: model
            .record_kind
            .zip(model.record_id)
            .map(|(kind, id)| (kind.into(), id.into())),
        title: NoticeText {
            zh: model.title_zh.into(),
            en: model.title_en.into(),
        },
        text: NoticeText {
            zh: model.text_zh.into(),
            en: model.text_en.into(),
        },
        fields: serde_json::from_str(&model.fields).unwrap_or_default(),
        dedupe_key: model.dedupe_key.map(Arc::from),
        created_at: model.created_at,
    }
}

pub(crate) fn delivery_to_model(row: &NoticeDelivery) -> notice_delivery::Model {
    notice_delivery::Model {
        tenant_id: row.tenant.as_str().to_owned(),
        notice_id: row.notice_id,
        channel: row.channel.to_string(),
        target: row.target.to_string(),
        state: state_code(row.state),
        n_failures: row.n_failures,
        available_at: row.available_at,
        lease_token: row.lease_token,
        last_error: row.last_error.as_ref().map(ToString::to_string),
        ended_at: row.ended_at,
    }
}

pub(crate) fn delivery_from_model(model: notice_delivery::Model) -> NoticeDelivery {
    NoticeDelivery {
        tenant: TenantId::new(&model.tenant_id),
        notice_id: model.notice_id,
        channel: model.channel.into(),
        target: model.target.into(),
        state: match model.state {
            0 => DeliveryState::Pending,
            1 => DeliveryState::Delivered,
            _ => DeliveryState::Dead,
        },
        n_failures: model.n_failures,
        available_at: model.available_at,
        lease_token: model.lease_token,
        last_error: model.last_error.map(Arc::from),
        ended_at: model.ended_at,
    }
}
