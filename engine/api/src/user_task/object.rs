//! `UserTask` and its id.

use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_core::escalation::Standing;
use tongban_runtime::command::UserTaskId;
use tongban_store::row::user_task::{FormRef, UserTask, UserTaskState};

use crate::builder::{Builder, NameClash, leaf, node};
use crate::global_id::GlobalId;
use crate::light;
use crate::scalar::{self, DateTime};
use crate::session::Session;

pub(crate) const TYPE: &str = "UserTask";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let state = Enum::new("UserTaskState")
        .description("Where a user task stands.")
        .item(EnumItem::new("CREATED").description("It waits for someone."))
        .item(EnumItem::new("COMPLETED").description("It was completed (已办)."))
        .item(EnumItem::new("CANCELED").description("It ended without being completed."));
    builder.register(state)?;
    builder.register(object())?;
    crate::connection::register::<UserTask>(builder, TYPE, into_node)
}

pub(crate) fn into_node(task: &UserTask) -> FieldValue<'static> {
    FieldValue::owned_any(task.clone())
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    let instant = |it: i64| Some(DateTime(it).value());
    let texts = |it: &[std::sync::Arc<str>]| {
        Some(Value::List(
            it.iter().map(|it| Value::from(&**it)).collect(),
        ))
    };
    Object::new(TYPE)
        .description("A piece of work for a person.")
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &UserTask, _| Some(Value::from(global_id(it))),
        ))
        .field(leaf(
            "name",
            TypeRef::named(TypeRef::STRING),
            "Name in the model.",
            move |it: &UserTask, _| it.name.as_deref().and_then(text),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of its element in the model.",
            move |it: &UserTask, _| text(&it.element_id),
        ))
        .field(leaf(
            "processKey",
            TypeRef::named_nn(TypeRef::STRING),
            "BPMN id of its process.",
            move |it: &UserTask, _| text(&it.process_key),
        ))
        .field(leaf(
            "processInstanceId",
            TypeRef::named_nn(TypeRef::ID),
            "Its process instance.",
            |it: &UserTask, _| {
                Some(Value::from(
                    GlobalId::new("ProcessInstance", it.process_instance_id.0).encode(),
                ))
            },
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("UserTaskState"),
            "Where it stands.",
            |it: &UserTask, _| {
                Some(Value::Enum(Name::new(match it.state {
                    UserTaskState::Created => "CREATED",
                    UserTaskState::Completed => "COMPLETED",
                    UserTaskState::Canceled => "CANCELED",
                })))
            },
        ))
        .field(leaf(
            "assignee",
            TypeRef::named(TypeRef::STRING),
            "Who has claimed it.",
            move |it: &UserTask, _| it.assignee.as_deref().and_then(text),
        ))
        .field(leaf(
            "candidateGroups",
            TypeRef::named_nn_list_nn(TypeRef::STRING),
            "Roles whose members may claim it.",
            move |it: &UserTask, _| texts(&it.candidate_groups),
        ))
        .field(leaf(
            "candidateUsers",
            TypeRef::named_nn_list_nn(TypeRef::STRING),
            "Persons who may claim it.",
            move |it: &UserTask, _| texts(&it.candidate_users),
        ))
        .field(leaf(
            "dueAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it is due.",
            move |it: &UserTask, _| it.due_at.and_then(instant),
        ))
        .field(leaf(
            "light",
            TypeRef::named(light::TYPE),
            "How much time is left; null for a task that is done, or due at no time.",
            |it: &UserTask, _| standing(it).map(|it| light::value(it.light)),
        ))
        .field(leaf(
            "escalationLevel",
            TypeRef::named(TypeRef::INT),
            "The rung of its ladder that it has reached: 0 the assignee, 1 a reminder, up to 5.",
            |it: &UserTask, _| standing(it).map(|it| Value::from(it.level)),
        ))
        .field(leaf(
            "followUpAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it should be looked at again.",
            move |it: &UserTask, _| it.follow_up_at.and_then(instant),
        ))
        .field(leaf(
            "priority",
            TypeRef::named_nn(TypeRef::INT),
            "0 to 100, 50 by default.",
            |it: &UserTask, _| Some(Value::from(it.priority)),
        ))
        .field(leaf(
            "formKey",
            TypeRef::named(TypeRef::STRING),
            "Id of the deployed form, or a key the client understands.",
            move |it: &UserTask, _| match it.form.as_ref()? {
                FormRef::Key(key) | FormRef::Id(key) => text(key),
            },
        ))
        .field(leaf(
            "recordKind",
            TypeRef::named(TypeRef::STRING),
            "Kind of the record it is about.",
            move |it: &UserTask, _| it.record.as_ref().and_then(|it| text(&it.kind)),
        ))
        .field(leaf(
            "recordId",
            TypeRef::named(TypeRef::STRING),
            "Id of the record it is about.",
            move |it: &UserTask, _| it.record.as_ref().and_then(|it| text(&it.id)),
        ))
        .field(crate::deadline::query::field(|it: &UserTask| {
            let record = it.record.as_ref()?;
            Some((record.kind.clone(), record.id.clone()))
        }))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was created.",
            move |it: &UserTask, _| instant(it.created_at),
        ))
        .field(leaf(
            "endedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it was completed or canceled.",
            move |it: &UserTask, _| it.ended_at.and_then(instant),
        ))
        .field(leaf(
            "completedBy",
            TypeRef::named(TypeRef::STRING),
            "Who completed it.",
            move |it: &UserTask, _| it.completed_by.as_deref().and_then(text),
        ))
        .field(leaf(
            "isSuspended",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether its process instance rests, so that it cannot be completed.",
            |it: &UserTask, _| Some(Value::from(it.is_suspended)),
        ))
        .field(node(
            "processInstance",
            TypeRef::named("ProcessInstance"),
            "Its process instance.",
            |it: &UserTask, ctx| {
                let id = it.process_instance_id.0;
                Box::pin(async move {
                    crate::process_instance::query::load(Session::of(&ctx), id).await
                })
            },
        ))
}

/// Where a task stands that waits and is due at some time.
fn standing(task: &UserTask) -> Option<Standing> {
    let waits = task.state == UserTaskState::Created && task.due_at.is_some();
    waits.then_some(task.standing)
}

/// The opaque id of a task.
pub(crate) fn global_id(task: &UserTask) -> String {
    GlobalId::new(
        TYPE,
        format!("{}:{}", task.process_instance_id.0, task.id.0),
    )
    .encode()
}

/// Reads the row part of a task's global id.
pub(crate) fn parse_row_id(row_id: &str) -> Option<UserTaskId> {
    let (process_instance, number) = row_id.split_once(':')?;
    Some(UserTaskId {
        process_instance: process_instance.parse().ok()?,
        number: number.parse().ok()?,
    })
}
