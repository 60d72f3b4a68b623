//! `startProcess` and `cancelProcessInstance`.

use async_graphql::Error;
use async_graphql::dynamic::{Field, ObjectAccessor, TypeRef};
use tongban_runtime::command::Command;
use tongban_runtime::outcome::Done;

use super::{object, query};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::{Session, failure};

/// The instance a mutation was about.
pub(super) struct Moved {
    pub(super) process_instance: i64,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    start(builder)?;
    cancel(builder)
}

pub(super) fn instance_field() -> Field {
    loaded::<Moved, _>(
        "processInstance",
        TypeRef::named(object::TYPE),
        "The instance after the mutation.",
        |it, ctx| {
            let id = it.process_instance;
            Box::pin(async move { query::load(Session::of(&ctx), id).await })
        },
    )
}

fn start(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "startProcess";
    let fields = vec![
        input::field(
            "processKey",
            TypeRef::named_nn(TypeRef::STRING),
            "BPMN id of the process.",
        ),
        input::field(
            "version",
            TypeRef::named(TypeRef::INT),
            "Version; the newest if not given.",
        ),
        input::field(
            "businessKey",
            TypeRef::named(TypeRef::STRING),
            "The case's own number.",
        ),
        input::field(
            "variables",
            TypeRef::named(scalar::JSON),
            "Variables of the instance, a JSON object.",
        ),
    ];
    builder.register(input::object(NAME, "What to start.", fields))?;
    payload::register::<Moved>(builder, NAME, vec![instance_field()])?;
    let spec = RootField::mutation(
        NAME,
        "Starts an instance of a process at its none start event. Domains are entered through their own operations.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let version = input
                .get("version")
                .filter(|it| !it.is_null())
                .map(|it| it.i64())
                .transpose()?;
            let version = version.map(i32::try_from).transpose();
            let command = Command::StartProcess {
                process_key: input.try_get("processKey")?.string()?.to_owned(),
                version: version.map_err(|_| failure("BAD_USER_INPUT", "version is too large"))?,
                business_key: input::text(&input, "businessKey")?,
                variables: input::variables(&input, "variables")?,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| {
                let process_instance = match outcome.done {
                    Done::ProcessStarted { process_instance } => process_instance,
                    _ => 0,
                };
                (Moved { process_instance }, Vec::new())
            })
            .into_field()
        })
    })
}

fn cancel(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "cancelProcessInstance";
    let fields = vec![input::id("processInstanceId", "The instance.")];
    builder.register(input::object(NAME, "Which instance.", fields))?;
    payload::register::<Moved>(builder, NAME, vec![instance_field()])?;
    let spec = RootField::mutation(
        NAME,
        "Ends an instance and all it has called, without completing it.",
    );
    builder.mutation(Right::Operator, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let process_instance = instance_id(&input)?;
            let command = Command::CancelProcessInstance { process_instance };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |_| (Moved { process_instance }, Vec::new())).into_field()
        })
    })
}

/// The instance that an input names.
pub(super) fn instance_id(input: &ObjectAccessor<'_>) -> Result<i64, Error> {
    let row_id = input::row_id(input, "processInstanceId", object::TYPE)?;
    row_id.parse().map_err(|_| {
        failure(
            "BAD_USER_INPUT",
            "expected processInstanceId to be the id of a ProcessInstance",
        )
    })
}
