//! Jobs of tasks and of listeners.

use std::collections::BTreeMap;
use std::sync::Arc;

use tongban_bpmn::graph::JobWork;

use crate::behavior::expression;
use crate::behavior::incident::Failure;
use crate::context::Context;
use crate::event::{Event, JobCreated, JobKind};
use crate::id::{ElementInstanceId, JobId};

/// How often a job may be tried at most.
pub(crate) const RETRIES_MAX: u32 = 1_000;

/// A job whose expressions have been evaluated.
pub(crate) struct PreparedJob {
    job_type: Arc<str>,
    retries: u32,
    headers: BTreeMap<Arc<str>, Arc<str>>,
}

impl PreparedJob {
    /// Whether it is for the same workers.
    pub(crate) fn is_of_type(&self, job_type: &str) -> bool {
        *self.job_type == *job_type
    }
}

/// Evaluates what a job of a task needs.
pub(crate) fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    work: &JobWork,
) -> Result<PreparedJob, Failure> {
    let job_type = expression::text(ctx, id, &work.job_type)?;
    let retries = match &work.retries {
        Some(retries) => expression::count(ctx, id, retries, RETRIES_MAX)?,
        None => ctx.now.limits.job_retries_default,
    };
    Ok(PreparedJob {
        job_type,
        retries,
        headers: work.headers.clone(),
    })
}

/// Creates the job of a task.
pub(crate) fn create(ctx: &mut Context<'_>, id: ElementInstanceId, job: PreparedJob) {
    create_of_kind(ctx, id, job, JobKind::Task);
}

/// Creates the job of a listener.
pub(crate) fn create_listener(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    job_type: Arc<str>,
    retries: u32,
) {
    let job = PreparedJob {
        job_type,
        retries,
        headers: BTreeMap::new(),
    };
    create_of_kind(ctx, id, job, JobKind::Listener);
}

fn create_of_kind(ctx: &mut Context<'_>, id: ElementInstanceId, job: PreparedJob, kind: JobKind) {
    let created = JobCreated {
        id: JobId(ctx.next_id()),
        element_instance: id,
        element_id: ctx.element(id).id.clone(),
        job_type: job.job_type,
        kind,
        retries: job.retries,
        headers: job.headers,
        created_at: ctx.now.at,
    };
    ctx.emit(Event::JobCreated(created));
}

/// Makes a job that waits active again.
pub(crate) fn retry(ctx: &mut Context<'_>, id: JobId, retries: u32) {
    let job = ctx
        .state()
        .job(id)
        .expect("the job is there while it is worked on");
    let (job_type, kind) = (job.job_type.clone(), job.kind);
    ctx.emit(Event::JobRetried {
        id,
        retries,
        job_type,
        kind,
    });
}

/// Cancels the job of an element instance that goes.
pub(crate) fn cancel(ctx: &mut Context<'_>, id: ElementInstanceId) {
    let found = ctx
        .state()
        .jobs()
        .find(|it| it.element_instance == id)
        .map(|it| it.id);
    if let Some(id) = found {
        ctx.emit(Event::JobCanceled { id });
    }
}
