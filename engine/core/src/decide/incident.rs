//! Incidents that are resolved.

use super::not_waiting;
use crate::behavior::{job, state_transition};
use crate::context::Context;
use crate::event::Event;
use crate::id::IncidentId;
use crate::rejection::Rejection;
use crate::state::element_instance::Phase;
use crate::variable::Variables;
use crate::work::Work;

/// Tries again what the incident stopped: the job, or the phase in which the element stands.
pub(super) fn resolve(ctx: &mut Context<'_>, id: IncidentId) -> Result<(), Rejection> {
    let found = ctx
        .state()
        .incident(id)
        .ok_or(Rejection::IncidentNotFound { incident: id })?;
    let (element_instance, job) = (found.element_instance, found.job);
    if !state_transition::is_live(ctx, element_instance) {
        return Err(not_waiting(element_instance, "an incident to be resolved"));
    }
    ctx.emit(Event::IncidentResolved { id });
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
