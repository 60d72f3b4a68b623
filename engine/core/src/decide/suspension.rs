//! Letting an instance rest, and letting it go on.
//!
//! What comes by itself to a suspended instance (a timer, a message, the answer of a called process
//! or of a worker who was at it) is decided as ever; what follows from it is kept in the state until
//! the resumption, see [`crate::context::Context::hold`]. So nothing is lost, and nothing is done
//! twice.

use crate::command::{Command, SuspensionCause};
use crate::context::Context;
use crate::decide::instance;
use crate::event::{Event, OpenJob};
use crate::id::{ElementInstanceId, ProcessInstanceId};
use crate::rejection::Rejection;
use crate::state::job::JobPhase;
use crate::work::Work;

/// Refuses what a suspended instance does not take: what a person does, and what would not fit.
pub(super) fn check(ctx: &Context<'_>, command: &Command) -> Result<(), Rejection> {
    if !ctx.state().is_suspended() {
        return Ok(());
    }
    if matches!(
        command,
        Command::CompleteUserTask { .. } | Command::ChooseActivities { .. } | Command::Continue
    ) {
        return Err(Rejection::InstanceSuspended);
    }
    // What is kept has to end somewhere: many small triggers without variables, too.
    let (bytes, bytes_max) = (ctx.state().bytes(), ctx.now.limits.state_bytes_max);
    let is_trigger = matches!(
        command,
        Command::TriggerTimer { .. }
            | Command::CorrelateMessage { .. }
            | Command::ReceiveSignal { .. }
    );
    if is_trigger && bytes > bytes_max {
        return Err(Rejection::SuspensionFull { bytes, bytes_max });
    }
    Ok(())
}

/// Lets the instance rest, unless it is being ended: nobody would resume what has no caller any more.
pub(super) fn suspend(ctx: &mut Context<'_>, cause: SuspensionCause) -> Result<(), Rejection> {
    check_cause(ctx, cause)?;
    instance::root(ctx)?;
    if ctx.state().is_suspended() {
        return Err(Rejection::InstanceSuspended);
    }
    ctx.emit(Event::InstanceSuspended { at: ctx.now.at });
    pass_on(ctx, true);
    Ok(())
}

pub(super) fn resume(ctx: &mut Context<'_>, cause: SuspensionCause) -> Result<(), Rejection> {
    check_cause(ctx, cause)?;
    if !ctx.state().is_suspended() {
        return Err(Rejection::InstanceNotSuspended);
    }
    let jobs = ctx.state().jobs();
    let open = jobs.filter(|it| it.phase == JobPhase::Active);
    let jobs: Vec<OpenJob> = open
        .map(|it| OpenJob {
            id: it.id,
            job_type: it.job_type.clone(),
            kind: it.kind,
        })
        .collect();
    let at = ctx.now.at;
    ctx.emit(Event::InstanceResumed { at, jobs });
    pass_on(ctx, false);
    Ok(())
}

/// An instance that is ended does not do first what was kept for its resumption, but for what was
/// being ended already.
pub(super) fn lift_for_cancellation(ctx: &mut Context<'_>) {
    if !ctx.state().is_suspended() {
        return;
    }
    if !ctx.state().deferred().is_empty() {
        let ends = |it: &&Work| matches!(it, Work::Terminate { .. } | Work::Settle { .. });
        let ends: Vec<Work> = ctx
            .state()
            .deferred()
            .iter()
            .filter(ends)
            .cloned()
            .collect();
        ctx.emit(Event::WorkResumed);
        for work in ends {
            ctx.queue(work);
        }
    }
    let (at, jobs) = (ctx.now.at, Vec::new());
    ctx.emit(Event::InstanceResumed { at, jobs });
}

/// A process that was asked for before the suspension rests from its beginning.
pub(super) fn suspend_new_child(
    ctx: &mut Context<'_>,
    element_instance: ElementInstanceId,
    child: ProcessInstanceId,
) {
    if ctx.state().is_suspended() {
        ctx.emit(Event::ChildSuspensionRequested {
            element_instance,
            child,
            is_suspended: true,
        });
    }
}

/// See [`suspend_new_child`].
pub(super) fn suspend_new_iterations(ctx: &mut Context<'_>, body: ElementInstanceId) {
    if ctx.state().is_suspended() {
        ctx.emit(Event::IterationsSuspensionRequested {
            id: body,
            is_suspended: true,
        });
    }
}

fn check_cause(ctx: &Context<'_>, cause: SuspensionCause) -> Result<(), Rejection> {
    let parent = ctx.state().instance().and_then(|it| it.parent);
    match (cause, parent) {
        (SuspensionCause::Request, Some(parent)) => Err(Rejection::InstanceHasParent {
            parent: parent.instance,
        }),
        (SuspensionCause::Request, None) | (SuspensionCause::Parent, _) => Ok(()),
    }
}

fn pass_on(ctx: &mut Context<'_>, is_suspended: bool) {
    let instances = ctx.state().element_instances();
    let requests: Vec<Event> = instances
        .filter_map(|it| {
            let spread = it.multi_instance.as_ref().filter(|of| of.spread.is_some());
            match (it.child, spread) {
                (Some(child), _) => Some(Event::ChildSuspensionRequested {
                    element_instance: it.id,
                    child: child.instance,
                    is_suspended,
                }),
                (None, Some(of)) if of.active() > 0 => Some(Event::IterationsSuspensionRequested {
                    id: it.id,
                    is_suspended,
                }),
                (None, _) => None,
            }
        })
        .collect();
    for request in requests {
        ctx.emit(request);
    }
}
