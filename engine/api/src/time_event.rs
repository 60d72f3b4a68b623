//! `timeEvents`: what came with time, and whether the plugin could be told.

use std::sync::Arc;

use async_graphql::dynamic::{
    Enum, EnumItem, FieldValue, InputObject, Object, ResolverContext, TypeRef,
};
use async_graphql::{Error, Name, Value};
use tongban_store::query::time_event::{self, TimeEventFilter};
use tongban_store::row::time_event::{TimeEvent, TimeEventKind, TimeEventState};

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input::{self, Page};
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};
use crate::{connection, page};

const TYPE: &str = "TimeEvent";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Operator) {
        register_types(builder)?;
    }
    let spec = RootField::new(
        "timeEvents",
        TypeRef::named_nn("TimeEventConnection"),
        "Deadlines that moved or are worth a reminder, and tasks that wait too long, in the order they came.",
    )
    .argument(input::field(
        "filter",
        TypeRef::named("TimeEventFilter"),
        "Which events.",
    ));
    let spec = Page::arguments()
        .into_iter()
        .fold(spec, RootField::argument);
    builder.query(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let session = Session::of(&ctx);
            let tenant = Arc::clone(&session.principal()?.tenant).into();
            let (filter, request) = (filter(&ctx)?, page::request(Page::of(&ctx)?));
            let database = session.engine.database();
            let found = time_event::list(database, &tenant, &filter, &request).await;
            Ok(page::field(found.map_err(page::failed)?))
        })
    })
}

fn filter(ctx: &ResolverContext<'_>) -> Result<TimeEventFilter, Error> {
    let mut filter = TimeEventFilter::default();
    let Some(argument) = ctx.args.get("filter").filter(|it| !it.is_null()) else {
        return Ok(filter);
    };
    let argument = argument.object()?;
    if let Some(kind) = argument.get("kind").filter(|it| !it.is_null()) {
        filter.kind = Some(match kind.enum_name()? {
            "DEADLINE_MOVED" => TimeEventKind::DeadlineMoved,
            "DEADLINE_REMINDER" => TimeEventKind::DeadlineReminder,
            _ => TimeEventKind::TaskEscalated,
        });
    }
    let text = |name: &str| input::text(&argument, name);
    filter.subject = match (text("subjectKind")?, text("subjectId")?) {
        (Some(kind), Some(id)) => Some((kind.into(), id.into())),
        (None, None) => None,
        _ => {
            return Err(failure(
                "BAD_USER_INPUT",
                "expected subjectKind and subjectId together",
            ));
        }
    };
    Ok(filter)
}

fn register_types(builder: &mut Builder) -> Result<(), NameClash> {
    let kind = Enum::new("TimeEventKind")
        .description("The sort of an event.")
        .item(EnumItem::new("DEADLINE_MOVED").description("A new calendar moved a deadline."))
        .item(EnumItem::new("DEADLINE_REMINDER").description("A deadline is worth a reminder."))
        .item(EnumItem::new("TASK_ESCALATED").description("A task reached a rung of its ladder."));
    builder.register(kind)?;
    let state = Enum::new("TimeEventState")
        .description("Whether the plugin's operation has been told.")
        .item(EnumItem::new("PENDING").description("It has yet to be told."))
        .item(EnumItem::new("DONE").description("It has been told, or nobody is to be."))
        .item(EnumItem::new("FAILED").description("Telling it failed for good."));
    builder.register(state)?;
    let filter = InputObject::new("TimeEventFilter")
        .description("Which events; all members must hold.")
        .field(input::field(
            "kind",
            TypeRef::named("TimeEventKind"),
            "Of this sort.",
        ))
        .field(input::field(
            "subjectKind",
            TypeRef::named(TypeRef::STRING),
            "Kind of the record, or `UserTask`.",
        ))
        .field(input::field(
            "subjectId",
            TypeRef::named(TypeRef::STRING),
            "Id of the record or of the task.",
        ));
    builder.register(filter)?;
    builder.register(object())?;
    connection::register::<TimeEvent>(builder, TYPE, |it| FieldValue::owned_any(it.clone()))
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    let name = |it: &str| Some(Value::Enum(Name::new(it)));
    Object::new(TYPE)
        .description("Something that came with time.")
        .field(leaf(
            "kind",
            TypeRef::named_nn("TimeEventKind"),
            "Its sort.",
            move |it: &TimeEvent, _| {
                name(match it.kind {
                    TimeEventKind::DeadlineMoved => "DEADLINE_MOVED",
                    TimeEventKind::DeadlineReminder => "DEADLINE_REMINDER",
                    TimeEventKind::TaskEscalated => "TASK_ESCALATED",
                })
            },
        ))
        .field(leaf(
            "at",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it came.",
            |it: &TimeEvent, _| Some(DateTime(it.at).value()),
        ))
        .field(leaf(
            "subjectKind",
            TypeRef::named_nn(TypeRef::STRING),
            "Kind of the record it is about, or `UserTask`.",
            move |it: &TimeEvent, _| text(&it.subject_kind),
        ))
        .field(leaf(
            "subjectId",
            TypeRef::named_nn(TypeRef::STRING),
            "Id of the record, or of the task (`instance:number`).",
            move |it: &TimeEvent, _| text(&it.subject_id),
        ))
        .field(leaf(
            "deadlineKey",
            TypeRef::named(TypeRef::STRING),
            "Key of the deadline.",
            move |it: &TimeEvent, _| it.deadline_key.as_deref().and_then(text),
        ))
        .field(leaf(
            "detail",
            TypeRef::named(scalar::JSON),
            "What came, by name.",
            |it: &TimeEvent, _| {
                let detail: serde_json::Value = serde_json::from_str(&it.detail).ok()?;
                Value::from_json(detail).ok()
            },
        ))
        .field(leaf(
            "operation",
            TypeRef::named(TypeRef::STRING),
            "The plugin's operation that is told.",
            move |it: &TimeEvent, _| it.operation.as_deref().and_then(text),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("TimeEventState"),
            "Whether it has been told.",
            move |it: &TimeEvent, _| {
                name(match it.state {
                    TimeEventState::Pending => "PENDING",
                    TimeEventState::Done => "DONE",
                    TimeEventState::Failed => "FAILED",
                })
            },
        ))
        .field(leaf(
            "tries",
            TypeRef::named_nn(TypeRef::INT),
            "How often that was tried.",
            |it: &TimeEvent, _| Some(Value::from(it.n_tries)),
        ))
        .field(leaf(
            "message",
            TypeRef::named(TypeRef::STRING),
            "Why it failed.",
            move |it: &TimeEvent, _| it.message.as_deref().and_then(text),
        ))
}
