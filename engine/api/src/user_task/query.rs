//! `userTask` and `userTasks`: what the principal may work on.

use std::sync::Arc;

use async_graphql::Error;
use async_graphql::dynamic::{
    Enum, EnumItem, FieldValue, InputObject, ObjectAccessor, ResolverContext, TypeRef,
};
use tongban_runtime::command::UserTaskId;
use tongban_store::query::user_task::{
    self, AssigneeFilter, UserTaskFilter, UserTaskOrder, Viewer,
};
use tongban_store::row::user_task::{UserTask, UserTaskState};

use super::object::{self, TYPE};
use crate::auth::principal::{Audience, Principal};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::global_id::GlobalId;
use crate::input::{self, Page};
use crate::session::{Session, failure};
use crate::{page, user_task as noun};

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    register_inputs(builder)?;
    let spec = RootField::new(
        "userTasks",
        TypeRef::named_nn("UserTaskConnection"),
        "The tasks the principal may work on or has completed; operators see all.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("UserTaskFilter"),
        "Which tasks; those that wait if not said.",
    ))
    .argument(input::field(
        "orderBy",
        TypeRef::named("UserTaskOrder"),
        "Their order; oldest first if not said.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let filter = filter(&ctx)?;
            let order = order(&ctx)?;
            list(Session::of(&ctx), filter, order, Page::of(&ctx)?).await
        })
    })?;
    let spec = RootField::new("userTask", TypeRef::named(TYPE), "A task by its id.")
        .argument(input::id("id", "Global id."));
    builder.query(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let id = ctx.args.try_get("id")?.string()?;
            let row_id = crate::global_id::GlobalId::row_of(id, TYPE);
            match row_id.as_deref().and_then(object::parse_row_id) {
                Some(id) => load(Session::of(&ctx), id).await,
                None => Ok(None),
            }
        })
    })
}

fn register_inputs(builder: &mut Builder) -> Result<(), NameClash> {
    builder.register(filter_input())?;
    let order = Enum::new("UserTaskOrder")
        .description("Orders of tasks.")
        .item(EnumItem::new("CREATED_ASC").description("Oldest first."))
        .item(EnumItem::new("CREATED_DESC").description("Newest first."))
        .item(EnumItem::new("DUE_ASC").description("Least time left first."))
        .item(EnumItem::new("PRIORITY_DESC").description("Most important first."));
    builder.register(order)
}

/// The filter of `userTasks` and of the subscription.
fn filter_input() -> InputObject {
    let text = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::STRING), description)
    };
    InputObject::new("UserTaskFilter")
        .description("Which user tasks; all members must hold.")
        .field(input::field(
            "states",
            TypeRef::named_nn_list("UserTaskState"),
            "States; CREATED if not said.",
        ))
        .field(text("assignee", "Who has claimed it."))
        .field(input::field(
            "unassigned",
            TypeRef::named(TypeRef::BOOLEAN),
            "True for tasks that nobody has claimed.",
        ))
        .field(text("candidateGroup", "Role whose members may claim it."))
        .field(text("processKey", "BPMN id of the process."))
        .field(input::field(
            "processInstanceId",
            TypeRef::named(TypeRef::ID),
            "Global id of the instance.",
        ))
        .field(input::field(
            "light",
            TypeRef::named(crate::light::TYPE),
            "With this light: tasks that wait and are due at some time.",
        ))
        .field(text("recordKind", "Kind of the record it is about."))
        .field(text(
            "recordId",
            "Id of the record it is about, its own or the global one.",
        ))
}

/// The filter that the arguments name, not yet narrowed to what the principal may see.
pub(super) fn filter(ctx: &ResolverContext<'_>) -> Result<UserTaskFilter, Error> {
    let mut filter = UserTaskFilter {
        states: vec![UserTaskState::Created],
        ..UserTaskFilter::default()
    };
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    if let Some(states) = argument.get("states").filter(|it| !it.is_null()) {
        filter.states = states
            .list()?
            .iter()
            .map(|it| state(it.enum_name()?))
            .collect::<Result<_, Error>>()?;
    }
    if input::flag(&argument, "unassigned")? {
        filter.assignee = Some(AssigneeFilter::Unassigned);
    }
    let text = |name| member(&argument, name);
    if let Some(assignee) = text("assignee")? {
        filter.assignee = Some(AssigneeFilter::Is(assignee));
    }
    filter.candidate_group = text("candidateGroup")?;
    filter.process_key = text("processKey")?;
    filter.record_kind = text("recordKind")?;
    filter.record_ids = text("recordId")?.map(record_id).into_iter().collect();
    if let Some(color) = argument.get("light").filter(|it| !it.is_null()) {
        filter.light = Some(crate::light::parse(color.enum_name()?)?);
    }
    if text("processInstanceId")?.is_some() {
        let row_id = input::row_id(&argument, "processInstanceId", "ProcessInstance")?;
        let id: i64 = row_id.parse().map_err(|_| {
            failure(
                "BAD_USER_INPUT",
                "expected processInstanceId to be the id of a ProcessInstance",
            )
        })?;
        filter.process_instance_id = Some(id.into());
    }
    Ok(filter)
}

fn member(argument: &ObjectAccessor<'_>, name: &str) -> Result<Option<Arc<str>>, Error> {
    Ok(input::text(argument, name)?.map(Into::into))
}

/// The record's own id; as an object it is known by a global one.
fn record_id(text: Arc<str>) -> Arc<str> {
    match GlobalId::decode(&text) {
        Some(id) => id.row_id.into(),
        None => text,
    }
}

fn state(name: &str) -> Result<UserTaskState, Error> {
    match name {
        "CREATED" => Ok(UserTaskState::Created),
        "COMPLETED" => Ok(UserTaskState::Completed),
        "CANCELED" => Ok(UserTaskState::Canceled),
        other => Err(failure(
            "BAD_USER_INPUT",
            &format!("{other} is no state of a user task"),
        )),
    }
}

fn order(ctx: &ResolverContext<'_>) -> Result<UserTaskOrder, Error> {
    let Some(order) = ctx.args.get("orderBy").filter(|it| !it.is_null()) else {
        return Ok(UserTaskOrder::default());
    };
    Ok(match order.enum_name()? {
        "CREATED_DESC" => UserTaskOrder::CreatedDescending,
        "DUE_ASC" => UserTaskOrder::DueAscending,
        "PRIORITY_DESC" => UserTaskOrder::PriorityDescending,
        _ => UserTaskOrder::CreatedAscending,
    })
}

/// Narrows a filter to what `principal` may see: operators see every task, others those they may work on.
fn visible_to(principal: &Principal) -> Option<Viewer> {
    (principal.audience() < Audience::Admin).then(|| Viewer {
        user: Arc::clone(&principal.id),
        groups: principal.roles.clone(),
    })
}

/// Whether `principal` may see `task`; the rule of lists, for a single row.
pub(super) fn may_see(principal: &Principal, task: &UserTask) -> bool {
    let Some(viewer) = visible_to(principal) else {
        return true;
    };
    let is_user = |it: &Option<Arc<str>>| it.as_ref() == Some(&viewer.user);
    is_user(&task.assignee)
        || is_user(&task.completed_by)
        || task.candidate_users.contains(&viewer.user)
        || task
            .candidate_groups
            .iter()
            .any(|it| viewer.groups.contains(it))
}

async fn list<'a>(
    session: &Session,
    mut filter: UserTaskFilter,
    order: UserTaskOrder,
    page: Page,
) -> Result<Option<FieldValue<'a>>, Error> {
    let principal = session.principal()?;
    filter.visible_to = visible_to(principal);
    let tenant = Arc::clone(&principal.tenant).into();
    let request = page::request(page);
    let found = user_task::list(session.engine.database(), &tenant, &filter, order, &request).await;
    Ok(page::field(found.map_err(page::failed)?))
}

/// A task by id, if the principal may see it.
pub(crate) async fn load<'a>(
    session: &Session,
    id: UserTaskId,
) -> Result<Option<FieldValue<'a>>, Error> {
    let principal = session.principal()?;
    let task = match session
        .left_user_task(id)
        .filter(|it| may_see(principal, it))
    {
        Some(task) => Some(task),
        None => get(session, id).await?,
    };
    Ok(task.as_ref().map(noun::object::into_node))
}

pub(super) async fn get(session: &Session, id: UserTaskId) -> Result<Option<UserTask>, Error> {
    let principal = session.principal()?;
    let tenant = Arc::clone(&principal.tenant).into();
    let found = user_task::get(
        session.engine.database(),
        &tenant,
        id.process_instance.into(),
        id.number.into(),
    )
    .await;
    Ok(found
        .map_err(page::failed)?
        .filter(|it| may_see(principal, it)))
}

/// The tasks of one instance, open and done.
pub(crate) async fn of_instance<'a>(
    session: &Session,
    process_instance: i64,
    page: Page,
) -> Result<Option<FieldValue<'a>>, Error> {
    let filter = UserTaskFilter {
        process_instance_id: Some(process_instance.into()),
        ..UserTaskFilter::default()
    };
    list(session, filter, UserTaskOrder::default(), page).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_named_by_its_own_id_or_by_the_global_one() {
        let global = GlobalId::new("FuneralBatch", "0af3-1").encode();
        assert_eq!(&*record_id(global.into()), "0af3-1");
        for own in ["0af3-1", "case-0040", "9f1bf28816ebeb811af0-0"] {
            assert_eq!(&*record_id(own.into()), own);
        }
    }
}
