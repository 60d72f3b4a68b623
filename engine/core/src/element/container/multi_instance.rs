//! The body of a multi-instance: it carries its one activity out several times.

use tongban_bpmn::graph::ElementKind;

use crate::behavior::incident::Failure;
use crate::behavior::{event_subscription, multi_instance, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::id::ElementInstanceId;
use crate::variable::Variables;

/// BPMN 2.0, 10.3.8 and 13.3.7.
pub(in crate::element) struct MultiInstance;

impl Processor for MultiInstance {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::MultiInstance(it) = &ctx.element(id).kind else {
            return Ok(());
        };
        let subscriptions = event_subscription::prepare(ctx, id)?;
        let started = multi_instance::prepare(ctx, id, it)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        multi_instance::start(ctx, started);
        Ok(())
    }

    fn complete(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let ElementKind::MultiInstance(it) = &ctx.element(id).kind else {
            return Ok(());
        };
        // After a flow condition has failed what was written stays as others have changed it since.
        let is_written = ctx.instance(id).is_written;
        if let Some(output) = it.output.as_ref().filter(|_| !is_written) {
            let collected = multi_instance::collected(ctx, id);
            let results = Variables::from_iter([(output.collection.clone(), collected)]);
            let around = ctx.instance(id).scope.unwrap_or(id);
            variable_mapping::merge(ctx, around, results)?;
        }
        event_subscription::close_all(ctx, id);
        state_transition::completed(ctx, id)
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        multi_instance::retry(ctx, id);
        Ok(())
    }
}
