//! `activateJobs`, `extendJobLease`, `completeJob`, `failJob`, `throwBpmnError`.

use std::time::Duration;

use async_graphql::dynamic::{Field, FieldFuture, FieldValue, InputValue, ObjectAccessor, TypeRef};
use async_graphql::{Error, Value};
use tongban_runtime::command::Command;
use tongban_runtime::command::job::{JobCommand, JobLease, JobTypes};
use tongban_runtime::job::JobDetail;
use tongban_runtime::outcome::{CommandOutcome, Done};

use super::object;
use crate::auth::right::Right;
use crate::builder::{Builder, NameClash, RootField, leaf};
use crate::input;
use crate::page;
use crate::payload::{self, Payload};
use crate::scalar::{self, DateTime};
use crate::session::{Session, failure};

/// What the payload of `activateJobs` is read from.
struct Activated {
    jobs: Vec<JobDetail>,
}

/// What the other payloads are read from.
struct Ended {
    deadline: Option<i64>,
}

pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    if builder.shows(&Right::Worker) {
        object::register_activated(builder)?;
    }
    activate(builder)?;
    extend(builder)?;
    complete(builder)?;
    fail(builder)?;
    throw_error(builder)
}

/// Refuses a type that the worker may not take, before anything is looked for.
pub(super) fn require_type(session: &Session, job_type: &str) -> Result<(), Error> {
    if may_take(session)?.allow(job_type) {
        return Ok(());
    }
    Err(failure(
        "FORBIDDEN",
        "jobs of this type are not for this worker",
    ))
}

fn may_take(session: &Session) -> Result<JobTypes, Error> {
    Ok(JobTypes(session.principal()?.job_types.clone()))
}

fn activate(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "activateJobs";
    let seconds = |name: &str, description: &str| {
        input::field(name, TypeRef::named(TypeRef::INT), description)
    };
    if builder.shows(&Right::Worker) {
        let fields = vec![
            input::field(
                "type",
                TypeRef::named_nn(TypeRef::STRING),
                "Type of the jobs.",
            ),
            input::field(
                "max",
                TypeRef::named(TypeRef::INT),
                "So many at most, 1 to 100; 1 if not said.",
            ),
            seconds(
                "leaseSeconds",
                "How long they are the worker's; 60 if not said, at most 3600.",
            ),
            seconds(
                "waitSeconds",
                "How long to wait if there are none; not at all if not said, at most 8.",
            ),
        ];
        builder.register(input::object(NAME, "What is wanted.", fields))?;
        payload::register::<Activated>(builder, NAME, vec![jobs_field()])?;
    }
    let spec = RootField::mutation(
        NAME,
        "Takes jobs that wait, those that have waited longest first; an empty list if there are none. Repeated with the same key after something was taken, it gives the same jobs as long as their leases hold.",
    );
    builder.mutation(Right::Worker, spec, |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let session = Session::of(&ctx);
            let command = Command::Job(JobCommand::Activate {
                job_type: input.try_get("type")?.string()?.to_owned(),
                max: number(&input, "max", 1)?,
                lease_ms: milliseconds(&input, "leaseSeconds", 60)?,
                may_take: may_take(session)?,
            });
            let wait = Duration::from_millis(milliseconds(&input, "waitSeconds", 0)?);
            let answer = session
                .activate_jobs(command, input::key(&input)?, wait)
                .await?;
            let jobs = match &answer {
                Ok(CommandOutcome {
                    done: Done::JobsActivated { jobs },
                    ..
                }) => {
                    let found = session.engine.activated_jobs(session.tenant()?, jobs);
                    found.await.map_err(page::failed)?
                }
                _ => Vec::new(),
            };
            Payload::of(answer, |_| (Activated { jobs }, Vec::new())).into_field()
        })
    })
}

fn jobs_field() -> Field {
    Field::new("jobs", TypeRef::named_nn_list_nn("ActivatedJob"), |ctx| {
        let payload = ctx.parent_value.try_downcast_ref::<Payload<Activated>>();
        let list = payload.map(|it| {
            let jobs = it.done.iter().flat_map(|it| it.jobs.iter().cloned());
            Some(FieldValue::list(jobs.map(FieldValue::owned_any)))
        });
        FieldFuture::new(std::future::ready(list))
    })
    .description("The jobs, each with its own lease.")
}

fn extend(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "extendJobLease";
    if builder.shows(&Right::Worker) {
        let mut fields = lease_fields();
        fields.push(input::field(
            "leaseSeconds",
            TypeRef::named_nn(TypeRef::INT),
            "How long from now on, at most 3600.",
        ));
        builder.register(input::object(
            NAME,
            "Which lease, and for how long.",
            fields,
        ))?;
        let deadline = leaf(
            "deadline",
            TypeRef::named(scalar::DATE_TIME),
            "The new end of the lease.",
            |it: &Payload<Ended>, _| Some(DateTime(it.done.as_ref()?.deadline?).value()),
        );
        payload::register::<Ended>(builder, NAME, vec![deadline])?;
    }
    let description = "Keeps a job for longer; refused once somebody else has taken it.";
    mutation(builder, NAME, description, |input, lease| {
        Ok(JobCommand::ExtendLease {
            lease,
            lease_ms: milliseconds(input, "leaseSeconds", 60)?,
        })
    })
}

fn complete(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "completeJob";
    if builder.shows(&Right::Worker) {
        let mut fields = lease_fields();
        fields.push(variables_field("What the work brings back, a JSON object."));
        ended(
            builder,
            NAME,
            "Which job, and what its work brings back.",
            fields,
        )?;
    }
    let description = "Tells that the work is done; the process goes on.";
    mutation(builder, NAME, description, |input, lease| {
        Ok(JobCommand::Complete {
            lease,
            variables: input::variables(input, "variables")?,
        })
    })
}

fn fail(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "failJob";
    if builder.shows(&Right::Worker) {
        let mut fields = lease_fields();
        fields.extend([
            input::field("retries", TypeRef::named(TypeRef::INT), "How often it may still be tried; one less than before if not said. With 0 an incident is raised."),
            input::field("backOffSeconds", TypeRef::named(TypeRef::INT), "How long to wait before the next try, by the clock of due times; not at all if not said."),
            input::field("message", TypeRef::named_nn(TypeRef::STRING), "What went wrong, for the operator. No personal data."),
        ]);
        ended(builder, NAME, "Which job, and what went wrong.", fields)?;
    }
    let description =
        "Tells that the work failed: it is tried again later, or an incident is raised.";
    mutation(builder, NAME, description, |input, lease| {
        let retries = input.get("retries").filter(|it| !it.is_null());
        let retries = retries.map(|_| number(input, "retries", 0)).transpose()?;
        Ok(JobCommand::Fail {
            lease,
            retries,
            back_off_ms: milliseconds(input, "backOffSeconds", 0)?,
            message: input.try_get("message")?.string()?.to_owned(),
        })
    })
}

fn throw_error(builder: &mut Builder) -> Result<(), NameClash> {
    const NAME: &str = "throwBpmnError";
    if builder.shows(&Right::Worker) {
        let mut fields = lease_fields();
        fields.extend([
            input::field(
                "code",
                TypeRef::named_nn(TypeRef::STRING),
                "Code of the error, as an event of the model catches it.",
            ),
            input::field(
                "message",
                TypeRef::named(TypeRef::STRING),
                "What happened, for people.",
            ),
            variables_field("Handed to the event that catches the error, a JSON object."),
        ]);
        ended(builder, NAME, "Which job, and which error.", fields)?;
    }
    let description = "Ends the work in a BPMN error, which an event in the model may catch; an incident if none does.";
    mutation(builder, NAME, description, |input, lease| {
        Ok(JobCommand::ThrowError {
            lease,
            code: input.try_get("code")?.string()?.to_owned(),
            message: input::text(input, "message")?.unwrap_or_default(),
            variables: input::variables(input, "variables")?,
        })
    })
}

/// Registers input and payload of a mutation that ends the work on a job.
fn ended(
    builder: &mut Builder,
    name: &str,
    description: &str,
    fields: Vec<InputValue>,
) -> Result<(), NameClash> {
    builder.register(input::object(name, description, fields))?;
    let done = leaf(
        "done",
        TypeRef::named_nn(TypeRef::BOOLEAN),
        "Whether it was taken note of.",
        |it: &Payload<Ended>, _| Some(Value::from(it.done.is_some())),
    );
    payload::register::<Ended>(builder, name, vec![done])
}

fn mutation(
    builder: &mut Builder,
    name: &'static str,
    description: &str,
    command: fn(&ObjectAccessor<'_>, JobLease) -> Result<JobCommand, Error>,
) -> Result<(), NameClash> {
    let spec = RootField::mutation(name, description);
    builder.mutation(Right::Worker, spec, move |ctx| {
        Box::pin(async move {
            let input = input::of(&ctx)?;
            let session = Session::of(&ctx);
            let lease = lease(&input, session)?;
            let command = Command::Job(command(&input, lease)?);
            let answer = session.execute(command, input::key(&input)?).await?;
            Payload::of(answer, |outcome| {
                let deadline = match outcome.done {
                    Done::JobLeaseExtended { job } => Some(job.until),
                    _ => None,
                };
                (Ended { deadline }, Vec::new())
            })
            .into_field()
        })
    })
}

fn lease_fields() -> Vec<InputValue> {
    vec![
        input::id("jobId", "The job."),
        input::field(
            "leaseToken",
            TypeRef::named_nn(scalar::LONG),
            "The token that came with the job.",
        ),
    ]
}

fn variables_field(description: &str) -> InputValue {
    input::field("variables", TypeRef::named(scalar::JSON), description)
}

fn lease(input: &ObjectAccessor<'_>, session: &Session) -> Result<JobLease, Error> {
    let row_id = input::row_id(input, "jobId", object::TYPE)?;
    let job = object::parse_row_id(&row_id)
        .ok_or_else(|| failure("BAD_USER_INPUT", "expected jobId to be the id of a Job"))?;
    Ok(JobLease {
        job,
        token: input.try_get("leaseToken")?.i64()?,
        may_take: may_take(session)?,
    })
}

/// A whole number of an input that is not negative.
fn number(input: &ObjectAccessor<'_>, name: &str, default: u32) -> Result<u32, Error> {
    let Some(value) = input.get(name).filter(|it| !it.is_null()) else {
        return Ok(default);
    };
    u32::try_from(value.i64()?).map_err(|_| {
        let message = format!("expected {name} to be a whole number that is not negative");
        failure("BAD_USER_INPUT", &message)
    })
}

fn milliseconds(input: &ObjectAccessor<'_>, name: &str, default: u32) -> Result<u64, Error> {
    Ok(u64::from(number(input, name, default)?) * 1000)
}
