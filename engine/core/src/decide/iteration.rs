//! What is reported of the iterations that a large multi-instance runs as instances of their own.

use std::sync::Arc;

use tongban_feel::value::Value;

use super::{check_size, not_found, not_waiting, suspension};
use crate::behavior::incident::{self, Failure};
use crate::behavior::{multi_instance, state_transition};
use crate::context::Context;
use crate::event::Event;
use crate::id::{ElementInstanceId, ProcessInstanceId};
use crate::incident::Kind;
use crate::rejection::Rejection;
use crate::state::element_instance::Phase;
use crate::state::multi_instance::{Collection, Loop, Spread};
use crate::variable::Variables;
use crate::work::Work;

pub(super) fn started(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    count: u32,
) -> Result<(), Rejection> {
    let (it, spread) = spread_loop(ctx, id)?;
    let n_left = (it.last + 1).saturating_sub(it.next);
    if !spread.is_requested || count == 0 || count > n_left {
        return Err(not_waiting(id, "iterations to be started"));
    }
    ctx.emit(Event::IterationsStarted { id, count });
    suspension::suspend_new_iterations(ctx, id);
    if !incident::has_incident(ctx, id) {
        multi_instance::advance(ctx, id);
    }
    Ok(())
}

pub(super) fn failed(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    message: &Arc<str>,
) -> Result<(), Rejection> {
    let (_, spread) = spread_loop(ctx, id)?;
    if !spread.is_requested || incident::has_incident(ctx, id) {
        return Err(not_waiting(id, "iterations to be started"));
    }
    incident::raise(ctx, id, Failure::new(Kind::IterationFailed, &**message));
    Ok(())
}

pub(super) fn completed(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    child: ProcessInstanceId,
    loop_counter: u32,
    variables: Variables,
) -> Result<(), Rejection> {
    let (it, _) = spread_loop(ctx, id)?;
    let is_started = (it.first..it.next).contains(&loop_counter);
    if it.is_satisfied || !is_started || it.active() == 0 {
        return Err(not_waiting(id, "this iteration"));
    }
    multi_instance::iteration_returned(ctx, id, child, loop_counter, variables);
    Ok(())
}

pub(super) fn collected(
    ctx: &mut Context<'_>,
    id: ElementInstanceId,
    outputs: Vec<(u32, Value)>,
    is_complete: bool,
) -> Result<(), Rejection> {
    let (_, spread) = spread_loop(ctx, id)?;
    let last = outputs.last().map(|(counter, _)| *counter);
    let goes_on = is_complete || last.is_some();
    if spread.collection != Collection::Requested || !goes_on {
        return Err(not_waiting(id, "outputs"));
    }
    // They have been kept within their bound, but meet what else the instance holds.
    if let Err(rejection) = check_size(ctx, &as_variables(&outputs)) {
        ctx.emit(Event::OutputsForgone { id });
        let failure = Failure::new(Kind::OutputCollectionTooLarge, rejection.to_string());
        incident::raise(ctx, id, failure);
        return Ok(());
    }
    ctx.emit(Event::OutputsCollected {
        id,
        outputs,
        is_complete,
    });
    match last.filter(|_| !is_complete) {
        Some(after) => ctx.emit(Event::OutputsRequested { id, after }),
        None => ctx.queue(Work::Complete {
            id,
            received: Variables::new(),
        }),
    }
    Ok(())
}

fn as_variables(outputs: &[(u32, Value)]) -> Variables {
    let values = outputs.iter().map(|(_, value)| value.clone()).collect();
    Variables::from_iter([(Arc::from(""), Value::list(values))])
}

/// The loop of a body that waits and whose iterations are instances of their own.
fn spread_loop(ctx: &Context<'_>, id: ElementInstanceId) -> Result<(Box<Loop>, Spread), Rejection> {
    let found = ctx.state().element_instance(id);
    let found = found.ok_or_else(|| not_found(id))?;
    let it = found.multi_instance.clone();
    let spread = it.as_ref().and_then(|it| it.spread);
    match (it, spread) {
        (Some(it), Some(spread))
            if found.phase == Phase::Active && state_transition::is_live(ctx, id) =>
        {
            Ok((it, spread))
        }
        _ => Err(not_waiting(id, "iterations")),
    }
}
