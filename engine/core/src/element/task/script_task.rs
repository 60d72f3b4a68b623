//! A task that evaluates FEEL, or whose work is a job.

use std::sync::Arc;

use tongban_bpmn::graph::{self, ElementKind};

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, expression, job, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::variable::Variables;
use crate::work::Work;

/// BPMN 2.0, 10.3.3.
pub(in crate::element) struct ScriptTask;

impl Processor for ScriptTask {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::ScriptTask(script) = &ctx.element(id).kind else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        match script {
            graph::ScriptTask::Feel {
                expression,
                result_variable,
            } => {
                let value = expression::value(ctx, id, expression)?;
                let received = Variables::from_iter([(Arc::clone(result_variable), value)]);
                variable_mapping::check_size(ctx, &received)?;
                state_transition::activated(ctx, id);
                ctx.queue(Work::Complete { id, received });
            }
            graph::ScriptTask::Job(work) => {
                let subscriptions = event_subscription::prepare(ctx, id)?;
                let job = job::prepare(ctx, id, work)?;
                event_subscription::open(ctx, id, subscriptions);
                job::create(ctx, id, job);
                state_transition::activated(ctx, id);
            }
        }
        Ok(())
    }
}
