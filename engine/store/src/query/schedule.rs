//! Schedules and their rules, as committed.

use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use tongban_feel::time::Date;

use crate::database::Database;
use crate::entity::{schedule, schedule_rule};
use crate::error::Error;
use crate::id::TenantId;
use crate::row::schedule::{RuleState, Schedule, ScheduleRule};

/// Schedules of all tenants that run, by tenant and key.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn enabled(database: &Database) -> Result<Vec<(TenantId, Schedule)>, Error> {
    use schedule::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::Enabled.eq(true))
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::Key)
        .all(database.readers())
        .await
        .map_err(Error::database("read schedules"))?;
    let row = |it: schedule::Model| (TenantId::new(&it.tenant_id), from_model(it));
    Ok(rows.into_iter().map(row).collect())
}

/// Schedules of a tenant, by key.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn list(database: &Database, tenant: &TenantId) -> Result<Vec<Schedule>, Error> {
    use schedule::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .order_by_asc(Column::Key)
        .all(database.readers())
        .await
        .map_err(Error::database("read schedules"))?;
    Ok(rows.into_iter().map(from_model).collect())
}

/// The rules of a schedule, the latest first.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn rules(
    database: &Database,
    tenant: &TenantId,
    key: &str,
) -> Result<Vec<ScheduleRule>, Error> {
    use schedule_rule::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tenant.as_str()))
        .filter(Column::Key.eq(key))
        .order_by_desc(Column::Version)
        .all(database.readers())
        .await
        .map_err(Error::database("read the rules of a schedule"))?;
    rows.into_iter().map(rule_from_model).collect()
}

/// The approved rules of all tenants, by tenant, key and version.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn approved_rules(database: &Database) -> Result<Vec<(TenantId, ScheduleRule)>, Error> {
    use schedule_rule::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::State.eq(state_code(RuleState::Approved)))
        .order_by_asc(Column::TenantId)
        .order_by_asc(Column::Key)
        .order_by_asc(Column::Version)
        .all(database.readers())
        .await
        .map_err(Error::database("read the rules of schedules"))?;
    rows.into_iter()
        .map(|it| Ok((TenantId::new(&it.tenant_id), rule_from_model(it)?)))
        .collect()
}

pub(crate) fn from_model(model: schedule::Model) -> Schedule {
    Schedule {
        key: model.key.into(),
        plugin: model.plugin.into(),
        enabled: model.enabled,
        handled_until: model.handled_until,
        since: model.since,
        updated_at: model.updated_at,
        updated_by: model.updated_by.into(),
    }
}

pub(crate) fn to_model(tenant: &TenantId, schedule: &Schedule) -> schedule::Model {
    schedule::Model {
        tenant_id: tenant.as_str().to_owned(),
        key: schedule.key.to_string(),
        plugin: schedule.plugin.to_string(),
        enabled: schedule.enabled,
        handled_until: schedule.handled_until,
        since: schedule.since,
        updated_at: schedule.updated_at,
        updated_by: schedule.updated_by.to_string(),
    }
}

fn state_code(state: RuleState) -> i16 {
    match state {
        RuleState::Proposed => 0,
        RuleState::Approved => 1,
        RuleState::Rejected => 2,
    }
}

pub(crate) fn rule_from_model(model: schedule_rule::Model) -> Result<ScheduleRule, Error> {
    let effective_on = Date::parse(&model.effective_on).ok_or_else(|| Error::Decode {
        what: "day of a schedule's rule",
        source: model.effective_on.clone().into(),
    })?;
    Ok(ScheduleRule {
        key: model.key.into(),
        version: model.version,
        content: model.content.into(),
        note: model.note.into(),
        state: match model.state {
            0 => RuleState::Proposed,
            1 => RuleState::Approved,
            _ => RuleState::Rejected,
        },
        effective_on,
        proposed_by: model.proposed_by.into(),
        proposed_at: model.proposed_at,
        decided_by: model.decided_by.map(Arc::from),
        decided_at: model.decided_at,
        item: model.item_id,
    })
}

pub(crate) fn rule_to_model(tenant: &TenantId, rule: &ScheduleRule) -> schedule_rule::Model {
    schedule_rule::Model {
        tenant_id: tenant.as_str().to_owned(),
        key: rule.key.to_string(),
        version: rule.version,
        content: rule.content.to_string(),
        note: rule.note.to_string(),
        state: state_code(rule.state),
        effective_on: rule.effective_on.to_string(),
        proposed_by: rule.proposed_by.to_string(),
        proposed_at: rule.proposed_at,
        decided_by: rule.decided_by.as_ref().map(ToString::to_string),
        decided_at: rule.decided_at,
        item_id: rule.item,
    }
}
