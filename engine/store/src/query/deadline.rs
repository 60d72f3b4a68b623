//! Deadlines, as committed.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, Order};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sea_orm::{QueryTrait, Select};
use serde::{Deserialize, Serialize};
use tongban_core::deadline::{Extension, Roll, Rule, Term, Unit};
use tongban_core::escalation::Light;
use tongban_feel::time::Date;
use tongban_feel::workday::RestDays;

use super::page::{Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::entity::deadline::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::deadline::{
    Deadline, DeadlineEnd, DeadlineExtension, DeadlinePause, DeadlineStatus, Protects,
};

/// Which deadlines; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadlineFilter {
    /// Standing in one of these ways.
    pub statuses: Vec<DeadlineStatus>,
    /// Of this key.
    pub key: Option<Arc<str>>,
    /// Of records of these kinds.
    pub record_kinds: Vec<Arc<str>>,
    /// Of these records.
    pub record_ids: Vec<Arc<str>>,
    /// Over at this instant or later.
    pub due_from: Option<i64>,
    /// Over before this instant.
    pub due_before: Option<i64>,
    /// Reckoned over a year whose table is not published, or not.
    pub provisional: Option<bool>,
    /// With this lamp at an instant; open ones only.
    pub lamp: Option<(Light, i64)>,
}

/// Deadlines, the soonest due first.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &DeadlineFilter,
    page: &PageRequest,
) -> Result<Page<Deadline>, Error> {
    let mut select = select(tenant, filter);
    let column = |it: Column| (Expr::col(it), Order::Asc);
    let keyset = Keyset::new(vec![
        column(Column::DueAt),
        column(Column::Key),
        column(Column::RecordId),
    ]);
    keyset.apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read deadlines"))?;
    let place = |it: &Model| {
        vec![
            it.due_at.into(),
            it.key.as_str().into(),
            it.record_id.as_str().into(),
        ]
    };
    let page = cut(rows, page, place, |it| it);
    let mut edges = Vec::with_capacity(page.edges.len());
    for edge in page.edges {
        edges.push(super::page::Edge {
            cursor: edge.cursor,
            node: from_model(edge.node)?,
        });
    }
    Ok(Page {
        edges,
        has_next_page: page.has_next_page,
    })
}

/// The deadline of a key of a record.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    key: &str,
    record_id: &str,
) -> Result<Option<Deadline>, Error> {
    let place = (
        tenant.as_str().to_owned(),
        key.to_owned(),
        record_id.to_owned(),
    );
    let found = Entity::find_by_id(place).one(database.readers()).await;
    let found = found.map_err(Error::database("read a deadline"))?;
    found.map(from_model).transpose()
}

/// All deadlines of records of a kind, by record and key.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn of_records(
    database: &Database,
    tenant: &TenantId,
    record_kind: &str,
    record_ids: &[Arc<str>],
) -> Result<Vec<Deadline>, Error> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::RecordKind.eq(record_kind))
        .filter(Column::RecordId.is_in(record_ids.iter().map(|it| &**it)))
        .order_by_asc(Column::RecordId)
        .order_by_asc(Column::Key)
        .all(database.readers())
        .await
        .map_err(Error::database("read the deadlines of records"))?;
    rows.into_iter().map(from_model).collect()
}

/// Deadlines that are worth a reminder at an instant, over all tenants, the earliest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_reminders(
    database: &Database,
    at: i64,
    limit: u64,
) -> Result<Vec<(TenantId, Deadline)>, Error> {
    let rows = Entity::find()
        .filter(Column::RemindAt.lte(at))
        .order_by_asc(Column::RemindAt)
        .limit(limit)
        .all(database.readers())
        .await
        .map_err(Error::database("read deadlines to remind of"))?;
    rows.into_iter()
        .map(|it| Ok((TenantId::new(&it.tenant_id), from_model(it)?)))
        .collect()
}

/// The instant of the earliest reminder, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_reminder_at(database: &Database) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::RemindAt.min(), "remind_at")
        .filter(Column::RemindAt.is_not_null())
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next reminder"))?;
    Ok(next.flatten())
}

/// Number of open deadlines that are not reckoned by this edition of the calendar and not over.
///
/// # Errors
/// [`Error::Database`] if they cannot be counted.
pub async fn count_stale(
    database: &Database,
    tenant: &TenantId,
    calendar_version: &str,
    now: i64,
) -> Result<u64, Error> {
    use sea_orm::PaginatorTrait as _;
    Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Status.eq(status_code(DeadlineStatus::Open)))
        .filter(Column::DueAt.gt(now))
        .filter(Column::CalendarVersion.ne(calendar_version))
        .count(database.readers())
        .await
        .map_err(Error::database("count deadlines"))
}

fn select(tenant: &TenantId, filter: &DeadlineFilter) -> Select<Entity> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if !filter.statuses.is_empty() {
        let codes = filter.statuses.iter().map(|it| status_code(*it));
        select = select.filter(Column::Status.is_in(codes));
    }
    if let Some(key) = &filter.key {
        select = select.filter(Column::Key.eq(&**key));
    }
    if !filter.record_kinds.is_empty() {
        let kinds = filter.record_kinds.iter().map(|it| &**it);
        select = select.filter(Column::RecordKind.is_in(kinds));
    }
    if !filter.record_ids.is_empty() {
        let ids = filter.record_ids.iter().map(|it| &**it);
        select = select.filter(Column::RecordId.is_in(ids));
    }
    if let Some(from) = filter.due_from {
        select = select.filter(Column::DueAt.gte(from));
    }
    if let Some(before) = filter.due_before {
        select = select.filter(Column::DueAt.lt(before));
    }
    if let Some(provisional) = filter.provisional {
        select = select.filter(Column::Provisional.eq(provisional));
    }
    if let Some((lamp, at)) = filter.lamp {
        select = select.filter(lamp_is(lamp, at));
    }
    select
}

fn lamp_is(lamp: Light, at: i64) -> Condition {
    let not_yet = |column: Column| Condition::any().add(column.is_null()).add(column.gt(at));
    let open = Condition::all().add(Column::Status.eq(status_code(DeadlineStatus::Open)));
    match lamp {
        Light::Red => open.add(Column::RedAt.lte(at)),
        Light::Yellow => open
            .add(Column::YellowAt.lte(at))
            .add(not_yet(Column::RedAt)),
        Light::Green => open
            .add(not_yet(Column::YellowAt))
            .add(not_yet(Column::RedAt)),
    }
}

/// The lamp of a deadline at an instant; none while its clock does not run.
#[must_use]
pub fn lamp_of(deadline: &Deadline, at: i64) -> Option<Light> {
    if deadline.status != DeadlineStatus::Open {
        return None;
    }
    let is_on = |from: Option<i64>| from.is_some_and(|it| it <= at);
    Some(
        match (is_on(deadline.end.red_at), is_on(deadline.end.yellow_at)) {
            (true, _) => Light::Red,
            (false, true) => Light::Yellow,
            (false, false) => Light::Green,
        },
    )
}

pub(crate) fn status_code(status: DeadlineStatus) -> i16 {
    match status {
        DeadlineStatus::Open => 0,
        DeadlineStatus::Paused => 1,
        DeadlineStatus::Closed => 2,
    }
}

/// A stop of the clock as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredPause {
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    reason: String,
}

/// An extension as it is stored: `by` with `unit`, or `until` with `granted_on`.
#[derive(Serialize, Deserialize)]
struct StoredExtension {
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<i16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    granted_on: Option<String>,
    officer: String,
    reason: String,
    granted_at: i64,
}

fn damaged(what: &'static str) -> Error {
    Error::Decode {
        what,
        source: "the text is not one that was stored".into(),
    }
}

fn date(text: &str) -> Result<Date, Error> {
    Date::parse(text).ok_or_else(|| damaged("date of a deadline"))
}

pub(crate) fn unit_code(unit: Unit) -> i16 {
    match unit {
        Unit::CalendarDays => 0,
        Unit::WorkingDays => 1,
        Unit::Months => 2,
        Unit::Years => 3,
    }
}

fn unit_of(code: i16) -> Unit {
    match code {
        0 => Unit::CalendarDays,
        1 => Unit::WorkingDays,
        2 => Unit::Months,
        _ => Unit::Years,
    }
}

fn roll_code(roll: Roll) -> i16 {
    match roll {
        Roll::None => 0,
        Roll::Forward => 1,
        Roll::Back => 2,
    }
}

/// The rule as its columns hold it: amount, unit, roll, whether weekends rest.
pub(crate) fn rule_of(amount: i32, unit: i16, roll: i16, weekends_rest: bool) -> Rule {
    Rule {
        term: Term {
            amount: u32::try_from(amount).unwrap_or(0),
            unit: unit_of(unit),
        },
        roll: match roll {
            0 => Roll::None,
            1 => Roll::Forward,
            _ => Roll::Back,
        },
        rest_days: if weekends_rest {
            RestDays::All
        } else {
            RestDays::Holidays
        },
    }
}

pub(crate) fn pauses_of(text: &str) -> Result<Vec<DeadlinePause>, Error> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    let stored: Vec<StoredPause> =
        serde_json::from_str(text).map_err(|_| damaged("stops of a deadline"))?;
    let pause = |it: StoredPause| {
        Ok(DeadlinePause {
            from: date(&it.from)?,
            until: it.until.as_deref().map(date).transpose()?,
            reason: it.reason.into(),
        })
    };
    stored.into_iter().map(pause).collect()
}

pub(crate) fn extensions_of(text: &str) -> Result<Vec<DeadlineExtension>, Error> {
    if text == "[]" {
        return Ok(Vec::new());
    }
    let stored: Vec<StoredExtension> =
        serde_json::from_str(text).map_err(|_| damaged("extensions of a deadline"))?;
    let extension = |it: StoredExtension| {
        let extension = match (it.by, it.unit, it.until, it.granted_on) {
            (Some(amount), Some(unit), _, _) => Extension::By(Term {
                amount,
                unit: unit_of(unit),
            }),
            (_, _, Some(until), Some(granted_on)) => Extension::Until {
                on: date(&until)?,
                granted_on: date(&granted_on)?,
            },
            _ => return Err(damaged("extension of a deadline")),
        };
        Ok(DeadlineExtension {
            extension,
            officer: it.officer.into(),
            reason: it.reason.into(),
            granted_at: it.granted_at,
        })
    };
    stored.into_iter().map(extension).collect()
}

fn pauses_text(pauses: &[DeadlinePause]) -> String {
    let stored = |it: &DeadlinePause| StoredPause {
        from: it.from.to_string(),
        until: it.until.map(|it| it.to_string()),
        reason: it.reason.to_string(),
    };
    let stored: Vec<StoredPause> = pauses.iter().map(stored).collect();
    serde_json::to_string(&stored).expect("strings are always JSON")
}

fn extensions_text(extensions: &[DeadlineExtension]) -> String {
    let stored = |it: &DeadlineExtension| {
        let (by, until) = match it.extension {
            Extension::By(term) => (Some(term), None),
            Extension::Until { on, granted_on } => (None, Some((on, granted_on))),
        };
        StoredExtension {
            by: by.map(|it| it.amount),
            unit: by.map(|it| unit_code(it.unit)),
            until: until.map(|it| it.0.to_string()),
            granted_on: until.map(|it| it.1.to_string()),
            officer: it.officer.to_string(),
            reason: it.reason.to_string(),
            granted_at: it.granted_at,
        }
    };
    let stored: Vec<StoredExtension> = extensions.iter().map(stored).collect();
    serde_json::to_string(&stored).expect("strings and numbers are always JSON")
}

pub(crate) fn from_model(model: Model) -> Result<Deadline, Error> {
    Ok(Deadline {
        status: match model.status {
            0 => DeadlineStatus::Open,
            1 => DeadlineStatus::Paused,
            _ => DeadlineStatus::Closed,
        },
        anchor_on: date(&model.anchor_on)?,
        rule: rule_of(model.amount, model.unit, model.roll, model.weekends_rest),
        ends_minute: u16::try_from(model.ends_minute).unwrap_or(0),
        protects: protects_of(model.protects),
        pauses: pauses_of(&model.pauses)?,
        extensions: extensions_of(&model.extensions)?,
        floor_on: model.floor_on.as_deref().map(date).transpose()?,
        end: DeadlineEnd {
            nominal_on: date(&model.nominal_on)?,
            due_on: date(&model.due_on)?,
            due_at: model.due_at,
            provisional: model.provisional,
            yellow_at: model.yellow_at,
            red_at: model.red_at,
            remind_at: model.remind_at,
        },
        calendar_version: model.calendar_version.into(),
        key: model.key.into(),
        record_id: model.record_id.into(),
        record_kind: model.record_kind.into(),
        plugin: model.plugin.into(),
        set_at: model.set_at,
        set_by: model.set_by.into(),
        moved_at: model.moved_at,
        closed_at: model.closed_at,
        close_reason: model.close_reason.map(Arc::from),
    })
}

pub(crate) fn protects_of(code: i16) -> Protects {
    match code {
        0 => Protects::Citizen,
        _ => Protects::Office,
    }
}

pub(crate) fn to_model(tenant: &TenantId, deadline: &Deadline) -> Model {
    let rule = deadline.rule;
    Model {
        tenant_id: tenant.as_str().to_owned(),
        key: deadline.key.to_string(),
        record_id: deadline.record_id.to_string(),
        record_kind: deadline.record_kind.to_string(),
        plugin: deadline.plugin.to_string(),
        status: status_code(deadline.status),
        anchor_on: deadline.anchor_on.to_string(),
        amount: i32::try_from(rule.term.amount).unwrap_or(i32::MAX),
        unit: unit_code(rule.term.unit),
        roll: roll_code(rule.roll),
        weekends_rest: rule.rest_days == RestDays::All,
        ends_minute: i16::try_from(deadline.ends_minute).unwrap_or(i16::MAX),
        protects: match deadline.protects {
            Protects::Citizen => 0,
            Protects::Office => 1,
        },
        nominal_on: deadline.end.nominal_on.to_string(),
        due_on: deadline.end.due_on.to_string(),
        due_at: deadline.end.due_at,
        floor_on: deadline.floor_on.map(|it| it.to_string()),
        provisional: deadline.end.provisional,
        calendar_version: deadline.calendar_version.to_string(),
        pauses: pauses_text(&deadline.pauses),
        extensions: extensions_text(&deadline.extensions),
        yellow_at: deadline.end.yellow_at,
        red_at: deadline.end.red_at,
        remind_at: match deadline.status {
            DeadlineStatus::Open => deadline.end.remind_at,
            DeadlineStatus::Paused | DeadlineStatus::Closed => None,
        },
        set_at: deadline.set_at,
        set_by: deadline.set_by.to_string(),
        moved_at: deadline.moved_at,
        closed_at: deadline.closed_at,
        close_reason: deadline.close_reason.as_ref().map(ToString::to_string),
    }
}
