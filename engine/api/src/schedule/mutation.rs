//! What operators do with schedules: run one now, let it run or not, change it by two persons.

use async_graphql::dynamic::{Field, InputObject, InputValue, ObjectAccessor, TypeRef};
use async_graphql::{Error, Value};
use tongban_runtime::command::Command;
use tongban_runtime::outcome::{CommandOutcome, Done};
use tongban_runtime::schedule::ScheduleChange;

use super::{object, query, run};
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::payload::{self, Payload, loaded};
use crate::scalar;
use crate::session::{Session, failure};

/// What payloads are read from.
struct Worked {
    key: String,
    run: Option<i64>,
    version: Option<i32>,
    n_items: u64,
}

/// A mutation of one schedule.
struct Mutation {
    name: &'static str,
    description: &'static str,
    fields: fn() -> Vec<InputValue>,
    answer: fn() -> Vec<Field>,
    command: fn(&ObjectAccessor<'_>) -> Result<Command, Error>,
}

const ALL: [Mutation; 5] = [
    Mutation {
        name: "runSchedule",
        description: "Runs a schedule now, beside its own times; what was done within the period is not done again.",
        fields: || vec![key()],
        answer: || vec![schedule_field(), run_field()],
        command: |input| {
            Ok(Command::RunSchedule {
                key: key_of(input)?,
            })
        },
    },
    Mutation {
        name: "setScheduleEnabled",
        description: "Lets a schedule run from now on, or no longer; one that the law asks for goes on.",
        fields: || {
            let enabled = TypeRef::named_nn(TypeRef::BOOLEAN);
            vec![key(), input::field("enabled", enabled, "Whether it runs.")]
        },
        answer: || vec![schedule_field()],
        command: |input| {
            Ok(Command::SetScheduleEnabled {
                key: key_of(input)?,
                enabled: input.try_get("enabled")?.boolean()?,
            })
        },
    },
    Mutation {
        name: "proposeScheduleRule",
        description: "Proposes a change of a schedule; a second person decides. What is weaker than the law is refused.",
        fields: propose_fields,
        answer: || vec![schedule_field(), version_field()],
        command: propose,
    },
    Mutation {
        name: "decideScheduleRule",
        description: "Approves a proposed change of a schedule, or turns it down; whoever proposed it may only take it back.",
        fields: || {
            let int = TypeRef::named_nn(TypeRef::INT);
            let boolean = TypeRef::named_nn(TypeRef::BOOLEAN);
            vec![
                key(),
                input::field("version", int, "Version of the rule."),
                input::field("approve", boolean, "Whether it is approved."),
            ]
        },
        answer: || vec![schedule_field(), version_field()],
        command: |input| {
            let version = input.try_get("version")?.i64()?;
            Ok(Command::DecideScheduleRule {
                key: key_of(input)?,
                version: i32::try_from(version).unwrap_or(i32::MAX),
                approve: input.try_get("approve")?.boolean()?,
            })
        },
    },
    Mutation {
        name: "retryScheduleRun",
        description: "Tries the failed items of a run again.",
        fields: || vec![input::id("runId", "The run.")],
        answer: || vec![run_field(), items_field()],
        command: |input| {
            Ok(Command::RetryScheduleRun {
                run: run_of(input)?,
            })
        },
    },
];

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let is_shown = builder.shows(&Right::Operator);
    if is_shown {
        builder.register(change_input())?;
    }
    for mutation in ALL {
        let Mutation {
            name,
            description,
            fields,
            answer,
            command,
        } = mutation;
        if is_shown {
            builder.register(input::object(
                name,
                "What to do with which schedule.",
                fields(),
            ))?;
            payload::register::<Worked>(builder, name, answer())?;
        }
        let spec = RootField::mutation(name, description);
        builder.mutation(Right::Operator, spec, move |ctx| {
            Box::pin(async move {
                let input = input::of(&ctx)?;
                let worked = Worked {
                    key: input::text(&input, "key")?.unwrap_or_default(),
                    run: run_of(&input).ok(),
                    version: None,
                    n_items: 0,
                };
                let answer = Session::of(&ctx)
                    .execute(command(&input)?, input::key(&input)?)
                    .await?;
                Payload::of(answer, |outcome| (worked.with(outcome), Vec::new())).into_field()
            })
        })?;
    }
    Ok(())
}

impl Worked {
    fn with(self, outcome: CommandOutcome) -> Worked {
        match outcome.done {
            Done::ScheduleRunPlanned { run } => Worked {
                run: Some(run),
                ..self
            },
            Done::ScheduleRuleChanged { version, .. } => Worked {
                version: Some(version),
                ..self
            },
            Done::ScheduleRunRetried { n_items } => Worked { n_items, ..self },
            _ => self,
        }
    }
}

fn key() -> InputValue {
    input::field(
        "key",
        TypeRef::named_nn(TypeRef::STRING),
        "Key of the schedule.",
    )
}

fn key_of(input: &ObjectAccessor<'_>) -> Result<String, Error> {
    Ok(input.try_get("key")?.string()?.to_owned())
}

fn run_of(input: &ObjectAccessor<'_>) -> Result<i64, Error> {
    let row_id = input::row_id(input, "runId", run::TYPE)?;
    row_id.parse().map_err(|_| {
        failure(
            "BAD_USER_INPUT",
            "expected runId to be the id of a ScheduleRun",
        )
    })
}

fn schedule_field() -> Field {
    loaded::<Worked, _>(
        "schedule",
        TypeRef::named(object::TYPE),
        "The schedule after the mutation.",
        |it, ctx| {
            let key = it.key.clone();
            Box::pin(async move { query::load(Session::of(&ctx), &key).await })
        },
    )
}

fn run_field() -> Field {
    loaded::<Worked, _>(
        "run",
        TypeRef::named(run::TYPE),
        "The run; its progress goes on.",
        |it, ctx| {
            let run = it.run;
            Box::pin(async move {
                match run {
                    Some(run) => query::load_run(Session::of(&ctx), run).await,
                    None => Ok(None),
                }
            })
        },
    )
}

fn version_field() -> Field {
    leaf(
        "version",
        TypeRef::named(TypeRef::INT),
        "Version of the rule.",
        |it: &Payload<Worked>, _| it.done.as_ref()?.version.map(Value::from),
    )
}

fn items_field() -> Field {
    leaf(
        "items",
        TypeRef::named(scalar::LONG),
        "How many items are tried again.",
        |it: &Payload<Worked>, _| it.done.as_ref().map(|it| Value::from(it.n_items)),
    )
}

fn change_input() -> InputObject {
    InputObject::new("ScheduleChangeInput")
        .description("What changes about a schedule; what is not said stays as it is.")
        .field(input::field(
            "cron",
            TypeRef::named(TypeRef::STRING),
            "When it wakes: second, minute, hour, day of month, month, day of week by name.",
        ))
        .field(input::field(
            "amount",
            TypeRef::named(TypeRef::INT),
            "How long after the fact an item is due, in the schedule's unit.",
        ))
        .field(input::field(
            "lead",
            TypeRef::named(TypeRef::INT),
            "How many days before its due day an item is opened.",
        ))
        .field(input::field(
            "stages",
            TypeRef::named_nn_list(TypeRef::INT),
            "Its reminders, as days before the due day.",
        ))
}

fn propose_fields() -> Vec<InputValue> {
    vec![
        key(),
        input::field(
            "change",
            TypeRef::named_nn("ScheduleChangeInput"),
            "What changes.",
        ),
        input::field("note", TypeRef::named_nn(TypeRef::STRING), "Why."),
        input::field(
            "effectiveOn",
            TypeRef::named_nn(scalar::DATE),
            "The first day it holds on.",
        ),
    ]
}

fn propose(input: &ObjectAccessor<'_>) -> Result<Command, Error> {
    let change = input.try_get("change")?.object()?;
    let number = |name: &str| -> Result<Option<i64>, Error> {
        let given = change.get(name).filter(|it| !it.is_null());
        given.map(|it| it.i64()).transpose()
    };
    let bad = |name: &str| failure("BAD_USER_INPUT", &format!("{name} is out of its range"));
    let amount = number("amount")?.map(u32::try_from).transpose();
    let lead = number("lead")?.map(i32::try_from).transpose();
    let stages = match change.get("stages").filter(|it| !it.is_null()) {
        None => None,
        Some(stages) => {
            let stages = stages.list()?;
            let stage = |it: async_graphql::dynamic::ValueAccessor<'_>| {
                i32::try_from(it.i64()?).map_err(|_| bad("stages"))
            };
            Some(
                stages
                    .iter()
                    .map(stage)
                    .collect::<Result<Vec<i32>, Error>>()?,
            )
        }
    };
    Ok(Command::ProposeScheduleRule {
        key: key_of(input)?,
        change: ScheduleChange {
            cron: input::text(&change, "cron")?,
            amount: amount.map_err(|_| bad("amount"))?,
            lead: lead.map_err(|_| bad("lead"))?,
            stages,
        },
        note: input.try_get("note")?.string()?.to_owned(),
        effective_on: input.try_get("effectiveOn")?.string()?.to_owned(),
    })
}
