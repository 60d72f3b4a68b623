//! Activities that are carried out again and again (BPMN 2.0, 10.3.8 and 13.3.6).
//!
//! The iterations lie in the body, one after the other, as element instances of the activity. What
//! an iteration writes outside of itself goes to the scopes around the body.

use std::sync::Arc;

use tongban_bpmn::graph::ElementKind;
use tongban_bpmn::graph::standard_loop::StandardLoop;
use tongban_feel::value::Value;

use crate::behavior::incident::{self, Failure};
use crate::behavior::multi_instance::LOOP_COUNTER;
use crate::behavior::{expression, state_transition, variable_mapping};
use crate::context::Context;
use crate::id::ElementInstanceId;
use crate::incident::Kind;
use crate::state::element_instance::Phase;
use crate::variable::Variables;
use crate::work::Work;

/// The loop that an element instance is the body of.
fn of<'a>(ctx: &Context<'a>, body: ElementInstanceId) -> Option<&'a StandardLoop> {
    match &ctx.element(body).kind {
        ElementKind::StandardLoop(it) => Some(it),
        _ => None,
    }
}

/// Whether a scope is the body of a loop that may go on.
pub(crate) fn goes_on(ctx: &Context<'_>, scope: ElementInstanceId) -> bool {
    of(ctx, scope).is_some()
        && ctx.instance(scope).phase == Phase::Active
        && !incident::has_incident(ctx, scope)
        && state_transition::is_live(ctx, scope)
}

/// Starts the next iteration of a body, if there is one. Answers whether the body has come to its
/// end.
pub(crate) fn settle(ctx: &mut Context<'_>, body: ElementInstanceId) -> Result<bool, Failure> {
    let Some(standard_loop) = of(ctx, body) else {
        return Ok(true);
    };
    let instance = ctx.instance(body);
    let rounds = instance.rounds;
    if instance.active_children > 0 {
        return Ok(false);
    }
    if !has_next(ctx, body, standard_loop, rounds)? {
        return Ok(true);
    }
    let mut new = state_transition::New::at(standard_loop.inner, Some(body));
    new.loop_counter = Some(rounds + 1);
    let id = state_transition::create(ctx, new);
    ctx.queue(Work::Activate { id });
    Ok(false)
}

fn has_next(
    ctx: &Context<'_>,
    body: ElementInstanceId,
    standard_loop: &StandardLoop,
    rounds: u32,
) -> Result<bool, Failure> {
    if standard_loop.maximum.is_some_and(|max| rounds >= max) {
        return Ok(false);
    }
    let is_tested = rounds > 0 || standard_loop.test_before;
    if let Some(condition) = standard_loop.condition.as_ref().filter(|_| is_tested) {
        let over = counter(rounds);
        if !expression::condition_over(ctx, body, condition, &[&over])? {
            return Ok(false);
        }
    }
    let max = ctx.now.limits.iterations_max;
    if rounds >= max {
        let message =
            format!("expected at most {max} iterations, found a condition that still holds");
        return Err(Failure::new(Kind::LoopTooLong, message));
    }
    Ok(true)
}

/// Makes the local variable of an iteration. It may be run again.
pub(crate) fn enter_iteration(ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
    let instance = ctx.instance(id);
    let (Some(loop_counter), Some(body)) = (instance.loop_counter, instance.scope) else {
        return Ok(());
    };
    if of(ctx, body).is_none() {
        return Ok(());
    }
    variable_mapping::set_local(ctx, id, counter(loop_counter))
}

fn counter(loop_counter: u32) -> Variables {
    Variables::from_iter([(
        Arc::from(LOOP_COUNTER),
        Value::from(i64::from(loop_counter)),
    )])
}
