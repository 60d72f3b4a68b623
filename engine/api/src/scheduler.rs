//! `scheduler` and `resumeScheduler`: whether schedules may run at all.

use async_graphql::Value;
use async_graphql::dynamic::{FieldValue, Object, TypeRef};
use tongban_runtime::command::Command;
use tongban_store::query::scheduler;
use tongban_store::row::scheduler::Scheduler;

use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::page;
use crate::payload::{self, Payload, loaded};
use crate::scalar::{self, DateTime};
use crate::session::Session;

const TYPE: &str = "Scheduler";
const RESUME: &str = "resumeScheduler";

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Operator) {
        builder.register(object())?;
        builder.register(input::object(RESUME, "Nothing but the key.", Vec::new()))?;
        let field = loaded::<(), _>(
            "scheduler",
            TypeRef::named(TYPE),
            "The scheduler after the mutation.",
            |_, ctx| Box::pin(load(ctx)),
        );
        payload::register::<()>(builder, RESUME, vec![field])?;
    }
    let spec = RootField::new(
        "scheduler",
        TypeRef::named_nn(TYPE),
        "Whether schedules run; they stop when the machine's clock goes back.",
    );
    builder.query(Right::Operator, spec, |ctx| Box::pin(load(ctx)))?;
    let spec = RootField::mutation(
        RESUME,
        "Lets schedules go on that were stopped since the machine's clock had gone back.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let answer = Session::of(&ctx)
                .execute(Command::ResumeScheduler, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| ((), Vec::new())).into_field()
        })
    })
}

async fn load<'a>(
    ctx: async_graphql::dynamic::ResolverContext<'a>,
) -> Result<Option<FieldValue<'a>>, async_graphql::Error> {
    let found = scheduler::scheduler(Session::of(&ctx).engine.database()).await;
    Ok(Some(FieldValue::owned_any(found.map_err(page::failed)?)))
}

fn object() -> Object {
    let text = |it: &str| Some(Value::from(it));
    Object::new(TYPE)
        .description("What makes the runs of schedules.")
        .field(leaf(
            "running",
            TypeRef::named_nn(TypeRef::BOOLEAN),
            "Whether it runs.",
            |it: &Scheduler, _| Some(Value::from(it.stopped_at.is_none())),
        ))
        .field(leaf(
            "code",
            TypeRef::named(TypeRef::STRING),
            "Stable code of why it does not: `SCH-4006`.",
            |it: &Scheduler, _| it.stopped_at.map(|_| Value::from("SCH-4006")),
        ))
        .field(leaf(
            "message",
            TypeRef::named(TypeRef::STRING),
            "Why it does not.",
            move |it: &Scheduler, _| it.message.as_deref().and_then(text),
        ))
        .field(leaf(
            "stoppedAt",
            TypeRef::named(scalar::DATE_TIME),
            "Since when.",
            |it: &Scheduler, _| it.stopped_at.map(|it| DateTime(it).value()),
        ))
        .field(leaf(
            "resumedAt",
            TypeRef::named(scalar::DATE_TIME),
            "When an operator last let it go on.",
            |it: &Scheduler, _| it.resumed_at.map(|it| DateTime(it).value()),
        ))
        .field(leaf(
            "resumedBy",
            TypeRef::named(TypeRef::STRING),
            "Who.",
            move |it: &Scheduler, _| it.resumed_by.as_deref().and_then(text),
        ))
}
