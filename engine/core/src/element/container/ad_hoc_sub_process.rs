//! An ad-hoc sub-process: its activities are chosen while it runs.

use crate::behavior::incident::Failure;
use crate::behavior::{ad_hoc_sub_process, event_subscription, state_transition, variable_mapping};
use crate::context::Context;
use crate::element::Processor;
use crate::event::Event;
use crate::id::ElementInstanceId;
use crate::work::Work;

/// BPMN 2.0, 10.3.5 and 13.3.5.
pub(in crate::element) struct AdHocSubProcess;

impl Processor for AdHocSubProcess {
    fn activate(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        let Some(ad_hoc) = ad_hoc_sub_process::of(ctx, id) else {
            return Ok(());
        };
        variable_mapping::apply_inputs(ctx, id)?;
        let subscriptions = event_subscription::prepare(ctx, id)?;
        let activities = ad_hoc_sub_process::initial(ctx, id, ad_hoc)?;
        event_subscription::open(ctx, id, subscriptions);
        state_transition::activated(ctx, id);
        ctx.emit(Event::ActivitiesChosen { id, activities });
        ctx.queue(Work::Settle { scope: id });
        Ok(())
    }

    fn retry(&self, ctx: &mut Context<'_>, id: ElementInstanceId) -> Result<(), Failure> {
        ctx.queue(Work::Settle { scope: id });
        Ok(())
    }
}
