//! `ProcessInstance` and what hangs on it.

use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_store::row::process_instance::{ProcessInstance, Status};

use super::element_instance;
use crate::builder::{Builder, NameClash, leaf, node};
use crate::connection;
use crate::global_id::GlobalId;
use crate::input::Page;
use crate::scalar::{self, DateTime};
use crate::session::Session;

pub(crate) const TYPE: &str = "ProcessInstance";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let status = Enum::new("ProcessInstanceStatus")
        .description("Whether an instance runs, and how it ended.")
        .item(EnumItem::new("ACTIVE").description("It runs or waits."))
        .item(EnumItem::new("COMPLETED").description("It reached its end."))
        .item(EnumItem::new("CANCELED").description("It was cancelled, or ended by its caller."))
        .item(EnumItem::new("HALTED").description(
            "A fault of the server stopped it; it takes no command until it is mended.",
        ));
    builder.register(status)?;
    builder.register(object())?;
    connection::register::<ProcessInstance>(builder, TYPE, into_node)
}

pub(crate) fn into_node(instance: &ProcessInstance) -> FieldValue<'static> {
    FieldValue::owned_any(instance.clone())
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    let instant = |it: i64| Some(DateTime(it).value());
    let object = Object::new(TYPE)
        .description("A running or ended process.")
        .implement("Node")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &ProcessInstance, _| Some(Value::from(GlobalId::new(TYPE, it.id.0).encode())),
        ))
        .field(leaf(
            "processKey",
            TypeRef::named_nn(TypeRef::STRING),
            "BPMN id of the process.",
            move |it: &ProcessInstance, _| text(&it.process_key),
        ))
        .field(leaf(
            "businessKey",
            TypeRef::named(TypeRef::STRING),
            "The case's own number.",
            move |it: &ProcessInstance, _| it.business_key.as_deref().and_then(text),
        ))
        .field(leaf(
            "status",
            TypeRef::named_nn("ProcessInstanceStatus"),
            "Whether it runs.",
            |it: &ProcessInstance, _| {
                Some(Value::Enum(Name::new(match it.status {
                    Status::Active => "ACTIVE",
                    Status::Completed => "COMPLETED",
                    Status::Canceled => "CANCELED",
                    Status::Halted => "HALTED",
                })))
            },
        ))
        .field(leaf(
            "openIncidents",
            TypeRef::named_nn(TypeRef::INT),
            "Incidents that wait to be resolved.",
            |it: &ProcessInstance, _| Some(Value::from(it.n_incidents)),
        ))
        .field(leaf(
            "startedAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was started.",
            move |it: &ProcessInstance, _| instant(it.started_at),
        ))
        .field(leaf(
            "startedBy",
            TypeRef::named_nn(TypeRef::STRING),
            "Who started it.",
            move |it: &ProcessInstance, _| text(&it.started_by),
        ))
        .field(leaf(
            "endedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it ended.",
            move |it: &ProcessInstance, _| it.ended_at.and_then(instant),
        ))
        .field(leaf(
            "suspendedAt",
            TypeRef::named(scalar::DATE_TIME),
            "Since when it rests, if it is suspended.",
            move |it: &ProcessInstance, _| it.suspended_at.and_then(instant),
        ))
        .field(leaf(
            "parentId",
            TypeRef::named(TypeRef::ID),
            "The instance whose call activity started it.",
            |it: &ProcessInstance, _| {
                let parent = it.parent.as_ref()?;
                Some(Value::from(
                    GlobalId::new(TYPE, parent.process_instance_id.0).encode(),
                ))
            },
        ));
    let tasks = node(
        "userTasks",
        TypeRef::named_nn("UserTaskConnection"),
        "Its user tasks, oldest first.",
        |it: &ProcessInstance, ctx| {
            let id = it.id.0;
            Box::pin(async move {
                let page = Page::of(&ctx)?;
                crate::user_task::query::of_instance(Session::of(&ctx), id, page).await
            })
        },
    );
    let history = node(
        "history",
        TypeRef::named_nn("HistoryEntryConnection"),
        "What happened, a command at a time, oldest first.",
        |it: &ProcessInstance, ctx| {
            let id = it.id.0;
            Box::pin(async move {
                let page = Page::of(&ctx)?;
                crate::history::of_instance(Session::of(&ctx), id, page).await
            })
        },
    );
    let with_page = |field| {
        Page::arguments()
            .into_iter()
            .fold(field, async_graphql::dynamic::Field::argument)
    };
    object
        .field(element_instance::field())
        .field(with_page(tasks))
        .field(with_page(history))
}
