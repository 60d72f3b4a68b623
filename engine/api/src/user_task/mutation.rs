//! `claimUserTask`, `unclaimUserTask`, `completeUserTask`.

use async_graphql::dynamic::{ObjectAccessor, TypeRef};
use async_graphql::{Error, Value};
use serde_json::Value as Json;
use tongban_runtime::command::{Command, UserTaskId};
use tongban_runtime::outcome::Done;

use super::object;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::{Session, failure};

/// What a payload's fields are read from.
struct Worked {
    user_task: UserTaskId,
    checked: Option<Json>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    assignment(
        builder,
        "claimUserTask",
        "Takes a task for the principal; refused if somebody else has it.",
        |user_task| Command::ClaimUserTask { user_task },
    )?;
    assignment(
        builder,
        "unclaimUserTask",
        "Gives a claimed task back to its candidates.",
        |user_task| Command::UnclaimUserTask { user_task },
    )?;
    complete(builder)
}

fn task_field() -> async_graphql::dynamic::Field {
    loaded::<Worked, _>(
        "userTask",
        TypeRef::named(object::TYPE),
        "The task after the mutation.",
        |it, ctx| {
            let id = it.user_task;
            Box::pin(async move { super::query::load(Session::of(&ctx), id).await })
        },
    )
}

fn task_id(input: &ObjectAccessor<'_>) -> Result<UserTaskId, Error> {
    let row_id = input::row_id(input, "userTaskId", object::TYPE)?;
    object::parse_row_id(&row_id).ok_or_else(|| {
        failure(
            "BAD_USER_INPUT",
            "expected userTaskId to be the id of a UserTask",
        )
    })
}

fn assignment(
    builder: &mut Builder,
    name: &'static str,
    description: &str,
    command: fn(UserTaskId) -> Command,
) -> Result<(), NameClash> {
    builder.register(input::object(
        name,
        "Which task.",
        vec![input::id("userTaskId", "The task.")],
    ))?;
    payload::register::<Worked>(builder, name, vec![task_field()])?;
    builder.mutation(
        Right::SignedIn,
        RootField::mutation(name, description),
        move |ctx| {
            Box::pin(async move {
                let input = input::of(&ctx)?;
                let user_task = task_id(&input)?;
                let session = Session::of(&ctx);
                let answer = session
                    .execute(command(user_task), input::key(&input)?)
                    .await?;
                Payload::of(answer, |_| {
                    (
                        Worked {
                            user_task,
                            checked: None,
                        },
                        Vec::new(),
                    )
                })
                .into_field()
            })
        },
    )
}

fn complete(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "completeUserTask";
    let fields = vec![
        input::id("userTaskId", "The task."),
        input::field(
            "variables",
            TypeRef::named(scalar::JSON),
            "What was filled in, a JSON object.",
        ),
        input::field(
            "dryRun",
            TypeRef::named(TypeRef::BOOLEAN),
            "True to check only: nothing is stored.",
        ),
    ];
    builder.register(input::object(
        NAME,
        "Which task, and what was filled in.",
        fields,
    ))?;
    let checked = leaf(
        "checked",
        TypeRef::named(scalar::JSON),
        "What the task's operation would answer, after a dry run.",
        |it: &Payload<Worked>, _| {
            let checked = it.done.as_ref()?.checked.clone()?;
            Value::from_json(checked).ok()
        },
    );
    payload::register::<Worked>(builder, NAME, vec![task_field(), checked])?;
    let spec = RootField::mutation(
        NAME,
        "Completes a task. The task's operation validates and writes first; if it refuses, the task stays open.",
    );
    builder.mutation(Right::SignedIn, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let user_task = task_id(&input)?;
            let command = Command::CompleteUserTask {
                user_task,
                variables: input::variables(&input, "variables")?,
                dry_run: input::flag(&input, "dryRun")?,
            };
            let answer = Session::of(&ctx)
                .execute(command, input::key(&input)?)
                .await?;
            Payload::of(answer, |outcome| match outcome.done {
                Done::Checked { result, warnings } => (
                    Worked {
                        user_task,
                        checked: Some(result),
                    },
                    warnings,
                ),
                Done::UserTaskCompleted { warnings, .. } => (
                    Worked {
                        user_task,
                        checked: None,
                    },
                    warnings,
                ),
                _ => (
                    Worked {
                        user_task,
                        checked: None,
                    },
                    Vec::new(),
                ),
            })
            .into_field()
        })
    })
}
