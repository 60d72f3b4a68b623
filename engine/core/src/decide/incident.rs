//! Incidents that are resolved.

use super::{check_size, not_waiting};
use crate::behavior::{job, state_transition, variable_mapping};
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementInstanceId, IncidentId, JobId};
use crate::rejection::Rejection;
use crate::state::element_instance::Phase;
use crate::variable::Variables;
use crate::work::Work;

/// Tries again what the incident stopped: the job, or the phase in which the element stands.
pub(super) fn resolve(
    ctx: &mut Context<'_>,
    id: IncidentId,
    corrected: Variables,
) -> Result<(), Rejection> {
    let found = ctx
        .state()
        .incident(id)
        .ok_or(Rejection::IncidentNotFound { incident: id })?;
    let (element_instance, job) = (found.element_instance, found.job);
    if !state_transition::is_live(ctx, element_instance) {
        return Err(not_waiting(element_instance, "an incident to be resolved"));
    }
    check_corrected(ctx, (element_instance, job), &corrected)?;
    ctx.emit(Event::IncidentResolved { id, corrected });
    if let Some(job) = job {
        let retries = ctx.state().job(job).map_or(0, |job| job.retries).max(1);
        job::retry(ctx, job, retries);
        return Ok(());
    }
    let id = element_instance;
    match ctx.instance(id).phase {
        Phase::Activating => ctx.queue(Work::Activate { id }),
        Phase::Active => ctx.queue(Work::Retry { id }),
        Phase::Completing => ctx.queue(Work::Complete {
            id,
            received: Variables::new(),
        }),
        Phase::Terminating => {}
    }
    Ok(())
}

/// Values take the place of what has come and is not written yet; they have to be what is declared.
fn check_corrected(
    ctx: &Context<'_>,
    (id, job): (ElementInstanceId, Option<JobId>),
    corrected: &Variables,
) -> Result<(), Rejection> {
    if corrected.is_empty() {
        return Ok(());
    }
    let instance = ctx.instance(id);
    let holds_received = match instance.phase {
        Phase::Activating => !instance.received.is_empty(),
        Phase::Completing => !instance.is_written,
        Phase::Active | Phase::Terminating => false,
    };
    if job.is_some() || !holds_received {
        return Err(not_waiting(id, "other values than those that came"));
    }
    check_size(ctx, corrected)?;
    let mut received = instance.received.clone();
    received.set_all(corrected);
    Ok(variable_mapping::check_outputs(ctx, id, &received)?)
}
