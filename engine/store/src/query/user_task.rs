//! User tasks: the clerks' lists.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Func, Order, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sea_orm::{QueryTrait, Select};
use tongban_core::escalation::{Light, Standing};
use tongban_core::id::{DefinitionId, Instant, ProcessInstanceId, UserTaskId};

use super::page::{CursorValue, Keyset, Page, PageRequest, cut};
use crate::database::Database;
use crate::dialect::Dialect;
use crate::entity::user_task::{Column, Entity, Model};
use crate::error::Error;
use crate::id::TenantId;
use crate::projection::local;
use crate::projection::user_task::{FORM_ID, list_name, list_names, state_code};
use crate::row::user_task::{FormRef, RecordRef, UserTask, UserTaskState};

/// Which tasks; what is empty is not asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserTaskFilter {
    /// In one of these states.
    pub states: Vec<UserTaskState>,
    /// Taken by someone, or by no one.
    pub assignee: Option<AssigneeFilter>,
    /// That such a person may take or has taken.
    pub visible_to: Option<Viewer>,
    /// Open to this group.
    pub candidate_group: Option<Arc<str>>,
    /// Of this process.
    pub process_key: Option<Arc<str>>,
    /// Of this instance.
    pub process_instance_id: Option<ProcessInstanceId>,
    /// About a record of this kind.
    pub record_kind: Option<Arc<str>>,
    /// About a record with one of these ids.
    pub record_ids: Vec<Arc<str>>,
    /// With this light; tasks that wait and are due at some time.
    pub light: Option<Light>,
}

/// Who has taken a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AssigneeFilter {
    /// This person.
    Is(Arc<str>),
    /// No one.
    Unassigned,
}

/// A person with the groups he belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The person.
    pub user: Arc<str>,
    /// His groups.
    pub groups: Vec<Arc<str>>,
}

/// The order of a list of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UserTaskOrder {
    /// The oldest first.
    #[default]
    CreatedAscending,
    /// The newest first.
    CreatedDescending,
    /// The soonest due first, those without a due date last.
    DueAscending,
    /// The highest priority first, and among equals the oldest.
    PriorityDescending,
}

/// Tasks in an order.
///
/// # Errors
/// [`Error::BadCursor`]; [`Error::Database`].
pub async fn list(
    database: &Database,
    tenant: &TenantId,
    filter: &UserTaskFilter,
    order: UserTaskOrder,
    page: &PageRequest,
) -> Result<Page<UserTask>, Error> {
    let mut select = select(database.dialect(), tenant, filter);
    keyset(order).apply(QueryTrait::query(&mut select), page)?;
    let rows = select.all(database.readers()).await;
    let rows = rows.map_err(Error::database("read user tasks"))?;
    Ok(cut(rows, page, |it| place(order, it), from_model))
}

/// One task.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn get(
    database: &Database,
    tenant: &TenantId,
    instance: ProcessInstanceId,
    id: UserTaskId,
) -> Result<Option<UserTask>, Error> {
    let key = (tenant.as_str().to_owned(), instance.0, i64::from(id.0));
    let found = Entity::find_by_id(key).one(database.readers()).await;
    Ok(found
        .map_err(Error::database("read a user task"))?
        .map(from_model))
}

fn select(dialect: Dialect, tenant: &TenantId, filter: &UserTaskFilter) -> Select<Entity> {
    let mut select = Entity::find().filter(Column::TenantId.eq(tenant.as_str()));
    if !filter.states.is_empty() {
        let codes = filter.states.iter().map(|it| state_code(*it));
        select = select.filter(Column::State.is_in(codes));
    }
    match &filter.assignee {
        None => {}
        Some(AssigneeFilter::Unassigned) => select = select.filter(Column::Assignee.is_null()),
        Some(AssigneeFilter::Is(user)) => select = select.filter(Column::Assignee.eq(&**user)),
    }
    if let Some(viewer) = &filter.visible_to {
        select = select.filter(visible_to(dialect, viewer));
    }
    if let Some(group) = &filter.candidate_group {
        select = select.filter(names(dialect, Column::CandidateGroups, group));
    }
    if let Some(key) = &filter.process_key {
        select = select.filter(Column::ProcessKey.eq(&**key));
    }
    if let Some(id) = filter.process_instance_id {
        select = select.filter(Column::ProcessInstanceId.eq(id.0));
    }
    if let Some(kind) = &filter.record_kind {
        select = select.filter(Column::RecordKind.eq(&**kind));
    }
    if !filter.record_ids.is_empty() {
        let ids = filter.record_ids.iter().map(|it| &**it);
        select = select.filter(Column::RecordId.is_in(ids));
    }
    if let Some(light) = filter.light {
        select = select
            .filter(Column::State.eq(state_code(UserTaskState::Created)))
            .filter(Column::Light.eq(light_code(light)))
            .filter(Column::DueAt.is_not_null());
    }
    select
}

/// Tasks that reach a rung of their ladder at an instant, over all tenants, the earliest first. Those
/// of an instance at rest do not: nobody can work on them.
///
/// # Errors
/// [`Error::Database`] if they cannot be read.
pub async fn due_escalations(
    database: &Database,
    at: i64,
    limit: u64,
) -> Result<Vec<(TenantId, UserTask)>, Error> {
    let rows = Entity::find()
        .filter(Column::NextEscalationAt.lte(at))
        .filter(Column::IsSuspended.eq(false))
        .order_by_asc(Column::NextEscalationAt)
        .order_by_asc(Column::ProcessInstanceId)
        .limit(limit)
        .all(database.readers())
        .await
        .map_err(Error::database("read tasks that escalate"))?;
    let row = |it: Model| (TenantId::new(&it.tenant_id), from_model(it));
    Ok(rows.into_iter().map(row).collect())
}

/// The instant of the earliest rung, over all tenants.
///
/// # Errors
/// [`Error::Database`] if it cannot be read.
pub async fn next_escalation_at(database: &Database) -> Result<Option<i64>, Error> {
    let next: Option<Option<i64>> = Entity::find()
        .select_only()
        .column_as(Column::NextEscalationAt.min(), "next_escalation_at")
        .filter(Column::NextEscalationAt.is_not_null())
        .filter(Column::IsSuspended.eq(false))
        .into_tuple()
        .one(database.readers())
        .await
        .map_err(Error::database("read the next rung of a ladder"))?;
    Ok(next.flatten())
}

pub(crate) fn light_code(light: Light) -> i16 {
    match light {
        Light::Green => 0,
        Light::Yellow => 1,
        Light::Red => 2,
    }
}

fn standing(model: &Model) -> Standing {
    Standing {
        level: u8::try_from(model.escalation_level).unwrap_or_default(),
        light: match model.light {
            0 => Light::Green,
            1 => Light::Yellow,
            _ => Light::Red,
        },
        next_at: model.next_escalation_at.map(Instant),
    }
}

/// A task is for those who have it; as long as no one has, for its candidates; and for everyone
/// if the model names neither.
fn visible_to(dialect: Dialect, viewer: &Viewer) -> Condition {
    let mut candidates = Condition::any().add(
        Condition::all()
            .add(Column::CandidateGroups.eq(""))
            .add(Column::CandidateUsers.eq("")),
    );
    candidates = candidates.add(names(dialect, Column::CandidateUsers, &viewer.user));
    for group in &viewer.groups {
        candidates = candidates.add(names(dialect, Column::CandidateGroups, group));
    }
    let open = Condition::all()
        .add(Column::Assignee.is_null())
        .add(candidates);
    Condition::any()
        .add(Column::Assignee.eq(&*viewer.user))
        .add(open)
}

/// Whether a list column holds a whole name.
fn names(dialect: Dialect, column: Column, name: &str) -> SimpleExpr {
    let find = match dialect {
        Dialect::Sqlite => "instr",
        Dialect::Postgresql => "strpos",
    };
    let call = Func::cust(Alias::new(find)).arg(Expr::col(column));
    SimpleExpr::from(call.arg(format!("|{}|", list_name(name)))).gt(0)
}

fn keyset(order: UserTaskOrder) -> Keyset {
    let instance = (Expr::col(Column::ProcessInstanceId), Order::Asc);
    let id = (Expr::col(Column::Id), Order::Asc);
    let created = Expr::col(Column::CreatedAt);
    Keyset::new(match order {
        UserTaskOrder::CreatedAscending => vec![(created, Order::Asc), instance, id],
        UserTaskOrder::CreatedDescending => vec![
            (created, Order::Desc),
            (Expr::col(Column::ProcessInstanceId), Order::Desc),
            (Expr::col(Column::Id), Order::Desc),
        ],
        UserTaskOrder::DueAscending => {
            let due = Func::coalesce([Expr::col(Column::DueAt), Expr::val(i64::MAX)]);
            vec![(due.into(), Order::Asc), instance, id]
        }
        UserTaskOrder::PriorityDescending => {
            let priority = Expr::col(Column::Priority);
            vec![(priority, Order::Desc), (created, Order::Asc), instance, id]
        }
    })
}

fn place(order: UserTaskOrder, row: &Model) -> Vec<CursorValue> {
    let (instance, id) = (row.process_instance_id.into(), row.id.into());
    match order {
        UserTaskOrder::CreatedAscending | UserTaskOrder::CreatedDescending => {
            vec![row.created_at.into(), instance, id]
        }
        UserTaskOrder::DueAscending => vec![row.due_at.unwrap_or(i64::MAX).into(), instance, id],
        UserTaskOrder::PriorityDescending => {
            vec![
                i64::from(row.priority).into(),
                row.created_at.into(),
                instance,
                id,
            ]
        }
    }
}

pub(crate) fn from_model(model: Model) -> UserTask {
    let standing = standing(&model);
    let record = model.record_kind.zip(model.record_id);
    let form = model.form.map(|form| match model.form_kind {
        Some(FORM_ID) => FormRef::Id(form.into()),
        _ => FormRef::Key(form.into()),
    });
    UserTask {
        process_instance_id: ProcessInstanceId(model.process_instance_id),
        id: UserTaskId(local(model.id)),
        process_key: model.process_key.into(),
        definition_id: DefinitionId(model.definition_id),
        element_id: model.element_id.into(),
        name: model.name.map(Arc::from),
        state: match model.state {
            0 => UserTaskState::Created,
            1 => UserTaskState::Completed,
            _ => UserTaskState::Canceled,
        },
        assignee: model.assignee.map(Arc::from),
        candidate_groups: list_names(&model.candidate_groups),
        candidate_users: list_names(&model.candidate_users),
        due_at: model.due_at,
        follow_up_at: model.follow_up_at,
        priority: model.priority,
        form,
        record: record.map(|(kind, id)| RecordRef {
            kind: kind.into(),
            id: id.into(),
        }),
        created_at: model.created_at,
        ended_at: model.ended_at,
        completed_by: model.completed_by.map(Arc::from),
        standing,
        is_suspended: model.is_suspended,
    }
}
