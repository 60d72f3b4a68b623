//! A task that asks for a decision, or whose work is a job.

use tongban_bpmn::graph::{self, CalledDecision, ElementKind};

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, expression, job, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::event::{DecisionRequested, Event};
use crate::id::ElementInstanceId;

/// BPMN 2.0, 10.3.3. The decision is made outside, where its versions are.
pub(in crate::element) struct BusinessRuleTask;

impl Processor for BusinessRuleTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::BusinessRuleTask(task) = &ctx.element(id).kind else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        let subscriptions = event_subscription::prepare(ctx, id)?;
        match task {
            graph::BusinessRuleTask::Decision(decision) => {
                let requested = prepare(ctx, id, decision)?;
                event_subscription::open(ctx, id, subscriptions);
                ctx.emit(Event::DecisionRequested(requested));
            }
            graph::BusinessRuleTask::Job(work) => {
                let job = job::prepare(ctx, id, work)?;
                event_subscription::open(ctx, id, subscriptions);
                job::create(ctx, id, job);
            }
        }
        state_transition::activated(ctx, id);
        Ok(())
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        if let ElementKind::BusinessRuleTask(graph::BusinessRuleTask::Decision(decision)) =
            &ctx.element(id).kind
        {
            let requested = prepare(ctx, id, decision)?;
            ctx.emit(Event::DecisionRequested(requested));
        }
        Ok(())
    }
}

fn prepare(
    ctx: &Context<'_>,
    id: ElementInstanceId,
    decision: &CalledDecision,
) -> Result<DecisionRequested, Failure> {
    let as_of = match &decision.as_of {
        Some(as_of) => Some(expression::value(ctx, id, as_of)?),
        None => None,
    };
    Ok(DecisionRequested {
        element_instance: id,
        decision_id: expression::text(ctx, id, &decision.decision_id)?,
        binding: decision.binding.clone(),
        as_of,
    })
}
