//! Answers of plugins and workers.

use std::sync::Arc;

use super::{check_size, not_waiting};
use crate::behavior::error::{self, BpmnError};
use crate::behavior::incident::{self, Failure};
use crate::behavior::{job as job_behavior, state_transition, user_task, variable_mapping};
use crate::context::Context;
use crate::event::{Event, JobKind};
use crate::id::JobId;
use crate::incident::Kind;
use crate::rejection::Rejection;
use crate::state::job::{Job, JobPhase};
use crate::variable::Variables;
use crate::work::Work;

pub(super) fn complete(
    ctx: &mut Context<'_>,
    id: JobId,
    variables: Variables,
) -> Result<(), Rejection> {
    let job = active(ctx, id)?;
    let (element_instance, kind) = (job.element_instance, job.kind);
    check_size(ctx, &variables)?;
    variable_mapping::check_outputs(ctx, element_instance, &variables)?;
    ctx.emit(Event::JobCompleted { id });
    match kind {
        JobKind::Task => {
            ctx.queue(Work::Complete {
                id: element_instance,
                received: variables,
            });
        }
        JobKind::Listener => {
            let task = element_instance.user_task();
            ctx.emit(Event::UserTaskListenerCompleted {
                id: task,
                variables,
            });
            user_task::continue_completion(ctx, task);
        }
    }
    Ok(())
}

pub(super) fn fail(
    ctx: &mut Context<'_>,
    id: JobId,
    retries: u32,
    back_off_us: i64,
    message: Arc<str>,
) -> Result<(), Rejection> {
    let element_instance = active(ctx, id)?.element_instance;
    let retries = retries.min(job_behavior::RETRIES_MAX);
    let waits = retries > 0 && back_off_us > 0;
    let due_at = waits.then(|| ctx.now.at.plus_us(back_off_us));
    ctx.emit(Event::JobFailed {
        id,
        retries,
        message: message.clone(),
        due_at,
    });
    if retries == 0 {
        let failure = Failure::new(Kind::JobFailed, &*message);
        incident::raise_for_job(ctx, element_instance, Some(id), failure);
    } else if due_at.is_none() {
        job_behavior::retry(ctx, id, retries);
    }
    Ok(())
}

pub(super) fn retry(ctx: &mut Context<'_>, id: JobId) -> Result<(), Rejection> {
    let job = live(ctx, id)?;
    let retries = job.retries;
    match job.phase {
        JobPhase::BackOff { due_at } if due_at <= ctx.now.at => {
            job_behavior::retry(ctx, id, retries);
            Ok(())
        }
        JobPhase::BackOff { .. } | JobPhase::Active | JobPhase::Failed | JobPhase::ErrorThrown => {
            Err(Rejection::JobNotDue { job: id })
        }
    }
}

pub(super) fn throw_error(
    ctx: &mut Context<'_>,
    id: JobId,
    code: Arc<str>,
    message: Arc<str>,
    variables: Variables,
) -> Result<(), Rejection> {
    let job = active(ctx, id)?;
    if job.kind == JobKind::Listener {
        return Err(Rejection::JobIsListener { job: id });
    }
    let element_instance = job.element_instance;
    check_size(ctx, &variables)?;
    ctx.emit(Event::JobErrorThrown { id });
    let error = BpmnError {
        code,
        message,
        variables,
    };
    error::throw(ctx, element_instance, Some(id), error);
    Ok(())
}

pub(super) fn raise_incident(
    ctx: &mut Context<'_>,
    id: JobId,
    kind: Kind,
    message: Arc<str>,
) -> Result<(), Rejection> {
    let job = active(ctx, id)?;
    let (element_instance, retries) = (job.element_instance, job.retries);
    let failure = Failure::new(kind, &*message);
    ctx.emit(Event::JobFailed {
        id,
        retries,
        message,
        due_at: None,
    });
    incident::raise_for_job(ctx, element_instance, Some(id), failure);
    Ok(())
}

fn live<'a>(ctx: &'a Context<'_>, id: JobId) -> Result<&'a Job, Rejection> {
    let job = ctx
        .state()
        .job(id)
        .ok_or(Rejection::JobNotFound { job: id })?;
    if state_transition::is_live(ctx, job.element_instance) {
        return Ok(job);
    }
    Err(not_waiting(job.element_instance, "a job"))
}

fn active<'a>(ctx: &'a Context<'_>, id: JobId) -> Result<&'a Job, Rejection> {
    let job = live(ctx, id)?;
    match job.phase {
        JobPhase::Active => Ok(job),
        JobPhase::BackOff { .. } | JobPhase::Failed | JobPhase::ErrorThrown => {
            Err(Rejection::JobNotActive { job: id })
        }
    }
}
