//! Jobs that plugins and connectors have to do.

use tongban_core::event::{Event, JobCreated, JobKind};
use tongban_core::id::JobId;
use tongban_core::state::State;

use crate::entity::job::Model;
use crate::error::Error;
use crate::row::process_instance::ProcessInstance;
use crate::unit_of_work::UnitOfWork;
use crate::unit_of_work::tables::InstanceKey;

pub(crate) async fn project(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    state: &State,
    event: &Event,
) -> Result<(), Error> {
    match event {
        Event::JobCreated(created) => {
            let key = work.key_of(head, created.id.0);
            let mut model = created_row(&key, created);
            model.is_suspended = state.is_suspended();
            work.tables.job.put_new(key, model);
        }
        Event::JobFailed {
            id,
            retries,
            due_at,
            ..
        } => {
            let retry_at = due_at.map(|it| it.0);
            change(work, head, *id, *retries, retry_at).await?;
        }
        Event::JobRetried { id, retries, .. } => change(work, head, *id, *retries, None).await?,
        Event::JobErrorThrown { id } if state.job(*id).is_some() => {
            // Nothing catches the error, so the job stays until its incident is resolved.
            if let Some(mut row) = work.job_row(&work.key_of(head, id.0)).await? {
                withdraw(&mut row);
                work.tables.job.put(work.key_of(head, id.0), row);
            }
        }
        Event::JobErrorThrown { id } | Event::JobCompleted { id } | Event::JobCanceled { id } => {
            let key = work.key_of(head, id.0);
            work.tables.job.remove(&key);
        }
        Event::InstanceSuspended { .. } => suspend(work, head, state, true).await?,
        Event::InstanceResumed { .. } => suspend(work, head, state, false).await?,
        _ => {}
    }
    Ok(())
}

fn created_row(key: &InstanceKey, created: &JobCreated) -> Model {
    Model {
        tenant_id: key.0.as_str().to_owned(),
        process_instance_id: key.1,
        id: key.2,
        element_id: created.element_id.to_string(),
        kind: match created.kind {
            JobKind::Task => 0,
            JobKind::Listener => 1,
        },
        job_type: created.job_type.to_string(),
        retries: retries_of(created.retries),
        retry_at: None,
        created_at: created.created_at.0,
        queue: None,
        available_at: None,
        lease_token: 0,
        worker: None,
        n_failures: 0,
        is_suspended: false,
    }
}

/// Nobody takes a job of an instance that rests; whoever is at one may end it.
async fn suspend(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    state: &State,
    is_suspended: bool,
) -> Result<(), Error> {
    for job in state.jobs() {
        let key = work.key_of(head, job.id.0);
        if let Some(mut row) = work.job_row(&key).await? {
            row.is_suspended = is_suspended;
            work.tables.job.put(key, row);
        }
    }
    Ok(())
}

async fn change(
    work: &mut UnitOfWork,
    head: &ProcessInstance,
    id: JobId,
    retries: u32,
    retry_at: Option<i64>,
) -> Result<(), Error> {
    let key = work.key_of(head, id.0);
    if let Some(mut row) = work.job_row(&key).await? {
        row.retries = retries_of(retries);
        row.retry_at = retry_at;
        withdraw(&mut row);
        work.tables.job.put(key, row);
    }
    Ok(())
}

/// Nobody outside may take it any more. The token stays: whoever holds it is found out of date.
pub(crate) fn withdraw(row: &mut Model) {
    row.available_at = None;
    row.worker = None;
    row.lease_token += 1;
}

fn retries_of(retries: u32) -> i32 {
    i32::try_from(retries).unwrap_or(i32::MAX)
}
