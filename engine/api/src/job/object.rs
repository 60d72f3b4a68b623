//! `ActivatedJob`, as a worker is given it, and `Job`, as an operator sees it.

use async_graphql::dynamic::{Enum, EnumItem, FieldValue, Object, TypeRef};
use async_graphql::{Name, Value};
use tongban_runtime::command::job::JobId;
use tongban_runtime::job::JobDetail;
use tongban_store::row::job::QueuedJob;

use crate::builder::{Builder, NameClash, leaf};
use crate::compose::json_value;
use crate::global_id::GlobalId;
use crate::scalar::{self, DateTime};

/// The type behind the ids of jobs.
pub(crate) const TYPE: &str = "Job";

/// Registers what a worker is given.
pub(crate) fn register_activated(builder: &mut Builder) -> Result<(), NameClash> {
    let text = |it: &str| Some(Value::from(it));
    let job = Object::new("ActivatedJob")
        .description("A job under a lease: what is to be done, for which case.")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &JobDetail, _| Some(Value::from(global_id(it.job))),
        ))
        .field(leaf(
            "type",
            TypeRef::named_nn(TypeRef::STRING),
            "Type, as the model names it.",
            move |it: &JobDetail, _| text(&it.job_type),
        ))
        .field(leaf(
            "leaseToken",
            TypeRef::named_nn(scalar::LONG),
            "Shown with whatever becomes of the job; out of date once somebody else has taken it.",
            |it: &JobDetail, _| Some(Value::from(it.token)),
        ))
        .field(leaf(
            "deadline",
            TypeRef::named_nn(scalar::DATE_TIME),
            "The end of the lease, by the machine's clock; then others may take it.",
            |it: &JobDetail, _| Some(DateTime(it.deadline).value()),
        ))
        .field(leaf(
            "retries",
            TypeRef::named_nn(TypeRef::INT),
            "Tries that are left, this one included.",
            |it: &JobDetail, _| Some(Value::from(it.retries)),
        ))
        .field(leaf(
            "headers",
            TypeRef::named_nn(scalar::JSON),
            "Task headers of the model: an object of texts.",
            |it: &JobDetail, _| {
                let pairs = it
                    .headers
                    .iter()
                    .map(|(name, value)| (Name::new(&**name), Value::from(&**value)));
                Some(Value::Object(pairs.collect()))
            },
        ))
        .field(leaf(
            "variables",
            TypeRef::named_nn(scalar::JSON),
            "Variables visible at the element.",
            |it: &JobDetail, _| Some(json_value::graphql(&it.variables)),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of its element in the model.",
            move |it: &JobDetail, _| text(&it.element_id),
        ))
        .field(leaf(
            "processKey",
            TypeRef::named_nn(TypeRef::STRING),
            "BPMN id of its process.",
            move |it: &JobDetail, _| text(&it.process_key),
        ))
        .field(leaf(
            "processVersion",
            TypeRef::named_nn(TypeRef::INT),
            "Version of its process.",
            |it: &JobDetail, _| Some(Value::from(it.process_version)),
        ))
        .field(leaf(
            "processInstanceId",
            TypeRef::named_nn(TypeRef::ID),
            "Its process instance.",
            |it: &JobDetail, _| {
                let id = GlobalId::new("ProcessInstance", it.job.process_instance);
                Some(Value::from(id.encode()))
            },
        ))
        .field(leaf(
            "businessKey",
            TypeRef::named(TypeRef::STRING),
            "The case's own number.",
            move |it: &JobDetail, _| it.business_key.as_deref().and_then(text),
        ))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was created.",
            |it: &JobDetail, _| Some(DateTime(it.created_at).value()),
        ));
    builder.register(job)
}

/// Registers what an operator sees.
pub(crate) fn register(builder: &mut Builder) -> Result<(), NameClash> {
    let state =
        Enum::new("JobState")
            .description("Where a job stands.")
            .item(EnumItem::new("AVAILABLE").description("It waits for a worker or a connector."))
            .item(
                EnumItem::new("LEASED")
                    .description("Somebody has taken it; when the lease lapses others may."),
            )
            .item(EnumItem::new("BACKING_OFF").description("It failed and is tried again later."))
            .item(EnumItem::new("STOPPED").description(
                "It waits for its incident to be resolved, or is about to be worked on.",
            ));
    builder.register(state)?;
    let text = |it: &str| Some(Value::from(it));
    let instant = |it: i64| Some(DateTime(it).value());
    let job = Object::new(TYPE)
        .description("Work of a process that is done outside of it.")
        .field(leaf(
            "id",
            TypeRef::named_nn(TypeRef::ID),
            "Global id.",
            |it: &QueuedJob, _| Some(Value::from(global_id(id_of(it)))),
        ))
        .field(leaf(
            "type",
            TypeRef::named_nn(TypeRef::STRING),
            "Type, as the model names it.",
            move |it: &QueuedJob, _| text(&it.job_type),
        ))
        .field(leaf(
            "state",
            TypeRef::named_nn("JobState"),
            "Where it stands.",
            |it: &QueuedJob, _| Some(Value::Enum(Name::new(state_of(it)))),
        ))
        .field(leaf(
            "worker",
            TypeRef::named(TypeRef::STRING),
            "Who has taken it.",
            move |it: &QueuedJob, _| it.worker.as_deref().and_then(text),
        ))
        .field(leaf(
            "availableAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it can be taken, by the machine's clock; for a leased job the end of the lease.",
            move |it: &QueuedJob, _| it.available_at.and_then(instant),
        ))
        .field(leaf(
            "retryAt",
            TypeRef::named(scalar::DATE_TIME),
            "When it is tried again, by the clock of due times.",
            move |it: &QueuedJob, _| it.retry_at.and_then(instant),
        ))
        .field(leaf(
            "retries",
            TypeRef::named_nn(TypeRef::INT),
            "Tries that are left.",
            |it: &QueuedJob, _| Some(Value::from(it.retries)),
        ))
        .field(leaf(
            "failures",
            TypeRef::named_nn(TypeRef::INT),
            "Times a connector tried it in vain.",
            |it: &QueuedJob, _| Some(Value::from(it.n_failures)),
        ))
        .field(leaf(
            "elementId",
            TypeRef::named_nn(TypeRef::STRING),
            "XML id of its element in the model.",
            move |it: &QueuedJob, _| text(&it.element_id),
        ))
        .field(leaf(
            "processInstanceId",
            TypeRef::named_nn(TypeRef::ID),
            "Its process instance.",
            |it: &QueuedJob, _| {
                let id = GlobalId::new("ProcessInstance", it.process_instance_id.0);
                Some(Value::from(id.encode()))
            },
        ))
        .field(leaf(
            "createdAt",
            TypeRef::named_nn(scalar::DATE_TIME),
            "When it was created.",
            move |it: &QueuedJob, _| instant(it.created_at),
        ));
    builder.register(job)?;
    crate::connection::register::<QueuedJob>(builder, TYPE, |it| FieldValue::owned_any(it.clone()))
}

fn state_of(job: &QueuedJob) -> &'static str {
    match (job.available_at, job.retry_at, &job.worker) {
        (Some(_), _, Some(_)) => "LEASED",
        (Some(_), _, None) => "AVAILABLE",
        (None, Some(_), _) => "BACKING_OFF",
        (None, None, _) => "STOPPED",
    }
}

fn id_of(job: &QueuedJob) -> JobId {
    JobId {
        process_instance: job.process_instance_id.0,
        number: job.id.0,
    }
}

/// The opaque id of a job.
pub(crate) fn global_id(job: JobId) -> String {
    GlobalId::new(TYPE, format!("{}:{}", job.process_instance, job.number)).encode()
}

/// Reads the row part of a job's global id.
pub(crate) fn parse_row_id(row_id: &str) -> Option<JobId> {
    let (process_instance, number) = row_id.split_once(':')?;
    Some(JobId {
        process_instance: process_instance.parse().ok()?,
        number: number.parse().ok()?,
    })
}
